/* SPDX-License-Identifier: MIT */
/*
 * component: the section of an external component (XEP-0114) in place of an account: its name is the JID, its
 * secret the password, both in the same fields, so that most of the program need not tell them apart.
 */
#include "base/mem.h"
#include "config/reader.h"

enum { COMPONENT_PORT = 5347 };

static bool is_among(const char *key, const char *const *names) {
    for (; *names != NULL; names++)
        if (strcmp(key, *names) == 0)
            return true;
    return false;
}

void read_component(struct reader *r, const struct tree_node *node, void *to) {
    struct config_bot *b = to;
    struct err err = ERR_INIT;
    struct jid j;
    const char *text = reader_text(r, node, "the name of a component, like echo.example.org");
    if (text == NULL)
        return;
    b->is_component = true;
    if (jid_parse(str_of(text), &j, &err) < 0) {
        reader_say(r, node, "'%s' is no name of a component: %s", text, err.text);
    } else if (j.node != NULL || j.resource != NULL) {
        reader_say(r, node, "'%s' is no name of a component, which is a domain: %s is expected", text,
                   j.host);
        jid_finish(&j);
    } else {
        jid_finish(&b->jid);
        b->jid = j;
    }
}

static void check_secret(struct reader *r, const struct tree_node *key, const struct tree_node *section,
                         struct config_bot *b) {
    static const char *const secrets[] = {"secret", "secret_file", "secret_command", NULL};
    size_t count = 0;
    for (size_t i = 0; i < section->count; i++) { /* in the order of the file */
        const struct tree_pair *pair = &section->pairs[i];
        if (pair->key->text == NULL || tree_is_null(pair->value) || !is_among(pair->key->text, secrets))
            continue;
        b->password_mark = pair->value->mark;
        if (++count == 2)
            reader_say(r, pair->key, "one of secret, secret_file and secret_command is enough");
    }
    if (count == 0)
        reader_say(r, key, "component %s has no secret; give secret, secret_file or secret_command", b->name);
}

/* What only an account has. */
static void check_keys(struct reader *r, const struct tree_node *section) {
    static const char *const of_accounts[] = {"jid",      "password",  "password_file", "password_command",
                                              "sasl",     "transport", "legacy_auth",   "register",
                                              "presence", "rooms",     "proxy",         NULL};
    for (size_t i = 0; i < section->count; i++) {
        const struct tree_pair *pair = &section->pairs[i];
        if (pair->key->text != NULL && !tree_is_null(pair->value) && is_among(pair->key->text, of_accounts))
            reader_say(r, pair->key, "'%s' is an account's; a component has none", pair->key->text);
    }
}

/* The handshake does not show the secret, but can be tried against guesses offline, and what follows is in
 * clear: on this machine only. */
static void check_way(struct reader *r, const struct tree_node *key, const struct tree_node *section,
                      struct config_bot *b) {
    const struct tree_node *server = reader_find(section, "server"), *tls = reader_find(section, "tls");
    const struct tree_node *mode = tls != NULL && tls->kind == TREE_MAP ? reader_find(tls, "mode") : NULL;
    if (server == NULL)
        reader_say(r, key,
                   "component %s has no `server:`; the server's port for components is expected, like "
                   "127.0.0.1:5347",
                   b->name);
    if (b->url.host != NULL)
        reader_say(r, server, "a URL is for accounts; a component needs host:port");
    if (b->host == NULL)
        return;
    b->port = b->port != 0 ? b->port : COMPONENT_PORT;
    if (mode == NULL && is_loopback(b->host))
        b->tls = CONFIG_TLS_NONE;
    else if (mode == NULL)
        reader_say(r, server,
                   "this is not this machine, where alone a component goes without TLS; a port with "
                   "TLS and `tls: {mode: direct}` are needed");
    else if (b->tls == CONFIG_TLS_AUTO || b->tls == CONFIG_TLS_STARTTLS)
        reader_say(r, mode,
                   "a component's port knows no STARTTLS (XEP-0114); direct, or on this machine none");
}

void check_component(struct reader *r, const struct tree_node *key, const struct tree_node *section,
                     struct config_bot *b) {
    check_keys(r, section);
    check_secret(r, key, section, b);
    check_way(r, key, section, b);
}

void check_no_secret(struct reader *r, const struct tree_node *section) {
    static const char *const secrets[] = {"secret", "secret_file", "secret_command", NULL};
    for (size_t i = 0; i < section->count; i++) {
        const struct tree_node *key = section->pairs[i].key;
        if (key->text != NULL && is_among(key->text, secrets))
            reader_say(r, key, "'%s' goes with `component:`; an account has a password", key->text);
    }
}
