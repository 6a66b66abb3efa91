/* SPDX-License-Identifier: MIT */
/* json: the functions of jansson that reading a request or an answer takes; it is opened at the first use and
 * stays. */
#ifndef COUPLET_CONTROL_JSON_H
#define COUPLET_CONTROL_JSON_H

#include "base/err.h"
#include "base/str.h"

#include <jansson.h>

struct json {
    __typeof__(json_loadb) *loadb;
    __typeof__(json_delete) *delete;
    __typeof__(json_object_get) *get;
    __typeof__(json_array_size) *array_size;
    __typeof__(json_array_get) *array_get;
    __typeof__(json_object_iter) *iter;
    __typeof__(json_object_iter_next) *iter_next;
    __typeof__(json_object_iter_key) *iter_key;
    __typeof__(json_object_iter_value) *iter_value;
    __typeof__(json_string_value) *string;
    __typeof__(json_integer_value) *integer;
    __typeof__(json_number_value) *number;
};

int json_open(struct json *j, struct err *err);
/* The object that the text is, to be given to json_drop. NULL: err. */
json_t *json_read(const struct json *j, struct str text, struct err *err);
void json_drop(const struct json *j, json_t *value); /* NULL accepted */
/* The text of a member; NULL: there is none, or it is no string. */
const char *json_member_text(const struct json *j, const json_t *object, const char *name);
long long json_member_int(const struct json *j, const json_t *object, const char *name); /* 0: none */

#endif
