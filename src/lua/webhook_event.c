/* SPDX-License-Identifier: MIT */
/* webhook_event: a request as a Lua table. */
#include "http/target.h"
#include "lua/webhook_asked.h"

static void set_field(lua_State *L, const char *name, struct str value) {
    lua_pushlstring(L, value.s, value.len);
    lua_setfield(L, -2, name);
}

/* Names in small letters; several of one name are one list (RFC 9110 5.3). */
static void add_header(void *ctx, const char *name, struct str value) {
    lua_State *L = ctx;
    luaL_Buffer b;
    char *small = luaL_buffinitsize(L, &b, strlen(name));
    for (const char *s = name; *s != '\0'; s++)
        *small++ = (char)(*s >= 'A' && *s <= 'Z' ? *s | 0x20 : *s);
    luaL_pushresultsize(&b, strlen(name));
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushlstring(L, value.s, value.len);
    } else {
        lua_pushliteral(L, ", ");
        lua_pushlstring(L, value.s, value.len);
        lua_concat(L, 3);
    }
    lua_rawset(L, -3);
}

static void set_query(lua_State *L, struct str query) {
    char memory[TARGET_MOST];
    struct target_field fields[TARGET_FIELDS_MOST];
    size_t count = query.s != NULL ? target_fields(query, memory, fields, TARGET_FIELDS_MOST) : 0;
    lua_createtable(L, 0, (int)count);
    for (size_t i = 0; i < count; i++) {
        lua_pushlstring(L, fields[i].name.s, fields[i].name.len);
        lua_pushlstring(L, fields[i].value.s, fields[i].value.len);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "query");
}

void asked_push_event(lua_State *L, const struct bot *b, const struct http_request *r) {
    event_push(L, b, HOOK_WEBHOOK);
    set_field(L, "path", http_request_path(r));
    set_field(L, "method", str_of(http_request_method(r)));
    set_field(L, "body", http_request_body(r));
    set_field(L, "source", str_of(http_request_source(r)));
    set_query(L, http_request_query(r));
    lua_createtable(L, 0, 8);
    http_request_headers(r, add_header, L);
    lua_setfield(L, -2, "headers");
}
