/* SPDX-License-Identifier: MIT */
/*
 * bot_load: from `call: module.function` in the configuration to Lua functions, before anything connects.
 * Mistakes are told as the reader needs them: one in a script at its file and line, a name that does not
 * exist at its place in the YAML.
 */
#include "base/mem.h"
#include "lua/binding.h"
#include "lua/features.h"
#include "lua/bot.h"
#include "lua/guard.h"
#include "lua/kept.h"
#include "lua/value.h"
#include "lua/webhook.h"
#include "lua/with_check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A growing NULL-ended list of names, for did-you-mean. */
struct names {
    char **list;
    size_t count;
};

static void names_add(struct names *n, const char *name, size_t len) {
    n->list = mem_array(n->list, n->count + 2, sizeof(char *));
    n->list[n->count++] = mem_strndup(name, len);
    n->list[n->count] = NULL;
}

static void names_finish(struct names *n) {
    for (size_t i = 0; i < n->count; i++)
        mem_free(n->list[i]);
    mem_free(n->list);
}

static const char *nearest(const char *name, const struct names *n) {
    return n->count > 0 ? config_did_you_mean(name, (const char *const *)n->list) : NULL;
}

static void list_modules(struct names *n, const char *dir) {
    DIR *d = opendir(dir);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        size_t len = strlen(e->d_name);
        if (len > 4 && strcmp(e->d_name + len - 4, ".lua") == 0)
            names_add(n, e->d_name, len - 4);
    }
    if (d != NULL)
        closedir(d);
}

static void missing_module(const struct bot *b, const struct config_hook *h, const char *file,
                           struct config_mistakes *m) {
    struct names known = {NULL, 0};
    struct buf dirs = BUF_INIT;
    for (char **dir = b->script->paths; dir != NULL && *dir != NULL; dir++) {
        list_modules(&known, *dir);
        buf_addf(&dirs, "%s%s", buf_len(&dirs) ? ", " : "", *dir);
    }
    const char *near = nearest(h->module, &known);
    config_mistake_add(m, file, h->call_mark, "there is no %s.lua in %s%s%s%s", h->module, buf_data(&dirs),
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    buf_finish(&dirs);
    names_finish(&known);
}

static void missing_function(lua_State *L, int module, const struct config_hook *h, const char *file,
                             struct config_mistakes *m) {
    struct names known = {NULL, 0};
    for (lua_pushnil(L); lua_next(L, module); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING && lua_isfunction(L, -1))
            names_add(&known, lua_tostring(L, -2), lua_rawlen(L, -2));
    const char *near = nearest(h->function, &known);
    config_mistake_add(m, file, h->call_mark, "module '%s' has no function '%s'%s%s%s", h->module,
                       h->function, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    names_finish(&known);
}

static char *find_script(const struct bot *b, const char *module) {
    char *path = NULL;
    for (char **dir = b->script->paths; path == NULL && dir != NULL && *dir != NULL; dir++)
        path = script_find_file(*dir, module);
    return path;
}

/* The file that Lua names in a message. Lua cuts a long one to "...its/end.lua"; the module's own path has
 * that end. */
static char *whole_path(const struct bot *b, const char *module, const char *named, size_t len) {
    char *path = len > 3 && strncmp(named, "...", 3) == 0 ? find_script(b, module) : NULL;
    size_t path_len = path ? strlen(path) : 0;
    if (path != NULL && path_len >= len - 3 && strncmp(path + path_len - (len - 3), named + 3, len - 3) == 0)
        return path;
    mem_free(path);
    return mem_strndup(named, len);
}

static bool is_known(const struct config_mistakes *m, const char *file, int line) {
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].file != NULL && strcmp(m->list[i].file, file) == 0 && m->list[i].mark.line == line)
            return true;
    return false;
}

/* "/dir/x.lua:12: unexpected symbol…" -> a mistake of that file at line 12, once, however many hooks call it;
 * a text of another shape is told at the hook. */
static void script_mistake(const struct bot *b, const struct config_hook *h, const char *file,
                           const char *text, struct config_mistakes *m) {
    const char *colon = strstr(text, ".lua:");
    char *end = NULL;
    long line = colon ? strtol(colon + 5, &end, 10) : 0;
    if (line <= 0 || *end != ':') {
        config_mistake_add(m, file, h->call_mark, "module '%s' cannot be loaded: %s", h->module, text);
        return;
    }
    char *script = whole_path(b, h->module, text, (size_t)(colon + 4 - text));
    if (!is_known(m, script, (int)line))
        config_mistake_add(m, script, (struct config_mark){(int)line, 0}, "%s",
                           end + 1 + strspn(end + 1, " "));
    mem_free(script);
}

/* What no folder of scripts has may be the library's own: couplet.alerts. */
static bool is_of_library(const struct bot *b, const char *module) {
    struct buf name = BUF_INIT;
    buf_addf(&name, "couplet.%s", module);
    char *path = script_is_library(buf_data(&name)) ? find_script(b, module) : NULL;
    bool is_ours = path == NULL && script_is_library(buf_data(&name));
    mem_free(path);
    buf_finish(&name);
    return is_ours;
}

