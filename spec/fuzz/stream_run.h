/* SPDX-License-Identifier: MIT */
/*
 * stream_run: one run of fuzz_stream, and what is checked of all that comes out of it: well-formed documents
 * or messages, no secret, nothing in clear that belongs into TLS. Also what stands in for chance and for the
 * work of PBKDF2, so that a run is quick and can be repeated. For fuzz_stream.c only.
 */
#ifndef COUPLET_SPEC_STREAM_RUN_H
#define COUPLET_SPEC_STREAM_RUN_H

#include "counted.h"
#include "fuzz.h"
#include "xml_events.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/utf8.h"
#include "xml/write.h"
#include "xmpp/machine.h"
#include "xmpp/memory.h"
#include "xmpp/ns.h"

#include <openssl/evp.h>

#define PASSWORD "pencil"
#define NONCE    "rOprNGfwEbeRWgbNEkqO" /* RFC 7677 3 */

#define TOKEN "secret-token:fast-1"
#define TOKEN_PROOF                                                                                          \
    "c165/fY/zaivQW/4PxuyIh0XtSmv8fiO4YXX540GQNw=" /* the server's, with the binding below                   \
                                                    */

#define SAVED_SESSION                                                                                        \
    "couplet-stream 1\nsession YW4taWQ= dXNlckBleGFtcGxlLm9yZy9ib3Q= 300\nacked 3\nhandled 1\n"              \
    "old 1700000000000 PG1lc3NhZ2UvPg==\nout 1700000000001 PG1lc3NhZ2UvPg==\nout 1700000000002 "             \
    "PHByZXNlbmNlLz4=\n"
#define SAVED_MEMORY                                                                                         \
    "couplet-memory 1\nagent 0f0e0d0c-0b0a-4908-8706-050403020100\ninline 15\ntoken HT-SHA-256-EXPR "        \
    "1800000000 4 c2VjcmV0LXRva2VuOmZhc3QtMQ==\n"

enum { WALL_S = 1700000000 };

struct run {
    struct stream *stream;
    const char *input; /* all of it */
    size_t input_len;
    int64_t now_ms;
    enum stream_tls tls;
    int callbacks, close_in, free_in;
    bool is_freed, is_closed, wants_tls, was_secured, in_verb, is_feeding, is_away;
    bool may_differ; /* whole and byte by byte, on one of the streams */
    char id[RANDOM_ID_LEN + 1];
    char options[16];            /* letters */
    bool with_scram, with_token; /* the newest <auth/> */
    struct sm *sm;               /* NULL: none */
    struct memory *memory;       /* the same */
    struct stream_known known;
    size_t kept;                   /* stanzas that sm has */
    uint32_t sent;                 /* stanzas, as a server counts them */
    uint32_t came, handled_before; /* '<' that the server said; h when the stream began */
    bool has_resumed;
    struct xml_parser *reader;
    struct buf log;
};

static void die(const struct run *r, const char *what) {
    fprintf(stderr, "%s\n--- log:\n%s\n", what, buf_data(&r->log));
    abort();
}

/* ---- in place of chance and of time ---- */

static uint32_t next_id; /* the harness is one thread */

void random_bytes(void *out, size_t len) {
    memset(out, 7, len);
}

uint32_t random_below(uint32_t bound) {
    return bound / 2;
}

void random_id(char out[RANDOM_ID_LEN + 1]) {
    snprintf(out, RANDOM_ID_LEN + 1, "id%018u", ++next_id);
}

/* Instead of libcrypto's: the one key that a seed needs, and hardly any work for the others. */
int PKCS5_PBKDF2_HMAC(const char *pass, int pass_len, const unsigned char *salt, int salt_len, int rounds,
                      const EVP_MD *md, int key_len, unsigned char *out) {
    static const unsigned char rfc_salt[] = {0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e,
                                             0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81};
    static const unsigned char rfc_key[32] = {
        0xc4, 0xa4, 0x95, 0x10, 0x32, 0x3a, 0xb4, 0xf9, 0x52, 0xca, 0xc1, 0xfa, 0x99, 0x44, 0x19, 0x39,
        0xe7, 0x8e, 0xa7, 0x4d, 0x6b, 0xe8, 0x1d, 0xdf, 0x70, 0x96, 0xe8, 0x75, 0x13, 0xdc, 0x61, 0x5d};
    if (rounds == 4096 && key_len == 32 && salt_len == 16 && memcmp(salt, rfc_salt, 16) == 0)
        memcpy(out, rfc_key, 32);
    else
        for (int i = 0; i < key_len; i++)
            out[i] = (unsigned char)(i * 7 + rounds + salt_len + pass[i % pass_len] + EVP_MD_get_size(md));
    return 1;
}

