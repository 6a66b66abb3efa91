/* SPDX-License-Identifier: MIT */
#include "control/json.h"

#include "base/library.h"

int json_open(struct json *j, struct err *err) {
    static const struct library_symbol symbols[] = {
        LIBRARY_SYMBOL(struct json, loadb, json_loadb),
        LIBRARY_SYMBOL(struct json, delete, json_delete),
        LIBRARY_SYMBOL(struct json, get, json_object_get),
        LIBRARY_SYMBOL(struct json, array_size, json_array_size),
        LIBRARY_SYMBOL(struct json, array_get, json_array_get),
        LIBRARY_SYMBOL(struct json, iter, json_object_iter),
        LIBRARY_SYMBOL(struct json, iter_next, json_object_iter_next),
        LIBRARY_SYMBOL(struct json, iter_key, json_object_iter_key),
        LIBRARY_SYMBOL(struct json, iter_value, json_object_iter_value),
        LIBRARY_SYMBOL(struct json, string, json_string_value),
        LIBRARY_SYMBOL(struct json, integer, json_integer_value),
        LIBRARY_SYMBOL(struct json, number, json_number_value),
        {NULL, 0},
    };
    static const struct library jansson = {"libjansson.so.4", "libjansson4", symbols};
    void *handle = library_open_kept(&jansson, j, err);
    library_close(handle);
    return handle != NULL ? 0 : -1;
}

json_t *json_read(const struct json *j, struct str text, struct err *err) {
    json_error_t why;
    json_t *value = j->loadb(text.s, text.len, 0, &why);
    if (value != NULL && json_is_object(value))
        return value;
    if (value == NULL)
        err_set(err, "no JSON: %s", why.text);
    else
        err_set(err, "a JSON object is expected");
    json_drop(j, value);
    return NULL;
}

/* json_decref is inline, and names json_delete itself. */
void json_drop(const struct json *j, json_t *value) {
    if (value != NULL && value->refcount != (size_t)-1 && --value->refcount == 0)
        j->delete (value);
}

const char *json_member_text(const struct json *j, const json_t *object, const char *name) {
    const json_t *value = j->get(object, name);
    return value != NULL && json_is_string(value) ? j->string(value) : NULL;
}

long long json_member_int(const struct json *j, const json_t *object, const char *name) {
    const json_t *value = j->get(object, name);
    return value != NULL && json_is_integer(value) ? j->integer(value) : 0;
}
