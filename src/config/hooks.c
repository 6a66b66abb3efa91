/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "config/reader.h"
#include "hook/table.h"

#define SPEC(field) offsetof(struct config_hook, spec) + offsetof(struct hook_spec, field)

static void read_event(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const planned[] = {"reload", NULL};
    const char *names[HOOK_NAMED + 1] = {NULL};
    struct hook_spec *spec = to;
    bool is_own =
        node->kind == TREE_SCALAR && node->text != NULL && hook_event_parse(node->text) == HOOK_NAMED;
    for (int i = 0; i < HOOK_NAMED; i++)
        names[i] = hook_event_name((enum hook_event)i);
    int event = is_own ? HOOK_NAMED : reader_choice(r, node, names, planned, "the event");
    if (event >= 0)
        spec->event = (enum hook_event)event;
    if (is_own)
        spec->own_name = mem_strdup(node->text);
}

static void read_include(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"delayed", "own", "error", "correction", "archive", NULL};
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single);
    for (size_t i = 0; i < count; i++) {
        int at = reader_choice(r, items[i], names, NULL, "the include");
        if (at >= 0)
            *(unsigned *)to |= (unsigned)hook_include_parse(names[at]);
    }
}

static void read_addressed(struct reader *r, const struct tree_node *node, void *to) {
    bool value = false;
    read_boolean(r, node, &value);
    *(int *)to = value;
}

static void read_room(struct reader *r, const struct tree_node *node, void *to) {
    struct jid j;
    const char *text = reader_jid(r, node, "the JID of a room", &j);
    if (text == NULL)
        return;
    *(char **)to =
        j.resource ? mem_strdup(text) : jid_bare(&j); /* hook_spec_check says what a nick has no place for */
    jid_finish(&j);
}

/* module.function; the module may have dots of its own. */
static void read_call(struct reader *r, const struct tree_node *node, void *to) {
    struct config_hook *h = to;
    const char *text = reader_text(r, node, "module.function"), *dot = text ? strrchr(text, '.') : NULL;
    if (text == NULL)
        return;
    if (dot == NULL || dot == text || dot[-1] == '.' || dot[1] == '\0' || strchr(text, '/') != NULL) {
        reader_say(r, node, "'%s' names no function; module.function is expected", text);
        return;
    }
    h->call = mem_strdup(text);
    h->module = mem_strndup(text, (size_t)(dot - text));
    h->function = mem_strdup(dot + 1);
    h->call_mark = node->mark;
}

static void read_with(struct reader *r, const struct tree_node *node, void *to) {
    struct config_hook *h = to;
    h->with = mem_new(struct config_value);
    h->with_mark = node->mark;
    value_copy(r, h->with, node, NULL);
}

static void read_limits(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {
        {"time", read_duration, offsetof(struct config_limits, time)},
        {"instructions", read_count, offsetof(struct config_limits, instructions)},
        {NULL, NULL, 0},
    };
    read_options(r, node, options, to, "the limits of a hook");
}

/* Looked at by check_allow, when the roles of the bot are known. */
static void read_later(struct reader *r, const struct tree_node *node, void *to) {
    (void)r, (void)node, (void)to;
}

static void read_text(struct reader *r, const struct tree_node *node, void *to) {
    (void)to;
    reader_text(r, node, "a string");
}

