/* SPDX-License-Identifier: MIT */
/*
 * SASL on the stream (RFC 6120 6): which mechanism, its XML, and what a failure means.
 *
 * The order is ours, never the server's (6.3.3). A mechanism that shows the password is the last resort
 * (13.8.3): inside TLS only (or where the owner named it for loopback), and only when no better one of the
 * list is offered; a failure of a better one never leads down to it.
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "base/base64.h"
#include "base/mem.h"

/* ---- the choice ---- */

static bool is_allowed(const struct stream *s, const struct sasl_mechanism *m) {
    return !m->shows_password || s->is_secured || s->mechanisms_given;
}

/* The next one that shows the password, or does not, in the list's order; NULL when none is left. `seen`
 * tells whether any of them was offered at all. */
static const struct sasl_mechanism *next_of_kind(const struct stream *s, bool shows_password, bool *seen) {
    for (char **name = s->mechanisms; *name != NULL; name++) {
        int i = sasl_mechanism_index(str_of(*name));
        const struct sasl_mechanism *m = i < 0 ? NULL : sasl_mechanism_at((size_t)i);
        if (m == NULL || m->shows_password != shows_password || !is_allowed(s, m) || !(s->offered >> i & 1))
            continue;
        *seen = true;
        if (!(s->tried >> i & 1))
            return m;
    }
    return NULL;
}

static const struct sasl_mechanism *next_mechanism(const struct stream *s) {
    bool better = false;
    const struct sasl_mechanism *m = next_of_kind(s, false, &better);
    return m != NULL || better ? m : next_of_kind(s, true, &better);
}

static void learn_offers(struct stream *s, const struct xml_node *mechanisms, struct buf *names) {
    for (const struct xml_node *m = xml_first_element(mechanisms); m != NULL; m = xml_next_element(m)) {
        struct str name = xml_text(m);
        int i = xml_is(m, "mechanism", NS_SASL) ? sasl_mechanism_index(name) : -1;
        if (i >= 0)
            s->offered |= 1u << i;
        buf_adds(names, buf_len(names) > 0 ? " " : "");
        buf_add(names, name.s, name.len);
    }
}

/* ---- what goes out ---- */

static void finish_secret(struct buf *b) {
    mem_wipe(b->data, b->cap);
    buf_finish(b);
}

/* Appends data to the element whose start was written; a copy of a secret stays in `out` only until it is
 * sent. */
static void write_data(struct stream *s, const struct buf *data) {
    buf_reserve(&s->out, buf_len(data) * 2 + 64); /* no moving, which would leave copies behind */
    base64_encode(&s->out, buf_data(data), buf_len(data));
}

static void write_auth(struct stream *s, const char *mechanism, const struct buf *first) {
    size_t from = buf_len(&s->out);
    buf_addf(&s->out, "<auth xmlns='" NS_SASL "' mechanism='%s'>", mechanism);
    if (buf_len(first) == 0)
        buf_lit(&s->out, "="); /* 6.4.2: an initial response, which is empty */
    else
        write_data(s, first);
    buf_lit(&s->out, "</auth>");
    stream_wrote(s, from);
}

static void write_response(struct stream *s, const struct buf *data) {
    size_t from = buf_len(&s->out);
    buf_lit(&s->out, "<response xmlns='" NS_SASL "'>");
    write_data(s, data);
    buf_lit(&s->out, "</response>");
    stream_wrote(s, from);
}

static void write_abort(struct stream *s) { /* 6.4.4 */
    size_t from = buf_len(&s->out);
    buf_lit(&s->out, "<abort xmlns='" NS_SASL "'/>");
    stream_wrote(s, from);
}

/* ---- the exchange ---- */

static void start_with(struct stream *s, const struct sasl_mechanism *m) {
    struct sasl_identity who = {.user = s->node, .password = s->password, .nonce = s->nonce};
    struct buf first = BUF_INIT;
    struct err err = ERR_INIT;
    s->tried |= 1u << sasl_mechanism_index(str_of(m->name));
    sasl_free(s->sasl);
    s->sasl = sasl_new(m, &who);
    if (sasl_first(s->sasl, &first, &err) == 0) {
        stream_change_state(s, STATE_AUTH);
        write_auth(s, m->name, &first);
    } else {
        stream_give_up(s, STREAM_END_AUTH_FINAL, "", "%s@%s cannot log in: %s", s->node, s->domain, err.text);
    }
    finish_secret(&first);
}

static void refuse_offers(struct stream *s, struct str names) {
    char said[QUOTE_LEN];
    stream_give_up(s, STREAM_END_AUTH_FINAL, "", "the server offers no way to log in that may be used here%s",
                   quote_text(said, names));
}

void stream_begin_auth(struct stream *s, const struct xml_node *features) {
    struct buf names = BUF_INIT;
    learn_offers(s, xml_child(features, "mechanisms", NS_SASL), &names);
    const struct sasl_mechanism *m = next_mechanism(s);
    if (m != NULL)
        start_with(s, m);
    else
        refuse_offers(s, (struct str){buf_data(&names), buf_len(&names)});
    buf_finish(&names);
}

