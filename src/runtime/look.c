/* SPDX-License-Identifier: MIT */
#include "runtime/look.h"

#include "base/mem.h"
#include "base/wall.h"
#include "runtime/internal.h"
#include "session/delivery.h"

/* ---- a bot ---- */

static bool is_configured(const struct config_bot *c, const char *jid) {
    for (size_t i = 0; i < c->room_count; i++)
        if (c->rooms[i].jid != NULL && strcmp(c->rooms[i].jid, jid) == 0)
            return true;
    return false;
}

static void look_at_rooms(const struct account *a, struct look_bot *to) {
    const struct hook_rooms *rooms = a->bot->self.rooms;
    double now_ms = (double)loop_now_ms(a->runtime->loop);
    to->room_count = hook_rooms_count(rooms);
    to->rooms = mem_array(NULL, to->room_count + 1, sizeof(*to->rooms));
    for (size_t i = 0; i < to->room_count; i++) {
        const struct hook_room *room = hook_rooms_at(rooms, i);
        double since_ms = (double)(room->since_ms != 0 ? room->since_ms : a->runtime->started_ms);
        to->rooms[i] = (struct look_room){.jid = room->jid,
                                          .nick = room->nick,
                                          .state = (enum hook_room_state)room->state,
                                          .reason = room->reason,
                                          .for_s = (now_ms - since_ms) / 1000,
                                          .heard = room->heard,
                                          .is_configured = is_configured(a->config, room->jid)};
    }
}

static void look_at_bot(const struct account *a, struct look_bot *to) {
    *to = (struct look_bot){.name = a->config->name,
                            .jid = a->bot->bare,
                            .has_ended = a->ended,
                            .has_failed = a->failed,
                            .calls = a->bot->calls};
    if (a->session != NULL)
        session_look(a->session, &to->session);
    else
        to->session =
            (struct session_facts){.state = session_state_names[0], .for_s = -1, .acked_s = -1, .reason = ""};
    if (a->bot->delivery != NULL)
        outbox_look(delivery_outbox(a->bot->delivery), &to->outbox);
    for (const struct run *run = a->bot->runs; run != NULL; run = run->next)
        to->runs++;
    look_at_rooms(a, to);
}

/* ---- the whole ---- */

void look_take(struct runtime *r, struct look *look) {
    *look = (struct look){.now_s = wall_s(), .bot_count = r->count, .state_count = r->states.count};
    look_process(&look->process);
    look->for_s = (double)(loop_now_ms(r->loop) - r->started_ms) / 1000;
    look->bots = mem_array(NULL, r->count + 1, sizeof(*look->bots));
    for (size_t i = 0; i < r->count; i++)
        look_at_bot(&r->accounts[i], &look->bots[i]);
    look->states = mem_array(NULL, r->states.count + 1, sizeof(*look->states));
    for (size_t i = 0; i < r->states.count; i++) {
        const struct script *s = r->states.list[i];
        look->states[i] = (struct look_state){s->name, s->heap.used, s->heap.cap};
    }
    if (r->web.server != NULL) {
        look->web = &r->web_counts;
        look->web_waiting = http_server_waiting(r->web.server);
    }
    look->has_database = r->database != NULL;
    if (r->database != NULL)
        database_look(r->database, &look->database);
}

void look_finish(struct look *look) {
    for (size_t i = 0; i < look->bot_count; i++)
        mem_free(look->bots[i].rooms);
    mem_free(look->bots);
    mem_free(look->states);
    *look = (struct look){.now_s = 0};
}
