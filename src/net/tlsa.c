/* SPDX-License-Identifier: MIT */
#include "net/tlsa.h"

#include "base/mem.h"

#include <stdlib.h>

enum { HEADER_LEN = 3, SELECTORS = 2, USAGES = 4 };

/* By matching type (RFC 6698 2.1.3); 0: the whole of it, of any length. */
static const size_t lengths[] = {0, 32, 64};

bool tlsa_read(struct str data, struct tlsa *out) {
    const unsigned char *at = (const unsigned char *)data.s;
    if (data.len <= HEADER_LEN)
        return false;
    size_t len = data.len - HEADER_LEN;
    if (at[0] >= USAGES || at[1] >= SELECTORS || at[2] >= sizeof(lengths) / sizeof(lengths[0]) ||
        (lengths[at[2]] != 0 && lengths[at[2]] != len))
        return false;
    *out = (struct tlsa){at[0], at[1], at[2], mem_alloc(len), len};
    memcpy(out->data, at + HEADER_LEN, len);
    return true;
}

static int by_all(const void *a, const void *b) {
    const struct tlsa *x = a, *y = b;
    if (x->usage != y->usage)
        return x->usage - y->usage;
    if (x->selector != y->selector)
        return x->selector - y->selector;
    if (x->matching != y->matching)
        return x->matching - y->matching;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(x->data, y->data, x->len);
}

void tlsa_sort(struct tlsa *list, size_t count) {
    if (count > 1)
        qsort(list, count, sizeof(*list), by_all);
}

void dane_finish(struct dane *d) {
    for (size_t i = 0; i < d->count; i++)
        mem_free(d->list[i].data);
    mem_free(d->list);
    mem_free(d->host);
    mem_free(d->why);
    *d = (struct dane){NULL, 0, NULL, NULL};
}

struct dane *dane_copy(const struct dane *d) {
    struct dane *copy = mem_new(struct dane);
    copy->host = mem_strdup(d->host);
    copy->why = mem_strdup(d->why);
    copy->list = mem_array(NULL, d->count, sizeof(*copy->list));
    for (; copy->count < d->count; copy->count++) {
        struct tlsa *to = &copy->list[copy->count];
        *to = d->list[copy->count];
        to->data = mem_alloc(to->len);
        memcpy(to->data, d->list[copy->count].data, to->len);
    }
    return copy;
}

void dane_free(struct dane *d) {
    if (d != NULL)
        dane_finish(d);
    mem_free(d);
}
