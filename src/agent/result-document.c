/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/result-document.h"

#include "agent/json-line.h"
#include "base/text.h"
#include "freezer-config.h"

static int put_number(json_object *o, const char *key, uint64_t value) {
        return value > 0 ? json_put_u64(o, key, value) : json_put_text(o, key, "");
}

static int put_flag(json_object *o, const char *key, bool value) {
        return value ? json_put(o, key, json_object_new_boolean(true)) : json_put_text(o, key, "");
}

static int put_what(json_object *o, const Action *action, const BackupRecord *backup) {
        int r = json_put_u64(o, "curr_backup_level", backup->level);

        r |= json_put_text(o, "fs_real_path", action->path_to_backup);
        r |= json_put_text(o, "vol_snap_path", action->path_to_backup);
        r |= json_put_text(o, "client_os", "linux");
        r |= json_put_text(o, "client_version", FREEZER_VERSION);
        r |= json_put_u64(o, "time_stamp", backup->timestamp);
        r |= json_put_text(o, "action", "backup");
        r |= put_number(o, "always_level", (uint64_t) action->always_level);
        r |= json_put_text(o, "backup_media", "fs");
        r |= json_put_text(o, "backup_name", action->backup_name);
        r |= json_put_text(o, "container", action->container);
        r |= json_put_text(o, "container_segments", "");
        return r;
}

static int put_how(json_object *o, const Action *action, const BackupRecord *backup) {
        _cleanup_(freep) char *key = text_format("%s/.ssh/id_rsa", strempty(getenv("HOME")));
        int r = put_flag(o, "dry_run", action->dry_run);

        r |= json_put_text(o, "hostname", backup->hostname);
        r |= json_put_text(o, "path_to_backup", action->path_to_backup);
        r |= put_number(o, "max_level", (uint64_t) action->max_level);
        r |= json_put_text(o, "mode", "fs");
        r |= json_put_text(o, "log_file", action->log_file);
        r |= json_put_text(o, "storage", backup->storage);
        r |= json_put_text(o, "proxy", "");
        r |= json_put_text(o, "compression", backup->compression);
        r |= json_put_text(o, "ssh_key", key);
        r |= json_put_text(o, "ssh_username", "");
        r |= json_put_text(o, "ssh_host", "");
        r |= json_put_u64(o, "ssh_port", 22);
        r |= json_put_text(o, "consistency_checksum", "");
        return r;
}

json_object *result_document(const Action *action, const BackupRecord *backup) {
        json_object *o = json_object_new_object();

        if (o && put_what(o, action, backup) == 0 && put_how(o, action, backup) == 0)
                return o;
        json_object_put(o);
        return NULL;
}
