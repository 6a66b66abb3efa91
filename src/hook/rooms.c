/* SPDX-License-Identifier: MIT */
/*
 * The rooms of one account, sorted by JID. Pointers are handed out, so the rooms themselves stay where they
 * are; only the list moves. Whether we are in them is lua/couplet/xep/muc.lua's.
 */
#include "hook/facts.h"

#include "base/mem.h"

const char *const hook_room_state_names[ROOM_STATES] = {"joining", "joined", "ghost",  "kicked",
                                                        "banned",  "locked", "failed", "left"};

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
    mem_free(room->reason);
    hook_seen_free(room->seen);
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
