/* SPDX-License-Identifier: MIT */
/*
 * A session's life, and its answers: they are taken in the order of the requests' numbers (14.2), whichever
 * came first. What goes out is bosh_lanes.c's.
 */
#include "xmpp/bosh_internal.h"

#include "base/mem.h"
#include "base/random.h"
#include "xml/write.h"
#include "xmpp/ns.h"

#include <assert.h>
#include <stdio.h>

enum { TIMEOUT_MS = 15000 };

/* ---- life ---- */

static uint64_t random_rid(void) { /* 14.1: far from the end */
    uint64_t n;
    random_bytes(&n, sizeof(n));
    return (n & ((UINT64_C(1) << 52) - 1)) + 1;
}

struct bosh *bosh_new(const struct bosh_options *o, const struct bosh_callbacks *callbacks, void *ctx) {
    struct bosh *b = mem_new(struct bosh);
    b->domain = mem_strdup(o->domain);
    b->from = mem_strdup(o->from);
    b->lang = mem_strdup(o->lang != NULL ? o->lang : "en");
    b->is_secure = o->is_secure;
    b->timeout_ms = o->timeout_ms != 0 ? o->timeout_ms : TIMEOUT_MS;
    b->next_rid = o->rid != 0 ? o->rid : random_rid();
    b->callbacks = callbacks;
    b->ctx = ctx;
    b->parser = bosh_parser_new();
    b->polled_ms = INT64_MIN / 2;
    return b;
}

void bosh_free(struct bosh *b) {
    if (b == NULL)
        return;
    for (size_t i = 0; i < BOSH_LANES; i++) {
        buf_finish(&b->lanes[i].body);
        buf_finish(&b->lanes[i].answer);
    }
    xml_parser_free(b->parser);
    buf_finish(&b->items);
    buf_finish(&b->texts);
    mem_free(b->domain);
    mem_free(b->from);
    mem_free(b->lang);
    mem_free(b->sid);
    mem_free(b);
}

bool bosh_is_closing(const struct bosh *b) {
    return b->phase == CLOSING || (b->has_end && b->phase != FRESH && b->phase != OVER);
}

void bosh_lose(struct bosh *b, const char *why) {
    if (b->phase == OVER)
        return;
    b->phase = OVER;
    b->callbacks->lost(b->ctx, why);
}

/* ---- what comes in ---- */

static void say(struct bosh *b, struct buf *text) {
    b->callbacks->message(b->ctx, buf_data(text), buf_len(text));
    buf_clear(text);
}

/* Returns whether one was a stream error. */
static bool say_children(struct bosh *b, const struct bosh_answer *a, struct buf *text) {
    bool is_error = false;
    const struct xml_node *n = xml_first_element(a->body);
    if (n == NULL)
        b->callbacks->message(b->ctx, "", 0); /* it is alive */
    for (; n != NULL; n = xml_next_element(n)) {
        if (xml_is(n, "uri", NS_HTTPBIND))
            continue;
        is_error = is_error || xml_is(n, "error", NS_STREAM);
        xml_write_node(text, n, NULL);
        say(b, text);
    }
    return is_error;
}

static void say_end(struct bosh *b, const struct bosh_answer *a, struct buf *text) {
    b->phase = OVER;
    bosh_read_end(a, text);
    say(b, text);
}

static bool is_unknown(const struct bosh_answer *a) {
    return a->type == BOSH_TERMINATE && str_is(a->condition, "item-not-found");
}

static int adopt(struct bosh *b, const struct bosh_answer *a, struct err *err) {
    if (a->sid.s == NULL || a->sid.len == 0)
        return err_set(err, "makes a session without a name (sid)");
    if (a->requests == 0 || a->requests < a->hold)
        return err_set(err, "allows fewer requests than it wants to hold");
    b->sid = mem_strndup(a->sid.s, a->sid.len);
    b->wait_s = a->wait_s < BOSH_WAIT_S ? a->wait_s : BOSH_WAIT_S;
    b->hold = a->hold;
    b->requests = a->requests;
    b->polling_s = a->polling_s;
    b->phase = OPEN;
    return 0;
}

/* 9.1: of nothing that was not sent, and of no less than what it answers. */
static bool is_good_ack(const struct bosh *b, const struct bosh_lane *l, const struct bosh_answer *a) {
    return !a->has_ack || (a->ack >= l->rid && a->ack < b->next_rid);
}

/* Some servers forget a request whose connection broke before they answered it, and know nothing of it when
 * it comes again behind a later one (14.2): they have done what it said. That the session is alive, or not,
 * the answer to the later one tells. */
