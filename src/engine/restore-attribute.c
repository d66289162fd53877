/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "engine/place.h"
#include "engine/restore-internal.h"

static bool id_fits(int64_t id) {
        return id >= 0 && id < UINT32_MAX; /* (uid_t) -1 would mean "leave it" */
}

Attributes restore_attributes(Restore *x, const TarMember *m) {
        Attributes a = { .mode = m->mode & 07777, .mtime = m->mtime, .set_owner = x->give_away };
        bool known = id_fits(m->uid) && id_fits(m->gid);

        a.uid = known ? (uid_t) m->uid : 0;
        a.gid = known ? (gid_t) m->gid : 0;
        if (!x->what->numeric_owner) {
                a.uid = owner_user_id(x->owners, m->user, a.uid);
                a.gid = owner_group_id(x->owners, m->group, a.gid);
        }
        /* A set-id bit means what it meant only together with the owner. */
        if (!known || (!a.set_owner && a.uid != geteuid()))
                a.mode &= ~(mode_t) S_ISUID;
        if (!known || (!a.set_owner && a.gid != getegid() && m->type != TAR_DUMPDIR && m->type != TAR_DIRECTORY))
                a.mode &= ~(mode_t) S_ISGID;
        return a;
}

int attributes_apply(int fd, const Attributes *a, bool is_link) {
        struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, a->mtime };
        mode_t mode = a->mode;
        int first = 0, r;

        if (a->set_owner && fchownat(fd, "", a->uid, a->gid, AT_EMPTY_PATH) < 0) {
                first = -errno;
                mode &= ~(mode_t) (S_ISUID | S_ISGID);
        }
        r = is_link ? 0 : place_chmod(fd, mode); /* after the owner, whose change clears set-id bits */
        if (r < 0 && first == 0)
                first = r;
        if (utimensat(fd, "", times, AT_EMPTY_PATH) < 0 && first == 0)
                first = -errno;
        return first;
}
