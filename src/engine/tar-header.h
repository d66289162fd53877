/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include <time.h>

#include "base/macro.h"

/* The 512-byte header of a tar member, in the GNU, ustar, pax and v7 forms. */
#define TAR_BLOCK 512
#define TAR_RECORD 10240

enum {
        TAR_FILE = '0',
        TAR_FILE_V7 = 0,
        TAR_LINK = '1',
        TAR_SYMLINK = '2',
        TAR_CHAR_DEVICE = '3',
        TAR_BLOCK_DEVICE = '4',
        TAR_DIRECTORY = '5',
        TAR_FIFO = '6',
        TAR_CONTIGUOUS = '7',
        TAR_DUMPDIR = 'D', /* directory with the list of what is in it */
        TAR_LONG_LINK = 'K',
        TAR_LONG_NAME = 'L',
        TAR_SPARSE = 'S',
        TAR_VOLUME = 'V',
        TAR_PAX = 'x',
        TAR_PAX_SOLARIS = 'X',
        TAR_PAX_GLOBAL = 'g',
};

typedef struct TarSparse {
        char offset[12];
        char size[12];
} TarSparse;

typedef struct TarHeader {
        char name[100];
        char mode[8], uid[8], gid[8];
        char size[12], mtime[12];
        char checksum[8];
        char type;
        char link[100];
        char magic[8];
        char user[32], group[32];
        char major[8], minor[8];
        union {
                char prefix[155]; /* ustar */
                struct {
                        char atime[12], ctime[12];
                        char offset[12], longnames[4], unused;
                        TarSparse sparse[4];
                        char extended;
                        char real_size[12];
                } gnu;
        };
        char padding[12];
} TarHeader;

typedef struct TarExtension { /* follows a sparse header, again and again while `extended` is set */
        TarSparse sparse[21];
        char extended;
        char padding[7];
} TarExtension;

/* A member in our own terms. Text belongs to whoever made it. */
typedef struct TarMember {
        char type;
        const char *name, *link;
        const char *user, *group; /* "" when not known */
        uint32_t mode;            /* permission bits */
        int64_t uid, gid;
        uint64_t size;      /* of the data behind the header */
        uint64_t real_size; /* of the file: differs when it is sparse */
        struct timespec mtime;
        int64_t atime, ctime; /* seconds */
        unsigned major, minor;
} TarMember;

/* A number: octal text where it fits into WIDTH - 1 digits, else base-256 (negative ones, too). */
void tar_number_write(char *field, size_t width, int64_t value);
/* 0 or -EBADMSG. An empty field is 0. */
int tar_number_read(const char *field, size_t width, int64_t *ret);

/* Fills in a header of the GNU form, checksum included. Names over 100 bytes are cut. */
void tar_header_encode(TarHeader *h, const TarMember *member);

/* Whether the checksum is right: 1 yes, 0 no, and 2 when all bytes are zero (end of the archive). */
int tar_header_check(const TarHeader *h);
/* Everything but names and sparse map. 0 or -EBADMSG. */
int tar_header_decode(const TarHeader *h, TarMember *ret);
/* The name field, with the ustar prefix if it has one. */
#define TAR_NAME_MAX 257
void tar_header_name(const TarHeader *h, char buffer[static TAR_NAME_MAX]);
bool tar_header_is_gnu(const TarHeader *h);
