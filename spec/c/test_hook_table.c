/* SPDX-License-Identifier: MIT */
/* The compiled table: each condition by itself, the order, who is left out by default, the index against the
 * plain way of trying hook after hook, and hooks that go while they are being worked off. */
#include "check.h"
#include "hook/table.h"
#include "parsed.h"

#include <stdint.h>

static char *one(const char *a, char *list[2]) {
    list[0] = (char *)(uintptr_t)a;
    list[1] = NULL;
    return list[0];
}

/* A spec on the stack, its strings literals: never to be finished. */
struct draft {
    struct hook_spec spec;
    char *types[4], *from[2], *to[2];
};

struct wish {
    enum hook_event event;
    const char *type, *from, *to, *room, *nick, *body, *xmlns, *child;
    int addressed; /* 0: not stated, 1: true, -1: false */
    unsigned include;
    int priority;
};

static char *text(const char *s) {
    return (char *)(uintptr_t)s;
}

static const struct hook_spec *drafted(struct draft *d, const struct wish *w) {
    hook_spec_init(&d->spec);
    d->spec.event = w->event;
    d->spec.types = w->type ? (one(w->type, d->types), d->types) : NULL;
    d->spec.from = w->from ? (one(w->from, d->from), d->from) : NULL;
    d->spec.to = w->to ? (one(w->to, d->to), d->to) : NULL;
    d->spec.room = text(w->room);
    d->spec.nick = text(w->nick);
    d->spec.body = text(w->body);
    d->spec.xmlns = text(w->xmlns);
    d->spec.child = text(w->child);
    d->spec.addressed = w->addressed > 0 ? 1 : w->addressed < 0 ? 0 : -1;
    d->spec.include = w->include;
    d->spec.priority = w->priority;
    return &d->spec;
}

static struct hook_rooms *rooms;
static struct hook_self self;
static struct hook_facts facts;

static void start(void) {
    rooms = hook_rooms_new();
    hook_rooms_put(rooms, STR_LIT("den@rooms.example.org"), STR_LIT("robo"));
    hook_rooms_put(rooms, STR_LIT("ops@rooms.example.org"), STR_LIT("robo"));
    self = (struct hook_self){.bare = "bot@example.org",
                              .full = "bot@example.org/couplet",
                              .nick = "robo",
                              .prefix = "!",
                              .rooms = rooms};
}

static void stop(void) {
    hook_rooms_free(rooms);
    parsed_done();
}

static size_t match(struct hook_table *t, struct hook *list[HOOK_MATCH_MAX]) {
    size_t count = hook_table_match(t, &facts, list);
    for (size_t i = 0; i < count; i++)
        hook_unref(list[i]);
    return count;
}

static bool wants(const struct wish *w) {
    struct draft d;
    struct hook *list[HOOK_MATCH_MAX];
    struct hook_table *t = hook_table_new();
    hook_table_add(t, drafted(&d, w), NULL, NULL);
    size_t count = match(t, list);
    hook_table_free(t);
    return count == 1;
}

#define FROM_ALICE "from='alice@example.org/phone' to='bot@example.org'"
#define CHAT       "<message " FROM_ALICE " type='chat'><body>see OPS-12</body></message>"
#define ROOM                                                                                                 \
    "<message from='den@rooms.example.org/alice' to='bot@example.org/couplet' type='groupchat'>"             \
    "<body>robo: hi</body></message>"
#define IQ "<iq " FROM_ALICE " type='get' id='1'><load xmlns='urn:example:load'/></iq>"
#define TWO                                                                                                  \
    "<message " FROM_ALICE "><active xmlns='http://jabber.org/protocol/chatstates'/>"                        \
    "<request xmlns='urn:xmpp:receipts'/><mood xmlns='urn:example:mood'/></message>"

