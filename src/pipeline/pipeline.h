/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/problem.h"
#include "base/stream.h"
#include "model/action.h"

/* Stages between engine and storage. A Sink stage takes ownership of the next one behind it, a Source stage of
 * the one it reads from; a constructor that returns NULL (no memory) has taken nothing. */

/* Compression. gzip: RFC 1952, header as gzip writes it from a pipe (no name, time 0, OS 3), level 6. Reading
 * accepts several members in a row, as `gzip -d` does, and zero padding after the last. */
Sink *compress_sink(Compression kind, Sink *next);
Source *decompress_source(Compression kind, Source *from);
const char *compression_name(Compression kind);

/* Counts and hashes (SHA-256) what passes. The results are valid after finish, or after the end was read. */
typedef struct Digest {
        uint64_t bytes;
        unsigned char sha256[32];
        bool complete; /* finish was called, or the end was seen */
} Digest;
Sink *digest_sink(Digest *digest, Sink *next);
Source *digest_source(Digest *digest, Source *from);
