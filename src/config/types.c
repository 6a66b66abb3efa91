/* SPDX-License-Identifier: MIT */
/* types: the readers of single values. */
#include "base/buf.h"
#include "base/mem.h"
#include "config/reader.h"

#include <math.h>
#include <stdlib.h>

void read_string(struct reader *r, const struct tree_node *node, void *to) {
    const char *text = reader_text(r, node, "a string");
    if (text == NULL)
        return;
    mem_free(*(char **)to);
    *(char **)to = mem_strdup(text);
}

void read_filled(struct reader *r, const struct tree_node *node, void *to) {
    if (node->kind == TREE_SCALAR && node->text != NULL && node->text[0] == '\0')
        reader_say(r, node, "this may not be empty");
    else
        read_string(r, node, to);
}

static char *absolute(const struct reader *r, const char *path) {
    struct buf b = BUF_INIT;
    if (path[0] == '/')
        return mem_strdup(path);
    buf_addf(&b, "%s/%s", r->folder, path);
    return buf_detach(&b);
}

void reader_make_absolute(const struct reader *r, char **path) {
    char *whole = absolute(r, *path);
    mem_free(*path);
    *path = whole;
}

void read_path(struct reader *r, const struct tree_node *node, void *to) {
    const char *text = reader_text(r, node, "a path");
    if (text == NULL)
        return;
    if (text[0] == '\0') {
        reader_say(r, node, "a path may not be empty");
        return;
    }
    mem_free(*(char **)to);
    *(char **)to = absolute(r, text);
}

static void read_list(struct reader *r, const struct tree_node *node, char ***to, bool paths) {
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single), n = 0;
    char **list = mem_alloc0((count + 1) * sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        const char *text = reader_text(r, items[i], paths ? "a path" : "a string");
        if (text != NULL)
            list[n++] = paths ? absolute(r, text) : mem_strdup(text);
    }
    *to = list;
}

void read_strings(struct reader *r, const struct tree_node *node, void *to) {
    read_list(r, node, to, false);
}

void read_paths(struct reader *r, const struct tree_node *node, void *to) {
    read_list(r, node, to, true);
}

void read_boolean(struct reader *r, const struct tree_node *node, void *to) {
    if (!tree_bool(node, to))
        reader_wrong(r, node, "true or false");
}

void read_int(struct reader *r, const struct tree_node *node, void *to) {
    int64_t v;
    if (!tree_integer(node, &v) || v < -999999999 || v > 999999999)
        reader_wrong(r, node, "a whole number of at most nine digits");
    else
        *(int *)to = (int)v;
}

uint16_t reader_port(const char *text) {
    size_t len = strspn(text, "0123456789");
    long port = len > 0 && len <= 5 && text[len] == '\0' ? strtol(text, NULL, 10) : 0;
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

enum { LEAST_BYTES = 256 * 1024 };

struct unit {
    const char *name;
    double factor;
};

/* Digits, perhaps a point, and a unit of the table. */
static bool measure(const struct tree_node *node, const struct unit *units, double *out) {
    if (node->kind != TREE_SCALAR || node->text == NULL || node->text[0] < '0' || node->text[0] > '9')
        return false;
    char *end;
    double v = strtod(node->text, &end);
    if (strspn(node->text, "0123456789.") != (size_t)(end - node->text))
        return false;
    for (; units->name != NULL; units++) {
        if (strcmp(units->name, end) == 0) {
            *out = v * units->factor;
            return isfinite(*out);
        }
    }
    return false;
}

void read_duration(struct reader *r, const struct tree_node *node, void *to) {
    static const struct unit units[] = {{"", 1},     {"ms", 0.001}, {"s", 1}, {"m", 60},
                                        {"h", 3600}, {"d", 86400},  {NULL, 0}};
    double v;
    if (!measure(node, units, &v))
        reader_wrong(r, node, "a duration like 500ms, 15s, 5m, 2h or 1d");
    else if (v <= 0 || v > 366.0 * 86400)
        reader_say(r, node, "a duration must be more than 0 and at most a year");
    else
        *(double *)to = v;
}

static void read_amount(struct reader *r, const struct tree_node *node, void *to, const struct unit *units,
                        const char *expected) {
    double v;
    if (!measure(node, units, &v) || v < 1 || v > 1e15)
        reader_wrong(r, node, expected);
    else
        *(uint64_t *)to = (uint64_t)v;
}

void read_size(struct reader *r, const struct tree_node *node, void *to) {
    static const struct unit units[] = {{"", 1}, {"K", 1024}, {"M", 1048576}, {"G", 1073741824}, {NULL, 0}};
    read_amount(r, node, to, units, "a size like 256K, 64M or 1G");
}

void read_bytes(struct reader *r, const struct tree_node *node, void *to) {
    uint64_t before = *(uint64_t *)to;
    read_size(r, node, to);
    if (*(uint64_t *)to >= LEAST_BYTES || *(uint64_t *)to == before)
        return;
    reader_say(r, node, "less than 256K is too little for a Lua state");
    *(uint64_t *)to = before;
}

void read_count(struct reader *r, const struct tree_node *node, void *to) {
    static const struct unit units[] = {{"", 1}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}, {NULL, 0}};
    read_amount(r, node, to, units, "a count like 1000, 50K or 50M");
}
