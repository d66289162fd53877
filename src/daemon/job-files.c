/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/job-files.h"

#include <dirent.h>
#include <errno.h>

#include "base/fd.h"
#include "base/fnv.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/job-change.h"
#include "daemon/manager.h"
#include "model/event.h"

typedef struct RefusedFile {
        UT_hash_handle hh; /* manager->refused, by name */
        uint64_t digest;   /* of content and reason */
        bool seen;         /* it is still bad */
        char name[];
} RefusedFile;

/* Whether this was said already; it counts as said now. */
static bool refused_before(Manager *m, const char *name, uint64_t digest) {
        RefusedFile *file = NULL;
        bool before;

        HASH_FIND_STR(m->refused, name, file);
        before = file && file->digest == digest;
        if (!file) {
                file = calloc(1, sizeof(*file) + strlen(name) + 1);
                if (!file)
                        return false;
                memcpy(file->name, name, strlen(name) + 1);
                HASH_ADD_KEYPTR(hh, m->refused, file->name, strlen(name), file);
        }
        file->digest = digest;
        file->seen = true;
        return before;
}

/* Those that are good now, or gone. */
static void forget_unseen(Manager *m) {
        RefusedFile *file, *next;

        for (file = m->refused; file; file = next) {
                next = file->hh.next;
                if (file->seen)
                        continue;
                HASH_DEL(m->refused, file);
                free(file);
        }
}

static void unsee(Manager *m) {
        for (RefusedFile *file = m->refused; file; file = file->hh.next)
                file->seen = false;
        for (JobEntry *entry = m->jobs; entry; entry = entry->hh.next)
                entry->seen = false;
}

void job_files_forget(Manager *m) {
        unsee(m);
        forget_unseen(m);
}

static void refuse(Manager *m, const char *name, const char *why) {
        log_record(LOG_ERR, event_id(EVENT_JOB_REFUSED), NULL,
                   "%s/%s is no job that can be used: %s. Correct it, then: systemctl reload freezerd",
                   m->config.jobs_directory, name, why);
}

/* "home.json" → "home", if that may be an id; new memory. */
static char *id_of_file(const char *name) {
        char *id = strndup(name, strlen(name) - strlen(".json"));

        if (id && !job_id_valid(id)) {
                free(id);
                return NULL;
        }
        return id;
}

/* A job of others could be slipped in by whoever may write the file. */
static int check_owner(int dir, const char *name, Problem *problem) {
        struct stat st;

        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return problem_set(problem, errno, "it cannot be read: %s", strerror(errno));
        if (!S_ISREG(st.st_mode))
                return problem_set(problem, EINVAL, "it is no regular file");
        if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
                return problem_set(problem, EPERM, "it must belong to root, and nobody else may be allowed to write it");
        return 0;
}

static int take_text(Manager *m, const char *name, const char *text, size_t size, Problem *problem) {
        _cleanup_(freep) char *file_id = id_of_file(name);
        _cleanup_(job_freep) Job *job = NULL;
        const char *id;
        JobEntry *entry;
        int r;

        r = job_parse(text, size, &job, problem);
        if (r < 0)
                return r;
        id = job->id ? job->id : file_id;
        if (!id)
                return problem_set(problem, EINVAL, "it names no job_id, and its own name is none: rename it to characters "
                                                    "of A-Z a-z 0-9 _ -, at most %d, and .json", JOB_ID_MAX);
        entry = job_entry_find(m, id);
        if (entry && (entry->origin != ORIGIN_FILE || entry->seen))
                return problem_set(problem, EEXIST, "there is another job “%s” already, %s", id,
                                   entry->seen ? "from another file" : "which did not come from a file");
        if (entry)
                r = job_update(entry, text, size, problem);
        else
                r = job_create(m, &(JobOffer) { .text = text, .size = size, .id = id, .origin = ORIGIN_FILE }, &entry,
                               problem);
        if (r >= 0)
                entry->seen = true;
        return r;
}

/* A file that is bad now must not make its job go. */
static void keep_old(Manager *m, const char *name) {
        _cleanup_(freep) char *id = id_of_file(name);
        JobEntry *entry = id ? job_entry_find(m, id) : NULL;

        if (entry && entry->origin == ORIGIN_FILE)
                entry->seen = true;
}

static void take_file(Manager *m, int dir, const char *name) {
        _cleanup_(freep) char *text = NULL;
        Problem problem = {};
        size_t size = 0;
        uint64_t digest;
        int r;

        r = check_owner(dir, name, &problem);
        if (r >= 0) {
                r = file_read(dir, name, JOB_DOCUMENT_MAX, &text, &size);
                if (r < 0)
                        r = problem_set(&problem, r, "it cannot be read: %s", strerror(-r));
        }
        if (r >= 0)
                r = take_text(m, name, text, size, &problem);
        if (r >= 0)
                return;
        digest = fnv_add(FNV_START, problem.text, strlen(problem.text));
        if (!refused_before(m, name, fnv_add(digest, strempty(text), size)))
                refuse(m, name, problem.text);
        keep_old(m, name);
}

static int json_name(const struct dirent *entry) {
        size_t n = strlen(entry->d_name);

        return entry->d_name[0] != '.' && n > strlen(".json") && streq(entry->d_name + n - strlen(".json"), ".json");
}

static void remove_unseen(Manager *m) {
        JobEntry *entry, *next;

        for (entry = m->jobs; entry; entry = next) {
                Problem problem = {};

                next = entry->hh.next;
                if (entry->origin == ORIGIN_FILE && !entry->seen && job_delete(entry, &problem) < 0)
                        manager_store_failed(m, &problem);
        }
}

void job_files_load(Manager *m) {
        struct dirent **files = NULL;
        _cleanup_(closep) int dir = open(m->config.jobs_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int n;

        n = dir < 0 ? -1 : scandirat(dir, ".", &files, json_name, alphasort);
        if (n < 0 && errno != ENOENT) {
                log_warning("Cannot read the directory of job files, %s: %s", m->config.jobs_directory, strerror(errno));
                return; /* does not mean that the jobs are gone */
        }
        unsee(m);
        for (int i = 0; i < n; i++) {
                take_file(m, dir, files[i]->d_name);
                free(files[i]);
        }
        free(files);
        remove_unseen(m);
        forget_unseen(m);
}
