/* SPDX-License-Identifier: MIT */
/*
 * peer: both ends of a connection for tests. The peer is a thread with blocking calls: it accepts one client
 * on a free port of 127.0.0.1 and plays a scene. The client is the conn under test on a loop; it writes down
 * what it is told ("connected|hello|closed") and does what the fields ask for.
 */
#ifndef COUPLET_SPEC_PEER_H
#define COUPLET_SPEC_PEER_H

#include "check.h"

#include "base/buf.h"
#include "base/mem.h"
#include "net/conn.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer {
    int listener, fd;
    uint16_t port;
    pthread_t thread;
    bool running, broken; /* broken: a read failed, a reset for one */
    void (*play)(struct peer *p);
    SSL_CTX *ssl_ctx; /* borrowed; for scenes under TLS */
    SSL *ssl;         /* set by the scene, then reads and writes go through it */
    int rounds;       /* connections that are accepted one after the other; 0: one */
    size_t read_len;
    char tail[9]; /* the last 8 bytes that were read */
    char note[256];
    sem_t go;   /* posted when the client has said its hello */
    sem_t said; /* posted by scenes that have said theirs */
};

/* ---- the peer's side: called by scenes ---- */

static inline void peer_saw(struct peer *p, const char *bytes, size_t len) {
    size_t kept = len < 8 ? len : 8;
    p->read_len += len;
    memmove(p->tail, p->tail + kept, 8 - kept);
    memcpy(p->tail + 8 - kept, bytes + len - kept, kept);
}

static inline size_t peer_read(struct peer *p, char *out, size_t cap) {
    ssize_t n = p->ssl ? SSL_read(p->ssl, out, (int)cap) : read(p->fd, out, cap);
    if (n < 0)
        p->broken = true;
    if (n <= 0)
        return 0;
    peer_saw(p, out, (size_t)n);
    return (size_t)n;
}

static inline bool peer_read_some(struct peer *p) {
    char bytes[16384];
    return peer_read(p, bytes, sizeof(bytes)) > 0;
}

static inline void peer_read_to_end(struct peer *p) {
    while (peer_read_some(p))
        continue;
}

static inline void peer_read_exactly(struct peer *p, size_t len) {
    char bytes[64];
    while (len > 0) {
        size_t n = peer_read(p, bytes, len < sizeof(bytes) ? len : sizeof(bytes));
        if (n == 0)
            return;
        len -= n;
    }
}

/* Until the client has said its hello: what it writes meanwhile must wait in the kernel, or in the client. */
static inline void peer_wait_for_hello(struct peer *p) {
    sem_wait(&p->go);
}

static inline void peer_write(struct peer *p, const char *bytes, size_t len) {
    while (len > 0) {
        ssize_t n = p->ssl ? SSL_write(p->ssl, bytes, (int)len) : send(p->fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        bytes += n;
        len -= (size_t)n;
    }
}

/* ---- starting and ending it ---- */

static inline void *peer_main(void *arg) {
    struct peer *p = arg;
    do {
        p->fd = accept(p->listener, NULL, NULL);
        if (p->fd < 0)
            return NULL;
        p->play(p);
        SSL_free(p->ssl);
        close(p->fd);
        p->ssl = NULL;
    } while (--p->rounds > 0);
    return NULL;
}

/* play NULL: nobody listens on the port. */
static inline void peer_start(struct peer *p, void (*play)(struct peer *)) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    *p = (struct peer){.listener = socket(AF_INET, SOCK_STREAM, 0), .play = play, .ssl_ctx = p->ssl_ctx};
    sem_init(&p->go, 0, 0);
    sem_init(&p->said, 0, 0);
    CHECK_INT(bind(p->listener, (struct sockaddr *)&a, len), 0);
    getsockname(p->listener, (struct sockaddr *)&a, &len);
    p->port = ntohs(a.sin_port);
    if (play != NULL) {
        CHECK_INT(listen(p->listener, 4), 0);
        p->running = pthread_create(&p->thread, NULL, peer_main, p) == 0;
    }
}

static inline void peer_join(struct peer *p) {
    if (p->running)
        pthread_join(p->thread, NULL);
    if (p->listener >= 0) {
        close(p->listener);
        sem_destroy(&p->go);
        sem_destroy(&p->said);
    }
    p->running = false;
    p->listener = -1;
}

/* ---- the client ---- */

struct client {
    struct loop *loop;
    struct dns *dns;
    struct conn *conn;
    struct peer peer;
    struct tls_context *tls; /* borrowed */
    const char *host;
    const char *domain;
    struct buf log;
    char why[1024], version[32], alpn_chosen[32], peer_text[64];
    size_t received_len, unsent;
    bool resumed, proven; /* the TLS session */
    char no_proof[256], old_lists[256];
    bool forget;            /* wish: the TLS session is forgotten when bytes arrive */
    bool came;              /* connected at least once */
    struct buf bindings[4]; /* channel binding data, by enum conn_binding; empty: none */

    /* wishes */
    const char *hello;                 /* written when connected (secured when tls is set) */
    size_t hello_len;                  /* or so many 'x' */
    bool count_only;                   /* received bytes are counted, not logged */
    bool starttls;                     /* "starttls" is written when connected, TLS begins after "proceed" */
    bool tls_at_once;                  /* TLS begins when connected, not after "proceed" */
    const char *alpn;                  /* asked for when TLS begins */
    const char *free_at, *shutdown_at; /* "connected", "received", "secured", "closed" */
    void (*after_hello)(struct client *c);
};

