/* SPDX-License-Identifier: MIT */
/*
 * fuzz_jid: addresses (RFC 7622). Promised: what was prepared is prepared to itself again; its parts are what
 * jid_split finds; the views of bare address and resource agree with it; an address equals itself and its
 * prepared form; as a glob it matches itself, and so do the globs that say less.
 */
#include "base/jid.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "hook/table.h"

static void check_fixed(const struct jid *j, const char *full) {
    struct jid again;
    struct err err = ERR_INIT;
    demand(jid_parse(str_of(full), &again, &err) == 0, "a prepared address is an address");
    char *twice = jid_full(&again);
    demand(strcmp(twice, full) == 0, "a prepared address is prepared to itself");
    demand(strcmp(again.host, j->host) == 0, "with the same host");
    mem_free(twice);
    jid_finish(&again);
}

static void check_part(const char *part, struct str view) {
    demand((part == NULL) == (view.s == NULL), "a part is there or not");
    demand(part == NULL || str_is(view, part), "a part is what stands between the separators");
    demand(part == NULL || (strlen(part) >= 1 && strlen(part) <= 1023), "a part has 1 to 1023 octets");
    demand(part == NULL || utf8_is_valid(part, strlen(part)), "a part is UTF-8");
}

static void check_views(const struct jid *j, const char *full) {
    struct jid_parts p;
    char *bare = jid_bare(j);
    demand(jid_split(str_of(full), &p) == 0, "it can be split");
    check_part(j->node, p.node);
    check_part(j->host, p.host);
    check_part(j->resource, p.resource);
    demand(str_is(jid_bare_view(str_of(full)), bare), "the bare view is the bare address");
    check_part(j->resource, jid_resource_view(str_of(full)));
    mem_free(bare);
}

static void check_globs(const struct jid *j, const char *full) {
    struct buf glob = BUF_INIT;
    demand(strchr(full, '*') != NULL || hook_glob_match(full, str_of(full)), "it matches itself");
    buf_addf(&glob, "%s*", j->node != NULL ? "*@" : "");
    demand(hook_glob_match(buf_data(&glob), str_of(full)), "every address matches *");
    buf_clear(&glob);
    buf_addf(&glob, "%s%s", j->node != NULL ? "" : "*@", j->host);
    demand(!hook_glob_match(buf_data(&glob), str_of(full)),
           "a glob without '@' is for domains, one with it not");
    buf_finish(&glob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct str text = fuzz_bytes(data, len);
    struct jid j;
    struct err err = ERR_INIT;
    if (jid_parse(text, &j, &err) == 0) {
        char *full = jid_full(&j);
        check_fixed(&j, full);
        check_views(&j, full);
        check_globs(&j, full);
        demand(jid_equal(text, str_of(full)), "an address equals its prepared form");
        mem_free(full);
        jid_finish(&j);
    } else {
        demand(err.text[0] != '\0', "a refusal has a reason");
        demand(!jid_equal(text, text), "what is no address equals nothing");
    }
    fuzz_bytes_free(text);
    return 0;
}
