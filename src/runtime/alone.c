/* SPDX-License-Identifier: MIT */
#include "runtime/alone.h"

#include "base/json_write.h"
#include "base/mem.h"
#include "base/random.h"
#include "control/json.h"
#include "lua/call.h"
#include "runtime/internal.h"
#include "session/counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINES_MOST = 20000 }; /* that wait to be sent */

struct line {
    struct buf request;
    struct line *next;
};

struct alone {
    const struct alone_order *order;
    struct buf *answer;
    struct runtime *runtime;
    bool is_asked;
    struct loop_timer late;
    struct loop_lines *lines; /* standard input; NULL: not read (any more) */
    struct line *first, **last;
    size_t count;
    bool is_busy;
    struct loop_defer next;
};

/* ---- the configuration of an errand ---- */

static bool is_wanted(const struct alone_order *o, const char *room) {
    for (size_t i = 0; i < o->to_count; i++) {
        struct jid jid;
        char *bare = jid_parse(str_of(o->to[i]), &jid, NULL) == 0 ? jid_bare(&jid) : NULL;
        bool is_it = bare != NULL && room != NULL && strcmp(bare, room) == 0;
        if (bare != NULL)
            jid_finish(&jid);
        mem_free(bare);
        if (is_it)
            return true;
    }
    return false;
}

/* Borrows all but the array of rooms: those that are written to, with their nicks and passwords. */
static struct config_bot stripped_bot(const struct alone_order *o, char *resource) {
    struct config_bot b = *o->bot;
    b.hooks = NULL;
    b.rooms = mem_array(NULL, b.room_count + 1, sizeof(*b.rooms));
    b.hook_count = b.room_count = b.feature_count = 0;
    for (size_t i = 0; i < o->bot->room_count; i++)
        if (is_wanted(o, o->bot->rooms[i].jid))
            b.rooms[b.room_count++] = o->bot->rooms[i];
    if (!b.is_component)
        b.jid.resource = resource;
    b.presence = (struct config_presence){.priority = -1};
    b.state = b.catch_up = b.invitations = NULL;
    b.is_bookmarking = b.is_approving = false;
    return b;
}

static struct config stripped_config(const struct config *config, const struct alone_order *o,
                                     struct config_bot *bot) {
    struct config c = *config;
    c.bots = bot;
    c.bot_count = 1;
    c.storage = c.control = c.log_file = NULL;
    c.http = (struct config_http){0};
    if (!o->is_loud)
        c.log_level = LOG_ERROR;
    else if (c.log_level < LOG_DEBUG)
        c.log_level = LOG_DEBUG;
    return c;
}

static void on_sent(void *ctx, struct str result) {
    struct alone *a = ctx;
    if (result.s != NULL) {
        buf_clear(a->answer);
        buf_add(a->answer, result.s, result.len);
    }
    runtime_stop(a->runtime, "done");
}

/* ---- a line at a time ---- */

static void on_line_sent(void *ctx, struct str result) {
    struct alone *a = ctx;
    a->order->told(a->order->ctx, result);
    a->is_busy = false;
    loop_defer(a->runtime->loop, &a->next);
}

static void on_next(struct loop_defer *d) {
    struct alone *a = (struct alone *)((char *)d - offsetof(struct alone, next));
    struct line *line = a->first;
    if (a->is_busy || (line == NULL && a->lines != NULL))
        return;
    if (line == NULL) {
        buf_adds(a->answer, "{}"); /* each was told of */
        runtime_stop(a->runtime, "done");
        return;
    }
    if ((a->first = line->next) == NULL)
        a->last = &a->first;
    a->count--;
    a->is_busy = true;
    call_library(a->runtime->accounts[0].bot, "couplet.sending", "send",
                 (struct str){buf_data(&line->request), buf_len(&line->request)}, on_line_sent, a);
    buf_finish(&line->request);
    mem_free(line);
}

static void on_line(void *ctx, const char *text, size_t len) {
    struct alone *a = ctx;
    struct line *line = mem_new(struct line);
    if (text != NULL)
        a->order->make(a->order->ctx, text, len, &line->request);
    if (text == NULL || a->count >= LINES_MOST) {
        if (text != NULL)
            log_error(&a->runtime->log, NULL,
                      "standard input is faster than the server: it is read no further");
        loop_lines_close(a->lines);
        a->lines = NULL;
    }
    if (buf_len(&line->request) > 0) {
        *a->last = line;
        a->last = &line->next;
        a->count++;
    } else {
        mem_free(line);
    }
    loop_defer(a->runtime->loop, &a->next);
}

static void read_lines(struct alone *a) {
    struct err err = ERR_INIT;
    a->lines = loop_lines_open(a->runtime->loop, STDIN_FILENO, on_line, a, &err);
    if (a->lines == NULL)
        log_error(&a->runtime->log, NULL, "%s", err.text);
    loop_defer(a->runtime->loop, &a->next);
}

