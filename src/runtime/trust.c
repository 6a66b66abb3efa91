/* SPDX-License-Identifier: MIT */
#include "runtime/trust.h"

#include "base/mem.h"

static bool same(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool are_pins_same(const struct tls_options *a, const struct tls_options *b) {
    return a->pin_count == b->pin_count &&
           (a->pin_count == 0 || memcmp(a->pins, b->pins, a->pin_count * sizeof(*a->pins)) == 0);
}

static bool is_same(const struct tls_options *a, const struct tls_options *b) {
    return same(a->ca_file, b->ca_file) && same(a->crl_file, b->crl_file) &&
           same(a->certificate, b->certificate) && same(a->key, b->key) && a->min_version == b->min_version &&
           are_pins_same(a, b);
}

static struct tls_context *context_for(struct trust *t, const struct config_bot *bot, enum tls_part *part,
                                       struct err *err) {
    struct tls_options options = {.ca_file = bot->ca_file.path,
                                  .crl_file = bot->crl_file.path,
                                  .certificate = bot->certificate.path,
                                  .key = bot->key.path,
                                  .min_version = bot->tls_min_version,
                                  .pins = bot->tls_pins,
                                  .pin_count = bot->tls_pin_count};
    for (size_t i = 0; i < t->count; i++)
        if (is_same(&t->list[i].options, &options))
            return t->list[i].context;
    struct tls_context *context = tls_context_new(&options, part, err);
    if (context == NULL)
        return NULL;
    t->list = mem_array(t->list, t->count + 1, sizeof(*t->list));
    t->list[t->count++] = (struct trust_entry){options, context};
    return context;
}

struct tls_context *trust_for(struct trust *t, const struct config_bot *bot, struct err *err) {
    return context_for(t, bot, NULL, err);
}

static struct config_mark mark_of(const struct config_bot *b, enum tls_part part) {
    return part == TLS_PART_CA_FILE       ? b->ca_file.mark
           : part == TLS_PART_CRL_FILE    ? b->crl_file.mark
           : part == TLS_PART_CERTIFICATE ? b->certificate.mark
           : part == TLS_PART_KEY         ? b->key.mark
                                          : b->mark;
}

/* The same for all of them: told once. */
static int check_dane(const struct config *config, const struct dns *dns, struct config_mistakes *mistakes) {
    struct err err = ERR_INIT;
    size_t i = 0;
    while (i < config->bot_count && !config->bots[i].dane)
        i++;
    if (i == config->bot_count || dns_can_validate(dns, &err) == 0)
        return 0;
    config_mistake_add(mistakes, config->path, config->bots[i].dane_mark, "%s", err.text);
    return -1;
}

int trust_load(struct trust *t, const struct config *config, const struct dns *dns,
               struct config_mistakes *mistakes) {
    int result = check_dane(config, dns, mistakes);
    for (size_t i = 0; i < config->bot_count; i++) {
        const struct config_bot *b = &config->bots[i];
        enum tls_part part = TLS_PART_NONE;
        struct err err = ERR_INIT;
        bool is_told = (b->certificate.path == NULL) != (b->key.path == NULL); /* by config_load */
        if (is_told || b->tls == CONFIG_TLS_NONE || context_for(t, b, &part, &err) != NULL)
            continue;
        config_mistake_add(mistakes, config->path, mark_of(b, part), "%s", err.text);
        result = -1;
    }
    return result;
}

void trust_finish(struct trust *t) {
    for (size_t i = 0; i < t->count; i++)
        tls_context_free(t->list[i].context);
    mem_free(t->list);
    *t = (struct trust){NULL, 0};
}
