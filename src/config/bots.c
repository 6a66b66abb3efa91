/* SPDX-License-Identifier: MIT */
/* bots: the section of one account. */
#include "base/mem.h"
#include "config/reader.h"

/* What bot.config does not hold. Hooks neither: thousands of bots may share theirs by an alias. */
static const char *const left_out[] = {"password", "password_file", "password_command",
                                       "secret",   "secret_file",   "secret_command",
                                       "hooks",    "proxy",         NULL};

/* ---- single options ---- */

static void read_jid(struct reader *r, const struct tree_node *node, void *to) {
    struct jid j;
    if (reader_jid(r, node, "a JID, like bot@example.org", &j) != NULL)
        *(struct jid *)to = j;
}

static void read_timeout(struct reader *r, const struct tree_node *node, void *to) {
    struct config_bot *b = to;
    read_duration(r, node, &b->timeout);
    b->iq_timeout = b->timeout;
}

enum { LONG_TEXT_LEAST = 200 };

static void read_show(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"away", "chat", "dnd", "xa", NULL}; /* RFC 6121 4.7.2.1 */
    if (reader_choice(r, node, names, NULL, "the show") >= 0)
        read_string(r, node, to);
}

static void read_priority(struct reader *r, const struct tree_node *node, void *to) {
    int value = 0;
    read_int(r, node, &value);
    if (value < -128 || value > 127)
        reader_say(r, node, "a priority is from -128 to 127");
    else
        *(int *)to = value;
}

static void read_long_text(struct reader *r, const struct tree_node *node, void *to) {
    int *bytes = to;
    read_int(r, node, bytes);
    if (*bytes != 0 && *bytes < LONG_TEXT_LEAST)
        reader_say(r, node, "a message has room for %d bytes at least (0: a text is never split)",
                   LONG_TEXT_LEAST);
}

static void read_long_text_as(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"file", "messages", NULL};
    *(bool *)to = reader_choice(r, node, names, NULL, "long_text_as") == 0;
}

static void read_presence(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {
        {"show", read_show, offsetof(struct config_presence, show)},
        {"status", read_string, offsetof(struct config_presence, status)},
        {"priority", read_priority, offsetof(struct config_presence, priority)},
        {NULL, NULL, 0},
    };
    read_options(r, node, options, to, "presence");
}

/* ---- the section ---- */

/* The words of a text, between blanks; NULL-ended. */
static char **split_words(const char *text) {
    static const char blanks[] = " \t\n";
    char **words = mem_alloc0((strlen(text) / 2 + 2) * sizeof(char *));
    for (size_t n = 0; *(text += strspn(text, blanks)) != '\0'; text += strlen(words[n++]))
        words[n] = mem_strndup(text, strcspn(text, blanks));
    return words;
}

/* A list, taken as it is, or one string, which is split at blanks; no shell sees either. */
static void read_command(struct reader *r, const struct tree_node *node, void *to) {
    const char *text = node->kind == TREE_SCALAR ? reader_text(r, node, "a program and its arguments") : NULL;
    char ***argv = to;
    if (node->kind == TREE_SCALAR && text == NULL)
        return;
    if (text != NULL)
        *argv = split_words(text);
    else
        read_strings(r, node, argv);
    if ((*argv)[0] == NULL || (*argv)[0][0] == '\0') {
        reader_say(r, node, "a program and its arguments are expected, like [pass, show, ops]");
        return;
    }
    if (strchr((*argv)[0], '/') != NULL)
        reader_make_absolute(r, &(*argv)[0]);
}

#define BOT(field) offsetof(struct config_bot, field)
static const struct option options[] = {
    {"jid", read_jid, BOT(jid)},
    {"password", read_filled, BOT(password)},
    {"password_file", read_path, BOT(password_file)},
    {"password_command", read_command, BOT(password_command)},
    {"server", read_server, 0},
    {"tls", read_tls, 0},
    {"sasl", read_sasl, BOT(sasl)},
    {"transport", read_transport, BOT(transport)},
    {"proxy", read_proxy, BOT(proxy)},
    {"legacy_auth", read_boolean, BOT(legacy_auth)},
    {"register", read_boolean, BOT(registers)},
    {"timeout", read_timeout, 0},
    {"keepalive", read_duration, BOT(keepalive)},
    {"long_text", read_long_text, BOT(long_text)},
    {"long_text_as", read_long_text_as, BOT(is_long_text_file)},
    {"state", read_filled, BOT(state)},
    {"nick", read_filled, BOT(nick)},
    {"prefix", read_string, BOT(prefix)},
    {"presence", read_presence, BOT(presence)},
    {"rooms", read_rooms, 0},
    {"invitations", read_invitations, BOT(invitations)},
    {"bookmarks", read_boolean, BOT(is_bookmarking)},
    {"catch_up", read_catch_up, BOT(catch_up)},
    {"catch_up_age", read_duration, BOT(catch_up_age)},
    {"subscriptions", read_subscriptions, BOT(is_approving)},
    {"features", read_features, 0},
    {"allow_process", read_programs, 0},
    {"hooks", read_hooks, 0},
    {"admins", read_admins, 0},
    {"roles", read_roles, 0},
    {"rate", read_rate, 0},
    {"component", read_component, 0},
    {"secret", read_filled, BOT(password)},
    {"secret_file", read_path, BOT(password_file)},
    {"secret_command", read_command, BOT(password_command)},
    {NULL, NULL, 0},
};

