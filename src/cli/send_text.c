/* SPDX-License-Identifier: MIT */
#include "cli/send.h"

#include "base/json_write.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_LEN = 65536, TEXT_MOST = 6 << 20 };

int send_read_all(struct buf *out, struct err *err) {
    for (;;) {
        ssize_t n = read(STDIN_FILENO, buf_reserve(out, PIECE_LEN), PIECE_LEN);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(err, "standard input: %s", strerror(errno));
        if (n == 0)
            return 0;
        buf_commit(out, (size_t)n);
        if (buf_len(out) > TEXT_MOST)
            return err_set(err, "a text has at most %d MiB; send it as a file with --attach",
                           TEXT_MOST >> 20);
    }
}

void send_clean(struct buf *text) {
    struct buf out = BUF_INIT;
    const char *at = buf_data(text), *end = at + buf_len(text);
    uint32_t cp;
    while (at < end) {
        size_t good = utf8_xml_span(at, (size_t)(end - at));
        const char *cr = good > 0 ? memchr(at, '\r', good) : NULL;
        if (cr != NULL)
            good = (size_t)(cr - at);
        buf_add(&out, at, good);
        at += good;
        if (at == end)
            break;
        if (*at == '\r') {
            buf_adds(&out, at + 1 < end && at[1] == '\n' ? "" : "\n");
            at++;
            continue;
        }
        size_t len = utf8_decode(at, end, &cp);
        buf_adds(&out, "\xef\xbf\xbd");
        at += len > 0 ? len : 1;
    }
    buf_finish(text);
    *text = out;
}

static void add_list(struct buf *out, const char *name, const char **list, size_t count) {
    json_put_name(out, name);
    buf_addc(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_addc(out, ',');
        json_put_text(out, str_of(list[i]));
    }
    buf_addc(out, ']');
}

static void add_text(struct buf *out, const char *name, const char *text) {
    if (text != NULL)
        json_put(out, name, str_of(text));
}

static void add_number(struct buf *out, const char *name, double seconds) {
    if (seconds < 0)
        return;
    json_put_name(out, name);
    buf_addf(out, "%.3f", seconds);
}

static void add_true(struct buf *out, const char *name, bool is_true) {
    if (!is_true)
        return;
    json_put_name(out, name);
    buf_adds(out, "true");
}

/* The process that runs may have another working directory. */
static void add_files(struct buf *out, const struct send_order *o) {
    const char **paths = mem_array(NULL, o->file_count + 1, sizeof(*paths));
    for (size_t i = 0; i < o->file_count; i++) {
        char *whole = realpath(o->files[i], NULL);
        paths[i] = whole != NULL ? whole : o->files[i];
    }
    add_list(out, "attach", paths, o->file_count);
    for (size_t i = 0; i < o->file_count; i++)
        if (paths[i] != o->files[i])
            free((char *)paths[i]);
    mem_free(paths);
}

void send_write(const struct send_order *o, const char *text, struct buf *out) {
    buf_adds(out, "{\"verb\":\"send\"");
    add_text(out, "bot", o->bot);
    add_list(out, "to", o->to, o->to_count);
    add_text(out, "text", text);
    add_text(out, "subject", o->subject);
    add_text(out, "as", o->as);
    if (o->code != NULL && o->code[0] == '\0')
        add_true(out, "code", true);
    else
        add_text(out, "code", o->code);
    if (o->file_count > 0)
        add_files(out, o);
    add_true(out, "headline", o->headline);
    add_true(out, "urgent", o->urgent);
    add_true(out, "plain", o->plain);
    add_number(out, "wait", o->wait);
    add_number(out, "expires", o->expires);
    buf_addc(out, '}');
}
