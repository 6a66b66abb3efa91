/* SPDX-License-Identifier: MIT */
#include "runtime/web_counts.h"

#include "base/mem.h"

#include <string.h>

/* There are as many as routes times what they answer: few.. */
void web_counts_add(void *ctx, const char *path, int status) {
    struct web_counts *c = ctx;
    size_t i = 0;
    while (i < c->len && (c->list[i].status != status || strcmp(c->list[i].path, path) != 0))
        i++;
    if (i == c->len) {
        c->list = mem_array(c->list, c->len + 1, sizeof(*c->list));
        c->list[c->len++] = (struct web_count){path, status, 0};
    }
    c->list[i].count++;
}

void web_counts_finish(struct web_counts *c) {
    mem_free(c->list);
    *c = (struct web_counts){NULL, 0};
}
