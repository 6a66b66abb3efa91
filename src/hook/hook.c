/* SPDX-License-Identifier: MIT */
#include "hook/hook.h"

#include "base/mem.h"

static const char *const events[HOOK_EVENT_COUNT] = {
    "message", "presence", "iq",     "command", "online",       "offline",    "start",    "stop",
    "timer",   "webhook",  "joined", "left",    "room_changed", "subscribed", "own event"};

/* RFC 6121 5.2.2 and 4.7.1, RFC 6120 8.2.3; the usual ones first, because they are looked for in this order.
 */
static const char *const message_types[] = {"chat", "groupchat", "normal", "headline", "error", NULL};
static const char *const presence_types[] = {"available",  "unavailable", "subscribe",
                                             "subscribed", "unsubscribe", "unsubscribed",
                                             "error",      "probe",       NULL};
static const char *const iq_types[] = {"get", "set", NULL};
static const char *const command_types[] = {"chat", "groupchat", "normal", NULL};

static const struct {
    const char *name;
    enum hook_include bit;
} includes[] = {{"delayed", HOOK_DELAYED},       {"own", HOOK_OWN},         {"error", HOOK_ERROR},
                {"correction", HOOK_CORRECTION}, {"archive", HOOK_ARCHIVE}, {"result", HOOK_RESULT}};

/* "deploy.done": words of letters, digits, '_' and '-', between dots. */
static bool is_own_name(const char *name) {
    bool has_dot = false;
    for (const char *p = name; *p != '\0'; p++) {
        bool is_dot = *p == '.';
        has_dot |= is_dot;
        if (is_dot ? p == name || p[-1] == '.' || p[1] == '\0'
                   : strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *p) == NULL)
            return false;
    }
    return has_dot;
}

int hook_event_parse(const char *name) {
    if (is_own_name(name))
        return HOOK_NAMED;
    for (int i = 0; i < HOOK_NAMED; i++)
        if (strcmp(events[i], name) == 0)
            return i;
    return -1;
}

const char *hook_event_name(enum hook_event event) {
    return events[event];
}

bool hook_is_raised(enum hook_event event) {
    return event >= HOOK_JOINED && event <= HOOK_NAMED;
}

int hook_include_parse(const char *name) {
    for (size_t i = 0; i < sizeof(includes) / sizeof(includes[0]); i++)
        if (strcmp(includes[i].name, name) == 0)
            return includes[i].bit;
    return -1;
}

const char *const *hook_types(enum hook_event event) {
    switch (event) {
    case HOOK_MESSAGE:
        return message_types;
    case HOOK_PRESENCE:
        return presence_types;
    case HOOK_IQ:
        return iq_types;
    case HOOK_COMMAND:
        return command_types;
    default:
        return NULL;
    }
}

void hook_spec_init(struct hook_spec *spec) {
    *spec = (struct hook_spec){.addressed = -1};
}

void hook_list_free(char **list) {
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        mem_free(list[i]);
    mem_free(list);
}

void hook_spec_finish(struct hook_spec *spec) {
    hook_list_free(spec->types);
    hook_list_free(spec->from);
    hook_list_free(spec->to);
    mem_free(spec->own_name);
    mem_free(spec->name);
    hook_list_free(spec->aliases);
    mem_free(spec->room);
    mem_free(spec->nick);
    mem_free(spec->body);
    mem_free(spec->xmlns);
    mem_free(spec->child);
    mem_free(spec->cron);
    mem_free(spec->tz);
    hook_spec_init(spec);
}
