/* SPDX-License-Identifier: MIT */
/* webhook: the keys of a hook that only `event: webhook` has, and what they must have to do with the rest. */
#include "base/mem.h"
#include "config/reader.h"

enum { BODY_MOST = 16 << 20 };

static struct config_webhook *webhook_of(void *to) {
    struct config_hook *h = to;
    if (h->webhook == NULL) {
        h->webhook = mem_new(struct config_webhook);
        h->webhook->content = CONFIG_JSON | CONFIG_FORM | CONFIG_TEXT;
    }
    return h->webhook;
}

/* Compared byte by byte with a path that was decoded: what could be written in two ways is not taken. */
void read_webhook_path(struct reader *r, const struct tree_node *node, void *to) {
    struct config_webhook *w = webhook_of(to);
    const char *text = reader_text(r, node, "a path, like /alertmanager");
    w->mark = node->mark;
    if (text == NULL)
        return;
    if (text[0] != '/')
        reader_say(r, node, "'%s' does not begin with a '/'", text);
    else if (text[strcspn(text, "?#%\\ \t\r\n")] != '\0')
        reader_say(r, node, "a path is written as it is, without '?', '#', '%%', '\\' and blanks");
    else if (strstr(text, "/../") != NULL || strstr(text, "/./") != NULL || strstr(text, "//") != NULL)
        reader_say(r, node, "a path without '//', '/./' and '/../' is expected: no request would have it");
    else
        read_string(r, node, &w->path);
}

void read_webhook_method(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"POST", "PUT", "GET", "PATCH", "DELETE", NULL};
    int at = reader_choice(r, node, names, NULL, "the method");
    mem_free(webhook_of(to)->method);
    webhook_of(to)->method = at >= 0 ? mem_strdup(names[at]) : NULL;
}

void read_webhook_auth(struct reader *r, const struct tree_node *node, void *to) {
    read_auth(r, node, &webhook_of(to)->auth);
}

void read_webhook_networks(struct reader *r, const struct tree_node *node, void *to) {
    read_networks(r, node, &webhook_of(to)->networks);
}

void read_webhook_max_body(struct reader *r, const struct tree_node *node, void *to) {
    struct config_webhook *w = webhook_of(to);
    read_size(r, node, &w->max_body);
    if (w->max_body > BODY_MOST)
        reader_say(r, node, "a body is in memory, so %d MiB at most are possible", BODY_MOST >> 20);
}

void read_webhook_content(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"json", "form", "text", "any", NULL};
    struct config_webhook *w = webhook_of(to);
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single);
    w->content = 0;
    for (size_t i = 0; i < count; i++) {
        int at = reader_choice(r, items[i], names, NULL, "the content type");
        if (at >= 0)
            w->content |= 1u << at;
    }
    if (count == 0)
        reader_say(r, node, "an empty list: no request would be taken");
}

static void read_webhook_rate(struct reader *r, const struct tree_node *node, struct config_webhook *w) {
    double seconds;
    int count;
    if (node->kind == TREE_MAP)
        reader_say(r, node, "the rate of a webhook is one of each address, like 60/1m");
    else if (reader_rate(r, node, &count, &seconds)) {
        w->rate_count = count;
        w->rate_seconds = seconds;
    }
}

void check_webhook(struct reader *r, const struct tree_node *node, struct config_hook *h) {
    static const char *const keys[] = {"path",     "method",       "auth", "networks",
                                       "max_body", "content_type", NULL};
    if (h->spec.event == HOOK_WEBHOOK) {
        struct config_webhook *w = webhook_of(h);
        if (reader_find(node, "path") == NULL)
            reader_say(r, node, "a webhook needs a `path:`, as in 'path: /alertmanager'");
        if (reader_find(node, "rate") != NULL)
            read_webhook_rate(r, reader_find(node, "rate"), w);
        if (w->method == NULL)
            w->method = mem_strdup("POST");
        return;
    }
    for (const char *const *key = keys; *key != NULL; key++)
        if (reader_find(node, *key) != NULL)
            reader_say(r, reader_find(node, *key), "only 'event: webhook' has '%s'", *key);
}

/* ---- the rest of the file ---- */

/* Does anybody reach it who is not on this machine? */
static bool is_open(const struct config_http *h) {
    for (char **l = h->listen; l != NULL && *l != NULL; l++) {
        char host[64] = "";
        size_t skip = (*l)[0] == '[', len = strcspn(*l + skip, skip ? "]" : ":");
        memcpy(host, *l + skip, len < sizeof(host) ? len : 0);
        if (!is_loopback(host))
            return true;
    }
    return false;
}

static void check_one(struct reader *r, const struct config *c, const struct config_hook *h) {
    const struct config_webhook *w = h->webhook;
    if (c->storage == NULL)
        config_mistake_add(
            r->mistakes, r->path, h->mark,
            "a webhook is answered once what it said is on disk: `storage: couplet.db` is missing at "
            "the top of the file");
    if (!c->http.is_stated)
        config_mistake_add(
            r->mistakes, r->path, h->mark,
            "nobody listens for it: `http: { listen: 127.0.0.1:5280 }` is missing at the top of the "
            "file");
    else if (w->auth.kind == CONFIG_AUTH_UNSAID && is_open(&c->http))
        config_mistake_add(
            r->mistakes, r->path, h->mark,
            "anybody who reaches this port could post here: say who may, like 'auth: { bearer_file: "
            "hook.secret }', or 'auth: none'");
}

/* Each against those before it, of all bots. */
static void check_double(struct reader *r, const struct config *c, size_t bot, size_t hook) {
    const struct config_webhook *w = c->bots[bot].hooks[hook].webhook;
    for (size_t i = 0; i <= bot; i++) {
        for (size_t k = 0; k < (i < bot ? c->bots[i].hook_count : hook); k++) {
            const struct config_webhook *other = c->bots[i].hooks[k].webhook;
            if (other == NULL || other->path == NULL || other->method == NULL ||
                strcmp(other->path, w->path) != 0 || strcmp(other->method, w->method) != 0)
                continue;
            config_mistake_add(r->mistakes, r->path, w->mark, "there is a hook for %s %s already", w->method,
                               w->path);
            return;
        }
    }
}

void check_webhooks(struct reader *r, const struct config *c) {
    for (size_t i = 0; i < c->bot_count; i++) {
        for (size_t k = 0; k < c->bots[i].hook_count; k++) {
            const struct config_hook *h = &c->bots[i].hooks[k];
            if (h->webhook == NULL || h->spec.event != HOOK_WEBHOOK)
                continue;
            check_one(r, c, h);
            if (h->webhook->path != NULL && h->webhook->method != NULL)
                check_double(r, c, i, k);
        }
    }
}

void config_webhook_free(struct config_webhook *w) {
    if (w == NULL)
        return;
    mem_free(w->path);
    mem_free(w->method);
    mem_free(w->networks.list);
    config_auth_finish(&w->auth);
    mem_free(w);
}
