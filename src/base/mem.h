/* SPDX-License-Identifier: MIT */
/*
 * mem: allocation that cannot fail. Out of memory ends the process with a message: a bot that
 * could lose a stanza half way is worse than one that its supervisor starts anew.
 */
#ifndef COUPLET_BASE_MEM_H
#define COUPLET_BASE_MEM_H

#include <stddef.h>

/* Never NULL (abort). Zero bytes are given as one. mem_new0 is zeroed. The caller owns the result. */
void *mem_alloc(size_t len);
void *mem_alloc0(size_t len);
void *mem_realloc(void *p, size_t len);
/* count * size checked against overflow (abort). */
void *mem_array(void *p, size_t count, size_t size);
char *mem_strdup(const char *s);              /* NULL gives NULL */
char *mem_strndup(const char *s, size_t len); /* always ends in NUL */
void mem_free(void *p);                       /* NULL accepted */
/* Overwrites a secret before it is freed; the compiler may not leave it out. NULL accepted. */
void mem_wipe(void *p, size_t len);
/* A NUL-terminated secret: wiped, then freed. NULL accepted. */
void mem_free_secret(char *s);

#define mem_new(type) ((type *)mem_alloc0(sizeof(type)))

#endif
