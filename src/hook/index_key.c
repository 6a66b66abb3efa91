/* SPDX-License-Identifier: MIT */
#include "hook/index_key.h"

#include "base/jid.h"
#include "hook/said.h"

/* Eight bytes at a time. Only the configuration can put keys in, so collisions are no weapon. */
static uint32_t mix(uint64_t h, const char *s, size_t len) {
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t word;
    for (h = (h + 1) * odd + len; len >= sizeof(word); s += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, s, sizeof(word));
        h = (h ^ word) * odd;
        h ^= h >> 29;
    }
    word = 0;
    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)(unsigned char)s[i] << (8 * i);
    h = (h ^ word) * odd;
    return (uint32_t)(h >> 32);
}

uint32_t index_hash(enum index_kind kind, struct str text) {
    return mix(kind, text.s, text.len);
}

uint32_t index_hash_name(enum index_kind kind, const struct xml_str *name) {
    return name->atom != ATOM_NONE ? mix(kind + (uint64_t)name->atom * INDEX_KINDS, "", 0)
                                   : mix(kind, name->s, name->len);
}

uint32_t index_hash_word(struct str word) {
    char folded[COMMAND_NAME_MAX];
    size_t len = word.len < sizeof(folded) ? word.len : sizeof(folded);
    for (size_t i = 0; i < len; i++)
        folded[i] = said_fold(word.s[i]);
    return mix(INDEX_WORD, folded, len);
}

uint32_t index_hash_start(struct str body, size_t len) {
    return mix(INDEX_START, body.s, len);
}

struct str index_domain(struct str bare) {
    const char *at = memchr(bare.s, '@', bare.len);
    return at != NULL ? (struct str){at + 1, (size_t)(bare.s + bare.len - at - 1)} : bare;
}

static struct str key_of_glob(const char *glob, enum index_kind kind) {
    struct str bare = jid_bare_view(str_of(glob));
    return kind == INDEX_DOMAIN ? index_domain(bare) : bare;
}

static bool all_exact(char *const *globs, enum index_kind kind) {
    for (size_t i = 0; globs[i] != NULL; i++) {
        struct str key = key_of_glob(globs[i], kind);
        if (memchr(key.s, '*', key.len) != NULL)
            return false;
    }
    return true;
}

bool index_has(const struct hook_entry *e, enum index_kind kind) {
    switch (kind) {
    case INDEX_ROOM:
        return e->room != NULL;
    case INDEX_FROM:
    case INDEX_DOMAIN:
        return e->from != NULL && all_exact(e->from, kind);
    case INDEX_NICK:
        return e->hook.spec->nick != NULL;
    case INDEX_XMLNS:
        return e->hook.spec->xmlns != NULL;
    case INDEX_WORD:
        return e->hook.spec->name != NULL;
    case INDEX_CHILD:
        return e->hook.spec->child != NULL;
    default:
        return e->literal_at_start;
    }
}

size_t index_start_len(const struct hook_entry *e) {
    return e->literal_len < INDEX_START_MAX ? e->literal_len : INDEX_START_MAX;
}

static uint32_t hash_condition(enum index_kind kind, const char *text, enum xml_atom atom) {
    struct xml_str name = {text, (uint32_t)strlen(text), atom};
    return index_hash_name(kind, &name);
}

/* The name, then the aliases. */
static bool word_key(const struct hook_spec *spec, size_t i, uint32_t *hash) {
    const char *name = i == 0 ? spec->name : spec->aliases != NULL ? spec->aliases[i - 1] : NULL;
    if (name != NULL)
        *hash = index_hash_word(said_first_word(str_of(name)));
    return name != NULL;
}

bool index_key(const struct hook_entry *e, enum index_kind kind, size_t i, uint32_t *hash) {
    const struct hook_spec *spec = e->hook.spec;
    if (kind == INDEX_FROM || kind == INDEX_DOMAIN) {
        if (e->from[i] != NULL)
            *hash = index_hash(kind, key_of_glob(e->from[i], kind));
        return e->from[i] != NULL;
    }
    if (kind == INDEX_WORD)
        return word_key(spec, i, hash);
    if (kind == INDEX_START)
        *hash = index_hash_start((struct str){e->literal, e->literal_len}, index_start_len(e));
    else if (kind == INDEX_XMLNS)
        *hash = hash_condition(kind, spec->xmlns, e->xmlns);
    else if (kind == INDEX_CHILD)
        *hash = hash_condition(kind, spec->child, e->child);
    else
        *hash = index_hash(kind, str_of(kind == INDEX_ROOM ? e->room : spec->nick));
    return i == 0;
}