static const struct {
    struct wish wish;
    const char *stanza;
    bool wanted;
} conditions[] = {
    {{.event = HOOK_MESSAGE}, CHAT, true},
    {{.event = HOOK_MESSAGE}, IQ, false},
    {{.event = HOOK_PRESENCE}, CHAT, false},
    {{.type = "chat"}, CHAT, true},
    {{.type = "groupchat"}, CHAT, false},
    {{.type = "normal"}, TWO, true},
    {{.type = "normal"}, "<message type='shout'/>", true},
    {{.event = HOOK_PRESENCE, .type = "available"}, "<presence/>", true},
    {{.event = HOOK_PRESENCE, .type = "available"}, "<presence type='unavailable'/>", false},
    {{.from = "alice@example.org"}, CHAT, true},
    {{.from = "Alice@Example.ORG"}, CHAT, true},
    {{.from = "alice@example.org/phone"}, CHAT, true},
    {{.from = "alice@example.org/Phone"}, CHAT, false},
    {{.from = "*@example.org"}, CHAT, true},
    {{.from = "*@example.com"}, CHAT, false},
    {{.from = "bot@example.org"}, "<message><body>from our own server</body></message>", true},
    {{.to = "bot@example.org"}, CHAT, true},
    {{.to = "*@example.org/couplet"}, CHAT, false},
    {{.to = "*@example.org/couplet"}, ROOM, true},
    {{.to = "*@example.org/couplet"}, "<message/>", true},
    {{.room = "den@rooms.example.org"}, ROOM, true},
    {{.room = "Den@Rooms.example.org"}, ROOM, true},
    {{.room = "ops@rooms.example.org"}, ROOM, false},
    {{.room = "den@rooms.example.org"}, CHAT, false},
    {{.room = "alice@example.org"}, CHAT, false}, /* no room of ours */
    {{.room = "den@rooms.example.org", .nick = "alice"}, ROOM, true},
    {{.room = "den@rooms.example.org", .nick = "Alice"}, ROOM, false},
    {{.type = "groupchat", .nick = "alice"}, ROOM, true},
    {{.body = "OPS%-(%d+)"}, CHAT, true},
    {{.body = "OPS%-(%a+)"}, CHAT, false},
    {{.body = "^see"}, CHAT, true},
    {{.body = "^OPS"}, CHAT, false},
    {{.body = ""}, CHAT, true},
    {{.body = ""}, TWO, false},
    {{.body = "^seen it all before"}, CHAT, false},
    {{.event = HOOK_IQ, .xmlns = "urn:example:load"}, IQ, true},
    {{.event = HOOK_IQ, .xmlns = "urn:example:loads"}, IQ, false},
    {{.event = HOOK_IQ, .xmlns = "urn:example:load", .child = "load"}, IQ, true},
    {{.event = HOOK_IQ, .child = "load"}, IQ, true},
    {{.event = HOOK_IQ, .child = "query"}, IQ, false},
    {{.xmlns = "urn:xmpp:receipts"}, TWO, true},
    {{.xmlns = "urn:example:mood"}, TWO, true},
    {{.child = "request", .xmlns = "urn:xmpp:receipts"}, TWO, true},
    {{.child = "request", .xmlns = "urn:example:mood"}, TWO, false},
    {{.child = "mood", .xmlns = "urn:example:mood"}, TWO, true},
    {{.child = "mood", .xmlns = "urn:xmpp:receipts"}, TWO, false},
    {{.addressed = 1}, CHAT, true},
    {{.addressed = 1}, ROOM, true},
    {{.addressed = -1}, ROOM, false},
    {{.addressed = -1}, TWO, true},
    {{.event = HOOK_IQ}, "<iq type='result' id='1'/>", false},
    {{.event = HOOK_IQ}, "<iq type='error' id='1'/>", false},
    {{.event = HOOK_IQ}, "<iq id='1'/>", false},
    {{.type = "chat", .from = "*@example.org", .body = "OPS", .addressed = 1}, CHAT, true},
    {{.type = "chat", .from = "*@example.com", .body = "OPS", .addressed = 1}, CHAT, false},
};

static void each_condition(void) {
    start();
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        CHECK(hook_facts_read(&facts, parsed(conditions[i].stanza), &self));
        CHECK_INT(wants(&conditions[i].wish), conditions[i].wanted);
        if (check_bad) {
            printf("# row %zu\n", i);
            break;
        }
    }
    stop();
}

