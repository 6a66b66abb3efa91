/* SPDX-License-Identifier: MIT */
/*
 * Connections, against a server of this test's: a thread that accepts one client on loopback and plays a
 * scene with blocking calls. Clear text here; TLS in test_tls.c.
 */
#include "check.h"
#include "peer.h"

#include "base/mem.h"
#include "net/address.h"
#include "net/tcp.h"
#include "net/tcp_dial.h"

/* ---- scenes ---- */

static void play_echo(struct peer *p) {
    char bytes[256];
    size_t n = peer_read(p, bytes, sizeof(bytes));
    peer_write(p, bytes, n);
}

static void play_nothing(struct peer *p) {
    (void)p;
}

static void play_reset(struct peer *p) {
    struct linger none = {.l_onoff = 1};
    peer_read_exactly(p, 5);
    setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

/* Says goodbye and no more, but listens to the end. */
static void play_half_close(struct peer *p) {
    peer_write(p, "bye", 3);
    shutdown(p->fd, SHUT_WR);
    peer_read_to_end(p);
}

/* Goes on talking after the client has ended its side. */
static void play_late(struct peer *p) {
    peer_read_to_end(p);
    peer_write(p, "late", 4);
}

static void play_count(struct peer *p) {
    peer_wait_for_hello(p);
    peer_read_to_end(p);
}

static void play_flood(struct peer *p) {
    static char piece[65536];
    memset(piece, 'f', sizeof(piece));
    for (int i = 0; i < 64; i++)
        peer_write(p, piece, sizeof(piece));
}

/* A reason, and the end, while the client has much to say. */
static void play_reason(struct peer *p) {
    peer_write(p, "reason", 6);
}

/* ---- clear text ---- */

static void bytes_go_both_ways(void) {
    struct client c;
    client_start(&c, play_echo, NULL);
    c.hello = "hello";
    client_run(&c);
    CHECK_STR(client_log(&c), "connected|hello|closed");
    CHECK_HAS(c.why, "127.0.0.1");
    CHECK_HAS(c.why, "closed the connection");
    client_finish(&c);
}

static void the_peer_closes(void) {
    struct client c;
    client_start(&c, play_nothing, NULL);
    client_run(&c);
    CHECK_STR(client_log(&c), "connected|closed");
    client_finish(&c);
}

static void a_reset_is_a_failure(void) {
    struct client c;
    client_start(&c, play_reset, NULL);
    c.hello = "hello";
    client_run(&c);
    CHECK_STR(client_log(&c), "connected|failed");
    CHECK_HAS(c.why, "reset");
    client_finish(&c);
}

static void a_half_close_ends_it(void) {
    struct client c;
    client_start(&c, play_half_close, NULL);
    client_run(&c);
    CHECK_STR(client_log(&c), "connected|bye|closed");
    client_finish(&c);
}

static void shutdown_waits_for_the_peer(void) {
    struct client c;
    client_start(&c, play_late, NULL);
    c.hello = "hello";
    c.shutdown_at = "connected";
    client_run(&c);
    CHECK_STR(client_log(&c), "connected|late|closed");
    CHECK_INT(c.peer.read_len, 5);
    client_finish(&c);
}

static void much_is_written_piece_by_piece(void) {
    struct client c;
    client_start(&c, play_count, NULL);
    c.hello_len = 32u << 20;
    c.shutdown_at = "connected";
    client_run(&c);
    CHECK_STR(client_log(&c), "connected|closed");
    CHECK(c.unsent > 0);
    CHECK_INT(c.peer.read_len, 32u << 20);
    client_finish(&c);
}

/* A second flush while the first is still being written: the order is kept. */
static void on_connected_twice(struct client *c) {
    buf_add(conn_out(c->conn), "tail", 4);
    conn_flush(c->conn);
    CHECK(conn_unsent(c->conn) > 4);
    conn_shutdown(c->conn);
}

static void a_flush_waits_for_the_one_before(void) {
    struct client c;
    client_start(&c, play_count, NULL);
    c.hello_len = 32u << 20;
    c.after_hello = on_connected_twice;
    client_run(&c);
    CHECK_INT(c.peer.read_len, (32u << 20) + 4);
    CHECK_STR(c.peer.tail, "xxxxtail");
    client_finish(&c);
}

static void on_connected_waiting(struct client *c) {
    buf_add(conn_out(c->conn), "tail", 4);
    conn_flush(c->conn); /* goes by itself when the first is out */
}

static void play_count_to_tail(struct peer *p) {
    peer_wait_for_hello(p);
    while (memcmp(p->tail + 4, "tail", 4) != 0 && peer_read_some(p))
        continue;
}

static void a_waiting_flush_goes_by_itself(void) {
    struct client c;
    client_start(&c, play_count_to_tail, NULL);
    c.hello_len = 32u << 20;
    c.after_hello = on_connected_waiting;
    client_run(&c);
    CHECK_STR(c.peer.tail, "xxxxtail");
    CHECK_STR(client_log(&c), "connected|closed");
    client_finish(&c);
}

static void much_is_received(void) {
    struct client c;
    client_start(&c, play_flood, NULL);
    c.count_only = true;
    client_run(&c);
    CHECK_INT(c.received_len, 4u << 20);
    CHECK_STR(client_log(&c), "connected|closed");
    client_finish(&c);
}

static void the_reason_is_read_before_the_cut(void) {
    struct client c;
    client_start(&c, play_reason, NULL);
    c.hello_len = 32u << 20;
    client_run(&c);
    CHECK_HAS(client_log(&c), "connected|reason|");
    client_finish(&c);
}

/* ---- the ends of everything ---- */

static void freed_in(const char *where, void (*play)(struct peer *)) {
    struct client c;
    client_start(&c, play, NULL);
    c.hello = "hello";
    c.free_at = where;
    client_run(&c);
    CHECK(c.conn == NULL);
    client_finish(&c);
}

static void free_is_allowed_everywhere(void) {
    freed_in("connected", play_echo);
    freed_in("received", play_echo);
    freed_in("received", play_flood);
    freed_in("closed", play_echo);
    freed_in("closed", play_reset);
}

static void free_before_anything(void) {
    struct client c;
    client_start(&c, NULL, NULL);
    conn_free(c.conn);
    conn_free(NULL);
    c.conn = NULL;
    client_run(&c);
    CHECK_STR(client_log(&c), "");
    client_finish(&c);
}

static void what_was_flushed_survives_free(void) {
    struct client c;
    client_start(&c, play_count, NULL);
    c.hello = "hello";
    c.free_at = "connected";
    client_run(&c);
    CHECK_INT(c.peer.read_len, 5);
    CHECK(!c.peer.broken);
    client_finish(&c);
}

/* Unread input must not turn the close into a reset. */
static void play_talk_then_count(struct peer *p) {
    peer_write(p, "unread", 6);
    sem_post(&p->said);
    peer_wait_for_hello(p);
    peer_read_to_end(p);
}

static void wait_for_talk(struct client *c) {
    sem_wait(&c->peer.said);
}

static void free_does_not_reset(void) {
    struct client c;
    client_start(&c, play_talk_then_count, NULL);
    c.hello = "hello";
    c.after_hello = wait_for_talk;
    c.free_at = "connected";
    client_run(&c);
    CHECK_STR(client_log(&c), "connected");
    CHECK_INT(c.peer.read_len, 5);
    CHECK(!c.peer.broken);
    client_finish(&c);
}

static void shutdown_before_it_is_up(void) {
    struct client c;
    client_start(&c, NULL, NULL);
    conn_shutdown(c.conn);
    conn_shutdown(c.conn);
    conn_flush(c.conn);
    CHECK_INT(conn_unsent(c.conn), 0);
    CHECK_STR(conn_peer(c.conn), "");
    client_run(&c);
    CHECK_STR(client_log(&c), "failed");
    client_finish(&c);
}

static void nobody_listens(void) {
    struct client c;
    client_start(&c, NULL, NULL); /* the port is closed again */
    client_run(&c);
    CHECK_STR(client_log(&c), "failed");
    CHECK_HAS(c.why, "cannot connect to localhost (");
    CHECK_HAS(c.why, "connection refused");
    client_finish(&c);
}

static void only_loopback(void) {
    struct client c;
    client_start_at(&c, "192.0.2.1", NULL, NULL, true);
    client_run(&c);
    CHECK_STR(client_log(&c), "failed");
    CHECK_HAS(c.why, "192.0.2.1:");
    CHECK_HAS(c.why, "only loopback addresses are allowed");
    client_finish(&c);
}

static void the_same_conn_again(void) {
    struct client c;
    client_start(&c, play_echo, NULL);
    c.hello = "hello";
    client_run(&c);
    client_reopen(&c, play_echo);
    client_run(&c);
    CHECK_STR(client_log(&c), "connected|hello|closed|connected|hello|closed");
    client_finish(&c);
}

static void the_peer_is_named(void) {
    struct client c;
    char want[40];
    client_start(&c, play_echo, NULL);
    c.hello = "hello";
    client_run(&c);
    snprintf(want, sizeof(want), "127.0.0.1:%u", c.peer.port);
    CHECK_STR(c.peer_text, want);
    client_finish(&c);
}

/* ---- several addresses ---- */

struct dialled {
    struct loop *loop;
    uv_tcp_t *tcp;
    char to[ADDRESS_TEXT_LEN], why[64];
};

static void on_dialled(void *ctx, uv_tcp_t *tcp, const union address *to, const char *why) {
    struct dialled *d = ctx;
    if (to->any.sa_family == AF_UNSPEC)
        snprintf(d->to, sizeof(d->to), "nowhere");
    else
        address_text(to, d->to);
    snprintf(d->why, sizeof(d->why), "%s", why ? why : "");
    if (tcp != NULL)
        tcp_close(tcp);
}

/* A socket that is bound to a port of 127.0.0.1; listening when backlog >= 0. */
static int bound(int backlog, union address *at) {
    socklen_t len = sizeof(*at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address_parse("127.0.0.1", 0, at);
    CHECK_INT(bind(fd, &at->any, sizeof(at->in)), 0);
    if (backlog >= 0)
        CHECK_INT(listen(fd, backlog), 0);
    getsockname(fd, &at->any, &len);
    return fd;
}

enum { CROWD = 8 };

/* Connections that nobody accepts: those who come later get no answer. */
static void crowd(const union address *at, int fds[CROWD]) {
    for (int i = 0; i < CROWD; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(fds[i], &at->any, sizeof(at->in));
    }
}

static struct tcp_dial *dial(struct dialled *d, const union address *list, size_t count) {
    struct tcp_dial *dial = tcp_dial_new(d->loop, on_dialled, d);
    tcp_dial_add(dial, list, count);
    tcp_dial_no_more(dial);
    CHECK_STR(d->to, ""); /* never by a verb */
    return dial;
}

static void a_silent_address_does_not_hold_up_the_next(void) {
    struct dialled d = {.loop = loop_new(NULL)};
    union address list[3];
    char want[ADDRESS_TEXT_LEN];
    int fds[CROWD], silent = bound(0, &list[0]), refusing = bound(-1, &list[1]), open_fd = bound(4, &list[2]);
    crowd(&list[0], fds);
    address_text(&list[2], want);
    dial(&d, list, 3);
    loop_run(d.loop);
    CHECK_STR(d.to, want);
    d.to[0] = '\0';
    tcp_dial_cancel(dial(&d, list, 1)); /* on its way */
    tcp_dial_cancel(NULL);
    loop_run(d.loop);
    for (int i = 0; i < CROWD; i++)
        close(fds[i]);
    close(silent);
    close(refusing);
    close(open_fd);
    loop_free(d.loop);
}

static void the_last_failure_is_told(void) {
    struct dialled d = {.loop = loop_new(NULL)};
    union address list[2];
    char want[ADDRESS_TEXT_LEN];
    int first = bound(-1, &list[0]), second = bound(-1, &list[1]);
    address_text(&list[1], want);
    dial(&d, list, 2);
    loop_run(d.loop);
    CHECK_STR(d.to, want);
    CHECK_STR(d.why, "connection refused");
    close(first);
    close(second);
    loop_free(d.loop);
}

/* An address that fails while tcp_dial has not returned yet. */
static void a_failure_at_once_is_told_later(void) {
    struct dialled d = {.loop = loop_new(NULL)};
    union address nowhere;
    address_parse("255.255.255.255", 1, &nowhere);
    dial(&d, &nowhere, 1);
    loop_run(d.loop);
    CHECK_STR(d.to, "255.255.255.255:1");
    CHECK(d.why[0] != '\0');
    loop_free(d.loop);
}

/* Who comes later is dialled when the first have failed, or their head start is over; nobody, at the end. */
static void addresses_may_come_one_by_one(void) {
    struct dialled d = {.loop = loop_new(NULL)};
    union address refusing, open_at;
    char want[ADDRESS_TEXT_LEN];
    int first = bound(-1, &refusing), second = bound(4, &open_at);
    struct tcp_dial *dial = tcp_dial_new(d.loop, on_dialled, &d);
    tcp_dial_add(dial, &refusing, 1);
    loop_run(d.loop); /* it has failed, and nothing waits: the list is not complete */
    CHECK_STR(d.to, "");
    tcp_dial_add(dial, &open_at, 1);
    loop_run(d.loop);
    address_text(&open_at, want);
    CHECK_STR(d.to, want);
    dial = tcp_dial_new(d.loop, on_dialled, &d);
    tcp_dial_no_more(dial);
    loop_run(d.loop);
    CHECK_STR(d.to, "nowhere");
    close(first);
    close(second);
    loop_free(d.loop);
}

/* RFC 8305 4: whoever fails hands over to the other family. */
static void families_take_turns(void) {
    struct dialled d = {.loop = loop_new(NULL)};
    union address list[4];
    char want[ADDRESS_TEXT_LEN];
    int four = bound(-1, &list[0]), last = bound(4, &list[1]);
    CHECK(address_parse("::1", 1, &list[2]) && address_parse("::1", 2, &list[3]));
    dial(&d, list, 4); /* ::1, 127.0.0.1, ::1, and only then the last */
    loop_run(d.loop);
    address_text(&list[1], want);
    CHECK_STR(d.to, want);
    d.to[0] = '\0';
    dial(&d, list + 2, 2);
    loop_run(d.loop);
    CHECK_STR(d.to, "[::1]:2");
    close(four);
    close(last);
    loop_free(d.loop);
}

int main(void) {
    RUN(bytes_go_both_ways);
    RUN(the_peer_closes);
    RUN(a_reset_is_a_failure);
    RUN(a_half_close_ends_it);
    RUN(shutdown_waits_for_the_peer);
    RUN(much_is_written_piece_by_piece);
    RUN(a_flush_waits_for_the_one_before);
    RUN(a_waiting_flush_goes_by_itself);
    RUN(much_is_received);
    RUN(the_reason_is_read_before_the_cut);
    RUN(free_is_allowed_everywhere);
    RUN(free_before_anything);
    RUN(what_was_flushed_survives_free);
    RUN(free_does_not_reset);
    RUN(shutdown_before_it_is_up);
    RUN(nobody_listens);
    RUN(only_loopback);
    RUN(the_same_conn_again);
    RUN(the_peer_is_named);
    RUN(a_silent_address_does_not_hold_up_the_next);
    RUN(the_last_failure_is_told);
    RUN(a_failure_at_once_is_told_later);
    RUN(addresses_may_come_one_by_one);
    RUN(families_take_turns);
    return check_done();
}