static inline void client_note(struct client *c, const char *text, size_t len) {
    if (buf_len(&c->log) > 0)
        buf_addc(&c->log, '|');
    buf_add(&c->log, text, len);
}

/* The act that is wished for at this event. True: the conn is gone. */
static inline bool client_act(struct client *c, const char *event) {
    if (c->shutdown_at != NULL && strcmp(c->shutdown_at, event) == 0)
        conn_shutdown(c->conn);
    if (c->free_at == NULL || strcmp(c->free_at, event) != 0)
        return false;
    conn_free(c->conn);
    c->conn = NULL;
    return true;
}

static inline void client_say_hello(struct client *c) {
    struct buf *out = conn_out(c->conn);
    if (c->hello != NULL)
        buf_adds(out, c->hello);
    if (c->hello_len > 0) {
        memset(buf_reserve(out, c->hello_len), 'x', c->hello_len);
        buf_commit(out, c->hello_len);
    }
    conn_flush(c->conn);
    c->unsent = conn_unsent(c->conn);
    if (c->after_hello != NULL)
        c->after_hello(c);
    sem_post(&c->peer.go);
}

static inline void client_connected(void *ctx) {
    struct client *c = ctx;
    client_note(c, "connected", 9);
    c->came = true;
    snprintf(c->peer_text, sizeof(c->peer_text), "%s", conn_peer(c->conn));
    if (c->tls == NULL)
        client_say_hello(c);
    else if (c->tls_at_once)
        conn_start_tls(c->conn, c->alpn);
    if (c->starttls) {
        buf_adds(conn_out(c->conn), "starttls");
        conn_flush(c->conn);
    }
    client_act(c, "connected");
}

static inline void client_secured(void *ctx, const struct conn_tls_info *info) {
    struct client *c = ctx;
    client_note(c, "secured", 7);
    snprintf(c->version, sizeof(c->version), "%s", info->version);
    snprintf(c->alpn_chosen, sizeof(c->alpn_chosen), "%s", info->alpn ? info->alpn : "");
    c->resumed = info->resumed;
    c->proven = info->proven;
    snprintf(c->no_proof, sizeof(c->no_proof), "%s", info->no_proof ? info->no_proof : "");
    snprintf(c->old_lists, sizeof(c->old_lists), "%s", info->old_lists ? info->old_lists : "");
    CHECK(info->cipher[0] != '\0');
    for (int i = 0; i < 4; i++) {
        buf_clear(&c->bindings[i]);
        CHECK_INT(conn_channel_binding(c->conn, (enum conn_binding)i, &c->bindings[i]),
                  buf_len(&c->bindings[i]) > 0);
    }
    client_say_hello(c);
    client_act(c, "secured");
}

static inline void client_received(void *ctx, const char *bytes, size_t len) {
    struct client *c = ctx;
    c->received_len += len;
    if (!c->count_only)
        client_note(c, bytes, len);
    if (c->forget)
        conn_forget_session(c->conn);
    if (c->tls != NULL && len == 7 && memcmp(bytes, "proceed", 7) == 0)
        conn_start_tls(c->conn, c->alpn);
    client_act(c, "received");
}

static inline void client_closed(void *ctx, enum conn_kind kind, const char *text) {
    static const char *const words[] = {"closed", "failed", "untrusted", "nowhere"};
    struct client *c = ctx;
    client_note(c, words[kind], strlen(words[kind]));
    snprintf(c->why, sizeof(c->why), "%s", text);
    client_act(c, "closed");
}

static const struct conn_callbacks client_events = {client_connected, client_secured, client_received,
                                                    client_closed, NULL};

static inline void client_open(struct client *c, bool loopback_only) {
    struct conn_target target = {
        .domain = c->domain, .host = c->host, .port = c->peer.port, .loopback_only = loopback_only};
    conn_open(c->conn, &target, c->tls);
}

static inline void client_start_at(struct client *c, const char *host, void (*play)(struct peer *),
                                   SSL_CTX *ssl_ctx, bool loopback_only) {
    struct err err = ERR_INIT;
    *c = (struct client){.loop = loop_new(&err), .host = host, .domain = "localhost"};
    c->dns = dns_new(c->loop, NULL, &err);
    c->peer.ssl_ctx = ssl_ctx;
    peer_start(&c->peer, play);
    c->conn = conn_new(c->loop, c->dns, &client_events, c);
    if (ssl_ctx == NULL)
        client_open(c, loopback_only);
}

static inline void client_start(struct client *c, void (*play)(struct peer *), SSL_CTX *ssl_ctx) {
    client_start_at(c, "localhost", play, ssl_ctx, true);
}

static inline void client_reopen(struct client *c, void (*play)(struct peer *)) {
    peer_start(&c->peer, play);
    client_open(c, true);
}

static inline void client_run(struct client *c) {
    loop_run(c->loop);
    if (c->peer.running && !c->came)
        shutdown(c->peer.listener, SHUT_RDWR); /* ends the accept that waits for nobody */
    peer_join(&c->peer);
}

static inline const char *client_log(struct client *c) {
    return buf_data(&c->log);
}

static inline void client_finish(struct client *c) {
    peer_join(&c->peer);
    conn_free(c->conn);
    dns_free(c->dns);
    loop_free(c->loop);
    buf_finish(&c->log);
    for (int i = 0; i < 4; i++)
        buf_finish(&c->bindings[i]);
}

#endif
