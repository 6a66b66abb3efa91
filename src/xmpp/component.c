/* SPDX-License-Identifier: MIT */
/*
 * An external component's way to READY (XEP-0114 3): header, handshake, done. There is no version, hence no
 * features, STARTTLS, SASL or resource. Its stanzas are those of any stream in another content namespace,
 * which the parser tells as jabber:client (xml_limits.as_client). Which addresses they may have is the
 * owner's business; a component has no roster and no presence of its own.
 * Implements: XEP-0114 1.6
 */
#include "xmpp/digest.h"
#include "xmpp/machine.h"

#include "base/mem.h"

void stream_begin_handshake(struct stream *s, struct str id) {
    char hex[DIGEST_HEX_LEN + 1];
    if (s->tls == STREAM_TLS_REQUIRED && !s->is_secured) {
        stream_give_up(s, STREAM_END_TLS_REFUSED, "",
                       "a component's port has no STARTTLS, and without TLS nobody logs in");
        return;
    }
    stream_change_state(s, STATE_HANDSHAKE);
    if (id.len == 0) /* nothing to make it of; a server that will say why not does without */
        return;
    size_t from = buf_len(&s->out);
    digest_hex(hex, id, s->password != NULL ? s->password : "");
    buf_addf(&s->out, "<handshake>%s</handshake>", hex);
    stream_wrote(s, from);
    s->has_shaken = true;
}

void stream_on_handshake(struct stream *s, const struct xml_node *node) {
    if (!s->has_shaken) {
        stream_refuse_element(s, node);
        return;
    }
    mem_free_secret(s->password);
    s->password = NULL;
    s->is_authenticated = true;
    s->jid = mem_strdup(s->domain);
    stream_become_bound(s);
}
