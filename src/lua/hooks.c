/* SPDX-License-Identifier: MIT */
/* The same conditions as in the YAML, from a Lua table, held to the same checks; one row a condition. */
#include "lua/hooks.h"

#include "base/mem.h"
#include "lua/guard.h"
#include "lua/features.h"

#include <stddef.h>

struct reader {
    lua_State *L;
    struct hook_spec *spec;
};

static int wrong(const struct reader *r, const char *key, const char *expected) {
    return luaL_error(r->L, "bot:hook: %s must be %s, not a %s", key, expected, luaL_typename(r->L, -1));
}

static const char *want_string(const struct reader *r, const char *key) {
    if (lua_type(r->L, -1) != LUA_TSTRING)
        wrong(r, key, "a string");
    return lua_tostring(r->L, -1);
}

static void read_string(struct reader *r, const char *key, void *field) {
    *(char **)field = mem_strdup(want_string(r, key));
}

/* A string, or a list of strings. */
static void read_list(struct reader *r, const char *key, void *field) {
    char ***list = field;
    lua_State *L = r->L;
    bool one = lua_type(L, -1) == LUA_TSTRING;
    if (!one && !lua_istable(L, -1))
        wrong(r, key, "a string or a list of strings");
    size_t count = one ? 1 : lua_rawlen(L, -1);
    *list = mem_alloc0((count + 1) * sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        if (one)
            lua_pushvalue(L, -1);
        else
            lua_rawgeti(L, -1, (lua_Integer)i + 1);
        (*list)[i] = mem_strdup(want_string(r, key));
        lua_pop(L, 1);
    }
}

static void read_addressed(struct reader *r, const char *key, void *field) {
    if (!lua_isboolean(r->L, -1))
        wrong(r, key, "true or false");
    *(int *)field = lua_toboolean(r->L, -1);
}

static void read_bool(struct reader *r, const char *key, void *field) {
    if (!lua_isboolean(r->L, -1))
        wrong(r, key, "true or false");
    *(bool *)field = lua_toboolean(r->L, -1);
}

static void read_integer(struct reader *r, const char *key, void *field) {
    if (!lua_isinteger(r->L, -1))
        wrong(r, key, "an integer");
    *(int *)field = (int)lua_tointeger(r->L, -1);
}

static void read_seconds(struct reader *r, const char *key, void *field) {
    if (!lua_isnumber(r->L, -1))
        wrong(r, key, "seconds");
    *(double *)field = lua_tonumber(r->L, -1);
}

static void read_event(struct reader *r, const char *key, void *field) {
    int event = hook_event_parse(want_string(r, key));
    if (event < 0)
        luaL_error(r->L, "bot:hook: there is no event '%s'", lua_tostring(r->L, -1));
    if (event == HOOK_WEBHOOK) /* a port is not opened by a script */
        luaL_error(r->L, "bot:hook: a webhook stands in the configuration, with its path and who may post");
    *(enum hook_event *)field = (enum hook_event)event;
    if (event == HOOK_NAMED)
        r->spec->own_name = mem_strdup(lua_tostring(r->L, -1));
}

static void read_include(struct reader *r, const char *key, void *field) {
    char **names = NULL;
    read_list(r, key, &names);
    int bad = -1;
    for (int i = 0; names[i] != NULL; i++) {
        int bit = hook_include_parse(names[i]);
        if (bit < 0)
            bad = i;
        else
            *(unsigned *)field |= (unsigned)bit;
    }
    if (bad >= 0)
        lua_pushfstring(r->L, "bot:hook: there is nothing called '%s' to include", names[bad]);
    for (char **n = names; *n != NULL; n++)
        mem_free(*n);
    mem_free(names);
    if (bad >= 0)
        lua_error(r->L);
}

static const struct row {
    const char *key;
    void (*read)(struct reader *r, const char *key, void *field);
    size_t offset;
} rows[] = {
    {"event", read_event, offsetof(struct hook_spec, event)},
    {"name", read_string, offsetof(struct hook_spec, name)},
    {"aliases", read_list, offsetof(struct hook_spec, aliases)},
    {"type", read_list, offsetof(struct hook_spec, types)},
    {"from", read_list, offsetof(struct hook_spec, from)},
    {"to", read_list, offsetof(struct hook_spec, to)},
    {"room", read_string, offsetof(struct hook_spec, room)},
    {"nick", read_string, offsetof(struct hook_spec, nick)},
    {"body", read_string, offsetof(struct hook_spec, body)},
    {"xmlns", read_string, offsetof(struct hook_spec, xmlns)},
    {"child", read_string, offsetof(struct hook_spec, child)},
    {"addressed", read_addressed, offsetof(struct hook_spec, addressed)},
    {"include", read_include, offsetof(struct hook_spec, include)},
    {"priority", read_integer, offsetof(struct hook_spec, priority)},
    {"continue", read_bool, offsetof(struct hook_spec, go_on)},
    {"every", read_seconds, offsetof(struct hook_spec, every)},
    {"cron", read_string, offsetof(struct hook_spec, cron)},
    {"tz", read_string, offsetof(struct hook_spec, tz)},
    {"jitter", read_seconds, offsetof(struct hook_spec, jitter)},
    {"in_room", read_bool, offsetof(struct hook_spec, in_room)},
    {"news", read_bool, offsetof(struct hook_spec, news)},
    {"account", read_bool, offsetof(struct hook_spec, account)},
    {NULL, NULL, 0},
};

static void read_field(struct reader *r, const char *key) {
    for (const struct row *row = rows; row->key != NULL; row++) {
        if (strcmp(row->key, key) == 0) {
            row->read(r, key, (char *)r->spec + row->offset);
            return;
        }
    }
    luaL_error(r->L, "bot:hook: '%s' is no condition of a hook", key);
}

