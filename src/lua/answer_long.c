/* SPDX-License-Identifier: MIT */
/* A text that is longer than the bot's `long_text`: in pieces (couplet.long), or as a file
 * (couplet.long_file). */
#include "lua/answer.h"

#include <lauxlib.h>

/* Pushes what couplet.long makes of the text: a list of strings. */
static int cut_text(lua_State *L, struct str text, int most, struct err *err) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "couplet.long");
    if (lua_pcall(L, 1, 1, 0) == LUA_OK) {
        lua_getfield(L, -1, "pieces");
        lua_remove(L, -2);
        lua_pushlstring(L, text.s, text.len);
        lua_pushinteger(L, most);
        if (lua_pcall(L, 2, 1, 0) == LUA_OK)
            return 0;
    }
    err_set(err, "the text cannot be cut: %s", lua_tostring(L, -1));
    lua_pop(L, 1);
    return -1;
}

static int send_pieces(struct bot *b, lua_State *L, struct letter m, struct str text, struct err *err) {
    int result = 0;
    luaL_checkstack(L, 8, "text");
    if (cut_text(L, text, b->config->long_text, err) < 0)
        return -1;
    for (int i = 1; result == 0 && lua_rawgeti(L, -1, i) == LUA_TSTRING; i++) {
        struct str piece;
        piece.s = lua_tolstring(L, -1, &piece.len);
        result = answer_whole(b, m, piece, err);
        m.id = STR_NONE;
        lua_pop(L, 1);
    }
    lua_settop(L, lua_gettop(L) - (result == 0 ? 2 : 1));
    return result;
}

/* Sets a field of the table on top. */
static void set_field(lua_State *L, const char *name, struct str value) {
    if (value.s == NULL)
        return;
    lua_pushlstring(L, value.s, value.len);
    lua_setfield(L, -2, name);
}

static void push_letter(lua_State *L, const struct letter *m, int most) {
    lua_createtable(L, 0, 6);
    set_field(L, "to", m->to);
    set_field(L, "from", m->from);
    set_field(L, "type", m->type);
    set_field(L, "thread", m->thread);
    set_field(L, "id", m->id);
    lua_pushinteger(L, most);
    lua_setfield(L, -2, "most");
}

/* Hands the text to couplet.long_file, which uploads it in a task of its own. */
static int send_file(struct bot *b, lua_State *L, const struct letter *m, struct str text, struct err *err) {
    if (answer_open(b, err) == NULL)
        return -1;
    int top = lua_gettop(L), status;
    luaL_checkstack(L, 8, "text");
    lua_getglobal(L, "require");
    lua_pushliteral(L, "couplet.long_file");
    if ((status = lua_pcall(L, 1, 1, 0)) == LUA_OK) {
        lua_getfield(L, -1, "later");
        bot_push(L, b);
        push_letter(L, m, b->config->long_text);
        lua_pushlstring(L, text.s, text.len);
        status = lua_pcall(L, 3, 0, 0);
    }
    if (status != LUA_OK)
        err_set(err, "the text cannot be uploaded: %s", lua_tostring(L, -1));
    lua_settop(L, top);
    return status == LUA_OK ? 0 : -1;
}

int answer_message(struct bot *b, lua_State *L, const struct letter *m, struct str text, struct err *err) {
    if (b->config->long_text == 0 || text.len <= (size_t)b->config->long_text)
        return answer_whole(b, *m, text, err);
    return b->config->is_long_text_file ? send_file(b, L, m, text, err) : send_pieces(b, L, *m, text, err);
}