/* The server broke the rules or could not prove itself: nothing of it is believed (RFC 5802 5). */
static void distrust(struct stream *s, const char *why) {
    stream_give_up(s, STREAM_END_FORGED, "", "the server's part in the login (%s) is not acceptable: %s",
                   sasl_mechanism(s->sasl)->name, why);
}

static void abort_login(struct stream *s, const char *why) {
    write_abort(s);
    distrust(s, why);
}

/* The decoded data of an element. has_data: false when there was none, which is not the same as empty ("=",
 * 6.4.6). Strictly base64 (13.9.1). */
static int read_data(const struct xml_node *node, struct buf *out, bool *has_data, struct err *err) {
    struct str text = xml_text(node);
    *has_data = text.len > 0;
    if (text.len == 0 || str_is(text, "="))
        return 0;
    if (node->child_count != 1 || base64_decode(out, text.s, text.len) != 0)
        return err_set(err, "what it sent is not base64");
    return 0;
}

void stream_on_challenge(struct stream *s, const struct xml_node *node) { /* 6.4.3 */
    struct buf in = BUF_INIT, out = BUF_INIT;
    struct err err = ERR_INIT;
    bool has_data;
    if (read_data(node, &in, &has_data, &err) == 0 &&
        sasl_challenge(s->sasl, (struct str){buf_data(&in), buf_len(&in)}, &out, &err) == 0)
        write_response(s, &out);
    else
        abort_login(s, err.text);
    finish_secret(&out);
    buf_finish(&in);
}

/* The login is done: its secrets are not kept for the hours that follow. */
static void forget_password(struct stream *s) {
    sasl_free(s->sasl);
    s->sasl = NULL;
    mem_free_secret(s->password);
    s->password = NULL;
}

static void logged_in(struct stream *s) {
    if (xml_parser_pending(s->parser) > 0) { /* the server speaks after our new header only (6.4.6) */
        stream_fault(s, "policy-violation", "the server went on talking before the stream was opened anew");
        return;
    }
    forget_password(s);
    s->is_authenticated = true;
    stream_restart(s); /* 6.3.2 */
}

void stream_on_success(struct stream *s, const struct xml_node *node) { /* 6.4.6 */
    struct buf in = BUF_INIT;
    struct err err = ERR_INIT;
    bool has_data;
    int r = read_data(node, &in, &has_data, &err);
    if (r == 0)
        r = sasl_success(s->sasl, has_data ? (struct str){buf_data(&in), buf_len(&in)} : STR_NONE, &err);
    buf_finish(&in);
    if (r == 0)
        logged_in(s);
    else
        distrust(s, err.text);
}

/* ---- failures (6.5) ---- */

enum verdict { FINAL, LATER, NEXT };

static const struct failure {
    const char *condition;
    enum verdict verdict;
    const char *hint;
} failures[] = {
    {"aborted", FINAL, ""},
    {"account-disabled", FINAL, " (the account is disabled)"},
    {"credentials-expired", FINAL, " (the password has expired)"},
    {"encryption-required", NEXT, " (the server wants TLS for this mechanism)"},
    {"incorrect-encoding", FINAL, ""},
    {"invalid-authzid", FINAL, ""},
    {"invalid-mechanism", NEXT, ""},
    {"malformed-request", FINAL, ""},
    {"mechanism-too-weak", NEXT, " (the server wants a stronger mechanism)"},
    {"not-authorized", FINAL, " (wrong password, or no such account)"},
    {"temporary-auth-failure", LATER, " (the server cannot check passwords just now)"},
};

/* 6.5: a condition that is not known is not-authorized. */
static const struct failure *failure_of(const struct xml_node *node) {
    const struct failure *generic = NULL;
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        if (xml_child(node, failures[i].condition, NS_SASL) != NULL)
            return &failures[i];
        if (strcmp(failures[i].condition, "not-authorized") == 0)
            generic = &failures[i];
    }
    return generic;
}

void stream_on_auth_failure(struct stream *s, const struct xml_node *node) { /* 6.4.5 */
    const struct failure *f = failure_of(node);
    const struct sasl_mechanism *next = f->verdict == NEXT ? next_mechanism(s) : NULL;
    char said[QUOTE_LEN];
    if (next != NULL) {
        start_with(s, next);
        return;
    }
    stream_rejected(s, f->verdict == LATER ? STREAM_END_AUTH_LATER : STREAM_END_AUTH_FINAL, f->condition,
                    "the server does not let %s@%s log in with %s: %s%s%s", s->node, s->domain,
                    sasl_mechanism(s->sasl)->name, f->condition, f->hint,
                    quote_text(said, xml_text(xml_child(node, "text", NS_SASL))));
}
