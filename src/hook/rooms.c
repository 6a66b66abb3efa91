/* SPDX-License-Identifier: MIT */
/*
 * The rooms of one account, sorted by JID, and what their presence says of ourselves
 * (XEP-0045 7.2.2, 7.6, 7.14). Pointers are handed out, so the rooms themselves stay where they are; only the
 * list moves.
 */
#include "hook/facts.h"

#include "base/mem.h"

struct hook_rooms {
    struct hook_room **list; /* sorted by jid; owned */
    size_t count;
};

struct hook_rooms *hook_rooms_new(void) {
    return mem_new(struct hook_rooms);
}

static void room_free(struct hook_room *room) {
    mem_free(room->jid);
    mem_free(room->nick);
    mem_free(room);
}

void hook_rooms_free(struct hook_rooms *r) {
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++)
        room_free(r->list[i]);
    mem_free(r->list);
    mem_free(r);
}

static int compare(struct str a, const char *b) {
    int order = strncmp(a.s, b, a.len);
    return order != 0 ? order : -(b[a.len] != '\0');
}

/* Where the room is, or would stand. */
static size_t place(const struct hook_rooms *r, struct str jid, bool *there) {
    size_t low = 0, high = r->count;
    *there = false;
    while (low < high && !*there) {
        size_t mid = low + (high - low) / 2;
        int order = compare(jid, r->list[mid]->jid);
        *there = order == 0;
        if (order < 0)
            high = mid;
        else
            low = order > 0 ? mid + 1 : mid;
    }
    return low;
}

struct hook_room *hook_rooms_get(const struct hook_rooms *r, struct str jid) {
    bool there = false;
    size_t at = jid.s != NULL ? place(r, jid, &there) : 0;
    return there ? r->list[at] : NULL;
}

static void set_nick(struct hook_room *room, struct str nick) {
    if (nick.s == NULL || str_is(nick, room->nick))
        return;
    char *copy = mem_strndup(nick.s, nick.len); /* nick may be a view into the old one */
    mem_free(room->nick);
    room->nick = copy;
}

struct hook_room *hook_rooms_put(struct hook_rooms *r, struct str jid, struct str nick) {
    bool there;
    size_t at = place(r, jid, &there);
    if (!there) {
        struct hook_room *room = mem_new(struct hook_room);
        room->jid = mem_strndup(jid.s, jid.len);
        room->nick = mem_strdup("");
        r->list = mem_array(r->list, r->count + 1, sizeof(r->list[0]));
        memmove(r->list + at + 1, r->list + at, (r->count - at) * sizeof(r->list[0]));
        r->list[at] = room;
        r->count++;
    }
    set_nick(r->list[at], nick);
    return r->list[at];
}

void hook_rooms_remove(struct hook_rooms *r, struct str jid) {
    bool there;
    size_t at = place(r, jid, &there);
    if (!there)
        return;
    room_free(r->list[at]);
    r->count--;
    memmove(r->list + at, r->list + at + 1, (r->count - at) * sizeof(r->list[0]));
}

size_t hook_rooms_count(const struct hook_rooms *r) {
    return r->count;
}

struct hook_room *hook_rooms_at(const struct hook_rooms *r, size_t i) {
    return r->list[i];
}

/* The room's own <x/>. A second one can only be an occupant's, smuggled in to pass for the room's word: then
 * neither is believed. */
static const struct xml_node *word_of_room(const struct xml_node *presence) {
    const struct xml_node *x = NULL;
    for (const struct xml_node *c = xml_first_element(presence); c != NULL; c = xml_next_element(c)) {
        if (c->ns.atom != ATOM_NS_MUC_USER || !str_is(xml_view(&c->name), "x"))
            continue;
        if (x != NULL)
            return NULL;
        x = c;
    }
    return x;
}

static bool has_status(const struct xml_node *x, const char *code) {
    const struct xml_node *c = x != NULL ? xml_first_element(x) : NULL;
    for (; c != NULL; c = xml_next_element(c))
        if (c->name.atom == ATOM_STATUS && str_is(xml_attr_atom(c, ATOM_CODE), code))
            return true;
    return false;
}

/* Status 303: unavailable under the old nick, in the same breath available under the new one (XEP-0045 7.6).
 */
static struct str new_nick(const struct xml_node *x) {
    if (!has_status(x, "303"))
        return STR_NONE;
    const struct xml_node *item = xml_child(x, "item", NULL);
    return item != NULL ? xml_attr_atom(item, ATOM_NICK) : STR_NONE;
}

bool hook_rooms_note(struct hook_rooms *r, const struct hook_facts *facts) {
    struct hook_room *room = hook_rooms_get(r, facts->room);
    bool available = str_is(facts->type, "available");
    if (room == NULL || facts->event != HOOK_PRESENCE || facts->nick.s == NULL)
        return false;
    if (!available && !str_is(facts->type, "unavailable"))
        return false;
    const struct xml_node *x = word_of_room(facts->stanza);
    if (!str_is(facts->nick, room->nick) && !has_status(x, "110"))
        return false;
    if (available) {
        set_nick(room, facts->nick);
        room->joined = true;
        return true;
    }
    struct str renamed = new_nick(x);
    if (renamed.s != NULL && renamed.len > 0)
        set_nick(room, renamed);
    else if (str_is(facts->nick, room->nick))
        room->joined = false;
    return true;
}
