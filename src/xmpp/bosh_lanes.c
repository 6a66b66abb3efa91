/* SPDX-License-Identifier: MIT */
/*
 * What the stream has said waits here, in its order; the two lanes take it, body by body. A request stays in
 * its lane, word for word, until its answer was taken: so that it can go out again.
 */
#include "xmpp/bosh_internal.h"

#include "xmpp/ns.h"

#include <assert.h>

enum {
    TRIES_MOST = 5,
    PAYLOAD_MOST = 65536, /* bytes of more than one stanza in a body */
};

enum kind { ELEMENT, OPENING, END };

struct item { /* a message of the stream, in `texts` */
    uint32_t len;
    enum kind kind;
};

/* ---- what waits ---- */

static bool begins_with(const char *text, size_t len, const char *with) {
    return len > strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

void bosh_write(struct bosh *b, const char *text, size_t len) {
    struct item item = {(uint32_t)len, ELEMENT};
    if (begins_with(text, len, "<open xmlns='" NS_FRAMING "'"))
        item = (struct item){0, OPENING};
    else if (begins_with(text, len, "<close xmlns='" NS_FRAMING "'"))
        item = (struct item){0, END};
    b->has_end = b->has_end || item.kind == END;
    buf_add(&b->items, &item, sizeof(item));
    buf_add(&b->texts, text, item.len);
}

static bool front(const struct bosh *b, struct item *item) {
    if (buf_len(&b->items) == 0)
        return false;
    memcpy(item, buf_data(&b->items), sizeof(*item));
    return true;
}

/* The elements at the front, as many as go into one body; their length. */
static size_t take_elements(struct bosh *b) {
    struct item item;
    size_t len = 0;
    while (front(b, &item) && item.kind == ELEMENT && (len == 0 || len + item.len <= PAYLOAD_MOST)) {
        len += item.len;
        buf_consume(&b->items, sizeof(item));
    }
    return len;
}

static bool take_kind(struct bosh *b, enum kind kind) {
    struct item item;
    if (!front(b, &item) || item.kind != kind)
        return false;
    buf_consume(&b->items, sizeof(item));
    return true;
}

/* ---- lanes ---- */

static size_t used_count(const struct bosh *b) {
    size_t count = 0;
    for (size_t i = 0; i < BOSH_LANES; i++)
        count += b->lanes[i].rid != 0;
    return count;
}

static struct bosh_lane *free_lane(struct bosh *b) {
    for (size_t i = 0; i < BOSH_LANES; i++)
        if (b->lanes[i].rid == 0)
            return &b->lanes[i];
    return NULL;
}

struct bosh_lane *bosh_oldest(struct bosh *b) {
    struct bosh_lane *found = NULL;
    for (size_t i = 0; i < BOSH_LANES; i++)
        if (b->lanes[i].rid != 0 && (found == NULL || b->lanes[i].rid < found->rid))
            found = &b->lanes[i];
    return found;
}

void bosh_clear_lane(struct bosh_lane *l) {
    buf_release(&l->body, 0);
    buf_release(&l->answer, 0);
    *l = (struct bosh_lane){.body = l->body, .answer = l->answer};
}

static void send_lane(struct bosh *b, struct bosh_lane *l, int64_t now_ms) {
    bool is_held = b->phase == OPEN && !l->is_restart;
    l->is_out = true;
    l->is_sent = false;
    l->due_ms = now_ms + b->timeout_ms + (is_held ? (int64_t)b->wait_s * 1000 : 0);
}

/* At once, then after 1 s, 2 s, 4 s. */
void bosh_retry(struct bosh *b, struct bosh_lane *l, const char *why, int64_t now_ms) {
    l->is_out = l->is_sent = l->has_answer = false;
    if (++l->tries >= TRIES_MOST || b->phase == CREATING) {
        bosh_lose(b, why);
        return;
    }
    l->due_ms = now_ms + (l->tries == 1 ? 0 : 500 << (l->tries - 1));
}

static void expire(struct bosh *b, int64_t now_ms) {
    for (size_t i = 0; i < BOSH_LANES; i++) {
        struct bosh_lane *l = &b->lanes[i];
        if (b->phase != OVER && l->rid != 0 && l->is_out && l->due_ms <= now_ms)
            bosh_retry(b, l, "the server does not answer a BOSH request", now_ms);
    }
}

/* ---- what goes out ---- */

static void begin_session(struct bosh *b, struct bosh_lane *l) {
    const struct bosh_options o = {
        .domain = b->domain, .from = b->from, .lang = b->lang, .is_secure = b->is_secure};
    l->rid = b->next_rid++;
    l->is_creation = true;
    bosh_write_creation(&l->body, &o, l->rid);
    b->phase = CREATING;
    b->is_barred = true;
}

static void make_request(struct bosh *b, struct bosh_lane *l, int64_t now_ms) {
    bool is_restart = take_kind(b, OPENING);
    size_t len = is_restart ? 0 : take_elements(b);
    bool is_end = !is_restart && take_kind(b, END);
    const struct bosh_request r = {.rid = b->next_rid,
                                   .ack = b->answered,
                                   .sid = b->sid,
                                   .is_restart = is_restart,
                                   .is_end = is_end,
                                   .domain = b->domain,
                                   .lang = b->lang,
                                   .payload = {buf_data(&b->texts), len}};
    bosh_write_body(&l->body, &r);
    buf_consume(&b->texts, len);
    if (buf_len(&b->texts) == 0)
        buf_release(&b->texts, 0);
    l->rid = b->next_rid++;
    l->is_restart = is_restart;
    l->is_end = is_end;
    b->is_barred = is_restart;
    if (is_end)
        b->phase = CLOSING;
    l->is_empty = len == 0 && !is_restart && !is_end;
    if (l->is_empty)
        b->polled_ms = now_ms;
}

/* When an empty request may go out: any time, but where the server holds none (12), or does as if. */
static int64_t poll_ms(const struct bosh *b) {
    int64_t pause_ms = b->polling_s > 0 ? (int64_t)b->polling_s * 1000 : BOSH_POLL_MS;
    return b->hold > 0 && !b->is_hasty ? INT64_MIN : b->polled_ms + pause_ms;
}

static bool is_idle(const struct bosh *b) {
    return b->phase == OPEN && !b->is_barred && used_count(b) == 0 && buf_len(&b->items) == 0;
}

static bool is_behind(const struct bosh *b) {
    for (size_t i = 0; i < BOSH_LANES; i++)
        if (b->lanes[i].rid != 0 && b->lanes[i].tries > 0 && !b->lanes[i].is_sent && !b->lanes[i].has_answer)
            return true;
    return false;
}

static bool has_request(struct bosh *b, int64_t now_ms) {
    struct item item;
    if (b->phase == FRESH)
        return front(b, &item) && item.kind == OPENING;
    if (b->phase != OPEN || b->is_barred || used_count(b) >= b->requests || is_behind(b))
        return false;
    if (b->next_rid > BOSH_RID_MOST) {
        bosh_lose(b, "the numbers of BOSH requests have run out");
        return false;
    }
    return buf_len(&b->items) > 0 || (is_idle(b) && now_ms >= poll_ms(b));
}

static struct bosh_lane *next_lane(struct bosh *b, int64_t now_ms) {
    for (size_t i = 0; i < BOSH_LANES; i++) {
        struct bosh_lane *l = &b->lanes[i];
        if (l->rid != 0 && !l->is_out && !l->has_answer && l->due_ms <= now_ms)
            return l;
    }
    struct bosh_lane *l = free_lane(b);
    if (l == NULL || !has_request(b, now_ms))
        return NULL;
    if (b->phase == FRESH && take_kind(b, OPENING))
        begin_session(b, l);
    else
        make_request(b, l, now_ms);
    return l;
}

bool bosh_next(struct bosh *b, int64_t now_ms, size_t *lane, struct str *body) {
    expire(b, now_ms);
    struct bosh_lane *l = b->phase != OVER ? next_lane(b, now_ms) : NULL;
    if (l == NULL)
        return false;
    send_lane(b, l, now_ms);
    *lane = (size_t)(l - b->lanes);
    *body = (struct str){buf_data(&l->body), buf_len(&l->body)};
    return true;
}

void bosh_sent(struct bosh *b, size_t lane) {
    assert(lane < BOSH_LANES);
    b->lanes[lane].is_sent = b->lanes[lane].is_out;
}

int64_t bosh_due_ms(const struct bosh *b) {
    int64_t due = INT64_MAX;
    if (b->phase == OVER)
        return due;
    for (size_t i = 0; i < BOSH_LANES; i++) {
        const struct bosh_lane *l = &b->lanes[i];
        if (l->rid != 0 && !l->has_answer && l->due_ms < due)
            due = l->due_ms;
    }
    return is_idle(b) && poll_ms(b) < due ? poll_ms(b) : due;
}
