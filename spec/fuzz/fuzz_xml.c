/* SPDX-License-Identifier: MIT */
/*
 * fuzz_xml: any bytes to the parser, whole, byte by byte and in pieces that the input itself chooses: the
 * same events each time, and every stanza that comes out can be written and read again. `make fuzz` builds
 * and runs it; the first byte of an input says whether a stream header is put before the rest ("0": not).
 *
 * Not compared: which limit or fault is told where one token runs into the size limit.
 */
#include "xml_events.h"

#include "xml/write.h"

#include <stdio.h>
#include <stdlib.h>

#define HEAD "<s:s xmlns='jabber:client' xmlns:s='urn:s'>"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct xml_limits limits = {.stanza_len = 300, .depth = 10, .attrs = 5};

static void die(const char *what, const char *a, const char *b) {
    fprintf(stderr, "%s\n--- %s\n--- %s\n", what, a, b);
    abort();
}

/* The kind of a fault is left out near the size limit. */
static void shorten(struct buf *events, size_t len) {
    char *bad = strstr(buf_data(events), "bad ");
    if (len > limits.stanza_len && bad != NULL)
        bad[4] = '\0';
}

static void compare(const struct buf *in) {
    struct buf whole = BUF_INIT;
    events_of(&whole, &limits, buf_data(in), buf_len(in), 0, buf_len(in));
    shorten(&whole, buf_len(in));
    size_t cuts[][2] = {
        {0, 1}, {0, 2}, {0, 3}, {(unsigned char)buf_data(in)[buf_len(in) / 2], 100}, {buf_len(in) / 2, 7}};
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        struct buf cut = BUF_INIT;
        size_t at = cuts[i][0] < buf_len(in) ? cuts[i][0] : 0;
        events_of(&cut, &limits, buf_data(in), buf_len(in), at, cuts[i][1]);
        shorten(&cut, buf_len(in));
        if (strcmp(buf_data(&whole), buf_data(&cut)) != 0)
            die("other events", buf_data(&whole), buf_data(&cut));
        buf_finish(&cut);
    }
    buf_finish(&whole);
}

static void check_written(const struct xml_node *n) {
    struct buf xml = BUF_INIT, before = BUF_INIT, after = BUF_INIT, events = BUF_INIT;
    struct xml_parser *p = xml_parser_new(NULL);
    dump_node(&before, n);
    xml_write_node(&xml, n, "jabber:client");
    events_feed(&events, p, HEAD, strlen(HEAD));
    buf_clear(&events);
    events_feed(&events, p, buf_data(&xml), buf_len(&xml));
    buf_addf(&after, "stanza %s\n", buf_data(&before));
    if (strcmp(buf_data(&events), buf_data(&after)) != 0)
        die(buf_data(&xml), buf_data(&after), buf_data(&events));
    xml_parser_free(p);
    buf_finish(&xml);
    buf_finish(&before);
    buf_finish(&after);
    buf_finish(&events);
}

static void write_again(const struct buf *in) {
    struct xml_parser *p = xml_parser_new(&limits);
    struct xml_node *node = NULL;
    enum xml_event event;
    xml_parser_feed(p, buf_data(in), buf_len(in));
    while ((event = xml_parser_next(p, &node)) != XML_MORE && event != XML_BAD)
        if (event == XML_STANZA)
            check_written(node);
    xml_parser_free(p);
}

/* The first byte says whether the header stands before the rest. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct buf in = BUF_INIT;
    if (len < 2)
        return 0;
    buf_adds(&in, data[0] % 4 ? HEAD : "");
    buf_add(&in, data + 1, len - 1);
    compare(&in);
    write_again(&in);
    buf_finish(&in);
    return 0;
}
