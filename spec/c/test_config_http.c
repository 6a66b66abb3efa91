/* SPDX-License-Identifier: MIT */
/* The section `http:` and the hooks of webhooks: what is read, and what is said of what is wrong. */
#include "loaded.h"

/* ---- http: ---- */

static void load_http(struct loaded *l, const char *http) { /* its text begins at 1:7 */
    struct buf b = BUF_INIT;
    buf_addf(&b, "http: %s\nbots: { b: { jid: a@b.org, password: x } }\n", http);
    loaded_text(l, buf_data(&b));
    buf_finish(&b);
}

static void defaults(void) {
    struct loaded l;
    load_http(&l, "{ listen: 127.0.0.1:5280 }");
    CHECK_STR(buf_data(&l.said), "");
    const struct config_http *h = &l.config->http;
    CHECK(h->is_stated && h->key == NULL && h->networks.count == 0 && h->auth.kind == CONFIG_AUTH_UNSAID);
    CHECK_STR(h->listen[0], "127.0.0.1:5280");
    CHECK(h->listen[1] == NULL && h->max_body == 1 << 20 && h->timeout == 10 && h->idle == 60);
    CHECK_INT(h->connections, 500);
    CHECK_INT(h->connections_per_address, 100);
    CHECK_INT(h->waiting, 500);
    loaded_finish(&l, NULL);
}

static void everything(void) {
    struct loaded l;
    load_http(&l, "{ listen: ['127.0.0.1:0', '[::1]:5280', 'localhost:1'], certificate: c.pem, key: /k.pem, "
                  "networks: [10.0.0.0/8, '::1'], auth: { bearer_file: b }, max_body: 64K, connections: 7, "
                  "connections_per_address: 6, waiting: 5, timeout: 500ms, idle: 1m }");
    CHECK_STR(buf_data(&l.said), "");
    const struct config_http *h = &l.config->http;
    char path[128];
    snprintf(path, sizeof(path), "%s/c.pem", l.folder);
    CHECK_STR(h->certificate, path);
    CHECK_STR(h->key, "/k.pem");
    CHECK_STR(h->listen[1], "[::1]:5280");
    CHECK(h->networks.count == 2 && h->networks.list[1].is_v6 && h->auth.kind == CONFIG_AUTH_BEARER);
    CHECK(h->max_body == 65536 && h->connections == 7 && h->connections_per_address == 6 && h->waiting == 5);
    CHECK(h->timeout == 0.5 && h->idle == 60);
    loaded_finish(&l, NULL);
}

#define NO_ADDRESS                                                                                           \
    " is no address to listen on; an IP address and a port are expected, like 127.0.0.1:5280 or "            \
    "\"[::1]:5280\"\n"

static void wrong_http(void) {
    static const struct said rows[] = {
        {"{}", "1:7 `listen:` is missing, like 127.0.0.1:5280\n"},
        {"{ listen: 5280 }", "1:17 '5280'" NO_ADDRESS},
        {"{ listen: '127.0.0.1' }", "1:17 '127.0.0.1'" NO_ADDRESS},
        {"{ listen: '127.0.0.1:70000' }", "1:17 '127.0.0.1:70000'" NO_ADDRESS},
        {"{ listen: '::1:5280' }", "1:17 '::1:5280'" NO_ADDRESS},
        {"{ listen: 'example.org:80' }", "1:17 'example.org:80'" NO_ADDRESS},
        {"{ listen: '[::1:80' }", "1:17 '[::1:80'" NO_ADDRESS},
        {"{ listen: ':80' }", "1:17 ':80'" NO_ADDRESS},
        {"{ listen: [] }", "1:17 an empty list: nothing would be listened on\n"},
        {"{ listen: '127.0.0.1:1', key: k }",
         "1:7 `certificate:` is missing: TLS takes a certificate and its key\n"},
        {"{ listen: '127.0.0.1:1', certificate: k }",
         "1:7 `key:` is missing: TLS takes a certificate and its key\n"},
        {"{ listen: '127.0.0.1:1', networks: 10.0.0.1/8 }",
         "1:42 '10.0.0.1/8' has bits set behind its prefix of 8\n"},
        {"{ listen: '127.0.0.1:1', networks: [] }", "1:42 an empty list: nobody could ever come\n"},
        {"{ listen: '127.0.0.1:1', waiting: 0 }", "1:41 a number from 1 to 100000 is expected\n"},
        {"5280", "1:7 a map of options is expected here, not a number\n"},
    };
    CHECK_SAID(rows, load_http);
}

/* ---- webhooks ---- */

#define BOT "bots: { b: { jid: a@b.org, password: x, hooks: [\n  { event: webhook, call: a.b, %s } ] } }\n"

