/* SPDX-License-Identifier: MIT */
/*
 * stream: one XMPP client stream (RFC 6120), sans I/O. It eats bytes and clock ticks and emits bytes and
 * events; it never sees a socket, TLS, a loop or Lua.
 *
 *   owner                                        stream
 *   connected      -> stream_open                header is written to stream_out()
 *   bytes arrive   -> stream_feed                callbacks: starttls, ready, stanza, closed
 *   TLS is up      -> stream_secured             new header; what was learned in clear is forgotten (5.4.3.3)
 *   timer          -> stream_tick                at stream_deadline_ms()
 *   after any call: take what stream_out() holds and write it
 *
 * The states are one table (states.c); one function changes state; each state has one deadline. Callbacks run
 * outside of any expat frame and may send, may call stream_close and, as the last act, stream_free.
 * Time is milliseconds of any monotonic clock, given by the caller: no clock is read here.
 */
#ifndef COUPLET_XMPP_STREAM_H
#define COUPLET_XMPP_STREAM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "xml/node.h"
#include "xmpp/sm.h"

#include <stdbool.h>
#include <stdint.h>

enum stream_tls {
    STREAM_TLS_REQUIRED, /* STARTTLS before anything else; a server without it is refused (5.3.4, RFC
                            7590 3.1) */
    STREAM_TLS_DIRECT,   /* TLS is up before stream_open; <starttls/> is not wanted */
    STREAM_TLS_NONE,     /* loopback only: the session made sure */
};

enum stream_framing {
    STREAM_FRAMING_TCP,       /* one long document (RFC 6120 4.2) */
    STREAM_FRAMING_WEBSOCKET, /* messages of one element each (RFC 7395); no STARTTLS: not with
                                 STREAM_TLS_REQUIRED */
};

/* Whether an account that does not exist is made (XEP-0077), with node and password. */
enum stream_registration {
    STREAM_REGISTER_NO,
    STREAM_REGISTER_AFTER, /* when the login fails as it does where there is no such account */
    STREAM_REGISTER_FIRST, /* also before it, where the server offers it and no login has ever worked */
};

struct memory;

/* What a server did with the stream before. The owner keeps it for the next one, which then says the header
 * and what follows in one write, without waiting for the features. */
struct stream_known {
    bool starttls; /* it proceeded */
    bool is_known; /* what it offers after the login: */
    bool sm, roster_versions, csi, session_wanted;
};

struct stream_options {   /* strings are copied */
    const char *node;     /* localpart, prepared; NULL with ANONYMOUS alone */
    const char *domain;   /* the JID's domain: `to` of the header (4.7.2), never the host connected to */
    const char *resource; /* NULL: the server makes one (7.6) */
    const char *password; /* copied; wiped once logged in, or when the stream is freed; NULL: none */
    const char *const
        *mechanisms;      /* NULL-ended list of what may be used, NULL: the default list, best first */
    bool has_certificate; /* one of ours, that the TLS handshake shows (EXTERNAL) */
    /* What is known of the server from streams before. Borrowed, must outlive the stream; may be NULL. */
    struct memory *memory;
    enum stream_tls tls;
    enum stream_framing framing;
    uint32_t timeout_ms;   /* for each step; 0: 15000 */
    uint32_t keepalive_ms; /* silence after which a ping is sent (XEP-0199); 0: 60000 */
    size_t stanza_len;     /* limit on what arrives; 0: 262144 */
    const char *lang;      /* xml:lang of the header; NULL: "en" */
    /* What was sent and not yet proven to have arrived; resumed where it can be (XEP-0198 5). Borrowed, must
     * outlive the stream. NULL: nothing is kept. */
    struct sm *sm;
    int64_t wall_offset_ms;     /* milliseconds since 1970 less now_ms: when a stanza was sent */
    struct stream_known *known; /* borrowed; NULL: nothing is remembered */
    bool no_resume;             /* the transport has one session each (BOSH): no session outlives it */
    bool is_patient;            /* nothing is said behind the request for a resource until it is answered */
    /* A component (XEP-0114): domain is its name, password the secret it shares with the server; there are no
     * node, resource, STARTTLS and SASL. Its stanzas state `from` and `to`, which is the owner's business. */
    bool is_component;
    enum stream_registration registration;
    bool legacy_auth; /* XEP-0078, with a server that has nothing newer */
};

/* Why a stream ended, for the reconnect policy and for people. */
enum stream_end {
    STREAM_END_CLOSED,      /* we asked for it and it is done */
    STREAM_END_PEER,        /* the peer closed in order, without an error */
    STREAM_END_ERROR,       /* a stream error, ours or the peer's: condition, text */
    STREAM_END_TIMEOUT,     /* a step took too long, or the peer is silent */
    STREAM_END_TLS_REFUSED, /* STARTTLS is not offered or failed */
    STREAM_END_AUTH_FINAL,  /* credentials rejected, or no acceptable mechanism: do not come back (6.5) */
    STREAM_END_AUTH_LATER,  /* temporary-auth-failure and the like */
    STREAM_END_FORGED,     /* the server could not prove that it knows the password (RFC 5802 5), or broke the
                              rules of the mechanism, so that it never came to the proof; or it offers less
                              than before (choice.c) */
    STREAM_END_TRANSPORT,  /* stream_lost() was called */
    STREAM_END_REGISTERED, /* the account was made: log in on the next stream, with STREAM_REGISTER_NO */
    STREAM_END_NOT_REGISTERED, /* it could not be made before the login: log in, with STREAM_REGISTER_AFTER */
};

