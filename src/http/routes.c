/* SPDX-License-Identifier: MIT */
#include "http/internal.h"

#include "base/mem.h"

#include <time.h>

struct route *routes_find(const struct http_server *s, struct str path, const char *method) {
    for (struct route *at = s->routes; at != NULL; at = at->next)
        if (str_is(path, at->r.path) && strcmp(at->r.method, method) == 0)
            return at;
    return NULL;
}

bool routes_allow(const struct http_server *s, struct str path, struct buf *out) {
    for (struct route *at = s->routes; at != NULL; at = at->next)
        if (str_is(path, at->r.path))
            buf_addf(out, "%s%s", buf_len(out) > 0 ? ", " : "", at->r.method);
    return buf_len(out) > 0;
}

int http_server_route(struct http_server *s, const struct http_route *route, struct err *err) {
    if (routes_find(s, str_of(route->path), route->method) != NULL)
        return err_set(err, "there is a route for %s %s already", route->method, route->path);
    struct route *at = mem_new(struct route), **last = &s->routes;
    at->r = *route;
    at->r.method = mem_strdup(route->method);
    at->r.path = mem_strdup(route->path);
    struct cidr *networks = mem_array(NULL, route->network_count + 1, sizeof(*networks));
    if (route->network_count > 0)
        memcpy(networks, route->networks, route->network_count * sizeof(*networks));
    at->r.networks = networks;
    at->r.max_body = route->max_body > 0 ? route->max_body : s->options.max_body;
    at->r.auth = NULL;
    if (route->auth != NULL && route->auth->kind != AUTH_NONE)
        at->auth = auth_new(route->auth);
    if (route->rate_count > 0)
        at->rate = rate_new(route->rate_count, route->rate_ms);
    while (*last != NULL)
        last = &(*last)->next;
    *last = at;
    return 0;
}

void http_server_recall(struct http_server *s, const char *method, struct str path,
                        const unsigned char key[SEEN_KEY_LEN], int64_t expires_s) {
    struct route *route = routes_find(s, path, method);
    if (route != NULL && route->auth != NULL)
        auth_recall(route->auth, key, expires_s, (int64_t)time(NULL));
}

void routes_free(struct http_server *s) {
    while (s->routes != NULL) {
        struct route *at = s->routes;
        s->routes = at->next;
        mem_free((char *)at->r.method);
        mem_free((char *)at->r.path);
        mem_free((struct cidr *)at->r.networks);
        auth_free(at->auth);
        rate_free(at->rate);
        mem_free(at);
    }
}
