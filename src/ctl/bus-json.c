/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/bus-json.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "base/time.h"

#define KEY_MAX 64

static void key_to_small(const char *name, char key[static KEY_MAX]) {
        size_t n = 0;

        for (const char *c = name; *c && n + 2 < KEY_MAX; c++) {
                if (c > name && isupper((unsigned char) *c) && !isupper((unsigned char) c[-1]))
                        key[n++] = '_';
                key[n++] = (char) tolower((unsigned char) *c);
        }
        key[n] = 0;
}

static bool is_time(const char *key) {
        size_t n = strlen(key);

        return n > 5 && streq(key + n - 5, "_usec");
}

static int add_member(json_object *object, const char *key, json_object *value) {
        if (value && is_time(key) && json_object_is_type(value, json_type_int)) {
                uint64_t t = json_object_get_uint64(value);

                if (t == 0 || t == USEC_INFINITY) {
                        json_object_put(value);
                        value = NULL;
                }
        }
        return json_object_object_add(object, key, value) < 0 ? -ENOMEM : 0;
}

static int read_basic(sd_bus_message *m, char type, json_object **ret) {
        union {
                const char *s;
                int b;
                uint8_t y;
                int16_t n;
                uint16_t q;
                int32_t i;
                uint32_t u;
                int64_t x;
                uint64_t t;
                double d;
        } v = {};
        int r = sd_bus_message_read_basic(m, type, &v);

        if (r < 0)
                return r;
        switch (type) {
        case 's':
        case 'g':
                *ret = json_object_new_string(v.s);
                break;
        case 'o':
                if (streq(v.s, "/")) { /* freezerd's "none" */
                        *ret = NULL;
                        return 0;
                }
                *ret = json_object_new_string(v.s);
                break;
        case 'b':
                *ret = json_object_new_boolean(v.b);
                break;
        case 'y':
                *ret = json_object_new_int(v.y);
                break;
        case 'n':
                *ret = json_object_new_int(v.n);
                break;
        case 'q':
                *ret = json_object_new_int(v.q);
                break;
        case 'i':
                *ret = json_object_new_int(v.i);
                break;
        case 'u':
                *ret = json_object_new_int64(v.u);
                break;
        case 'x':
                *ret = json_object_new_int64(v.x);
                break;
        case 't':
                *ret = json_object_new_uint64(v.t);
                break;
        case 'd':
                *ret = json_object_new_double(v.d);
                break;
        default:
                return -EBADMSG;
        }
        return *ret ? 0 : -ENOMEM;
}

static int read_entry(sd_bus_message *m, const char *contents, json_object *object) {
        char key[KEY_MAX];
        const char *name;
        json_object *value = NULL;
        int r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, contents);

        if (r < 0)
                return r;
        r = sd_bus_message_read_basic(m, 's', &name);
        if (r >= 0)
                r = bus_json_read(m, &value);
        if (r < 0)
                return r;
        key_to_small(name, key);
        r = add_member(object, key, value);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_array(sd_bus_message *m, const char *contents, json_object **ret) {
        bool dict = contents[0] == '{' && contents[1] == 's';
        json_object *list = dict ? json_object_new_object() : json_object_new_array();
        _cleanup_(freep) char *inner = dict ? strndup(contents + 1, strlen(contents) - 2) : NULL;
        int r = 0;

        if (!list || (dict && !inner))
                return -ENOMEM;
        while (r >= 0 && sd_bus_message_at_end(m, false) == 0) {
                json_object *value = NULL;

                if (dict) {
                        r = read_entry(m, inner, list);
                        continue;
                }
                r = bus_json_read(m, &value);
                if (r >= 0)
                        r = json_object_array_add(list, value) < 0 ? -ENOMEM : 0;
        }
        if (r < 0)
                json_object_put(list);
        else
                *ret = list;
        return r;
}

int bus_json_read(sd_bus_message *m, json_object **ret) {
        const char *contents;
        char type;
        int r = sd_bus_message_peek_type(m, &type, &contents);

        if (r <= 0)
                return r < 0 ? r : -EBADMSG;
        if (!strchr("avr(", type))
                return read_basic(m, type, ret);
        if (type == '(')
                type = SD_BUS_TYPE_STRUCT;
        r = sd_bus_message_enter_container(m, type, contents);
        if (r < 0)
                return r;
        r = type == SD_BUS_TYPE_VARIANT ? bus_json_read(m, ret)
            : type == SD_BUS_TYPE_ARRAY ? read_array(m, contents, ret)
                                        : read_array(m, "", ret);
        if (r < 0)
                return r;
        r = sd_bus_message_exit_container(m);
        if (r < 0)
                json_object_put(take(*ret));
        return r < 0 ? r : 0;
}

int bus_json_rows(sd_bus_message *m, const char *const *keys, json_object **ret) {
        _cleanup_(json_putp) json_object *rows = NULL;
        json_object *list;
        int r = bus_json_read(m, &rows);

        if (r < 0)
                return r;
        list = json_object_new_array();
        if (!list)
                return -ENOMEM;
        for (size_t i = 0; r >= 0 && i < json_object_array_length(rows); i++) {
                json_object *row = json_object_array_get_idx(rows, i), *object = json_object_new_object();

                for (size_t k = 0; r >= 0 && keys[k]; k++)
                        r = add_member(object, keys[k], json_object_get(json_object_array_get_idx(row, k)));
                (void) json_object_array_add(list, object);
        }
        *ret = list;
        return 0;
}

const char *field_text(json_object *object, const char *key) {
        json_object *value;

        if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_string))
                return "";
        return json_object_get_string(value);
}

uint64_t field_number(json_object *object, const char *key) {
        json_object *value;

        return json_object_object_get_ex(object, key, &value) ? json_object_get_uint64(value) : 0;
}

bool field_has(json_object *object, const char *key) {
        return json_object_object_get_ex(object, key, NULL);
}

bool field_is(json_object *object, const char *key, const char *value) {
        return streq(field_text(object, key), value);
}

void field_expand(json_object *object, const char *key) {
        const char *text = field_text(object, key);
        json_object *value = *text ? json_tokener_parse(text) : NULL;

        (void) json_object_object_add(object, key, value);
}