static void load_with(struct loaded *l, const char *top,
                      const char *hook) { /* the hook's text begins at 4:32 */
    struct buf b = BUF_INIT;
    buf_addf(&b, "%s\n" BOT, top, hook);
    loaded_text(l, buf_data(&b));
    buf_finish(&b);
}

static void load_hook(struct loaded *l, const char *hook) {
    load_with(l, "storage: s.db\nhttp: { listen: 127.0.0.1:0 }", hook);
}

static const struct config_webhook *webhook(const struct loaded *l) {
    return l->config->bots[0].hooks[0].webhook;
}

static void hooks(void) {
    struct loaded l;
    load_hook(&l, "path: /a");
    CHECK_STR(buf_data(&l.said), "");
    const struct config_webhook *w = webhook(&l);
    CHECK_STR(w->path, "/a");
    CHECK_STR(w->method, "POST");
    CHECK(w->content == (CONFIG_JSON | CONFIG_FORM | CONFIG_TEXT) && w->max_body == 0 && w->rate_count == 0);
    loaded_finish(&l, NULL);
    load_hook(&l,
              "path: /a, method: PUT, networks: '::1', max_body: 5, content_type: [any, text], rate: 60/1m, "
              "auth: { hmac: { secret: s, timestamp_header: T } }");
    CHECK_STR(buf_data(&l.said), "");
    w = webhook(&l);
    CHECK_STR(w->method, "PUT");
    CHECK(w->content == (CONFIG_ANY | CONFIG_TEXT) && w->max_body == 5 && w->networks.count == 1);
    CHECK(w->rate_count == 60 && w->rate_seconds == 60 && l.config->bots[0].hooks[0].guard == NULL);
    CHECK_STR(w->auth.header, "X-Hub-Signature-256");
    CHECK_STR(w->auth.signs, "{timestamp}:{body}");
    CHECK(w->auth.kind == CONFIG_AUTH_HMAC && w->auth.window == 300);
    loaded_finish(&l, NULL);
    load_hook(&l, "path: /a, auth: { token: t }");
    CHECK_STR(buf_data(&l.said), "");
    CHECK_STR(webhook(&l)->auth.header, "X-Gitlab-Token");
    loaded_finish(&l, NULL);
    load_hook(&l,
              "path: /a, auth: { standard_webhooks: { secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw } }");
    CHECK_STR(buf_data(&l.said), "");
    w = webhook(&l);
    CHECK(w->auth.kind == CONFIG_AUTH_HMAC && w->auth.is_standard && w->auth.window == 300);
    CHECK_STR(w->auth.header, "webhook-signature");
    CHECK_STR(w->auth.signs, "{id}.{timestamp}.{body}");
    loaded_finish(&l, NULL);
}

static void wrong_hooks(void) {
    static const struct said rows[] = {
        {"max_body: 1K", "4:3 a webhook needs a `path:`, as in 'path: /alertmanager'\n"},
        {"path: a", "4:38 'a' does not begin with a '/'\n"},
        {"path: '/a?b'", "4:38 a path is written as it is, without '?', '#', '%', '\\' and blanks\n"},
        {"path: /a/../b",
         "4:38 a path without '//', '/./' and '/../' is expected: no request would have it\n"},
        {"path: /a, method: HEAD",
         "4:50 the method 'HEAD' is unknown; there are: POST, PUT, GET, PATCH, DELETE\n"},
        {"path: /a, allow: [x@y.org]", "4:49 nobody is behind such an event: it has no 'allow'\n"},
        {"path: /a, max_body: 1G", "4:52 a body is in memory, so 16 MiB at most are possible\n"},
        {"path: /a, content_type: xml",
         "4:56 the content type 'xml' is unknown; there are: json, form, text, any\n"},
        {"path: /a, rate: 5", "4:48 '5' is no rate: COUNT/DURATION is expected, like 5/10s\n"},
        {"path: /a, auth: {}",
         "4:48 this says no way to prove who is asking; one of bearer, bearer_file, token, "
         "token_file, basic, hmac and standard_webhooks is expected\n"},
        {"path: /a, auth: { bearer: a, token: b }",
         "4:48 this says several ways; one of bearer, bearer_file, token, token_file, basic, hmac and "
         "standard_webhooks is expected\n"},
        {"path: /a, auth: yes",
         "4:48 none, or a map like { bearer_file: hook.secret }, is expected here, not a "
         "string\n"},
        {"path: /a, auth: { bearer: '' }", "4:58 this may not be empty\n"},
        {"path: /a, auth: { bearer: a, header: X }", "4:69 only a token has `header:`\n"},
        {"path: /a, auth: { token: a, header: 'X Y' }",
         "4:68 'X Y' is no name of a header, like X-Hub-Signature-256\n"},
        {"path: /a, auth: { basic: { user: 'a:b', password: c } }",
         "4:65 a user has no colon in the name (RFC 7617 2)\n"},
        {"path: /a, auth: { basic: { user: a } }", "4:57 `password:` or `password_file:` is missing\n"},
        {"path: /a, auth: { hmac: { secret: a, secret_file: b } }",
         "4:56 there are both `secret:` and `secret_file:`; one is expected\n"},
        {"path: /a, auth: { hmac: { secret: a, signs: '{id}' } }",
         "4:76 what is signed must have {body} in it; {timestamp} and {id} are possible besides\n"},
        {"path: /a, auth: { hmac: { secret: a, signs: '{id}{body}' } }",
         "4:56 {id} is signed, so `id_header:` has to say where it stands\n"},
        {"path: /a, auth: { hmac: { secret: a, signs: '{body}', timestamp_header: T } }",
         "4:76 there is a `timestamp_header:`, so {timestamp} must be signed: anybody could change it "
         "else\n"},
        {"path: /a, auth: { standard_webhooks: { secret: tea } }",
         "4:79 a secret of Standard Webhooks is expected: whsec_ and the base64 of 24 to 64 bytes\n"},
        {"path: /a, auth: { standard_webhooks: { window: 1m } }",
         "4:69 `secret:` or `secret_file:` is missing\n"},
        {"path: /a, auth: { standard_webhooks: { secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, header: X } "
         "}",
         "4:119 in standard_webhooks the key 'header' is unknown; there are: secret, secret_file, window\n"},
        {"path: /a }, { event: message, call: a.b, path: /b", "4:79 only 'event: webhook' has 'path'\n"},
        {"path: /a }, { event: webhook, call: a.b, path: /b }, { event: webhook, call: a.b, path: /a",
         "4:120 there is a hook for POST /a already\n"},
        {"path: /a }, { event: webhook, call: a.b, method: GET, path: /a", ""},
    };
    CHECK_SAID(rows, load_hook);
}

