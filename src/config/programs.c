/* SPDX-License-Identifier: MIT */
/* programs: `allow_process:` true, or the names and absolute paths of programs. */
#include "base/mem.h"
#include "config/reader.h"

static void check_program(struct reader *r, const struct tree_node *node) {
    const char *name = node->kind == TREE_SCALAR && node->text != NULL ? node->text : "";
    if (name[0] == '\0' || (name[0] != '/' && strchr(name, '/') != NULL))
        reader_say(r, node, "a program's name, like git, or its absolute path is expected here");
    else if (strpbrk(name, " \t") != NULL)
        reader_say(r, node, "'%s' has a blank: a program is named here, without its arguments", name);
}

void read_programs(struct reader *r, const struct tree_node *node, void *to) {
    struct config_bot *b = to;
    const struct tree_node **items, *single;
    if (tree_bool(node, &b->runs_any_program))
        return;
    if (node->kind == TREE_MAP) {
        reader_wrong(r, node, "true, or a list of programs");
        return;
    }
    size_t count = reader_items(node, &items, &single);
    for (size_t i = 0; i < count; i++)
        check_program(r, items[i]);
    read_strings(r, node, &b->programs);
}
