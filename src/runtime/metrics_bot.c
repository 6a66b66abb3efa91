/* SPDX-License-Identifier: MIT */
/* The families of bots and rooms: one row of a table for each that has one sample a bot. */
#include "runtime/metrics.h"
#include "runtime/metrics_internal.h"

#include <stddef.h>

static const struct session_counts *counts(const struct look_bot *b) {
    static const struct session_counts none;
    return b->session.counts != NULL ? b->session.counts : &none;
}

/* ---- one sample a bot ---- */

#define GETTER(name, expression)                                                                             \
    static double get_##name(const struct look *look, const struct look_bot *b) {                            \
        (void)look;                                                                                          \
        return (double)(expression);                                                                         \
    }
GETTER(connected, b->session.is_connected)
GETTER(attempts, counts(b)->attempts)
GETTER(losses, counts(b)->losses)
GETTER(unacked, b->session.unacked)
GETTER(unacked_age, b->session.unacked_s)
GETTER(runs, b->runs)
GETTER(waiting, b->outbox.count)
GETTER(waiting_bytes, b->outbox.bytes)
GETTER(dead, b->outbox.dead)
GETTER(accepted, b->outbox.accepted)
GETTER(delivered, b->outbox.delivered)
GETTER(retried, b->outbox.retried)

static double get_connected_since(const struct look *look, const struct look_bot *b) {
    return b->session.is_connected ? look->now_s - b->session.for_s : 0;
}

static double get_reconnects(const struct look *look, const struct look_bot *b) {
    uint64_t all = counts(b)->fresh + counts(b)->resumed;
    (void)look;
    return all > 0 ? (double)(all - 1) : 0;
}

static double get_oldest(const struct look *look, const struct look_bot *b) {
    double age = b->outbox.oldest_ms != 0 ? look->now_s - (double)b->outbox.oldest_ms / 1000 : 0;
    return age > 0 ? age : 0;
}

static const struct row {
    const char *name, *type, *help;
    double (*get)(const struct look *look, const struct look_bot *b);
} rows[] = {
    {"couplet_connected", "gauge", "1: the bot is connected and online.", get_connected},
    {"couplet_connected_since_seconds", "gauge", "Since when, since 1970; 0: it is not.",
     get_connected_since},
    {"couplet_connection_attempts_total", "counter", "Attempts to connect.", get_attempts},
    {"couplet_connection_losses_total", "counter", "Connections that ended while online, unasked.",
     get_losses},
    {"couplet_reconnects_total", "counter", "Times that the bot came online after the first.",
     get_reconnects},
    {"couplet_unacknowledged_stanzas", "gauge", "Stanzas that the server has not acknowledged.", get_unacked},
    {"couplet_unacknowledged_age_seconds", "gauge", "Age of the oldest of them; 0: there is none.",
     get_unacked_age},
    {"couplet_handlers_running", "gauge", "Handlers that run or wait.", get_runs},
    {"couplet_outbox_messages", "gauge", "Messages that are accepted and not proven to have arrived.",
     get_waiting},
    {"couplet_outbox_bytes", "gauge", "Their length.", get_waiting_bytes},
    {"couplet_outbox_oldest_seconds", "gauge", "Age of the oldest of them; 0: there is none.", get_oldest},
    {"couplet_outbox_dead_letters", "gauge", "Messages that were given up and are kept.", get_dead},
    {"couplet_outbox_accepted_total", "counter", "Messages that were accepted.", get_accepted},
    {"couplet_outbox_delivered_total", "counter", "Messages that have arrived.", get_delivered},
    {"couplet_outbox_retries_total", "counter", "Deliveries that failed for a while.", get_retried},
};

static void write_row(struct exposition *e, const struct look *look, const struct row *row) {
    exposition_family(e, row->name, row->type, row->help);
    for (size_t i = 0; i < look->bot_count; i++) {
        const char *const labels[] = {"bot", look->bots[i].name, NULL};
        exposition_sample(e, "", labels, row->get(look, &look->bots[i]));
    }
}

/* ---- more than one ---- */

static void write_states(struct exposition *e, const struct look *look) {
    exposition_family(e, "couplet_connection_state", "gauge", "1: the connection is in this state.");
    for (size_t i = 0; i < look->bot_count; i++) {
        for (const char *const *name = session_state_names; *name != NULL; name++) {
            const char *const labels[] = {"bot", look->bots[i].name, "state", *name, NULL};
            exposition_sample(e, "", labels, strcmp(*name, look->bots[i].session.state) == 0);
        }
    }
}

static void write_sessions(struct exposition *e, const struct look *look) {
    exposition_family(e, "couplet_sessions_total", "counter", "Logins: new sessions, and resumed ones.");
    for (size_t i = 0; i < look->bot_count; i++) {
        const struct look_bot *b = &look->bots[i];
        const char *const fresh[] = {"bot", b->name, "kind", "new", NULL};
        const char *const resumed[] = {"bot", b->name, "kind", "resumed", NULL};
        exposition_sample(e, "", fresh, (double)counts(b)->fresh);
        exposition_sample(e, "", resumed, (double)counts(b)->resumed);
    }
}

