/* SPDX-License-Identifier: MIT */
/* choice_offers: what the server offers, kept as it was said; XEP-0474 wants all of it, in its own order. */
#include "xmpp/choice.h"

#include "base/mem.h"

#include <stdlib.h>

static void add_name(struct name_list *l, struct str name) {
    l->names = mem_array(l->names, l->count + 1, sizeof(*l->names));
    l->names[l->count++] = mem_strndup(name.s, name.len);
}

static void free_names(struct name_list *l) {
    for (size_t i = 0; i < l->count; i++)
        mem_free(l->names[i]);
    mem_free(l->names);
    *l = (struct name_list){NULL, 0};
}

void choice_finish(struct choice *c) {
    free_names(&c->mechanisms);
    free_names(&c->types);
}

void choice_forget_offers(struct choice *c) {
    choice_finish(c);
    c->has_types = c->is_guess_failed = false;
    c->offered = c->tried = 0;
}

void choice_offer(struct choice *c, struct str mechanism) {
    int i = sasl_mechanism_index(mechanism);
    if (i >= 0)
        c->offered |= 1u << i;
    add_name(&c->mechanisms, mechanism);
}

void choice_offer_types(struct choice *c) {
    c->has_types = true;
}

void choice_offer_type(struct choice *c, struct str type) {
    add_name(&c->types, type);
}

bool choice_lists_type(const struct choice *c, const char *type) {
    for (size_t i = 0; i < c->types.count; i++)
        if (strcmp(c->types.names[i], type) == 0)
            return true;
    return false;
}

bool choice_offers_plus(const struct choice *c) {
    for (size_t i = 0; i < c->mechanisms.count; i++) {
        size_t len = strlen(c->mechanisms.names[i]);
        if (len > 5 && strcmp(c->mechanisms.names[i] + len - 5, "-PLUS") == 0)
            return true;
    }
    return false;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b); /* i;octet */
}

static void join(const struct name_list *l, char between, struct buf *out) {
    for (size_t i = 0; i < l->count; i++) {
        if (i > 0)
            buf_addc(out, between);
        buf_adds(out, l->names[i]);
    }
}

static void join_sorted(const struct name_list *l, struct buf *out) {
    struct name_list sorted = {mem_array(NULL, l->count + 1, sizeof(char *)), l->count};
    if (l->count > 0)
        memcpy(sorted.names, l->names, l->count * sizeof(char *));
    qsort(sorted.names, sorted.count, sizeof(char *), compare_names);
    join(&sorted, '\x1e', out);
    mem_free(sorted.names);
}

void choice_join_offers(const struct choice *c, struct buf *out) {
    join_sorted(&c->mechanisms, out);
    if (!c->has_types)
        return;
    buf_addc(out, '\x1f');
    join_sorted(&c->types, out);
}

void choice_list_offers(const struct choice *c, struct buf *out) {
    join(&c->mechanisms, ' ', out);
}
