/* SPDX-License-Identifier: MIT */
/*
 * floor_expat: the least that an XMPP echo bot on expat can do, and so the floor that everything is measured
 * against: one epoll loop, one expat parser an account, handlers that do nothing but find the sender and the
 * body of a chat message, one write for all the answers to one read.
 *
 *   floor_expat PORT ACCOUNTS [CA_FILE]      with CA_FILE: STARTTLS, certificate verified
 *
 * It is no XMPP client: no tree, no namespaces, no errors, no other answers, nothing but SASL PLAIN. Parser
 * handlers only collect; what follows from them happens when expat has returned.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <expat.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_LEN  (64 * 1024)
#define FROM_LEN  256
#define OUT_LIMIT (16 * 1024 * 1024)

struct text { /* shared by all accounts: empty between two turns, or of one account */
    char *bytes;
    size_t len, cap;
};

struct account {
    int fd, number, depth;
    enum { STREAM, SECURED, LOGGED_IN, ONLINE } stage;
    bool wants_tls, wants_restart, is_chat, in_body, is_blocked;
    XML_Parser parser;
    SSL *ssl;
    struct text body;
    struct text out;
    size_t sent;
    struct floor *floor;
    char from[FROM_LEN];
};

struct floor {
    int epoll, port;
    SSL_CTX *tls;
    char in[READ_LEN];
};

