/* SPDX-License-Identifier: MIT */
/*
 * fuzz: what the fuzzers share. An input that breaks a promise ends the process by abort(), which libFuzzer
 * reports with the input that did it; what was found wrong stands above that.
 */
#ifndef COUPLET_SPEC_FUZZ_H
#define COUPLET_SPEC_FUZZ_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static inline void demand(bool holds, const char *promise) {
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", promise);
    abort();
}

/* In memory of its own, NUL-ended: a sanitizer sees whoever reads beyond it. To be freed with mem_free. */
static inline char *fuzz_text(const uint8_t *data, size_t len) {
    return mem_strndup((const char *)data, len);
}

static inline struct str fuzz_view(const struct buf *b) {
    return (struct str){buf_data(b), buf_len(b)};
}

/* In memory that ends where it ends, without a NUL. To be freed with mem_free. */
static inline struct str fuzz_bytes(const uint8_t *data, size_t len) {
    char *copy = mem_alloc(len > 0 ? len : 1);
    if (len > 0)
        memcpy(copy, data, len);
    return (struct str){copy, len};
}

static inline void fuzz_bytes_free(struct str bytes) {
    mem_free((char *)(uintptr_t)bytes.s);
}

#endif
