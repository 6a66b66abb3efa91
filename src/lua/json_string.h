/* SPDX-License-Identifier: MIT */
/* json_string: strings of JSON (RFC 8259 7), UTF-8 strictly, and how it is told where a text is no JSON. */
#ifndef COUPLET_LUA_JSON_STRING_H
#define COUPLET_LUA_JSON_STRING_H

#include <lua.h>

struct json_reader {
    lua_State *L;
    const char *begin, *at, *end; /* borrowed: of the text */
};

/* The string that begins at r->at, at its quote; r->at is behind it then. */
void json_push_string(struct json_reader *r);
/* Raises: line and column of r->at, and what is not as it should be. */
int json_wrong(const struct json_reader *r, const char *what);

#endif
