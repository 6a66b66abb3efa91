/* SPDX-License-Identifier: MIT */
/*
 * session: one account's life: connect, negotiate, be online, notice the loss, wait, come back. The only
 * joiner of net/ (bytes) and xmpp/ (stream). It knows nothing of Lua.
 *
 *   conn --received--> stream --stanza--> iq answers to their waiters | callbacks.stanza
 *   session_out … session_sent --> stream_out --(end of the loop turn)--> conn: one write
 *
 * What can pass is tried again with back-off and jitter (1 s to 5 min); rejected credentials are final.
 *
 * A session whose connection broke and that the server may resume (XEP-0198 5) is suspended: to the owner it
 * goes on, and what is sent meanwhile is kept. It ends, with offline(), when the server has it no more. What
 * was sent and not acknowledged is then sent again in the next session, where that makes sense: messages,
 * subscriptions and answers. Requests have told their senders that they are lost; other presence is made
 * anew.
 */
#ifndef COUPLET_SESSION_SESSION_H
#define COUPLET_SESSION_SESSION_H

#include "base/log.h"
#include "config/config.h"
#include "loop/loop.h"
#include "net/conn.h"
#include "xml/node.h"
#include "xmpp/iq.h"

struct session_callbacks {
    /* A new session is bound; roster request and initial presence are on their way. jid: full, as the server
     * gave it. What must come before anything else (entering rooms) is said here; then what an older session
     * left is sent again, then comes online(). */
    void (*bound)(void *ctx, const char *jid);
    void (*online)(void *ctx, const char *jid);
    /* The stream ended, whatever the reason; only after online. why: for people. */
    void (*offline)(void *ctx, const char *why);
    /* A message, presence, or iq get/set (answers have found their waiters before, roster pushes are
     * roster()'s). Borrowed for the call. An error that comes from here: a message of ours that could not be
     * delivered. */
    void (*stanza)(void *ctx, const struct xml_node *stanza);
    /* The whole roster (an iq result), or a push (an iq set) whose sender was checked and that was answered
     * (RFC 6121 2.1.6). Borrowed. */
    void (*roster)(void *ctx, const struct xml_node *iq);
    /* The session goes on after a break (XEP-0198 5); may be NULL. */
    void (*resumed)(void *ctx);
    /* What became of a stanza that was sent with a mark: the server has it (XEP-0198 4, or a ping behind it
     * was answered); or the session that it was sent in is over, and nobody knows. May be NULL. */
    void (*proven)(void *ctx, uint64_t mark);
    void (*unproven)(void *ctx, uint64_t mark);
    /* Nothing more will happen by itself: closed as asked (failed false), or final failure (the reason was
     * logged). */
    void (*ended)(void *ctx, bool failed);
};

struct session_shared { /* what the accounts of a process have in common; borrowed */
    struct loop *loop;
    struct log *log;
    struct dns *dns;
    struct hostmetas *hostmetas; /* hostmetas.h */
    const char *state_folder;    /* where sessions are kept for the next process; NULL: nowhere */
    bool is_counted;             /* counts.h */
};

struct session;

/* config is borrowed, with its password; tls NULL only where config->tls is CONFIG_TLS_NONE. */
struct session *session_new(const struct session_shared *shared, const struct config_bot *config,
                            struct tls_context *tls, const struct session_callbacks *callbacks, void *ctx);
void session_free(struct session *s); /* at once; requests that wait are told IQ_LOST; NULL accepted */
void session_start(struct session *s);
/* Closes the stream in order (RFC 6120 4.4) and ends; ended() follows, also when it was not connected. */
void session_stop(struct session *s);

bool session_is_online(const struct session *s);  /* suspended is online */
bool session_is_resumed(const struct session *s); /* at least once: what the server kept for us meanwhile is
                                                     marked as delayed (XEP-0203), and is not old */
const char *session_jid(const struct session *s); /* full JID when online, else NULL */

/* xml:lang of what has none itself (RFC 6120 8.1.5); NULL: nobody said, or not connected. */
const char *session_lang(const struct session *s);

/* Says whether somebody looks at what comes (XEP-0352), now and in each stream to come; true at first. False:
 * this server has no use for it. */
bool session_set_active(struct session *s, bool is_active);

/* Somebody waits for the proof of what is sent in this stream: the server is asked for it at once. */
void session_hurry(struct session *s, bool is_hurried);

/* The account has another password from now on (XEP-0077 3.3): the next login uses it. */
void session_set_password(struct session *s, const char *password);

/* What our presence carries besides show, status and priority, as XML (borrowed; "": nothing). When online,
 * the presence is sent again with it. */
void session_set_payload(struct session *s, const char *payload);

/* Where to append exactly one whole, well-formed stanza, followed by session_sent with the length that the
 * buffer had before. NULL when not online, or when too much waits for the server already. To give up half
 * way: cut the buffer back to that length (out->len). */
struct buf *session_out(struct session *s);
void session_sent(struct session *s, size_t from);
/* The same with a number of the owner's, not 0: what becomes of it is told (proven, unproven), and it is
 * never sent again by the session but when that is resumed. */
void session_sent_marked(struct session *s, size_t from, uint64_t mark);
/* Every mark of which nothing was told yet, those of a process before this one too. */
void session_each_mark(const struct session *s, void (*fn)(void *ctx, uint64_t mark), void *ctx);

/* Announces a request with this id to `to` (.s == NULL: own account) that was or will be written with
 * session_out. See iq_add_from (from.s == NULL but for a component). timeout in seconds. 0 when the id is
 * taken. */
uint64_t session_iq(struct session *s, struct str id, struct str from, struct str to, double timeout,
                    iq_done *done, void *ctx);
void session_iq_cancel(struct session *s, uint64_t handle);

#endif
