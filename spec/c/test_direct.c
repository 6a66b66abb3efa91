/* SPDX-License-Identifier: MIT */
/*
 * Direct TLS (XEP-0368): the connection begins with the handshake, the owner hears of nothing before it is
 * done, and a target that cannot do it makes room for the next one.
 */
#include "check.h"
#include "fake_dns.h"
#include "tls_scene.h"

enum { PEERS = 3 };

struct seeker {
    struct fake_dns names;
    struct fact facts[PEERS + 3];
    struct peer peers[PEERS];
    SSL_CTX *servers[PEERS];
    size_t count;
    struct loop *loop;
    struct dns *dns;
    struct tls_context *tls;
    struct conn_memory *memory;
    struct conn *conn;
    struct buf log; /* "secured 1 xmpp-client|hello|closed": 1 is the peer's place */
    char why[1024];
    bool is_good;                      /* wish: the owner is content */
    const char *alpn;                  /* wish */
    uint32_t timeout_ms;               /* wish */
    const char *free_at, *shutdown_at; /* wishes: at "begin", "secured" */
};

/* ---- the peers ---- */

static void play_leave(struct peer *p) {
    peer_read_some(p);
}

static void play_nonsense(struct peer *p) {
    peer_read_some(p);
    peer_write(p, "<stream:error/>", 15);
    peer_read_to_end(p);
}

