/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/verify.h"

#include <errno.h>

#include "agent/watch.h"

#define BUFFER_SIZE (256 * 1024)

/* Puts a stage behind *SOURCE; NULL STAGE: no memory. */
static int stage_put(Source **source, Source *stage) {
        if (!stage)
                return -ENOMEM;
        *source = stage;
        return 0;
}

int verify_open(Task *task, Storage *storage, const BackupKey *key, Digest *ret_data, Digest *ret_stream, Source **ret,
                Problem *problem) {
        _cleanup_(freep) char *name = backup_key_format(key, "data", "data");
        _cleanup_(source_freep) Source *source = NULL;
        int r = name ? storage->ops->get(storage, name, &source, problem) : -ENOMEM;

        if (r < 0)
                return name ? r : problem_set(problem, r, "out of memory");
        r = stage_put(&source, watch_source(task, source));
        if (r >= 0)
                r = stage_put(&source, digest_source(ret_data, source));
        if (r >= 0)
                r = stage_put(&source, decompress_source(COMPRESSION_GZIP, source));
        if (r >= 0)
                r = stage_put(&source, digest_source(ret_stream, source));
        if (r < 0)
                return problem_set(problem, r, "out of memory");
        *ret = take(source);
        return 0;
}

int verify_drain(Storage *storage, const BackupKey *key, const Manifest *expected, const Digest *data,
                 const Digest *stream, Source *source, Problem *problem) {
        _cleanup_(freep) char *buffer = malloc(BUFFER_SIZE), *name = backup_key_format(key, "data", "data");
        ssize_t n = buffer && name ? 1 : -ENOMEM;

        while (n > 0)
                n = source_read(source, buffer, BUFFER_SIZE);
        if (n == -ECANCELED)
                return -ECANCELED;
        if (n < 0)
                return problem_set(problem, (int) n, "cannot read %s/%s to its end: %s%s", storage->container,
                                   strempty(name), n == -EBADMSG ? "its compressed data is damaged or cut short"
                                                                 : strerror((int) -n),
                                   storage_advice((int) n));
        if (!expected->own || (digest_equal(data, &expected->data) && digest_equal(stream, &expected->stream)))
                return 0;
        return problem_set(problem, EBADMSG, "%s/%s is not what was stored: its checksum differs; restore from "
                           "another backup, and check the disk", storage->container, name);
}

int verify_data(Task *task, Storage *storage, const BackupKey *key, const Manifest *expected, Problem *problem) {
        _cleanup_(source_freep) Source *source = NULL;
        Digest data = {}, stream = {};
        int r = verify_open(task, storage, key, &data, &stream, &source, problem);

        return r < 0 ? r : verify_drain(storage, key, expected, &data, &stream, source, problem);
}

static int refuse_changed(Storage *storage, const char *name, Problem *problem) {
        return problem_set(problem, EBADMSG, "%s/%s is not what was stored: its checksum differs", storage->container,
                           name);
}

static int refuse_unreadable(Storage *storage, const char *name, int error, Problem *problem) {
        return problem_set(problem, error, "cannot read %s/%s: %s%s", storage->container, name, strerror(-error),
                           storage_advice(error));
}

int verify_object(Task *task, Storage *storage, const char *name, const Digest *expected, Problem *problem) {
        _cleanup_(freep) char *buffer = malloc(BUFFER_SIZE);
        _cleanup_(source_freep) Source *source = NULL;
        Digest digest = {};
        ssize_t n = 1;
        int r = storage->ops->get(storage, name, &source, problem);

        if (r < 0)
                return r;
        r = stage_put(&source, watch_source(task, source));
        if (r >= 0)
                r = stage_put(&source, digest_source(&digest, source));
        if (r < 0 || !buffer)
                return problem_set(problem, ENOMEM, "out of memory");
        while (n > 0)
                n = source_read(source, buffer, BUFFER_SIZE);
        if (n < 0)
                return n == -ECANCELED ? -ECANCELED : refuse_unreadable(storage, name, (int) n, problem);
        return digest_equal(&digest, expected) ? 0 : refuse_changed(storage, name, problem);
}

int verify_load(Storage *storage, const char *name, size_t max, const Digest *expected, void **ret, size_t *ret_size,
                Problem *problem) {
        _cleanup_(source_freep) Source *source = NULL;
        _cleanup_(freep) char *memory = NULL;
        Digest digest = {};
        ObjectInfo info;
        char end;
        ssize_t n;
        int r = storage->ops->stat(storage, name, &info);

        if (r >= 0 && info.size > max)
                r = -EFBIG;
        if (r < 0)
                return refuse_unreadable(storage, name, r, problem);
        r = storage->ops->get(storage, name, &source, problem);
        if (r < 0)
                return r;
        memory = malloc(info.size + 1);
        r = memory ? stage_put(&source, digest_source(&digest, source)) : -ENOMEM;
        if (r < 0)
                return problem_set(problem, r, "out of memory");
        n = source_read_full(source, memory, info.size);
        if (n >= 0 && source_read(source, &end, 1) != 0)
                n = -EBADMSG; /* it grew */
        if (n < 0)
                return refuse_unreadable(storage, name, (int) n, problem);
        if (expected && !digest_equal(&digest, expected))
                return refuse_changed(storage, name, problem);
        *ret = take(memory);
        *ret_size = (size_t) n;
        return 0;
}
