/* SPDX-License-Identifier: MIT */
#include "config/reader.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void reader_say(struct reader *r, const struct tree_node *node, const char *fmt, ...) {
    struct buf text = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&text, fmt, ap);
    va_end(ap);
    config_mistake_add(r->mistakes, r->path, node->mark, "%s", buf_data(&text));
    buf_finish(&text);
}

void reader_wrong(struct reader *r, const struct tree_node *node, const char *expected) {
    if (node->kind == TREE_SCALAR && node->text == NULL)
        return; /* its expansion failed, which was told */
    reader_say(r, node, "%s is expected here, not %s", expected, tree_describe(node));
}

static void add_names(struct buf *out, const char *const *names) {
    for (size_t i = 0; names[i] != NULL; i++)
        buf_addf(out, "%s%s", i ? ", " : "", names[i]);
}

static void unknown(struct reader *r, const struct tree_node *node, const char *const *names,
                    const char *what) {
    struct buf all = BUF_INIT;
    const char *near = config_did_you_mean(node->text, names);
    add_names(&all, names);
    if (near != NULL)
        reader_say(r, node, "%s '%s' is unknown; did you mean '%s'?", what, node->text, near);
    else
        reader_say(r, node, "%s '%s' is unknown; there are: %s", what, node->text, buf_data(&all));
    buf_finish(&all);
}

static int find_name(const char *const *names, const char *text) {
    for (int i = 0; names != NULL && names[i] != NULL; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    return -1;
}

int reader_choice(struct reader *r, const struct tree_node *node, const char *const *names,
                  const char *const *planned, const char *what) {
    const char *text = reader_text(r, node, what);
    int at = text != NULL ? find_name(names, text) : -1;
    if (text != NULL && find_name(planned, text) >= 0)
        reader_say(r, node, "%s '%s' is not supported by this version", what, text);
    else if (text != NULL && at < 0)
        unknown(r, node, names, what);
    return at;
}

const char *reader_text(struct reader *r, const struct tree_node *node, const char *expected) {
    if (node->kind == TREE_SCALAR && node->text != NULL && !tree_is_null(node))
        return node->text;
    reader_wrong(r, node, expected);
    return NULL;
}

const char *reader_jid(struct reader *r, const struct tree_node *node, const char *expected, struct jid *j) {
    struct err err = ERR_INIT;
    const char *text = reader_text(r, node, expected);
    if (text == NULL || jid_parse(str_of(text), j, &err) == 0)
        return text;
    reader_say(r, node, "'%s' is no JID: %s", text, err.text);
    return NULL;
}

const struct tree_node *reader_find(const struct tree_node *map, const char *key) {
    for (size_t i = 0; i < map->count; i++) {
        const struct tree_pair *p = &map->pairs[i];
        if (p->key->text != NULL && strcmp(p->key->text, key) == 0)
            return tree_is_null(p->value) ? NULL : p->value;
    }
    return NULL;
}

static const struct option *find_option(const struct option *options, const char *name) {
    for (; options->name != NULL; options++)
        if (strcmp(options->name, name) == 0)
            return options;
    return NULL;
}

/* Only what this version understands is offered as a remedy. */
static void unknown_option(struct reader *r, const struct tree_node *key, const struct option *options,
                           const char *what) {
    const char *names[48];
    size_t n = 0;
    char said[64];
    for (const struct option *o = options; o->name != NULL && n < 47; o++)
        if (o->read != NULL)
            names[n++] = o->name;
    names[n] = NULL;
    snprintf(said, sizeof(said), "in %s the key", what);
    unknown(r, key, names, said);
}

static void read_option(struct reader *r, const struct tree_pair *pair, const struct option *options,
                        void *base, const char *what) {
    if (pair->key->text == NULL)
        return;
    const struct option *o = find_option(options, pair->key->text);
    if (o == NULL)
        unknown_option(r, pair->key, options, what);
    else if (tree_is_null(pair->value))
        return;
    else if (o->read == NULL)
        reader_say(r, pair->key, "'%s' is not supported by this version", o->name);
    else
        o->read(r, pair->value, (char *)base + o->offset);
}

bool read_options(struct reader *r, const struct tree_node *map, const struct option *options, void *base,
                  const char *what) {
    if (map->kind != TREE_MAP) {
        if (map->kind == TREE_SCALAR && map->text != NULL && strchr(map->text, ':') != NULL)
            reader_say(r, map, "a map of options is expected here; is there no blank behind the ':'?");
        else
            reader_wrong(r, map, "a map of options");
        return false;
    }
    for (size_t i = 0; i < map->count; i++)
        read_option(r, &map->pairs[i], options, base, what);
    return true;
}

size_t reader_items(const struct tree_node *node, const struct tree_node ***items,
                    const struct tree_node **single) {
    if (node->kind == TREE_LIST) {
        *items = (const struct tree_node **)node->items;
        return node->count;
    }
    *single = node;
    *items = single;
    return 1;
}
