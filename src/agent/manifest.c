/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/manifest.h"

#include <errno.h>
#include <stdio.h>

#include "agent/json-line.h"
#include "freezer-config.h"
#include "model/json.h"

#define DEPTH_MAX 16

void manifest_clear(Manifest *m) {
        free(m->engine);
        free(m->compression);
        free(m->hostname);
        free(m->backup_name);
        free(m->path);
        free(m->run_id);
        *m = (Manifest) {};
}

bool digest_equal(const Digest *a, const Digest *b) {
        return a->complete && b->complete && a->bytes == b->bytes &&
               memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0;
}

static int put_digest(json_object *o, const char *key, const Digest *digest) {
        char hex[2 * sizeof(digest->sha256) + 1];
        json_object *d = json_object_new_object();

        for (size_t i = 0; i < sizeof(digest->sha256); i++)
                (void) snprintf(hex + 2 * i, 3, "%02x", digest->sha256[i]);
        if (!d || json_put_u64(d, "bytes", digest->bytes) < 0 || json_put_text(d, "sha256", hex) < 0) {
                json_object_put(d);
                return -ENOMEM;
        }
        return json_put(o, key, d);
}

static int put_incomplete(json_object *o, char *const *list) {
        json_object *array = json_object_new_array();

        for (size_t i = 0; array && list && list[i] && i < MANIFEST_INCOMPLETE_MAX; i++) {
                char text[1024];

                (void) snprintf(text, sizeof(text), "%s", list[i]);
                text_make_printable(text, sizeof(text));
                if (json_object_array_add(array, json_object_new_string(text)) < 0) {
                        json_object_put(array);
                        return -ENOMEM;
                }
        }
        return json_put(o, "incomplete", array);
}

static json_object *own_write(const Manifest *m) {
        json_object *o = json_object_new_object();
        int r;

        if (!o)
                return NULL;
        r = json_put_text(o, "version", FREEZER_VERSION);
        r |= json_put_text(o, "run_id", m->run_id);
        r |= json_put_text(o, "hostname", m->hostname);
        r |= json_put_text(o, "backup_name", m->backup_name);
        r |= json_put_text(o, "path", m->path);
        r |= put_digest(o, "data", &m->data);
        r |= put_digest(o, "stream", &m->stream);
        r |= put_digest(o, "engine_metadata", &m->engine_metadata);
        r |= json_put_u64(o, "bytes_read", m->bytes_read);
        r |= json_put_u64(o, "files", m->files);
        r |= json_put_u64(o, "files_incomplete", m->files_incomplete);
        r |= put_incomplete(o, m->incomplete);
        if (r == 0)
                return o;
        json_object_put(o);
        return NULL;
}

char *manifest_write(const Manifest *m) {
        _cleanup_(json_freep) json_object *o = json_object_new_object();
        int r;

        if (!o)
                return NULL;
        r = json_put_text(o, "engine_name", m->engine);
        r |= json_put_text(o, "compression", m->compression);
        r |= json_put(o, "encryption", json_object_new_boolean(m->encrypted));
        if (m->own)
                r |= json_put(o, "freezerd", own_write(m));
        return r == 0 ? json_line(o) : NULL;
}

static int hex_parse(const char *text, unsigned char *ret, size_t size) {
        if (strlen(text) != 2 * size || strspn(text, "0123456789abcdef") != 2 * size)
                return -EINVAL;
        for (size_t i = 0; i < size; i++) {
                unsigned byte;

                if (sscanf(text + 2 * i, "%2x", &byte) != 1)
                        return -EINVAL;
                ret[i] = (unsigned char) byte;
        }
        return 0;
}

/* 1: there, 0: absent. */
static int get_copy(json_object *o, const char *where, const char *key, char **ret, Problem *problem) {
        const char *text = NULL;
        int r = json_get_text(o, where, key, &text, problem);

        if (r > 0 && text_replace(ret, text) < 0)
                return problem_set(problem, ENOMEM, "out of memory");
        return r;
}

