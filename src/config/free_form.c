/* SPDX-License-Identifier: MIT */
/* free_form: nodes as plain values, for `with:` and bot.config. Aliases are copied out here, so the size is
 * bounded, or a few lines of aliases of aliases would fill the memory. */
#include "base/mem.h"
#include "config/reader.h"

enum { MOST_VALUES = 100000, MOST_DEPTH = 64 };

struct copier {
    const char *const *without;
    size_t left; /* values that may still be made; 0: there are too many */
    int depth;
};

static bool is_left_out(const char *key, const char *const *without) {
    for (; without != NULL && *without != NULL; without++)
        if (strcmp(key, *without) == 0)
            return true;
    return false;
}

static void copy_scalar(struct config_value *out, const struct tree_node *n) {
    if (n->text == NULL || tree_is_null(n))
        out->kind = CONFIG_NULL;
    else if (tree_bool(n, &out->boolean))
        out->kind = CONFIG_BOOL;
    else if (tree_integer(n, &out->integer))
        out->kind = CONFIG_INT;
    else if (tree_number(n, &out->number))
        out->kind = CONFIG_FLOAT;
    else {
        out->kind = CONFIG_STRING;
        out->string = mem_strdup(n->text);
    }
}

static void copy(struct copier *c, struct config_value *out, const struct tree_node *n);

static void copy_map(struct copier *c, struct config_value *out, const struct tree_node *n) {
    out->kind = CONFIG_MAP;
    out->items = mem_alloc0(n->count * sizeof(*out->items));
    out->keys = mem_alloc0(n->count * sizeof(*out->keys));
    for (size_t i = 0; i < n->count; i++) {
        const char *key = n->pairs[i].key->text;
        if (key == NULL || is_left_out(key, c->without))
            continue;
        out->keys[out->count] = mem_strdup(key);
        copy(c, &out->items[out->count], n->pairs[i].value);
        out->items[out->count++].mark = n->pairs[i].key->mark;
    }
}

static void copy_list(struct copier *c, struct config_value *out, const struct tree_node *n) {
    out->kind = CONFIG_LIST;
    out->count = n->count;
    out->items = mem_alloc0(n->count * sizeof(*out->items));
    for (size_t i = 0; i < n->count; i++)
        copy(c, &out->items[i], n->items[i]);
}

static void copy(struct copier *c, struct config_value *out, const struct tree_node *n) {
    *out = (struct config_value){.kind = CONFIG_NULL, .mark = n->mark};
    if (c->left <= n->count || c->depth == MOST_DEPTH) {
        c->left = 0;
        return;
    }
    c->left--;
    c->depth++;
    if (n->kind == TREE_SCALAR)
        copy_scalar(out, n);
    else if (n->kind == TREE_MAP)
        copy_map(c, out, n);
    else
        copy_list(c, out, n);
    c->depth--;
}

void value_copy(struct reader *r, struct config_value *out, const struct tree_node *node,
                const char *const *without) {
    struct copier c = {.without = without, .left = MOST_VALUES};
    copy(&c, out, node);
    if (c.left == 0)
        reader_say(r, node,
                   "this is too large: at most %d values are possible, with all that aliases name, "
                   "nested %d deep",
                   MOST_VALUES, MOST_DEPTH);
}

void value_finish(struct config_value *v) {
    for (size_t i = 0; i < v->count; i++) {
        value_finish(&v->items[i]);
        if (v->keys != NULL)
            mem_free(v->keys[i]);
    }
    mem_free(v->items);
    mem_free(v->keys);
    mem_free(v->string);
    *v = (struct config_value){.kind = CONFIG_NULL};
}
