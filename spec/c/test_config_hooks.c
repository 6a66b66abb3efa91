/* SPDX-License-Identifier: MIT */
/* Hooks as the configuration states them, their mistakes, and thousands of bots that share theirs. */
#include "loaded.h"

#include "base/mem.h"

static void load_hook(struct loaded *l, const char *hook) {
    struct buf b = BUF_INIT;
    buf_addf(&b, "    hooks:\n      - { %s }\n", hook); /* the hook's text begins at 6:11 */
    loaded_bot(l, buf_data(&b));
    buf_finish(&b);
}

static void good(void) {
    struct loaded l;
    load_hook(
        &l,
        "event: message, type: [chat, groupchat], from: '*@E.org', to: [a@b, c@d], room: R@c.org, nick: n, "
        "body: '^x(%d+)', xmlns: u, child: c, addressed: true, include: [delayed, own], priority: -3, "
        "continue: true, call: a.b.c, with: { list: [1, two] }, limits: { time: 2s, instructions: 1K }");
    CHECK_STR(buf_data(&l.said), "");
    const struct config_hook *h = &l.config->bots[0].hooks[0];
    CHECK_STR(h->module, "a.b");
    CHECK_STR(h->function, "c");
    CHECK_STR(h->spec.types[1], "groupchat");
    CHECK_STR(h->spec.to[1], "c@d");
    CHECK_STR(h->spec.room, "r@c.org");
    CHECK_INT(h->spec.include, HOOK_DELAYED | HOOK_OWN);
    CHECK(h->spec.addressed == 1 && h->spec.priority == -3 && h->spec.go_on);
    CHECK(h->limits.time == 2 && h->limits.instructions == 1000);
    CHECK_STR(h->with->items[0].items[1].string, "two");
    CHECK_INT(h->mark.line, 6);
    loaded_finish(&l, NULL);
}

static void events(void) {
    static const struct said rows[] = {
        {"event: online, call: a.b", ""},
        {"event: offline, call: a.b", ""},
        {"event: start, call: a.b", ""},
        {"event: stop, call: a.b", ""},
        {"event: joined, room: r@c, nick: n, from: '*@c', call: a.b", ""},
        {"event: subscribed, from: a@b, call: a.b", ""},
        {"event: deploy.done, call: a.b", ""},
        {"event: deploy..done, call: a.b", "6:18 the event 'deploy..done' is unknown; there are: message, "
                                           "presence, iq, command, online, offline, start, "
                                           "stop, timer, webhook, joined, left, room_changed, subscribed\n"},
        {"event: online, from: a@b, call: a.b", "6:32 from: 'event: online' has no 'from', only stanzas and "
                                                "what is told of rooms have: this hook can "
                                                "never fire\n"},
        {"event: joined, type: chat, call: a.b",
         "6:32 type: 'event: joined' has no 'type', only message, presence and iq have: this hook can never "
         "fire\n"},
        {"event: timer, every: 5m, call: a.b", ""},
        {"event: iq, type: get, xmlns: u, call: a.b", ""},
        {"event: presence, type: subscribe, from: a@b, call: a.b", ""},
        {"call: a.b", "6:9 this hook has no `event:`\n"},
        {"event: null, call: a.b", "6:9 this hook has no `event:`\n"},
        {"event: message", "6:9 this hook has no `call: module.function`\n"},
        {"event: message, call: a", "6:33 'a' names no function; module.function is expected\n"},
        {"event: message, call: a..b", "6:33 'a..b' names no function; module.function is expected\n"},
        {"event: message, call: a/b.c", "6:33 'a/b.c' names no function; module.function is expected\n"},
        {"event: mesage, call: a.b", "6:18 the event 'mesage' is unknown; did you mean 'message'?\n"},
        {"event: xyzzy, call: a.b",
         "6:18 the event 'xyzzy' is unknown; there are: message, presence, iq, command, online, "
         "offline, start, stop, timer, webhook, joined, left, room_changed, subscribed\n"},
        {"event: message, call: a.b, contniue: true",
         "6:38 in a hook the key 'contniue' is unknown; did you mean 'continue'?\n"},
        {"event: message, call: a.b, include: [old, archive]",
         "6:48 the include 'old' is unknown; there are: delayed, own, error, correction, archive\n"},
        {"event: message, call: a.b, include: [own, archive]", ""},
    };
    CHECK_SAID(rows, load_hook);
}

