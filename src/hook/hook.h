/* SPDX-License-Identifier: MIT */
/*
 * hook: what one hook asks for, as the configuration or a script states it, and the compiled table
 * that answers "who wants this stanza?" before any Lua table is made.
 */
#ifndef COUPLET_HOOK_HOOK_H
#define COUPLET_HOOK_HOOK_H

#include "base/err.h"
#include "base/str.h"
#include "xml/node.h"

#include <stdbool.h>
#include <stdint.h>

/* The events of PRODUCT.md that this version raises. */
enum hook_event {
    HOOK_MESSAGE,
    HOOK_PRESENCE,
    HOOK_IQ,
    HOOK_COMMAND, /* a message that says a command to us */
    HOOK_ONLINE,
    HOOK_OFFLINE,
    HOOK_START,
    HOOK_STOP,
    HOOK_TIMER,
    HOOK_WEBHOOK, /* a request over HTTP; http/ knows which */
    /* Raised by the library, and by bots (bot:emit), about whom and where they say. */
    HOOK_JOINED,
    HOOK_LEFT,
    HOOK_ROOM_CHANGED,
    HOOK_SUBSCRIBED,
    HOOK_NAMED, /* a name of the bot's own, with a dot: "deploy.done" */
    HOOK_EVENT_COUNT
};

/* Traffic that no hook gets unless it asks: `include: [delayed]`. Bits. */
enum hook_include {
    HOOK_DELAYED = 1,    /* XEP-0203: room history, offline delivery */
    HOOK_OWN = 2,        /* own reflections and carbons */
    HOOK_ERROR = 4,      /* type='error' */
    HOOK_CORRECTION = 8, /* XEP-0308 */
    HOOK_ARCHIVE = 16,   /* XEP-0313: told by the archive, not by the stanza */
    HOOK_RESULT = 32     /* XEP-0313: what holds a message of an archive, or claims to; the library's alone */
};

/* One hook. NULL (or 0) where a condition is not stated. All strings are owned by the spec. JIDs and globs
 * may be written in any case: the table compares their prepared forms. */
struct hook_spec {
    enum hook_event event;
    char **types; /* NULL-ended list: "chat", "groupchat", "get", "subscribe", "available" …; to name
                     "error" is to include errors */
    char **from,
        **to;       /* NULL-ended lists of JID globs (hook_glob_match); no `to` in a stanza: our full JID */
    char *own_name; /* of HOOK_NAMED */
    char *name;     /* of HOOK_COMMAND: one or more words */
    char **aliases; /* NULL-ended; other names of it */
    char *room;     /* bare JID */
    char *nick;
    char *body;       /* a Lua pattern */
    char *xmlns;      /* of an element in the stanza, any of them */
    char *child;      /* its name; where both are stated it is one element that has both */
    bool in_room;     /* from one of our rooms, whichever it is; of the library's own hooks */
    bool news;        /* no presence that only repeats (facts.is_repeated); likewise */
    bool account;     /* from another client of our own account; likewise */
    int addressed;    /* -1 not stated, 0 false, 1 true */
    unsigned include; /* enum hook_include */
    int priority;     /* higher first; default 0 */
    bool go_on;       /* `continue: true` */
    double every;     /* seconds, of a timer; 0: none */
    char *cron, *tz;  /* of a timer: base/cron.h; tz NULL: the machine's zone */
    double jitter;    /* seconds, of a timer */
};

/* name -> enum; -1 when unknown. Every well-formed name with a dot in it is HOOK_NAMED. */
int hook_event_parse(const char *name);
const char *hook_event_name(enum hook_event event); /* of HOOK_NAMED: "own event" */
/* Is it raised with emit, and so matched by from, room and nick? */
bool hook_is_raised(enum hook_event event);
int hook_include_parse(const char *name); /* the bit; -1 when unknown */
/* The types that a hook of this event may ask for, NULL-ended ("normal" and "available" stand for an absent
 * type; of iq: get and set, because an answer goes to whoever asked, never to a hook); NULL for events that
 * are not stanzas. */
const char *const *hook_types(enum hook_event event);
/* Frees a NULL-ended list and what is in it. NULL accepted. */
void hook_list_free(char **list);
/* Frees what the spec points to and zeroes it (addressed becomes -1). */
void hook_spec_init(struct hook_spec *spec);
void hook_spec_finish(struct hook_spec *spec);

#endif
