/* SPDX-License-Identifier: MIT */
/*
 * internal: what the files of a session share; nobody else includes it.
 *
 *   session.c    the life: the end of an attempt, waiting; birth and death
 *   verbs.c      what the owner asks of it meanwhile
 *   attempt.c    the beginning of an attempt: where to, and with what
 *   policy.h     what comes after an attempt
 *   events.c     what the stream and the connection tell
 *   greeting.c   roster and presence
 *   websocket.c  what stands between the two when the transport is WebSocket
 *   bosh.c       what takes the connection's place when the transport is BOSH
 *   resend.c     what a session that is over left behind
 *   saved.c      what is left for the next process
 *   discover.c   WebSocket endpoints of the domain's host-meta
 *   look.c       what it looks like from outside
 *
 * Two objects may end under each other's feet: conn and stream call back into us while they work. So no
 * callback frees them; it marks the attempt as over and the end of the loop turn (session.c) does the rest.
 */
#ifndef COUPLET_SESSION_INTERNAL_H
#define COUPLET_SESSION_INTERNAL_H

#include "session/counts.h"
#include "session/policy.h"
#include "session/session.h"
#include "xmpp/stream.h"

enum phase {
    IDLE,       /* not started, or ended */
    CONNECTING, /* conn is on its way, or the stream is being negotiated */
    ONLINE,
    CLOSING,     /* session_stop: the stream closes */
    DISCOVERING, /* asking for the domain's host-meta */
    DRAINING,    /* the stream is over; its last bytes go out, the transport shuts down */
    WAITING,     /* for the next attempt */
};

struct session {
    struct session_shared shared;
    const struct config_bot *config;
    const char *payload; /* of our presence; borrowed; NULL: nothing */
    struct tls_context *tls;
    struct session_callbacks callbacks;
    void *ctx;

    enum phase phase;
    bool stopping;                 /* session_stop was called: whatever ends now is the end */
    bool was_online;               /* in this attempt */
    bool is_up;                    /* bound() was called: offline() is owed */
    bool is_resumed;               /* the session has been, at least once */
    struct stream_known offers;    /* of the server, after the last login */
    bool location_tried;           /* in vain, or there is none */
    bool is_inactive;              /* as the owner said (XEP-0352) */
    bool stream_over;              /* stream reported closed; reason is set */
    bool conn_over;                /* conn reported closed */
    bool ws_over;                  /* ws did */
    bool is_nowhere;               /* DNS has nothing of the domain (CONN_NOWHERE) */
    struct session_counts *counts; /* NULL: nobody asks for them */
    struct stream_reason
        *reason;                /* of the last end; NULL while there was none, and once we are online again */
    struct conn_memory *memory; /* targets that failed us */
    const char *tls_version;    /* of conn; static; NULL: not secured */
    struct memory *known;       /* what is known of the server, for its logins */
    struct conn *conn;
    struct hostmetas_query *search; /* while DISCOVERING */
    struct ws_url found;            /* by it, for the next attempts; no host: none */
    unsigned discoveries;
    struct websocket *ws;      /* once it is asked for */
    struct session_bosh *bosh; /* owned; then there is no conn */
    bool bosh_is_up;           /* its first connection has been */
    struct stream *stream;
    struct iq_table *iqs;
    struct sm *sm;
    struct state_file *file;       /* of sm; NULL: nothing is saved */
    struct state_file *known_file; /* of known */
    int64_t save_again_ms;         /* after a failure */
    struct buf parked;             /* where a stanza is written while the session is suspended */
    char *jid;                     /* full; while is_up */
    char *roster_ver;              /* of the last roster or push (RFC 6121 2.6); NULL: none yet */
    int64_t detached_ms;           /* when the connection of a session that is suspended was lost */
    struct policy policy;
    enum stream_registration registration; /* of the next attempt */
    char *password;                        /* as it was changed; owned; NULL: the configuration's */
    int64_t online_since_ms;
    struct loop_timer stream_timer, iq_timer, phase_timer;
    struct loop_defer turn;
};

