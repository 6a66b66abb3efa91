/* SPDX-License-Identifier: MIT */
/* connect: the options that say where an account connects and how it logs in. */
#include "base/mem.h"
#include "config/reader.h"

#include <arpa/inet.h>
#include <strings.h>

bool is_loopback(const char *host) {
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return strcasecmp(host, "localhost") == 0;
}

static void read_url(struct reader *r, const struct tree_node *node, const char *text, struct config_bot *b) {
    struct err err = ERR_INIT;
    if (strncasecmp(text, "http", 4) == 0) {
        if (bosh_url_read(&b->url, text, &err) != 0)
            reader_say(r, node, "'%s' is no URL for BOSH: %s; https://host:port/path is expected", text,
                       err.text);
    } else if (ws_url_read(&b->url, text, &err) != 0)
        reader_say(r, node, "'%s' is no URL of a WebSocket: %s; wss://host:port/path is expected", text,
                   err.text);
}

/* HOST, HOST:PORT, [IPv6]:PORT, or a URL */
void read_server(struct reader *r, const struct tree_node *node, void *to) {
    struct config_bot *b = to;
    const char *text = reader_text(r, node, "a server, like xmpp.example.org:5222");
    if (text == NULL)
        return;
    if (strstr(text, "://") != NULL) {
        read_url(r, node, text, b);
        return;
    }
    size_t skip = text[0] == '[', len = strcspn(text + skip, skip ? "]" : ":");
    const char *rest = text + skip + len + (skip && text[skip + len] == ']');
    uint16_t port = *rest == ':' ? reader_port(rest + 1) : 0;
    if ((port == 0 && *rest != '\0') || len == 0 || (skip && text[skip + len] != ']')) {
        reader_say(
            r, node,
            "'%s' is no server; host, host:port or [IPv6]:port is expected, with a port from 1 to 65535",
            text);
        return;
    }
    b->host = mem_strndup(text + skip, len);
    b->port = port;
}

void read_transport(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"tcp", "websocket", "bosh", NULL};
    enum config_transport *transport = to;
    int i = reader_choice(r, node, names, NULL, "the transport");
    *transport = i > 0 ? (enum config_transport)i : CONFIG_TCP;
}

void read_proxy(struct reader *r, const struct tree_node *node, void *to) {
    struct err err = ERR_INIT;
    const char *text = reader_text(r, node, "a proxy, like socks5://proxy.example.org:1080");
    if (text != NULL && proxy_read(to, text, &err) != 0) /* not quoted: it may hold a password */
        reader_say(r, node, "that is no proxy: %s; socks5://host:port or http://host:port is expected",
                   err.text);
}

static void check_proxy(struct reader *r, const struct tree_node *section, const struct config_bot *b) {
    const struct tree_node *proxy = reader_find(section, "proxy");
    if (b->proxy.kind == PROXY_NONE)
        return;
    if (b->tls == CONFIG_TLS_NONE)
        reader_say(r, proxy, "a proxy would read along without TLS; leave out `mode: none`");
    else if (b->transport == CONFIG_WEBSOCKET && b->url.host == NULL)
        reader_say(r, proxy, "with a proxy the WebSocket is not looked for; name its URL in `server:`");
}

static const struct {
    const char *name, *like, *secure, *clear;
} transports[] = {
    [CONFIG_WEBSOCKET] = {"websocket", "wss://xmpp.example.org:5281/xmpp-websocket", "wss://", "ws://"},
    [CONFIG_BOSH] = {"bosh", "https://xmpp.example.org:5281/http-bind", "https://", "http://"},
};

static void check_url(struct reader *r, const struct tree_node *server, const struct tree_node *mode,
                      const struct config_bot *b) {
    const char *secure = transports[b->transport].secure, *clear = transports[b->transport].clear;
    if (!b->url.is_secure && b->tls != CONFIG_TLS_NONE)
        reader_say(r, server,
                   "%s goes without TLS, which only `tls: {mode: none}` allows, on this machine; "
                   "use %s",
                   clear, secure);
    else if (!b->url.is_secure && !is_loopback(b->url.host))
        reader_say(r, server,
                   "%s goes without TLS: its host has to be localhost or a loopback address; use %s", clear,
                   secure);
    else if (b->url.is_secure && b->tls != CONFIG_TLS_AUTO && b->tls != CONFIG_TLS_DIRECT)
        reader_say(r, mode, "%s always begins with TLS; leave `mode:` out", secure);
}

/* A WebSocket is looked for where none is named. */
static bool lacks_url(const struct config_bot *b, const struct tree_node *server) {
    if (b->url.host != NULL)
        return b->url.is_http != (b->transport == CONFIG_BOSH);
    return b->host != NULL || (b->transport == CONFIG_BOSH && server == NULL);
}

void check_transport(struct reader *r, const struct tree_node *section, const struct config_bot *b) {
    const struct tree_node *server = reader_find(section, "server"), *tls = reader_find(section, "tls");
    const struct tree_node *mode = tls != NULL && tls->kind == TREE_MAP ? reader_find(tls, "mode") : NULL;
    check_proxy(r, section, b);
    if (b->dane && b->tls == CONFIG_TLS_NONE)
        reader_say(r, reader_find(tls, "dane"),
                   "`dane: true` is about the certificate, and `mode: none` has none");
    if (b->transport == CONFIG_TCP && b->url.host != NULL)
        reader_say(r, server, "a URL is for `transport: %s` only; host:port is expected",
                   b->url.is_http ? "bosh" : "websocket");
    else if (b->transport != CONFIG_TCP && lacks_url(b, server))
        reader_say(r, server != NULL ? server : reader_find(section, "transport"),
                   "with `transport: %s` a URL is expected, like %s", transports[b->transport].name,
                   transports[b->transport].like);
    else if (b->url.host != NULL)
        check_url(r, server, mode, b);
}
