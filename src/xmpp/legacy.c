/* SPDX-License-Identifier: MIT */
/*
 * The login of before SASL (XEP-0078), where the owner wants it and the server knows nothing newer: its
 * header has no version (RFC 6120 4.7.5), or its features have no other login. It comes with a resource, so
 * that nothing is negotiated after it. Both proofs want TLS or this machine: the digest can be tried against
 * guesses offline. Where a login by SASL has ever worked it is refused: somebody took that away.
 * Implements: XEP-0078 2.5
 */
#include "xmpp/digest.h"
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "base/mem.h"
#include "xml/stanza_error.h"
#include "xml/write.h"

static bool is_downgrade(const struct stream *s) {
    return s->choice.memory != NULL && memory_strongest(s->choice.memory) != NULL;
}

void stream_begin_legacy(struct stream *s) {
    size_t from = buf_len(&s->out);
    if (s->tls == STREAM_TLS_REQUIRED && !s->is_secured) {
        stream_give_up(s, STREAM_END_TLS_REFUSED, "",
                       "the server is of before XMPP 1.0 and has no STARTTLS, without which nobody logs in; "
                       "direct TLS may do");
        return;
    }
    if (is_downgrade(s)) {
        stream_give_up(
            s, STREAM_END_FORGED, "",
            "the server is not believed: it offers only the login of XEP-0078, and had SASL before");
        return;
    }
    s->fields_asked = true;
    random_id(s->id);
    buf_addf(&s->out, "<iq type='get' id='%s'><query xmlns='" NS_AUTH "'><username>", s->id);
    xml_write_text(&s->out, str_of(s->node));
    buf_lit(&s->out, "</username></query></iq>");
    stream_wrote(s, from);
    stream_change_state(s, STATE_LEGACY);
}

/* ---- the proof ---- */

static void write_digest(struct stream *s) {
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(hex, str_of(s->stream_id), s->password);
    buf_addf(&s->out, "<digest>%s</digest>", hex);
}

static void write_password(struct stream *s) {
    buf_lit(&s->out, "<password>");
    xml_write_text(&s->out, str_of(s->password));
    buf_lit(&s->out, "</password>");
}

/* 3.1: a resource must be there. */
static void make_resource(struct stream *s) {
    char id[RANDOM_ID_LEN + 1];
    if (s->resource != NULL)
        return;
    random_id(id);
    s->resource = mem_strdup(id);
}

static void log_in(struct stream *s, bool by_digest) {
    size_t from = buf_len(&s->out);
    make_resource(s);
    s->fields_asked = false;
    random_id(s->id);
    buf_reserve(&s->out, strlen(s->password) * 6 + 4096); /* no moving, which would leave copies behind */
    buf_addf(&s->out, "<iq type='set' id='%s'><query xmlns='" NS_AUTH "'><username>", s->id);
    xml_write_text(&s->out, str_of(s->node));
    buf_lit(&s->out, "</username>");
    if (by_digest)
        write_digest(s);
    else
        write_password(s);
    buf_lit(&s->out, "<resource>");
    xml_write_text(&s->out, str_of(s->resource));
    buf_lit(&s->out, "</resource></query></iq>");
    stream_wrote(s, from);
    stream_change_state(s, STATE_LEGACY);
}

static void choose(struct stream *s, const struct xml_node *query) {
    bool has_id = s->stream_id != NULL && s->stream_id[0] != '\0';
    bool may_hash = has_id && query != NULL && xml_child(query, "digest", NS_AUTH) != NULL;
    bool may_show = query != NULL && xml_child(query, "password", NS_AUTH) != NULL;
    if (may_hash || (may_show && stream_may_show_password(s)))
        log_in(s, may_hash);
    else if (may_show)
        stream_give_up(s, STREAM_END_AUTH_FINAL, "",
                       "the server wants the password itself, which goes without TLS only where `sasl` lists "
                       "PLAIN");
    else
        stream_give_up(s, STREAM_END_AUTH_FINAL, "",
                       "the server offers neither digest nor password for a login by XEP-0078");
}

/* ---- what comes of it ---- */

static void logged_in(struct stream *s) {
    struct buf jid = BUF_INIT;
    buf_addf(&jid, "%s@%s/%s", s->node, s->domain, s->resource);
    s->jid = buf_detach(&jid);
    mem_free_secret(s->password);
    s->password = NULL;
    s->is_authenticated = true;
    stream_become_bound(s);
}

static const struct failure {
    const char *condition, *code; /* 5: old servers have codes alone */
    enum stream_end end;
    const char *hint;
} failures[] = {
    {"not-authorized", "401", STREAM_END_AUTH_FINAL, " (wrong password, or no such account)"},
    {"not-acceptable", "406", STREAM_END_AUTH_FINAL, " (something that it needs was missing)"},
    {"conflict", "409", STREAM_END_ERROR, " (another client has this resource)"},
    {"resource-constraint", "500", STREAM_END_AUTH_LATER, ""},
    {"internal-server-error", "500", STREAM_END_AUTH_LATER, ""},
    {"service-unavailable", "503", STREAM_END_AUTH_FINAL, ""},
    {"", "", STREAM_END_AUTH_FINAL, ""},
};

static const struct failure *failure_of(const struct stanza_error *error, const char *condition) {
    const struct failure *f = failures;
    bool has_condition = error->condition.s != NULL;
    struct str code = error->element != NULL ? xml_attr(error->element, "code") : STR_NONE;
    while (f->condition[0] != '\0' &&
           !(has_condition ? strcmp(f->condition, condition) == 0 : code.s != NULL && str_is(code, f->code)))
        f++;
    return f;
}

static void refused(struct stream *s, const struct xml_node *iq) {
    struct stanza_error error;
    char condition[CONDITION_LEN], said[QUOTE_LEN];
    stanza_error_read(&error, iq);
    const struct failure *f = failure_of(&error, quote_condition(condition, error.condition));
    quote_text(said, error.text);
    const char *name = f->condition[0] != '\0' ? f->condition : condition;
    stream_rejected(s, f->end, name, "the server does not let %s@%s log in (XEP-0078): %s%s%s", s->node,
                    s->domain, name, f->hint, said);
}

void stream_on_legacy(struct stream *s, const struct xml_node *iq) {
    if (!stream_is_answer(s, iq))
        stream_refuse_early(s, iq);
    else if (!str_is(xml_attr_atom(iq, ATOM_TYPE), "result"))
        refused(s, iq);
    else if (s->fields_asked)
        choose(s, xml_child(iq, "query", NS_AUTH));
    else
        logged_in(s);
}
