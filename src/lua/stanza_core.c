/* SPDX-License-Identifier: MIT */
/*
 * stanza_core: the runtime's parser and writer for scripts that want them: require "couplet.core.stanza".
 * What goes through here is checked exactly as what goes over the network.
 */
#include "lua/open.h"
#include "lua/stanza.h"
#include "xml/parse.h"

#include <lauxlib.h>

/* write(stanza) -> text | nil, reason */
static int l_write(lua_State *L) {
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    luaL_checktype(L, 1, LUA_TTABLE);
    if (stanza_write(L, 1, &out, "jabber:client", NULL, &err) < 0) {
        buf_finish(&out);
        lua_pushnil(L);
        lua_pushstring(L, err.text);
        return 2;
    }
    lua_pushlstring(L, buf_data(&out), buf_len(&out));
    buf_finish(&out);
    return 1;
}

/* The one stanza of the text, or NULL; the parser owns it. */
static struct xml_node *parse_one(struct xml_parser *p, const char *text, size_t len) {
    static const char root[] = "<stream xmlns='jabber:client'>";
    struct xml_node *node = NULL;
    xml_parser_feed(p, root, sizeof(root) - 1);
    if (xml_parser_next(p, &node) != XML_OPEN || xml_parser_next(p, &node) != XML_MORE)
        return NULL;
    xml_parser_feed(p, text, len);
    return xml_parser_next(p, &node) == XML_STANZA ? node : NULL;
}

/* parse(text) -> stanza | nil, reason. One element; its namespace is jabber:client where it states none. */
static int l_parse(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    struct xml_parser *p = xml_parser_new(NULL);
    struct xml_node *node = parse_one(p, text, len);
    if (node != NULL) {
        stanza_push(L, node);
    } else {
        const char *why = xml_parser_error(p)->text;
        lua_pushnil(L);
        lua_pushstring(L, why ? why : "this is not one whole element");
    }
    xml_parser_free(p);
    return node != NULL ? 1 : 2;
}

int open_core_stanza(lua_State *L) {
    static const luaL_Reg functions[] = {{"write", l_write}, {"parse", l_parse}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
