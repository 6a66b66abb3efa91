/* SPDX-License-Identifier: MIT */
/* parsed: a stanza from its text, as the stream would hand it over. One at a time: the next one takes its
 * place. */
#ifndef COUPLET_SPEC_PARSED_H
#define COUPLET_SPEC_PARSED_H

#include "xml/parse.h"

#include <stdio.h>
#include <stdlib.h>

#define PARSED_HEAD "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

static struct xml_parser *parsed_parser;

/* Borrowed until the next call. Ends the program when the text is no stanza: the test is wrong. */
static inline const struct xml_node *parsed(const char *text) {
    struct xml_node *node = NULL;
    xml_parser_free(parsed_parser);
    parsed_parser = xml_parser_new(NULL);
    xml_parser_feed(parsed_parser, PARSED_HEAD, strlen(PARSED_HEAD));
    while (xml_parser_next(parsed_parser, &node) == XML_OPEN)
        ;
    xml_parser_feed(parsed_parser, text, strlen(text));
    if (xml_parser_next(parsed_parser, &node) != XML_STANZA) {
        printf("Bail out! no stanza: %s\n", text);
        exit(1);
    }
    return node;
}

static inline void parsed_done(void) {
    xml_parser_free(parsed_parser);
    parsed_parser = NULL;
}

#endif
