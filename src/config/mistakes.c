/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>

static size_t file_rank(const struct config_mistakes *m, const char *file) {
    for (size_t i = m->count; i > 0; i--) /* from the end: mostly it is the same file again */
        if (strcmp(m->list[i - 1].file, file) == 0)
            return m->list[i - 1].file_rank;
    return m->count;
}

void config_mistake_add(struct config_mistakes *m, const char *file, struct config_mark mark, const char *fmt,
                        ...) {
    struct buf text = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&text, fmt, ap);
    va_end(ap);
    m->list = mem_array(m->list, m->count + 1, sizeof(*m->list));
    size_t rank = file_rank(m, file);
    m->list[m->count] = (struct config_mistake){mark, mem_strdup(file), buf_detach(&text), rank, m->count};
    m->count++;
}

static void finish(struct config_mistake *m) {
    mem_free(m->file);
    mem_free(m->text);
}

void config_mistakes_finish(struct config_mistakes *m) {
    for (size_t i = 0; i < m->count; i++)
        finish(&m->list[i]);
    mem_free(m->list);
    *m = (struct config_mistakes){NULL, 0};
}

static void print_text(const struct config_mistake *m) {
    fprintf(stderr, "%s", m->file);
    if (m->mark.line > 0)
        fprintf(stderr, ":%d", m->mark.line);
    if (m->mark.column > 0)
        fprintf(stderr, ":%d", m->mark.column);
    fprintf(stderr, ": %s\n", m->text);
}

/* A file name, and what a script says of itself, may be any bytes; JSON is UTF-8 (RFC 8259 8.1). */
static void print_string(const char *s) {
    const char *end = s + strlen(s);
    putchar('"');
    while (s < end) {
        uint32_t c;
        size_t len = utf8_decode(s, end, &c);
        if (len == 0)
            fputs("\\ufffd", stdout);
        else if (c < 0x20)
            printf("\\u%04x", (unsigned)c);
        else
            printf("%s%.*s", c == '"' || c == '\\' ? "\\" : "", (int)len, s);
        s += len ? len : 1;
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

static int compare_size(size_t a, size_t b) {
    return (a > b) - (a < b);
}

static int compare(const void *a, const void *b) {
    const struct config_mistake *x = a, *y = b;
    int by_place =
        x->mark.line != y->mark.line ? x->mark.line - y->mark.line : x->mark.column - y->mark.column;
    int by_file = compare_size(x->file_rank, y->file_rank);
    return by_file ? by_file : by_place ? by_place : compare_size(x->rank, y->rank);
}

static bool is_place(const struct config_mistake *x, const struct config_mistake *y) {
    return x->file_rank == y->file_rank && x->mark.line == y->mark.line && x->mark.column == y->mark.column;
}

/* Is the text among those of the same place, which end at `end`? */
static bool is_told(const struct config_mistake *list, size_t end, const struct config_mistake *m) {
    for (size_t i = end; i > 0 && is_place(&list[i - 1], m); i--)
        if (strcmp(list[i - 1].text, m->text) == 0)
            return true;
    return false;
}

/* So that what is added later comes after. */
static void rank_anew(struct config_mistake *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        list[i].rank = i;
        list[i].file_rank = i > 0 && strcmp(list[i].file, list[i - 1].file) == 0 ? list[i - 1].file_rank : i;
    }
}

void config_mistakes_sort(struct config_mistakes *m) {
    size_t kept = 0;
    if (m->count > 1)
        qsort(m->list, m->count, sizeof(*m->list), compare);
    for (size_t i = 0; i < m->count; i++) {
        if (is_told(m->list, kept, &m->list[i]))
            finish(&m->list[i]);
        else
            m->list[kept++] = m->list[i];
    }
    m->count = kept;
    rank_anew(m->list, kept);
}

void config_mistakes_print(const struct config_mistakes *m, bool json) {
    if (json) {
        print_json(m);
        return;
    }
    for (size_t i = 0; i < m->count; i++)
        print_text(&m->list[i]);
}