static void never(void) {
    static const struct said rows[] = {
        {"event: online, type: chat, call: a.b", "6:32 type: 'event: online' has no 'type', only message, "
                                                 "presence and iq have: this hook can never fire\n"},
        {"event: iq, body: x, call: a.b",
         "6:28 body: 'event: iq' has no 'body', only message has: this hook can never fire\n"},
        {"event: message, type: get, call: a.b", "6:33 type: there is no message of type 'get': chat, "
                                                 "groupchat, normal, headline or error was expected\n"},
        {"event: message, type: [], call: a.b", "6:33 type: an empty list: this hook can never fire\n"},
        {"event: message, nick: n, call: a.b",
         "6:33 nick: only in rooms people have nicks: state 'room' or, of a message, 'type: groupchat'\n"},
        {"event: message, body: '[', call: a.b", "6:33 body: malformed pattern (missing ']')\n"},
        {"event: message, room: r@c/n, call: a.b",
         "6:33 room: 'r@c/n' is no room: room@service was expected, without a nick\n"},
        {"event: timer, call: a.b", "6:9 every: a timer needs 'every', as in 'every: 5m', or 'cron'\n"},
        {"event: timer, every: 1ms, call: a.b", "6:32 every: a timer cannot be faster than 10 ms\n"},
        {"event: message, every: 5m, call: a.b", "6:34 every: only 'event: timer' has 'every'\n"},
        /* All at once, and no value twice. */
        {"event: message, body: '[', oops_more: 1, call: a.b",
         "6:33 body: malformed pattern (missing ']')\n6:38 in a hook the key 'oops_more' is unknown; there "
         "are: "
         "event, call, type, from, to, room, nick, body, xmlns, child, addressed, include, priority, "
         "continue, "
         "every, cron, tz, jitter, with, limits, name, aliases, args, help, example, confirm, allow, rate, "
         "path, "
         "method, auth, networks, max_body, content_type\n"},
        {"event: timer, every: 5x, call: a.b",
         "6:32 a duration like 500ms, 15s, 5m, 2h or 1d is expected here, not a string\n"},
        {"event: timer, cron: '0 9 * * *', tz: UTC, jitter: 30s, call: a.b", ""},
        {"event: timer, cron: '@daily', call: a.b", ""},
        {"event: timer, every: 5m, jitter: 1m, call: a.b", ""},
        {"event: timer, cron: '0 25 * * *', call: a.b", "6:31 cron: hour: '25' is no number from 0 to 23\n"},
        {"event: timer, cron: '0 9 * *', call: a.b", "6:31 cron: five fields were expected, minute hour day "
                                                     "month weekday, as in '0 9 * * mon-fri'; there "
                                                     "are 4\n"},
        {"event: timer, cron: '@daily', tz: Europe/Berlim, call: a.b",
         "6:45 there is no time zone 'Europe/Berlim'; did you mean 'Europe/Berlin'?\n"},
        {"event: timer, cron: '@daily', tz: berlin, call: a.b",
         "6:45 there is no time zone 'berlin'; did you mean 'Europe/Berlin'?\n"},
        {"event: timer, cron: '@daily', tz: New York, call: a.b",
         "6:45 there is no time zone 'New York'; did you mean 'America/New_York'?\n"},
        {"event: timer, cron: '@daily', tz: /etc/localtime, call: a.b",
         "6:45 there is no time zone '/etc/localtime'; a name like Europe/Berlin, or UTC, is expected\n"},
        {"event: timer, every: 5m, cron: '@daily', call: a.b",
         "6:32 every: a timer has 'every' or 'cron', not both\n"},
        {"event: timer, every: 5m, tz: UTC, call: a.b",
         "6:40 tz: only a timer with 'cron' has a time zone\n"},
        {"event: timer, every: 5m, jitter: 5m, call: a.b", "6:44 jitter: it must be shorter than 'every'\n"},
        {"event: message, jitter: 5m, call: a.b", "6:35 jitter: only 'event: timer' has 'jitter'\n"},
        {"event: message, cron: '@daily', call: a.b", "6:33 cron: only 'event: timer' has 'cron'\n"},
        {"event: mesage, type: get, call: a.b",
         "6:18 the event 'mesage' is unknown; did you mean 'message'?\n"},
    };
    CHECK_SAID(rows, load_hook);
}

static void planned(void) {
    static const struct said rows[] = {
        {"event: reload, call: a.b", "6:18 the event 'reload' is not supported by this version\n"},
    };
    CHECK_SAID(rows, load_hook);
}

static void pattern_is_dropped(void) {
    struct loaded l;
    load_hook(&l, "event: message, body: '[', call: a.b");
    CHECK(l.config->bots[0].hooks[0].spec.body == NULL);
    CHECK_STR(l.config->bots[0].hooks[0].function, "b"); /* it is looked for all the same */
    loaded_finish(&l, NULL);
}

/* 5,000 bots whose hooks are one alias; a mistake in them is told once. */
static void thousands(void) {
    for (int wrong = 0; wrong < 2; wrong++) {
        struct loaded l;
        struct buf b = BUF_INIT;
        for (int i = 0; i < 5000; i++) {
            buf_addf(&b, i == 0 ? "bots:\n" : "");
            buf_addf(&b, "  b%d:\n    jid: b%d@example.org/x\n    password: p\n    state: light\n", i, i);
            if (i > 0)
                buf_adds(&b, "    hooks: *h\n");
            else
                buf_addf(&b, "    hooks: &h\n      - { event: message, call: a.b, %s: x, with: { k: v } }\n",
                         wrong ? "bdoy" : "body");
        }
        loaded_bytes(&l, buf_data(&b), buf_len(&b));
        CHECK_STR(buf_data(&l.said),
                  wrong ? "7:38 in a hook the key 'bdoy' is unknown; did you mean 'body'?\n" : "");
        CHECK_INT(l.config->bot_count, 5000);
        CHECK_STR(l.config->bots[4999].hooks[0].call, "a.b");
        buf_finish(&b);
        loaded_finish(&l, NULL);
    }
}

int main(void) {
    RUN(good);
    RUN(events);
    RUN(never);
    RUN(planned);
    RUN(pattern_is_dropped);
    RUN(thousands);
    return check_done();
}
