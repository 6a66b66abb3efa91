/* SPDX-License-Identifier: MIT */
/*
 * people: who may, and how often: `admins` and `roles` of a bot, `allow` and `rate` of a hook, and what a
 * command is besides its name. What is read here is kept as plain values for Lua (couplet.gate,
 * couplet.command), which the checks below vouch for. A name that means nobody is a mistake: an access list
 * is not to be guessed at.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "config/reader.h"
#include "hook/table.h"

#include <stdlib.h>

/* ---- who ---- */

static void check_glob(struct reader *r, const struct tree_node *node) {
    struct err err = ERR_INIT;
    const char *text = reader_text(r, node, "a JID, like alice@example.org or *@example.org,");
    char *prepared = text != NULL ? hook_glob_prepare(text, &err) : NULL;
    if (text != NULL && prepared == NULL)
        reader_say(r, node, "%s", err.text);
    mem_free(prepared);
}

static void read_affiliation(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"owner", "admin", "member", "none", NULL}; /* XEP-0045 5.2 */
    (void)to;
    reader_choice(r, node, names, NULL, "the affiliation");
}

static void read_role(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"moderator", "participant", "visitor", NULL}; /* XEP-0045 5.1 */
    (void)to;
    reader_choice(r, node, names, NULL, "the role in the room");
}

static void read_room_jid(struct reader *r, const struct tree_node *node, void *to) {
    (void)to;
    check_glob(r, node);
}

static void read_group(struct reader *r, const struct tree_node *node, void *to) {
    (void)to;
    reader_text(r, node, "a group of the roster");
}

static void check_rule(struct reader *r, const struct tree_node *node) {
    static const struct option options[] = {
        {"affiliation", read_affiliation, 0},
        {"role", read_role, 0},
        {"room", read_room_jid, 0},
        {"group", read_group, 0},
        {NULL, NULL, 0},
    };
    if (!read_options(r, node, options, NULL, "who may"))
        return;
    if (reader_find(node, "affiliation") == NULL && reader_find(node, "role") == NULL &&
        reader_find(node, "group") == NULL)
        reader_say(r, node, "affiliation, role or group is expected here");
}

/* JID globs and rules; role names too, where names are given. */
static void check_person(struct reader *r, const struct tree_node *node, const char *const *roles) {
    bool is_name = node->kind == TREE_SCALAR && node->text != NULL && !tree_is_null(node) &&
                   strchr(node->text, '@') == NULL;
    if (node->kind == TREE_MAP)
        check_rule(r, node);
    else if (roles != NULL && is_name)
        reader_choice(r, node, roles, NULL, "the role");
    else if (is_name)
        reader_say(r, node, "'%s' is no JID with an '@' in it; all of a domain are '*@%s'", node->text,
                   node->text);
    else
        check_glob(r, node);
}

static void check_people(struct reader *r, const struct tree_node *node, const char *const *roles) {
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single);
    for (size_t i = 0; i < count; i++)
        check_person(r, items[i], roles);
}

void read_admins(struct reader *r, const struct tree_node *node, void *to) {
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single);
    (void)to;
    for (size_t i = 0; i < count; i++) {
        if (items[i]->kind == TREE_MAP)
            reader_wrong(r, items[i], "a JID, like alice@example.org,");
        else
            check_person(r, items[i], NULL);
    }
}

void read_roles(struct reader *r, const struct tree_node *node, void *to) {
    (void)to;
    if (node->kind != TREE_MAP) {
        reader_wrong(r, node, "a map of roles, each with a list of JIDs,");
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        const struct tree_node *key = node->pairs[i].key;
        if (key->text != NULL && (strchr(key->text, '@') != NULL || strcmp(key->text, "admins") == 0))
            reader_say(r, key, "'%s' cannot be the name of a role", key->text);
        if (!tree_is_null(node->pairs[i].value))
            check_people(r, node->pairs[i].value, NULL);
    }
}

/* ---- allow: looked at when the roles of the bot are known ---- */

static const char **role_names(const struct tree_node *section) {
    const struct tree_node *roles = reader_find(section, "roles");
    size_t count = roles != NULL && roles->kind == TREE_MAP ? roles->count : 0, n = 0;
    const char **names = mem_alloc0((count + 2) * sizeof(*names));
    names[n++] = "admins";
    for (size_t i = 0; i < count; i++)
        if (roles->pairs[i].key->text != NULL)
            names[n++] = roles->pairs[i].key->text;
    return names;
}

/* ---- who may see the bot's presence ---- */

static bool is_word(const struct tree_node *node, const char *word) {
    return node->kind == TREE_SCALAR && node->text != NULL && strcmp(node->text, word) == 0;
}

/* The people are looked at by check_allow, the rest here. */
static void read_accept(struct reader *r, const struct tree_node *node, void *to) {
    (void)r;
    *(bool *)to = !is_word(node, "none");
}

static void read_mutual(struct reader *r, const struct tree_node *node, void *to) {
    bool value;
    (void)to;
    read_boolean(r, node, &value);
}

void read_subscriptions(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {
        {"accept", read_accept, 0}, {"mutual", read_mutual, 0}, {NULL, NULL, 0}};
    if (read_options(r, node, options, to, "subscriptions") && reader_find(node, "accept") == NULL)
        reader_say(r, node, "subscriptions need `accept:`, with roles, JIDs, all or none");
}

static void check_accept(struct reader *r, const struct tree_node *section, const char *const *names) {
    const struct tree_node *node = reader_find(section, "subscriptions");
    const struct tree_node *accept =
        node != NULL && node->kind == TREE_MAP ? reader_find(node, "accept") : NULL;
    if (accept != NULL && !is_word(accept, "all") && !is_word(accept, "none"))
        check_people(r, accept, names);
}

