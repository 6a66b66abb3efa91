/* SPDX-License-Identifier: MIT */
/* What /metrics and /healthz say of a look that is made up. */
#include "check.h"

#include "runtime/health.h"
#include "runtime/metrics.h"

#include <stdlib.h>

static struct session_counts counts = {.in = {3, 2, 1}, .out = {4, 5, 6}, .fresh = 2, .resumed = 1};
static struct look_room rooms[2];
static struct look_bot bot;
static struct look_state state;
static struct look look;

static void set_up(void) {
    rooms[0] = (struct look_room){
        .jid = "ops@rooms.example", .state = ROOM_JOINED, .for_s = 5, .is_configured = true};
    rooms[1] = (struct look_room){.jid = "pub@rooms.example", .state = ROOM_FAILED, .for_s = 5};
    bot = (struct look_bot){.name = "ops",
                            .jid = "ops@example",
                            .rooms = rooms,
                            .room_count = 2,
                            .outbox = {.count = 2, .oldest_ms = 990000},
                            .session = {.state = "online",
                                        .is_connected = true,
                                        .for_s = 10,
                                        .acked_s = 2.5,
                                        .reason = "",
                                        .counts = &counts}};
    state = (struct look_state){"ops", 1000, 100000};
    look = (struct look){
        .now_s = 1000, .for_s = 20, .bots = &bot, .bot_count = 1, .states = &state, .state_count = 1};
}

/* ---- metrics ---- */

static void has(const char *line) {
    struct buf out = BUF_INIT;
    metrics_write(&look, &out);
    CHECK_HAS(buf_data(&out), line);
    buf_finish(&out);
}

static void tells_of_a_bot(void) {
    set_up();
    has("\ncouplet_connected{bot=\"ops\"} 1\n");
    has("\ncouplet_connected_since_seconds{bot=\"ops\"} 990\n");
    has("\ncouplet_reconnects_total{bot=\"ops\"} 2\n");
    has("\ncouplet_sessions_total{bot=\"ops\",kind=\"resumed\"} 1\n");
    has("\ncouplet_last_ack_age_seconds{bot=\"ops\"} 2.5\n");
    has("\ncouplet_stanzas_received_total{bot=\"ops\",kind=\"message\"} 3\n");
    has("\ncouplet_connection_state{bot=\"ops\",state=\"online\"} 1\n");
    has("\ncouplet_connection_state{bot=\"ops\",state=\"waiting\"} 0\n");
    has("\ncouplet_outbox_oldest_seconds{bot=\"ops\"} 10\n");
    has("\ncouplet_room_joined{bot=\"ops\",room=\"ops@rooms.example\"} 1\n");
    has("\ncouplet_rooms{bot=\"ops\",state=\"failed\"} 1\n");
    has("\ncouplet_lua_memory_bytes{state=\"ops\"} 1000\n");
}

static void escapes_labels(void) {
    set_up();
    bot.name = "a\"b\\c\nd\xff";
    has("\ncouplet_connected{bot=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\"} 1\n");
}

static void tells_each_family_once(void) {
    struct buf out = BUF_INIT;
    set_up();
    metrics_write(&look, &out);
    char *text = buf_detach(&out), *heads[200];
    size_t count = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strncmp(line, "# TYPE ", 7) != 0)
            continue;
        for (size_t i = 0; i < count; i++)
            CHECK(strcmp(heads[i], line) != 0);
        heads[count++] = line;
    }
    CHECK(count > 30);
    free(text);
}

static void bounds_rooms(void) {
    enum { MANY = METRICS_ROOMS + 50 };
    struct look_room *many = calloc(MANY, sizeof(*many));
    struct buf out = BUF_INIT;
    size_t count = 0;
    set_up();
    for (size_t i = 0; i < MANY; i++)
        many[i] = (struct look_room){.jid = "r@rooms", .state = ROOM_JOINED};
    bot.rooms = many;
    bot.room_count = MANY;
    metrics_write(&look, &out);
    for (const char *at = buf_data(&out); (at = strstr(at, "couplet_room_joined{")) != NULL; at++)
        count++;
    CHECK_INT(count, METRICS_ROOMS);
    buf_finish(&out);
    has("\ncouplet_rooms{bot=\"ops\",state=\"joined\"} 250\n");
    free(many);
}

/* ---- calls ---- */