#define LATE "<message " FROM_ALICE "><body>x</body><delay xmlns='urn:xmpp:delay'/></message>"
#define LATE_OWN                                                                                             \
    "<message from='den@rooms.example.org/robo' type='groupchat'><body>x</body><delay "                      \
    "xmlns='urn:xmpp:delay'/></message>"
#define OWN    "<message from='bot@example.org/couplet'><body>x</body></message>"
#define FAILED "<message " FROM_ALICE " type='error'><body>x</body></message>"
#define CORRECT                                                                                              \
    "<message " FROM_ALICE "><body>x</body><replace xmlns='urn:xmpp:message-correct:0' id='1'/></message>"

/* What clients say by themselves only those get who ask for it (silent.h). */
static void silent(void) {
    static const char state[] = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";
    static const char late[] = "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>";
    char text[256];
    start();
    snprintf(text, sizeof(text), "<message " FROM_ALICE " type='chat'>%s%s</message>", state, late);
    CHECK(hook_facts_read(&facts, parsed(text), &self));
    CHECK(!wants(&(struct wish){.include = HOOK_OWN | HOOK_DELAYED}));
    CHECK(wants(&(struct wish){.child = "composing", .include = HOOK_DELAYED}));
    CHECK(!wants(&(struct wish){.child = "composing"}));
    snprintf(text, sizeof(text), "<message " FROM_ALICE " type='chat'>%s</message>", state);
    CHECK(hook_facts_read(&facts, parsed(text), &self));
    CHECK(!wants(&(struct wish){.event = HOOK_MESSAGE}));
    CHECK(!wants(&(struct wish){.type = "chat", .from = "alice@example.org"}));
    CHECK(!wants(&(struct wish){.include = HOOK_OWN | HOOK_DELAYED}));
    CHECK(wants(&(struct wish){.child = "composing"}));
    CHECK(wants(&(struct wish){.xmlns = "http://jabber.org/protocol/chatstates"}));
    snprintf(text, sizeof(text), "<message from='bot@example.org/couplet' type='chat'>%s</message>", state);
    CHECK(hook_facts_read(&facts, parsed(text), &self));
    CHECK(wants(&(struct wish){.include = HOOK_OWN})); /* who asks for our own asks for all of it */
    stop();
}

static void left_out(void) {
    static const struct {
        const char *stanza;
        unsigned needs;
    } rows[] = {{LATE, HOOK_DELAYED}, {LATE_OWN, HOOK_DELAYED | HOOK_OWN}, {OWN, HOOK_OWN},
                {FAILED, HOOK_ERROR}, {CORRECT, HOOK_CORRECTION},          {CHAT, 0},
                {"<message/>", 0}};
    start();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK(hook_facts_read(&facts, parsed(rows[i].stanza), &self));
        for (unsigned include = 0; include < 16; include++)
            CHECK_INT(wants(&(struct wish){.include = include}), (rows[i].needs & ~include) == 0);
    }
    CHECK(hook_facts_read(&facts, parsed(FAILED), &self));
    CHECK(wants(&(struct wish){.type = "error"})); /* to name it is to include it */
    CHECK(!wants(&(struct wish){.type = "chat", .include = HOOK_ERROR}));
    stop();
}

static void order(void) {
    static const int priorities[] = {0, 5, -1, 5, 0, 100, -1, 0, 5, 0, 0, 0};
    enum { COUNT = sizeof(priorities) / sizeof(priorities[0]) };
    struct draft d[COUNT];
    struct hook *list[HOOK_MATCH_MAX];
    start();
    for (size_t count = 1; count <= COUNT; count++) { /* below a handful, and above */
        struct hook_table *t = hook_table_new();
        for (size_t i = 0; i < count; i++)
            hook_table_add(t, drafted(&d[i], &(struct wish){.priority = priorities[i]}), NULL, NULL);
        CHECK(hook_facts_read(&facts, parsed(CHAT), &self));
        CHECK_INT(match(t, list), count);
        for (size_t i = 1; i < count; i++) {
            int before = list[i - 1]->spec->priority, here = list[i]->spec->priority;
            CHECK(before > here || (before == here && list[i - 1]->serial < list[i]->serial));
        }
        hook_table_free(t);
    }
    stop();
}

