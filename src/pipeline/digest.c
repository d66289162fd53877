/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/pipeline.h"

#include <errno.h>
#include <openssl/evp.h>

/* What both directions share: the running hash and where its result goes. */
typedef struct Hash {
        EVP_MD_CTX *context;
        Digest *digest;
} Hash;

static int hash_init(Hash *h, Digest *digest) {
        *h = (Hash) { .context = EVP_MD_CTX_new(), .digest = digest };
        if (!h->context)
                return -ENOMEM;
        if (EVP_DigestInit_ex(h->context, EVP_sha256(), NULL) != 1) {
                EVP_MD_CTX_free(h->context);
                return -ENOMEM;
        }
        *digest = (Digest) {};
        return 0;
}

static int hash_add(Hash *h, const void *data, size_t size) {
        if (EVP_DigestUpdate(h->context, data, size) != 1)
                return -EIO;
        h->digest->bytes += size;
        return 0;
}

static int hash_complete(Hash *h) {
        if (h->digest->complete)
                return 0;
        if (EVP_DigestFinal_ex(h->context, h->digest->sha256, NULL) != 1)
                return -EIO;
        h->digest->complete = true;
        return 0;
}

typedef struct DigestSink {
        Sink sink;
        Sink *next;
        Hash hash;
} DigestSink;

static int digest_sink_write(Sink *s, const void *data, size_t size) {
        DigestSink *d = (DigestSink *) s;
        int r = hash_add(&d->hash, data, size);

        return r < 0 ? r : sink_write(d->next, data, size);
}

static int digest_sink_finish(Sink *s) {
        DigestSink *d = (DigestSink *) s;
        int r = hash_complete(&d->hash);

        return r < 0 ? r : sink_finish(d->next);
}

static void digest_sink_free(Sink *s) {
        DigestSink *d = (DigestSink *) s;

        EVP_MD_CTX_free(d->hash.context);
        (void) sink_free(d->next);
        free(d);
}

static const SinkOps digest_sink_ops = { "digest", digest_sink_write, digest_sink_finish, digest_sink_free };

Sink *digest_sink(Digest *digest, Sink *next) {
        _cleanup_(freep) DigestSink *d = new0(DigestSink, 1);

        if (!d || hash_init(&d->hash, digest) < 0)
                return NULL;
        d->sink.ops = &digest_sink_ops;
        d->next = next;
        return &take(d)->sink;
}

typedef struct DigestSource {
        Source source;
        Source *from;
        Hash hash;
} DigestSource;

static ssize_t digest_source_read(Source *s, void *data, size_t size) {
        DigestSource *d = (DigestSource *) s;
        ssize_t n = source_read(d->from, data, size);
        int r;

        if (n < 0)
                return n;
        r = n == 0 ? hash_complete(&d->hash) : hash_add(&d->hash, data, (size_t) n);
        return r < 0 ? r : n;
}

static void digest_source_free(Source *s) {
        DigestSource *d = (DigestSource *) s;

        EVP_MD_CTX_free(d->hash.context);
        (void) source_free(d->from);
        free(d);
}

static const SourceOps digest_source_ops = { "digest", digest_source_read, digest_source_free };

Source *digest_source(Digest *digest, Source *from) {
        _cleanup_(freep) DigestSource *d = new0(DigestSource, 1);

        if (!d || hash_init(&d->hash, digest) < 0)
                return NULL;
        d->source.ops = &digest_source_ops;
        d->from = from;
        return &take(d)->source;
}