/* The name that require wants. */
static char *module_name(const struct bot *b, const char *module) {
    struct buf name = BUF_INIT;
    buf_addf(&name, "%s%s", is_of_library(b, module) ? "couplet." : "", module);
    return buf_detach(&name);
}

/* Leaves the module on the stack; -1 when there is none (the mistake is added). */
static int load_module(struct bot *b, const struct config_hook *h, const char *file,
                       struct config_mistakes *m) {
    struct err err = ERR_INIT;
    lua_State *L = b->script->L;
    char *name = module_name(b, h->module);
    int status = script_require(b->script, name, &err);
    mem_free(name);
    if (status < 0) {
        char *path = find_script(b, h->module);
        if (path == NULL)
            missing_module(b, h, file, m);
        else
            script_mistake(b, h, file, err.text, m);
        mem_free(path);
        return -1;
    }
    if (lua_istable(L, -1))
        return 0;
    config_mistake_add(m, file, h->call_mark,
                       "module '%s' returns a %s, not a table of functions (does it end in `return M`?)",
                       h->module, luaL_typename(L, -1));
    lua_pop(L, 1);
    return -1;
}

/* The function on top of the stack is taken; `module` is where its module is. */
static int add_hook(struct bot *b, const struct config_hook *h, int module, const char *file,
                    struct config_mistakes *m) {
    struct err err = ERR_INIT;
    lua_State *L = b->script->L;
    struct watch_limits limits = bot_limits(b, &h->limits);
    if (guard_load(b, h, file, m) < 0)
        return -1;
    struct binding *binding = binding_new(L, h->call, &limits);
    if (h->with != NULL) {
        value_push(L, h->with);
        binding->with = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    struct hook *hook = hook_table_add(b->hooks, &h->spec, binding, binding_hook_freed);
    if (is_of_library(b, h->module) && with_check(b, h, module, binding->with, file, m) < 0)
        return -1;
    if (h->spec.event == HOOK_WEBHOOK)
        webhook_add(b, h->webhook, hook);
    if (h->spec.event != HOOK_TIMER || timers_add_hook(b, hook, &err) == 0)
        return 0;
    config_mistake_add(m, file, h->mark, "%s", err.text);
    return -1;
}

static int load_hook(struct bot *b, const struct config_hook *h, const char *file,
                     struct config_mistakes *m) {
    lua_State *L = b->script->L;
    if (h->call == NULL) /* a mistake of the configuration, told already */
        return -1;
    if (load_module(b, h, file, m) < 0)
        return -1;
    int module = lua_gettop(L);
    lua_pushstring(L, h->function);
    lua_rawget(L, module);
    int result = -1;
    if (lua_isfunction(L, -1))
        result = add_hook(b, h, module, file, m);
    else
        missing_function(L, module, h, file, m);
    lua_settop(L, module - 1);
    return result;
}

static int switch_feature(struct bot *b, const struct config_feature *c, const char *file,
                          struct config_mistakes *m) {
    const struct features *f = b->script->features;
    uint64_t bit = features_bit(f, c->name);
    if (bit == 0) {
        const char *near = f != NULL ? config_did_you_mean(c->name, features_names(f)) : NULL;
        config_mistake_add(m, file, c->mark, "there is no feature '%s'%s%s%s", c->name,
                           near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        return -1;
    }
    b->features = c->on ? b->features | bit : b->features & ~bit;
    return 0;
}

/* What the library has switched on for good: "feature.NAME" in what it keeps. */
static void recall_features(struct bot *b) {
    const struct features *f = b->script->features;
    struct remember *kept = kept_peek(b);
    for (size_t i = 0; kept != NULL && f != NULL && features_names(f)[i] != NULL; i++) {
        char key[64];
        snprintf(key, sizeof(key), "feature.%s", features_names(f)[i]);
        if (remember_get(kept, str_of(key)).s != NULL)
            b->features |= UINT64_C(1) << i;
    }
    remember_free(kept);
}

/* What is only of use with certain hooks is off without them. */
static void check_needs(struct bot *b) {
    const struct features *f = b->script->features;
    for (size_t i = 0; f != NULL && features_names(f)[i] != NULL; i++) {
        int event = features_needs(f, i);
        if (event >= 0 && !hook_table_has(b->hooks, (enum hook_event)event))
            b->unneeded |= b->features & UINT64_C(1) << i;
    }
    b->features &= ~b->unneeded;
}

int bot_load(struct bot *b, const char *config_path, struct config_mistakes *mistakes) {
    int result = 0;
    recall_features(b);
    for (size_t i = 0; i < b->config->feature_count; i++)
        if (switch_feature(b, &b->config->features[i], config_path, mistakes) < 0)
            result = -1;
    for (size_t i = 0; i < b->config->hook_count; i++)
        if (load_hook(b, &b->config->hooks[i], config_path, mistakes) < 0)
            result = -1;
    check_needs(b);
    return result;
}