static void at_most_64(void) {
    enum { COUNT = 100 };
    struct draft d[COUNT];
    struct hook *list[HOOK_MATCH_MAX];
    struct hook_table *t = hook_table_new();
    start();
    for (int i = 0; i < COUNT; i++) /* half of them filed, so found in another order than they stand in */
        hook_table_add(
            t, drafted(&d[i], &(struct wish){.priority = -i, .from = i % 2 ? "alice@example.org" : NULL}),
            NULL, NULL);
    CHECK(hook_facts_read(&facts, parsed(CHAT), &self));
    CHECK_INT(match(t, list), HOOK_MATCH_MAX);
    for (int i = 0; i < HOOK_MATCH_MAX; i++)
        CHECK_INT(list[i]->spec->priority, -i);
    hook_table_free(t);
    stop();
}

static void other_events(void) {
    struct draft d[5];
    struct hook *list[HOOK_MATCH_MAX];
    struct hook_table *t = hook_table_new();
    hook_table_add(t, drafted(&d[0], &(struct wish){.event = HOOK_TIMER}), NULL, NULL);
    hook_table_add(t, drafted(&d[1], &(struct wish){.event = HOOK_ONLINE}), NULL, NULL);
    hook_table_add(t, drafted(&d[2], &(struct wish){.event = HOOK_MESSAGE}), NULL, NULL);
    hook_table_add(t, drafted(&d[3], &(struct wish){.event = HOOK_ONLINE, .priority = 1}), NULL, NULL);
    hook_table_add(t, drafted(&d[4], &(struct wish){.event = HOOK_TIMER}), NULL, NULL);
    CHECK_INT(hook_table_count(t), 5);
    CHECK_INT(hook_table_event(t, HOOK_ONLINE, list), 2);
    CHECK_INT(list[0]->serial, 3);
    CHECK_INT(list[1]->serial, 1);
    hook_unref(list[0]);
    hook_unref(list[1]);
    CHECK_INT(hook_table_event(t, HOOK_TIMER, list), 2);
    hook_unref(list[0]);
    hook_unref(list[1]);
    CHECK_INT(hook_table_event(t, HOOK_STOP, list), 0);
    hook_table_free(t);
    hook_table_free(NULL);
}

/* ---- the index ---- */

static uint32_t seed = 20110331;

