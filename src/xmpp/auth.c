/* SPDX-License-Identifier: MIT */
/*
 * A login in the XML of RFC 6120 6. What is independent of that is login.c's: which mechanism, and what a
 * failure means.
 */
#include "xmpp/login.h"
#include "xmpp/ns.h"

#include "base/base64.h"
#include "base/mem.h"

/* ---- what goes out ---- */

static void finish_secret(struct buf *b) {
    mem_wipe(b->data, b->cap);
    buf_finish(b);
}

static void write_auth(struct stream *s, const char *mechanism, const struct buf *first) {
    size_t from = buf_len(&s->out);
    buf_addf(&s->out, "<auth xmlns='" NS_SASL "' mechanism='%s'>", mechanism);
    if (buf_len(first) == 0)
        buf_lit(&s->out, "="); /* 6.4.2: an initial response, which is empty */
    else
        login_write_data(s, first);
    buf_lit(&s->out, "</auth>");
    stream_wrote(s, from);
}

/* ---- the exchange ---- */

static void begin(struct stream *s) {
    struct buf first = BUF_INIT;
    const struct sasl_mechanism *m = login_begin(s, &first);
    if (m != NULL) {
        stream_change_state(s, STATE_AUTH);
        write_auth(s, m->name, &first);
    }
    finish_secret(&first);
}

bool stream_begin_auth_again(struct stream *s) {
    struct pick pick;
    struct err err = ERR_INIT;
    if (choice_next(&s->choice, &pick, &err) != CHOICE_MADE || (pick.mechanism->flags & SASL_SHOWS))
        return false;
    begin(s);
    return true;
}

void stream_begin_auth(struct stream *s, const struct xml_node *features) {
    login_read_offers(s, features, xml_child(features, "mechanisms", NS_SASL), NS_SASL);
    begin(s);
}

static void abort_login(struct stream *s, const char *why) {
    login_write_abort(s, NS_SASL); /* 6.4.4 */
    login_distrust(s, why);
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
        login_write_response(s, NS_SASL, &out);
    else
        abort_login(s, err.text);
    finish_secret(&out);
    buf_finish(&in);
}

static void logged_in(struct stream *s) {
    if (xml_parser_pending(s->parser) > 0) { /* the server speaks after our new header only (6.4.6) */
        stream_fault(s, "policy-violation", "the server went on talking before the stream was opened anew");
        return;
    }
    if (s->choice.memory != NULL) /* the choice was made of these */
        memory_keep_offers(s->choice.memory, buf_data(&s->offers));
    login_done(s);
    stream_restart(s); /* 6.3.2 */
}

void stream_on_success(struct stream *s, const struct xml_node *node) { /* 6.4.6 */
    struct buf in = BUF_INIT;
    struct err err = ERR_INIT;
    bool has_data;
    int r = read_data(node, &in, &has_data, &err);
    if (r == 0)
        r = login_prove(s, has_data ? (struct str){buf_data(&in), buf_len(&in)} : STR_NONE, &err);
    buf_finish(&in);
    if (r == 0)
        logged_in(s);
    else
        login_distrust(s, err.text);
}

void stream_on_auth_failure(struct stream *s, const struct xml_node *node) { /* 6.4.5 */
    if (login_failed(s, node, xml_text(xml_child(node, "text", NS_SASL))))
        begin(s);
}
