/* SPDX-License-Identifier: MIT */
/*
 * web: what the configuration says of HTTP: the section `http:`, and what a hook on a webhook has beside the
 * keys of all hooks. Included by config.h.
 */
#ifndef COUPLET_CONFIG_WEB_H
#define COUPLET_CONFIG_WEB_H

#include "base/cidr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_mark { /* where something stands, for messages; 1-based */
    int line, column;
};

struct config_networks {
    struct cidr *list;
    size_t count;
};

enum config_auth_kind {
    CONFIG_AUTH_UNSAID,
    CONFIG_AUTH_NONE,
    CONFIG_AUTH_BEARER,
    CONFIG_AUTH_BASIC,
    CONFIG_AUTH_TOKEN,
    CONFIG_AUTH_HMAC
};

struct config_auth {
    enum config_auth_kind kind;
    char *secret, *secret_file; /* the file is read by config_secrets() */
    struct config_mark mark;    /* of `auth:`, or the file in it */
    char *user;                 /* of basic */
    char *header;               /* of token and hmac */
    char *timestamp_header, *id_header, *signs;
    bool is_standard; /* of hmac: the secret and signatures are those of Standard Webhooks */
    double window;    /* seconds: 300 */
};

enum config_content { /* bits */
                      CONFIG_JSON = 1,
                      CONFIG_FORM = 2,
                      CONFIG_TEXT = 4,
                      CONFIG_ANY = 8
};

struct config_webhook {
    char *path, *method;     /* method: POST */
    struct config_mark mark; /* of `path:` */
    struct config_auth auth;
    struct config_networks networks;
    uint64_t max_body; /* 0: that of `http:` */
    unsigned content;  /* enum config_content: JSON, FORM, TEXT */
    int rate_count;    /* 0: none */
    double rate_seconds;
};

struct config_http {
    bool is_stated;
    char **listen; /* NULL-ended */
    char *certificate, *key;
    struct config_mark certificate_mark, key_mark;
    struct config_networks networks;
    struct config_auth auth; /* of what is not a webhook: /metrics, /healthz */
    uint64_t max_body;       /* 1 MiB */
    int connections, connections_per_address, waiting;
    double timeout, idle; /* seconds */
};

void config_http_finish(struct config_http *h);
void config_webhook_free(struct config_webhook *w); /* NULL accepted */

#endif