static uint32_t any(uint32_t below) {
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

#define COUNT(list)  (sizeof(list) / sizeof((list)[0]))
#define SOME(list)   (any(3) == 0 ? (list)[any((uint32_t)COUNT(list))] : NULL)
#define EITHER(list) ((list)[any((uint32_t)COUNT(list))])

static const char *const some_from[] = {"alice@example.org",
                                        "bob@example.org",
                                        "*@example.org",
                                        "*@example.com",
                                        "al*@*",
                                        "example.org",
                                        "alice@example.org/phone",
                                        "den@rooms.example.org",
                                        "*@*.example.org",
                                        "Carol@Example.com"};
static const char *const some_room[] = {"den@rooms.example.org", "ops@rooms.example.org",
                                        "x@rooms.example.org"};
static const char *const some_body[] = {
    "^!deploy",     "^!d",    "^!roll (%d+)", "OPS%-%d+", "^hello",  "hello",  "%d%d", "",
    "^(h)ello wor", "world$", "[Hh]ello",     "^%s*!",    "colou?r", "deploy", "^h"};
static const char *const some_xmlns[] = {"urn:xmpp:ping", "urn:example:load", "urn:xmpp:receipts",
                                         "jabber:client"};
static const char *const some_child[] = {"ping", "load", "request", "body"};
static const char *const some_type[] = {"chat", "groupchat", "normal", "error"};

static struct wish any_wish(void) {
    struct wish w = {.event = (enum hook_event)any(3), .include = any(16), .priority = (int)any(5) - 2};
    w.from = SOME(some_from);
    w.room = SOME(some_room);
    w.nick = any(6) == 0 ? "alice" : NULL;
    w.xmlns = any(2) ? SOME(some_xmlns) : NULL;
    w.child = any(2) ? SOME(some_child) : NULL;
    if (w.event == HOOK_MESSAGE) {
        w.body = any(2) ? EITHER(some_body) : NULL;
        w.type = SOME(some_type);
        w.addressed = any(5) == 0 ? (any(2) ? 1 : -1) : 0;
    }
    return w;
}

static const char *const stanza_names[] = {"message", "message", "message", "presence", "iq"};
static const char *const stanza_from[] = {
    "",
    "from='alice@example.org/phone'",
    "from='bob@example.org'",
    "from='carol@example.com/x'",
    "from='example.org'",
    "from='den@rooms.example.org/alice'",
    "from='ops@rooms.example.org/bob'",
    "from='ops@rooms.example.org'",
    "from='bot@example.org/couplet'",
};
static const char *const stanza_types[] = {"", "type='chat'", "type='groupchat'", "type='error'",
                                           "type='get'"};
static const char *const stanza_body[] = {"",
                                          "<body>hello world</body>",
                                          "<body>!deploy prod</body>",
                                          "<body>!roll 20</body>",
                                          "<body>see OPS-12, colour</body>",
                                          "<body>h</body>",
                                          "<body/>"};
static const char *const stanza_more[] = {
    "", "<ping xmlns='urn:xmpp:ping'/>",
    "<load xmlns='urn:example:load'/><request xmlns='urn:xmpp:receipts'/>", "<delay xmlns='urn:xmpp:delay'/>",
    "<replace xmlns='urn:xmpp:message-correct:0'/>"};

static bool any_facts(void) {
    char out[512];
    const char *name = EITHER(stanza_names);
    snprintf(out, sizeof(out), "<%s %s %s>%s%s</%s>", name, EITHER(stanza_from), EITHER(stanza_types),
             EITHER(stanza_body), EITHER(stanza_more), name);
    return hook_facts_read(&facts, parsed(out), &self);
}

/* Many hooks in one table give the same as each alone in its own. */
static void index_changes_nothing(void) {
    enum { HOOKS = 150 };
    static struct draft d[HOOKS];
    struct hook_table *alone[HOOKS], *all = hook_table_new();
    struct hook *hooks[HOOKS], *got[HOOK_MATCH_MAX], *list[HOOK_MATCH_MAX];
    size_t total = 0;
    start();
    for (int i = 0; i < HOOKS; i++) {
        struct wish w = any_wish();
        alone[i] = hook_table_new();
        hook_table_add(alone[i], drafted(&d[i], &w), NULL, NULL);
        hooks[i] = hook_table_add(all, &d[i].spec, NULL, NULL);
    }
    for (int round = 0; round < 3000 && !check_bad; round++) {
        size_t wanted = 0;
        if (!any_facts())
            continue;
        size_t count = match(all, got);
        for (int i = 0; i < HOOKS; i++) {
            bool found = false, wants_it = match(alone[i], list) == 1;
            for (size_t k = 0; k < count; k++)
                found = found || got[k] == hooks[i];
            CHECK_INT(found, wants_it);
            wanted += wants_it;
        }
        CHECK_INT(count, wanted);
        for (size_t k = 1; k < count; k++)
            CHECK(got[k - 1]->spec->priority >= got[k]->spec->priority);
        total += count;
    }
    CHECK(total > 3000);
    for (int i = 0; i < HOOKS; i++)
        hook_table_free(alone[i]);
    hook_table_free(all);
    stop();
}

/* A stanza that has a hook's key many times over finds it once. */
static void found_once(void) {
    enum { HOOKS = 600 }; /* more than the index keeps marks for on the stack */
    static struct draft d[HOOKS];
    struct hook *list[HOOK_MATCH_MAX];
    struct hook_table *t = hook_table_new();
    start();
    for (int i = 0; i < HOOKS; i++)
        hook_table_add(t, drafted(&d[i], &(struct wish){.from = "nobody@example.org"}), NULL, NULL);
    static struct draft by_body, by_child, by_from;
    hook_table_add(t, drafted(&by_body, &(struct wish){.body = "OPS%-%d"}), NULL, NULL);
    hook_table_add(t, drafted(&by_child, &(struct wish){.xmlns = "urn:example:load"}), NULL, NULL);
    drafted(&by_from, &(struct wish){.from = "alice@example.org"});
    char *twice[] = {text("alice@example.org"), text("alice@example.org/phone"), NULL};
    by_from.spec.from = twice;
    hook_table_add(t, &by_from.spec, NULL, NULL);
    CHECK(
        hook_facts_read(&facts,
                        parsed("<message " FROM_ALICE "><body>OPS-1 OPS-2 OPS-3</body>"
                               "<load xmlns='urn:example:load'/><load xmlns='urn:example:load'/></message>"),
                        &self));
    CHECK_INT(match(t, list), 3);
    CHECK(list[0]->spec == &by_body.spec && list[1]->spec == &by_child.spec &&
          list[2]->spec == &by_from.spec);
    hook_table_free(t);
    stop();
}

/* ---- hooks that go ---- */

static int freed_count;
static struct hook_table *table;
static struct hook *next_to_go;

static void freed(struct hook *h) {
    (void)h;
    freed_count++;
    if (next_to_go != NULL) { /* the owner of one takes another with it */
        struct hook *other = next_to_go;
        next_to_go = NULL;
        hook_table_remove(table, other);
    }
}

static void removal_in_the_middle(void) {
    enum { HOOKS = 20 };
    struct draft d[HOOKS + 1];
    struct hook *hooks[HOOKS], *list[HOOK_MATCH_MAX];
    start();
    table = hook_table_new();
    freed_count = 0;
    for (int i = 0; i < HOOKS; i++)
        hooks[i] = hook_table_add(table, drafted(&d[i], &(struct wish){.event = HOOK_MESSAGE}), NULL, freed);
    CHECK(hook_facts_read(&facts, parsed(CHAT), &self));
    size_t count = hook_table_match(table, &facts, list);
    CHECK_INT(count, HOOKS);
    hook_table_remove(table, hooks[3]);
    hook_table_remove(table, hooks[3]);
    hook_table_remove(table, hooks[0]);
    CHECK(list[3]->removed && list[0]->removed && !list[1]->removed);
    CHECK_INT(freed_count, 0);
    hook_table_add(table, drafted(&d[HOOKS], &(struct wish){.event = HOOK_MESSAGE}), NULL, freed);
    for (size_t i = 0; i < count; i++)
        hook_unref(list[i]);
    CHECK_INT(freed_count, 2);
    CHECK_INT(match(table, list), HOOKS - 1);
    CHECK(list[0] == hooks[1]);
    next_to_go = hooks[7];
    hook_table_remove(table, hooks[6]);
    CHECK_INT(freed_count, 4);
    CHECK_INT(hook_table_count(table), HOOKS - 3);
    next_to_go = hooks[9];
    hook_ref(hooks[15]);
    hook_table_free(table);
    CHECK_INT(freed_count, HOOKS);
    CHECK(hooks[15]->removed);
    hook_unref(hooks[15]);
    CHECK_INT(freed_count, HOOKS + 1);
    stop();
}

/* ---- what is wrong with a hook ---- */

static const struct {
    struct wish wish;
    double every;
    const char *field, *text; /* NULL: nothing */
} specs[] = {
    {{.event = HOOK_MESSAGE}, 0, NULL, NULL},
    {{.type = "chat"}, 0, NULL, NULL},
    {{.type = "error"}, 0, NULL, NULL},
    {{.type = "chatt"},
     0,
     "type",
     "there is no message of type 'chatt': chat, groupchat, normal, headline or error"},
    {{.event = HOOK_PRESENCE, .type = "chat"}, 0, "type", "there is no presence of type 'chat'"},
    {{.event = HOOK_IQ, .type = "set"}, 0, NULL, NULL},
    {{.event = HOOK_IQ, .type = "result"}, 0, "type", "an answer goes to whoever asked"},
    {{.event = HOOK_IQ, .type = "query"},
     0,
     "type",
     "there is no iq of type 'query': get or set was expected"},
    {{.event = HOOK_ONLINE, .type = "chat"}, 0, "type", "'event: online' has no 'type'"},
    {{.from = "*@example.org"}, 0, NULL, NULL},
    {{.from = "*"}, 0, "from", "write '*@*' for anybody"},
    {{.from = "alice@"}, 0, "from", "'alice@' is no address"},
    {{.from = ""}, 0, "from", "'' is no address"},
    {{.to = "a b@example.org"}, 0, "to", "no address matches 'a b@example.org'"},
    {{.event = HOOK_START, .from = "*@example.org"}, 0, "from", "this hook can never fire"},
    {{.room = "den@rooms.example.org"}, 0, NULL, NULL},
    {{.room = "den@rooms.example.org/robo"}, 0, "room", "without a nick"},
    {{.room = "rooms.example.org"}, 0, "room", "room@service was expected"},
    {{.room = "@"}, 0, "room", "'@' is no room"},
    {{.room = "den@rooms.example.org", .nick = "alice"}, 0, NULL, NULL},
    {{.type = "groupchat", .nick = "alice"}, 0, NULL, NULL},
    {{.nick = "alice"}, 0, "nick", "only in rooms people have nicks"},
    {{.type = "chat", .nick = "alice"}, 0, "nick", "only in rooms people have nicks"},
    {{.type = "groupchat", .nick = ""}, 0, "nick", "empty nick"},
    {{.body = "^!roll (%d+)d(%d+)"}, 0, NULL, NULL},
    {{.body = "OPS%-(%d+"}, 0, "body", "unfinished capture"},
    {{.event = HOOK_PRESENCE, .body = "x"}, 0, "body", "'event: presence' has no 'body', only message has"},
    {{.event = HOOK_IQ, .body = "x"}, 0, "body", "this hook can never fire"},
    {{.event = HOOK_IQ, .xmlns = "urn:example:load", .child = "load"}, 0, NULL, NULL},
    {{.child = ""}, 0, "child", "empty name"},
    {{.event = HOOK_OFFLINE, .xmlns = "urn:x"}, 0, "xmlns", "this hook can never fire"},
    {{.addressed = 1}, 0, NULL, NULL},
    {{.event = HOOK_IQ, .addressed = 1}, 0, "addressed", "only message has"},
    {{.include = HOOK_DELAYED}, 0, NULL, NULL},
    {{.event = HOOK_TIMER, .include = HOOK_DELAYED}, 5, "include", "this hook can never fire"},
    {{.event = HOOK_TIMER}, 0.5, NULL, NULL},
    {{.event = HOOK_TIMER}, 0.01, NULL, NULL},
    {{.event = HOOK_TIMER}, 0, "every", "a timer needs 'every'"},
    {{.event = HOOK_TIMER}, 0.001, "every", "faster than 10 ms"},
    {{.event = HOOK_TIMER}, -5, "every", "faster than 10 ms"},
    {{.event = HOOK_TIMER}, 1e300, "every", "slower than"},
    {{.event = HOOK_MESSAGE}, 5, "every", "only 'event: timer' has 'every'"},
    {{.event = HOOK_STOP}, 0, NULL, NULL},
};

static void checked(void) {
    for (size_t i = 0; i < COUNT(specs); i++) {
        struct draft d;
        struct err err = ERR_INIT;
        const char *field = NULL;
        drafted(&d, &specs[i].wish);
        d.spec.every = specs[i].every;
        int result = hook_spec_check(&d.spec, &field, &err);
        CHECK_INT(result, specs[i].field ? -1 : 0);
        if (specs[i].field != NULL) {
            CHECK_STR(field, specs[i].field);
            CHECK_HAS(err.text, specs[i].text);
        }
        if (check_bad) {
            printf("# row %zu: %s\n", i, err.text);
            break;
        }
    }
}

static void empty_lists(void) {
    char *none[] = {NULL};
    struct hook_spec spec;
    struct err err = ERR_INIT;
    const char *field = NULL;
    hook_spec_init(&spec);
    spec.types = none;
    CHECK_INT(hook_spec_check(&spec, &field, &err), -1);
    CHECK_STR(field, "type");
    spec.types = NULL;
    spec.from = none; /* no senders are allowed is not: all are */
    CHECK_INT(hook_spec_check(&spec, &field, &err), -1);
    CHECK_STR(field, "from");
    start();
    CHECK(hook_facts_read(&facts, parsed(CHAT), &self));
    struct hook_table *t = hook_table_new();
    struct hook *list[HOOK_MATCH_MAX];
    hook_table_add(t, &spec, NULL, NULL);
    CHECK_INT(match(t, list), 0);
    hook_table_free(t);
    stop();
}

/* Events without a stanza are held against who and where they tell of; what is not told matches nothing. */
static void raised(void) {
    static const struct wish wishes[] = {
        {.event = HOOK_JOINED},
        {.event = HOOK_JOINED, .room = "Den@rooms.example.org"},
        {.event = HOOK_JOINED, .nick = "alice"},
        {.event = HOOK_JOINED, .from = "*@rooms.example.org"},
        {.event = HOOK_JOINED, .room = "ops@rooms.example.org"},
        {.event = HOOK_LEFT},
    };
    const struct hook_facts told = {.event = HOOK_JOINED,
                                    .room = STR_LIT("den@rooms.example.org"),
                                    .nick = STR_LIT("alice"),
                                    .from = STR_LIT("den@rooms.example.org/alice"),
                                    .from_bare = STR_LIT("den@rooms.example.org")};
    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        facts = told;
        CHECK_INT(wants(&wishes[i]), i < 4);
        facts = (struct hook_facts){.event = HOOK_JOINED};
        CHECK_INT(wants(&wishes[i]), i == 0);
    }
}

