/* SPDX-License-Identifier: MIT */
/* http: the section `http:`. Whether the certificate is one is looked at when the runtime loads
 * (runtime/web.h). */
#include "base/mem.h"
#include "config/reader.h"

#include <arpa/inet.h>

#define HTTP(field) offsetof(struct config_http, field)

/* IP:PORT, [IPv6]:PORT, localhost:PORT; the port may be 0. False: it is none of them. */
static bool split(const char *text, char host[64]) {
    struct in6_addr any;
    const char *colon = strrchr(text, ':');
    size_t skip = text[0] == '[', len = colon != NULL ? (size_t)(colon - text) : 0;
    if (len < 2 * skip + 1 || len - 2 * skip >= 64 || (skip && text[len - 1] != ']'))
        return false;
    memcpy(host, text + skip, len - 2 * skip);
    host[len - 2 * skip] = '\0';
    bool is_host =
        inet_pton(skip ? AF_INET6 : AF_INET, host, &any) == 1 || (!skip && strcmp(host, "localhost") == 0);
    return is_host && (strcmp(colon + 1, "0") == 0 || reader_port(colon + 1) > 0);
}

static void read_listen(struct reader *r, const struct tree_node *node, void *to) {
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single);
    char host[64];
    read_strings(r, node, to);
    if (count == 0)
        reader_say(r, node, "an empty list: nothing would be listened on");
    for (size_t i = 0; i < count; i++) {
        const char *text = items[i]->kind == TREE_SCALAR ? items[i]->text : NULL;
        if (text != NULL && !split(text, host))
            reader_say(r, items[i],
                       "'%s' is no address to listen on; an IP address and a port are expected, like "
                       "127.0.0.1:5280 or \"[::1]:5280\"",
                       text);
    }
}

static void read_file(struct reader *r, const struct tree_node *node, char **path, struct config_mark *mark) {
    read_path(r, node, path);
    *mark = node->mark;
}

static void read_certificate(struct reader *r, const struct tree_node *node, void *to) {
    struct config_http *h = to;
    read_file(r, node, &h->certificate, &h->certificate_mark);
}

static void read_key(struct reader *r, const struct tree_node *node, void *to) {
    struct config_http *h = to;
    read_file(r, node, &h->key, &h->key_mark);
}

static void read_number(struct reader *r, const struct tree_node *node, void *to) {
    int value = 0;
    read_int(r, node, &value);
    if (value < 1 || value > 100000)
        reader_say(r, node, "a number from 1 to 100000 is expected");
    else
        *(int *)to = value;
}

void read_networks(struct reader *r, const struct tree_node *node, void *to) {
    struct config_networks *n = to;
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single);
    struct err err = ERR_INIT;
    n->list = mem_array(n->list, count + 1, sizeof(*n->list));
    n->count = 0;
    if (count == 0)
        reader_say(r, node, "an empty list: nobody could ever come");
    for (size_t i = 0; i < count; i++) {
        const char *text = reader_text(r, items[i], "a network, like 10.0.0.0/8");
        err.text[0] = '\0';
        if (text == NULL)
            continue;
        if (cidr_parse(&n->list[n->count], text, &err) < 0)
            reader_say(r, items[i], "%s", err.text);
        else
            n->count++;
    }
}

void read_http(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {
        {"listen", read_listen, HTTP(listen)},
        {"certificate", read_certificate, 0},
        {"key", read_key, 0},
        {"networks", read_networks, HTTP(networks)},
        {"auth", read_auth, HTTP(auth)},
        {"max_body", read_size, HTTP(max_body)},
        {"connections", read_number, HTTP(connections)},
        {"connections_per_address", read_number, HTTP(connections_per_address)},
        {"waiting", read_number, HTTP(waiting)},
        {"timeout", read_duration, HTTP(timeout)},
        {"idle", read_duration, HTTP(idle)},
        {NULL, NULL, 0}};
    struct config_http *h = to;
    h->is_stated = true;
    h->max_body = 1 << 20;
    h->connections = 500;
    h->connections_per_address = 100;
    h->waiting = 500;
    h->timeout = 10;
    h->idle = 60;
    if (!read_options(r, node, options, h, "http"))
        return;
    if (reader_find(node, "listen") == NULL)
        reader_say(r, node, "`listen:` is missing, like 127.0.0.1:5280");
    if ((h->certificate == NULL) != (h->key == NULL))
        reader_say(r, node, "`%s:` is missing: TLS takes a certificate and its key",
                   h->key == NULL ? "key" : "certificate");
}

void config_http_finish(struct config_http *h) {
    for (char **s = h->listen; s != NULL && *s != NULL; s++)
        mem_free(*s);
    mem_free(h->listen);
    mem_free(h->certificate);
    mem_free(h->key);
    mem_free(h->networks.list);
    config_auth_finish(&h->auth);
}
