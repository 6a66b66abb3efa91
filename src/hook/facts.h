/* SPDX-License-Identifier: MIT */
/*
 * facts: what is known of a stanza before anybody is asked to handle it: its kind, type, room and nick, and whether it is old
 * (delayed), our own (reflection, carbon), an error, a correction, or spoken to us. Found once, in C, from the tree and
 * from what the account knows of itself and its rooms; hooks are matched against it and the Lua event is made of it.
 */
#ifndef COUPLET_HOOK_FACTS_H
#define COUPLET_HOOK_FACTS_H

#include "hook/hook.h"

/* The rooms that an account is in or is joining: bare JID -> own nick there. Keys are prepared bare JIDs. */
struct hook_room {
    char *jid, *nick; /* owned by the table; nick: as the room told us (status 110), else as asked for */
    bool joined;      /* self-presence was seen */
};
struct hook_rooms;
struct hook_rooms *hook_rooms_new(void);
void hook_rooms_free(struct hook_rooms *r); /* NULL accepted */
/* Adds or renames. Returns the room, borrowed, valid until it is removed. */
struct hook_room *hook_rooms_put(struct hook_rooms *r, struct str jid, struct str nick);
struct hook_room *hook_rooms_get(const struct hook_rooms *r, struct str jid); /* NULL: none */
void hook_rooms_remove(struct hook_rooms *r, struct str jid);
size_t hook_rooms_count(const struct hook_rooms *r);
struct hook_room *hook_rooms_at(const struct hook_rooms *r, size_t i); /* 0 … count-1, any order */

struct hook_self {            /* what an account knows of itself; strings borrowed */
    const char *bare, *full;  /* prepared; full as bound */
    const char *nick;         /* default nick, for `addressed` outside of rooms; NULL: none */
    const char *prefix;       /* "!" ; NULL: none */
    struct hook_rooms *rooms;
};

struct hook_facts {
    enum hook_event event;
    const struct xml_node *stanza;
    struct str from, to, type, id; /* attributes; type with its default: "normal" (RFC 6121 5.2.2), "available" */
    struct str from_bare, from_resource; /* from_bare: own bare JID when there is no from (RFC 6120 8.1.2.1) */
    struct str body, subject, thread;    /* .s == NULL where absent */
    struct str room, nick;   /* .s == NULL unless from_bare is one of our rooms */
    unsigned flags;          /* enum hook_include: what this stanza is */
    bool addressed;          /* one to one; or in a room "nick: …", "nick, …", "@nick …" (any case), or the prefix */
    struct xml_str payload_ns, payload_name; /* first element child that is not in the stanza's own namespace, or iq's only child */
};

/* Fills facts from a message, presence or iq. False when the node is none of them (RFC 6120 8.4: ignored). Delayed means a
 * <delay/> child (XEP-0203); own: groupchat whose nick is ours there, or from our own full JID, or a carbon
 * (XEP-0280 received/sent by our own bare JID); unknown message types are normal. */
bool hook_facts_read(struct hook_facts *facts, const struct xml_node *stanza, const struct hook_self *self);
/* A self-presence of a room that we know (status 110 in muc#user, or available presence from our nick): keeps joined and
 * nick true. True when it was one. */
bool hook_rooms_note(struct hook_rooms *r, const struct hook_facts *facts);

#endif
