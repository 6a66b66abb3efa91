/* SPDX-License-Identifier: MIT */
#include "runtime/states.h"

#include "base/mem.h"

static struct script *find(const struct states *s, const char *name) {
    for (size_t i = s->count; i > 0; i--) /* from the end: bots of one state stand side by side */
        if (s->list[i - 1]->shared && strcmp(s->list[i - 1]->name, name) == 0)
            return s->list[i - 1];
    return NULL;
}

struct script *states_for(struct states *s, const struct states_shared *shared,
                          const struct config_bot *bot) {
    struct script *script = bot->state ? find(s, bot->state) : NULL;
    if (script != NULL)
        return script;
    struct script_options options = {
        .name = bot->state ? bot->state : bot->name,
        .shared = bot->state != NULL,
        .paths = shared->config->scripts,
        .loop = shared->loop,
        .dns = shared->dns,
        .log = shared->log,
        .dog = shared->dog,
        .features = shared->features,
        .state_folder = shared->state_folder,
        .memory = shared->config->limits.memory,
        .is_bot = true,
    };
    script = script_new(&options);
    s->list = mem_array(s->list, s->count + 1, sizeof(*s->list));
    s->list[s->count++] = script;
    return script;
}

void states_finish(struct states *s) {
    for (size_t i = 0; i < s->count; i++)
        script_free(s->list[i]);
    mem_free(s->list);
    *s = (struct states){NULL, 0};
}
