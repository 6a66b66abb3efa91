/* SPDX-License-Identifier: MIT */
/*
 * texts: what the bot is sent, byte for byte. Every stanza has a number and one of 16 senders, so that no two
 * in a row are alike and an echo that is lost, doubled or out of order is seen.
 *
 * A stanza is written once with placeholders; to send it is one memcpy and a few digits, so that the load
 * server stays quicker than the bots.
 */
#include "load/load.h"

#include <assert.h>
#include <string.h>

#define SEQ      "########"
#define SEQ_LEN  8
#define PEER     "PEER"
#define PEER_LEN 25 /* "peer00@localhost/pixel-7f" */
#define PEERS    16

static const char filler[] =
    "It's about time that we looked at the numbers again, said the bot (42 times), and so "
    "we did; nobody knew why.\n";

const struct text_kind text_marker = {"marker", true, 0, 0,
                                      "<message from='" PEER "' to='%s' type='chat' id='m" SEQ
                                      "'><body>marker " SEQ "</body></message>"};

static const struct text_kind kinds[] = {
    {"echo60", true, 60, 0,
     "<message from='" PEER "' to='%s' type='chat' id='m" SEQ "'><body>%s</body></message>"},
    {"echo600", true, 0, 600,
     "<message from='" PEER "' to='%s' type='chat' id='9a4e1f0c-5b7d-4c1e-" SEQ
     "' xml:lang='en'><body>%s</body>"
     "<active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/>"
     "<markable xmlns='urn:xmpp:chat-markers:0'/>"
     "<origin-id xmlns='urn:xmpp:sid:0' id='9a4e1f0c-5b7d-4c1e-" SEQ "'/>"
     "<stanza-id xmlns='urn:xmpp:sid:0' by='bot0@localhost' id='2026-11-21-" SEQ "'/></message>"},
    {"echo8k", true, 8192, 0,
     "<message from='" PEER "' to='%s' type='chat' id='m" SEQ "'><body>%s</body></message>"},
    {"presence", false, 0, 670,
     "<presence from='" LOAD_ROOM "/" PEER "' to='%s' id='p" SEQ "' xml:lang='en'><show>away</show>"
     "<status>%s</status><priority>5</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' "
     "node='https://client.example/caps' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/><x xmlns='vcard-temp:x:update'>"
     "<photo>01b87fcd030b72895ff8e88db57ec525450f000d</photo></x><x "
     "xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='participant'/></x>"
     "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='hYW5jZS1vY2N1cGFudC1pZC1vZi1uby1vbmUt'/></presence>"},
    {"groupchat", false, 0, 600,
     "<message from='" LOAD_ROOM "/" PEER "' to='%s' type='groupchat' id='9a4e1f0c-5b7d-4c1e-" SEQ
     "' xml:lang='en'><body>%s</body>"
     "<origin-id xmlns='urn:xmpp:sid:0' id='9a4e1f0c-5b7d-4c1e-" SEQ "'/>"
     "<stanza-id xmlns='urn:xmpp:sid:0' by='" LOAD_ROOM "' id='2026-11-21-" SEQ "'/>"
     "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='hYW5jZS1vY2N1cGFudC1pZC1vZi1uby1vbmUt'/></message>"},
};

const struct text_kind *text_find(const char *name) {
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

/* "######## " and filler up to len bytes; the last one is a full stop. */
static void make_body(struct buf *body, size_t len) {
    buf_adds(body, SEQ " ");
    while (buf_len(body) < len) {
        size_t left = len - buf_len(body);
        buf_add(body, filler, left < sizeof(filler) - 1 ? left : sizeof(filler) - 1);
    }
    if (len > 0)
        body->data[body->start + len - 1] = '.';
}

/* The senders' names have the same length, so a stanza's size does not depend on its number. */
static void put_peer(char *at, uint32_t seq) {
    unsigned n = seq % PEERS;

    memcpy(at, "peer00@localhost/pixel-7f", PEER_LEN);
    at[4] = (char)('0' + n / 10);
    at[5] = (char)('0' + n % 10);
}

static void put_seq(char *at, uint32_t seq) {
    for (int i = SEQ_LEN - 1; i >= 0; i--, seq /= 10)
        at[i] = (char)('0' + seq % 10);
}

static size_t find(const struct buf *b, size_t from, const char *what) {
    const char *hit = memmem(buf_data(b) + from, buf_len(b) - from, what, strlen(what));

    return hit ? (size_t)(hit - buf_data(b)) : SIZE_MAX;
}

/* The format with the JID and the body; PEER becomes a name. */
static void write_stanza(struct text *t, const char *jid) {
    struct buf raw = BUF_INIT;
    size_t at = 0, peer;

    buf_addf(&raw, t->kind->format, jid, buf_data(&t->body));
    buf_clear(&t->stanza);
    t->peer_count = 0;
    while ((peer = find(&raw, at, PEER)) != SIZE_MAX) {
        buf_add(&t->stanza, buf_data(&raw) + at, peer - at);
        t->peer_at[t->peer_count++] = buf_len(&t->stanza);
        buf_add(&t->stanza, "peer00@localhost/pixel-7f", PEER_LEN);
        at = peer + strlen(PEER);
    }
    buf_add(&t->stanza, buf_data(&raw) + at, buf_len(&raw) - at);
    buf_finish(&raw);
}

void text_init(struct text *t, const struct text_kind *kind, const char *jid) {
    size_t body_len = kind->body_len;

    memset(t, 0, sizeof(*t));
    t->kind = kind;
    if (kind->size > 0) { /* the body takes what the rest leaves */
        write_stanza(t, "bot0@" LOAD_DOMAIN "/bench");
        assert(buf_len(&t->stanza) + SEQ_LEN + 1 < kind->size);
        body_len = kind->size - buf_len(&t->stanza);
    }
    if (kind == &text_marker)
        buf_adds(&t->body, "marker " SEQ);
    else
        make_body(&t->body, body_len);
    t->body_seq_at = find(&t->body, 0, SEQ);
    write_stanza(t, jid);
    for (size_t at = 0; (at = find(&t->stanza, at, SEQ)) != SIZE_MAX; at += SEQ_LEN) {
        assert(t->seq_count < 4);
        t->seq_at[t->seq_count++] = at;
    }
}

void text_finish(struct text *t) {
    buf_finish(&t->stanza);
    buf_finish(&t->body);
}

void text_add(const struct text *t, struct buf *out, uint32_t seq) {
    size_t len = buf_len(&t->stanza);
    char *to = buf_reserve(out, len);

    memcpy(to, buf_data(&t->stanza), len);
    for (int i = 0; i < t->seq_count; i++)
        put_seq(to + t->seq_at[i], seq);
    for (int i = 0; i < t->peer_count; i++)
        put_peer(to + t->peer_at[i], seq);
    buf_commit(out, len);
}

bool text_is_echo(struct text *t, struct span message, uint32_t seq) {
    struct span to = span_attr(message, "to"), body = span_text(message, "body");
    char peer[PEER_LEN], plain[16384];

    if (body.at == NULL || body.len > sizeof(plain) || to.len != PEER_LEN)
        return false;
    if (memchr(body.at, '&', body.len) != NULL)
        body = (struct span){plain, span_unescape(body, plain)};
    put_peer(peer, seq);
    put_seq(t->body.data + t->body_seq_at, seq);
    return memcmp(to.at, peer, PEER_LEN) == 0 && body.len == buf_len(&t->body) &&
           memcmp(body.at, t->body.data, body.len) == 0 && !span_equal(span_attr(message, "type"), "error");
}
