/* SPDX-License-Identifier: MIT */
#include "hook/facts.h"

#include "base/jid.h"
#include "hook/cited.h"
#include "hook/said.h"
#include "hook/silent.h"

/* RFC 6120 8.4: what is no stanza, or none of this stream's namespace, is nobody's. */
static bool read_event(struct hook_facts *f) {
    if (f->stanza->ns.atom != ATOM_NS_CLIENT)
        return false;
    switch (f->stanza->name.atom) {
    case ATOM_MESSAGE:
        f->event = HOOK_MESSAGE;
        return true;
    case ATOM_PRESENCE:
        f->event = HOOK_PRESENCE;
        return true;
    case ATOM_IQ:
        f->event = HOOK_IQ;
        return true;
    default:
        return false;
    }
}

static void read_attributes(struct hook_facts *f) {
    for (uint32_t i = 0; i < f->stanza->attr_count; i++) {
        const struct xml_attr *a = &f->stanza->attrs[i];
        if (a->ns.s != NULL)
            continue;
        if (a->name.atom == ATOM_FROM)
            f->from = xml_view(&a->value);
        else if (a->name.atom == ATOM_TO)
            f->to = xml_view(&a->value);
        else if (a->name.atom == ATOM_TYPE)
            f->type = xml_view(&a->value);
        else if (a->name.atom == ATOM_ID)
            f->id = xml_view(&a->value);
    }
}

static bool is_type_of(enum hook_event event, struct str type) {
    for (const char *const *t = hook_types(event); *t != NULL; t++)
        if (str_is(type, *t))
            return true;
    return false;
}

/* False: a presence of an unknown type, which says nothing that could be acted on (RFC 6121 4.7.1). An iq
 * keeps its odd type: it must be answered (RFC 6120 8.2.3). */
static bool read_type(struct hook_facts *f) {
    if (f->event == HOOK_MESSAGE && !is_type_of(HOOK_MESSAGE, f->type))
        f->type = STR_LIT("normal"); /* RFC 6121 5.2.2 */
    if (f->event == HOOK_PRESENCE && f->type.s == NULL)
        f->type = STR_LIT("available");
    else if (f->event == HOOK_PRESENCE)
        return is_type_of(HOOK_PRESENCE, f->type) && !str_is(f->type, "available");
    return true;
}

/* What has no `from` comes from our own account, what has no `to` is for our full JID (RFC
 * 6120 8.1.2.1, 8.1.1.1). */
static void read_addresses(struct hook_facts *f, const struct hook_self *self) {
    f->from_bare = f->from.s != NULL ? jid_bare_view(f->from) : str_of(self->bare);
    if (f->from.s != NULL)
        f->from_resource = jid_resource_view(f->from);
    f->is_account = f->from_resource.s != NULL && str_is(f->from_bare, self->bare) &&
                    (self->full == NULL || !str_is(f->from, self->full));
    if (f->to.s == NULL)
        f->to = str_of(self->full != NULL ? self->full : self->bare);
    if (self->rooms == NULL || hook_rooms_get(self->rooms, f->from_bare) == NULL)
        return;
    f->room = f->from_bare;
    f->nick = f->from_resource;
}

/* XEP-0280 11: from our own bare JID, by the server's word, or it is no carbon. */
static bool is_own_carbon(const struct hook_facts *f, const struct hook_self *self) {
    return f->from.s == NULL || str_is(f->from, self->bare);
}

static void keep_first(struct str *field, const struct xml_node *n) {
    if (field->s == NULL)
        *field = xml_text(n);
}

/* An element of the stanza's own namespace: what people say. */
static void read_said(struct hook_facts *f, const struct xml_node *n) {
    if (f->event != HOOK_MESSAGE)
        return;
    if (n->name.atom == ATOM_BODY)
        keep_first(&f->body, n);
    else if (n->name.atom == ATOM_SUBJECT)
        keep_first(&f->subject, n);
    else if (n->name.atom == ATOM_THREAD)
        keep_first(&f->thread, n);
}

/* A request for a subscription waits until it is answered; that it is old does not make it done. */
static bool can_be_late(const struct hook_facts *f) {
    return f->event == HOOK_MESSAGE || str_is(f->type, "available") || str_is(f->type, "unavailable");
}

/* Prosody stamps what it kept for a resumption with our bare JID, ejabberd with the domain. */
static bool is_of_resumption(const struct xml_node *delay, const struct hook_self *self) {
    struct str from = xml_attr_atom(delay, ATOM_FROM);
    const char *at = strchr(self->bare, '@');
    return self->is_resumed && (str_is(from, self->bare) || (at != NULL && str_is(from, at + 1)));
}

/* An extension. In an iq it would be the request itself, and says nothing of the stanza. */
static void read_extension(struct hook_facts *f, const struct xml_node *n, const struct hook_self *self,
                           bool *carbon) {
    if (f->event == HOOK_IQ)
        return;
    if (n->ns.atom == ATOM_NS_DELAY && n->name.atom == ATOM_DELAY && can_be_late(f) &&
        !is_of_resumption(n, self))
        f->flags |= HOOK_DELAYED; /* XEP-0203 */
    else if (n->ns.atom == ATOM_NS_CORRECT && n->name.atom == ATOM_REPLACE && f->event == HOOK_MESSAGE)
        f->flags |= HOOK_CORRECTION; /* XEP-0308 */
    else if (n->ns.atom == ATOM_NS_MAM && n->name.atom == ATOM_RESULT && f->event == HOOK_MESSAGE)
        f->flags |= HOOK_RESULT; /* XEP-0313 */
    else if (n->ns.atom == ATOM_NS_CARBONS && (n->name.atom == ATOM_RECEIVED || n->name.atom == ATOM_SENT))
        *carbon = f->event == HOOK_MESSAGE;
}

