/* SPDX-License-Identifier: MIT */
/* bots: the section of one account. */
#include "base/mem.h"
#include "config/reader.h"

#include <arpa/inet.h>
#include <stdlib.h>

static const char *const secret_keys[] = {"password", "password_file", "password_command", "secret_file",
                                          NULL};

/* ---- single options ---- */

static void read_jid(struct reader *r, const struct tree_node *node, void *to) {
    struct err err = ERR_INIT;
    struct jid j;
    const char *text = reader_text(r, node, "a JID, like bot@example.org");
    if (text == NULL)
        return;
    if (jid_parse(str_of(text), &j, &err) < 0) {
        reader_say(r, node, "'%s' is no JID: %s", text, err.text);
    } else if (j.node == NULL) {
        reader_say(r, node, "'%s' has no localpart; the JID of an account is name@domain", text);
        jid_finish(&j);
    } else {
        *(struct jid *)to = j;
    }
}

/* HOST, HOST:PORT, [IPv6]:PORT */
static void read_server(struct reader *r, const struct tree_node *node, void *to) {
    struct config_bot *b = to;
    const char *text = reader_text(r, node, "a server, like xmpp.example.org:5222"), *host_end, *colon;
    if (text == NULL)
        return;
    if (strstr(text, "://") != NULL) {
        reader_say(r, node, "a URL is not supported by this version; host:port is expected");
        return;
    }
    host_end = text[0] == '[' ? strchr(text, ']') : strchr(text, ':');
    colon = text[0] == '[' && host_end ? host_end + 1 : host_end;
    char *end = NULL;
    long port = colon && *colon == ':' ? strtol(colon + 1, &end, 10) : 5222;
    if (port < 1 || port > 65535 || (end && *end) || (end && end == colon + 1) ||
        (text[0] == '[' && !host_end)) {
        reader_say(r, node, "'%s' is no server; host or host:port is expected, with a port from 1 to 65535",
                   text);
        return;
    }
    size_t skip = text[0] == '[';
    b->host = host_end ? mem_strndup(text + skip, (size_t)(host_end - text) - skip) : mem_strdup(text);
    b->port = (uint16_t)port;
}

static void read_mode(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"auto", "starttls", "none", "direct", NULL};
    int at = reader_choice(r, node, names, "the TLS mode");
    if (at == 3)
        reader_say(r, node, "the TLS mode 'direct' is not supported by this version");
    else if (at >= 0)
        *(enum config_tls_mode *)to = at == 2 ? CONFIG_TLS_NONE : CONFIG_TLS_STARTTLS;
}

static void read_version(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"1.2", "1.3", NULL};
    int at = reader_choice(r, node, names, "the TLS version");
    if (at >= 0)
        *(int *)to = at == 0 ? 0x0303 : 0x0304;
}

static void read_tls(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {
        {"mode", read_mode, offsetof(struct config_bot, tls)},
        {"ca_file", read_path, offsetof(struct config_bot, ca_file)},
        {"certificate", read_path, offsetof(struct config_bot, certificate)},
        {"key", read_path, offsetof(struct config_bot, key)},
        {"min_version", read_version, offsetof(struct config_bot, tls_min_version)},
        {NULL, NULL, 0},
    };
    read_options(r, node, options, to, "tls");
}

static void read_sasl(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", NULL};
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single);
    for (size_t i = 0; i < count; i++)
        reader_choice(r, items[i], names, "the SASL mechanism");
    if (count == 0)
        reader_say(r, node, "an empty list would allow no login at all");
    read_strings(r, node, to);
}

static void read_transport(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"tcp", "websocket", NULL};
    (void)to;
    if (reader_choice(r, node, names, "the transport") == 1)
        reader_say(r, node, "the transport 'websocket' is not supported by this version");
}

/* An option of which this version only knows `false`. */
static void read_only_false(struct reader *r, const struct tree_node *node, void *to) {
    bool value = false;
    (void)to;
    read_boolean(r, node, &value);
    if (value)
        reader_say(r, node, "true is not supported here by this version");
}

static void read_timeout(struct reader *r, const struct tree_node *node, void *to) {
    struct config_bot *b = to;
    read_duration(r, node, &b->timeout);
    b->iq_timeout = b->timeout;
}

