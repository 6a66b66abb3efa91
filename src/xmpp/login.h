/* SPDX-License-Identifier: MIT */
/*
 * login: a SASL login of a stream, whatever XML it is framed in: RFC 6120 6 (auth.c) or XEP-0388. The framing
 * reads and writes elements, base64 and the state; the rest is here.
 *
 *   login_read_offers, login_begin          -> write the initial response, STATE_AUTH or the like
 *   challenge: sasl_challenge(s->sasl, …)   -> write the answer; -1: write an abort, login_distrust
 *   success:   login_prove                  -> login_done; -1: login_distrust
 *   failure:   login_failed                 -> true: login_begin once more; false: the stream has ended
 */
#ifndef COUPLET_XMPP_LOGIN_H
#define COUPLET_XMPP_LOGIN_H

#include "xmpp/machine.h"

/* What the <mechanism/> elements (of namespace ns) in `mechanisms` offer, and, in `features`, XEP-0440. */
void login_read_offers(struct stream *s, const struct xml_node *features, const struct xml_node *mechanisms,
                       const char *ns);
/* Before the features are there: takes them to be those of memory_offers (joined, which is changed). False:
 * there is nothing in them. */
bool login_expect_offers(struct stream *s, char *joined);
/* They are there: are they those that the login was begun with? */
bool login_offers_are(struct stream *s, const struct xml_node *features);
/* Starts an exchange (s->sasl) with the next mechanism: the initial response is appended to `first`, which is
 * secret. NULL: there is none left that may be used, and the stream has ended. */
const struct sasl_mechanism *login_begin(struct stream *s, struct buf *first);
/* The server says success, with this additional data (.s NULL: none). -1: it has not proven what it has to,
 * for login_distrust. */
int login_prove(struct stream *s, struct str data, struct err *err);
/* It has proven it: what is worth it is remembered, the secrets are wiped. */
void login_done(struct stream *s);
/* The server broke the rules or could not prove itself: nothing of it is believed (RFC 5802 5). Ends the
 * stream. */
void login_distrust(struct stream *s, const char *why);
/* <failure/> with its condition (of namespace NS_SASL) and its text: true when another try is to be made with
 * login_begin; else the stream has ended, or an account is being made. */
bool login_failed(struct stream *s, const struct xml_node *failure, struct str text);

/* Of both framings; ns: NS_SASL or NS_SASL2. Data goes into the element whose start was written; a copy of a
 * secret stays in `out` only until it is sent. */
void login_write_data(struct stream *s, const struct buf *data);
void login_write_response(struct stream *s, const char *ns, const struct buf *data);
void login_write_abort(struct stream *s, const char *ns);

/* What a condition means (RFC 6120 6.5). */
enum login_verdict {
    LOGIN_FINAL, /* nobody need come back before the configuration has changed */
    LOGIN_LATER,
    LOGIN_NEXT /* another mechanism may do */
};
struct login_failure {
    const char *condition;
    enum login_verdict verdict;
    const char *hint; /* for people, or "" */
};
/* The row of the failure's condition; one that is not known is not-authorized (6.5). */
const struct login_failure *login_failure_of(const struct xml_node *failure);

#endif
