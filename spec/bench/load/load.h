/* SPDX-License-Identifier: MIT */
/*
 * load: the fake XMPP server of the benchmark, as its files see each other.
 *
 *   scan.c   bytes -> spans of whole stanzas      conn.c   one client: socket, TLS, out buffer
 *   login.c  negotiation and polite iqs           texts.c  what is sent to the bot, byte for byte
 *   work.c   the window, the checks, the clock    child.c  the bot's process: start, CPU, memory, stop
 *   loadserver.c  options, sockets, the loop, the result as one line of JSON
 *
 * One thread, one epoll. It is a yardstick, not a server: it trusts its client to send well-formed XML and
 * stops the whole run (die) as soon as anything is not as it should be, so that a figure that is printed was
 * earned by right answers.
 */
#ifndef COUPLET_BENCH_LOAD_H
#define COUPLET_BENCH_LOAD_H

#include "base/buf.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LOAD_WINDOW 512 /* stanzas sent and not answered for yet, at most */
#define LOAD_REFILL 256 /* the window is filled again when so many are left in it */
#define LOAD_DOMAIN "localhost"
#define LOAD_ROOM   "bench@conference.localhost"

/* Prints "loadserver: …" and ends the program with status 1; the bot dies with it (PR_SET_PDEATHSIG). */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
uint64_t now_ns(void); /* CLOCK_MONOTONIC */

/* ---- scan ---- */
struct span { /* borrowed, no NUL at the end */
    const char *at;
    size_t len;
};
enum scan_kind { SCAN_MORE, SCAN_HEADER, SCAN_STANZA, SCAN_END };
struct scan {
    size_t pos;   /* bytes already looked at */
    size_t start; /* of the stanza that is open */
    int depth;    /* 0: before the stream header */
};
/* The next whole thing in bytes[0..len): a stream header, a stanza, the stream's end. `out` is set for header
 * and stanza. s->pos counts from bytes[0]; the caller subtracts what it takes away (scan_taken). */
enum scan_kind scan_next(struct scan *s, const char *bytes, size_t len, struct span *out);
void scan_taken(struct scan *s, size_t len);
bool span_is(struct span element, const char *name);
/* The value of an attribute of the outermost element, entities as they stand; at == NULL when absent. */
struct span span_attr(struct span element, const char *name);
/* The text inside the first <name …>…</name>, entities as they stand; at == NULL when absent. */
struct span span_text(struct span element, const char *name);
bool span_has(struct span element, const char *bytes);
bool span_equal(struct span s, const char *text);
/* Replaces the five predefined entities into `to` (room for s.len bytes); returns the length. */
size_t span_unescape(struct span s, char *to);

/* ---- conn ---- */
struct load;
enum login_stage { LOGIN_FRESH, LOGIN_SECURED, LOGIN_AUTHENTICATED, LOGIN_BOUND, LOGIN_ONLINE };
struct conn {
    struct load *load;
    int fd;
    SSL *ssl;        /* owned; NULL: clear text */
    bool start_tls;  /* <proceed/> is in `out`; TLS begins when it has left */
    bool is_blocked; /* the kernel took only a part of `out` */
    bool is_closed;
    struct buf in, out;
    struct scan scan;
    enum login_stage stage;
    char user[64], jid[192];
    uint64_t reads; /* successful reads */
};
struct conn *conn_new(struct load *load, int fd);
void conn_free(struct conn *c);
/* Reads what is there (one read of at most 256 KiB) and handles every whole stanza. */
void conn_readable(struct conn *c);
/* Sends what the kernel takes; asks epoll for the rest. */
void conn_flush(struct conn *c);
/* Data segments that came in on this connection so far (TCP_INFO): what the bot's writes became. */
uint64_t conn_segments(const struct conn *c);

/* ---- login ---- */
void login_header(struct conn *c);
/* Everything that is not an answer to the load. Calls work_online() when the initial presence comes. */
void login_stanza(struct conn *c, struct span stanza);

/* ---- texts ---- */
struct text_kind {
    const char *name;
    bool is_answered;   /* false: the bot has no use for it */
    size_t body_len;    /* of the body in bytes; 0: what `size` leaves for it */
    size_t size;        /* of the whole stanza when the bot's JID is bot0@localhost/bench; 0: as it comes */
    const char *format; /* printf: the bot's JID, the body; "########" becomes the number, PEER the sender */
};
const struct text_kind *text_find(const char *name); /* NULL: unknown */
extern const struct text_kind text_marker;           /* always answered */
struct text {                                        /* one kind, made ready for one account */
    const struct text_kind *kind;
    struct buf stanza, body;
    size_t seq_at[4], peer_at[2], body_seq_at; /* where the number and the sender stand */
    int seq_count, peer_count;
};
void text_init(struct text *t, const struct text_kind *kind, const char *jid);
void text_finish(struct text *t);
void text_add(const struct text *t, struct buf *out, uint32_t seq);
/* Whether the message is a right echo of number seq: not an error, to its sender, with its body. */
bool text_is_echo(struct text *t, struct span message, uint32_t seq);

/* ---- child ---- */
struct child_memory {
    long rss_kib, pss_kib, private_kib;
};
pid_t child_start(char **argv, int port, int count, const char *ca_file);
double child_cpu_us(pid_t pid); /* user and kernel, all threads, since its exec */
struct child_memory child_memory(pid_t pid);
void child_stop(pid_t pid);

/* ---- work ---- */
enum work_phase { WORK_LOGIN, WORK_SETTLE, WORK_WARM, WORK_RUN, WORK_DONE };
struct work {
    enum work_phase phase;
    const struct text_kind *kind; /* NULL: nothing but log-in and memory */
    struct text text, marker;     /* for the first account, which alone gets the work */
    uint32_t warm, count;         /* stanzas before the clock starts, and under it */
    uint32_t window;
    uint32_t sent, acked, goal; /* stanzas of the phase that runs */
    uint32_t settled;
    uint64_t *latency_ns; /* owned, `count` of them when window is 1; else NULL */
    uint64_t sent_at_ns;
    double cpu_us;
    uint64_t began_ns, wall_ns, segments, reads;
    struct child_memory idle, after;
};
struct load {
    int epoll, listener, port;
    int count;           /* accounts that have to come */
    int joins;           /* rooms that have to be joined before the work */
    const char *ca_file; /* NULL: no TLS is offered */
    SSL_CTX *tls;
    pid_t pid;
    uint64_t started_ns, online_ns, all_online_ns; /* exec, first and last initial presence */
    int online, joined;
    struct conn **conns; /* owned */
    int conn_count;
    struct work work;
};
void work_online(struct load *l, struct conn *c);
void work_joined(struct load *l);
/* A <message/> came from the bot. */
void work_message(struct conn *c, struct span message);

#endif