/* Bots that never had anything acknowledged have no sample. */
static void write_acks(struct exposition *e, const struct look *look) {
    exposition_family(e, "couplet_last_ack_age_seconds", "gauge",
                      "Since the server acknowledged something that was sent.");
    for (size_t i = 0; i < look->bot_count; i++) {
        const struct look_bot *b = &look->bots[i];
        const char *const labels[] = {"bot", b->name, NULL};
        if (b->session.acked_s >= 0)
            exposition_sample(e, "", labels, b->session.acked_s);
    }
}

static void write_stanzas(struct exposition *e, const struct look *look, bool in) {
    static const char *const kinds[COUNT_KINDS] = {"message", "presence", "iq"};
    exposition_family(e, in ? "couplet_stanzas_received_total" : "couplet_stanzas_sent_total", "counter",
                      in ? "Stanzas that came." : "Stanzas that were sent, those sent again too.");
    for (size_t i = 0; i < look->bot_count; i++) {
        const struct look_bot *b = &look->bots[i];
        for (int k = 0; k < COUNT_KINDS; k++) {
            const char *const labels[] = {"bot", b->name, "kind", kinds[k], NULL};
            exposition_sample(e, "", labels, (double)(in ? counts(b)->in[k] : counts(b)->out[k]));
        }
    }
}

static void write_bytes(struct exposition *e, const struct look *look, bool in) {
    exposition_family(e, in ? "couplet_received_bytes_total" : "couplet_sent_bytes_total", "counter",
                      in ? "Bytes of XMPP that came, before encryption."
                         : "Bytes of XMPP that were sent, before encryption.");
    for (size_t i = 0; i < look->bot_count; i++) {
        const char *const labels[] = {"bot", look->bots[i].name, NULL};
        const struct session_counts *c = counts(&look->bots[i]);
        exposition_sample(e, "", labels, (double)(in ? c->bytes_in : c->bytes_out));
    }
}

/* ---- rooms ---- */

static void write_room_counts(struct exposition *e, const struct look *look) {
    exposition_family(e, "couplet_rooms", "gauge", "Rooms of the bot in this state.");
    for (size_t i = 0; i < look->bot_count; i++) {
        const struct look_bot *b = &look->bots[i];
        size_t by_state[ROOM_STATES] = {0};
        for (size_t k = 0; k < b->room_count; k++)
            by_state[b->rooms[k].state]++;
        for (int s = 0; s < ROOM_STATES; s++) {
            const char *const labels[] = {"bot", b->name, "state", hook_room_state_names[s], NULL};
            exposition_sample(e, "", labels, (double)by_state[s]);
        }
    }
}

static void each_room(struct exposition *e, const struct look *look,
                      void (*write)(struct exposition *e, const char *bot, const struct look_room *room)) {
    for (size_t i = 0; i < look->bot_count; i++)
        for (size_t k = 0; k < look->bots[i].room_count && k < METRICS_ROOMS; k++)
            write(e, look->bots[i].name, &look->bots[i].rooms[k]);
}

static void write_room_joined(struct exposition *e, const char *bot, const struct look_room *room) {
    const char *const labels[] = {"bot", bot, "room", room->jid, NULL};
    exposition_sample(e, "", labels, room->state == ROOM_JOINED);
}

static void write_room_state(struct exposition *e, const char *bot, const struct look_room *room) {
    for (int s = 0; s < ROOM_STATES; s++) {
        const char *const labels[] = {"bot", bot, "room", room->jid, "state", hook_room_state_names[s], NULL};
        exposition_sample(e, "", labels, s == (int)room->state);
    }
}

static void write_room_heard(struct exposition *e, const char *bot, const struct look_room *room) {
    const char *const labels[] = {"bot", bot, "room", room->jid, NULL};
    exposition_sample(e, "", labels, (double)room->heard);
}

static void write_rooms(struct exposition *e, const struct look *look) {
    write_room_counts(e, look);
    exposition_family(e, "couplet_room_joined", "gauge", "1: the bot is in the room, as the room says.");
    each_room(e, look, write_room_joined);
    exposition_family(e, "couplet_room_state", "gauge", "1: the room is in this state.");
    each_room(e, look, write_room_state);
    exposition_family(e, "couplet_room_stanzas_received_total", "counter",
                      "Stanzas that came from the room.");
    each_room(e, look, write_room_heard);
}

void metrics_bots(struct exposition *e, const struct look *look) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        write_row(e, look, &rows[i]);
    write_states(e, look);
    write_sessions(e, look);
    write_acks(e, look);
    write_stanzas(e, look, true);
    write_stanzas(e, look, false);
    write_bytes(e, look, true);
    write_bytes(e, look, false);
    write_rooms(e, look);
}
