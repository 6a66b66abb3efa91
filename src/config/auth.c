/* SPDX-License-Identifier: MIT */
/*
 * auth: `auth:` of a webhook and of `http:`. One of
 *
 *   none      { bearer: SECRET }  { bearer_file: PATH }  { token: SECRET | token_file: PATH, header: NAME }
 *   { basic: { user:, password: | password_file: } }
 *   { hmac: { secret: | secret_file:, header:, timestamp_header:, id_header:, signs:, window: } }
 *   { standard_webhooks: { secret: | secret_file:, window: } }
 */
#include "base/mem.h"
#include "base/whsec.h"
#include "config/reader.h"

#define AUTH(field) offsetof(struct config_auth, field)

/* What is wrong with a file is told where it is named. */
static void read_secret_file(struct reader *r, const struct tree_node *node, void *to) {
    struct config_auth *a = to;
    a->mark = node->mark;
    read_path(r, node, &a->secret_file);
}

/* A name of RFC 9110 5.1. */
static void read_header(struct reader *r, const struct tree_node *node, void *to) {
    static const char token[] =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const char *text = reader_text(r, node, "the name of a header");
    if (text == NULL)
        return;
    if (text[0] == '\0' || text[strspn(text, token)] != '\0')
        reader_say(r, node, "'%s' is no name of a header, like X-Hub-Signature-256", text);
    else
        read_string(r, node, to);
}

static void read_signs(struct reader *r, const struct tree_node *node, void *to) {
    const char *text = reader_text(r, node, "what is signed, like '{timestamp}.{body}'");
    if (text != NULL && strstr(text, "{body}") == NULL)
        reader_say(r, node,
                   "what is signed must have {body} in it; {timestamp} and {id} are possible besides");
    else if (text != NULL)
        read_string(r, node, to);
}

static void need_one(struct reader *r, const struct tree_node *node, const char *a, const char *b) {
    bool has_a = reader_find(node, a) != NULL, has_b = reader_find(node, b) != NULL;
    if (has_a && has_b)
        reader_say(r, node, "there are both `%s:` and `%s:`; one is expected", a, b);
    else if (!has_a && !has_b)
        reader_say(r, node, "`%s:` or `%s:` is missing", a, b);
}

static void read_basic(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {{"user", read_filled, AUTH(user)},
                                            {"password", read_filled, AUTH(secret)},
                                            {"password_file", read_secret_file, 0},
                                            {NULL, NULL, 0}};
    struct config_auth *a = to;
    a->kind = CONFIG_AUTH_BASIC;
    if (!read_options(r, node, options, a, "basic"))
        return;
    need_one(r, node, "password", "password_file");
    if (reader_find(node, "user") == NULL)
        reader_say(r, node, "`user:` is missing");
    else if (a->user != NULL && strchr(a->user, ':') != NULL)
        reader_say(r, reader_find(node, "user"), "a user has no colon in the name (RFC 7617 2)");
}

static void need_field(struct reader *r, const struct tree_node *node, const struct config_auth *a,
                       const char *field, const char *header, const char *name) {
    if (a->signs != NULL && strstr(a->signs, field) != NULL && header == NULL)
        reader_say(r, node, "%s is signed, so `%s:` has to say where it stands", field, name);
}

/* A timestamp that is not signed proves nothing. */
static void check_signs(struct reader *r, const struct tree_node *node, struct config_auth *a) {
    if (a->timestamp_header != NULL && a->signs == NULL)
        a->signs = mem_strdup("{timestamp}:{body}");
    if (a->timestamp_header != NULL && strstr(a->signs, "{timestamp}") == NULL)
        reader_say(
            r, reader_find(node, "signs"),
            "there is a `timestamp_header:`, so {timestamp} must be signed: anybody could change it else");
    need_field(r, node, a, "{timestamp}", a->timestamp_header, "timestamp_header");
    need_field(r, node, a, "{id}", a->id_header, "id_header");
}

static void read_hmac(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {{"secret", read_filled, AUTH(secret)},
                                            {"secret_file", read_secret_file, 0},
                                            {"header", read_header, AUTH(header)},
                                            {"timestamp_header", read_header, AUTH(timestamp_header)},
                                            {"id_header", read_header, AUTH(id_header)},
                                            {"signs", read_signs, AUTH(signs)},
                                            {"window", read_duration, AUTH(window)},
                                            {NULL, NULL, 0}};
    struct config_auth *a = to;
    a->kind = CONFIG_AUTH_HMAC;
    if (!read_options(r, node, options, a, "hmac"))
        return;
    need_one(r, node, "secret", "secret_file");
    check_signs(r, node, a);
    if (a->header == NULL)
        a->header = mem_strdup("X-Hub-Signature-256");
}