static void read_show(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"away", "chat", "dnd", "xa", NULL}; /* RFC 6121 4.7.2.1 */
    if (reader_choice(r, node, names, "what to show") >= 0)
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

static void read_presence(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {
        {"show", read_show, offsetof(struct config_presence, show)},
        {"status", read_string, offsetof(struct config_presence, status)},
        {"priority", read_priority, offsetof(struct config_presence, priority)},
        {NULL, NULL, 0},
    };
    read_options(r, node, options, to, "presence");
}

/* ---- rooms ---- */

static void read_room_jid(struct reader *r, const struct tree_node *node, void *to) {
    struct jid j;
    struct err err = ERR_INIT;
    const char *text = reader_text(r, node, "the JID of a room");
    if (text == NULL)
        return;
    if (jid_parse(str_of(text), &j, &err) < 0) {
        reader_say(r, node, "'%s' is no JID: %s", text, err.text);
        return;
    }
    if (j.node == NULL || j.resource != NULL)
        reader_say(r, node, "'%s' is no room; a room is room@service, and a nick goes into `nick:`", text);
    else
        *(char **)to = jid_bare(&j);
    jid_finish(&j);
}

static void read_room(struct reader *r, const struct tree_node *node, struct config_room *room) {
    static const struct option options[] = {
        {"jid", read_room_jid, offsetof(struct config_room, jid)},
        {"nick", read_string, offsetof(struct config_room, nick)},
        {"password", read_string, offsetof(struct config_room, password)},
        {NULL, NULL, 0},
    };
    room->mark = node->mark;
    if (node->kind == TREE_SCALAR)
        read_room_jid(r, node, &room->jid);
    else if (read_options(r, node, options, room, "a room") && reader_find(node, "jid") == NULL)
        reader_say(r, node, "this room has no `jid:`");
}

static void read_rooms(struct reader *r, const struct tree_node *node, void *to) {
    struct config_bot *b = to;
    if (node->kind != TREE_LIST) {
        reader_wrong(r, node, "a list of rooms");
        return;
    }
    b->rooms = mem_alloc0(node->count * sizeof(*b->rooms));
    b->room_count = node->count;
    for (size_t i = 0; i < node->count; i++) {
        read_room(r, node->items[i], &b->rooms[i]);
        for (size_t k = 0; k < i && b->rooms[i].jid; k++)
            if (b->rooms[k].jid && strcmp(b->rooms[k].jid, b->rooms[i].jid) == 0)
                reader_say(r, node->items[i], "the room %s is here twice", b->rooms[i].jid);
    }
}

/* ---- the section ---- */

static void read_command(struct reader *r, const struct tree_node *node, void *to) {
    read_strings(r, node, to);
    char **argv = *(char ***)to;
    if (argv[0] == NULL)
        reader_say(r, node, "a program and its arguments are expected, like [pass, show, ops]");
}

#define BOT(field) offsetof(struct config_bot, field)
static const struct option options[] = {
    {"jid", read_jid, BOT(jid)},
    {"password", read_string, BOT(password)},
    {"password_file", read_path, BOT(password_file)},
    {"password_command", read_command, BOT(password_command)},
    {"server", read_server, 0},
    {"tls", read_tls, 0},
    {"sasl", read_sasl, BOT(sasl)},
    {"transport", read_transport, 0},
    {"legacy_auth", read_only_false, 0},
    {"register", read_only_false, 0},
    {"timeout", read_timeout, 0},
    {"keepalive", read_duration, BOT(keepalive)},
    {"state", read_string, BOT(state)},
    {"nick", read_string, BOT(nick)},
    {"prefix", read_string, BOT(prefix)},
    {"presence", read_presence, BOT(presence)},
    {"rooms", read_rooms, 0},
    {"hooks", read_hooks, 0},
    {"admins", NULL, 0},
    {"roles", NULL, 0},
    {"rate", NULL, 0},
    {"component", NULL, 0},
    {"secret_file", NULL, 0},
    {NULL, NULL, 0},
};

static bool is_loopback(const char *host) {
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return strcmp(host, "localhost") == 0;
}