void check_allow(struct reader *r, const struct tree_node *section) {
    const struct tree_node *hooks = reader_find(section, "hooks");
    const char **names = role_names(section);
    for (size_t i = 0; hooks != NULL && hooks->kind == TREE_LIST && i < hooks->count; i++) {
        const struct tree_node *hook = hooks->items[i];
        const struct tree_node *allow = hook->kind == TREE_MAP ? reader_find(hook, "allow") : NULL;
        if (allow != NULL)
            check_people(r, allow, names);
    }
    check_accept(r, section, names);
    mem_free(names);
}

/* ---- how often ---- */

bool reader_rate(struct reader *r, const struct tree_node *node, int *count, double *seconds) {
    static const char expected[] = "a rate like 5/10s";
    const char *text = reader_text(r, node, expected), *slash = text != NULL ? strchr(text, '/') : NULL;
    size_t digits = text != NULL ? strspn(text, "0123456789") : 0;
    *seconds = 0;
    if (text == NULL)
        return false;
    if (slash == NULL || digits == 0 || digits > 6 || text + digits != slash || (*count = atoi(text)) == 0) {
        reader_say(r, node, "'%s' is no rate: COUNT/DURATION is expected, like 5/10s", text);
        return false;
    }
    struct tree_node duration = *node;
    duration.text = (char *)slash + 1;
    read_duration(r, &duration, seconds);
    return *seconds > 0;
}

static void check_rate_text(struct reader *r, const struct tree_node *node, void *to) {
    int count;
    double seconds;
    (void)to;
    reader_rate(r, node, &count, &seconds);
}

void read_rate(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {
        {"user", check_rate_text, 0},
        {"room", check_rate_text, 0},
        {"all", check_rate_text, 0},
        {NULL, NULL, 0},
    };
    (void)to;
    if (node->kind == TREE_MAP)
        read_options(r, node, options, NULL, "a rate");
    else
        check_rate_text(r, node, to);
}

/* ---- of a hook ---- */

static void add_value(struct reader *r, struct config_value *map, const char *key,
                      const struct tree_node *node) {
    map->items = mem_array(map->items, map->count + 1, sizeof(*map->items));
    map->keys = mem_array(map->keys, map->count + 1, sizeof(*map->keys));
    map->keys[map->count] = mem_strdup(key);
    value_copy(r, &map->items[map->count++], node, NULL);
}

/* Where the text of a scalar begins. */
static struct config_mark text_mark(const struct tree_node *node) {
    struct config_mark mark = node->mark;
    mark.column += node->kind == TREE_SCALAR && !node->is_plain;
    return mark;
}

static void note_places(struct config_hook *h, const struct tree_node *node) {
    const struct tree_node **items, *single, *args = reader_find(node, "args"),
                                             *example = reader_find(node, "example");
    size_t count = example != NULL ? reader_items(example, &items, &single) : 0;
    h->args_mark = args != NULL ? text_mark(args) : h->mark;
    h->example_marks = count > 0 ? mem_array(NULL, count, sizeof(*h->example_marks)) : NULL;
    h->example_count = count;
    for (size_t i = 0; i < count; i++)
        h->example_marks[i] = text_mark(items[i]);
}

/* The keys that couplet.gate and couplet.command read. */
static const struct guard_key {
    const char *name;
    bool of_command;
} guard_keys[] = {
    {"allow", false}, {"rate", false}, {"name", true},    {"aliases", true},
    {"args", true},   {"help", true},  {"example", true}, {"confirm", true},
};

/* Where it can be said: for whoever asks what there is. */
static const char *const place_keys[] = {"from", "room", "nick", "type", "continue", NULL};

static bool has_sender(enum hook_event event) {
    return event <= HOOK_COMMAND || hook_is_raised(event);
}

void read_guard(struct reader *r, const struct tree_node *node, struct config_hook *h) {
    struct config_value *map = NULL;
    for (size_t i = 0; i < sizeof(guard_keys) / sizeof(guard_keys[0]); i++) {
        const struct guard_key *key = &guard_keys[i];
        const struct tree_node *value = reader_find(node, key->name);
        bool is_elsewhere = h->spec.event == HOOK_WEBHOOK && strcmp(key->name, "rate") == 0;
        if (value == NULL || is_elsewhere)
            continue;
        if (key->of_command ? h->spec.event != HOOK_COMMAND : !has_sender(h->spec.event))
            reader_say(r, value,
                       key->of_command ? "only 'event: command' has '%s'"
                                       : "nobody is behind such an event: it has no '%s'",
                       key->name);
        map = map != NULL ? map : mem_new(struct config_value);
        map->kind = CONFIG_MAP;
        add_value(r, map, key->name, value);
    }
    for (const char *const *key = place_keys; map != NULL && h->spec.event == HOOK_COMMAND && *key != NULL;
         key++)
        if (reader_find(node, *key) != NULL)
            add_value(r, map, *key, reader_find(node, *key));
    h->guard = map;
    note_places(h, node);
}

void read_confirm(struct reader *r, const struct tree_node *node, void *to) {
    bool value;
    (void)to;
    if (!tree_bool(node, &value))
        reader_text(r, node, "true, false or a question");
}

/* Only whether it is a text, or a list of texts: what it says is looked at in Lua. */
void read_any_text(struct reader *r, const struct tree_node *node, void *to) {
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single);
    (void)to;
    for (size_t i = 0; i < count; i++)
        reader_text(r, items[i], "a string");
}
