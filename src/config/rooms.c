/* SPDX-License-Identifier: MIT */
/* rooms: the rooms that a bot joins. */
#include "base/mem.h"
#include "config/reader.h"

static void read_room_jid(struct reader *r, const struct tree_node *node, void *to) {
    struct jid j;
    struct err err = ERR_INIT;
    const char *text = reader_text(r, node, "the JID of a room");
    if (text == NULL)
        return;
    if (jid_parse(str_of(text), &j, &err) < 0) {
        reader_say(r, node, "'%s' is no JID: %s", text, err.text);
        return;
    }
    if (j.node == NULL || j.resource != NULL)
        reader_say(r, node, "'%s' is no room; a room is room@service, and a nick goes into `nick:`", text);
    else
        *(char **)to = jid_bare(&j);
    jid_finish(&j);
}

static void read_room(struct reader *r, const struct tree_node *node, struct config_room *room) {
    static const struct option options[] = {
        {"jid", read_room_jid, offsetof(struct config_room, jid)},
        {"nick", read_filled, offsetof(struct config_room, nick)},
        {"password", read_filled, offsetof(struct config_room, password)},
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