static bool is_forgotten(const struct bosh *b, const struct bosh_lane *was, const struct bosh_answer *a) {
    bool has_later = false;
    for (size_t i = 0; i < BOSH_LANES; i++)
        has_later =
            has_later || (b->lanes[i].rid > was->rid && (b->lanes[i].is_sent || b->lanes[i].has_answer));
    return is_unknown(a) && was->tries > 0 && has_later;
}

/* The answer in a lane that is free by now. */
static void take(struct bosh *b, const struct bosh_lane *was, const struct bosh_answer *a) {
    struct buf text = BUF_INIT;
    if ((was->is_creation || was->is_restart) && a->type == BOSH_PLAIN) {
        bosh_read_open(a, was->is_restart, &text);
        b->is_barred = false;
        say(b, &text);
    }
    bool is_error = say_children(b, a, &text);
    if (is_error)
        b->phase = OVER;
    else if (is_unknown(a))
        bosh_lose(b, "the server does not know our BOSH session any more (item-not-found)");
    else if (a->type == BOSH_TERMINATE || was->is_end)
        say_end(b, a, &text);
    buf_finish(&text);
}

static void read_answer(struct bosh *b, struct bosh_lane *l, int64_t now_ms) {
    struct bosh_answer a;
    struct err err = ERR_INIT;
    struct bosh_lane was = *l;
    int r = bosh_read(b->parser, buf_data(&l->answer), buf_len(&l->answer), &a, &err);
    if (r == 0 && a.type == BOSH_ERROR) {
        bosh_retry(b, l, "the server asks for the same BOSH request again and again", now_ms);
        return;
    }
    if (r == 0 && !is_good_ack(b, l, &a))
        r = err_set(&err, "acknowledges a request that was never made");
    if (r == 0 && b->phase == CREATING && a.type == BOSH_PLAIN)
        r = adopt(b, &a, &err);
    if (r != 0) {
        char why[sizeof(err.text) + 32];
        snprintf(why, sizeof(why), "the server's answer %s", err.text);
        bosh_lose(b, why);
        return;
    }
    b->answered = l->rid;
    b->is_hasty = l->is_empty && xml_first_element(a.body) == NULL && now_ms - b->polled_ms < BOSH_POLL_MS;
    bosh_clear_lane(l);
    if (!is_forgotten(b, &was, &a))
        take(b, &was, &a);
}

static void read_answers(struct bosh *b, int64_t now_ms) {
    struct bosh_lane *l;
    while (b->phase != OVER && (l = bosh_oldest(b)) != NULL && l->has_answer)
        read_answer(b, l, now_ms);
}

/* 17.1: what servers said before there were terminal conditions. */
static const char *old_condition(unsigned status) {
    return status == 400   ? "bad-request"
           : status == 403 ? "policy-violation"
           : status == 404 ? "item-not-found"
                           : "";
}

static void on_status(struct bosh *b, struct bosh_lane *l, unsigned status, int64_t now_ms) {
    char why[160];
    const char *condition = old_condition(status);
    snprintf(why, sizeof(why), "the server answers HTTP %u%s%s%s", status,
             condition[0] != '\0' && b->phase != CREATING ? ", " : "", b->phase != CREATING ? condition : "",
             b->phase == CREATING ? " in place of a BOSH session; are path and port of the URL right?" : "");
    if (status >= 500)
        bosh_retry(b, l, why, now_ms);
    else
        bosh_lose(b, why);
}

void bosh_answered(struct bosh *b, size_t lane, unsigned status, const char *bytes, size_t len,
                   int64_t now_ms) {
    assert(lane < BOSH_LANES);
    struct bosh_lane *l = &b->lanes[lane];
    if (b->phase == OVER || l->rid == 0 || !l->is_out)
        return;
    l->is_out = false;
    if (status != 200) {
        on_status(b, l, status, now_ms);
        return;
    }
    l->has_answer = true;
    buf_clear(&l->answer);
    buf_add(&l->answer, bytes, len);
    read_answers(b, now_ms);
}

void bosh_failed(struct bosh *b, size_t lane, const char *why, bool is_final, int64_t now_ms) {
    assert(lane < BOSH_LANES);
    struct bosh_lane *l = &b->lanes[lane];
    if (b->phase == OVER || l->rid == 0 || !l->is_out)
        return;
    if (is_final)
        bosh_lose(b, why);
    else
        bosh_retry(b, l, why, now_ms);
}
