/* SPDX-License-Identifier: MIT */
/*
 * login: lets every client in: STARTTLS when the run wants TLS (RFC 6120 5), SASL PLAIN with any password
 * (6, RFC 4616), resource binding (7), then polite answers: roster (RFC 6121 2), session, ping (XEP-0199),
 * service discovery (XEP-0030), rooms (XEP-0045 7.2: the own presence with status 110, an empty subject), and
 * service-unavailable for every other iq.
 *
 * It checks no passwords and keeps no state of rooms.
 */
#include "load/load.h"

#include "base/base64.h"

#include <stdio.h>
#include <string.h>

void login_header(struct conn *c) {
    static const char head[] = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
                               "xmlns:stream='http://etherx.jabber.org/streams' id='bench' from='" LOAD_DOMAIN
                               "' version='1.0' xml:lang='en'><stream:features>";
    static const char tls[] = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
    static const char sasl[] = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN"
                               "</mechanism></mechanisms>";
    static const char bind[] = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><required/></bind>"
                               "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>";
    bool needs_tls = c->load->tls != NULL && c->stage == LOGIN_FRESH;

    buf_adds(&c->out, head);
    buf_adds(&c->out, c->stage == LOGIN_AUTHENTICATED ? bind : needs_tls ? tls : sasl);
    buf_lit(&c->out, "</stream:features>");
}

static void restart_stream(struct conn *c) {
    c->scan.depth = 0;
}

