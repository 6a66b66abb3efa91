/* SPDX-License-Identifier: MIT */
/* A table of elements: what is in it says nothing, or goes with what is said; all others say something. */
#include "hook/silent.h"

enum kind { SAYS, GOES_WITH, SILENT };

static const struct row {
    const char *ns, *name; /* name NULL: any */
    enum kind kind;
    bool of_room; /* in what comes from a room to all who are in it */
} rows[] = {
    {"http://jabber.org/protocol/chatstates", NULL, SILENT, false},
    {"urn:xmpp:receipts", "received", SILENT, false},
    {"urn:xmpp:chat-markers:0", "received", SILENT, false},
    {"urn:xmpp:chat-markers:0", "displayed", SILENT, false},
    {"urn:xmpp:chat-markers:0", "acknowledged", SILENT, false},
    {"urn:xmpp:reactions:0", "reactions", SILENT, false},
    {"urn:xmpp:message-retract:1", "retract", SILENT, false},
    {"jabber:client", "subject", SILENT, true},
    {"http://jabber.org/protocol/muc#user", "x", SILENT, true},
    {"jabber:client", "body", GOES_WITH, false}, /* is none where facts have none */
    {"jabber:client", "thread", GOES_WITH, false},
    {"http://jabber.org/protocol/muc#user", "x", GOES_WITH, false},
    {"urn:xmpp:fallback:0", "fallback", GOES_WITH, false},
    {"urn:xmpp:hints", NULL, GOES_WITH, false},
    {"urn:xmpp:delay", "delay", GOES_WITH, false},
    {"urn:xmpp:sid:0", NULL, GOES_WITH, false},
    {"urn:xmpp:occupant-id:0", "occupant-id", GOES_WITH, false},
};

static enum kind kind_of(const struct xml_node *n, bool is_of_room) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        if ((is_of_room || !r->of_room) && str_is(xml_view(&n->ns), r->ns) &&
            (r->name == NULL || str_is(xml_view(&n->name), r->name)))
            return r->kind;
    }
    return SAYS;
}

bool silent_is(const struct hook_facts *f) {
    bool is_silent = false, is_of_room = f->room.s != NULL && str_is(f->type, "groupchat");
    if (f->event != HOOK_MESSAGE || f->body.s != NULL || (f->flags & HOOK_ERROR))
        return false;
    for (const struct xml_node *n = xml_first_element(f->stanza); n != NULL; n = xml_next_element(n)) {
        enum kind kind = kind_of(n, is_of_room);
        if (kind == SAYS)
            return false;
        is_silent |= kind == SILENT;
    }
    return is_silent;
}
