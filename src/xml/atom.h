/* SPDX-License-Identifier: MIT */
/*
 * atom: the names, namespaces and attribute names that nearly every stanza is made of, numbered.
 *
 * The parser marks a known string with its number once, so that comparing costs an integer and
 * the Lua bridge can push a string that Lua has already interned. Number 0 is "none of them".
 * To add one, add a line here: everything else follows. (No id may be called like the parameter, ENTRY.)
 */
#ifndef COUPLET_XML_ATOM_H
#define COUPLET_XML_ATOM_H

#include <stdint.h>

#define XML_ATOMS(ENTRY)                                                                                     \
    ENTRY(MESSAGE, "message")                                                                                \
    ENTRY(PRESENCE, "presence")                                                                              \
    ENTRY(IQ, "iq")                                                                                          \
    ENTRY(FROM, "from")                                                                                      \
    ENTRY(TO, "to")                                                                                          \
    ENTRY(ID, "id")                                                                                          \
    ENTRY(TYPE, "type")                                                                                      \
    ENTRY(XMLNS, "xmlns")                                                                                    \
    ENTRY(LANG, "xml:lang")                                                                                  \
    ENTRY(BODY, "body")                                                                                      \
    ENTRY(SUBJECT, "subject")                                                                                \
    ENTRY(THREAD, "thread")                                                                                  \
    ENTRY(SHOW, "show")                                                                                      \
    ENTRY(STATUS, "status")                                                                                  \
    ENTRY(PRIORITY, "priority")                                                                              \
    ENTRY(ERROR, "error")                                                                                    \
    ENTRY(TEXT, "text")                                                                                      \
    ENTRY(X, "x")                                                                                            \
    ENTRY(C, "c")                                                                                            \
    ENTRY(ITEM, "item")                                                                                      \
    ENTRY(QUERY, "query")                                                                                    \
    ENTRY(DELAY, "delay")                                                                                    \
    ENTRY(STAMP, "stamp")                                                                                    \
    ENTRY(CODE, "code")                                                                                      \
    ENTRY(NODE, "node")                                                                                      \
    ENTRY(VER, "ver")                                                                                        \
    ENTRY(HASH, "hash")                                                                                      \
    ENTRY(BY, "by")                                                                                          \
    ENTRY(JID, "jid")                                                                                        \
    ENTRY(NAME, "name")                                                                                      \
    ENTRY(ROLE, "role")                                                                                      \
    ENTRY(AFFILIATION, "affiliation")                                                                        \
    ENTRY(NICK, "nick")                                                                                      \
    ENTRY(REPLACE, "replace")                                                                                \
    ENTRY(RECEIVED, "received")                                                                              \
    ENTRY(SENT, "sent")                                                                                      \
    ENTRY(RESULT, "result")                                                                                  \
    ENTRY(REQUEST, "request")                                                                                \
    ENTRY(ACTIVE, "active")                                                                                  \
    ENTRY(COMPOSING, "composing")                                                                            \
    ENTRY(MARKABLE, "markable")                                                                              \
    ENTRY(ORIGIN_ID, "origin-id")                                                                            \
    ENTRY(STANZA_ID, "stanza-id")                                                                            \
    ENTRY(OCCUPANT_ID, "occupant-id")                                                                        \
    ENTRY(PING, "ping")                                                                                      \
    ENTRY(SUBSCRIPTION, "subscription")                                                                      \
    ENTRY(NS_CLIENT, "jabber:client")                                                                        \
    ENTRY(NS_STREAM, "http://etherx.jabber.org/streams")                                                     \
    ENTRY(NS_STANZAS, "urn:ietf:params:xml:ns:xmpp-stanzas")                                                 \
    ENTRY(NS_TLS, "urn:ietf:params:xml:ns:xmpp-tls")                                                         \
    ENTRY(NS_SASL, "urn:ietf:params:xml:ns:xmpp-sasl")                                                       \
    ENTRY(NS_BIND, "urn:ietf:params:xml:ns:xmpp-bind")                                                       \
    ENTRY(NS_SESSION, "urn:ietf:params:xml:ns:xmpp-session")                                                 \
    ENTRY(NS_ROSTER, "jabber:iq:roster")                                                                     \
    ENTRY(NS_DELAY, "urn:xmpp:delay")                                                                        \
    ENTRY(NS_MUC, "http://jabber.org/protocol/muc")                                                          \
    ENTRY(NS_MUC_USER, "http://jabber.org/protocol/muc#user")                                                \
    ENTRY(NS_CAPS, "http://jabber.org/protocol/caps")                                                        \
    ENTRY(NS_CHATSTATES, "http://jabber.org/protocol/chatstates")                                            \
    ENTRY(NS_DISCO_INFO, "http://jabber.org/protocol/disco#info")                                            \
    ENTRY(NS_CARBONS, "urn:xmpp:carbons:2")                                                                  \
    ENTRY(NS_FORWARD, "urn:xmpp:forward:0")                                                                  \
    ENTRY(NS_MAM, "urn:xmpp:mam:2")                                                                          \
    ENTRY(NS_SID, "urn:xmpp:sid:0")                                                                          \
    ENTRY(NS_OCCUPANT_ID, "urn:xmpp:occupant-id:0")                                                          \
    ENTRY(NS_CORRECT, "urn:xmpp:message-correct:0")                                                          \
    ENTRY(NS_RECEIPTS, "urn:xmpp:receipts")                                                                  \
    ENTRY(NS_MARKERS, "urn:xmpp:chat-markers:0")                                                             \
    ENTRY(NS_PING, "urn:xmpp:ping")                                                                          \
    ENTRY(NS_VCARD_UPDATE, "vcard-temp:x:update")                                                            \
    ENTRY(NS_SM, "urn:xmpp:sm:3")

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
