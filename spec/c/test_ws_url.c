/* SPDX-License-Identifier: MIT */
/* The URLs of WebSockets (RFC 6455 3, RFC 3986 3.2). */
#include "check.h"

#include "base/ws_url.h"

static void good(void) {
    static const struct {
        const char *text, *host;
        int port;
        const char *resource;
        bool is_secure;
    } rows[] = {
        {"wss://example.org:5281/xmpp-websocket", "example.org", 5281, "/xmpp-websocket", true},
        {"wss://example.org", "example.org", 443, "/", true},
        {"ws://localhost/", "localhost", 80, "/", false},
        {"WSS://Example.org/a/b?c=d&e=%20", "Example.org", 443, "/a/b?c=d&e=%20", true},
        {"wss://example.org?token=1", "example.org", 443, "/?token=1", true},
        {"ws://[::1]:5280/x", "::1", 5280, "/x", false},
        {"ws://[::ffff:127.0.0.1]", "::ffff:127.0.0.1", 80, "/", false},
        {"wss://127.0.0.1:1", "127.0.0.1", 1, "/", true},
        {"wss://b\xc3\xbc"
         "cher.example:65535/",
         "b\xc3\xbc"
         "cher.example",
         65535, "/", true},
        {"wss://example.org/a:b@c", "example.org", 443, "/a:b@c", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ws_url u;
        struct err err = ERR_INIT;
        CHECK_INT(ws_url_read(&u, rows[i].text, &err), 0);
        CHECK_STR(u.host, rows[i].host);
        CHECK_INT(u.port, rows[i].port);
        CHECK_STR(u.resource, rows[i].resource);
        CHECK_INT(u.is_secure, rows[i].is_secure);
        ws_url_finish(&u);
        CHECK(u.host == NULL);
    }
}

static void bad(void) {
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "wss://"},
        {"https://example.org/", "wss://"},
        {"wss:/example.org/", "wss://"},
        {"example.org", "wss://"},
        {"wss://", "no host"},
        {"wss:///path", "no host"},
        {"wss://:443/", "no host"},
        {"wss://a b/", "no host"},
        {"wss://a\r\nb/", "no host"},
        {"wss://a%41/", "no host"},
        {"wss://[]/", "no host"},
        {"wss://[example.org]/", "no host"},
        {"wss://[::1/", "brackets"},
        {"wss://[::1]x/", "brackets"},
        {"wss://a:/", "port"},
        {"wss://a:0/", "port"},
        {"wss://a:65536/", "port"},
        {"wss://a:99999999999999999999/", "port"},
        {"wss://a:-1/", "port"},
        {"wss://a:4x/", "port"},
        {"wss://user@example.org/", "user name"},
        {"wss://user:pass@example.org/", "user name"},
        {"wss://example.org/#x", "fragment"},
        {"wss://example.org#x", "fragment"},
        {"wss://example.org/a b", "ASCII"},
        {"wss://example.org/a\r\nHost: b", "ASCII"},
        {"wss://example.org/\xc3\xbc", "ASCII"},
        {"wss://example.org/\x7f", "ASCII"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ws_url u;
        struct err err = ERR_INIT;
        CHECK_INT(ws_url_read(&u, rows[i].text, &err), -1);
        CHECK_HAS(err.text, rows[i].why);
        CHECK(u.host == NULL && u.resource == NULL);
    }
}

static void long_ones(void) {
    char text[4096] = "wss://";
    struct ws_url u;
    struct err err = ERR_INIT;
    memset(text + 6, 'a', 255);
    CHECK_INT(ws_url_read(&u, text, &err), 0);
    ws_url_finish(&u);
    memset(text + 6, 'a', 256);
    CHECK_INT(ws_url_read(&u, text, &err), -1);
    memset(text + 7, '/', 3000);
    CHECK_INT(ws_url_read(&u, text, &err), -1);
    CHECK_HAS(err.text, "too long");
}

int main(void) {
    RUN(good);
    RUN(bad);
    RUN(long_ones);
    return check_done();
}
