/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tar-header.h"

#include <errno.h>
#include <stdio.h>

_Static_assert(sizeof(TarHeader) == TAR_BLOCK, "header");
_Static_assert(sizeof(TarExtension) == TAR_BLOCK, "sparse extension");

static void number_write_binary(char *field, size_t width, int64_t value) {
        uint64_t rest = (uint64_t) value;

        for (size_t i = width; i-- > 0;) {
                size_t place = width - 1 - i;

                field[i] = place < 8 ? (char) (rest >> (8 * place)) : (char) (value < 0 ? 0xff : 0);
        }
        field[0] = (char) ((unsigned char) field[0] | 0x80);
}

void tar_number_write(char *field, size_t width, int64_t value) {
        char digits[24];

        if (value < 0 || (3 * (width - 1) < 63 && value >> (3 * (width - 1)) != 0)) {
                number_write_binary(field, width, value);
                return;
        }
        (void) snprintf(digits, sizeof(digits), "%0*llo", (int) (width - 1), (unsigned long long) value);
        memcpy(field, digits, width);
}

static int number_read_binary(const char *field, size_t width, int64_t *ret) {
        const unsigned char *p = (const unsigned char *) field;
        bool negative = p[0] & 0x40;
        uint64_t value = negative ? UINT64_MAX : 0;

        for (size_t i = 0; i < width; i++) {
                unsigned char byte = p[i];

                if (i == 0)
                        byte = negative ? byte | 0x80 : byte & 0x7f;
                if (value >> 55 != (negative ? 0x1ff : 0)) /* would leave 63 bits and sign */
                        return -EBADMSG;
                value = value << 8 | byte;
        }
        *ret = (int64_t) value;
        return 0;
}

int tar_number_read(const char *field, size_t width, int64_t *ret) {
        uint64_t value = 0;
        size_t i = 0;

        if ((unsigned char) field[0] & 0x80)
                return number_read_binary(field, width, ret);
        while (i < width && field[i] == ' ')
                i++;
        for (; i < width && field[i] >= '0' && field[i] <= '7'; i++) {
                if (value >> 60)
                        return -EBADMSG;
                value = value << 3 | (uint64_t) (field[i] - '0');
        }
        if (i < width && field[i] != 0 && field[i] != ' ')
                return -EBADMSG;
        *ret = (int64_t) value;
        return 0;
}

/* Fills a field that needs no NUL when the text fills it. */
static void field_set(char *field, size_t width, const char *text) {
        memcpy(field, text, strnlen(text, width));
}

static unsigned header_sum(const TarHeader *h, bool as_signed) {
        const char *p = (const char *) h;
        const size_t begin = offsetof(TarHeader, checksum), end = begin + sizeof(h->checksum);
        unsigned sum = 0;

        for (size_t i = 0; i < sizeof(*h); i++) {
                char c = i >= begin && i < end ? ' ' : p[i];

                sum += as_signed ? (unsigned) (signed char) c : (unsigned char) c;
        }
        return sum;
}

void tar_header_encode(TarHeader *h, const TarMember *member) {
        char sum[8];

        *h = (TarHeader) { .type = member->type };
        field_set(h->name, sizeof(h->name), member->name);
        field_set(h->link, sizeof(h->link), strempty(member->link));
        memcpy(h->magic, "ustar  ", sizeof(h->magic));
        tar_number_write(h->mode, sizeof(h->mode), member->mode);
        tar_number_write(h->uid, sizeof(h->uid), member->uid);
        tar_number_write(h->gid, sizeof(h->gid), member->gid);
        tar_number_write(h->size, sizeof(h->size), (int64_t) member->size);
        tar_number_write(h->mtime, sizeof(h->mtime), member->mtime.tv_sec);
        field_set(h->user, sizeof(h->user) - 1, strempty(member->user));
        field_set(h->group, sizeof(h->group) - 1, strempty(member->group));
        if (member->type == TAR_CHAR_DEVICE || member->type == TAR_BLOCK_DEVICE) {
                tar_number_write(h->major, sizeof(h->major), member->major);
                tar_number_write(h->minor, sizeof(h->minor), member->minor);
        }
        if (member->type != TAR_LONG_LINK && member->type != TAR_LONG_NAME) {
                tar_number_write(h->gnu.atime, sizeof(h->gnu.atime), member->atime);
                tar_number_write(h->gnu.ctime, sizeof(h->gnu.ctime), member->ctime);
        }
        (void) snprintf(sum, sizeof(sum), "%06o", header_sum(h, false));
        memcpy(h->checksum, sum, 7);
        h->checksum[7] = ' ';
}

int tar_header_check(const TarHeader *h) {
        static const TarHeader zero;
        int64_t wanted;

        if (memcmp(h, &zero, sizeof(*h)) == 0)
                return 2;
        if (tar_number_read(h->checksum, sizeof(h->checksum), &wanted) < 0)
                return 0;
        return (int64_t) header_sum(h, false) == wanted || (int) header_sum(h, true) == wanted;
}

bool tar_header_is_gnu(const TarHeader *h) {
        return memcmp(h->magic, "ustar  ", sizeof(h->magic)) == 0;
}

static bool header_is_ustar(const TarHeader *h) {
        return memcmp(h->magic, "ustar", 6) == 0;
}

void tar_header_name(const TarHeader *h, char buffer[static TAR_NAME_MAX]) {
        bool prefixed = header_is_ustar(h) && h->prefix[0];

        (void) snprintf(buffer, TAR_NAME_MAX, "%.*s%s%.*s", prefixed ? (int) sizeof(h->prefix) : 0,
                        h->prefix, prefixed ? "/" : "", (int) sizeof(h->name), h->name);
}

static int header_decode_numbers(const TarHeader *h, TarMember *m) {
        int64_t mode, size, major, minor, mtime;

        if (tar_number_read(h->mode, sizeof(h->mode), &mode) < 0 ||
            tar_number_read(h->uid, sizeof(h->uid), &m->uid) < 0 ||
            tar_number_read(h->gid, sizeof(h->gid), &m->gid) < 0 ||
            tar_number_read(h->size, sizeof(h->size), &size) < 0 || size < 0 ||
            tar_number_read(h->mtime, sizeof(h->mtime), &mtime) < 0)
                return -EBADMSG;
        m->mode = (uint32_t) mode & 07777;
        m->size = m->real_size = (uint64_t) size;
        m->mtime.tv_sec = mtime;
        if (m->type != TAR_CHAR_DEVICE && m->type != TAR_BLOCK_DEVICE)
                return 0;
        if (tar_number_read(h->major, sizeof(h->major), &major) < 0 ||
            tar_number_read(h->minor, sizeof(h->minor), &minor) < 0)
                return -EBADMSG;
        m->major = (unsigned) major;
        m->minor = (unsigned) minor;
        return 0;
}

int tar_header_decode(const TarHeader *h, TarMember *ret) {
        *ret = (TarMember) { .type = h->type };
        return header_decode_numbers(h, ret);
}