static void die(const char *what) {
    fprintf(stderr, "floor_expat: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void add(struct text *t, const char *bytes, size_t len) {
    if (t->len + len > t->cap) {
        t->cap = (t->len + len) * 2 + 256;
        if (t->cap > OUT_LIMIT || (t->bytes = realloc(t->bytes, t->cap)) == NULL)
            die("out of memory");
    }
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
}

static void adds(struct text *t, const char *s) {
    add(t, s, strlen(s));
}

static void add_escaped(struct text *t, const char *s, size_t len) {
    size_t from = 0;

    for (size_t i = 0; i < len; i++) {
        if (s[i] != '<' && s[i] != '&' && s[i] != '>')
            continue;
        add(t, s + from, i - from);
        adds(t, s[i] == '<' ? "&lt;" : s[i] == '&' ? "&amp;" : "&gt;");
        from = i + 1;
    }
    add(t, s + from, len - from);
}

static void add_header(struct account *a) {
    adds(&a->out, "<?xml version='1.0'?><stream:stream xmlns='jabber:client' to='localhost' version='1.0' "
                  "xmlns:stream='http://etherx.jabber.org/streams'>");
}

static void add_auth(struct account *a) {
    char plain[64], base64[128];
    int len = snprintf(plain, sizeof(plain), "%cbot%d%csecret", 0, a->number, 0);

    EVP_EncodeBlock((unsigned char *)base64, (unsigned char *)plain, len);
    adds(&a->out, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>");
    adds(&a->out, base64);
    adds(&a->out, "</auth>");
}

static void take_features(struct account *a) {
    if (a->stage == LOGGED_IN)
        adds(&a->out, "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                      "<resource>bench</resource></bind></iq>");
    else if (a->floor->tls != NULL && a->stage == STREAM)
        adds(&a->out, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    else
        add_auth(a);
}

static void begin_message(struct account *a, const XML_Char **attr) {
    a->is_chat = false;
    a->body.len = 0;
    for (; *attr != NULL; attr += 2)
        if (strcmp(attr[0], "from") == 0)
            snprintf(a->from, sizeof(a->from), "%s", attr[1]);
        else if (strcmp(attr[0], "type") == 0)
            a->is_chat = strcmp(attr[1], "chat") == 0;
}

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attr) {
    struct account *a = data;

    a->depth++;
    if (a->depth == 2 && strcmp(name, "message") == 0)
        begin_message(a, attr);
    else if (a->depth == 3 && a->is_chat && strcmp(name, "body") == 0)
        a->in_body = true;
}

static void XMLCALL on_text(void *data, const XML_Char *s, int len) {
    struct account *a = data;

    if (a->in_body)
        add(&a->body, s, (size_t)len);
}

static void end_message(struct account *a) {
    if (a->is_chat && a->body.len > 0) {
        adds(&a->out, "<message type='chat' to='");
        adds(&a->out, a->from);
        adds(&a->out, "'><body>");
        add_escaped(&a->out, a->body.bytes, a->body.len);
        adds(&a->out, "</body></message>");
    }
    a->is_chat = false;
}

static void end_login(struct account *a, const XML_Char *name) {
    if (strcmp(name, "stream:features") == 0)
        take_features(a);
    else if (strcmp(name, "proceed") == 0)
        a->wants_tls = true;
    else if (strcmp(name, "success") == 0)
        a->wants_restart = true;
    else if (strcmp(name, "iq") == 0) {
        a->stage = ONLINE;
        adds(&a->out, "<presence/>");
    } else
        die(name);
}

static void XMLCALL on_end(void *data, const XML_Char *name) {
    struct account *a = data;

    a->depth--;
    a->in_body = false;
    if (a->depth != 1)
        return;
    if (a->stage != ONLINE)
        end_login(a, name);
    else if (a->is_chat)
        end_message(a);
}

static void new_stream(struct account *a) {
    if (a->parser != NULL)
        XML_ParserFree(a->parser);
    a->parser = XML_ParserCreate(NULL);
    XML_SetReparseDeferralEnabled(a->parser, XML_FALSE);
    XML_SetUserData(a->parser, a);
    XML_SetElementHandler(a->parser, on_start, on_end);
    XML_SetCharacterDataHandler(a->parser, on_text);
    a->depth = 0;
    add_header(a);
}

static void begin_tls(struct account *a) {
    a->wants_tls = false;
    a->stage = SECURED;
    a->ssl = SSL_new(a->floor->tls);
    SSL_set_fd(a->ssl, a->fd);
    SSL_set_tlsext_host_name(a->ssl, "localhost");
    SSL_set1_host(a->ssl, "localhost");
    SSL_set_connect_state(a->ssl);
    new_stream(a);
}

/* 0: would block. */
static ssize_t read_some(struct account *a, char *to, size_t len) {
    ssize_t n = a->ssl ? SSL_read(a->ssl, to, (int)len) : recv(a->fd, to, len, 0);

    if (n > 0)
        return n;
    if (a->ssl ? SSL_get_error(a->ssl, (int)n) != SSL_ERROR_WANT_READ : n == 0 || errno != EAGAIN)
        die(a->ssl ? ERR_error_string(ERR_peek_error(), NULL) : "the server closed the connection");
    return 0;
}

static ssize_t write_some(struct account *a, const char *from, size_t len) {
    ssize_t n = a->ssl ? SSL_write(a->ssl, from, (int)len) : send(a->fd, from, len, MSG_NOSIGNAL);

    if (n <= 0 && a->ssl == NULL && errno != EAGAIN)
        die("send");
    return n > 0 ? n : 0;
}

static void flush(struct account *a) {
    struct epoll_event e = {.data.ptr = a};
    bool was_blocked = a->is_blocked;

    while (a->sent < a->out.len) {
        ssize_t n = write_some(a, a->out.bytes + a->sent, a->out.len - a->sent);
        if (n == 0)
            break;
        a->sent += (size_t)n;
    }
    a->is_blocked = a->sent < a->out.len && (a->ssl == NULL || SSL_is_init_finished(a->ssl));
    if (a->sent == a->out.len)
        a->sent = a->out.len = 0;
    e.events = a->is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN;
    if (a->is_blocked != was_blocked)
        epoll_ctl(a->floor->epoll, EPOLL_CTL_MOD, a->fd, &e);
}

/* TLS records are 16 KiB at most: several make one turn, as one read does without TLS. */
static size_t fill(struct account *a) {
    size_t got = 0;
    ssize_t n;

    do {
        n = read_some(a, a->floor->in + got, READ_LEN - got);
        got += (size_t)n;
    } while (n > 0 && a->ssl != NULL && got < READ_LEN);
    return got;
}

static void readable(struct account *a) {
    do { /* what OpenSSL holds already, epoll knows nothing of */
        size_t got = fill(a);
        if (got > 0 && XML_Parse(a->parser, a->floor->in, (int)got, XML_FALSE) == XML_STATUS_ERROR)
            die(XML_ErrorString(XML_GetErrorCode(a->parser)));
    } while (a->ssl != NULL && SSL_pending(a->ssl) > 0);
    if (a->wants_restart) {
        a->wants_restart = false;
        a->stage = LOGGED_IN;
        new_stream(a);
    }
    if (a->wants_tls)
        begin_tls(a);
    flush(a);
}

static void start(struct floor *f, int number) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct account *a = calloc(1, sizeof(*a));
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = a};
    int yes = 1;

    if (a == NULL)
        die("out of memory");
    to.sin_port = htons((uint16_t)f->port);
    a->floor = f;
    a->number = number;
    a->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (a->fd < 0 || connect(a->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        die("connect");
    fcntl(a->fd, F_SETFL, O_NONBLOCK);
    setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    new_stream(a);
    flush(a);
    if (epoll_ctl(f->epoll, EPOLL_CTL_ADD, a->fd, &e) != 0)
        die("epoll_ctl");
}

static void open_tls(struct floor *f, const char *ca_file) {
    f->tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(f->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(f->tls, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_locations(f->tls, ca_file, NULL) != 1)
        die(ca_file);
}

int main(int argc, char **argv) {
    static struct floor f;
    struct epoll_event events[64];

    if (argc < 3)
        die("usage: floor_expat PORT ACCOUNTS [CA_FILE]");
    f.port = atoi(argv[1]);
    f.epoll = epoll_create1(0);
    if (argc > 3 && argv[3][0] != '\0')
        open_tls(&f, argv[3]);
    for (int i = 0; i < atoi(argv[2]); i++)
        start(&f, i);
    for (;;) {
        int n = epoll_wait(f.epoll, events, 64, -1);
        for (int i = 0; i < n; i++)
            readable(events[i].data.ptr);
    }
}
