/* SPDX-License-Identifier: MIT */
/*
 * choice: which mechanism a login begins with, which comes next, and which channel binding goes with it. Pure
 * reckoning: from the names that the server offers, what the owner allows, what this stream can do, and what
 * is remembered of the server. No XML: RFC 6120 (auth.c) and XEP-0388 bring their own.
 *
 *   choice_forget_offers, choice_offer …, choice_offer_binding …    as the features say
 *   choice_next -> choice_take -> (the exchange) -> choice_next …   until one works, or none is left
 *
 * The rules are told in choice.c, and why.
 */
#ifndef COUPLET_XMPP_CHOICE_H
#define COUPLET_XMPP_CHOICE_H

#include "base/err.h"
#include "base/str.h"
#include "xmpp/memory.h"
#include "xmpp/sasl.h"
#include "xmpp/stream.h"

struct name_list {
    char **names; /* owned */
    size_t count;
};

struct pick {
    const struct sasl_mechanism *mechanism;
    char gs2;                             /* 'n', 'y', 'p' (RFC 5802 6) */
    const struct stream_binding *binding; /* with 'p'; else NULL */
    bool needs_hash;                      /* only if the server vouches for its offers (XEP-0474) */
    bool is_guessed;                      /* the server does not say which bindings it knows */
};

struct choice {
    /* set by the stream */
    char **allowed; /* borrowed, NULL-ended; NULL: the default list */
    bool has_password, has_certificate;
    bool is_secured, is_tls_1_3;
    bool is_sasl2;                         /* the stricter rules of XEP-0440 3 */
    const struct stream_binding *bindings; /* borrowed */
    size_t binding_count;
    struct memory *memory; /* borrowed; or NULL */

    /* what the server offers */
    struct name_list mechanisms, types;
    bool has_types;   /* XEP-0440 */
    uint32_t offered; /* bits, by the numbers of the table */

    /* what was done about it on this stream */
    uint32_t tried;
    bool is_guess_failed; /* the first guess of a binding was wrong, as it seems */
    struct pick current;
};

enum choice_result {
    CHOICE_MADE,
    CHOICE_NONE,    /* nothing (more) that may be used */
    CHOICE_REFUSED, /* there is, but the offer smells of somebody in between: err says of what */
};

void choice_finish(struct choice *c);
void choice_forget_offers(struct choice *c); /* and what was tried of them */
void choice_offer(struct choice *c, struct str mechanism);
/* has_types, even where none follows. */
void choice_offer_types(struct choice *c);
void choice_offer_type(struct choice *c, struct str type); /* XEP-0440 */
bool choice_lists_type(const struct choice *c, const char *type);
bool choice_offers_plus(const struct choice *c); /* also one of a hash that is not spoken here */

enum choice_result choice_next(const struct choice *c, struct pick *out, struct err *err);
/* It is being tried now. */
void choice_take(struct choice *c, const struct pick *pick);
/* not-authorized came: true when that may have been the guessed binding and not the password, and choice_next
 * gives the same mechanism with another binding. */
bool choice_way_back(struct choice *c);
/* `current` may be tried again, with other data. */
void choice_once_more(struct choice *c);
/* The login with `current` worked; is_vouched as in memory_logged_in. */
void choice_worked(const struct choice *c, bool is_vouched);
/* What the server offered, joined as XEP-0474 6.1 says. */
void choice_join_offers(const struct choice *c, struct buf *out);
/* The names for people, separated by blanks. */
void choice_list_offers(const struct choice *c, struct buf *out);

#endif
