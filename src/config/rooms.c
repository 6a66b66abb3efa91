/* SPDX-License-Identifier: MIT */
/* rooms: the rooms that a bot joins, and what it does with invitations. */
#include "base/mem.h"
#include "config/reader.h"

static void read_room_jid(struct reader *r, const struct tree_node *node, void *to) {
    struct jid j;
    const char *text = reader_jid(r, node, "the JID of a room", &j);
    if (text == NULL)
        return;
    if (j.node == NULL || j.resource != NULL)
        reader_say(r, node, "'%s' is no room; a room is room@service, and a nick goes into `nick:`", text);
    else
        *(char **)to = jid_bare(&j);
    jid_finish(&j);
}

/* 20: stanzas; 10m: as old as that. */
static void read_history(struct reader *r, const struct tree_node *node, void *to) {
    struct config_history *h = to;
    int64_t count;
    h->is_stated = true;
    if (!tree_integer(node, &count))
        read_duration(r, node, &h->seconds);
    else if (count < 0 || count > 10000)
        reader_say(r, node, "from 0 to 10000 messages are possible, or a duration like 10m");
    else
        h->stanzas = (int)count;
}

static void read_nick_conflict(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"suffix", "fail", NULL};
    if (reader_choice(r, node, names, NULL, "the policy") >= 0)
        read_string(r, node, to);
}

static void read_rejoin(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"always", "lost", "never", NULL};
    if (reader_choice(r, node, names, NULL, "the policy") >= 0)
        read_string(r, node, to);
}

void read_catch_up(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"skip", "notify", "run", NULL};
    if (reader_choice(r, node, names, NULL, "what is done with it") >= 0)
        read_string(r, node, to);
}

void read_invitations(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"accept", "admins", "ignore", NULL};
    if (reader_choice(r, node, names, NULL, "the policy") >= 0)
        read_string(r, node, to);
}

static bool is_setting(const struct tree_node *node) {
    if (node->kind == TREE_SCALAR)
        return !tree_is_null(node);
    for (size_t i = 0; node->kind == TREE_LIST && i < node->count; i++)
        if (node->items[i]->kind != TREE_SCALAR)
            return false;
    return node->kind == TREE_LIST;
}

/* The options of a room are the service's: only their shape is known here. */
static void read_settings(struct reader *r, const struct tree_node *node, void *to) {
    struct config_value **settings = to;
    if (node->kind != TREE_MAP) {
        reader_wrong(r, node, "a map of the room's options, like { persistent: true }");
        return;
    }
    for (size_t i = 0; i < node->count; i++)
        if (!is_setting(node->pairs[i].value))
            reader_wrong(r, node->pairs[i].value, "a string, a number, true, false, or a list of strings");
    *settings = mem_new(struct config_value);
    value_copy(r, *settings, node, NULL);
}

static void read_room(struct reader *r, const struct tree_node *node, struct config_room *room) {
    static const struct option options[] = {
        {"jid", read_room_jid, offsetof(struct config_room, jid)},
        {"nick", read_filled, offsetof(struct config_room, nick)},
        {"password", read_filled, offsetof(struct config_room, password)},
        {"history", read_history, offsetof(struct config_room, history)},
        {"config", read_settings, offsetof(struct config_room, settings)},
        {"nick_conflict", read_nick_conflict, offsetof(struct config_room, nick_conflict)},
        {"register", read_boolean, offsetof(struct config_room, is_registering)},
        {"rejoin", read_rejoin, offsetof(struct config_room, rejoin)},
        {"catch_up", read_catch_up, offsetof(struct config_room, catch_up)},
        {NULL, NULL, 0},
    };
    room->mark = node->mark;
    if (node->kind == TREE_SCALAR)
        read_room_jid(r, node, &room->jid);
    else if (read_options(r, node, options, room, "a room") && reader_find(node, "jid") == NULL)
        reader_say(r, node, "this room has no `jid:`");
}

void read_rooms(struct reader *r, const struct tree_node *node, void *to) {
    struct config_bot *b = to;
    if (node->kind != TREE_LIST) {
        reader_wrong(r, node, "a list of rooms");
        return;
    }
    b->rooms = mem_alloc0(node->count * sizeof(*b->rooms));
    b->room_count = node->count;
    for (size_t i = 0; i < node->count; i++) {
        read_room(r, node->items[i], &b->rooms[i]);
        for (size_t k = 0; k < i && b->rooms[i].jid; k++)
            if (b->rooms[k].jid && strcmp(b->rooms[k].jid, b->rooms[i].jid) == 0)
                reader_say(r, node->items[i], "the room %s is here twice", b->rooms[i].jid);
    }
}

void config_rooms_finish(struct config_bot *b) {
    for (size_t i = 0; i < b->room_count; i++) {
        struct config_room *room = &b->rooms[i];
        mem_free(room->jid);
        mem_free(room->nick);
        mem_free_secret(room->password);
        mem_free(room->nick_conflict);
        mem_free(room->rejoin);
        mem_free(room->catch_up);
        if (room->settings != NULL)
            value_finish(room->settings);
        mem_free(room->settings);
    }
    mem_free(b->rooms);
    mem_free(b->invitations);
    mem_free(b->catch_up);
}
