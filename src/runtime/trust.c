/* SPDX-License-Identifier: MIT */
#include "runtime/trust.h"

#include "base/mem.h"

static bool same(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_same(const struct tls_options *a, const struct tls_options *b) {
    return same(a->ca_file, b->ca_file) && same(a->certificate, b->certificate) && same(a->key, b->key) &&
           a->min_version == b->min_version;
}

struct tls_context *trust_for(struct trust *t, const struct config_bot *bot, struct err *err) {
    struct tls_options options = {.ca_file = bot->ca_file,
                                  .certificate = bot->certificate,
                                  .key = bot->key,
                                  .min_version = bot->tls_min_version};
    for (size_t i = 0; i < t->count; i++)
        if (is_same(&t->list[i].options, &options))
            return t->list[i].context;
    struct tls_context *context = tls_context_new(&options, err);
    if (context == NULL)
        return NULL;
    t->list = mem_array(t->list, t->count + 1, sizeof(*t->list));
    t->list[t->count++] = (struct trust_entry){options, context};
    return context;
}

void trust_finish(struct trust *t) {
    for (size_t i = 0; i < t->count; i++)
        tls_context_free(t->list[i].context);
    mem_free(t->list);
    *t = (struct trust){NULL, 0};
}
