/* SPDX-License-Identifier: MIT */
/* sasl_kind: what the files of the mechanisms give to the table in sasl.c; nobody else includes it. */
#ifndef COUPLET_XMPP_SASL_KIND_H
#define COUPLET_XMPP_SASL_KIND_H

#include "xmpp/sasl.h"

struct sasl_kind {
    void *(*begin)(const struct sasl_mechanism *m, const struct sasl_identity *who);
    void (*end)(void *state);
    int (*first)(void *state, struct buf *out, struct err *err);
    int (*challenge)(void *state, struct str in, struct buf *out, struct err *err);
    int (*success)(void *state, struct str in, struct err *err);
    /* each may be NULL */
    bool (*is_proven)(const void *state); /* NULL: the server has nothing to prove */
    bool (*has_hash)(const void *state);
    struct str (*note)(const void *state);
};

extern const struct sasl_kind sasl_scram;
extern const struct sasl_kind sasl_plain;     /* RFC 4616; and X-OAUTH2, the same with a token */
extern const struct sasl_kind sasl_external;  /* RFC 4422 appendix A */
extern const struct sasl_kind sasl_anonymous; /* RFC 4505 */
extern const struct sasl_kind sasl_bearer;    /* RFC 7628 */

#endif