static void play_silence(struct peer *p) {
    peer_read_to_end(p);
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                       unsigned in_len, void *ctx) {
    static const unsigned char known[] = "\x0bxmpp-client";
    (void)ssl, (void)ctx;
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_len, known, sizeof(known) - 1, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* ---- the seeker ---- */

static int place_of(const struct seeker *s) {
    const char *port = strrchr(conn_peer(s->conn), ':');
    for (size_t i = 0; port != NULL && i < s->count; i++)
        if (atoi(port + 1) == s->peers[i].port)
            return (int)i;
    return -1;
}

static void note(struct seeker *s, const char *text) {
    buf_addf(&s->log, "%s%s", buf_len(&s->log) > 0 ? "|" : "", text);
}

static bool act(struct seeker *s, const char *event) {
    if (s->shutdown_at != NULL && strcmp(s->shutdown_at, event) == 0)
        conn_shutdown(s->conn);
    if (s->free_at == NULL || strcmp(s->free_at, event) != 0)
        return false;
    conn_free(s->conn);
    s->conn = NULL;
    return true;
}

static void on_connected(void *ctx) {
    struct seeker *s = ctx;
    char text[32];
    snprintf(text, sizeof(text), "connected %d", place_of(s));
    note(s, text);
    conn_shutdown(s->conn);
}

static void on_secured(void *ctx, const struct conn_tls_info *info) {
    struct seeker *s = ctx;
    char text[64];
    snprintf(text, sizeof(text), "secured %d %s", place_of(s), info->alpn ? info->alpn : "-");
    note(s, text);
    if (s->is_good)
        conn_is_good(s->conn);
    if (act(s, "secured"))
        return;
    buf_adds(conn_out(s->conn), "hello");
    conn_flush(s->conn);
}

static void on_received(void *ctx, const char *bytes, size_t len) {
    struct seeker *s = ctx;
    char text[32];
    snprintf(text, sizeof(text), "%.*s", (int)len, bytes);
    note(s, text);
}

static void on_closed(void *ctx, enum conn_kind kind, const char *text) {
    static const char *const words[] = {"closed", "failed", "untrusted", "nowhere"};
    struct seeker *s = ctx;
    note(s, words[kind]);
    snprintf(s->why, sizeof(s->why), "%s", text);
}

static const struct conn_callbacks events = {on_connected, on_secured, on_received, on_closed, NULL};

/* One target: what it plays, for which name its certificate is; NULL: nobody is there. Priority is the place.
 */
struct spot {
    void (*play)(struct peer *p);
    const char *alt; /* NULL: DNS:home.test */
    bool starttls;   /* listed under _xmpp-client */
};

static void start(struct seeker *s, const struct spot *spots, size_t count) {
    char address[32];
    struct tls_options options = {.ca_file = ca_path};
    *s = (struct seeker){.count = count};
    for (size_t i = 0; i < count; i++) {
        struct cert leaf = leaf_for(spots[i].alt ? spots[i].alt : "DNS:home.test");
        s->servers[i] = s->peers[i].ssl_ctx = server_context(&leaf, NULL);
        SSL_CTX_set_alpn_select_cb(s->servers[i], choose_alpn, NULL);
        cert_finish(&leaf);
        peer_start(&s->peers[i], spots[i].play);
        s->facts[i] = (struct fact){.name = spots[i].starttls ? "_xmpp-client._tcp.home.test"
                                                              : "_xmpps-client._tcp.home.test",
                                    .type = SRV,
                                    .priority = (int)i,
                                    .port = s->peers[i].port,
                                    .value = "host.test"};
    }
    s->facts[count] = (struct fact){.name = "host.test", .type = A, .value = "127.0.0.1"};
    fake_dns_start(&s->names, s->facts);
    s->loop = loop_new(NULL);
    s->dns = dns_new(s->loop, fake_dns_address(&s->names, address), NULL);
    s->tls = tls_context_new(&options, NULL, NULL);
    s->conn = conn_new(s->loop, s->dns, &events, s);
}

static void finish(struct seeker *s) {
    for (size_t i = 0; i < s->count; i++) {
        shutdown(s->peers[i].listener, SHUT_RDWR); /* ends an accept that waits for nobody */
        peer_join(&s->peers[i]);
        SSL_CTX_free(s->servers[i]);
    }
    conn_free(s->conn);
    conn_memory_free(s->memory);
    tls_context_free(s->tls);
    dns_free(s->dns);
    loop_free(s->loop);
    fake_dns_finish(&s->names);
    buf_finish(&s->log);
}

static const char *seek(struct seeker *s) {
    struct conn_target target = {
        .domain = "home.test", .memory = s->memory, .alpn = s->alpn, .timeout_ms = s->timeout_ms};
    buf_clear(&s->log);
    conn_open(s->conn, &target, s->tls);
    if (!act(s, "begin"))
        CHECK_INT(buf_len(&s->log), 0); /* no callback before it has returned */
    loop_run(s->loop);
    return buf_data(&s->log);
}

static void seek_among(const struct spot *spots, size_t count, const char *want, const char *why) {
    struct seeker s;
    start(&s, spots, count);
    CHECK_STR(seek(&s), want);
    if (why != NULL)
        CHECK_HAS(s.why, why);
    finish(&s);
}

#define AMONG(spots, want, why) seek_among(spots, sizeof(spots) / sizeof(spots[0]), want, why)

/* ---- tests ---- */

static void tls_comes_first(void) {
    static const struct spot spots[] = {{.play = play_echo}};
    AMONG(spots, "secured 0 xmpp-client|hello|closed", "closed the connection");
}

static void a_server_without_alpn_will_do(void) {
    static const struct spot spots[] = {{.play = play_echo}};
    struct seeker s;
    start(&s, spots, 1);
    SSL_CTX_set_alpn_select_cb(s.servers[0], NULL, NULL);
    CHECK_STR(seek(&s), "secured 0 -|hello|closed");
    finish(&s);
    start(&s, spots, 1);
    s.alpn = ""; /* not asked for */
    CHECK_STR(seek(&s), "secured 0 -|hello|closed");
    finish(&s);
}

static void the_next_target_may_do_better(void) {
    static const struct spot leaves[] = {{.play = play_leave}, {.play = play_echo}};
    static const struct spot talks[] = {{.play = play_nonsense}, {.play = play_echo}};
    static const struct spot other_name[] = {{.play = play_echo, .alt = "DNS:host.test"},
                                             {.play = play_echo}};
    static const struct spot nobody[] = {{.play = NULL}, {.play = play_nonsense}, {.play = play_echo}};
    static const struct spot clear[] = {{.play = play_nonsense}, {.play = play_silence, .starttls = true}};
    AMONG(leaves, "secured 1 xmpp-client|hello|closed", NULL);
    AMONG(talks, "secured 1 xmpp-client|hello|closed", NULL);
    AMONG(other_name, "secured 1 xmpp-client|hello|closed", NULL);
    AMONG(nobody, "secured 2 xmpp-client|hello|closed", NULL);
    AMONG(clear, "connected 1|closed", NULL);
}

static void a_silent_server_has_its_share_of_the_time(void) {
    static const struct spot spots[] = {{.play = play_silence}, {.play = play_echo}};
    static const struct spot alone[] = {{.play = play_silence}};
    struct seeker s;
    start(&s, spots, 2);
    s.timeout_ms = 8000;
    CHECK_STR(seek(&s), "secured 1 xmpp-client|hello|closed");
    finish(&s);
    start(&s, alone, 1);
    s.timeout_ms = 3000;
    CHECK_STR(seek(&s), "failed");
    CHECK_HAS(s.why, ") does not answer the TLS handshake");
    finish(&s);
}

static void the_end_names_all(void) {
    static const struct spot bad[] = {{.play = play_leave}, {.play = NULL}, {.play = play_nonsense}};
    static const struct spot other_name[] = {{.play = play_echo, .alt = "DNS:host.test"}};
    static const struct spot other_first[] = {{.play = play_echo, .alt = "DNS:host.test"}, {.play = NULL}};
    AMONG(bad, "failed", "(direct TLS; is that port for STARTTLS?); before that: ");
    AMONG(bad, "failed", "; before that: cannot connect to host.test (127.0.0.1:");
    AMONG(other_name, "untrusted", "is for host.test, not for home.test");
    AMONG(other_first, "untrusted", "before that: the certificate of host.test");
}

/* In the next attempt the one that failed comes last, unless it was good in the end. */
static void what_failed_is_remembered(void) {
    static const struct spot spots[] = {{.play = play_echo}, {.play = play_echo}};
    struct seeker s;
    start(&s, spots, 2);
    s.memory = conn_memory_new();
    s.peers[0].rounds = s.peers[1].rounds = 3;
    CHECK_STR(seek(&s), "secured 0 xmpp-client|hello|closed"); /* never got anybody online */
    CHECK_STR(seek(&s), "secured 1 xmpp-client|hello|closed");
    s.is_good = true;
    CHECK_STR(seek(&s), "secured 0 xmpp-client|hello|closed");
    CHECK_STR(seek(&s), "secured 0 xmpp-client|hello|closed");
    finish(&s);
}

static void it_can_end_at_any_time(void) {
    static const struct spot silent[] = {{.play = play_silence}, {.play = play_echo}};
    static const struct spot good[] = {{.play = play_echo}};
    struct seeker s;
    start(&s, silent, 2);
    s.shutdown_at = "begin";
    CHECK_STR(seek(&s), "failed");
    CHECK_HAS(s.why, "closed before the connection was up");
    s.free_at = "begin";
    CHECK_STR(seek(&s), "");
    finish(&s);
    start(&s, good, 1);
    s.free_at = "secured";
    CHECK_STR(seek(&s), "secured 0 xmpp-client");
    finish(&s);
}

/* While the handshake waits for a server that says nothing. */
struct ending {
    struct loop_timer timer;
    struct seeker *seeker;
    bool frees;
};

static void on_ending(struct loop_timer *t) {
    struct ending *e = (struct ending *)t;
    struct seeker *s = e->seeker;
    if (conn_peer(s->conn)[0] == '\0') {
        loop_timer_in(s->loop, t, 1);
    } else if (e->frees) {
        conn_free(s->conn);
        s->conn = NULL;
    } else {
        conn_shutdown(s->conn);
    }
}

static void it_can_end_in_the_handshake(void) {
    static const struct spot silent[] = {{.play = play_silence}, {.play = play_echo}};
    for (int frees = 0; frees < 2; frees++) {
        struct seeker s;
        start(&s, silent, 2);
        struct ending e = {.timer = {.fire = on_ending}, .seeker = &s, .frees = frees};
        loop_timer_in(s.loop, &e.timer, 1);
        CHECK_STR(seek(&s), frees ? "" : "failed"); /* and not the next target */
        finish(&s);
    }
}

int main(void) {
    scene_set_up();
    RUN(tls_comes_first);
    RUN(a_server_without_alpn_will_do);
    RUN(the_next_target_may_do_better);
    RUN(a_silent_server_has_its_share_of_the_time);
    RUN(the_end_names_all);
    RUN(what_failed_is_remembered);
    RUN(it_can_end_at_any_time);
    RUN(it_can_end_in_the_handshake);
    scene_tear_down();
    return check_done();
}
