/* SPDX-License-Identifier: MIT */
/*
 * Stream headers (RFC 6120 4.2, 4.7). Whatever was there before a restart is forgotten (4.3.3, 5.4.3.3): the
 * parser is a fresh one, and of what was offered nothing is kept.
 */
#include "base/mem.h"
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "base/mem.h"

void stream_restart(struct stream *s) {
    stream_begin_document(s);
    s->starttls_offered = false;
    s->served = (struct stream_known){0};
    choice_forget_offers(&s->choice);
    stream_write_header(s);
    s->is_open = true;
    stream_pipe_login(s);
    stream_change_state(s, STATE_OPENING);
    stream_begin_early(s);
}

/* The major number of "<major>.<minor>", leading zeros ignored (4.7.5); 0 when it is missing or no version.
 */
static unsigned major_version(struct str version) {
    unsigned major = 0;
    size_t i = 0;
    for (; i < version.len && version.s[i] >= '0' && version.s[i] <= '9'; i++)
        major = major < 1000 ? major * 10 + (unsigned)(version.s[i] - '0') : major;
    if (i + 1 >= version.len || version.s[i] != '.')
        return 0;
    for (i++; i < version.len; i++)
        if (version.s[i] < '0' || version.s[i] > '9')
            return 0;
    return major;
}

static const char *hint(const struct stream *s) {
    if (s->is_component)
        return "; is this the port for XMPP components?";
    return s->is_secured ? "" : "; is this the port for XMPP clients?";
}

static void keep_id(struct stream *s, struct str id) {
    mem_free(s->stream_id);
    s->stream_id = s->legacy_auth && id.s != NULL ? mem_strndup(id.s, id.len) : NULL;
}

/* 4.7.4: of the last header, the one that stanzas come behind. A tag has 35 characters and more (RFC
 * 5646 4.4.1). */
static void note_lang(struct stream *s, struct str lang) {
    enum { LANG_MAX = 255 };
    mem_free(s->peer_lang);
    s->peer_lang =
        lang.s != NULL && lang.len > 0 && lang.len <= LANG_MAX ? mem_strndup(lang.s, lang.len) : NULL;
}

/* `from` and `id` are not insisted on (4.7.1, 4.7.3, notes on RFC 3920): from may be another name of the
 * server or empty (4.9.1.3), and who the server is, is shown by TLS alone. The prefix may be any (4.8.5). */
void stream_on_header(struct stream *s, const struct xml_node *root) {
    struct str version = xml_attr(root, "version");
    char said[QUOTE_LEN];
    keep_id(s, xml_attr(root, "id"));
    note_lang(s, xml_attr_atom(root, ATOM_LANG));
    bool is_framed = s->framing == STREAM_FRAMING_WEBSOCKET;              /* <open/> of RFC 7395 3.4 */
    if (!str_is(xml_view(&root->ns), is_framed ? NS_FRAMING : NS_STREAM)) /* 4.9.3.10, RFC 7395 3.3.2 */
        stream_fault(s, "invalid-namespace", "the server's stream is in a namespace that is not XMPP's%s",
                     hint(s));
    else if (!str_is(xml_view(&root->name), is_framed ? "open" : "stream")) /* 4.9.3.1 */
        stream_fault(s, "bad-format", "the server's answer does not begin with a stream header%s", hint(s));
    else if (s->is_component) /* XEP-0114 3 knows no version */
        stream_begin_handshake(s, xml_attr(root, "id"));
    else if (version.s == NULL && s->legacy_auth)
        stream_begin_legacy(s);
    else if (version.s == NULL) /* 4.7.5 rule 4: it is 0.9, which has no features and no SASL */
        stream_fault(s, "unsupported-version",
                     "the server does not speak XMPP 1.0: its header has no version");
    else if (major_version(version) != 1) /* 4.7.5 rules 2, 3 */
        stream_fault(s, "unsupported-version", "the server does not speak XMPP 1.0 but another version%s",
                     quote_text(said, version));
    else
        stream_change_state(s, STATE_FEATURES);
}
