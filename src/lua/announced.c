/* SPDX-License-Identifier: MIT */
#include "lua/announced.h"

#include "base/mem.h"
#include "lua/features.h"
#include "lua/script.h"

struct call {
    const struct features *features;
    struct announced *out;
};

static char *string_at(lua_State *L, int idx) {
    return mem_strdup(luaL_checkstring(L, idx));
}

static int make_texts(lua_State *L) {
    const struct call *call = lua_touserdata(L, 1);
    const char *const *names = features_names(call->features);
    struct announced *a = call->out;
    lua_getglobal(L, "require");
    lua_pushliteral(L, "couplet.xep.disco_self");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "texts");
    lua_newtable(L);
    for (size_t i = 0; names[i] != NULL; i++) {
        lua_pushboolean(L, (int)(a->on >> i & 1));
        lua_setfield(L, -2, names[i]);
    }
    lua_pushboolean(L, a->is_component);
    lua_call(L, 2, 4);
    a->old_node = string_at(L, -2);
    a->new_node = string_at(L, -1);
    mem_free(a->presence);
    a->presence = string_at(L, -4);
    a->info = string_at(L, -3);
    return 0;
}

/* To where the state was that is gone: what is left above would keep its memory from being given back. */
static void settle(char **text) {
    char *copy = mem_strdup(*text);
    mem_free(*text);
    *text = copy;
}

static struct announced *make(const struct features *f, uint64_t on, bool is_component, struct log *log) {
    const struct script_options options = {.name = "features", .log = log};
    struct announced *a = mem_new(struct announced);
    struct call call = {f, a};
    struct script *s = script_new(&options);
    *a = (struct announced){.on = on, .is_component = is_component, .presence = mem_strdup("")};
    lua_pushcfunction(s->L, make_texts);
    lua_pushlightuserdata(s->L, &call);
    if (lua_pcall(s->L, 1, 0, 0) != LUA_OK)
        log_error(log, NULL, "what bots can do cannot be told: %s", lua_tostring(s->L, -1));
    script_free(s);
    char **const texts[] = {&a->presence, &a->info, &a->old_node, &a->new_node};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        settle(texts[i]);
    return a;
}

const struct announced *announced_for(struct announced_list *l, const struct features *f, uint64_t on,
                                      bool is_component, struct log *log) {
    for (size_t i = 0; i < l->count; i++)
        if (l->list[i]->on == on && l->list[i]->is_component == is_component)
            return l->list[i];
    struct announced *a = make(f, on, is_component, log);
    l->list = mem_array(l->list, l->count + 1, sizeof(*l->list));
    return l->list[l->count++] = a;
}

void announced_finish(struct announced_list *l) {
    for (size_t i = 0; i < l->count; i++) {
        struct announced *a = l->list[i];
        mem_free(a->presence);
        mem_free(a->info);
        mem_free(a->old_node);
        mem_free(a->new_node);
        mem_free(a);
    }
    mem_free(l->list);
    *l = (struct announced_list){NULL, 0};
}
