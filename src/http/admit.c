/* SPDX-License-Identifier: MIT */
/* admit: each reason to refuse a request is one function, and the order of the table is the order in which
 * they are asked: a stranger is told as little as possible, and costs as little. */
#include "http/internal.h"

#include <stdlib.h>
#include <strings.h>
#include <time.h>

static int64_t wall_s(void) {
    return (int64_t)time(NULL);
}

struct str admit_header(const struct http_request *r, const char *name) {
    struct str value = STR_NONE;
    if (name != NULL)
        value.s = r->server->mhd.lookup(r->conn->mhd, MHD_HEADER_KIND, name);
    value.len = value.s != NULL ? strlen(value.s) : 0;
    return value;
}

/* ---- before the body ---- */

static int check_stop(struct http_request *r, const char **detail) {
    *detail = "the server is about to stop";
    return r->server->is_stopping ? 503 : 0;
}

static int check_target(struct http_request *r, const char **detail) {
    *detail = "the path is none";
    return r->target.memory == NULL ? 400 : 0;
}

static enum MHD_Result count_framing(void *cls, enum MHD_ValueKind kind, const char *name,
                                     const char *value) {
    (void)kind, (void)value;
    *(int *)cls += strcasecmp(name, "Content-Length") == 0 || strcasecmp(name, "Transfer-Encoding") == 0;
    return MHD_YES;
}

/* Two answers to where the body ends (RFC 9112 6.3): what is behind it could be taken for another request. */
static int check_framing(struct http_request *r, const char **detail) {
    int count = 0;
    *detail = "the length of the body is told more than once";
    r->server->mhd.get_connection_values(r->conn->mhd, MHD_HEADER_KIND, count_framing, &count);
    return count > 1 ? 400 : 0;
}

static int check_path(struct http_request *r, const char **detail) {
    struct buf allow = BUF_INIT;
    *detail = NULL;
    r->route = routes_find(r->server, r->target.path, r->method);
    bool is_known = r->route != NULL || routes_allow(r->server, r->target.path, &allow);
    buf_finish(&allow);
    if (!is_known)
        *detail = "no hook has this path";
    else if (r->route == NULL)
        *detail = "the hook of this path takes other methods";
    return !is_known ? 404 : r->route == NULL ? 405 : 0;
}

static int check_network(struct http_request *r, const char **detail) {
    const struct http_route *route = &r->route->r;
    *detail = "not from this address";
    bool is_in =
        route->network_count == 0 || cidr_any(route->networks, route->network_count, &r->conn->source);
    return is_in ? 0 : 403;
}

static int check_rate(struct http_request *r, const char **detail) {
    *detail = "too many requests from this address";
    if (r->route->rate == NULL)
        return 0;
    return rate_take(r->route->rate, &r->conn->source, loop_now_ms(r->server->loop)) > 0 ? 429 : 0;
}

static struct auth_claim claim_of(const struct http_request *r) {
    const struct auth *a = r->route->auth;
    return (struct auth_claim){.authorization = admit_header(r, "Authorization"),
                               .header = admit_header(r, auth_header(a)),
                               .timestamp = admit_header(r, auth_timestamp_header(a)),
                               .id = admit_header(r, auth_id_header(a))};
}

static int refusal(enum auth_verdict verdict, const char **detail) {
    static const struct {
        int status;
        const char *detail;
    } rows[] = {[AUTH_GOOD] = {0, NULL},
                [AUTH_ABSENT] = {401, "no token, password or signature came with it"},
                [AUTH_WRONG] = {401, "the token, password or signature is wrong"},
                [AUTH_STALE] = {403, "its timestamp is too old, or the clocks differ"},
                [AUTH_REPLAY] = {403, "the same signed request was taken before"}};
    *detail = rows[verdict].detail;
    return rows[verdict].status;
}

static int check_auth(struct http_request *r, const char **detail) {
    if (r->route->auth == NULL)
        return 0;
    struct auth_claim claim = claim_of(r);
    return refusal(auth_check_head(r->route->auth, &claim, wall_s()), detail);
}

static int check_length(struct http_request *r, const char **detail) {
    struct str length = admit_header(r, "Content-Length");
    *detail = NULL;
    return length.s != NULL && strtoull(length.s, NULL, 10) > r->route->r.max_body ? 413 : 0;
}

/* application/json and application/x+json, a form, text/plain. */
static unsigned content_of(struct str type) {
    const char *end = memchr(type.s, ';', type.len);
    size_t len = end != NULL ? (size_t)(end - type.s) : type.len;
    while (len > 0 && (type.s[len - 1] == ' ' || type.s[len - 1] == '\t'))
        len--;
    static const struct {
        const char *name;
        unsigned bit;
    } types[] = {{"application/json", HTTP_JSON},
                 {"application/x-www-form-urlencoded", HTTP_FORM},
                 {"multipart/form-data", HTTP_FORM},
                 {"text/plain", HTTP_TEXT}};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (len == strlen(types[i].name) && strncasecmp(type.s, types[i].name, len) == 0)
            return types[i].bit;
    return len > 5 && strncasecmp(type.s + len - 5, "+json", 5) == 0 ? HTTP_JSON : HTTP_ANY;
}

/* Who says nothing of the type leaves it to us (RFC 9110 8.3). */
static int check_type(struct http_request *r, const char **detail) {
    struct str type = admit_header(r, "Content-Type");
    unsigned wanted = r->route->r.content;
    *detail = NULL;
    if (type.s == NULL || wanted == 0 || wanted & HTTP_ANY)
        return 0;
    return content_of(type) & wanted ? 0 : 415;
}

static int check_room(struct http_request *r, const char **detail) {
    const struct http_server *s = r->server;
    *detail = "too many requests wait for their answer";
    return s->waiting >= s->options.waiting ? 429 : s->bodies >= HTTP_BODIES_MOST ? 503 : 0;
}

int admit_head(struct http_request *r, const char **detail) {
    static int (*const checks[])(struct http_request *, const char **) = {
        check_stop, check_target, check_framing, check_path, check_network,
        check_rate, check_auth,   check_length,  check_type, check_room};
    int status = 0;
    for (size_t i = 0; status == 0 && i < sizeof(checks) / sizeof(checks[0]); i++)
        status = checks[i](r, detail);
    return status;
}

/* ---- with the body ---- */

int admit_body(struct http_request *r, const char **detail) {
    struct str body = {buf_data(&r->body), buf_len(&r->body)};
    if (r->server->is_stopping)
        return check_stop(r, detail);
    if (r->route->auth == NULL)
        return 0;
    struct auth_claim claim = claim_of(r);
    int status = refusal(auth_check_body(r->route->auth, &claim, body, wall_s(), &r->mark), detail);
    if (status == 0)
        auth_remember(r->route->auth, &r->mark, wall_s());
    else
        r->mark.count = 0;
    return status;
}