/* ---- what comes out ---- */

static void read_document(struct run *r, const char *xml, size_t len) {
    struct xml_node *node = NULL;
    enum xml_event event;
    xml_parser_feed(r->reader, xml, len);
    while ((event = xml_parser_next(r->reader, &node)) != XML_MORE)
        if (event == XML_BAD)
            die(r, "the output is not well-formed");
}

static bool has(const struct run *r, char option) {
    return strchr(r->options, option) != NULL;
}

/* Each is a document of one element; here, inside of a root that declares nothing. */
static void check_messages(struct run *r, const char *at, size_t len) {
    struct xml_node *node = NULL;
    for (size_t n; len > 0; at += n, len -= n) {
        n = stream_next_message(r->stream);
        if (n == 0 || n > len)
            die(r, "the output is not cut into messages");
        xml_parser_reset(r->reader);
        read_document(r, "<s:s xmlns:s='urn:s' xmlns=''>", 30);
        xml_parser_feed(r->reader, at, n);
        if (xml_parser_next(r->reader, &node) != XML_STANZA || xml_parser_next(r->reader, &node) != XML_MORE)
            die(r, "a message is not one element");
    }
}

/* Each header begins a document. */
static void check_output(struct run *r, const char *xml, size_t len) {
    const char *end = xml + len, *at = xml;
    while (at < end) {
        bool is_header = strncmp(at, "<?xml", 5) == 0;
        const char *next = strstr(at + 1, "<?xml");
        next = next != NULL ? next : end;
        if (is_header)
            xml_parser_reset(r->reader);
        read_document(r, at, (size_t)(next - at));
        at = next;
    }
}

/* What the server says may come back, and it may guess. */
static bool is_quoted(const struct run *r) {
    return memmem(r->input, r->input_len, PASSWORD, 3) != NULL;
}

/* Where the owner allows it, a request of XEP-0077 or XEP-0078 has the password; in clear where PLAIN may. */
static bool may_say_password(const struct run *r, const char *xml) {
    bool is_asked = (strstr(xml, NS_REGISTER) != NULL && (has(r, 'i') || has(r, 'a'))) ||
                    (strstr(xml, NS_AUTH) != NULL && has(r, 'l'));
    bool is_plain = r->tls == STREAM_TLS_NONE && ((unsigned char)r->input[0] - '0') / 3 % 2;
    return is_asked && (r->was_secured || is_plain);
}

static void check_privacy(struct run *r, const char *xml) {
    if (r->wants_tls && !r->was_secured)
        die(r, "something is said while TLS begins");
    if (r->tls == STREAM_TLS_REQUIRED && !r->was_secured &&
        (strstr(xml, "<auth") != NULL || strstr(xml, " from='") != NULL || strstr(xml, "user") != NULL))
        die(r, "said in clear");
    bool has_password = strstr(xml, PASSWORD) != NULL && !is_quoted(r);
    if (strstr(xml, TOKEN) != NULL || (has_password && !may_say_password(r, xml)))
        die(r, "a secret is said");
}

/* By which mechanism; not for which one a token is wanted. */
static void note_login(struct run *r, const char *at) {
    while ((at = strstr(at, "<auth")) != NULL && (at = strstr(at, " mechanism='")) != NULL) {
        at += 12;
        r->with_scram = strncmp(at, "SCRAM", 5) == 0;
        r->with_token = strncmp(at, "HT-", 3) == 0;
    }
}

static void take_output(struct run *r) {
    struct buf *out = stream_out(r->stream);
    if (buf_len(out) == 0)
        return;
    check_privacy(r, buf_data(out));
    if (has(r, 'w'))
        check_messages(r, buf_data(out), buf_len(out));
    else
        check_output(r, buf_data(out), buf_len(out));
    for (const char *at = buf_data(out); (at = strstr(at, " id='")) != NULL; at++)
        snprintf(r->id, sizeof(r->id), "%s", at + 5);
    note_login(r, buf_data(out));
    count_stanzas(&r->sent, buf_data(out));
    buf_add(&r->log, buf_data(out), buf_len(out));
    buf_clear(out);
}

#endif
