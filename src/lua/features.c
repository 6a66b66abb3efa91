/* SPDX-License-Identifier: MIT */
#include "lua/features.h"

#include "base/mem.h"
#include "lua/extensions.h"
#include "lua/hooks.h"
#include "lua/script.h"

#include <stdio.h>
#include <stdlib.h>

struct features {
    struct feature_row *rows; /* owned */
    size_t row_count;
    char *names[FEATURES_MAX + 1]; /* owned, NULL-ended */
    int needs[FEATURES_MAX];
    uint64_t on;
    struct hook_table *watch, *answer;
    struct extensions *extensions; /* owned */
    struct log *log;               /* borrowed */
    struct announced_list announced;
};

/* ---- reading the table ---- */

static size_t feature_of(struct features *f, const char *name) {
    size_t i = 0;
    while (f->names[i] != NULL && strcmp(f->names[i], name) != 0)
        i++;
    if (f->names[i] != NULL)
        return i;
    if (i == FEATURES_MAX)
        abort();
    f->names[i] = mem_strdup(name);
    f->needs[i] = -1;
    f->on |= UINT64_C(1) << i;
    return i;
}

static bool get_flag(lua_State *L, const char *field, bool absent) {
    bool value = lua_getfield(L, -1, field) == LUA_TNIL ? absent : lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

static void read_call(lua_State *L, struct feature_row *row) {
    lua_getfield(L, -1, "call");
    const char *call = luaL_checkstring(L, -1), *dot = strrchr(call, '.');
    if (dot == NULL)
        luaL_error(L, "'%s' names no function", call);
    row->call = mem_strdup(call);
    row->module = mem_strndup(call, (size_t)(dot - call));
    row->function = mem_strdup(dot + 1);
    lua_pop(L, 1);
}

/* The row is on top of the stack. */
static void read_row(lua_State *L, struct features *f, struct feature_row *row) {
    static const char *const others[] = {"feature", "call", "watch", "announce", "on", "needs", NULL};
    lua_getfield(L, -1, "feature");
    row->feature = (unsigned)feature_of(f, luaL_checkstring(L, -1));
    lua_pop(L, 1);
    if (!get_flag(L, "on", true))
        f->on &= ~(UINT64_C(1) << row->feature);
    if (lua_getfield(L, -1, "needs") != LUA_TNIL)
        f->needs[row->feature] = hook_event_parse(luaL_checkstring(L, -1));
    lua_pop(L, 1);
    hook_spec_init(&row->spec);
    if (lua_getfield(L, -1, "event") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    lua_pop(L, 1);
    read_call(L, row);
    hooks_read_spec(L, lua_gettop(L), &row->spec, others);
    hook_table_add(get_flag(L, "watch", false) ? f->watch : f->answer, &row->spec, row, NULL);
}

static int read_rows(lua_State *L) {
    struct features *f = lua_touserdata(L, 1);
    f->extensions = extensions_read(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "couplet.features");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "rows");
    f->row_count = lua_rawlen(L, -1);
    f->rows = mem_alloc0(f->row_count * sizeof(*f->rows));
    for (size_t i = 0; i < f->row_count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        read_row(L, f, &f->rows[i]);
        lua_pop(L, 1);
    }
    return 0;
}

struct features *features_new(struct log *log) {
    const struct script_options options = {.name = "features", .log = log};
    struct features *f = mem_new(struct features);
    struct script *s = script_new(&options);
    f->log = log;
    f->watch = hook_table_new();
    f->answer = hook_table_new();
    lua_pushcfunction(s->L, read_rows);
    lua_pushlightuserdata(s->L, f);
    if (lua_pcall(s->L, 1, 0, 0) != LUA_OK) {
        fprintf(stderr, "couplet: the library's tables of contents: %s\n", lua_tostring(s->L, -1));
        abort();
    }
    script_free(s);
    return f;
}

void features_free(struct features *f) {
    if (f == NULL)
        return;
    extensions_free(f->extensions);
    hook_table_free(f->watch);
    hook_table_free(f->answer);
    for (size_t i = 0; i < f->row_count; i++) {
        hook_spec_finish(&f->rows[i].spec);
        mem_free(f->rows[i].call);
        mem_free(f->rows[i].module);
        mem_free(f->rows[i].function);
    }
    mem_free(f->rows);
    announced_finish(&f->announced);
    for (size_t i = 0; f->names[i] != NULL; i++)
        mem_free(f->names[i]);
    mem_free(f);
}

const struct extensions *features_extensions(const struct features *f) {
    return f->extensions;
}

/* ---- which are on ---- */

uint64_t features_default(const struct features *f) {
    return f != NULL ? f->on : 0;
}

uint64_t features_bit(const struct features *f, const char *name) {
    for (size_t i = 0; f != NULL && f->names[i] != NULL; i++)
        if (strcmp(f->names[i], name) == 0)
            return UINT64_C(1) << i;
    return 0;
}

const char *const *features_names(const struct features *f) {
    return (const char *const *)f->names;
}

int features_needs(const struct features *f, size_t feature) {
    return f->needs[feature];
}

const struct announced *features_announced(struct features *f, uint64_t on, bool is_component) {
    return announced_for(&f->announced, f, on, is_component, f->log);
}

/* ---- asking ---- */

const struct feature_row *features_row(const struct features *f, const struct hook *h) {
    const struct feature_row *row = h->owner;
    return f != NULL && row >= f->rows && row < f->rows + f->row_count ? row : NULL;
}

size_t features_match(struct features *f, uint64_t on, bool watch, const struct hook_facts *facts,
                      struct hook *list[HOOK_MATCH_MAX]) {
    size_t kept = 0;
    size_t count = f != NULL ? hook_table_match(watch ? f->watch : f->answer, facts, list) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct feature_row *row = list[i]->owner;
        if (on >> row->feature & 1)
            list[kept++] = list[i];
        else
            hook_unref(list[i]);
    }
    return kept;
}

/* ---- in a state ---- */

/* The function on the stack; -1: nothing is. */
static int load(struct script *s, const struct feature_row *row, struct err *err) {
    if (script_require(s, row->module, err) < 0)
        return -1;
    if (lua_istable(s->L, -1)) {
        lua_pushstring(s->L, row->function);
        lua_rawget(s->L, -2);
        lua_remove(s->L, -2);
    }
    if (lua_isfunction(s->L, -1))
        return 0;
    lua_pop(s->L, 1);
    return err_set(err, "there is no such function");
}

const struct binding *features_bind(struct script *s, const struct feature_row *row,
                                    const struct watch_limits *limits) {
    struct err err = ERR_INIT;
    size_t at = (size_t)(row - s->features->rows);
    if (s->feature_bindings == NULL)
        s->feature_bindings = mem_alloc0(s->features->row_count * sizeof(*s->feature_bindings));
    if (s->feature_bindings[at] != NULL)
        return s->feature_bindings[at];
    if (load(s, row, &err) < 0) {
        log_error(s->log, s->name, "%s: %s", row->call, err.text);
        return NULL;
    }
    return s->feature_bindings[at] = binding_new(s->L, row->call, limits);
}

void features_unbind(struct script *s) {
    for (size_t i = 0; s->feature_bindings != NULL && i < s->features->row_count; i++)
        if (s->feature_bindings[i] != NULL)
            binding_free(s->feature_bindings[i]);
    mem_free(s->feature_bindings);
    s->feature_bindings = NULL;
}
