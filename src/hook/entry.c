/* SPDX-License-Identifier: MIT */
#include "hook/entry.h"

#include "base/mem.h"
#include "hook/pattern.h"
#include "hook/said.h"

uint32_t hook_type_bit(enum hook_event event, struct str type) {
    const char *const *types = hook_types(event);
    if (types == NULL)
        return UINT32_MAX;
    for (int i = 0; types[i] != NULL; i++)
        if (str_is(type, types[i]))
            return UINT32_C(1) << i;
    return 0;
}

static uint32_t type_bits(const struct hook_spec *spec) {
    uint32_t bits = 0;
    if (spec->types == NULL)
        return UINT32_MAX;
    for (size_t i = 0; spec->types[i] != NULL; i++)
        bits |= hook_type_bit(spec->event, str_of(spec->types[i]));
    return bits;
}

/* Whoever names the type wants it: `type: error` needs no `include: [error]` beside it. */
static unsigned included(const struct hook_spec *spec) {
    unsigned include = spec->include;
    for (size_t i = 0; spec->types != NULL && spec->types[i] != NULL; i++)
        if (strcmp(spec->types[i], "error") == 0)
            include |= HOOK_ERROR;
    return include;
}

/* What cannot be prepared stays as it is, and matches nothing: a mistake in an access list must not open it.
 */
static char *prepare(const char *glob) {
    char *out = glob != NULL ? hook_glob_prepare(glob, NULL) : NULL;
    return out != NULL ? out : mem_strdup(glob);
}

static char **prepare_list(char *const *globs) {
    size_t count = 0;
    if (globs == NULL)
        return NULL;
    while (globs[count] != NULL)
        count++;
    char **out = mem_array(NULL, count + 1, sizeof(char *));
    for (size_t i = 0; i <= count; i++)
        out[i] = prepare(globs[i]);
    return out;
}

static void find_literal(struct hook_entry *e, const char *body) {
    char *run = mem_alloc(strlen(body) + 1);
    size_t len = pattern_literal(body, run, &e->literal_at_start);
    e->literal = len > 0 ? mem_strndup(run, len) : NULL;
    e->literal_len = (uint32_t)len;
    mem_free(run);
}

static enum xml_atom atom_of(const char *s) {
    return s != NULL ? xml_atom_of(s, (uint32_t)strlen(s)) : ATOM_NONE;
}

struct hook_entry *hook_entry_new(const struct hook_spec *spec, void *owner, void (*freed)(struct hook *h)) {
    struct hook_entry *e = mem_new(struct hook_entry);
    e->hook = (struct hook){.spec = spec, .owner = owner, .refs = 1, .freed = freed};
    e->types = type_bits(spec);
    e->include = included(spec);
    e->xmlns = atom_of(spec->xmlns);
    e->child = atom_of(spec->child);
    e->from = prepare_list(spec->from);
    e->to = prepare_list(spec->to);
    e->room = prepare(spec->room);
    if (spec->body != NULL)
        find_literal(e, spec->body);
    return e;
}

void hook_ref(struct hook *h) {
    h->refs++;
}

void hook_unref(struct hook *h) {
    struct hook_entry *e = (struct hook_entry *)h;
    if (--h->refs > 0)
        return;
    if (h->freed != NULL)
        h->freed(h);
    hook_list_free(e->from);
    hook_list_free(e->to);
    mem_free(e->room);
    mem_free(e->literal);
    mem_free(e);
}

static bool any_match(char *const *globs, struct str jid) {
    for (size_t i = 0; globs[i] != NULL; i++)
        if (hook_glob_match(globs[i], jid))
            return true;
    return false;
}

static bool is_name(const struct xml_str *x, enum xml_atom atom, const char *text) {
    return atom != ATOM_NONE ? x->atom == atom : text == NULL || str_is(xml_view(x), text);
}

static bool has_child(const struct hook_entry *e, const struct xml_node *stanza) {
    const struct hook_spec *spec = e->hook.spec;
    for (const struct xml_node *n = xml_first_element(stanza); n != NULL; n = xml_next_element(n))
        if (is_name(&n->ns, e->xmlns, spec->xmlns) && is_name(&n->name, e->child, spec->child))
            return true;
    return false;
}

static bool body_matches(const struct hook_entry *e, struct str body) {
    if (body.s == NULL)
        return false;
    if (e->literal == NULL)
        return pattern_find(e->hook.spec->body, body, NULL);
    if (e->literal_len > body.len)
        return false;
    if (e->literal_at_start ? memcmp(body.s, e->literal, e->literal_len) != 0
                            : memmem(body.s, body.len, e->literal, e->literal_len) == NULL)
        return false;
    return pattern_find(e->hook.spec->body, body, NULL);
}

/* Late or not, nobody said it. Who asks for our own, or what else is left out, asks for all of it. */
static bool is_for_whom_names_it(const struct hook_facts *f) {
    return f->is_silent && (f->flags & ~(unsigned)HOOK_DELAYED) == 0;
}

bool hook_entry_wants(const struct hook_entry *e, const struct hook_facts *f, uint32_t type) {
    const struct hook_spec *spec = e->hook.spec;
    if ((e->types & type) == 0 || (f->flags & ~e->include) != 0 || (f->had & e->include) != 0)
        return false;
    if (spec->own_name != NULL && !str_is(f->own_name, spec->own_name))
        return false;
    if (spec->name != NULL && command_match_any(spec, f->command, NULL) == 0)
        return false;
    if ((spec->in_room && f->room.s == NULL) || (spec->news && f->is_repeated) ||
        (spec->account && !f->is_account))
        return false;
    if (is_for_whom_names_it(f) && spec->xmlns == NULL && spec->child == NULL)
        return false;
    if ((spec->addressed >= 0 && f->addressed != (spec->addressed != 0)) ||
        (e->room != NULL && !str_is(f->room, e->room)) ||
        (spec->nick != NULL && !str_is(f->nick, spec->nick)))
        return false;
    struct str from = f->from.s != NULL ? f->from : f->from_bare;
    if ((e->from != NULL && (from.s == NULL || !any_match(e->from, from))) ||
        (e->to != NULL && !any_match(e->to, f->to)))
        return false;
    if ((spec->xmlns != NULL || spec->child != NULL) && !has_child(e, f->stanza))
        return false;
    return spec->body == NULL || body_matches(e, f->body);
}

static bool is_tried(const struct hook_pick *pick, uint32_t place) {
    uint64_t bit = UINT64_C(1) << (place & 63);
    if (pick->tried == NULL)
        return false;
    bool was = pick->tried[place / 64] & bit;
    pick->tried[place / 64] |= bit;
    return was;
}

void hook_pick_try(struct hook_pick *pick, uint32_t place) {
    uint32_t at = pick->count;
    if (is_tried(pick, place) || !hook_entry_wants(pick->entries[place], pick->facts, pick->type))
        return;
    while (at > 0 && pick->places[at - 1] > place)
        at--;
    if (at == HOOK_MATCH_MAX)
        return;
    uint32_t moved = pick->count - at - (pick->count == HOOK_MATCH_MAX);
    memmove(&pick->places[at + 1], &pick->places[at], moved * sizeof(pick->places[0]));
    pick->places[at] = place;
    pick->count += pick->count < HOOK_MATCH_MAX;
}
