/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "agent/chain.h"
#include "agent/manifest.h"
#include "agent/task-sandbox.h"
#include "agent/task.h"
#include "agent/verify.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/time.h"

/* A restore: chain and levels are chosen, all of them are verified, and only then the first file is written. */
typedef struct Restore {
        Task *task;
        Problem *problem;
        const Engine *engine;
        Storage *storage;
        char *host_name;
        int target;
        uint64_t chain;
        Level *levels;
        size_t n_levels;
        Manifest *manifests; /* one per level */
} Restore;

static void restore_clear(Restore *r) {
        storage_close(r->storage);
        for (size_t i = 0; r->manifests && i < r->n_levels; i++)
                manifest_clear(&r->manifests[i]);
        free(r->manifests);
        free(r->levels);
        free(r->host_name);
        closep(&r->target);
}

static BackupKey level_key(const Restore *r, size_t i) {
        return (BackupKey) { r->engine->name, r->host_name, r->chain, r->levels[i].level, r->levels[i].time };
}

static int see_name(void *userdata, const ObjectInfo *info) {
        char *names = userdata;
        size_t n = strlen(names);

        if (n + strlen(info->name) + 3 < 300)
                (void) sprintf(names + n, "%s%s", n > 0 ? ", " : "", info->name);
        return 0;
}

/* Nothing fits: says what there is. */
static int refuse_absent(Restore *r, const ChainList *list) {
        _cleanup_(freep) char *prefix = text_format("metadata/%s", r->engine->name);
        char when[TIME_TEXT_MAX], names[300] = "";

        if (list->n > 0 && r->task->action->restore_from_date > 0)
                return problem_set(r->problem, ENOENT, "no backup of %s is as old as %s (restore_from_date); the oldest "
                                   "is of %s", r->host_name, time_format(when, r->task->action->restore_from_date),
                                   time_format((char[TIME_TEXT_MAX]) {}, list->chains[0].id * USEC_PER_SEC));
        if (list->n > 0)
                return problem_set(r->problem, ENOENT, "no chain of %s in %s has a level 0 any more", r->host_name,
                                   r->storage->container);
        if (prefix)
                (void) r->storage->ops->list(r->storage, prefix, see_name, names, NULL);
        return problem_set(r->problem, ENOENT, "there is no backup %s in %s; there is: %s", r->host_name,
                           r->storage->container, *names ? names : "none at all");
}

/* The newest chain that has a level 0 by then, and its levels by then. */
static int levels_choose(Restore *r) {
        uint64_t date = r->task->action->restore_from_date;
        uint64_t limit = date > 0 ? date / USEC_PER_SEC : UINT64_MAX;
        ChainList list = {};
        const Chain *chain;
        int q = chain_list_load(r->storage, r->engine->name, r->host_name, &list, r->problem);

        if (q < 0)
                return q;
        chain = chain_list_newest(&list, limit);
        if (!chain)
                q = refuse_absent(r, &list);
        else {
                r->chain = chain->id;
                q = chain_usable(chain, limit, &r->levels, &r->n_levels);
                if (q < 0)
                        q = problem_set(r->problem, q, "out of memory");
                else if (limit == UINT64_MAX && chain_highest(chain) >= r->n_levels)
                        task_note(r->task, "level %zu of the chain is missing, what is above it cannot be restored",
                                  r->n_levels);
                if (chain != &list.chains[list.n - 1] && list.chains[list.n - 1].id <= limit)
                        task_note(r->task, "the newest chain has no level 0, this is an older one");
        }
        chain_list_clear(&list);
        return q;
}

/* Every level is of a kind we can read. */
static int manifests_load(Restore *r) {
        r->manifests = new0(Manifest, r->n_levels);
        if (!r->manifests)
                return problem_set(r->problem, ENOMEM, "out of memory");
        for (size_t i = 0; i < r->n_levels; i++) {
                BackupKey key = level_key(r, i);
                Manifest *m = &r->manifests[i];
                int q = manifest_load(r->storage, &key, m, r->problem);

                if (q < 0)
                        return q;
                if (m->encrypted)
                        return problem_set(r->problem, EOPNOTSUPP, "level %zu is encrypted, which this version cannot "
                                           "read; use openssl and tar", i);
                if (!streq(m->engine, r->engine->name) || !streq(strempty(m->compression), "gzip"))
                        return problem_set(r->problem, EOPNOTSUPP, "level %zu was made by engine %s with compression "
                                           "%s, which this version cannot read", i, m->engine,
                                           strempty(m->compression));
        }
        return 0;
}

/* Every level is whole and, where we know, unchanged. */
static int levels_verify(Restore *r) {
        size_t unknown = 0;

        reporter_phase(r->task->reporter, "verify");
        for (size_t i = 0; i < r->n_levels; i++) {
                BackupKey key = level_key(r, i);
                int q = verify_data(r->task, r->storage, &key, &r->manifests[i], r->problem);

                if (q < 0)
                        return q;
                unknown += !r->manifests[i].own;
        }
        if (unknown > 0)
                task_note(r->task, "%zu of %zu levels not verified: made by another program, which keeps no checksums",
                          unknown, r->n_levels);
        return 0;
}

