/* SPDX-License-Identifier: MIT */
/* Is it a pattern, and what must a text hold that it matches? Both are answered by one walk over the items.
 */
#include "hook/pattern.h"
#include "hook/pattern_item.h"

#include <stdint.h>

struct check {
    int captures;  /* begun so far */
    uint32_t open; /* bit i: capture i is not closed yet */
    int complex;
};

static int check_open(struct check *c, bool stays_open, struct err *err) {
    if (c->captures == PATTERN_CAPTURES)
        return err_set(err, "too many captures");
    if (stays_open)
        c->open |= UINT32_C(1) << c->captures;
    c->captures++;
    return 0;
}

static int check_close(struct check *c, struct err *err) {
    if (c->open == 0)
        return err_set(err, "invalid pattern capture");
    c->open &= ~(UINT32_C(1) << (31 - __builtin_clz(c->open))); /* the last one that is open */
    return 0;
}

static int check_back(const struct check *c, char digit, struct err *err) {
    int i = digit - '1';
    if (i < 0 || i >= c->captures || (c->open >> i & 1))
        return err_set(err, "invalid capture index %%%c", digit);
    return 0;
}

static int check_item(struct check *c, const struct pattern_item *item, struct err *err) {
    c->complex += item->repeat != 0;
    switch (item->kind) {
    case PATTERN_OPEN:
    case PATTERN_POSITION:
        c->complex++;
        return check_open(c, item->kind == PATTERN_OPEN, err);
    case PATTERN_CLOSE:
        c->complex++;
        return check_close(c, err);
    case PATTERN_BACK:
        return check_back(c, (char)item->c, err);
    default:
        return 0;
    }
}

int pattern_check(const char *pattern, struct err *err) {
    struct check c = {0};
    struct pattern_item item;
    const char *p = pattern + (*pattern == '^');
    do {
        p = pattern_item_read(p, &item, err);
        if (p == NULL || check_item(&c, &item, err) < 0)
            return -1;
    } while (item.kind != PATTERN_END);
    if (c.open != 0)
        return err_set(err, "unfinished capture");
    if (c.complex >= PATTERN_COMPLEX)
        return err_set(err, "pattern too complex");
    return 0;
}

struct run {
    char *bytes; /* the best so far, and behind it the one that is being read */
    size_t best, len;
};

/* The run that was being read is over. */
static void run_end(struct run *r) {
    if (r->len > r->best) {
        memmove(r->bytes, r->bytes + r->best, r->len);
        r->best = r->len;
    }
    r->len = 0;
}

static void run_add(struct run *r, char c) {
    r->bytes[r->best + r->len++] = c;
}

/* True while the run goes on. Of x+ it is known that one x stands behind what comes before it. */
static bool run_item(struct run *r, const struct pattern_item *item) {
    if (item->kind == PATTERN_OPEN || item->kind == PATTERN_CLOSE || item->kind == PATTERN_POSITION ||
        item->kind == PATTERN_FRONTIER)
        return true;
    bool is_byte = item->kind == PATTERN_BYTE;
    if (is_byte && (item->repeat == 0 || item->repeat == '+'))
        run_add(r, (char)item->c);
    if (is_byte && item->repeat == 0)
        return true;
    run_end(r);
    return false;
}

size_t pattern_literal(const char *pattern, char *run, bool *at_start) {
    struct run r = {.bytes = run};
    struct pattern_item item;
    bool anchored = *pattern == '^', first = true;
    const char *p = pattern_item_read(pattern + anchored, &item, NULL);
    for (; item.kind != PATTERN_END; p = pattern_item_read(p, &item, NULL)) {
        if (run_item(&r, &item))
            continue;
        if (anchored && first && r.best > 0)
            break;
        first = false;
    }
    run_end(&r);
    *at_start = anchored && first && r.best > 0;
    return r.best;
}
