/* SPDX-License-Identifier: MIT */
/* features: what the library does for a bot by itself, switched on and off by name. The names are the
 * library's (lua/couplet/features.lua), so they are checked where that is known (lua/bot_load.c). */
#include "base/mem.h"
#include "config/reader.h"

void read_features(struct reader *r, const struct tree_node *node, void *to) {
    struct config_bot *b = to;
    if (node->kind != TREE_MAP) {
        reader_wrong(r, node, "a map of features to true or false");
        return;
    }
    b->features = mem_alloc0(node->count * sizeof(*b->features));
    b->feature_count = node->count;
    for (size_t i = 0; i < node->count; i++) {
        const struct tree_pair *pair = &node->pairs[i];
        b->features[i].name = mem_strdup(pair->key->text ? pair->key->text : "?");
        b->features[i].mark = pair->key->mark;
        read_boolean(r, pair->value, &b->features[i].on);
    }
}

void config_features_finish(struct config_bot *b) {
    for (size_t i = 0; i < b->feature_count; i++)
        mem_free(b->features[i].name);
    mem_free(b->features);
}