static void check_password(struct reader *r, const struct tree_node *key, const struct tree_node *section,
                           struct config_bot *b) {
    int count = 0;
    for (int i = 0; i < 3; i++) {
        const struct tree_node *node = reader_find(section, secret_keys[i]);
        if (node == NULL)
            continue;
        b->password_mark = node->mark;
        if (++count == 2)
            reader_say(r, node, "one of password, password_file and password_command is enough");
    }
    if (count == 0)
        reader_say(r, key, "bot %s has no password; give password, password_file or password_command",
                   b->name);
}

static void check_tls(struct reader *r, const struct tree_node *section, const struct config_bot *b) {
    const struct tree_node *tls = reader_find(section, "tls");
    if (b->tls == CONFIG_TLS_NONE && (b->host == NULL || !is_loopback(b->host)))
        reader_say(r, tls,
                   "mode: none is for a server on this machine only: it needs `server:` to be localhost or a "
                   "loopback address");
    if ((b->certificate == NULL) != (b->key == NULL))
        reader_say(r, tls, "a client certificate needs both `certificate:` and `key:`");
}

static void set_defaults(struct config_bot *b) {
    if (b->nick == NULL)
        b->nick = mem_strdup(b->jid.node ? b->jid.node : b->name);
    if (b->prefix == NULL)
        b->prefix = mem_strdup("!");
}

static void read_bot(struct reader *r, const struct tree_pair *pair, struct config_bot *b) {
    const struct tree_node *section = pair->value;
    b->name = mem_strdup(pair->key->text ? pair->key->text : "?");
    b->mark = pair->key->mark;
    b->timeout = 15;
    b->iq_timeout = 30;
    b->keepalive = 60;
    b->tls_min_version = 0x0303;
    if (!read_options(r, section, options, b, "a bot"))
        return;
    if (reader_find(section, "component") != NULL)
        return;
    if (reader_find(section, "jid") == NULL)
        reader_say(r, pair->key, "bot %s has no `jid:`", b->name);
    check_password(r, pair->key, section, b);
    check_tls(r, section, b);
    set_defaults(b);
    value_copy(&b->raw, section, secret_keys);
}

static bool is_same_account(const struct config_bot *a, const struct config_bot *b) {
    return a->jid.resource && b->jid.resource && strcmp(a->jid.resource, b->jid.resource) == 0 &&
           a->jid.node && b->jid.node && strcmp(a->jid.node, b->jid.node) == 0 &&
           strcmp(a->jid.host, b->jid.host) == 0;
}

/* Two sessions of one full JID throw each other out for ever (RFC 6120 7.7.2.2). Only stated resources can
 * clash. */
static void check_doubles(struct reader *r, const struct tree_node *map, const struct config *c) {
    for (size_t i = 0; i < c->bot_count; i++) {
        if (c->bots[i].jid.resource == NULL)
            continue;
        for (size_t k = 0; k < i; k++)
            if (is_same_account(&c->bots[i], &c->bots[k]))
                reader_say(r, map->pairs[i].key, "bot %s has the same JID and resource as bot %s",
                           c->bots[i].name, c->bots[k].name);
    }
}

void read_bots(struct reader *r, const struct tree_node *node, struct config *c) {
    if (node->kind != TREE_MAP || node->count == 0) {
        reader_wrong(r, node, "a map of bots, each under its name,");
        return;
    }
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
    char *const owned[] = {b->name,  b->password_file, b->host,   b->ca_file,       b->certificate,    b->key,
                           b->state, b->nick,          b->prefix, b->presence.show, b->presence.status};
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        mem_free(owned[i]);
    mem_free_secret(b->password);
    jid_finish(&b->jid);
    free_strings(b->password_command);
    free_strings(b->sasl);
    for (size_t i = 0; i < b->room_count; i++) {
        mem_free(b->rooms[i].jid);
        mem_free(b->rooms[i].nick);
        mem_free_secret(b->rooms[i].password);
    }
    mem_free(b->rooms);
    for (size_t i = 0; i < b->hook_count; i++)
        config_hook_finish(&b->hooks[i]);
    mem_free(b->hooks);
    value_finish(&b->raw);
}
