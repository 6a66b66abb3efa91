/* SPDX-License-Identifier: MIT */
/*
 * STARTTLS (RFC 6120 5.4.2). It is tried even where it is not offered, for the offer may have been taken out
 * on the way (RFC 7590 3.1); what then comes back says so to people (reason.c). There is no way around it.
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

void stream_begin_tls(struct stream *s) {
    size_t from = buf_len(&s->out);
    buf_lit(&s->out, "<starttls xmlns='" NS_TLS "'/>");
    stream_wrote(s, from);
    stream_change_state(s, STATE_STARTTLS);
}

/* 5.4.2.3: TLS begins right after the '>'. Clear text behind it was put there by somebody who cannot speak
 * TLS for the server; it is not parsed now, and not after the handshake either. */
void stream_on_proceed(struct stream *s, const struct xml_node *node) {
    (void)node;
    s->is_open = false; /* nothing more may be said in clear */
    if (xml_parser_pending(s->parser) > 0) {
        stream_give_up(s, STREAM_END_ERROR, "policy-violation",
                       "clear text after the start of TLS: somebody interferes with the connection");
        return;
    }
    if (s->known != NULL)
        s->known->starttls = true;
    stream_change_state(s, STATE_TLS);
    s->callbacks.starttls(s->ctx);
}

void stream_on_tls_failure(struct stream *s, const struct xml_node *node) { /* 5.4.2.2 */
    (void)node;
    stream_give_up(s, STREAM_END_TLS_REFUSED, "",
                   "the server cannot start TLS: it answers STARTTLS with a failure");
}
