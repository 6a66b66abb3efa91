/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a hook whose values are of the right kind: above all what would let it never fire,
 * because a bot that is silent for a reason nobody is told is the worst to find. One small check a condition,
 * one row each.
 */
#include "hook/table.h"

#include "base/buf.h"
#include "base/jid.h"
#include "base/mem.h"
#include "hook/pattern.h"
#include "hook/said.h"
#include "hook/timer_check.h"

#include <stddef.h>

static bool has_type(const struct hook_spec *spec, const char *type) {
    for (size_t i = 0; spec->types != NULL && spec->types[i] != NULL; i++)
        if (strcmp(spec->types[i], type) == 0)
            return true;
    return false;
}

/* "chat, groupchat or normal" */
static void list_types(struct buf *out, enum hook_event event) {
    const char *const *types = hook_types(event);
    for (size_t i = 0; types[i] != NULL; i++) {
        if (i > 0)
            buf_adds(out, types[i + 1] != NULL ? ", " : " or ");
        buf_adds(out, types[i]);
    }
}

static int wrong_type(enum hook_event event, const char *type, struct err *err) {
    struct buf known = BUF_INIT;
    if (event == HOOK_IQ && (strcmp(type, "result") == 0 || strcmp(type, "error") == 0))
        return err_set(err, "an answer goes to whoever asked, never to a hook: get or set was expected");
    list_types(&known, event);
    err_set(err, "there is no %s of type '%s': %s was expected", hook_event_name(event), type,
            buf_data(&known));
    buf_finish(&known);
    return -1;
}

static int check_types(const struct hook_spec *spec, struct err *err) {
    const char *const *known = hook_types(spec->event);
    if (spec->types == NULL)
        return 0;
    if (spec->types[0] == NULL)
        return err_set(err, "an empty list: this hook can never fire");
    for (size_t i = 0; spec->types[i] != NULL; i++) {
        size_t k = 0;
        while (known[k] != NULL && strcmp(known[k], spec->types[i]) != 0)
            k++;
        if (known[k] == NULL)
            return wrong_type(spec->event, spec->types[i], err);
    }
    return 0;
}

static int check_globs(char *const *globs, struct err *err) {
    if (globs != NULL && globs[0] == NULL)
        return err_set(err, "an empty list: this hook can never fire");
    for (size_t i = 0; globs != NULL && globs[i] != NULL; i++) {
        char *prepared = hook_glob_prepare(globs[i], err);
        if (prepared == NULL)
            return -1;
        mem_free(prepared);
    }
    return 0;
}

static int check_from(const struct hook_spec *spec, struct err *err) {
    return check_globs(spec->from, err);
}

static int check_to(const struct hook_spec *spec, struct err *err) {
    return check_globs(spec->to, err);
}

static int check_room(const struct hook_spec *spec, struct err *err) {
    struct jid room;
    if (spec->room == NULL)
        return 0;
    if (jid_parse(str_of(spec->room), &room, err) < 0)
        return err_context(err, "'%s' is no room", spec->room);
    bool good = room.node != NULL && room.resource == NULL;
    jid_finish(&room);
    return good ? 0 : err_set(err, "'%s' is no room: room@service was expected, without a nick", spec->room);
}

static int check_nick(const struct hook_spec *spec, struct err *err) {
    if (spec->nick == NULL)
        return 0;
    if (spec->nick[0] == '\0')
        return err_set(err, "nobody has an empty nick: this hook can never fire");
    if (spec->room == NULL && !hook_is_raised(spec->event) && !has_type(spec, "groupchat"))
        return err_set(err,
                       "only in rooms people have nicks: state 'room' or, of a message, 'type: groupchat'");
    return 0;
}

static int check_body(const struct hook_spec *spec, struct err *err) {
    return spec->body != NULL ? pattern_check(spec->body, err) : 0;
}

static int check_child(const struct hook_spec *spec, struct err *err) {
    if (spec->child != NULL && spec->child[0] == '\0')
        return err_set(err, "no element has an empty name: this hook can never fire");
    return 0;
}

static int check_name(const struct hook_spec *spec, struct err *err) {
    return command_check_name(spec->name, err);
}

