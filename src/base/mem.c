/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *check(void *p) {
    if (p == NULL) {
        fputs("couplet: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *mem_alloc(size_t len) {
    return check(malloc(len ? len : 1));
}

void *mem_alloc0(size_t len) {
    return check(calloc(1, len ? len : 1));
}

void *mem_realloc(void *p, size_t len) {
    return check(realloc(p, len ? len : 1));
}

void *mem_array(void *p, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size)
        check(NULL);
    return mem_realloc(p, count * size);
}

char *mem_strdup(const char *s) {
    return s ? mem_strndup(s, strlen(s)) : NULL;
}

char *mem_strndup(const char *s, size_t len) {
    char *copy = mem_alloc(len + 1);
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

void mem_free(void *p) {
    free(p);
}

void mem_wipe(void *p, size_t len) {
    if (p != NULL)
        explicit_bzero(p, len);
}

void mem_free_secret(char *s) {
    if (s != NULL)
        mem_wipe(s, strlen(s));
    free(s);
}
