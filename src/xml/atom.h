/* SPDX-License-Identifier: MIT */
/*
 * atom: the names, namespaces and attribute names that nearly every stanza is made of, numbered.
 *
 * The parser marks a known string with its number once, so that comparing costs an integer and
 * the Lua bridge can push a string that Lua has already interned. Number 0 is "none of them".
 * To add one, add a line here: everything else follows.
 */
#ifndef COUPLET_XML_ATOM_H
#define COUPLET_XML_ATOM_H

#include <stdint.h>

#define XML_ATOMS(X)                                                                                         \
    X(MESSAGE, "message")                                                                                    \
    X(PRESENCE, "presence")                                                                                  \
    X(IQ, "iq")                                                                                              \
    X(FROM, "from")                                                                                          \
    X(TO, "to")                                                                                              \
    X(ID, "id")                                                                                              \
    X(TYPE, "type")                                                                                          \
    X(XMLNS, "xmlns")                                                                                        \
    X(LANG, "xml:lang")                                                                                      \
    X(BODY, "body")                                                                                          \
    X(SUBJECT, "subject")                                                                                    \
    X(THREAD, "thread")                                                                                      \
    X(SHOW, "show")                                                                                          \
    X(STATUS, "status")                                                                                      \
    X(PRIORITY, "priority")                                                                                  \
    X(ERROR, "error")                                                                                        \
    X(TEXT, "text")                                                                                          \
    X(X, "x")                                                                                                \
    X(C, "c")                                                                                                \
    X(ITEM, "item")                                                                                          \
    X(QUERY, "query")                                                                                        \
    X(DELAY, "delay")                                                                                        \
    X(STAMP, "stamp")                                                                                        \
    X(CODE, "code")                                                                                          \
    X(NODE, "node")                                                                                          \
    X(VER, "ver")                                                                                            \
    X(HASH, "hash")                                                                                          \
    X(BY, "by")                                                                                              \
    X(JID, "jid")                                                                                            \
    X(NAME, "name")                                                                                          \
    X(ROLE, "role")                                                                                          \
    X(AFFILIATION, "affiliation")                                                                            \
    X(NICK, "nick")                                                                                          \
    X(REPLACE, "replace")                                                                                    \
    X(RECEIVED, "received")                                                                                  \
    X(SENT, "sent")                                                                                          \
    X(RESULT, "result")                                                                                      \
    X(REQUEST, "request")                                                                                    \
    X(ACTIVE, "active")                                                                                      \
    X(COMPOSING, "composing")                                                                                \
    X(MARKABLE, "markable")                                                                                  \
    X(ORIGIN_ID, "origin-id")                                                                                \
    X(STANZA_ID, "stanza-id")                                                                                \
    X(OCCUPANT_ID, "occupant-id")                                                                            \
    X(PING, "ping")                                                                                          \
    X(SUBSCRIPTION, "subscription")                                                                          \
    X(NS_CLIENT, "jabber:client")                                                                            \
    X(NS_STREAM, "http://etherx.jabber.org/streams")                                                         \
    X(NS_STANZAS, "urn:ietf:params:xml:ns:xmpp-stanzas")                                                     \
    X(NS_TLS, "urn:ietf:params:xml:ns:xmpp-tls")                                                             \
    X(NS_SASL, "urn:ietf:params:xml:ns:xmpp-sasl")                                                           \
    X(NS_BIND, "urn:ietf:params:xml:ns:xmpp-bind")                                                           \
    X(NS_SESSION, "urn:ietf:params:xml:ns:xmpp-session")                                                     \
    X(NS_ROSTER, "jabber:iq:roster")                                                                         \
    X(NS_DELAY, "urn:xmpp:delay")                                                                            \
    X(NS_MUC, "http://jabber.org/protocol/muc")                                                              \
    X(NS_MUC_USER, "http://jabber.org/protocol/muc#user")                                                    \
    X(NS_CAPS, "http://jabber.org/protocol/caps")                                                            \
    X(NS_CHATSTATES, "http://jabber.org/protocol/chatstates")                                                \
    X(NS_DISCO_INFO, "http://jabber.org/protocol/disco#info")                                                \
    X(NS_CARBONS, "urn:xmpp:carbons:2")                                                                      \
    X(NS_FORWARD, "urn:xmpp:forward:0")                                                                      \
    X(NS_MAM, "urn:xmpp:mam:2")                                                                              \
    X(NS_SID, "urn:xmpp:sid:0")                                                                              \
    X(NS_OCCUPANT_ID, "urn:xmpp:occupant-id:0")                                                              \
    X(NS_CORRECT, "urn:xmpp:message-correct:0")                                                              \
    X(NS_RECEIPTS, "urn:xmpp:receipts")                                                                      \
    X(NS_MARKERS, "urn:xmpp:chat-markers:0")                                                                 \
    X(NS_PING, "urn:xmpp:ping")                                                                              \
    X(NS_VCARD_UPDATE, "vcard-temp:x:update")                                                                \
    X(NS_SM, "urn:xmpp:sm:3")

enum xml_atom {
    ATOM_NONE,
#define XML_ATOM_ENUM(id, text) ATOM_##id,
    XML_ATOMS(XML_ATOM_ENUM)
#undef XML_ATOM_ENUM
        ATOM_COUNT
};

/* The text of an atom (static); "" for ATOM_NONE. */
const char *xml_atom_text(enum xml_atom atom);
/* The atom of a text, or ATOM_NONE. Constant time. */
enum xml_atom xml_atom_of(const char *s, uint32_t len);

#endif