static int check_aliases(const struct hook_spec *spec, struct err *err) {
    for (size_t i = 0; spec->aliases[i] != NULL; i++)
        if (command_check_name(spec->aliases[i], err) < 0)
            return -1;
    return 0;
}

/* What was said long ago may be a command, where the archive tells it for the first time. */
static int check_include(const struct hook_spec *spec, struct err *err) {
    if (spec->event == HOOK_COMMAND && spec->include != HOOK_ARCHIVE)
        return err_set(err, "a command can include nothing but 'archive'");
    return 0;
}

enum {
    OF_MESSAGE = 1 << HOOK_MESSAGE,
    OF_STANZA = OF_MESSAGE | 1 << HOOK_PRESENCE | 1 << HOOK_IQ,
    OF_COMMAND = 1 << HOOK_COMMAND,
    OF_TYPED = OF_STANZA | OF_COMMAND,
    OF_FLAGGED = OF_STANZA | 1 << HOOK_JOINED | 1 << HOOK_LEFT | 1 << HOOK_ROOM_CHANGED |
                 1 << HOOK_SUBSCRIBED | 1 << HOOK_NAMED,
    OF_PLACE = OF_FLAGGED | OF_COMMAND
};

static bool has_addressed(const struct hook_spec *spec) {
    return spec->addressed >= 0;
}

static bool has_include(const struct hook_spec *spec) {
    return spec->include != 0;
}

static const struct row {
    const char *field;
    unsigned events; /* bits: which events can have it */
    size_t offset;   /* of a pointer, NULL where it is not stated; unless is_stated knows better */
    bool (*is_stated)(const struct hook_spec *spec);
    int (*check)(const struct hook_spec *spec, struct err *err); /* NULL: any value will do */
} rows[] = {
    {"type", OF_TYPED, offsetof(struct hook_spec, types), NULL, check_types},
    {"from", OF_PLACE, offsetof(struct hook_spec, from), NULL, check_from},
    {"to", OF_STANZA, offsetof(struct hook_spec, to), NULL, check_to},
    {"room", OF_PLACE, offsetof(struct hook_spec, room), NULL, check_room},
    {"nick", OF_PLACE, offsetof(struct hook_spec, nick), NULL, check_nick},
    {"body", OF_MESSAGE, offsetof(struct hook_spec, body), NULL, check_body},
    {"xmlns", OF_STANZA, offsetof(struct hook_spec, xmlns), NULL, NULL},
    {"child", OF_STANZA, offsetof(struct hook_spec, child), NULL, check_child},
    {"addressed", OF_MESSAGE, 0, has_addressed, NULL},
    {"name", OF_COMMAND, offsetof(struct hook_spec, name), NULL, check_name},
    {"aliases", OF_COMMAND, offsetof(struct hook_spec, aliases), NULL, check_aliases},
    {"include", OF_PLACE, 0, has_include, check_include},
};

static bool is_stated(const struct row *row, const struct hook_spec *spec) {
    const void *value;
    if (row->is_stated != NULL)
        return row->is_stated(spec);
    memcpy(&value, (const char *)spec + row->offset, sizeof(value));
    return value != NULL;
}

static int check_row(const struct row *row, const struct hook_spec *spec, struct err *err) {
    const char *event = hook_event_name(spec->event);
    if (!is_stated(row, spec))
        return 0;
    if ((row->events >> spec->event & 1) == 0)
        return err_set(err, "'event: %s' has no '%s', only %s: this hook can never fire", event, row->field,
                       row->events == OF_MESSAGE   ? "message has"
                       : row->events == OF_COMMAND ? "command has"
                       : row->events == OF_STANZA || row->events == OF_TYPED
                           ? "message, presence and iq have"
                           : "stanzas and what is told of rooms have");
    return row->check != NULL ? row->check(spec, err) : 0;
}

int hook_spec_check(const struct hook_spec *spec, const char **field, struct err *err) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        *field = rows[i].field;
        if (check_row(&rows[i], spec, err) < 0)
            return -1;
    }
    *field = "name";
    if (spec->event == HOOK_COMMAND && spec->name == NULL)
        return err_set(err, "a command needs a name, as in 'name: deploy'");
    return timer_check(spec, field, err);
}