/* An own event is wanted under its name alone; many of them need no index. */
static void own_events(void) {
    struct hook_spec many[20];
    struct hook *list[HOOK_MATCH_MAX];
    struct hook_table *t = hook_table_new();
    for (int i = 0; i < 20; i++) {
        hook_spec_init(&many[i]);
        many[i].event = HOOK_NAMED;
        many[i].own_name = text(i % 4 == 0 ? "deploy.done" : "deploy.other");
        hook_table_add(t, &many[i], NULL, NULL);
    }
    facts = (struct hook_facts){.event = HOOK_NAMED, .own_name = STR_LIT("deploy.done")};
    CHECK_INT(match(t, list), 5);
    facts.own_name = STR_LIT("deploy.don");
    CHECK_INT(match(t, list), 0);
    hook_table_free(t);
}

static void names(void) {
    CHECK_INT(hook_event_parse("message"), HOOK_MESSAGE);
    CHECK_INT(hook_event_parse("timer"), HOOK_TIMER);
    CHECK_INT(hook_event_parse("Message"), -1);
    CHECK_INT(hook_event_parse(""), -1);
    CHECK_INT(hook_event_parse("deploy.done"), HOOK_NAMED);
    CHECK_INT(hook_event_parse("a.b_c-1.d"), HOOK_NAMED);
    CHECK_INT(hook_event_parse(".a"), -1);
    CHECK_INT(hook_event_parse("a."), -1);
    CHECK_INT(hook_event_parse("a..b"), -1);
    CHECK_INT(hook_event_parse("a.b c"), -1);
    for (int i = 0; i < HOOK_NAMED; i++)
        CHECK_INT(hook_event_parse(hook_event_name((enum hook_event)i)), i);
    CHECK_INT(hook_include_parse("delayed"), HOOK_DELAYED);
    CHECK_INT(hook_include_parse("own"), HOOK_OWN);
    CHECK_INT(hook_include_parse("error"), HOOK_ERROR);
    CHECK_INT(hook_include_parse("correction"), HOOK_CORRECTION);
    CHECK_INT(hook_include_parse("archive"), HOOK_ARCHIVE);
    CHECK_INT(hook_include_parse("archived"), -1);
    CHECK(hook_types(HOOK_ONLINE) == NULL && hook_types(HOOK_TIMER) == NULL);
}

int main(void) {
    RUN(each_condition);
    RUN(silent);
    RUN(left_out);
    RUN(order);
    RUN(at_most_64);
    RUN(other_events);
    RUN(index_changes_nothing);
    RUN(found_once);
    RUN(removal_in_the_middle);
    RUN(checked);
    RUN(empty_lists);
    RUN(raised);
    RUN(own_events);
    RUN(names);
    return check_done();
}
