/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include "base/buf.h"
#include "base/mem.h"
#include "config/reader.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void read_level(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"error", "warn", "info", "debug", "trace", NULL};
    int at = reader_choice(r, node, names, NULL, "the log level");
    if (at >= 0)
        *(enum log_level *)to = (enum log_level)at;
}

static void read_format(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"text", "json", NULL};
    int at = reader_choice(r, node, names, NULL, "the log format");
    if (at >= 0)
        *(bool *)to = at == 1;
}

static void read_log(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {
        {"level", read_level, offsetof(struct config, log_level)},
        {"format", read_format, offsetof(struct config, log_json)},
        {"file", read_path, offsetof(struct config, log_file)},
        {NULL, NULL, 0},
    };
    read_options(r, node, options, to, "log");
}

/* An IP address, perhaps with a port: 192.0.2.1:53, [2001:db8::1]:53. */
static bool is_server(const char *text) {
    char address[64];
    struct in6_addr any;
    size_t bracket = text[0] == '[', len = strcspn(text + bracket, bracket ? "]" : "");
    const char *colon = strchr(text, ':'), *rest = text + bracket + len + bracket;
    if (!bracket && colon != NULL && strchr(colon + 1, ':') == NULL)
        rest = colon, len = (size_t)(colon - text);
    if (len >= sizeof(address) || (bracket && text[1 + len] != ']'))
        return false;
    snprintf(address, sizeof(address), "%.*s", (int)len, text + bracket);
    if (inet_pton(AF_INET6, address, &any) != 1 && (bracket || inet_pton(AF_INET, address, &any) != 1))
        return false;
    return *rest == '\0' || (*rest == ':' && reader_port(rest + 1) > 0);
}

static void read_servers(struct reader *r, const struct tree_node *node, void *to) {
    struct buf all = BUF_INIT;
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single);
    for (size_t i = 0; i < count; i++) {
        const char *text = reader_text(r, items[i], "the address of a name server");
        if (text != NULL && !is_server(text))
            reader_say(r, items[i],
                       "'%s' is no address of a name server, like 192.0.2.53 or [2001:db8::53]:53", text);
        else if (text != NULL)
            buf_addf(&all, "%s%s", buf_len(&all) ? "," : "", text);
    }
    *(char **)to = buf_len(&all) > 0 ? buf_detach(&all) : NULL;
    buf_finish(&all);
}

static void read_dns(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {
        {"servers", read_servers, offsetof(struct config, dns_servers)},
        {"trust_anchor", read_path, offsetof(struct config, trust_anchor)},
        {NULL, NULL, 0},
    };
    read_options(r, node, options, to, "dns");
}

static void read_limits(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {
        {"time", read_duration, offsetof(struct config_limits, time)},
        {"memory", read_bytes, offsetof(struct config_limits, memory)},
        {"instructions", read_count, offsetof(struct config_limits, instructions)},
        {NULL, NULL, 0},
    };
    read_options(r, node, options, to, "limits");
}

enum { SOCKET_PATH_MOST = 107 }; /* bytes, unix(7) */

static void read_socket(struct reader *r, const struct tree_node *node, void *to) {
    read_path(r, node, to);
    const char *path = *(char **)to;
    if (path != NULL && strlen(path) > SOCKET_PATH_MOST)
        reader_say(r, node, "the whole path of a socket has at most %d bytes, and this one %zu: %s",
                   SOCKET_PATH_MOST, strlen(path), path);
}

static void read_bots_option(struct reader *r, const struct tree_node *node, void *to) {
    read_bots(r, node, to);
}

static const struct option options[] = {
    {"scripts", read_paths, offsetof(struct config, scripts)},
    {"log", read_log, 0},
    {"dns", read_dns, 0},
    {"limits", read_limits, offsetof(struct config, limits)},
    {"bots", read_bots_option, 0},
    {"storage", read_path, offsetof(struct config, storage)},
    {"control", read_socket, offsetof(struct config, control)},
    {"http", read_http, offsetof(struct config, http)},
    {NULL, NULL, 0},
};

/* The folder of a file, absolute. */
static char *folder_of(const char *path) {
    struct buf b = BUF_INIT;
    const char *slash = strrchr(path, '/');
    if (path[0] != '/') {
        char *here = getcwd(NULL, 0);
        buf_addf(&b, "%s", here ? here : ".");
        free(here);
        if (slash != NULL)
            buf_addf(&b, "/%.*s", (int)(slash - path), path);
    } else {
        buf_addf(&b, "%.*s", (int)(slash - path), path);
    }
    return buf_detach(&b);
}

/* bots/ beside the folder of the config file, then that folder itself. */
static char **default_scripts(const char *folder) {
    struct buf b = BUF_INIT;
    char **list = mem_alloc0(3 * sizeof(char *));
    const char *slash = strrchr(folder, '/');
    buf_addf(&b, "%.*s/bots", slash ? (int)(slash - folder) : 0, folder);
    list[0] = buf_detach(&b);
    list[1] = mem_strdup(folder);
    return list;
}

static struct config *read_all(struct reader *r, const struct tree_node *root) {
    struct config *c = mem_new(struct config);
    c->path = mem_strdup(r->path);
    c->log_level = LOG_INFO;
    c->limits = (struct config_limits){.time = 1, .memory = 64 * 1048576, .instructions = 50000000};
    if (read_options(r, root, options, c, "the configuration") && reader_find(root, "bots") == NULL)
        reader_say(r, root, "there is no `bots:` in this file, or nothing in it");
    check_webhooks(r, c);
    if (c->scripts == NULL)
        c->scripts = default_scripts(r->folder);
    return c;
}

struct config *config_load(const char *path, struct config_mistakes *mistakes) {
    struct arena arena;
    struct config *c = NULL;
    struct reader r = {.path = path, .folder = folder_of(path), .mistakes = mistakes};
    size_t before = mistakes->count;
    arena_init(&arena);
    struct tree_node *root = tree_load(&arena, path, mistakes);
    if (root != NULL)
        c = read_all(&r, root);
    config_mistakes_sort(mistakes);
    if (c != NULL)
        c->is_sound = mistakes->count == before;
    arena_finish(&arena);
    mem_free(r.folder);
    return c;
}

int config_paths(const char *path, char **control, char **storage, struct config_mistakes *mistakes) {
    struct arena arena;
    struct config_mistakes unseen = {NULL, 0};
    struct reader r = {.path = path, .folder = folder_of(path), .mistakes = &unseen};
    *control = *storage = NULL;
    arena_init(&arena);
    const struct tree_node *root = tree_load(&arena, path, &unseen), *node;
    bool is_map = root != NULL && root->kind == TREE_MAP;
    if (is_map && (node = reader_find(root, "control")) != NULL)
        read_path(&r, node, control);
    if (is_map && (node = reader_find(root, "storage")) != NULL)
        read_path(&r, node, storage);
    arena_finish(&arena);
    mem_free(r.folder);
    if (root == NULL)
        *mistakes = unseen;
    else
        config_mistakes_finish(&unseen);
    return root != NULL ? 0 : -1;
}

void config_free(struct config *c) {
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->bot_count; i++)
        config_bot_finish(&c->bots[i]);
    for (char **s = c->scripts; s != NULL && *s != NULL; s++)
        mem_free(*s);
    mem_free(c->scripts);
    mem_free(c->bots);
    mem_free(c->path);
    mem_free(c->log_file);
    mem_free(c->storage);
    mem_free(c->control);
    mem_free(c->dns_servers);
    mem_free(c->trust_anchor);
    config_http_finish(&c->http);
    mem_free(c);
}
