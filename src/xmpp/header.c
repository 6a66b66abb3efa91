/* SPDX-License-Identifier: MIT */
/*
 * Stream headers (RFC 6120 4.2, 4.7). Whatever was there before a restart is forgotten (4.3.3, 5.4.3.3): the
 * parser is a fresh one, and of what was offered nothing is kept.
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "base/mem.h"
#include "xml/write.h"

static void write_header(struct stream *s) {
    struct buf *out = &s->out;
    size_t from = buf_len(out);
    buf_lit(out, "<?xml version='1.0'?><stream:stream"); /* 11.5; never standalone */
    xml_write_attr(out, "to", str_of(s->domain));        /* 4.7.2: the JID's domain */
    if (s->is_secured) {                                 /* 4.7.1: who we are is told under TLS only */
        struct buf from_jid = BUF_INIT;
        buf_addf(&from_jid, "%s@%s", s->node, s->domain);
        xml_write_attr(out, "from", (struct str){buf_data(&from_jid), buf_len(&from_jid)});
        buf_finish(&from_jid);
    }
    buf_lit(out, " version='1.0'");                                       /* 4.7.5 rule 1 */
    xml_write_attr(out, "xml:lang", str_of(s->lang));                     /* 4.7.4 */
    buf_lit(out, " xmlns='" NS_CLIENT "' xmlns:stream='" NS_STREAM "'>"); /* 4.8.5; nothing else */
    stream_wrote(s, from);
}

void stream_restart(struct stream *s) {
    xml_parser_reset(s->parser);
    s->starttls_offered = s->session_wanted = false;
    s->offered = s->tried = 0;
    write_header(s);
    s->is_open = true;
    stream_change_state(s, STATE_OPENING);
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
    return s->is_secured ? "" : "; is this the port for XMPP clients?";
}

/* `from` and `id` are not insisted on (4.7.1, 4.7.3, notes on RFC 3920): from may be another name of the
 * server or empty (4.9.1.3), and who the server is, is shown by TLS alone. The prefix may be any (4.8.5). */
void stream_on_header(struct stream *s, const struct xml_node *root) {
    struct str version = xml_attr(root, "version");
    char said[QUOTE_LEN];
    if (!str_is(xml_view(&root->ns), NS_STREAM)) /* 4.9.3.10 */
        stream_fault(s, "invalid-namespace", "the server's stream is in a namespace that is not XMPP's%s",
                     hint(s));
    else if (!str_is(xml_view(&root->name), "stream")) /* 4.9.3.1 */
        stream_fault(s, "bad-format", "the server's answer does not begin with a stream header%s", hint(s));
    else if (version.s == NULL) /* 4.7.5 rule 4: it is 0.9, which has no features and no SASL */
        stream_fault(s, "unsupported-version",
                     "the server does not speak XMPP 1.0: its header has no version");
    else if (major_version(version) != 1) /* 4.7.5 rules 2, 3 */
        stream_fault(s, "unsupported-version", "the server does not speak XMPP 1.0 but another version%s",
                     quote_text(said, version));
    else
        stream_change_state(s, STATE_FEATURES);
}
