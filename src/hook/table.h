/* SPDX-License-Identifier: MIT */
/*
 * table: the hooks of one bot, compiled so that a stanza that nobody wants costs next to nothing, however
 * many hooks there are.
 *
 * Each stanza hook is filed under its most telling exact condition (room, bare from, xmlns, child, first byte
 * of an anchored body pattern, …; by event and type); only the candidates of the keys that a stanza has are
 * looked at, then each condition is checked. Order: priority (higher first), then the order of adding.
 */
#ifndef COUPLET_HOOK_TABLE_H
#define COUPLET_HOOK_TABLE_H

#include "hook/facts.h"

struct hook_table;

struct hook {                      /* one compiled hook; counted */
    const struct hook_spec *spec;  /* borrowed: the owner keeps it until the hook is freed */
    void *owner;                   /* the owner's, e.g. which Lua function to call */
    uint64_t serial;               /* order of adding */
    unsigned refs;                 /* private */
    bool removed;                  /* no longer in the table; whoever holds it must not run it */
    void (*freed)(struct hook *h); /* called when the last reference goes; may be NULL */
};

struct hook_table *hook_table_new(void);
void hook_table_free(struct hook_table *t); /* removes all hooks; NULL accepted */
/* The spec is checked already (config, or hook_spec_check). The table holds one reference. */
struct hook *hook_table_add(struct hook_table *t, const struct hook_spec *spec, void *owner,
                            void (*freed)(struct hook *h));
/* May be called at any time, also while a match is being worked off. Twice is once. */
void hook_table_remove(struct hook_table *t, struct hook *h);
void hook_ref(struct hook *h);
void hook_unref(struct hook *h);

/* Those that want the stanza, best first, each referenced for the caller (hook_unref). list holds up to max;
 * returns how many are in it. With 64 hooks of the same stanza the rest is left out (and the caller warns
 * once). */
enum { HOOK_MATCH_MAX = 64 };
/* Of a stanza, of the command in it (event: HOOK_COMMAND), or of an event that is raised (hook_is_raised). */
size_t hook_table_match(struct hook_table *t, const struct hook_facts *facts,
                        struct hook *list[HOOK_MATCH_MAX]);
/* Does any? */
bool hook_table_wants(struct hook_table *t, const struct hook_facts *facts);
/* Every hook of an event that is no stanza (online, offline, start, stop, timer), in order, referenced. */
size_t hook_table_event(struct hook_table *t, enum hook_event event, struct hook *list[HOOK_MATCH_MAX]);
size_t hook_table_count(const struct hook_table *t);
bool hook_table_has(const struct hook_table *t, enum hook_event event); /* any of that event */

/* What is wrong with a spec that is well-typed: a type that the event does not have, a bad pattern, a glob
 * that can match nothing, conditions on an event that cannot have them ("a hook that can never fire"). field:
 * set to the name of the condition. 0 or -1. */
int hook_spec_check(const struct hook_spec *spec, const char **field, struct err *err);
/* Does a JID match a glob ("*@example.org", "alice@*", "*@*.example.org/bot")? Both prepared, and compared
 * part by part: '*' stands for any bytes of its part (none, too); a glob without resource matches any
 * resource or none, one with a resource never a JID without; a glob without '@' matches only JIDs without
 * ("example.org": the server). What is no JID matches nothing. */
bool hook_glob_match(const char *glob, struct str jid);
/* The glob with its parts prepared as a JID's are; owned by the caller. NULL with the reason when no JID
 * could ever match it. */
char *hook_glob_prepare(const char *glob, struct err *err);

#endif