static void forget_lines(struct alone *a) {
    loop_lines_close(a->lines);
    loop_defer_cancel(a->runtime->loop, &a->next);
    for (struct line *line; (line = a->first) != NULL;) {
        a->first = line->next;
        buf_finish(&line->request);
        mem_free(line);
    }
}

/* ---- online ---- */

static void on_account(void *ctx, struct account *account, bool is_online) {
    struct alone *a = ctx;
    if (!is_online || a->is_asked)
        return;
    a->is_asked = true;
    loop_timer_stop(a->runtime->loop, &a->late);
    if (a->order->request.s == NULL)
        read_lines(a);
    else
        call_library(account->bot, "couplet.sending", "send", a->order->request, on_sent, a);
}

static void on_late(struct loop_timer *t) {
    struct alone *a = (struct alone *)((char *)t - offsetof(struct alone, late));
    struct session_facts facts;
    session_look(a->runtime->accounts[0].session, &facts);
    buf_adds(a->answer, "{\"letters\":[]");
    json_put(a->answer, "reason",
             str_of(facts.reason != NULL && facts.reason[0] ? facts.reason
                                                            : "the server was not reached in time"));
    json_put(a->answer, "state", STR_LIT("unsent"));
    buf_addc(a->answer, '}');
    runtime_stop(a->runtime, "the server was not reached in time");
}

/* ---- on disk ---- */

static bool is_open(const struct buf *answer) {
    struct json j;
    struct err err = ERR_INIT;
    json_t *object = NULL;
    if (json_open(&j, &err) == 0)
        object = json_read(&j, (struct str){buf_data(answer), buf_len(answer)}, &err);
    const char *state = object != NULL ? json_member_text(&j, object, "state") : NULL;
    bool open = state != NULL && (strcmp(state, "unsent") == 0 || strcmp(state, "unproven") == 0);
    json_drop(&j, object);
    return open;
}

static void on_queued(void *ctx, struct str result) {
    struct alone *a = ctx;
    if (result.s != NULL) {
        buf_clear(a->answer);
        buf_add(a->answer, result.s, result.len);
    }
    a->is_asked = false;
    loop_stop(a->runtime->loop);
}

/* The stream is closed: the outbox only takes, and sends nothing. */
static void queue(struct alone *a, const char *storage) {
    struct runtime *r = a->runtime;
    struct bot *b = r->accounts[0].bot;
    loop_timer_stop(r->loop, &r->stop_timer); /* of the stream; the disk takes its time */
    r->database = database_new(r->loop, &r->log, storage);
    b->database = r->database;
    a->is_asked = true;
    call_library(b, "couplet.sending", "queue", a->order->request, on_queued, a);
    if (a->is_asked)
        loop_run(r->loop);
}

static int run(struct alone *a, const char *storage, struct err *err) {
    struct config_mistakes mistakes = {NULL, 0};
    struct runtime *r = a->runtime;
    a->late.fire = on_late;
    a->next.run = on_next;
    a->last = &a->first;
    r->on_account = on_account;
    r->on_account_ctx = a;
    int result = runtime_load(r, &mistakes);
    if (result < 0)
        err_set(err, "%s", mistakes.count > 0 ? mistakes.list[0].text : "the bot cannot be loaded");
    config_mistakes_finish(&mistakes);
    if (result < 0)
        return -1;
    loop_timer_in(r->loop, &a->late, (int64_t)(a->order->wait * 1000));
    result = runtime_run(r, err);
    loop_timer_stop(r->loop, &a->late);
    forget_lines(a);
    if (result > 0)
        return err_set(err, "the login was refused (see above)");
    if (result == 0 && buf_len(a->answer) == 0)
        return err_set(err, "it was interrupted");
    if (result == 0 && a->order->request.s != NULL && storage != NULL && is_open(a->answer))
        queue(a, storage);
    return result;
}

int alone_send(const struct config *config, const struct alone_order *order, struct buf *answer,
               struct err *err) {
    char id[RANDOM_ID_LEN + 1], resource[256];
    random_id(id);
    snprintf(resource, sizeof(resource), "couplet-send-%s", id);
    if (order->resource != NULL)
        snprintf(resource, sizeof(resource), "%s", order->resource);
    struct config_bot bot = stripped_bot(order, resource);
    struct config stripped = stripped_config(config, order, &bot);
    struct alone a = {.order = order, .answer = answer};
    int result = -1;
    unsetenv("NOTIFY_SOCKET"); /* whose errand this is has a supervisor of its own */
    if ((a.runtime = runtime_new(&stripped, err)) != NULL)
        result = run(&a, config->storage, err);
    runtime_free(a.runtime);
    mem_free(bot.rooms);
    return result;
}
