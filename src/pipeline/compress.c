/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/pipeline.h"

#include "pipeline/gzip.h"

typedef struct Compressor {
        const char *name;
        Sink *(*sink)(Sink *next);
        Source *(*source)(Source *from);
} Compressor;

static const Compressor compressors[] = {
        [COMPRESSION_GZIP] = { "gzip", gzip_sink, gzip_source },
};

static const Compressor *compressor_get(Compression kind) {
        return (size_t) kind < ELEMENTSOF(compressors) ? &compressors[kind] : NULL;
}

Sink *compress_sink(Compression kind, Sink *next) {
        const Compressor *c = compressor_get(kind);

        return c ? c->sink(next) : NULL;
}

Source *decompress_source(Compression kind, Source *from) {
        const Compressor *c = compressor_get(kind);

        return c ? c->source(from) : NULL;
}

const char *compression_name(Compression kind) {
        const Compressor *c = compressor_get(kind);

        return c ? c->name : NULL;
}
