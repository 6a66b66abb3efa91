/* SPDX-License-Identifier: MIT */
/* announce: what a new session says first. */
#include "session/internal.h"

#include "xml/write.h"

static void write_presence(struct buf *out, const struct config_presence *p) {
    buf_lit(out, "<presence>");
    if (p->show != NULL)
        buf_addf(out, "<show>%s</show>", p->show);
    if (p->status != NULL) {
        buf_lit(out, "<status>");
        xml_write_text(out, str_of(p->status));
        buf_lit(out, "</status>");
    }
    if (p->priority != 0)
        buf_addf(out, "<priority>%d</priority>", p->priority);
    buf_lit(out, "</presence>");
}

static void on_roster(void *ctx, enum iq_outcome outcome, const struct xml_node *answer) {
    struct session *s = ctx;
    if (outcome != IQ_ANSWER)
        return;
    if (str_is(xml_attr_atom(answer, ATOM_TYPE), "result"))
        s->callbacks.roster(s->ctx, answer);
    else
        log_warn(s->shared.log, session_name(s), "the server does not hand out the roster");
}

void session_announce(struct session *s) {
    char id[RANDOM_ID_LEN + 1];
    random_id(id);
    struct buf *out = session_out(s);
    size_t from = buf_len(out);
    session_iq(s, str_of(id), STR_NONE, s->config->iq_timeout, on_roster, s);
    buf_addf(out, "<iq type='get' id='%s'><query xmlns='jabber:iq:roster'/></iq>", id);
    session_sent(s, from);
    from = buf_len(out);
    write_presence(out, &s->config->presence);
    session_sent(s, from);
}
