/* SPDX-License-Identifier: MIT */
/*
 * A login in the XML of XEP-0388, where the server has it. It differs from RFC 6120 (auth.c) in this: the
 * stream goes on after it without a new header, success names our address, and the login carries requests
 * inside (bind2.c) and a token for the next one (fast.h). What is independent of the XML is login.c's, for
 * both.
 *
 * Where a token is there, and what the server can do is remembered, the login goes out behind our header in
 * one write, before the features are seen (2.1 allows to remember them): nothing but the hash of the token,
 * bound to this TLS session where that can be, is ever sent so. If the features turn out to be others, what
 * was remembered is forgotten and the next attempt waits for them.
 *
 *   OPENING -> FEATURES -> AUTH2 -> BOUND -> READY      bound inside of the login, until the features are
 * there
 *                            |----> READY               resumed inside of it
 *                            '----> FEATURES            neither: as after RFC 6120
 * Implements: XEP-0388 1.0.4, XEP-0484 0.2.0
 */
#include "xmpp/fast.h"
#include "xmpp/login.h"
#include "xmpp/ns.h"

#include "base/base64.h"
#include "base/jid.h"
#include "base/mem.h"
#include "xml/write.h"

#include <inttypes.h>

static int64_t wall_s(const struct stream *s) {
    return (s->now_ms + s->wall_offset_ms) / 1000;
}

static bool is_by_token(const struct stream *s) {
    return s->sasl != NULL && fast_is_token(sasl_mechanism(s->sasl));
}

/* ---- what goes out ---- */

static void finish_secret(struct buf *b) {
    mem_wipe(b->data, b->cap);
    buf_finish(b);
}

static void write_user_agent(struct stream *s) { /* 2.3 */
    buf_lit(&s->out, "<user-agent");
    if (s->choice.memory != NULL)
        xml_write_attr(&s->out, "id", str_of(memory_agent(s->choice.memory)));
    buf_lit(&s->out, "><software>Couplet</software></user-agent>");
}

/* XEP-0484 3.2, 3.4 */
static void write_fast(struct stream *s) {
    if (is_by_token(s))
        buf_addf(&s->out, "<fast xmlns='" NS_FAST "' count='%" PRIu32 "'/>",
                 memory_count_token(s->choice.memory));
    else if (s->token_mechanism != NULL)
        buf_addf(&s->out, "<request-token xmlns='" NS_FAST "' mechanism='%s'/>", s->token_mechanism->name);
}

static void write_authenticate(struct stream *s, const struct sasl_mechanism *m, const struct buf *first) {
    size_t from = buf_len(&s->out);
    buf_addf(&s->out, "<authenticate xmlns='" NS_SASL2 "' mechanism='%s'><initial-response>", m->name);
    login_write_data(s, first);
    buf_lit(&s->out, "</initial-response>");
    write_user_agent(s);
    stream_write_inlines(s);
    write_fast(s);
    buf_lit(&s->out, "</authenticate>");
    stream_wrote(s, from);
}

/* ---- beginning ---- */

/* The best mechanism for tokens that the features list. */
static const struct sasl_mechanism *best_token(const struct stream *s, const struct xml_node *fast) {
    const struct sasl_mechanism *best = NULL;
    struct str binding;
    for (const struct xml_node *m = xml_first_element(fast); m != NULL; m = xml_next_element(m)) {
        struct str name = xml_is(m, "mechanism", NS_FAST) ? xml_text(m) : STR_NONE;
        const struct sasl_mechanism *now = fast_mechanism(&s->choice, name, &binding);
        if (now != NULL && (best == NULL || fast_rank(name) < fast_rank(str_of(best->name))))
            best = now;
    }
    return best;
}

static bool lists(const struct xml_node *fast, const char *name) {
    for (const struct xml_node *m = xml_first_element(fast); m != NULL; m = xml_next_element(m))
        if (xml_is(m, "mechanism", NS_FAST) && str_is(xml_text(m), name))
            return true;
    return false;
}

static const struct xml_node *fast_offer(const struct xml_node *features) {
    const struct xml_node *offer = xml_child(features, "authentication", NS_SASL2);
    const struct xml_node *inlines = offer != NULL ? xml_child(offer, "inline", NS_SASL2) : NULL;
    return inlines != NULL ? xml_child(inlines, "fast", NS_FAST) : NULL;
}

/* With the token, if there is one that may be used now. `fast`: the mechanisms that the server lists, NULL:
 * those of before. */
static bool begin_by_token(struct stream *s, const struct xml_node *fast) {
    struct memory_token token;
    struct buf first = BUF_INIT;
    struct err err = ERR_INIT;
    struct str binding;
    const struct sasl_mechanism *m = fast_ready(&s->choice, wall_s(s), &token, &binding);
    if (m == NULL || s->node == NULL || (fast != NULL && !lists(fast, m->name)))
        return false;
    struct sasl_identity who = {.user = s->node, .password = token.token, .binding = binding};
    sasl_free(s->sasl);
    s->sasl = sasl_new(m, &who);
    s->token_mechanism = m; /* a new one in place of it is for the same (XEP-0484 3.5) */
    sasl_first(s->sasl, &first, &err);
    write_authenticate(s, m, &first);
    finish_secret(&first);
    return true;
}