bool config_auth_is_right(const struct config_auth *a, const char *secret) {
    struct buf key = BUF_INIT;
    if (!a->is_standard || secret == NULL)
        return true;
    buf_reserve(&key, strlen(secret));
    bool is_right = whsec_decode(&key, secret) == 0;
    mem_wipe(key.data, key.cap);
    buf_finish(&key);
    return is_right;
}

/* The names of the headers, and what is signed, are in the specification. */
static void read_standard(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {{"secret", read_filled, AUTH(secret)},
                                            {"secret_file", read_secret_file, 0},
                                            {"window", read_duration, AUTH(window)},
                                            {NULL, NULL, 0}};
    struct config_auth *a = to;
    a->kind = CONFIG_AUTH_HMAC;
    a->is_standard = true;
    if (!read_options(r, node, options, a, "standard_webhooks"))
        return;
    need_one(r, node, "secret", "secret_file");
    if (!config_auth_is_right(a, a->secret))
        reader_say(r, reader_find(node, "secret"), AUTH_NO_SECRET);
    a->header = mem_strdup("webhook-signature");
    a->timestamp_header = mem_strdup("webhook-timestamp");
    a->id_header = mem_strdup("webhook-id");
    a->signs = mem_strdup("{id}.{timestamp}.{body}");
}

static void read_bearer(struct reader *r, const struct tree_node *node, void *to) {
    struct config_auth *a = to;
    a->kind = CONFIG_AUTH_BEARER;
    read_filled(r, node, &a->secret);
}

static void read_bearer_file(struct reader *r, const struct tree_node *node, void *to) {
    struct config_auth *a = to;
    a->kind = CONFIG_AUTH_BEARER;
    read_secret_file(r, node, a);
}

static void read_token(struct reader *r, const struct tree_node *node, void *to) {
    struct config_auth *a = to;
    a->kind = CONFIG_AUTH_TOKEN;
    read_filled(r, node, &a->secret);
}

static void read_token_file(struct reader *r, const struct tree_node *node, void *to) {
    struct config_auth *a = to;
    a->kind = CONFIG_AUTH_TOKEN;
    read_secret_file(r, node, a);
}

/* One way, stated once. */
static void check_ways(struct reader *r, const struct tree_node *node, struct config_auth *a) {
    static const char *const ways[] = {"bearer", "bearer_file",       "token", "token_file", "basic",
                                       "hmac",   "standard_webhooks", NULL};
    int count = 0;
    for (const char *const *way = ways; *way != NULL; way++)
        count += reader_find(node, *way) != NULL;
    if (count != 1)
        reader_say(r, node,
                   "%s; one of bearer, bearer_file, token, token_file, basic, hmac and standard_webhooks is "
                   "expected",
                   count == 0 ? "this says no way to prove who is asking" : "this says several ways");
    if (reader_find(node, "header") != NULL && a->kind != CONFIG_AUTH_TOKEN)
        reader_say(r, reader_find(node, "header"),
                   a->kind == CONFIG_AUTH_HMAC ? "`header:` stands inside of `hmac:`"
                                               : "only a token has `header:`");
    if (a->kind == CONFIG_AUTH_TOKEN && a->header == NULL)
        a->header = mem_strdup("X-Gitlab-Token");
}

void read_auth(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {{"bearer", read_bearer, 0},
                                            {"bearer_file", read_bearer_file, 0},
                                            {"token", read_token, 0},
                                            {"token_file", read_token_file, 0},
                                            {"header", read_header, AUTH(header)},
                                            {"basic", read_basic, 0},
                                            {"hmac", read_hmac, 0},
                                            {"standard_webhooks", read_standard, 0},
                                            {NULL, NULL, 0}};
    struct config_auth *a = to;
    a->mark = node->mark;
    a->window = 300;
    if (node->kind == TREE_SCALAR && node->text != NULL && strcmp(node->text, "none") == 0)
        a->kind = CONFIG_AUTH_NONE;
    else if (node->kind != TREE_MAP)
        reader_wrong(r, node, "none, or a map like { bearer_file: hook.secret },");
    else if (read_options(r, node, options, a, "auth"))
        check_ways(r, node, a);
}

void config_auth_finish(struct config_auth *a) {
    mem_free_secret(a->secret);
    mem_free(a->secret_file);
    mem_free(a->user);
    mem_free(a->header);
    mem_free(a->timestamp_header);
    mem_free(a->id_header);
    mem_free(a->signs);
}
