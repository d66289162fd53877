/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "agent/manifest.h"
#include "agent/plan.h"
#include "agent/result-document.h"
#include "agent/task-sandbox.h"
#include "agent/unfinished.h"
#include "agent/verify.h"
#include "agent/watch.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/time.h"

/* A backup on its way: data, then engine metadata, then both are read back and compared, and last the manifest
 * makes it exist. */
typedef struct Backup {
        Task *task;
        Problem *problem;
        const Engine *engine;
        Storage *storage; /* NULL: dry run in a container that is not there */
        char *host_name;
        int root;         /* what is backed up */
        char *file;       /* its base name when it is no directory */
        Plan plan;
        Manifest manifest;
        Watch watch;
} Backup;

static void backup_clear(Backup *b) {
        storage_close(b->storage);
        plan_clear(&b->plan);
        manifest_clear(&b->manifest);
        free(b->host_name);
        free(b->file);
        closep(&b->root);
}

static int no_memory(Backup *b) {
        return problem_set(b->problem, ENOMEM, "out of memory");
}

/* Opens the directory to back up, or the parent of what is none. */
static int root_open(Backup *b) {
        const char *path = b->task->action->path_to_backup;
        _cleanup_(freep) char *copy = strdup(path);
        char *slash;
        struct stat st;

        if (!copy)
                return no_memory(b);
        for (slash = copy + strlen(copy); slash > copy + 1 && slash[-1] == '/';)
                *--slash = 0;
        if (stat(copy, &st) < 0 && lstat(copy, &st) < 0)
                return problem_set(b->problem, errno, "cannot back up %s: %s%s", path, strerror(errno),
                                   errno == ENOENT ? "; is it mounted, is the name right?" : "");
        slash = strrchr(copy, '/');
        if (!S_ISDIR(st.st_mode)) {
                b->file = strdup(slash ? slash + 1 : copy);
                if (!b->file)
                        return no_memory(b);
                if (slash)
                        slash[slash == copy] = 0;
        }
        b->root = open(b->file && !slash ? "." : copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return b->root < 0 ? problem_set(b->problem, errno, "cannot open %s: %s", copy, strerror(errno)) : 0;
}

/* The storage, alone on this name, without what killed runs left there. */
static int store_open(Backup *b) {
        const Action *action = b->task->action;
        int r = storage_open(action, b->task->run_id, !action->dry_run, &b->storage, b->problem);

        if (r == -ENOENT && action->dry_run)
                return task_sandbox_reader(b->task, b->problem);
        if (r < 0)
                return r;
        r = action->dry_run ? task_sandbox_reader(b->task, b->problem) : task_sandbox_backup(b->task, b->problem);
        if (r < 0 || action->dry_run)
                return r;
        r = b->storage->ops->lock(b->storage, b->host_name, b->problem);
        if (r >= 0)
                r = b->storage->ops->sweep(b->storage, b->problem);
        return r < 0 ? r : unfinished_sweep(b->storage, b->engine->name, b->host_name, b->problem);
}

/* A Sink for one object of the backup, counted and hashed; in a dry run one that keeps nothing. */
static int object_sink(Backup *b, const char *object, Digest *digest, Sink **ret) {
        _cleanup_(freep) char *name = backup_key_format(&b->plan.key, "data", object);
        _cleanup_(sink_freep) Sink *sink = NULL;
        Sink *stage;
        int r = 0;

        if (!name)
                return no_memory(b);
        if (b->task->action->dry_run)
                sink = watch_null_sink();
        else
                r = b->storage->ops->put(b->storage, name, &sink, b->problem);
        if (r < 0)
                return r;
        stage = sink ? watch_sink(&b->watch, sink) : NULL;
        if (stage) {
                sink = stage;
                stage = digest_sink(digest, sink);
        }
        if (!stage)
                return no_memory(b);
        *ret = stage;
        (void) take(sink); /* the stage's */
        return 0;
}

static int stream_sink(Backup *b, Sink **ret) {
        _cleanup_(sink_freep) Sink *sink = NULL;
        Sink *stage;
        int r = object_sink(b, "data", &b->manifest.data, &sink);

        if (r < 0)
                return r;
        stage = compress_sink((Compression) b->task->action->compression, sink);
        if (stage) {
                sink = stage;
                stage = digest_sink(&b->manifest.stream, sink);
        }
        if (!stage)
                return no_memory(b);
        *ret = stage;
        (void) take(sink);
        return 0;
}

/* In words of the storage when it was the storage. */
static int write_problem(Backup *b, int r) {
        if (b->watch.error < 0)
                return problem_set(b->problem, b->watch.error, "cannot write to %s: %s%s", b->storage->container,
                                   strerror(-b->watch.error), storage_advice(b->watch.error));
        return *b->problem->text || r == -ECANCELED ? r : problem_set(b->problem, r, "cannot back up %s: %s",
                                                                      b->task->action->path_to_backup, strerror(-r));
}

/* Runs the engine into the storage. */
static int data_write(Backup *b) {
        const Action *action = b->task->action;
        EngineBackup what = { .root = b->root, .file = b->file, .exclude = action->exclude,
                              .dereference = (Dereference) action->dereference_symlink,
                              .previous = b->plan.previous, .previous_size = b->plan.previous_size };
        _cleanup_(sink_freep) Sink *stream = NULL, *metadata = NULL;
        struct stat st;
        int r;

        if (stat(action->container, &st) == 0) { /* not the store into itself */
                what.skip_device = st.st_dev;
                what.skip_inode = st.st_ino;
        }
        reporter_phase(b->task->reporter, "backup");
        r = stream_sink(b, &stream);
        if (r >= 0)
                r = object_sink(b, "engine_metadata", &b->manifest.engine_metadata, &metadata);
        if (r < 0)
                return r;
        r = b->engine->backup(&what, stream, metadata, &b->task->report, b->problem);
        task_count(b->task);
        if (r >= 0)
                r = sink_finish(stream);
        if (r >= 0)
                r = sink_finish(metadata);
        return r < 0 ? write_problem(b, r) : 0;
}

/* Reads everything back before anybody may rely on it. */
static int data_verify(Backup *b) {
        _cleanup_(freep) char *name = backup_key_format(&b->plan.key, "data", "engine_metadata");
        int r;

        reporter_phase(b->task->reporter, "verify");
        if (!name)
                return no_memory(b);
        b->manifest.own = true;
        r = verify_data(b->task, b->storage, &b->plan.key, &b->manifest, b->problem);
        if (r >= 0)
                r = verify_object(b->task, b->storage, name, &b->manifest.engine_metadata, b->problem);
        return r < 0 && r != -ECANCELED ? problem_prefix(b->problem, "the backup could not be read back") : r;
}

/* From here on the backup exists. */
static int manifest_put(Backup *b) {
        _cleanup_(freep) char *text = manifest_write(&b->manifest);
        _cleanup_(freep) char *name = backup_key_format(&b->plan.key, "metadata", "metadata");
        _cleanup_(sink_freep) Sink *sink = NULL;
        int r;

        if (!text || !name)
                return no_memory(b);
        r = b->storage->ops->put(b->storage, name, &sink, b->problem);
        if (r < 0)
                return r;
        r = sink_write(sink, text, strlen(text));
        if (r >= 0)
                r = sink_finish(sink);
        return r < 0 ? problem_set(b->problem, r, "cannot write %s/%s: %s%s", b->storage->container, name,
                                   strerror(-r), storage_advice(r)) : 0;
}

static int manifest_fill(Backup *b) {
        const Action *action = b->task->action;
        const EngineReport *report = &b->task->report;
        Manifest *m = &b->manifest;
        int r;

        m->bytes_read = report->bytes;
        m->files = report->files;
        m->files_incomplete = report->files_incomplete;
        m->incomplete = b->task->record->incomplete;
        r = text_replace(&m->engine, b->engine->name);
        r |= text_replace(&m->compression, compression_name((Compression) action->compression));
        r |= text_replace(&m->hostname, b->task->hostname);
        r |= text_replace(&m->backup_name, action->backup_name);
        r |= text_replace(&m->path, action->path_to_backup);
        r |= text_replace(&m->run_id, b->task->run_id);
        return r < 0 ? no_memory(b) : 0;
}

/* What freezerd and the API shall know about it. */
static int record_fill(Backup *b) {
        const Manifest *m = &b->manifest;
        ActionRecord *record = b->task->record;
        BackupRecord *backup = new0(BackupRecord, 1);
        int r;

        record->backup = backup;
        if (!backup)
                return no_memory(b);
        r = text_replace(&backup->name, m->backup_name);
        r |= text_replace(&backup->hostname, m->hostname);
        r |= text_replace(&backup->engine, m->engine);
        r |= text_replace(&backup->storage, b->storage->ops->scheme);
        r |= text_replace(&backup->container, b->storage->container);
        r |= text_replace(&backup->path, m->path);
        r |= text_replace(&backup->compression, m->compression);
        backup->chain = b->plan.key.chain;
        backup->level = b->plan.key.level;
        backup->timestamp = b->plan.key.time;
        backup->bytes_read = m->bytes_read;
        backup->bytes_stored = m->data.bytes + m->engine_metadata.bytes;
        backup->files = m->files;
        backup->files_incomplete = m->files_incomplete;
        backup->verified = true;
        record->metadata = r < 0 ? NULL : result_document(b->task->action, backup);
        return record->metadata ? 0 : no_memory(b);
}

/* Data to commit. What was written goes again when anything fails. */
static int backup_store(Backup *b) {
        Problem ignored = {};
        int r = unfinished_mark(b->task, b->storage, &b->plan.key, false, b->problem);

        if (r >= 0)
                r = data_write(b);
        if (r >= 0)
                r = manifest_fill(b);
        if (r >= 0)
                r = data_verify(b);
        if (r >= 0)
                r = manifest_put(b);
        if (r < 0) {
                (void) unfinished_drop(b->storage, &b->plan.key, &ignored);
                return r;
        }
        /* A mark that will not go is taken away by the next run; the backup exists. */
        (void) unfinished_clear(b->storage, &b->plan.key, &ignored);
        return record_fill(b);
}

/* The same way without leaving a trace. */
static int backup_pretend(Backup *b) {
        int r = data_write(b);

        if (r >= 0)
                task_note(b->task, "dry run: level %" PRIu64 " would have been made, %" PRIu64 " bytes stored",
                          b->plan.key.level, b->watch.bytes);
        b->task->run->bytes_stored = 0;
        return r;
}

static void note_incomplete(Task *task) {
        const char *first = task->record->incomplete ? task->record->incomplete[0] : NULL;

        if (task->report.files_incomplete > 0)
                task_note(task, "%" PRIu64 " file%s incomplete%s%s", task->report.files_incomplete,
                          task->report.files_incomplete == 1 ? " is" : "s are", first ? ": " : "",
                          first ? first : "");
}

int task_backup(Task *task, Problem *problem) {
        const Action *action = task->action;
        _cleanup_(backup_clear) Backup b = { .task = task, .problem = problem, .root = -1,
                                             .engine = engine_get((EngineKind) action->engine_name),
                                             .host_name = backup_host_name(task->hostname, action->backup_name) };
        int r;

        b.watch.task = task;
        if (!b.host_name)
                return no_memory(&b);
        reporter_phase(task->reporter, "scan");
        r = root_open(&b);
        if (r >= 0)
                r = store_open(&b);
        if (r >= 0)
                r = plan_make(task, b.storage, b.engine->name, b.host_name, &b.plan, problem);
        if (r >= 0)
                r = action->dry_run ? backup_pretend(&b) : backup_store(&b);
        if (r >= 0)
                note_incomplete(task);
        return r;
}
