/* SPDX-License-Identifier: MIT */
/* Bytes are fetched in blocks: a system call for each id would cost more than the stanza that it names. */
#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void from_kernel(unsigned char *out, size_t len) {
    while (len > 0) {
        ssize_t n = getrandom(out, len, 0);
        if (n <= 0) {
            fputs("couplet: the kernel gives no random bytes\n", stderr);
            abort();
        }
        out += n;
        len -= (size_t)n;
    }
}

void random_bytes(void *out, size_t len) {
    static _Thread_local unsigned char pool[240];
    static _Thread_local size_t left;
    if (len > sizeof(pool)) {
        from_kernel(out, len);
        return;
    }
    if (left < len) {
        from_kernel(pool, sizeof(pool));
        left = sizeof(pool);
    }
    left -= len;
    memcpy(out, pool + left, len);
    explicit_bzero(pool + left, len);
}

uint32_t random_below(uint32_t bound) {
    uint32_t v, limit = UINT32_MAX - UINT32_MAX % bound;
    do
        random_bytes(&v, sizeof(v));
    while (v >= limit);
    return v % bound;
}

void random_id(char out[RANDOM_ID_LEN + 1]) {
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    unsigned char bytes[RANDOM_ID_LEN];
    random_bytes(bytes, sizeof(bytes));
    for (int i = 0; i < RANDOM_ID_LEN; i++)
        out[i] = set[bytes[i] & 63];
    out[RANDOM_ID_LEN] = '\0';
}
