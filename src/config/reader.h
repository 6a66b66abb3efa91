/* SPDX-License-Identifier: MIT */
/*
 * reader: nodes to typed values by a table: one row an option, with its name as users write it. Everything
 * that is wrong is told at its place and reading goes on.
 */
#ifndef COUPLET_CONFIG_READER_H
#define COUPLET_CONFIG_READER_H

#include "config/tree.h"

#include <stddef.h>

struct reader {
    const char *path; /* of the file, for mistakes and for relative paths */
    char *folder;     /* its folder, absolute; owned by config_load */
    struct config_mistakes *mistakes;
};

/* Reads node into the field at `to`. */
typedef void read_fn(struct reader *r, const struct tree_node *node, void *to);

struct option {
    const char *name;
    read_fn *read; /* NULL: known, but not supported by this version */
    size_t offset; /* of the field in the struct that read_options is given */
};

/* A map by its table (ended by a NULL name). A null value is as good as none. `what`: "a bot", for messages.
 * False when it is no map. */
bool read_options(struct reader *r, const struct tree_node *map, const struct option *options, void *base,
                  const char *what);
/* The value of a key; NULL when absent or null. */
const struct tree_node *reader_find(const struct tree_node *map, const char *key);

void reader_wrong(struct reader *r, const struct tree_node *node,
                  const char *expected); /* "expected …, got …" */
void reader_say(struct reader *r, const struct tree_node *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The index of the node's text among the names; -1, and a mistake with did-you-mean, when it is none of them.
 * planned: names that later versions know (NULL: none). */
int reader_choice(struct reader *r, const struct tree_node *node, const char *const *names,
                  const char *const *planned, const char *what);
/* The text of a scalar; NULL, and a mistake, when it is none. */
const char *reader_text(struct reader *r, const struct tree_node *node, const char *expected);
/* The text of a JID, and the JID (the caller's to finish); NULL, and a mistake, when it is none. */
const char *reader_jid(struct reader *r, const struct tree_node *node, const char *expected, struct jid *j);
/* A relative path becomes one from the folder of the file. */
void reader_make_absolute(const struct reader *r, char **path);
/* A port's number, 1 to 65535; 0 when the text is none. */
uint16_t reader_port(const char *text);
/* The items of a list, or the node itself when it is no list. */
size_t reader_items(const struct tree_node *node, const struct tree_node ***items,
                    const struct tree_node **single);

read_fn read_string;  /* char * (owned); may be empty */
read_fn read_filled;  /* the same, but not empty */
read_fn read_path;    /* char *: absolute */
read_fn read_strings; /* char **: NULL-ended; one string or a list */
read_fn read_paths;
read_fn read_boolean;  /* bool */
read_fn read_int;      /* int */
read_fn read_duration; /* double: seconds; "1s", "500ms", "5m", "2h", "1d", or a plain number */
read_fn read_bytes;    /* uint64_t: 64M, 1G; at least 256K */
read_fn read_size;     /* uint64_t: the same, of any size */
read_fn read_count;    /* uint64_t: 50M = 50,000,000 */

/* A copy of the node as a free-form value, without the keys in `without` (NULL-ended, may be NULL) at any
 * depth. Too large a one is a mistake. */
void value_copy(struct reader *r, struct config_value *out, const struct tree_node *node,
                const char *const *without);
void value_finish(struct config_value *v);

/* The parts of the schema: bots.c, connect.c, rooms.c, hooks.c. */
void read_bots(struct reader *r, const struct tree_node *node, struct config *c);
read_fn read_hooks;         /* struct config_bot (hooks, hook_count): offset 0 */
read_fn read_rooms;         /* the same (rooms, room_count) */
read_fn read_invitations;   /* char * */
read_fn read_catch_up;      /* the same */
read_fn read_subscriptions; /* bool: may anybody be approved */
read_fn read_features;      /* the same (features, feature_count) */
read_fn read_programs;      /* the same (programs, runs_any_program) */
read_fn read_server;        /* the same (host, port) */
read_fn read_tls;           /* the same */
read_fn read_sasl;          /* char ** */
read_fn read_component;     /* struct config_bot (is_component, jid) */
read_fn read_proxy;         /* struct proxy */
read_fn read_transport;     /* enum config_transport */
read_fn read_admins;        /* checked only: they are in bot.config */
read_fn read_roles;         /* likewise */
read_fn read_rate;          /* likewise, of a bot or a hook */
read_fn read_confirm;       /* likewise */
read_fn read_any_text;      /* likewise */
read_fn read_tz;            /* char *: a time zone that there is */
/* guard and the places of its texts, after the hook's event is known. */
void read_guard(struct reader *r, const struct tree_node *node, struct config_hook *h);
/* The roles that the hooks of a bot name. */
void check_allow(struct reader *r, const struct tree_node *section);
/* What transport, server and tls.mode must have to do with each other. */
void check_transport(struct reader *r, const struct tree_node *section, const struct config_bot *b);
/* What of jid, password, certificate and sasl does not go together; key: the bot's name. */
void check_login(struct reader *r, const struct tree_node *key, const struct tree_node *section,
                 struct config_bot *b);
/* The same for a component, which also gets its port and, on this machine, no TLS. */
void check_component(struct reader *r, const struct tree_node *key, const struct tree_node *section,
                     struct config_bot *b);
void check_no_secret(struct reader *r, const struct tree_node *section); /* of a component, in an account */
bool is_loopback(const char *host);
/* http.c, auth.c, webhook.c */
read_fn read_http;         /* struct config_http */
read_fn read_auth;         /* struct config_auth */
read_fn read_networks;     /* struct config_networks */
read_fn read_webhook_path; /* struct config_hook, as are the others; they make its `webhook` */
read_fn read_webhook_method;
read_fn read_webhook_auth;
read_fn read_webhook_networks;
read_fn read_webhook_max_body;
read_fn read_webhook_content;
/* Whether the secret is of the form that it must have; NULL, which is none yet, is. */
bool config_auth_is_right(const struct config_auth *a, const char *secret);
#define AUTH_NO_SECRET "a secret of Standard Webhooks is expected: whsec_ and the base64 of 24 to 64 bytes"
void config_auth_finish(struct config_auth *a);
/* What a hook on a webhook must have, and others must not. */
void check_webhook(struct reader *r, const struct tree_node *node, struct config_hook *h);
/* What webhooks and the rest of the file have to do with each other. */
void check_webhooks(struct reader *r, const struct config *c);
/* "5/10s". False, and a mistake: it is no rate. */
bool reader_rate(struct reader *r, const struct tree_node *node, int *count, double *seconds);
void config_bot_finish(struct config_bot *b);
void config_rooms_finish(struct config_bot *b);
void config_hook_finish(struct config_hook *h);
void config_features_finish(struct config_bot *b);

#endif
