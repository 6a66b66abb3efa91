/* SPDX-License-Identifier: MIT */
/*
 * greeting: what a new session says first, and the roster as the server tells it from then on (RFC 6121 2).
 * The roster itself is the owner's; here is only its version (2.6), which says how much of it must come
 * again.
 */
#include "session/internal.h"

#include "base/mem.h"
#include "xml/write.h"
#include "xmpp/ns.h"

static void write_presence(struct buf *out, const struct session *s) {
    const struct config_presence *p = &s->config->presence;
    char id[RANDOM_ID_LEN + 1];
    random_id(id);
    buf_addf(out, "<presence id='%s'>", id); /* RFC 6120 8.1.3 */
    if (p->show != NULL)
        buf_addf(out, "<show>%s</show>", p->show);
    if (p->status != NULL) {
        buf_lit(out, "<status>");
        xml_write_text(out, str_of(p->status));
        buf_lit(out, "</status>");
    }
    if (p->priority != 0)
        buf_addf(out, "<priority>%d</priority>", p->priority);
    buf_adds(out, s->payload != NULL ? s->payload : "");
    buf_lit(out, "</presence>");
}

void session_set_payload(struct session *s, const char *payload) {
    struct buf *out = s->is_up && !s->config->is_component ? session_out(s) : NULL;
    s->payload = payload;
    if (out == NULL)
        return;
    size_t from = buf_len(out);
    write_presence(out, s);
    session_sent(s, from);
}

/* ver is opaque (2.6.1). A roster without one has none that could be asked for. */
static void remember_version(struct session *s, const struct xml_node *iq) {
    const struct xml_node *query = xml_child(iq, "query", NS_ROSTER);
    struct str ver = query != NULL ? xml_attr(query, "ver") : STR_NONE;
    if (query == NULL)
        return; /* 2.6.3: ours is up to date */
    mem_free(s->roster_ver);
    s->roster_ver = ver.s != NULL ? mem_strndup(ver.s, ver.len) : NULL;
}

static void on_roster(void *ctx, enum iq_outcome outcome, const struct xml_node *answer) {
    struct session *s = ctx;
    if (outcome != IQ_ANSWER)
        return;
    if (!str_is(xml_attr_atom(answer, ATOM_TYPE), "result")) {
        log_warn(s->shared.log, session_name(s), "the server does not hand out the roster");
        return;
    }
    remember_version(s, answer);
    s->callbacks.roster(s->ctx, answer);
}

/* 2.6.2: a version is named only where the server knows what that is; an empty one asks for all. */
static void write_roster_request(struct session *s, struct buf *out, const char *id) {
    buf_addf(out, "<iq type='get' id='%s'><query xmlns='" NS_ROSTER "'", id);
    if (stream_has_roster_versions(s->stream))
        xml_write_attr(out, "ver", str_of(s->roster_ver ? s->roster_ver : ""));
    buf_lit(out, "/></iq>");
}

void session_greet(struct session *s) {
    char id[RANDOM_ID_LEN + 1];
    struct buf *out = stream_out(s->stream);
    size_t from = buf_len(out);
    if (s->config->is_component) /* it has neither */
        return;
    random_id(id);
    session_iq(s, str_of(id), STR_NONE, STR_NONE, s->config->iq_timeout, on_roster, s);
    write_roster_request(s, out, id);
    session_count_out(s, out, from);
    stream_sent(s->stream, from, session_now_ms(s));
    from = buf_len(out);
    write_presence(out, s);
    session_count_out(s, out, from);
    stream_sent(s->stream, from, session_now_ms(s));
}

/* ---- pushes (2.1.6) ---- */

static bool is_push(const struct xml_node *iq) {
    return iq->name.atom == ATOM_IQ && str_is(xml_attr_atom(iq, ATOM_TYPE), "set") &&
           xml_child(iq, "query", NS_ROSTER) != NULL;
}

/* Only our own account may push: no `from`, or our bare JID. */
static bool is_from_account(const struct session *s, struct str from) {
    const char *slash = strchr(s->jid, '/');
    size_t len = slash != NULL ? (size_t)(slash - s->jid) : strlen(s->jid);
    return from.s == NULL || (from.len == len && memcmp(from.s, s->jid, len) == 0);
}

static void confirm_push(struct session *s, struct str id, struct str from) {
    struct buf *out = session_out(s);
    size_t start = out != NULL ? buf_len(out) : 0;
    if (out == NULL)
        return;
    buf_lit(out, "<iq type='result'");
    int bad = xml_write_attr(out, "id", id);
    if (from.s != NULL)
        bad |= xml_write_attr(out, "to", from);
    buf_lit(out, "/>");
    if (bad == 0)
        session_sent(s, start);
    else
        buf_cut(out, start);
}

bool session_roster_push(struct session *s, const struct xml_node *iq) {
    struct str from = xml_attr_atom(iq, ATOM_FROM), id = xml_attr_atom(iq, ATOM_ID);
    if (s->config->is_component || !is_push(iq))
        return false;
    if (!is_from_account(s, from)) { /* what others send is ignored without an answer */
        log_warn(s->shared.log, session_name(s),
                 "a roster push from %s is ignored: only our own account may send it", from.s);
        return true;
    }
    if (id.s == NULL || xml_next_element(xml_first_element(iq)) != NULL)
        return false; /* no valid iq (RFC 6120 8.2.3) */
    remember_version(s, iq);
    s->callbacks.roster(s->ctx, iq);
    confirm_push(s, id, from);
    return true;
}
