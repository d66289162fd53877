/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/record-file.h"

#include <errno.h>

#include "base/fd.h"

#define SPARE_FILE RUN_RECORD_FILE ".spare"
#define SPARE_SIZE (256 * 1024)

void record_file_reserve(int dir) {
        _cleanup_(closep) int fd = openat(dir, SPARE_FILE, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

        if (fd >= 0)
                (void) posix_fallocate(fd, 0, SPARE_SIZE);
}

/* Into the blocks that are ours already. */
static int spare_write(int dir, const char *text, size_t size) {
        _cleanup_(closep) int fd = openat(dir, SPARE_FILE, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        int r;

        if (fd < 0)
                return -errno;
        r = fd_write_full(fd, text, size);
        if (r < 0)
                return r;
        if (ftruncate(fd, (off_t) size) < 0 || fsync(fd) < 0 ||
            renameat(dir, SPARE_FILE, dir, RUN_RECORD_FILE) < 0 || fsync(dir) < 0)
                return -errno;
        return 0;
}

int record_file_write(int dir, const RunRecord *record) {
        _cleanup_(freep) char *text = run_record_write(record);
        int r = text ? file_write(dir, RUN_RECORD_FILE, text, strlen(text), 0600) : -ENOMEM;

        if (r == -ENOSPC || r == -EDQUOT)
                r = spare_write(dir, text, strlen(text));
        (void) unlinkat(dir, SPARE_FILE, 0);
        return r;
}