static void take_starttls(struct conn *c, struct span stanza) {
    (void)stanza;
    buf_lit(&c->out, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    c->start_tls = true;
    restart_stream(c);
}

/* RFC 4616: [authzid] NUL authcid NUL passwd. */
static void take_auth(struct conn *c, struct span stanza) {
    struct span text = span_text(stanza, "auth");
    struct buf plain = BUF_INIT;
    const char *user;

    if (!span_equal(span_attr(stanza, "mechanism"), "PLAIN") || text.at == NULL)
        die("the bot tried another mechanism than PLAIN");
    if (base64_decode(&plain, text.at, text.len) != 0)
        die("the bot's PLAIN message is no base64");
    user = memchr(buf_data(&plain), 0, buf_len(&plain));
    if (user == NULL || strlen(user + 1) >= sizeof(c->user))
        die("the bot's PLAIN message names no user");
    snprintf(c->user, sizeof(c->user), "%s", user + 1);
    buf_finish(&plain);
    buf_lit(&c->out, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    c->stage = LOGIN_AUTHENTICATED;
    restart_stream(c);
}

static void begin_result(struct conn *c, struct span iq) {
    struct span id = span_attr(iq, "id"), to = span_attr(iq, "to");

    buf_addf(&c->out, "<iq type='result' id='%.*s' to='%s'", (int)id.len, id.at ? id.at : "", c->jid);
    if (to.at != NULL)
        buf_addf(&c->out, " from='%.*s'", (int)to.len, to.at);
    buf_addc(&c->out, '>');
}

static void answer_bind(struct conn *c, struct span iq) {
    struct span resource = span_text(iq, "resource");

    snprintf(c->jid, sizeof(c->jid), "%s@" LOAD_DOMAIN "/%.*s", c->user, resource.at ? (int)resource.len : 5,
             resource.at ? resource.at : "bench");
    begin_result(c, iq);
    buf_addf(&c->out, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>%s</jid></bind></iq>", c->jid);
    c->stage = LOGIN_BOUND;
}

static void answer_empty(struct conn *c, struct span iq) {
    begin_result(c, iq);
    buf_lit(&c->out, "</iq>");
}

static void answer_roster(struct conn *c, struct span iq) {
    begin_result(c, iq);
    if (span_equal(span_attr(iq, "type"), "get"))
        buf_lit(&c->out, "<query xmlns='jabber:iq:roster'/>");
    buf_lit(&c->out, "</iq>");
}

static void answer_info(struct conn *c, struct span iq) {
    begin_result(c, iq);
    buf_lit(&c->out, "<query xmlns='http://jabber.org/protocol/disco#info'>"
                     "<identity category='server' type='im'/><feature var='urn:xmpp:ping'/>"
                     "<feature var='http://jabber.org/protocol/disco#info'/></query></iq>");
}

static void answer_items(struct conn *c, struct span iq) {
    begin_result(c, iq);
    buf_lit(&c->out, "<query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
}

static void answer_unknown(struct conn *c, struct span iq) {
    struct span id = span_attr(iq, "id");

    buf_addf(&c->out,
             "<iq type='error' id='%.*s' to='%s'><error type='cancel'><service-unavailable "
             "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
             (int)id.len, id.at ? id.at : "", c->jid);
}

static void take_iq(struct conn *c, struct span iq) {
    static const struct {
        const char *xmlns;
        void (*answer)(struct conn *c, struct span iq);
    } payloads[] = {
        {"urn:ietf:params:xml:ns:xmpp-bind", answer_bind},
        {"urn:ietf:params:xml:ns:xmpp-session", answer_empty},
        {"jabber:iq:roster", answer_roster},
        {"urn:xmpp:ping", answer_empty},
        {"http://jabber.org/protocol/disco#info", answer_info},
        {"http://jabber.org/protocol/disco#items", answer_items},
        {"<", answer_unknown},
    };
    struct span type = span_attr(iq, "type");
    size_t i = 0;

    if (!span_equal(type, "get") && !span_equal(type, "set"))
        return;
    while (!span_has(iq, payloads[i].xmlns))
        i++;
    payloads[i].answer(c, iq);
}

/* XEP-0045 7.2: who joins gets the own presence (status 110), then the subject, here an empty one. */
static void take_join(struct conn *c, struct span occupant) {
    buf_addf(&c->out,
             "<presence from='%.*s' to='%s'><x xmlns='http://jabber.org/protocol/muc#user'>"
             "<item affiliation='member' role='participant'/><status code='110'/></x></presence>"
             "<message from='" LOAD_ROOM "' to='%s' type='groupchat'><subject/></message>",
             (int)occupant.len, occupant.at, c->jid, c->jid);
    work_joined(c->load);
}

static void take_presence(struct conn *c, struct span presence) {
    struct span to = span_attr(presence, "to");

    if (span_attr(presence, "type").at != NULL)
        return;
    if (to.at != NULL && to.len > strlen(LOAD_ROOM) &&
        memcmp(to.at, LOAD_ROOM "/", strlen(LOAD_ROOM) + 1) == 0)
        take_join(c, to);
    else if (to.at == NULL && c->stage == LOGIN_BOUND) {
        c->stage = LOGIN_ONLINE;
        work_online(c->load, c);
    }
}

void login_stanza(struct conn *c, struct span stanza) {
    static const struct {
        const char *name;
        enum login_stage from, to; /* stages in which it may come */
        void (*take)(struct conn *c, struct span stanza);
    } rows[] = {
        {"starttls", LOGIN_FRESH, LOGIN_FRESH, take_starttls},
        {"auth", LOGIN_FRESH, LOGIN_SECURED, take_auth},
        {"iq", LOGIN_AUTHENTICATED, LOGIN_ONLINE, take_iq},
        {"presence", LOGIN_BOUND, LOGIN_ONLINE, take_presence},
        {"message", LOGIN_BOUND, LOGIN_BOUND, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (span_is(stanza, rows[i].name) && c->stage >= rows[i].from && c->stage <= rows[i].to) {
            if (rows[i].take != NULL)
                rows[i].take(c, stanza);
            return;
        }
    die("unexpected while %s logs in: %.*s", c->user[0] ? c->user : "an account",
        (int)(stanza.len > 200 ? 200 : stanza.len), stanza.at);
}