static int target_check_empty(Restore *r) {
        const char *path = r->task->action->restore_abs_path;
        int fd = openat(r->target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *d = fd < 0 ? NULL : fdopendir(fd);
        bool empty = true;

        if (!d) {
                closep(&fd);
                return problem_set(r->problem, errno, "cannot read %s: %s", path, strerror(errno));
        }
        for (struct dirent *e; empty && (e = readdir(d));)
                empty = streq(e->d_name, ".") || streq(e->d_name, "..");
        (void) closedir(d);
        if (empty)
                return 0;
        return problem_set(r->problem, ENOTEMPTY, "%s is not empty; restore into a new directory, or give --overwrite "
                           "(\"overwrite\": true), which makes it exactly what was backed up", path);
}

/* In a dry run nothing is made; the engine lists without a target. */
static int target_open(Restore *r) {
        const Action *action = r->task->action;
        const char *path = action->restore_abs_path;
        int q = action->dry_run ? 0 : dir_make(AT_FDCWD, path, 0700);

        if (q < 0)
                return problem_set(r->problem, q, "cannot make the directory %s: %s", path, strerror(-q));
        r->target = open(action->dry_run ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (r->target < 0)
                return problem_set(r->problem, errno, "cannot open %s: %s", path, strerror(errno));
        return action->dry_run || action->overwrite ? 0 : target_check_empty(r);
}

/* A dry run shows each member, with tar's letter for what it is. */
static void see_member(void *userdata, const char *path, char type) {
        _cleanup_(freep) char *shown = strdup(path);

        if (!shown)
                return;
        text_make_printable(shown, strlen(shown) + 1);
        (void) printf("%c %s\n", type, shown);
}

static int level_apply(Restore *r, size_t i) {
        bool dry_run = r->task->action->dry_run;
        EngineRestore what = { .target = r->target, .dry_run = dry_run, .listed = dry_run && !r->task->action->quiet ? see_member : NULL,
                               .userdata = r };
        _cleanup_(source_freep) Source *source = NULL;
        BackupKey key = level_key(r, i);
        Digest data = {}, stream = {};
        int q = verify_open(r->task, r->storage, &key, &data, &stream, &source, r->problem);

        if (q < 0)
                return q;
        q = r->engine->restore(&what, source, &r->task->report, r->problem);
        task_count(r->task);
        (void) fflush(stdout); /* this process ends without */
        if (q >= 0)
                q = verify_drain(r->storage, &key, &r->manifests[i], &data, &stream, source, r->problem);
        if (q < 0 && q != -ECANCELED)
                return *r->problem->text ? problem_prefix(r->problem, "level %zu", i)
                                         : problem_set(r->problem, q, "level %zu: %s", i, strerror(-q));
        return q;
}

static void note_done(Restore *r) {
        char when[TIME_TEXT_MAX];
        const Level *last = &r->levels[r->n_levels - 1];
        uint64_t incomplete = 0;

        for (size_t i = 0; i < r->n_levels; i++)
                incomplete = r->manifests[i].files_incomplete; /* the last level says what is missing now */
        task_note(r->task, "the state of %s (level %" PRIu64 ")%s", time_format(when, last->time * USEC_PER_SEC),
                  last->level, r->task->action->dry_run ? ", dry run: nothing was written" : "");
        if (incomplete > 0)
                task_note(r->task, "the backup itself lacks %" PRIu64 " %s that could not be read", incomplete,
                          incomplete == 1 ? "file" : "files");
        if (r->task->report.files_incomplete > 0)
                task_note(r->task, "%" PRIu64 " %s could not be restored as %s: %s",
                          r->task->report.files_incomplete,
                          r->task->report.files_incomplete == 1 ? "file" : "files",
                          r->task->report.files_incomplete == 1 ? "it was" : "they were",
                          r->task->record->incomplete ? r->task->record->incomplete[0] : "");
}

int task_restore(Task *task, Problem *problem) {
        const Action *action = task->action;
        _cleanup_(restore_clear) Restore r = { .task = task, .problem = problem, .target = -1,
                                               .engine = engine_get((EngineKind) action->engine_name),
                                               .host_name = backup_host_name(task->hostname, action->backup_name) };
        int q = r.host_name ? storage_open(action, task->run_id, false, &r.storage, problem)
                            : problem_set(problem, ENOMEM, "out of memory");

        if (q >= 0)
                q = levels_choose(&r);
        if (q >= 0)
                q = manifests_load(&r);
        if (q >= 0)
                q = target_open(&r);
        if (q >= 0)
                q = task_sandbox_restore(task, r.target, problem);
        if (q >= 0)
                q = levels_verify(&r);
        if (q >= 0)
                reporter_phase(task->reporter, "restore");
        for (size_t i = 0; q >= 0 && i < r.n_levels; i++)
                q = level_apply(&r, i);
        if (q >= 0)
                note_done(&r);
        return q;
}