/* ---- and the rest of the file ---- */

static void load_top(struct loaded *l, const char *top) {
    load_with(l, top, "path: /a");
}

static void needs(void) {
    static const struct said rows[] = {
        {"storage: s.db\n",
         "4:3 nobody listens for it: `http: { listen: 127.0.0.1:5280 }` is missing at the top of "
         "the file\n"},
        {"http: { listen: 127.0.0.1:0 }\n", "4:3 a webhook is answered once what it said is on disk: "
                                            "`storage: couplet.db` is missing at the top of "
                                            "the file\n"},
        {"storage: s.db\nhttp: { listen: ['127.0.0.1:0', '0.0.0.0:0'] }",
         "4:3 anybody who reaches this port could post here: say who may, like 'auth: { bearer_file: "
         "hook.secret "
         "}', or 'auth: none'\n"},
        {"storage: s.db\nhttp: { listen: '[::]:0' }", "4:3 anybody who reaches this port could post here: "
                                                      "say who may, like 'auth: { bearer_file: hook.secret "
                                                      "}', or 'auth: none'\n"},
    };
    struct loaded l;
    CHECK_SAID(rows, load_top);
    load_with(&l, "storage: s.db\nhttp: { listen: 0.0.0.0:0 }", "path: /a, auth: none");
    CHECK_STR(buf_data(&l.said), "");
    loaded_finish(&l, NULL);
}

static void secret_files(void) {
    static const char *const files[] = {"s", NULL};
    struct loaded l;
    load_hook(&l, "path: /a, auth: { basic: { user: a, password_file: s } }");
    CHECK_STR(buf_data(&l.said), "");
    CHECK(webhook(&l)->auth.secret == NULL);
    CHECK_INT(config_secrets(l.config, &l.mistakes), -1);
    loaded_say(&l);
    CHECK_HAS(buf_data(&l.said), "/s: No such file or directory\n");
    loaded_write(&l, "s", "tea\nno\n", 7);
    CHECK_INT(config_secrets(l.config, &l.mistakes), 0);
    CHECK_STR(webhook(&l)->auth.secret, "tea");
    loaded_finish(&l, files);
    load_hook(&l, "path: /a, auth: { standard_webhooks: { secret_file: s } }");
    loaded_write(&l, "s", "tea\n", 4);
    CHECK_INT(config_secrets(l.config, &l.mistakes), -1);
    loaded_say(&l);
    CHECK_HAS(buf_data(&l.said), "/s: a secret of Standard Webhooks is expected: whsec_");
    loaded_write(&l, "s", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", 39);
    CHECK_INT(config_secrets(l.config, &l.mistakes), 0);
    loaded_finish(&l, files);
}

int main(void) {
    RUN(defaults);
    RUN(everything);
    RUN(wrong_http);
    RUN(hooks);
    RUN(wrong_hooks);
    RUN(needs);
    RUN(secret_files);
    return check_done();
}