/* session.c */
const char *session_name(const struct session *s);
int64_t session_now_ms(const struct session *s);
/* Something happened: session.c looks after it when the loop turn ends. */
void session_at_turn_end(struct session *s);
/* After anything that may have changed the stream: its deadline may have moved, bytes may wait. */
void session_after_stream(struct session *s);

/* Stanzas go over the wire. */
bool session_is_here(const struct session *s);
void session_set_timer(struct session *s, struct loop_timer *t, int64_t due_ms); /* INT64_MAX: stops it */

/* verbs.c: the stanza at the end of out, from there on, is counted where somebody asks for it. */
void session_count_out(struct session *s, const struct buf *out, size_t from);

/* Bytes to the connection, which is flushed; the buffer is empty then. */
void session_move_out(struct session *s, struct buf *from);

/* events.c */
/* The stream is told of TLS, and opens if it was waiting. */
void session_secure_stream(struct session *s);
/* The log is told of a TLS session that is up, and how it was verified. */
void session_note_tls(struct session *s, const struct conn_tls_info *tls, const char *peer);
extern const struct conn_callbacks session_conn_events;
/* traced: with a callback for what crosses the wire. */
const struct stream_callbacks *session_stream_events(bool traced);

/* attempt.c */
/* One attempt, beginning now. */
void session_attempt(struct session *s);

/* ending.c */
/* Why the last attempt ended; one that says nothing when none did. */
const struct stream_reason *session_reason(const struct session *s);
void session_keep_reason(struct session *s, const struct stream_reason *reason); /* NULL: forget it */
/* What the attempt held is freed, in order or not. */
void session_drop_attempt(struct session *s);
/* The attempt is over for good; session_reason says why. */
void session_conclude(struct session *s);
/* The session is over: those who wait for answers and the owner are told. */
void session_end_session(struct session *s, const char *why);
bool session_is_suspended(const struct session *s);
void session_expire(struct session *s); /* a server keeps a suspended one for so long and no longer */
/* Nothing follows; final: it gave up. The owner may free s. */
void session_finish(struct session *s, bool final);

/* saved.c */
void session_restore(struct session *s); /* once, before the first attempt */
void session_save(struct session *s);
void session_close_files(struct session *s);
bool session_is_saved(const struct session *s);

/* discover.c */
/* The transport is WebSocket, and nobody has said where. */
bool session_must_discover(const struct session *s);
/* It cannot be reached by TCP, and nobody has said that it must. */
bool session_may_discover(const struct session *s);
/* Ends in session_attempt or session_conclude. */
void session_discover(struct session *s);
void session_forget_discovery(struct session *s); /* also one that is under way */

/* websocket.c; all but the first only when it is true */
bool session_is_websocket(const struct session *s);
void session_ws_target(const struct session *s, struct conn_target *target);
void session_ws_connected(struct session *s); /* what conn tells */
void session_ws_secured(struct session *s);
void session_ws_received(struct session *s, const char *bytes, size_t len);
void session_ws_late(struct session *s);  /* the deadline for TLS and the upgrade has passed */
void session_ws_push(struct session *s);  /* what the stream wrote, to the connection */
bool session_ws_close(struct session *s); /* false: there is nothing to close in order, or no more */

/* bosh.c; all but the first and the last only when it is true */
bool session_is_bosh(const struct session *s);
/* In place of a connection; target: how to reach what the URL names. */
void session_bosh_begin(struct session *s, const struct conn_target *target);
void session_bosh_push(struct session *s); /* what the stream wrote; sets conn_over when all is done */
void session_bosh_is_good(struct session *s);
void session_bosh_free(struct session *s); /* nothing there: nothing */

/* greeting.c */
/* Roster before presence (RFC 6121 2.2), without waiting for the answer in between. */
void session_greet(struct session *s);
/* An iq that nobody waits for: true when it was a roster push, which is dealt with. */
bool session_roster_push(struct session *s, const struct xml_node *iq);

/* resend.c */
/* Sends again what an older session left, where that makes sense. */
void session_resend(struct session *s);
/* Gives each message of it back to the owner as an error: it will not be delivered. */
void session_bounce(struct session *s);

#endif
