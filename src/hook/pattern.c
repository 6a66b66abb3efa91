/* SPDX-License-Identifier: MIT */
/*
 * The matcher. It walks the items of the pattern along the text; each repeated item that could have taken
 * more or fewer bytes leaves a choice behind, and a dead end goes back to the latest one. There is no
 * recursion: a pattern is a plain sequence, so there are never more choices open than it has repeated items
 * (pattern_check counts them). Each byte that is looked at costs a step, a set one more for each 8 bytes of
 * its text.
 */
#include "hook/pattern.h"
#include "hook/pattern_item.h"

#include <assert.h>
#include <stdint.h>

struct captures {
    int count;
    uint32_t open; /* bit i: capture i has begun and not ended */
    const char *start[PATTERN_CAPTURES];
    size_t len[PATTERN_CAPTURES];
    bool position[PATTERN_CAPTURES];
};

/* A place to come back to. Captures that were begun later are simply begun again; their values need no
 * undoing. */
struct choice {
    struct pattern_item item;
    const char *next; /* the pattern behind the item */
    const char *least, *at;
    int captures;
    uint32_t open;
};

struct match {
    const char *text, *end;
    int64_t steps; /* left */
    struct captures captures;
    int choices;
    struct choice choice[PATTERN_COMPLEX];
};

static bool step(struct match *m, size_t cost) {
    m->steps -= (int64_t)cost;
    return m->steps >= 0;
}

/* Where a byte is taken by the item. */
static bool takes(struct match *m, const struct pattern_item *item, const char *s) {
    size_t set_len = item->kind == PATTERN_SET ? (size_t)(item->set_end - item->set) : 0;
    return s < m->end && step(m, 1 + set_len / 8) && pattern_is_one(item, (unsigned char)*s);
}

static void choice_push(struct match *m, const struct pattern_item *item, const char *next, const char *least,
                        const char *at) {
    assert(m->choices < PATTERN_COMPLEX);
    m->choice[m->choices++] = (struct choice){*item, next, least, at, m->captures.count, m->captures.open};
}

/* Back to the latest choice: where to go on in the text and, in *p, in the pattern; NULL when there is none
 * left. */
static const char *go_back(struct match *m, const char **p) {
    while (m->choices > 0 && step(m, 1)) {
        struct choice *c = &m->choice[m->choices - 1];
        m->captures.count = c->captures;
        m->captures.open = c->open;
        *p = c->next;
        if (c->item.repeat == '-') {
            if (takes(m, &c->item, c->at))
                return ++c->at;
        } else if (c->at > c->least) {
            return --c->at;
        }
        m->choices--;
    }
    return NULL;
}

static const char *repeated(struct match *m, const struct pattern_item *item, const char *next,
                            const char *s) {
    const char *least = s;
    if (item->repeat == '-') {
        choice_push(m, item, next, s, s);
        return s;
    }
    while ((item->repeat != '?' || s == least) && takes(m, item, s))
        s++;
    if (item->repeat == '+' && s == least++)
        return NULL;
    if (s > least)
        choice_push(m, item, next, least, s);
    return s;
}

static const char *begin_capture(struct captures *c, bool position, const char *s) {
    assert(c->count < PATTERN_CAPTURES);
    if (!position)
        c->open |= UINT32_C(1) << c->count;
    c->position[c->count] = position;
    c->len[c->count] = 0;
    c->start[c->count++] = s;
    return s;
}

static const char *end_capture(struct captures *c, const char *s) {
    assert(c->open != 0);
    int i = 31 - __builtin_clz(c->open);
    c->open &= ~(UINT32_C(1) << i);
    c->len[i] = (size_t)(s - c->start[i]);
    return s;
}

static const char *balanced(struct match *m, const struct pattern_item *item, const char *s) {
    size_t depth = 1;
    if (s == m->end || (unsigned char)*s != item->c)
        return NULL;
    while (++s < m->end && step(m, 1)) {
        if ((unsigned char)*s == item->d) {
            if (--depth == 0)
                return s + 1;
        } else if ((unsigned char)*s == item->c) {
            depth++;
        }
    }
    return NULL;
}

