/* SPDX-License-Identifier: MIT */
/*
 * The mechanisms of one message: PLAIN (RFC 4616), X-OAUTH2, which is PLAIN with a token in place of the
 * password, EXTERNAL (RFC 4422 appendix A) and ANONYMOUS (RFC 4505). The server proves nothing in them: its
 * certificate has to.
 * Implements: XEP-0178 1.2, RFC 4616
 */
#include "xmpp/sasl_kind.h"

#include "base/mem.h"

struct simple {
    const struct sasl_mechanism *mechanism;
    struct sasl_identity who;
};

static void *simple_begin(const struct sasl_mechanism *m, const struct sasl_identity *who) {
    struct simple *s = mem_new(struct simple);
    s->mechanism = m;
    s->who = *who;
    return s;
}

static int simple_challenge(void *state, struct str in, struct buf *out, struct err *err) {
    const struct simple *s = state;
    (void)in, (void)out;
    return err_set(err, "a challenge, which %s does not have", s->mechanism->name);
}

static int simple_success(void *state, struct str in, struct err *err) {
    const struct simple *s = state;
    return in.len == 0 ? 0 : err_set(err, "additional data, which %s does not have", s->mechanism->name);
}

/* NUL user NUL password. The server prepares them, if it wants to (RFC 4616 2). */
static int plain_first(void *state, struct buf *out, struct err *err) {
    const struct sasl_identity *who = &((struct simple *)state)->who;
    if (who->password == NULL || who->password[0] == '\0')
        return err_set(err, "the password is empty");
    buf_addc(out, '\0');
    buf_adds(out, who->user);
    buf_addc(out, '\0');
    buf_adds(out, who->password);
    return 0;
}

/* Nothing: whom the certificate names. Or the one of its names that is wanted (XEP-0178 2). */
static int external_first(void *state, struct buf *out, struct err *err) {
    const struct sasl_identity *who = &((struct simple *)state)->who;
    (void)err;
    if (who->authzid != NULL)
        buf_adds(out, who->authzid);
    return 0;
}

/* No trace information (RFC 4505 2): there is nothing that a server would have to know. */
static int anonymous_first(void *state, struct buf *out, struct err *err) {
    (void)state, (void)out, (void)err;
    return 0;
}

#define SIMPLE(first)                                                                                        \
    { simple_begin, mem_free, first, simple_challenge, simple_success, NULL, NULL, NULL }
const struct sasl_kind sasl_plain = SIMPLE(plain_first);
const struct sasl_kind sasl_external = SIMPLE(external_first);
const struct sasl_kind sasl_anonymous = SIMPLE(anonymous_first);
