/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "base/mem.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>

void config_mistake_add(struct config_mistakes *m, const char *file, struct config_mark mark, const char *fmt,
                        ...) {
    struct buf text = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&text, fmt, ap);
    va_end(ap);
    m->list = mem_array(m->list, m->count + 1, sizeof(*m->list));
    m->list[m->count++] = (struct config_mistake){mark, mem_strdup(file), buf_detach(&text)};
}

void config_mistakes_finish(struct config_mistakes *m) {
    for (size_t i = 0; i < m->count; i++) {
        mem_free(m->list[i].file);
        mem_free(m->list[i].text);
    }
    mem_free(m->list);
    *m = (struct config_mistakes){NULL, 0};
}

static void print_text(const struct config_mistake *m) {
    fprintf(stderr, "%s", m->file ? m->file : "couplet");
    if (m->mark.line > 0)
        fprintf(stderr, ":%d", m->mark.line);
    if (m->mark.column > 0)
        fprintf(stderr, ":%d", m->mark.column);
    fprintf(stderr, ": %s\n", m->text);
}

static void print_string(const char *s) {
    putchar('"');
    for (; s != NULL && *s; s++) {
        if (*s == '"' || *s == '\\')
            printf("\\%c", *s);
        else if ((unsigned char)*s < 0x20)
            printf("\\u%04x", *s);
        else
            putchar(*s);
    }
    putchar('"');
}

static void print_json(const struct config_mistakes *m) {
    putchar('[');
    for (size_t i = 0; i < m->count; i++) {
        printf("%s{\"file\":", i ? ",\n " : "");
        print_string(m->list[i].file);
        printf(",\"line\":%d,\"column\":%d,\"text\":", m->list[i].mark.line, m->list[i].mark.column);
        print_string(m->list[i].text);
        putchar('}');
    }
    puts("]");
}

/* By place within a file; mistakes of different files stay in the order of finding. */
static int compare(const void *a, const void *b) {
    const struct config_mistake *x = a, *y = b;
    int file = x->file && y->file ? strcmp(x->file, y->file) : 0;
    if (file != 0)
        return 0;
    return x->mark.line != y->mark.line
               ? (x->mark.line > y->mark.line) - (x->mark.line < y->mark.line)
               : (x->mark.column > y->mark.column) - (x->mark.column < y->mark.column);
}

void config_mistakes_sort(struct config_mistakes *m) {
    for (size_t i = 1; i < m->count; i++) /* stable; there are few */
        for (size_t k = i; k > 0 && compare(&m->list[k - 1], &m->list[k]) > 0; k--) {
            struct config_mistake t = m->list[k];
            m->list[k] = m->list[k - 1];
            m->list[k - 1] = t;
        }
}

void config_mistakes_print(const struct config_mistakes *m, bool json) {
    if (json) {
        print_json(m);
        return;
    }
    for (size_t i = 0; i < m->count; i++)
        print_text(&m->list[i]);
}