static void read_children(struct hook_facts *f, const struct hook_self *self) {
    bool carbon = false;
    for (const struct xml_node *n = xml_first_element(f->stanza); n != NULL; n = xml_next_element(n)) {
        bool is_said = n->ns.atom == ATOM_NS_CLIENT;
        if (f->payload_name.s == NULL && (!is_said || (f->event == HOOK_IQ && n->name.atom != ATOM_ERROR))) {
            f->payload_ns = n->ns;
            f->payload_name = n->name;
        }
        if (is_said)
            read_said(f, n);
        else
            read_extension(f, n, self, &carbon);
    }
    if (!carbon)
        return;
    f->body = STR_NONE; /* whoever wraps up what others are said to have said says nothing */
    if (is_own_carbon(f, self))
        f->flags |= HOOK_OWN;
}

static bool is_groupchat(const struct hook_facts *f) {
    return f->event == HOOK_MESSAGE && str_is(f->type, "groupchat");
}

/* Our nick where the stanza comes from; NULL: nobody has nicks there. A groupchat of a room that was joined
 * without our knowing is taken to have us under the usual nick: better deaf to a namesake than talking to
 * ourselves. */
static const char *own_nick(const struct hook_facts *f, const struct hook_self *self) {
    if (f->room.s != NULL)
        return hook_rooms_get(self->rooms, f->room)->nick;
    return is_groupchat(f) ? self->nick : NULL;
}

static bool is_own(const struct hook_facts *f, const char *nick, const struct hook_self *self) {
    if (f->event == HOOK_IQ || f->from.s == NULL)
        return false;
    if (self->full != NULL && str_is(f->from, self->full))
        return true;
    return nick != NULL && str_is(f->from_resource, nick);
}

/* Bytes at the beginning of the body that are no words of the sender's (XEP-0428); several ranges would shift
 * each other. */
static const struct xml_node *fallback_of(const struct hook_facts *f) {
    const struct xml_node *found = NULL;
    for (const struct xml_node *n = xml_first_element(f->stanza); n != NULL; n = xml_next_element(n)) {
        if (n->ns.atom == ATOM_NS_CLIENT || !cited_is_fallback(n))
            continue;
        if (found != NULL)
            return NULL;
        found = n;
    }
    return found;
}

/* A body that stands in for a reaction, or a retraction, that is really there was said by nobody. */
static void read_citation(struct hook_facts *f) {
    const struct xml_node *fallback = f->event == HOOK_MESSAGE ? fallback_of(f) : NULL;
    size_t len = fallback != NULL ? cited_len(fallback, f->body) : 0;
    if (len == 0)
        return;
    if (len == f->body.len && cited_says_it_again(f->stanza, fallback))
        f->body = STR_NONE;
    else
        f->cited_len = len;
}

/* What is old, our own or corrected was never said to be done. */
static void read_said_to_us(struct hook_facts *f, const char *nick, const struct hook_self *self) {
    if (f->event != HOOK_MESSAGE || str_is(f->type, "headline") || str_is(f->type, "error"))
        return;
    struct str words = f->body;
    if (f->cited_len > 0)
        words = (struct str){words.s + f->cited_len, words.len - f->cited_len};
    f->said = said_to_us(words, is_groupchat(f), nick != NULL ? nick : self->nick, self->prefix);
    f->addressed = f->said.s != NULL;
    if (f->said.len > 0 && f->flags == 0)
        f->command = f->said;
}

bool hook_facts_read(struct hook_facts *facts, const struct xml_node *stanza, const struct hook_self *self) {
    *facts = (struct hook_facts){.stanza = stanza};
    if (xml_is_text(stanza) || !read_event(facts))
        return false;
    read_attributes(facts);
    if (!read_type(facts))
        return false;
    read_addresses(facts, self);
    read_children(facts, self);
    const char *nick = own_nick(facts, self);
    if (str_is(facts->type, "error"))
        facts->flags |= HOOK_ERROR;
    else if (is_own(facts, nick, self))
        facts->flags |= HOOK_OWN;
    read_citation(facts);
    facts->is_silent = silent_is(facts);
    read_said_to_us(facts, nick, self);
    return true;
}

void hook_facts_compare(struct hook_facts *facts, const struct hook_self *self) {
    if (facts->event != HOOK_PRESENCE || facts->room.s == NULL || facts->nick.s == NULL)
        return;
    struct hook_room *room = hook_rooms_get(self->rooms, facts->room);
    if (str_is(facts->type, "available"))
        facts->is_repeated =
            hook_seen_again(&room->seen, facts->nick, facts->stanza) && !str_is(facts->nick, room->nick);
    else if (str_is(facts->type, "unavailable"))
        hook_seen_forget(room->seen, facts->nick);
}
