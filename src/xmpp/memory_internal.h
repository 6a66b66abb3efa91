/* SPDX-License-Identifier: MIT */
/* memory_internal: what memory.c and memory_token.c share; nobody else includes it. */
#ifndef COUPLET_XMPP_MEMORY_INTERNAL_H
#define COUPLET_XMPP_MEMORY_INTERNAL_H

#include "xmpp/memory.h"

enum { DIGEST_LEN = 32, WORD_MAX = 64 };

struct keys {
    const char *hash; /* NULL: none are kept */
    uint32_t iterations;
    size_t salt_len, len;
    unsigned char salt[MEMORY_SALT_MAX];
    unsigned char password[DIGEST_LEN]; /* under a key of this process */
    unsigned char client_key[MEMORY_KEY_MAX], server_key[MEMORY_KEY_MAX];
};

struct memory {
    char *account;                         /* owned; NULL: anybody's */
    char *mechanism, *binding, *strongest; /* owned; or NULL */
    char *offers;                          /* owned; or NULL */
    bool is_vouched, is_changed;
    struct keys *keys;                /* owned; NULL: none */
    char agent[MEMORY_AGENT_LEN + 1]; /* empty: not made yet */
    unsigned inlines;
    char *token_mechanism, *token; /* owned; NULL: none */
    int64_t token_expires_s;
    uint32_t token_count;
    unsigned char secret[DIGEST_LEN];
};

/* memory.c */
/* Takes the line's next word, up to a blank; empty when nothing is left. */
struct str memory_word(struct str *line);
/* A copy, if it has letters, digits, '-', '_' alone: names of mechanisms (RFC 4422 3.1) and of channel
 * bindings. Else NULL. */
char *memory_name(struct str word);

/* memory_token.c */
void memory_write_fast(const struct memory *m, struct buf *out);
/* The words of a line; false: damaged. */
bool memory_read_agent(struct memory *m, struct str rest);
bool memory_read_inlines(struct memory *m, struct str rest);
bool memory_read_token(struct memory *m, struct str rest);

#endif