static void check_tls(struct reader *r, const struct tree_node *section, const struct config_bot *b) {
    const struct tree_node *tls = reader_find(section, "tls");
    bool is_told = b->host == NULL && reader_find(section, "server") != NULL; /* or is check_transport's */
    if (b->tls == CONFIG_TLS_NONE && !is_told && (b->host == NULL || !is_loopback(b->host)))
        reader_say(r, reader_find(tls, "mode"),
                   "mode: none is for a server on this machine only: it needs `server:` to be localhost or a "
                   "loopback address");
    if (tls != NULL && tls->kind == TREE_MAP &&
        (reader_find(tls, "certificate") == NULL) != (reader_find(tls, "key") == NULL))
        reader_say(r, tls, "a client certificate needs both `certificate:` and `key:`");
}

static void set_defaults(struct config_bot *b) {
    if (b->nick == NULL)
        b->nick = mem_strdup(b->jid.node ? b->jid.node : b->name);
    if (b->prefix == NULL)
        b->prefix = mem_strdup("!");
}

static void check_account(struct reader *r, const struct tree_node *key, const struct tree_node *section,
                          struct config_bot *b) {
    if (reader_find(section, "jid") == NULL)
        reader_say(r, key, "bot %s has no `jid:`", b->name);
    check_no_secret(r, section);
    check_login(r, key, section, b);
    check_transport(r, section, b);
}

static void read_bot(struct reader *r, const struct tree_pair *pair, struct config_bot *b) {
    const struct tree_node *section = pair->value;
    b->name = mem_strdup(pair->key->text ? pair->key->text : "?");
    b->mark = pair->key->mark;
    b->timeout = 15;
    b->iq_timeout = 30;
    b->keepalive = 60;
    b->long_text = 10000;
    b->catch_up_age = 3600;
    b->tls_min_version = 0x0303;
    if (!read_options(r, section, options, b, "a bot"))
        return;
    if (reader_find(section, "component") != NULL)
        check_component(r, pair->key, section, b);
    else
        check_account(r, pair->key, section, b);
    check_tls(r, section, b);
    check_allow(r, section);
    set_defaults(b);
    value_copy(r, &b->raw, section, left_out);
}

static bool is_same_account(const struct config_bot *a, const struct config_bot *b) {
    if (a->is_component && b->is_component && a->jid.host && b->jid.host)
        return strcmp(a->jid.host, b->jid.host) == 0 && a->port == b->port && a->host && b->host &&
               strcmp(a->host, b->host) == 0;
    return a->jid.resource && b->jid.resource && strcmp(a->jid.resource, b->jid.resource) == 0 &&
           a->jid.node && b->jid.node && strcmp(a->jid.node, b->jid.node) == 0 &&
           strcmp(a->jid.host, b->jid.host) == 0;
}

/* Two sessions of one full JID throw each other out for ever (RFC 6120 7.7.2.2). Only stated resources can
 * clash. */
static void check_doubles(struct reader *r, const struct tree_node *map, const struct config *c) {
    for (size_t i = 0; i < c->bot_count; i++) {
        if (c->bots[i].jid.resource == NULL && !c->bots[i].is_component)
            continue;
        for (size_t k = 0; k < i; k++)
            if (is_same_account(&c->bots[i], &c->bots[k]))
                reader_say(r, map->pairs[i].key,
                           c->bots[i].is_component ? "bot %s is the same component as bot %s"
                                                   : "bot %s has the same JID and resource as bot %s",
                           c->bots[i].name, c->bots[k].name);
    }
}

void read_bots(struct reader *r, const struct tree_node *node, struct config *c) {
    if (node->kind != TREE_MAP) {
        reader_wrong(r, node, "a map of bots, each under its name,");
        return;
    }
    if (node->count == 0)
        reader_say(r, node, "there is no bot in `bots:`");
    c->bots = mem_alloc0(node->count * sizeof(*c->bots));
    c->bot_count = node->count;
    for (size_t i = 0; i < node->count; i++)
        read_bot(r, &node->pairs[i], &c->bots[i]);
    check_doubles(r, node, c);
}

static void free_strings(char **list) {
    for (char **s = list; s != NULL && *s != NULL; s++)
        mem_free(*s);
    mem_free(list);
}

void config_bot_finish(struct config_bot *b) {
    char *const owned[] = {b->name,          b->password_file,    b->host,          b->ca_file.path,
                           b->crl_file.path, b->certificate.path, b->key.path,      b->state,
                           b->nick,          b->prefix,           b->presence.show, b->presence.status};
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        mem_free(owned[i]);
    mem_free_secret(b->password);
    ws_url_finish(&b->url);
    proxy_finish(&b->proxy);
    jid_finish(&b->jid);
    free_strings(b->password_command);
    free_strings(b->sasl);
    mem_free(b->tls_pins);
    config_rooms_finish(b);
    for (size_t i = 0; i < b->hook_count; i++)
        config_hook_finish(&b->hooks[i]);
    mem_free(b->hooks);
    config_features_finish(b);
    free_strings(b->programs);
    value_finish(&b->raw);
}