static const struct option options[] = {
    {"event", read_event, offsetof(struct config_hook, spec)},
    {"call", read_call, 0},
    {"type", read_strings, SPEC(types)},
    {"from", read_strings, SPEC(from)},
    {"to", read_strings, SPEC(to)},
    {"room", read_room, SPEC(room)},
    {"nick", read_string, SPEC(nick)},
    {"body", read_string, SPEC(body)},
    {"xmlns", read_string, SPEC(xmlns)},
    {"child", read_string, SPEC(child)},
    {"addressed", read_addressed, SPEC(addressed)},
    {"include", read_include, SPEC(include)},
    {"priority", read_int, SPEC(priority)},
    {"continue", read_boolean, SPEC(go_on)},
    {"every", read_duration, SPEC(every)},
    {"cron", read_string, SPEC(cron)},
    {"tz", read_tz, SPEC(tz)},
    {"jitter", read_duration, SPEC(jitter)},
    {"with", read_with, 0},
    {"limits", read_limits, offsetof(struct config_hook, limits)},
    {"name", read_string, SPEC(name)},
    {"aliases", read_strings, SPEC(aliases)},
    {"args", read_text, 0},
    {"help", read_text, 0},
    {"example", read_any_text, 0},
    {"confirm", read_confirm, 0},
    {"allow", read_later, 0},
    {"rate", read_rate, 0},
    {"path", read_webhook_path, 0},
    {"method", read_webhook_method, 0},
    {"auth", read_webhook_auth, 0},
    {"networks", read_webhook_networks, 0},
    {"max_body", read_webhook_max_body, 0},
    {"content_type", read_webhook_content, 0},
    {NULL, NULL, 0},
};

static bool is_within(struct config_mark mark, const struct tree_node *n) {
    bool found = n->mark.line == mark.line && n->mark.column == mark.column;
    for (size_t i = 0; n->kind == TREE_LIST && i < n->count; i++)
        found = found || (n->items[i]->mark.line == mark.line && n->items[i]->mark.column == mark.column);
    return found;
}

/* What hook/ says of the conditions, unless that value was found wrong already (since `before`). */
static void check_hook(struct reader *r, const struct tree_node *node, struct config_hook *h, size_t before) {
    struct err err = ERR_INIT;
    const char *field = NULL;
    if (hook_spec_check(&h->spec, &field, &err) == 0)
        return;
    const struct tree_node *at = reader_find(node, field);
    if (at == NULL && r->mistakes->count > before)
        return; /* what is missing may be what was wrong */
    at = at ? at : node;
    for (size_t i = before; i < r->mistakes->count; i++)
        if (is_within(r->mistakes->list[i].mark, at))
            return;
    reader_say(r, at, "%s: %s", field, err.text);
}

static bool has_event(const struct reader *r, const struct tree_node *hook, size_t before) {
    const struct tree_node *event = reader_find(hook, "event");
    for (size_t i = before; event != NULL && i < r->mistakes->count; i++)
        if (is_within(r->mistakes->list[i].mark, event))
            return false;
    return event != NULL;
}

static void read_hook(struct reader *r, const struct tree_node *node, struct config_hook *h) {
    size_t before = r->mistakes->count;
    h->mark = node->mark;
    hook_spec_init(&h->spec);
    if (!read_options(r, node, options, h, "a hook"))
        return;
    if (reader_find(node, "event") == NULL)
        reader_say(r, node, "this hook has no `event:`");
    if (reader_find(node, "call") == NULL)
        reader_say(r, node, "this hook has no `call: module.function`");
    if (has_event(r, node, before)) {
        check_hook(r, node, h, before);
        read_guard(r, node, h);
        check_webhook(r, node, h);
    }
    if (r->mistakes->count > before) { /* nobody is to meet a pattern that is none */
        hook_spec_finish(&h->spec);
        hook_spec_init(&h->spec);
    }
}

void read_hooks(struct reader *r, const struct tree_node *node, void *to) {
    struct config_bot *b = to;
    if (node->kind != TREE_LIST) {
        reader_wrong(r, node, "a list of hooks");
        return;
    }
    b->hooks = mem_alloc0(node->count * sizeof(*b->hooks));
    b->hook_count = node->count;
    for (size_t i = 0; i < node->count; i++)
        read_hook(r, node->items[i], &b->hooks[i]);
}

void config_hook_finish(struct config_hook *h) {
    hook_spec_finish(&h->spec);
    mem_free(h->call);
    if (h->guard != NULL)
        value_finish(h->guard);
    mem_free(h->guard);
    mem_free(h->example_marks);
    mem_free(h->module);
    mem_free(h->function);
    if (h->with != NULL)
        value_finish(h->with);
    mem_free(h->with);
    config_webhook_free(h->webhook);
}
