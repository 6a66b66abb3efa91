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

/* HOST, HOST:PORT, [IPv6]:PORT */
void read_server(struct reader *r, const struct tree_node *node, void *to) {
    struct config_bot *b = to;
    const char *text = reader_text(r, node, "a server, like xmpp.example.org:5222");
    if (text == NULL)
        return;
    if (strstr(text, "://") != NULL) {
        reader_say(r, node, "a URL is not supported by this version; host:port is expected");
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

static void read_mode(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {[CONFIG_TLS_AUTO] = "auto",
                                        [CONFIG_TLS_STARTTLS] = "starttls",
                                        [CONFIG_TLS_DIRECT] = "direct",
                                        [CONFIG_TLS_NONE] = "none",
                                        NULL};
    int at = reader_choice(r, node, names, NULL, "the TLS mode");
    if (at >= 0)
        *(enum config_tls_mode *)to = (enum config_tls_mode)at;
}

static void read_version(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"1.2", "1.3", NULL};
    int at = reader_choice(r, node, names, NULL, "the TLS version");
    if (at >= 0)
        *(int *)to = at == 0 ? 0x0303 : 0x0304;
}

void read_tls(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {
        {"mode", read_mode, offsetof(struct config_bot, tls)},
        {"ca_file", read_path, offsetof(struct config_bot, ca_file)},
        {"certificate", read_path, offsetof(struct config_bot, certificate)},
        {"key", read_path, offsetof(struct config_bot, key)},
        {"min_version", read_version, offsetof(struct config_bot, tls_min_version)},
        {NULL, NULL, 0},
    };
    read_options(r, node, options, to, "tls");
}

void read_sasl(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", NULL};
    static const char *const planned[] = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "EXTERNAL", NULL};
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single);
    for (size_t i = 0; i < count; i++)
        reader_choice(r, items[i], names, planned, "the SASL mechanism");
    if (count == 0)
        reader_say(r, node, "an empty list would allow no login at all");
    read_strings(r, node, to);
}

void read_transport(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"tcp", NULL}, *const planned[] = {"websocket", NULL};
    (void)to;
    reader_choice(r, node, names, planned, "the transport");
}