/* Both ends of the text count as a zero byte. */
static const char *frontier(struct match *m, const struct pattern_item *item, const char *s) {
    unsigned char before = s == m->text ? 0 : (unsigned char)s[-1];
    unsigned char here = s == m->end ? 0 : (unsigned char)*s;
    if (!step(m, 1 + (size_t)(item->set_end - item->set) / 4))
        return NULL;
    bool in =
        !pattern_in_set(before, item->set, item->set_end) && pattern_in_set(here, item->set, item->set_end);
    return in ? s : NULL;
}

/* A position capture can be referred to only by mistake; Lua finds that it never matches, and so do we. */
static const char *back_reference(struct match *m, const struct pattern_item *item, const char *s) {
    int i = item->c - '1';
    assert(i >= 0 && i < m->captures.count);
    size_t len = m->captures.len[i];
    if (m->captures.position[i] || (size_t)(m->end - s) < len || !step(m, 1 + len / 8))
        return NULL;
    return memcmp(m->captures.start[i], s, len) == 0 ? s + len : NULL;
}

/* Where the text goes on behind the item; NULL: the item does not match here. */
static const char *match_item(struct match *m, const struct pattern_item *item, const char *next,
                              const char *s) {
    if (item->repeat != 0)
        return repeated(m, item, next, s);
    switch (item->kind) {
    case PATTERN_OPEN:
    case PATTERN_POSITION:
        return begin_capture(&m->captures, item->kind == PATTERN_POSITION, s);
    case PATTERN_CLOSE:
        return end_capture(&m->captures, s);
    case PATTERN_BALANCED:
        return balanced(m, item, s);
    case PATTERN_FRONTIER:
        return frontier(m, item, s);
    case PATTERN_BACK:
        return back_reference(m, item, s);
    case PATTERN_TAIL:
        return s == m->end ? s : NULL;
    default:
        return takes(m, item, s) ? s + 1 : NULL;
    }
}

/* The end of the match that begins at s; NULL: none does. */
static const char *match_from(struct match *m, const char *p, const char *s) {
    struct pattern_item item;
    m->choices = 0;
    m->captures.count = 0;
    m->captures.open = 0;
    while (s != NULL && step(m, 1)) {
        p = pattern_item_read(p, &item, NULL);
        if (item.kind == PATTERN_END)
            return s;
        s = match_item(m, &item, p, s);
        if (s == NULL)
            s = go_back(m, &p);
    }
    return NULL;
}

static void fill(struct pattern_match *out, const struct match *m, const char *s, const char *end) {
    out->whole = (struct str){s, (size_t)(end - s)};
    out->count = m->captures.count;
    for (int i = 0; i < out->count; i++) {
        const char *start = m->captures.start[i];
        if (m->captures.position[i])
            out->captures[i] = (struct str){NULL, (size_t)(start - m->text) + 1};
        else
            out->captures[i] = (struct str){start, m->captures.len[i]};
    }
}

/* The next place where a match can begin: where the pattern begins with a certain byte, not each place is
 * tried. */
static const char *next_start(const struct match *m, const struct pattern_item *first, const char *s) {
    bool certain = first->kind == PATTERN_BYTE && (first->repeat == 0 || first->repeat == '+');
    return certain ? memchr(s, first->c, (size_t)(m->end - s)) : s;
}

bool pattern_find(const char *pattern, struct str text, struct pattern_match *out) {
    struct match m; /* the choices are not worth clearing */
    struct pattern_item first;
    bool anchored = *pattern == '^';
    const char *s = text.s != NULL ? text.s : "", *end = NULL;
    m.text = s;
    m.end = s + text.len;
    m.steps = PATTERN_STEPS + PATTERN_STEPS_A_BYTE * (int64_t)text.len;
    pattern += anchored;
    pattern_item_read(pattern, &first, NULL);
    do {
        if (!anchored)
            s = next_start(&m, &first, s);
        end = s != NULL ? match_from(&m, pattern, s) : NULL;
    } while (end == NULL && !anchored && s != NULL && s++ < m.end && m.steps >= 0);
    if (end != NULL && out != NULL)
        fill(out, &m, s, end);
    return end != NULL;
}
