/* SPDX-License-Identifier: MIT */
#include "hook/pattern_item.h"

#include <string.h>

/* ASCII only, whatever the locale is: a config must mean the same on each machine. */
static bool is_lower(unsigned char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_upper(unsigned char c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(unsigned char c) {
    return c >= '0' && c <= '9';
}

static bool is_graph(unsigned char c) {
    return c > ' ' && c < 0x7f;
}

static bool is_alnum(unsigned char c) {
    return is_lower(c | 0x20) || is_digit(c);
}

/* %a and its like (manual 6.4.1); an upper-case letter is the complement; what is no class stands for itself.
 */
static bool in_class(unsigned char c, unsigned char class) {
    bool yes;
    switch (class | 0x20) {
    case 'a':
        yes = is_lower(c | 0x20);
        break;
    case 'c':
        yes = c < ' ' || c == 0x7f;
        break;
    case 'd':
        yes = is_digit(c);
        break;
    case 'g':
        yes = is_graph(c);
        break;
    case 'l':
        yes = is_lower(c);
        break;
    case 'p':
        yes = is_graph(c) && !is_alnum(c);
        break;
    case 's':
        yes = c == ' ' || (c >= '\t' && c <= '\r');
        break;
    case 'u':
        yes = is_upper(c);
        break;
    case 'w':
        yes = is_alnum(c);
        break;
    case 'x':
        yes = is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
        break;
    case 'z': /* not in the manual any more, and still understood by 5.4 */
        yes = c == 0;
        break;
    default:
        return class == c;
    }
    return is_upper(class) ? !yes : yes;
}

bool pattern_in_set(unsigned char c, const char *set, const char *set_end) {
    const char *p = set + 1;
    bool negative = *p == '^';
    for (p += negative; p < set_end; p++) {
        if (*p == '%') {
            /* The end of a range may be a '%' whose escaped byte is the closing bracket itself. */
            p++;
            if (in_class(c, (unsigned char)*p))
                return !negative;
        } else if (p[1] == '-' && p + 2 < set_end) {
            if ((unsigned char)*p <= c && c <= (unsigned char)p[2])
                return !negative;
            p += 2;
        } else if ((unsigned char)*p == c) {
            return !negative;
        }
    }
    return negative;
}

bool pattern_is_one(const struct pattern_item *item, unsigned char c) {
    switch (item->kind) {
    case PATTERN_BYTE:
        return item->c == c;
    case PATTERN_ANY:
        return true;
    case PATTERN_CLASS:
        return in_class(c, item->c);
    default:
        return pattern_in_set(c, item->set, item->set_end);
    }
}

/* p is at the '['. The first byte of a set is a member even when it is ']'. */
static const char *read_set(const char *p, struct pattern_item *item, struct err *err) {
    item->set = p++;
    p += *p == '^';
    do {
        if (*p == '\0' || (*p == '%' && p[1] == '\0')) {
            err_set(err, "malformed pattern (missing ']')");
            return NULL;
        }
        p += *p == '%' ? 2 : 1;
    } while (*p != ']');
    item->set_end = p;
    return p + 1;
}

static const char *read_repeat(const char *p, struct pattern_item *item) {
    if (p == NULL || *p == '\0' || strchr("*+-?", *p) == NULL)
        return p;
    item->repeat = *p;
    return p + 1;
}

static const char *read_balanced(const char *p, struct pattern_item *item, struct err *err) {
    if (p[0] == '\0' || p[1] == '\0') {
        err_set(err, "malformed pattern (missing arguments to '%%b')");
        return NULL;
    }
    item->kind = PATTERN_BALANCED;
    item->c = (unsigned char)p[0];
    item->d = (unsigned char)p[1];
    return p + 2;
}

static const char *read_frontier(const char *p, struct pattern_item *item, struct err *err) {
    if (*p != '[') {
        err_set(err, "missing '[' after '%%f' in pattern");
        return NULL;
    }
    item->kind = PATTERN_FRONTIER;
    return read_set(p, item, err);
}

/* p is behind the '%'. */
static const char *read_escape(const char *p, struct pattern_item *item, struct err *err) {
    if (*p == '\0') {
        err_set(err, "malformed pattern (ends with '%%')");
        return NULL;
    }
    if (*p == 'b')
        return read_balanced(p + 1, item, err);
    if (*p == 'f')
        return read_frontier(p + 1, item, err);
    item->c = (unsigned char)*p;
    if (is_digit(item->c)) {
        item->kind = PATTERN_BACK;
        return p + 1;
    }
    item->kind = is_lower(item->c | 0x20) ? PATTERN_CLASS : PATTERN_BYTE;
    return read_repeat(p + 1, item);
}

static const char *simple(struct pattern_item *item, enum pattern_kind kind, const char *next) {
    item->kind = kind;
    return next;
}

const char *pattern_item_read(const char *p, struct pattern_item *item, struct err *err) {
    *item = (struct pattern_item){.c = (unsigned char)*p};
    switch (*p) {
    case '\0':
        return simple(item, PATTERN_END, p);
    case '(':
        return p[1] == ')' ? simple(item, PATTERN_POSITION, p + 2) : simple(item, PATTERN_OPEN, p + 1);
    case ')':
        return simple(item, PATTERN_CLOSE, p + 1);
    case '%':
        return read_escape(p + 1, item, err);
    case '[':
        item->kind = PATTERN_SET;
        return read_repeat(read_set(p, item, err), item);
    case '.':
        return read_repeat(simple(item, PATTERN_ANY, p + 1), item);
    case '$':
        if (p[1] == '\0')
            return simple(item, PATTERN_TAIL, p + 1);
        break;
    }
    return read_repeat(simple(item, PATTERN_BYTE, p + 1), item);
}