static bool is_one_of(const char *key, const char *const *names) {
    for (; *names != NULL; names++)
        if (strcmp(key, *names) == 0)
            return true;
    return false;
}

void hooks_read_spec(lua_State *L, int idx, struct hook_spec *spec, const char *const *others) {
    struct reader r = {.L = L, .spec = spec};
    struct err err = ERR_INIT;
    const char *condition = NULL;
    for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "bot:hook: conditions are named, e.g. { event = \"message\", call = f }");
        if (!is_one_of(lua_tostring(L, -2), others))
            read_field(&r, lua_tostring(L, -2));
    }
    if (hook_spec_check(spec, &condition, &err) < 0)
        luaL_error(L, "bot:hook: %s: %s", condition ? condition : "hook", err.text);
}

/* Under pcall, so that what raises does not leak the half-read binding: (table, binding). */
static int read_spec(lua_State *L) {
    struct binding *binding = lua_touserdata(L, 2);
    hooks_read_spec(L, 1, &binding->spec, guard_keys);
    if (lua_getfield(L, 1, "with") != LUA_TNIL)
        binding->with = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

static const char handle_type[] = "couplet.hook";

struct handle {
    struct bot *bot;
    struct hook *hook; /* referenced; NULL once removed */
};

static int handle_remove(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, handle_type);
    bool was = h->hook != NULL && !h->hook->removed;
    if (was && h->hook->spec->event == HOOK_COMMAND) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, ((struct binding *)h->hook->owner)->function);
        guard_forget(L, h->bot);
    }
    if (was)
        hook_table_remove(h->bot->hooks, h->hook);
    if (h->hook != NULL)
        hook_unref(h->hook);
    h->hook = NULL;
    lua_pushboolean(L, was);
    return 1;
}

static int handle_gc(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, handle_type);
    if (h->hook != NULL)
        hook_unref(h->hook); /* the hook stays; only its handle goes */
    h->hook = NULL;
    return 0;
}

static void push_handle(lua_State *L, struct bot *b, struct hook *hook) {
    struct handle *h = lua_newuserdatauv(L, sizeof(*h), 0);
    *h = (struct handle){b, hook};
    hook_ref(hook);
    if (luaL_newmetatable(L, handle_type)) {
        lua_pushcfunction(L, handle_gc);
        lua_setfield(L, -2, "__gc");
        lua_pushcfunction(L, handle_remove);
        lua_setfield(L, -2, "remove");
        lua_pushvalue(L, -1);
        lua_setfield(L, -2, "__index");
    }
    lua_setmetatable(L, -2);
}

static bool is_stated(lua_State *L, const char *key) {
    bool is = lua_getfield(L, 2, key) != LUA_TNIL;
    lua_pop(L, 1);
    return is;
}

/* The function on the stack, guarded. */
static void wrap(lua_State *L, struct bot *b) {
    lua_getfield(L, 2, "event");
    int event = hook_event_parse(luaL_checkstring(L, -1));
    lua_pop(L, 1);
    if (event != HOOK_COMMAND && !is_stated(L, "allow") && !is_stated(L, "rate"))
        return;
    lua_pushvalue(L, 2);
    guard_wrap(L, b, (enum hook_event)event);
    if (lua_istable(L, -1) && lua_rawgeti(L, -1, 1) == LUA_TTABLE) {
        lua_getfield(L, -1, "key");
        lua_getfield(L, -2, "text");
        luaL_error(L, "bot:hook: %s: %s", lua_tostring(L, -2), lua_tostring(L, -1));
    }
    lua_pop(L, 1);
}

static struct binding *new_binding(lua_State *L, struct bot *b) {
    char label[LUA_IDSIZE + 16];
    struct watch_limits limits = bot_limits(b, NULL);
    lua_getfield(L, 2, "call");
    if (!lua_isfunction(L, -1))
        luaL_argerror(L, 2, "call = function(event) … end is missing");
    lua_getfield(L, 2, "event");
    const char *event = lua_tostring(L, -1); /* the table at 2 keeps it */
    lua_pop(L, 1);
    binding_label(L, event, label, sizeof(label));
    wrap(L, b);
    return binding_new(L, label, &limits);
}

/* What is of use with such a hook is on from now on. */
static void need_features(struct bot *b, enum hook_event event) {
    const struct features *f = b->script->features;
    uint64_t needed = 0;
    for (size_t i = 0; b->unneeded != 0 && f != NULL && features_names(f)[i] != NULL; i++)
        if (features_needs(f, i) == (int)event)
            needed |= b->unneeded & UINT64_C(1) << i;
    b->unneeded &= ~needed;
    if (needed != 0)
        bot_switch(b, needed, true);
}

int hooks_add(lua_State *L) {
    struct err err = ERR_INIT;
    struct bot *b = bot_check(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_getfield(L, 2, "event");
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 2, "event = \"message\" or another is missing");
    struct binding *binding = new_binding(L, b);
    lua_pushcfunction(L, read_spec);
    lua_pushvalue(L, 2);
    lua_pushlightuserdata(L, binding);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
        binding_free(binding);
        return lua_error(L);
    }
    struct hook *hook = hook_table_add(b->hooks, &binding->spec, binding, binding_hook_freed);
    if (hook->spec->event == HOOK_TIMER && timers_add_hook(b, hook, &err) < 0) {
        hook_table_remove(b->hooks, hook);
        return luaL_error(L, "bot:hook: %s", err.text);
    }
    need_features(b, hook->spec->event);
    push_handle(L, b, hook);
    return 1;
}
