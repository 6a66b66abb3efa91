/* SPDX-License-Identifier: MIT */
/* A line is "key TAB value NEWLINE", or "key NEWLINE" when it was forgotten; in both, backslash, tab, newline
 * and carriage return are written as "\\", "\t", "\n", "\r". The last line of a key is true. */
#include "store/remember.h"

#include "base/mem.h"
#include "store/state_file.h"

#include <stdbool.h>
#include <stdint.h>

enum { FILE_LEN_MIN = 16384 }; /* smaller ones are not worth writing anew */

struct entry {
    struct str key, value; /* owned */
};

struct remember {
    struct entry *list; /* owned */
    size_t count, len;  /* len: of all keys and values */
    struct state_file *file;
    bool is_torn; /* the file may end in half a line */
};

/* ---- in memory ---- */

static struct entry *find(const struct remember *r, struct str key) {
    for (size_t i = 0; i < r->count; i++)
        if (str_eq(r->list[i].key, key))
            return &r->list[i];
    return NULL;
}

static struct str own(struct str s) {
    return (struct str){mem_strndup(s.s, s.len), s.len};
}

static void disown(struct str s) {
    mem_free((char *)(uintptr_t)s.s);
}

static void drop(struct remember *r, struct entry *e) {
    r->len -= e->key.len + e->value.len;
    disown(e->key);
    disown(e->value);
    *e = r->list[--r->count];
}

static void set(struct remember *r, struct str key, struct str value) {
    struct entry *e = find(r, key);
    struct entry fresh = {own(key), STR_NONE};
    if (value.s != NULL)
        fresh.value = own(value); /* before the old one goes, which it may be a view into */
    if (e != NULL)
        drop(r, e);
    if (value.s == NULL) {
        disown(fresh.key);
        return;
    }
    r->list = mem_array(r->list, r->count + 1, sizeof(r->list[0]));
    r->list[r->count++] = fresh;
    r->len += key.len + value.len;
}

struct str remember_get(const struct remember *r, struct str key) {
    const struct entry *e = find(r, key);
    return e != NULL ? e->value : STR_NONE;
}

/* ---- lines ---- */

static const char plain[] = "\\\t\n\r", escaped[] = "\\tnr";

static void write_escaped(struct buf *out, struct str text) {
    for (size_t i = 0; i < text.len; i++) {
        const char *at = text.s[i] != '\0' ? strchr(plain, text.s[i]) : NULL;
        if (at != NULL)
            buf_addc(out, '\\');
        buf_addc(out, at != NULL ? escaped[at - plain] : text.s[i]);
    }
}

static void write_line(struct buf *out, struct str key, struct str value) {
    write_escaped(out, key);
    if (value.s != NULL) {
        buf_addc(out, '\t');
        write_escaped(out, value);
    }
    buf_addc(out, '\n');
}

static void read_escaped(struct buf *out, struct str text) {
    for (size_t i = 0; i < text.len; i++) {
        const char *at = NULL;
        if (text.s[i] == '\\' && i + 1 < text.len && text.s[i + 1] != '\0')
            at = strchr(escaped, text.s[i + 1]);
        buf_addc(out, at != NULL ? plain[at - escaped] : text.s[i]);
        i += at != NULL;
    }
}

static bool fits(const struct remember *r, struct str key, struct str value) {
    struct str old = remember_get(r, key);
    size_t len = r->len + key.len + value.len - (old.s != NULL ? key.len + old.len : 0);
    return key.len <= REMEMBER_KEY_MAX && value.len <= REMEMBER_VALUE_MAX && len <= REMEMBER_LEN_MAX &&
           r->count + (old.s == NULL) <= REMEMBER_COUNT_MAX;
}

static void read_line(struct remember *r, struct str line) {
    struct buf key = BUF_INIT, value = BUF_INIT;
    const char *tab = memchr(line.s, '\t', line.len);
    size_t key_len = tab != NULL ? (size_t)(tab - line.s) : line.len;
    read_escaped(&key, (struct str){line.s, key_len});
    if (tab != NULL)
        read_escaped(&value, (struct str){tab + 1, line.len - key_len - 1});
    struct str k = {buf_data(&key), buf_len(&key)};
    struct str v = {tab != NULL ? buf_data(&value) : NULL, buf_len(&value)};
    if (tab == NULL || fits(r, k, v))
        set(r, k, v);
    buf_finish(&key);
    buf_finish(&value);
}

/* True when the text ends with a whole line. */
static bool read_lines(struct remember *r, const struct buf *text) {
    const char *at = buf_data(text), *end = at + buf_len(text), *nl;
    for (; at < end && (nl = memchr(at, '\n', (size_t)(end - at))) != NULL; at = nl + 1)
        read_line(r, (struct str){at, (size_t)(nl - at)});
    return at == end;
}

/* ---- on disk ---- */

struct remember *remember_new(const char *folder, const char *name, struct err *err) {
    struct remember *r = mem_new(struct remember);
    struct buf text = BUF_INIT;
    if (folder != NULL && (r->file = state_file_open(folder, name, &text, err)) != NULL)
        r->is_torn = !read_lines(r, &text);
    buf_finish(&text);
    return r;
}

struct remember *remember_peek(const char *folder, const char *name) {
    struct remember *r = mem_new(struct remember);
    struct buf text = BUF_INIT;
    state_file_peek(folder, name, &text);
    read_lines(r, &text);
    buf_finish(&text);
    return r;
}

void remember_free(struct remember *r) {
    if (r == NULL)
        return;
    state_file_free(r->file);
    while (r->count > 0)
        drop(r, &r->list[r->count - 1]);
    mem_free(r->list);
    mem_free(r);
}

static int write_whole(struct remember *r, struct err *err) {
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < r->count; i++)
        write_line(&text, r->list[i].key, r->list[i].value);
    int result = state_file_replace(r->file, &text, err);
    r->is_torn = result < 0;
    buf_finish(&text);
    return result;
}

static int save(struct remember *r, const struct buf *line, struct err *err) {
    size_t len = state_file_len(r->file) + buf_len(line);
    if (r->is_torn || state_file_len(r->file) == 0 || (len > FILE_LEN_MIN && len > 4 * r->len))
        return write_whole(r, err);
    int result = state_file_append(r->file, line, err);
    r->is_torn = result < 0;
    return result;
}

int remember_put(struct remember *r, struct str key, struct str value, struct err *err) {
    struct buf line = BUF_INIT;
    struct str old = remember_get(r, key);
    if (value.s == NULL ? old.s == NULL : old.s != NULL && str_eq(old, value))
        return 0;
    if (value.s != NULL && !fits(r, key, value))
        return err_set(err, "too much to remember: keys of %d bytes, values of %d, %d of them, %d in all",
                       REMEMBER_KEY_MAX, REMEMBER_VALUE_MAX, REMEMBER_COUNT_MAX, REMEMBER_LEN_MAX);
    write_line(&line, key, value);
    set(r, key, value);
    int result = r->file != NULL ? save(r, &line, err) : 0;
    buf_finish(&line);
    return result;
}