static void begin_by_password(struct stream *s) {
    struct buf first = BUF_INIT;
    const struct sasl_mechanism *m = login_begin(s, &first);
    if (m != NULL) {
        stream_change_state(s, STATE_AUTH2);
        bool is_bound =
            s->choice.current.binding != NULL; /* a token that is not would be a way around that */
        bool is_fit = s->token_offer != NULL && (!is_bound || (s->token_offer->flags & SASL_BINDS));
        s->token_mechanism = is_fit ? s->token_offer : NULL;
        write_authenticate(s, m, &first);
    }
    finish_secret(&first);
}

/* What the server offers, and whether any of it may be used here. */
static bool read_offer(struct stream *s, const struct xml_node *features) {
    struct pick pick;
    struct err err = ERR_INIT;
    const struct xml_node *offer = xml_child(features, "authentication", NS_SASL2);
    bool is_safe = s->is_secured || s->mechanisms != NULL; /* 3; on loopback what the owner lists */
    if (offer == NULL || !is_safe)
        return false;
    login_read_offers(s, features, offer, NS_SASL2);
    s->choice.is_sasl2 = true;
    s->inlines = stream_read_inlines(offer);
    s->token_offer =
        fast_offer(features) != NULL && s->node != NULL ? best_token(s, fast_offer(features)) : NULL;
    return s->is_piped || choice_next(&s->choice, &pick, &err) != CHOICE_NONE;
}

bool stream_begin_sasl2(struct stream *s, const struct xml_node *features) {
    const struct xml_node *fast = fast_offer(features);
    if (!read_offer(s, features)) {
        s->choice.is_sasl2 = false;
        return false;
    }
    if (fast != NULL && begin_by_token(s, fast)) {
        stream_change_state(s, STATE_AUTH2);
        return true;
    }
    begin_by_password(s);
    return true;
}

/* ---- before the features are there ---- */

void stream_pipe_login(struct stream *s) {
    struct memory *m = s->choice.memory;
    if (m == NULL || s->is_patient || !s->is_secured || s->is_authenticated ||
        !(memory_inlines(m) & MEMORY_SASL2))
        return;
    s->choice.is_secured = true;
    s->inlines = memory_inlines(m);
    s->is_piped = begin_by_token(s, NULL);
}

void stream_on_piped_features(struct stream *s, const struct xml_node *features) {
    if (!read_offer(s, features)) {
        stream_fault(s, "unsupported-feature", "the server cannot log us in as it did before (SASL2)");
        return;
    }
    stream_change_state(s, STATE_AUTH2);
}

/* Next time the features are waited for; if that was not it, the password is asked. */
void stream_token_in_vain(struct stream *s, struct stream_reason *r) {
    bool gave_up = r->end == STREAM_END_ERROR || r->end == STREAM_END_PEER;
    if (!is_by_token(s) || r->end == STREAM_END_CLOSED)
        return;
    if (s->is_piped)
        memory_keep_inlines(s->choice.memory, 0);
    else if (gave_up || r->end == STREAM_END_TIMEOUT)
        memory_drop_token(s->choice.memory);
    r->asked_too_much |= s->is_piped && gave_up;
}

/* ---- the exchange ---- */

static void abort_login(struct stream *s, const char *why) {
    login_write_abort(s, NS_SASL2); /* 4.5 */
    login_distrust(s, why);
}

/* The decoded data of an element, which may be absent (.s NULL) or empty (2.2). Strictly base64 (13.9.1). */
static int read_data(const struct xml_node *node, struct buf *out, struct str *data, struct err *err) {
    struct str text = xml_text(node);
    *data = STR_NONE;
    if (node == NULL)
        return 0;
    if (node->child_count > 1 || base64_decode(out, text.s, text.len) != 0)
        return err_set(err, "what it sent is not base64");
    *data = (struct str){buf_data(out), buf_len(out)};
    return 0;
}

void stream_on_challenge2(struct stream *s, const struct xml_node *node) { /* 2.5 */
    struct buf in = BUF_INIT, out = BUF_INIT;
    struct err err = ERR_INIT;
    struct str data;
    if (read_data(node, &in, &data, &err) == 0 && sasl_challenge(s->sasl, data, &out, &err) == 0)
        login_write_response(s, NS_SASL2, &out);
    else
        abort_login(s, err.text);
    finish_secret(&out);
    buf_finish(&in);
}

void stream_on_continue(struct stream *s, const struct xml_node *node) { /* 2.6.3 */
    char said[QUOTE_LEN];
    struct buf names = BUF_INIT;
    const struct xml_node *tasks = xml_child(node, "tasks", NS_SASL2);
    for (const struct xml_node *t = tasks != NULL ? xml_first_element(tasks) : NULL; t != NULL;
         t = xml_next_element(t)) {
        struct str name = xml_text(t);
        if (buf_len(&names) > 0)
            buf_addc(&names, ' ');
        buf_add(&names, name.s, name.len);
    }
    login_write_abort(s, NS_SASL2); /* 4.5 */
    stream_give_up(s, STREAM_END_AUTH_FINAL, "",
                   "the password is not all that the server wants, and what else it wants no bot can do%s",
                   quote_text(said, (struct str){buf_data(&names), buf_len(&names)}));
    buf_finish(&names);
}

