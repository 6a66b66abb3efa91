/* SPDX-License-Identifier: MIT */
/*
 * tree: a YAML file as nodes that know their place. libyaml is used here only. An alias is the node of its
 * anchor again, so a file of thousands of bots that share their hooks costs one copy of them, and an alias
 * bomb nothing.
 */
#ifndef COUPLET_CONFIG_TREE_H
#define COUPLET_CONFIG_TREE_H

#include "base/arena.h"
#include "config/config.h"

enum tree_kind { TREE_SCALAR, TREE_LIST, TREE_MAP };

struct tree_pair {
    struct tree_node *key, *value;
};

struct tree_node {
    enum tree_kind kind;
    struct config_mark mark;
    char *text;       /* of a scalar, after expansion; NULL when it could not be expanded */
    bool is_plain;    /* not quoted: it may be a number, true, false, null */
    bool is_expanded; /* holds what stood in the environment: "null" is a text then */
    struct tree_node **items;
    struct tree_pair *pairs;
    size_t count; /* of items or pairs */
};

/* Everything lives in the arena. NULL when the file cannot be read or is no YAML (the mistake is added).
 * Merge keys (<<) are worked in; of a key that is there twice the first one stays. */
struct tree_node *tree_load(struct arena *arena, const char *path, struct config_mistakes *mistakes);
bool tree_is_null(const struct tree_node *n); /* YAML 1.2 core: null, Null, NULL, ~ or nothing, unquoted */
/* "a list", "a map", "a string", "a number", "true or false", "nothing": for messages. */
const char *tree_describe(const struct tree_node *n);
/* The core schema's scalars. False when the text is none. */
bool tree_bool(const struct tree_node *n, bool *out);
bool tree_integer(const struct tree_node *n, int64_t *out);
bool tree_number(const struct tree_node *n, double *out);

#endif