static void counts_calls(void) {
    struct calls *c = calls_new();
    set_up();
    bot.calls = c;
    calls_add(c, "echo.say", CALL_GOOD, calls_clock());
    calls_add(c, "echo.say", CALL_FAILED, calls_clock() - 40000000);
    calls_add(c, "echo.say", CALL_TIME, calls_clock() - 100000000000);
    has("\ncouplet_hook_runs_total{bot=\"ops\",hook=\"echo.say\"} 3\n");
    has("\ncouplet_hook_errors_total{bot=\"ops\",hook=\"echo.say\"} 2\n");
    has("\ncouplet_hook_kills_total{bot=\"ops\",hook=\"echo.say\",limit=\"time\"} 1\n");
    has("\ncouplet_hook_duration_seconds_bucket{bot=\"ops\",hook=\"echo.say\",le=\"0.025\"} 1\n");
    has("\ncouplet_hook_duration_seconds_bucket{bot=\"ops\",hook=\"echo.say\",le=\"0.05\"} 2\n");
    has("\ncouplet_hook_duration_seconds_bucket{bot=\"ops\",hook=\"echo.say\",le=\"30\"} 2\n");
    has("\ncouplet_hook_duration_seconds_bucket{bot=\"ops\",hook=\"echo.say\",le=\"+Inf\"} 3\n");
    has("\ncouplet_hook_duration_seconds_count{bot=\"ops\",hook=\"echo.say\"} 3\n");
    calls_free(c);
}

static void bounds_labels(void) {
    struct calls *c = calls_new();
    char label[32];
    set_up();
    bot.calls = c;
    for (int i = 0; i < CALLS_MOST + 100; i++) {
        snprintf(label, sizeof(label), "file.lua:%d", i);
        calls_add(c, label, CALL_GOOD, calls_clock());
    }
    CHECK_INT(c->count, CALLS_MOST);
    has("\ncouplet_hook_runs_total{bot=\"ops\",hook=\"other\"} 100\n");
    calls_free(c);
}

/* ---- health ---- */

static void is_said(bool good, const char *what) {
    struct buf out = BUF_INIT;
    CHECK_INT(health_write(&look, &health_defaults, &out), good);
    CHECK_HAS(buf_data(&out), what);
    buf_finish(&out);
}

static void is_well(void) {
    set_up();
    is_said(true, "{\"status\":\"ok\"}\n");
}

static void misses_a_bot(void) {
    set_up();
    bot.session = (struct session_facts){.state = "waiting", .for_s = -1, .reason = "no \"route\""};
    is_said(true, "ok"); /* it has just started */
    look.for_s = 31;
    is_said(false, "{\"status\":\"failing\",\"problems\":[{\"what\":\"bot_offline\",\"bot\":\"ops\","
                   "\"text\":\"waiting for 31 s: no \\\"route\\\"\"}]}\n");
    bot.session.for_s = 5; /* it was there, and is coming back */
    is_said(true, "ok");
    bot.has_ended = true; /* bot:stop() */
    is_said(true, "ok");
    bot.has_failed = true;
    is_said(false, "\"what\":\"bot_ended\",\"bot\":\"ops\",\"text\":\"gave up: no \\\"route\\\"\"");
}

static void misses_a_room(void) {
    set_up();
    rooms[1].state = ROOM_KICKED; /* not of the configuration */
    is_said(true, "ok");
    rooms[0].state = ROOM_JOINING;
    is_said(true, "ok");
    rooms[0].for_s = 31;
    is_said(false,
            "\"what\":\"room_not_joined\",\"bot\":\"ops\",\"room\":\"ops@rooms.example\",\"text\":\"joining");
    rooms[0] = (struct look_room){.jid = "ops@rooms.example",
                                  .state = ROOM_KICKED,
                                  .for_s = 1,
                                  .reason = "by eve",
                                  .is_configured = true};
    is_said(false, "\"text\":\"kicked for 1 s: by eve\"");
}

static void waits_too_long(void) {
    set_up();
    bot.outbox.dead = 3; /* over, and a person's business */
    is_said(true, "ok");
    bot.outbox.oldest_ms = 699000;
    is_said(false,
            "\"what\":\"outbox_late\",\"bot\":\"ops\",\"text\":\"2 messages wait, the oldest for 301 s\"");
}

static void has_no_disk(void) {
    set_up();
    look.has_database = true;
    is_said(true, "ok");
    snprintf(look.database.trouble.text, sizeof(look.database.trouble.text), "x.db: disk is full");
    is_said(false, "{\"what\":\"storage\",\"text\":\"x.db: disk is full\"}");
    look.database = (struct database_facts){.busy_ms = 31000};
    is_said(false, "one transaction takes 31 s already");
}

static void has_no_memory(void) {
    set_up();
    state.used = 99000;
    is_said(false, "\"what\":\"lua_memory\"");
}

/* ---- the process ---- */

static void knows_the_process(void) {
    struct look_process p;
    look_process(&p);
    CHECK(p.resident > 500000 && p.resident < 1e9);
    CHECK(p.started_s > 1.6e9);
    CHECK(p.open_files >= 3 && p.open_files < 50);
    CHECK(p.most_files >= 64);
}

int main(void) {
    RUN(tells_of_a_bot);
    RUN(escapes_labels);
    RUN(tells_each_family_once);
    RUN(bounds_rooms);
    RUN(counts_calls);
    RUN(bounds_labels);
    RUN(is_well);
    RUN(misses_a_bot);
    RUN(misses_a_room);
    RUN(waits_too_long);
    RUN(has_no_disk);
    RUN(has_no_memory);
    RUN(knows_the_process);
    return check_done();
}
