/* SPDX-License-Identifier: MIT */
/*
 * Globs over addresses. A glob is split like an address and each part is compared by itself, so no '*' can
 * reach over an '@' or a '/': "*@example.org" never sees "x@example.org.evil", nor "admin@*" a resource
 * "admin@…".
 */
#include "hook/table.h"

#include "base/jid.h"
#include "base/mem.h"

/* The latest '*' takes as little as will do; an earlier one never needs to be tried again. */
static bool part_match(struct str glob, struct str text) {
    size_t g = 0, t = 0, star = SIZE_MAX, taken = 0;
    while (t < text.len) {
        if (g < glob.len && glob.s[g] == '*') {
            star = g++;
            taken = t;
        } else if (g < glob.len && glob.s[g] == text.s[t]) {
            g++;
            t++;
        } else if (star != SIZE_MAX) {
            g = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    while (g < glob.len && glob.s[g] == '*')
        g++;
    return g == glob.len;
}

static bool has(struct str part, char c) {
    return part.s != NULL && memchr(part.s, c, part.len) != NULL;
}

bool hook_glob_match(const char *glob, struct str jid) {
    struct jid_parts g, j;
    if (jid.s == NULL || jid_split(str_of(glob), &g) < 0 || jid_split(jid, &j) < 0 || has(j.host, '@'))
        return false;
    if ((g.node.s == NULL) != (j.node.s == NULL) || (g.resource.s != NULL && j.resource.s == NULL))
        return false;
    return (g.node.s == NULL || part_match(g.node, j.node)) && part_match(g.host, j.host) &&
           (g.resource.s == NULL || part_match(g.resource, j.resource));
}

/* A host with a '*' in it is no domain name that could be prepared as one: ASCII it is, or as it stands. */
static char *wild_host(struct str host, struct err *err) {
    static const char also[] = "0123456789-.*";
    char *out = mem_strndup(host.s, host.len);
    for (char *c = out; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c |= 0x20;
        if ((*c & 0x80) == 0 && (*c < 'a' || *c > 'z') && strchr(also, *c) == NULL) {
            err_set(err, "'%c' cannot stand in a domain", *c);
            mem_free(out);
            return NULL;
        }
    }
    return out;
}

/* The parts of the glob prepared; where the host has a '*', a stand-in was prepared in its place. */
static int prepare_parts(const struct jid_parts *g, struct jid *out, struct err *err) {
    char *node = g->node.s ? mem_strndup(g->node.s, g->node.len) : NULL;
    char *host = has(g->host, '*') ? wild_host(g->host, err) : mem_strndup(g->host.s, g->host.len);
    char *resource = g->resource.s ? mem_strndup(g->resource.s, g->resource.len) : NULL;
    bool wild = has(g->host, '*');
    int result = host != NULL ? jid_prep(node, wild ? "example.org" : host, resource, out, err) : -1;
    if (result == 0 && wild) {
        mem_free(out->host);
        out->host = host;
        host = NULL;
    }
    mem_free(node);
    mem_free(host);
    mem_free(resource);
    return result;
}

char *hook_glob_prepare(const char *glob, struct err *err) {
    struct jid_parts g;
    struct jid jid;
    if (strcmp(glob, "*") == 0) {
        err_set(err, "'*' matches only servers; write '*@*' for anybody, or leave the condition out");
        return NULL;
    }
    if (jid_split(str_of(glob), &g) < 0 || has(g.host, '@')) {
        err_set(err, "'%s' is no address: node@domain/resource was expected, with '*' for any text of a part",
                glob);
        return NULL;
    }
    if (prepare_parts(&g, &jid, err) < 0) {
        err_context(err, "no address matches '%s'", glob);
        return NULL;
    }
    char *out = jid_full(&jid);
    jid_finish(&jid);
    return out;
}
