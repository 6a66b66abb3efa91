/* SPDX-License-Identifier: MIT */
/*
 * facts: what is known of a stanza before anybody is asked to handle it: its kind, type, room and nick, and
 * whether it is old (delayed), our own (reflection, carbon), an error, a correction, or spoken to us. Found
 * once, in C, from the tree and from what the account knows of itself and its rooms; hooks are matched
 * against it and the Lua event is made of it.
 */
#ifndef COUPLET_HOOK_FACTS_H
#define COUPLET_HOOK_FACTS_H

#include "hook/hook.h"
#include "hook/seen.h"

/* The rooms that an account is in or is joining: bare JID -> own nick there. Keys are prepared bare JIDs. */
enum hook_room_state {
    ROOM_JOINING,
    ROOM_JOINED,
    ROOM_GHOST, /* we were in, and the room does not say so any more */
    ROOM_KICKED,
    ROOM_BANNED,
    ROOM_LOCKED,
    ROOM_FAILED,
    ROOM_LEFT,
    ROOM_STATES
};

struct hook_room {
    char *jid, *nick; /* owned by the table; nick: as the room told us (status 110), else as asked for */
    struct hook_seen *seen; /* owned: the presence of its occupants; NULL until there is one */
    int64_t heard_ms;       /* when something came from there last; whoever reads stanzas keeps it */
    uint64_t heard;         /* stanzas that came from there */
    int64_t since_ms;       /* when its state began, of the loop */
    char *reason;           /* of its state, for people; NULL: none. Owned */
    unsigned char state;    /* enum hook_room_state, as the library says */
};
struct hook_rooms;
extern const char *const hook_room_state_names[ROOM_STATES];
struct hook_rooms *hook_rooms_new(void);
void hook_rooms_free(struct hook_rooms *r); /* NULL accepted */
/* Adds or renames. Returns the room, borrowed, valid until it is removed. */
struct hook_room *hook_rooms_put(struct hook_rooms *r, struct str jid, struct str nick);
struct hook_room *hook_rooms_get(const struct hook_rooms *r, struct str jid); /* NULL: none */
void hook_rooms_remove(struct hook_rooms *r, struct str jid);
size_t hook_rooms_count(const struct hook_rooms *r);
struct hook_room *hook_rooms_at(const struct hook_rooms *r, size_t i); /* 0 … count-1, any order */

struct hook_self {           /* what an account knows of itself; strings borrowed */
    const char *bare, *full; /* prepared; full as bound */
    const char *nick;        /* default nick, for `addressed` outside of rooms; NULL: none */
    const char *prefix;      /* "!" ; NULL: none */
    struct hook_rooms *rooms;
    bool is_resumed; /* the session was resumed: what our own server marks as delayed waited for that */
};

struct hook_facts {
    enum hook_event event;
    const struct xml_node *stanza; /* NULL: it is none (hook_is_raised) */
    /* Attributes; .s == NULL where absent. type has its default: "normal" (RFC 6121 5.2.2), "available"; to:
     * our full JID (RFC 6120 8.1.1.1). */
    struct str from, to, type, id;
    struct str from_bare; /* own bare JID when there is no from (RFC 6120 8.1.2.1) */
    struct str from_resource;
    struct str body, subject, thread; /* of a message; .s == NULL where absent */
    struct str room, nick;            /* .s == NULL unless from_bare is one of our rooms */
    struct str own_name;              /* of HOOK_NAMED */
    size_t cited_len;                 /* bytes of the body that cite what is answered (cited.h) */
    struct str said;                  /* of the body, what is said to us (said.h); .s == NULL: nothing is */
    struct str command;               /* the same where it may be acted on: not empty, no flags */
    bool is_silent;                   /* a message in which nothing is said (silent.h) */
    bool is_account;                  /* from another client of our own account */
    bool is_repeated;                 /* of an occupant's presence: the room says what it said in the last */
    unsigned flags;                   /* enum hook_include: what this stanza is */
    unsigned had;                     /* hooks that include one of these have seen it before */
    /* A message that says something to us: any body that is no headline and no error, one to one; in a room
     * "nick: …", "nick, …", "@nick …" (any case), or the prefix. */
    bool addressed;
    /* First element child that is not in the stanza's own namespace; of an iq the first but <error/>. */
    struct xml_str payload_ns, payload_name;
};

/* Fills facts from a message, presence or iq; all of it is views into the stanza, self and literals. False
 * when the node is none of them (RFC 6120 8.4), or a presence of an unknown type: ignored. An unknown type of
 * a message is normal; of an iq it stays, because it is to be answered. The flags:
 *
 * - delayed: a <delay/> (XEP-0203) in a message, or in a presence that tells of availability (a request for a
 *   subscription is still to be answered, however old it is). In a resumed session not that of our own
 * server, by our bare JID or its domain: it says that the stanza waited for us to come back, which we did;
 * - own: from our nick in a room of ours, or from our own full JID, or a carbon (XEP-0280: received or sent,
 * by our own bare JID; from anybody else it is no carbon). A groupchat from what is not known as a room is
 * own when it comes from our default nick. Never an iq, nor an error;
 * - error: type='error';
 * - correction: a message with <replace/> (XEP-0308);
 * - result: a message with the <result/> of an archive (XEP-0313), whoever sends it.
 *
 * A message that holds what claims to be a carbon, ours or forged, has no body for us; nor has one whose body
 * stands in for something else as a whole (XEP-0428). */
bool hook_facts_read(struct hook_facts *facts, const struct xml_node *stanza, const struct hook_self *self);
/* Notes what a presence says of an occupant of a room of ours (seen.h), and sets is_repeated. What is about
 * ourselves, and whoever goes, is always news. */
void hook_facts_compare(struct hook_facts *facts, const struct hook_self *self);

#endif