/* ---- success (2.6.1) ---- */

static struct str trimmed(struct str t) {
    while (t.len > 0 && strchr(" \t\r\n", t.s[0]) != NULL)
        t = (struct str){t.s + 1, t.len - 1};
    while (t.len > 0 && strchr(" \t\r\n", t.s[t.len - 1]) != NULL)
        t.len--;
    return t;
}

/* Whom the server took us for must be whom we are; who has no name (ANONYMOUS) gets one of the domain. */
static int check_identity(const struct stream *s, struct str jid, struct err *err) {
    struct jid_parts p;
    struct buf ours = BUF_INIT;
    char said[QUOTE_LEN];
    if (jid.len == 0)
        return err_set(err, "success without our address");
    bool ok = jid_split(jid, &p) == 0 && p.node.s != NULL;
    if (ok && s->node == NULL) {
        ok = jid_equal(p.host, str_of(s->domain));
    } else if (ok) {
        buf_addf(&ours, "%s@%s", s->node, s->domain);
        ok = jid_equal(jid_bare_view(jid), (struct str){buf_data(&ours), buf_len(&ours)});
        buf_finish(&ours);
    }
    return ok ? 0 : err_set(err, "it takes us for somebody else%s", quote_text(said, jid));
}

static int prove(struct stream *s, const struct xml_node *success, struct str jid, struct err *err) {
    struct buf in = BUF_INIT;
    struct str data;
    int r = read_data(xml_child(success, "additional-data", NS_SASL2), &in, &data, err);
    if (r == 0)
        r = login_prove(s, data, err);
    buf_finish(&in);
    return r == 0 ? check_identity(s, jid, err) : -1;
}

/* A token, for the mechanism that was asked for or with which we came (XEP-0484 3.3, 3.5). */
static void take_token(struct stream *s, const struct xml_node *success) {
    const struct xml_node *token = xml_child(success, "token", NS_FAST);
    int64_t expires_s;
    if (token == NULL || s->token_mechanism == NULL || s->choice.memory == NULL ||
        fast_read_time(xml_attr(token, "expiry"), &expires_s) != 0 || expires_s <= wall_s(s))
        return;
    memory_keep_token(s->choice.memory, s->token_mechanism->name, xml_attr(token, "token"), expires_s);
}

void stream_on_success2(struct stream *s, const struct xml_node *node) {
    struct err err = ERR_INIT;
    struct str jid = trimmed(xml_text(xml_child(node, "authorization-identifier", NS_SASL2)));
    if (prove(s, node, jid, &err) != 0) {
        login_distrust(s, err.text);
        return;
    }
    login_done(s);
    take_token(s, node);
    if (s->choice.memory != NULL)
        memory_keep_inlines(s->choice.memory, MEMORY_SASL2 | s->inlines);
    stream_take_inlines(s, node, jid);
}

/* ---- failure (2.6.2) ---- */

/* The token is no good any more: on with the password. Only what passes by itself is waited for. */
static void token_failed(struct stream *s, const struct xml_node *node) {
    char said[QUOTE_LEN];
    s->is_piped = false; /* it came as far as an answer */
    if (login_failure_of(node)->verdict == LOGIN_LATER) {
        stream_rejected(s, STREAM_END_AUTH_LATER, login_failure_of(node)->condition,
                        "the server does not let us log in just now%s",
                        quote_text(said, xml_text(xml_child(node, "text", NS_SASL2))));
        return;
    }
    sasl_free(s->sasl);
    s->sasl = NULL;
    s->token_failed = true;
    memory_drop_token(s->choice.memory);
    begin_by_password(s);
}

/* Some servers take nothing but tokens on a stream where one has failed: what they say then of the password
 * login is not about the password. */
static bool is_about_token(const struct stream *s, const struct xml_node *node) {
    static const char *const serious[] = {"account-disabled", "credentials-expired", "not-authorized",
                                          "temporary-auth-failure"};
    for (size_t i = 0; i < sizeof(serious) / sizeof(serious[0]); i++)
        if (xml_child(node, serious[i], NS_SASL) != NULL)
            return false;
    return s->token_failed;
}

void stream_on_failure2(struct stream *s, const struct xml_node *node) {
    if (is_by_token(s)) {
        token_failed(s, node);
    } else if (is_about_token(s, node)) {
        s->comes_back = true;
        stream_rejected(s, STREAM_END_AUTH_LATER, login_failure_of(node)->condition,
                        "the server rejects the token of before, and wants a new stream for the password");
    } else if (login_failed(s, node, xml_text(xml_child(node, "text", NS_SASL2)))) {
        begin_by_password(s);
    }
}
