/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/run-directory.h"

#include <dirent.h>
#include <errno.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/manager.h"

#define FILES_MAX 1000 /* in one directory: agent and freezerd leave five at most, and nobody waits for more */

/* Not synced: after a power cut no run of the earlier boot is gone on with. */
static int write_plain(int dir, const char *name, const char *text, uid_t uid, gid_t gid) {
        _cleanup_(closep) int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        int r;

        if (fd < 0)
                return -errno;
        r = fd_write_full(fd, text, strlen(text));
        if (r < 0)
                return r;
        return fchown(fd, uid, gid) < 0 ? -errno : 0;
}

static char *run_file_text(const Run *run) {
        json_object *o = json_object_new_object();
        char *text = NULL;

        if (!o)
                return NULL;
        (void) json_object_object_add(o, "run_id", json_object_new_string(run->id));
        (void) json_object_object_add(o, "job_id", json_object_new_string(run->job_id));
        (void) json_object_object_add(o, "progress", json_object_new_string(PROGRESS_SOCKET));
        (void) json_object_object_add(o, "uid", json_object_new_uint64(run->owner));
        text = strdup(strempty(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN)));
        json_object_put(o);
        return text;
}

static int make(int runs_fd, const Run *run, gid_t gid, const char *document) {
        _cleanup_(freep) char *about = run_file_text(run);
        _cleanup_(closep) int dir = -1;
        int r;

        if (!about)
                return -ENOMEM;
        r = dir_remove_flat(runs_fd, run->id, FILES_MAX); /* of an attempt that did not begin */
        if (r < 0)
                return r;
        if (mkdirat(runs_fd, run->id, 0700) < 0)
                return -errno;
        dir = openat(runs_fd, run->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir < 0)
                return -errno;
        r = write_plain(dir, RUN_JOB_FILE, document, run->owner, gid);
        if (r >= 0)
                r = write_plain(dir, RUN_FILE, about, run->owner, gid);
        if (r >= 0 && fchown(dir, run->owner, gid) < 0) /* last: from here on it is the user's */
                r = -errno;
        return r;
}

int run_directory_make(int runs_fd, const Run *run, gid_t gid, const char *document, Problem *problem) {
        int r = make(runs_fd, run, gid, document);

        if (r < 0)
                return problem_set(problem, r,
                                   "cannot make the run's directory below /var/lib/freezer/runs: %s; check space and "
                                   "permissions there",
                                   strerror(-r));
        return 0;
}

/* A regular file of the run's user or of root, with one name, that cannot block us. */
static int record_open(int runs_fd, const Run *run, size_t *ret_size) {
        _cleanup_(closep) int fd = file_open_here(runs_fd, run->id, RUN_RECORD_FILE);
        struct stat st;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || (st.st_uid != run->owner && st.st_uid != 0))
                return -EPERM;
        if (st.st_size > RUN_RECORD_MAX)
                return -EFBIG;
        *ret_size = (size_t) st.st_size;
        return fd_take(&fd);
}

int run_directory_record(int runs_fd, const Run *run, RunRecord **ret, char **ret_text, Problem *problem) {
        _cleanup_(run_record_freep) RunRecord *record = NULL;
        _cleanup_(freep) char *text = NULL;
        _cleanup_(closep) int fd = -1;
        size_t size = 0;
        ssize_t n;
        int r;

        fd = record_open(runs_fd, run, &size);
        if (fd == -ENOENT)
                return 0;
        if (fd < 0)
                return problem_set(problem, fd, "the record of the run cannot be read: %s", strerror(-fd));
        text = malloc(size + 1);
        if (!text)
                return problem_set(problem, ENOMEM, "no memory for the run's record");
        n = fd_read_full(fd, text, size);
        if (n < 0)
                return problem_set(problem, (int) n, "the record of the run cannot be read: %s", strerror((int) -n));
        text[n] = '\0';
        r = run_record_parse(text, (size_t) n, &record, problem);
        if (r < 0)
                return problem_prefix(problem, "the record of the run is damaged");
        if (!streq_null(record->run_id, run->id))
                return problem_set(problem, EINVAL, "the record in the run's directory is of another run");
        *ret = take(record);
        *ret_text = take(text);
        return 1;
}

bool run_directory_begun(int runs_fd, const Run *run) {
        _cleanup_(closep) int fd = file_open_here(runs_fd, run->id, RUN_FILE);

        return fd != -ENOENT; /* whatever else was put in its place was not by one that never began */
}

void run_directory_remove(int runs_fd, const Run *run) {
        int r = dir_remove_flat(runs_fd, run->id, FILES_MAX);

        if (r < 0) /* the next start tries again */
                log_warning("Cannot remove /var/lib/freezer/runs/%s: %s; its user (uid %u) put something there", run->id,
                            strerror(-r), run->owner);
}

void run_directory_sweep(Manager *m) {
        int fd = openat(m->runs_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);

        if (!dir) {
                closep(&fd);
                return;
        }
        for (struct dirent *entry; (entry = readdir(dir));)
                if (entry->d_name[0] != '.' && !run_find(m, entry->d_name))
                        (void) dir_remove_flat(m->runs_fd, entry->d_name, FILES_MAX);
        (void) closedir(dir);
}
