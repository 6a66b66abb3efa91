/* SPDX-License-Identifier: MIT */
#include "cli/outbox_print.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "base/wall.h"
#include "xml/node.h"
#include "xml/parse.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MOST = 60 }; /* characters of a text */

/* The body of a stanza as it is kept: as it went, or goes, into a stream. */
static void add_body(struct buf *out, struct str stanza) {
    struct xml_parser *p = xml_parser_new(NULL);
    struct xml_node *node = NULL;
    struct buf text = BUF_INIT;
    enum xml_event what;
    buf_lit(&text, "<stream xmlns='jabber:client'>");
    buf_add(&text, stanza.s, stanza.len);
    xml_parser_feed(p, buf_data(&text), buf_len(&text));
    while ((what = xml_parser_next(p, &node)) == XML_OPEN)
        ;
    const struct xml_node *body = what == XML_STANZA ? xml_child(node, "body", "jabber:client") : NULL;
    struct str said = body != NULL ? xml_text(body) : STR_NONE;
    if (said.s != NULL)
        buf_add(out, said.s, said.len);
    xml_parser_free(p);
    buf_finish(&text);
}

static void add_json(struct buf *out, const char *name, struct str value) {
    buf_addf(out, "\"%s\":\"", name);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.s[i];
        if (c == '"' || c == '\\')
            buf_addf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            buf_addf(out, "\\u%04x", c);
        else
            buf_addc(out, (char)c);
    }
    buf_adds(out, "\"");
}

void outbox_print_json(struct outbox_printer *p, const struct outbox_row *r) {
    struct buf out = BUF_INIT, text = BUF_INIT;
    add_body(&text, r->stanza);
    buf_adds(&out, p->count == 0 ? "[{" : ",\n {");
    add_json(&out, "bot", r->bot);
    buf_addc(&out, ',');
    add_json(&out, "to", r->to);
    buf_addc(&out, ',');
    add_json(&out, "id", r->id);
    buf_addc(&out, ',');
    add_json(&out, "state", r->state);
    buf_addf(&out, ",\"accepted\":%" PRId64 ",\"expires\":%" PRId64 ",\"tries\":%d,", r->made_ms / 1000,
             r->expires_ms / 1000, r->tries);
    add_json(&out, "reason", r->reason);
    buf_addc(&out, ',');
    add_json(&out, "text", (struct str){buf_data(&text), buf_len(&text)});
    buf_addc(&out, ',');
    add_json(&out, "stanza", r->stanza);
    buf_addc(&out, '}');
    fwrite(buf_data(&out), 1, buf_len(&out), stdout);
    buf_finish(&out);
    buf_finish(&text);
}

/* What commands a terminal, or turns the direction of writing. */
static bool is_odd(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Others wrote some of it: nothing of it may command the terminal. At most so many characters. */
static void print_plain(struct str text, size_t most) {
    const char *at = text.s, *end = at + text.len;
    while (at < end && most-- > 0) {
        uint32_t c = 0;
        size_t len = utf8_decode(at, end, &c);
        if (len == 0 || is_odd(c))
            putchar('?');
        else
            fwrite(at, 1, len, stdout);
        at += len > 0 ? len : 1;
    }
    if (at < end)
        fputs("…", stdout);
}

/* Of a text the first line that says something. */
static void print_first_line(struct str stanza) {
    struct buf text = BUF_INIT;
    add_body(&text, stanza);
    const char *at = buf_data(&text);
    at += strspn(at, " \t\n");
    if (*at != '\0') {
        fputs("  ", stdout);
        print_plain((struct str){at, strcspn(at, "\n")}, LINE_MOST);
    }
    buf_finish(&text);
}

void outbox_print_line(const struct outbox_row *r) {
    char stamp[WALL_STAMP_LEN];
    wall_stamp(r->made_ms, stamp);
    printf("%s  %-7.*s  %.*s  %.*s  ", stamp, (int)r->state.len, r->state.s, (int)r->bot.len, r->bot.s,
           (int)r->id.len, r->id.s);
    print_plain(r->to, SIZE_MAX);
    print_first_line(r->stanza);
    if (r->reason.len > 0) {
        printf(r->tries == 1 ? "  (tried once: " : "  (tried %d times: ", r->tries);
        print_plain(r->reason, SIZE_MAX);
        putchar(')');
    }
    putchar('\n');
}
