/* SPDX-License-Identifier: MIT */
/*
 * fuzz_bosh: answers of a BOSH server (XEP-0124), a line each, to a session that goes on making requests. The
 * first character of a line says to which lane, and what HTTP says of it. Promised: what is handed on is
 * whole elements, which a stream's parser takes; a session is lost once, and silent from then on; no more
 * than two requests are out; their numbers follow each other.
 */
#include "fuzz.h"
#include "xmpp/bosh.h"
#include "xmpp/bosh_body.h"

#include <stdio.h>
#include <string.h>

struct scene {
    struct bosh *bosh;
    struct xml_parser *parser;
    bool is_lost;
    unsigned long long last;
};

static void on_message(void *ctx, const char *text, size_t len) {
    struct scene *s = ctx;
    struct xml_node *node;
    demand(!s->is_lost, "silent once it is lost");
    if (len == 0)
        return;
    xml_parser_reset(s->parser);
    xml_parser_feed(s->parser, "<s>", 3);
    while (xml_parser_next(s->parser, &node) != XML_MORE)
        ;
    xml_parser_feed(s->parser, text, len);
    demand(xml_parser_next(s->parser, &node) == XML_STANZA, "a whole element");
    demand(xml_parser_pending(s->parser) == 0, "and nothing else");
}

static void on_lost(void *ctx, const char *why) {
    struct scene *s = ctx;
    demand(!s->is_lost && why[0] != '\0', "lost once, for a reason");
    s->is_lost = true;
}

static void send_all(struct scene *s, int64_t now_ms) {
    size_t lane, count = 0;
    struct str body;
    unsigned long long rid = 0;
    while (bosh_next(s->bosh, now_ms, &lane, &body)) {
        demand(!s->is_lost && lane < BOSH_LANES && ++count <= BOSH_LANES, "two lanes");
        demand(sscanf(body.s, "<body xmlns='http://jabber.org/protocol/httpbind' rid='%llu'", &rid) == 1,
               "a body");
        demand(rid <= s->last + 1, "no number is left out");
        s->last = rid > s->last ? rid : s->last;
    }
}

static void take_line(struct scene *s, const char *line, size_t len, int64_t now_ms) {
    static const char open[] = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
                      close[] = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>";
    switch (len > 0 ? line[0] : ' ') {
    case 'o':
        bosh_write(s->bosh, open, sizeof(open) - 1);
        break;
    case 'c':
        bosh_write(s->bosh, close, sizeof(close) - 1);
        break;
    case 's':
        bosh_write(s->bosh, "<a/>", 4);
        break;
    case 'f':
        bosh_failed(s->bosh, len & 1, "failed", false, now_ms);
        break;
    case 'h':
        bosh_answered(s->bosh, len & 1, len > 1 ? 100u + (unsigned char)line[1] * 2u : 0, "", 0, now_ms);
        break;
    case '1':
        bosh_answered(s->bosh, 1, 200, line + 1, len - 1, now_ms);
        break;
    default:
        bosh_answered(s->bosh, 0, 200, line + (len > 0), len - (len > 0), now_ms);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static const struct bosh_callbacks events = {on_message, on_lost};
    static const struct bosh_options options = {.domain = "e.org", .rid = 7};
    static const struct xml_limits limits = {.stanza_len = 8 << 20, .depth = 300};
    struct str in = fuzz_bytes(data, len);
    struct scene s = {.parser = xml_parser_new(&limits), .last = 6};
    int64_t now_ms = 0;
    s.bosh = bosh_new(&options, &events, &s);
    take_line(&s, "o", 1, 0);
    for (const char *at = in.s, *end = in.s + in.len; at < end; now_ms += 700) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop != NULL ? stop : end) - at);
        send_all(&s, now_ms);
        take_line(&s, at, n, now_ms);
        at += n + (stop != NULL);
    }
    send_all(&s, now_ms);
    bosh_free(s.bosh);
    xml_parser_free(s.parser);
    fuzz_bytes_free(in);
    return 0;
}
