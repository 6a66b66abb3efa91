/* SPDX-License-Identifier: MIT */
/* free_form: nodes as plain values, for `with:` and bot.config. */
#include "base/mem.h"
#include "config/reader.h"

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

static void copy_map(struct config_value *out, const struct tree_node *n, const char *const *without) {
    out->kind = CONFIG_MAP;
    out->items = mem_alloc0(n->count * sizeof(*out->items));
    out->keys = mem_alloc0(n->count * sizeof(*out->keys));
    for (size_t i = 0; i < n->count; i++) {
        const char *key = n->pairs[i].key->text;
        if (key == NULL || is_left_out(key, without))
            continue;
        out->keys[out->count] = mem_strdup(key);
        value_copy(&out->items[out->count++], n->pairs[i].value, without);
    }
}

void value_copy(struct config_value *out, const struct tree_node *n, const char *const *without) {
    *out = (struct config_value){.kind = CONFIG_NULL};
    if (n->kind == TREE_SCALAR) {
        copy_scalar(out, n);
    } else if (n->kind == TREE_MAP) {
        copy_map(out, n, without);
    } else {
        out->kind = CONFIG_LIST;
        out->count = n->count;
        out->items = mem_alloc0(n->count * sizeof(*out->items));
        for (size_t i = 0; i < n->count; i++)
            value_copy(&out->items[i], n->items[i], without);
    }
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