struct stream_reason {
    enum stream_end end;
    char condition[64]; /* "conflict", "host-unknown", "not-authorized", … or empty */
    char
        text[512]; /* for people: what happened, in which step, and what to do about it where that is known */
    char place[264]; /* of see-other-host (RFC 6120 4.9.3.19), without blanks around it, as the server wrote
                        it; empty: it named none, or one that is longer than a place can be */
    bool by_peer;
    bool asked_too_much; /* there was no resource, and more stood behind the request: worth another try at
                            once, with is_patient */
};

/* Of no registered type: our own Finished message (conn.h). choice.c tells what for. */
#define STREAM_BINDING_FINISHED "tls-own-finished"

struct stream_binding { /* channel binding data (RFC 5929, RFC 9266) */
    const char *type;   /* "tls-exporter", "tls-server-end-point", "tls-unique", or the one above */
    struct str data;    /* bytes */
};

struct stream_tls_info {                   /* what the session learned from the handshake; copied */
    const char *version;                   /* "TLSv1.3" */
    const struct stream_binding *bindings; /* those that this TLS session has, in any order */
    size_t binding_count;
};

struct stream_callbacks {
    /* <proceed/> has come: start the handshake on the same connection, then stream_secured(). No more bytes
     * are fed as clear text after this; bytes after <proceed/> in the same read end the stream
     * (attack, 5.4.3.3). */
    void (*starttls)(void *ctx);
    /* Bound; stanzas may be sent. full_jid: what the server returned, prepared by the server (borrowed). */
    void (*ready)(void *ctx, const char *full_jid);
    /* A stanza (message, presence, iq) arrived; node is borrowed for the call. iq results and errors too. */
    void (*stanza)(void *ctx, const struct xml_node *stanza);
    /* The end, exactly once. Bytes that stream_out() still holds should be written before the transport
     * closes. */
    void (*closed)(void *ctx, const struct stream_reason *reason);
    /* Optional trace of what crosses the wire; secrets are already masked. in: true for received. */
    void (*trace)(void *ctx, bool in, const char *text, size_t len);
    /* Optional. A new session is being made (any older one is lost): append to stream_out() what is to be
     * said first, whole stanzas with stream_sent() after each. It goes out with the request for a resource in
     * one write where that may be, else right before ready(). */
    void (*greet)(void *ctx);
    /* The session of before goes on (XEP-0198 5): what was not acknowledged was written again. NULL: ready()
     * is called. full_jid: as it was. */
    void (*resumed)(void *ctx, const char *full_jid);
};

struct stream;

struct stream *stream_new(const struct stream_options *options, const struct stream_callbacks *callbacks,
                          void *ctx);
void stream_free(struct stream *s);

/* The transport is connected (and, with STREAM_TLS_DIRECT, TLS is up). */
void stream_open(struct stream *s, int64_t now_ms);
/* Bytes from the peer, in clear (TLS is the session's). */
void stream_feed(struct stream *s, const char *bytes, size_t len, int64_t now_ms);
/* STREAM_FRAMING_WEBSOCKET: what was fed since the last call was one whole message. */
void stream_message_end(struct stream *s, int64_t now_ms);
/* TLS is up: after `starttls`, or, with direct TLS (XEP-0368), in place of stream_open. */
void stream_secured(struct stream *s, const struct stream_tls_info *info, int64_t now_ms);
/* When stream_tick wants to be called next; INT64_MAX: never. May move with every call. */
int64_t stream_deadline_ms(const struct stream *s);
void stream_tick(struct stream *s, int64_t now_ms);
/* The transport is gone; reports closed(TRANSPORT), or closed(CLOSED) when stream_close waited for the peer,
 * unless the end was reported. */
void stream_lost(struct stream *s, const char *why);
/* Sends unavailable presence when ready, then </stream:stream>, waits for the peer's (4.4) for at most 2 s,
 * then reports closed(CLOSED); stanzas that still arrive are given to the owner. Before the first header and
 * during the TLS handshake nothing can be said: it is reported at once. */
void stream_close(struct stream *s, int64_t now_ms);

/* What the stream was secured with is not good any more (13.7.2.3): it ends with the error <reset/>
 * (4.9.3.16), closed(ERROR). */
void stream_reset(struct stream *s, const char *why, int64_t now_ms);

/* Bytes to be written; the owner consumes them (buf_consume, buf_release). */
struct buf *stream_out(struct stream *s);
/* STREAM_FRAMING_WEBSOCKET: the length of the first message in stream_out() that was not told before, 0 when
 * there is none; the owner consumes it then. */
size_t stream_next_message(struct stream *s);
/* The same buffer, to append one whole, well-formed stanza to; NULL unless ready. Call stream_sent() after
 * it. */
struct buf *stream_stanza_out(struct stream *s);
/* Tells that a stanza of stream_stanza_out from byte offset `from` (buf_len before) on is complete. */
void stream_sent(struct stream *s, size_t from, int64_t now_ms);
/* Did the server say so in its features? RFC 6121 2.6; XEP-0352. */
bool stream_has_roster_versions(const struct stream *s);
bool stream_has_csi(const struct stream *s);
/* xml:lang of the server's header, which its stanzas inherit (RFC 6120 8.1.5); NULL: it has none. */
const char *stream_peer_lang(const struct stream *s);
/* Whether people look at what comes (XEP-0352 4): the server may hold back what can wait. Only when ready. A
 * stream begins active, also one that resumes a session (5). */
void stream_set_active(struct stream *s, bool is_active);
/* Somebody waits for the proof that what is sent has arrived: the server is asked at once, not after a
 * moment. */
void stream_hurry(struct stream *s, bool is_hurried);
bool stream_is_ready(const struct stream *s);
const char *stream_jid(const struct stream *s); /* full JID once ready, else NULL */
const char *stream_state_name(const struct stream *s);

#endif