static int get_digest(json_object *o, const char *key, Digest *ret, Problem *problem) {
        const char *text = NULL;
        json_object *d;
        int r = json_get_object(o, "freezerd", key, &d, problem);

        if (r > 0)
                r = json_get_number(d, key, "bytes", UINT64_MAX, &ret->bytes, problem);
        if (r > 0)
                r = json_get_text(d, key, "sha256", &text, problem);
        if (r < 0)
                return r;
        if (!text || hex_parse(text, ret->sha256, sizeof(ret->sha256)) < 0)
                return problem_set(problem, EINVAL, "freezerd.%s: must have bytes and sha256", key);
        ret->complete = true;
        return 0;
}

static int own_parse(json_object *o, Manifest *m, Problem *problem) {
        static const char where[] = "freezerd";
        int r = get_digest(o, "data", &m->data, problem);

        if (r >= 0)
                r = get_digest(o, "stream", &m->stream, problem);
        if (r >= 0)
                r = get_digest(o, "engine_metadata", &m->engine_metadata, problem);
        if (r >= 0)
                r = get_copy(o, where, "hostname", &m->hostname, problem);
        if (r >= 0)
                r = get_copy(o, where, "backup_name", &m->backup_name, problem);
        if (r >= 0)
                r = get_copy(o, where, "path", &m->path, problem);
        if (r >= 0)
                r = get_copy(o, where, "run_id", &m->run_id, problem);
        if (r >= 0)
                r = json_get_number(o, where, "bytes_read", UINT64_MAX, &m->bytes_read, problem);
        if (r >= 0)
                r = json_get_number(o, where, "files", UINT64_MAX, &m->files, problem);
        if (r >= 0)
                r = json_get_number(o, where, "files_incomplete", UINT64_MAX, &m->files_incomplete, problem);
        m->own = r >= 0;
        return r;
}

int manifest_parse(const char *text, size_t size, Manifest *ret, Problem *problem) {
        _cleanup_(json_freep) json_object *o = NULL;
        _cleanup_(freep) char *line = strndup(text, size);
        Manifest m = {};
        json_object *own;
        int r;

        if (!line)
                return problem_set(problem, ENOMEM, "out of memory");
        line[strcspn(line, "\n")] = 0; /* Freezer reads the first line only */
        r = json_read(line, strlen(line), MANIFEST_MAX, DEPTH_MAX, &o, problem);
        if (r < 0)
                return r;
        r = get_copy(o, "", "engine_name", &m.engine, problem);
        if (r == 0)
                r = problem_set(problem, EINVAL, "engine_name: is missing");
        if (r >= 0)
                r = get_copy(o, "", "compression", &m.compression, problem);
        if (r >= 0)
                r = json_get_bool(o, "", "encryption", &m.encrypted, problem);
        if (r >= 0)
                r = json_get_object(o, "", "freezerd", &own, problem);
        if (r > 0)
                r = own_parse(own, &m, problem);
        if (r < 0) {
                manifest_clear(&m);
                return r;
        }
        *ret = m;
        return 0;
}

int manifest_load(Storage *storage, const BackupKey *key, Manifest *ret, Problem *problem) {
        _cleanup_(freep) char *name = backup_key_format(key, "metadata", "metadata"), *text = malloc(MANIFEST_MAX);
        _cleanup_(source_freep) Source *source = NULL;
        ssize_t n;
        int r;

        if (!name || !text)
                return problem_set(problem, ENOMEM, "out of memory");
        r = storage->ops->get(storage, name, &source, problem);
        if (r < 0)
                return r;
        n = source_read_full(source, text, MANIFEST_MAX);
        if (n < 0)
                return problem_set(problem, (int) n, "cannot read %s/%s: %s%s", storage->container, name,
                                   strerror((int) -n), storage_advice((int) n));
        r = manifest_parse(text, (size_t) n, ret, problem);
        return r < 0 ? problem_prefix(problem, "%s/%s", storage->container, name) : 0;
}
