/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/fd.h"
#include "engine/engine.h"
#include "engine/place.h"

/* Restores any bytes into a directory below $TMPDIR (best a tmpfs; best not as root) and looks whether anything
 * beside that directory changed. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int outer = -1;
static struct stat outer_before, secret_before;

/* $TMPDIR/fuzz-tar-XXXXXX/{target,beside/secret} */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
        const struct rlimit limit = { 8 << 20, 8 << 20 };
        char path[4096];

        (void) snprintf(path, sizeof(path), "%s/fuzz-tar-XXXXXX", getenv("TMPDIR") ?: "/tmp");
        (void) signal(SIGXFSZ, SIG_IGN); /* a file of exabytes is an error, not the end */
        if (setrlimit(RLIMIT_FSIZE, &limit) < 0 || !mkdtemp(path))
                abort();
        outer = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (outer < 0 || mkdirat(outer, "target", 0700) < 0 || mkdirat(outer, "beside", 0700) < 0 ||
            file_write(outer, "beside/secret", "secret", 6, 0600) < 0 || fstat(outer, &outer_before) < 0 ||
            fstatat(outer, "beside/secret", &secret_before, 0) < 0)
                abort();
        return 0;
}

static void check_outside(void) {
        struct stat st, secret;

        if (fstat(outer, &st) < 0 || fstatat(outer, "beside/secret", &secret, 0) < 0 ||
            st.st_nlink != outer_before.st_nlink || secret.st_ino != secret_before.st_ino ||
            secret.st_nlink != 1 || secret.st_size != 6 || secret.st_mode != secret_before.st_mode ||
            secret.st_mtim.tv_sec != secret_before.st_mtim.tv_sec ||
            secret.st_mtim.tv_nsec != secret_before.st_mtim.tv_nsec ||
            secret.st_ctim.tv_nsec != secret_before.st_ctim.tv_nsec)
                abort();
}

/* Whatever looks like a header gets the right checksum, which no mutation finds. */
static void repair(char *data, size_t size) {
        for (size_t at = 0; at + 512 <= size; at += 512) {
                char *h = data + at, sum[8];
                unsigned n = 0;

                if (memcmp(h + 257, "ustar", 5) != 0)
                        continue;
                memset(h + 148, ' ', 8);
                for (size_t i = 0; i < 512; i++)
                        n += (unsigned char) h[i];
                (void) snprintf(sum, sizeof(sum), "%06o", n);
                memcpy(h + 148, sum, 7);
        }
}

static void seen(void *userdata, const char *path, const char *why) {
        if (!*why)
                abort();
}

static void listed(void *userdata, const char *path, char type) {
        if (!*path || *path == '/')
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(freep) char *copy = malloc(size + 1);
        _cleanup_(closep) int target = -1;
        Problem problem = {};
        EngineReport report = { .incomplete = seen };
        EngineRestore what = { .listed = listed, .dry_run = size % 16 == 0 };

        if (!copy)
                return 0;
        memcpy(copy, data, size);
        repair(copy, size);
        if (mkdirat(outer, "target", 0700) < 0 && errno != EEXIST)
                abort();
        what.target = target = openat(outer, "target", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (target < 0)
                abort();
        for (int level = 0; level < 2; level++) { /* the second one over what the first one made */
                _cleanup_(source_freep) Source *stream = source_from_memory(copy, size);

                if (stream && engine_get(ENGINE_TAR)->restore(&what, stream, &report, &problem) < 0 &&
                    !*problem.text)
                        abort();
        }
        check_outside();
        (void) fchmod(target, 0700);
        if (place_remove(outer, "target") < 0)
                abort();
        return 0;
}
