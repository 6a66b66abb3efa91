/* SPDX-License-Identifier: MIT */
#include "lua/origin.h"

#include "base/mem.h"

void origin_of_event(struct origin *o, enum hook_event event) {
    *o = (struct origin){.event = event};
}

void origin_of_stanza(struct origin *o, const struct hook_facts *f) {
    *o = (struct origin){.event = f->event,
                         .from = f->from,
                         .to = f->to,
                         .type = f->type,
                         .id = f->id,
                         .thread = f->thread,
                         .room = f->room};
}

static void copy(struct str *s, char **at) {
    if (s->s == NULL)
        return;
    memcpy(*at, s->s, s->len);
    (*at)[s->len] = '\0';
    s->s = *at;
    *at += s->len + 1;
}

void origin_keep(struct origin *o) {
    struct str *all[] = {&o->from, &o->to, &o->type, &o->id, &o->thread, &o->room};
    size_t len = 0;
    if (o->kept != NULL)
        return;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        len += all[i]->len + 1;
    char *at = o->kept = mem_alloc(len);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        copy(all[i], &at);
}

void origin_finish(struct origin *o) {
    mem_free(o->kept);
    *o = (struct origin){0};
}

bool origin_is_request(const struct origin *o) {
    return o->event == HOOK_IQ && (str_is(o->type, "get") || str_is(o->type, "set"));
}
