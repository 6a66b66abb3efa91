/* SPDX-License-Identifier: MIT */
/* Who may, how often, and what a command is: what the configuration says of it, and its mistakes. */
#include "loaded.h"

#include "base/mem.h"

static void load_hook(struct loaded *l, const char *hook) {
    struct buf b = BUF_INIT;
    buf_addf(&b, "    roles: { oncall: a@b }\n    hooks:\n      - { call: a.b, %s }\n", hook); /* at 7:22 */
    loaded_bot(l, buf_data(&b));
    buf_finish(&b);
}

static void people(void) {
    static const struct said rows[] = {
        {"    admins: [alice@example.org, '*@ops.example.org']\n", ""},
        {"    admins: alice@example.org\n", ""},
        {"    admins: []\n", ""},
        {"    admins: [alice, { role: moderator }]\n",
         "5:14 'alice' is no JID with an '@' in it; all of a domain are '*@alice'\n"
         "5:21 a JID, like alice@example.org, is expected here, not a map\n"},
        {"    admins: ['a@b@c']\n",
         "5:14 'a@b@c' is no address: node@domain/resource was expected, with '*' for "
         "any text of a part\n"},
        {"    roles: { oncall: [a@b, '*@c'], staff: { affiliation: admin, room: r@c }, none: null }\n", ""},
        {"    roles: { a: { role: moderator }, b: [{ group: Friends }] }\n", ""},
        {"    roles: { admins: [a@b], 'x@y': [a@b] }\n",
         "5:14 'admins' cannot be the name of a role\n5:29 'x@y' cannot be the name of a role\n"},
        {"    roles: [a@b]\n",
         "5:12 a map of roles, each with a list of JIDs, is expected here, not a list\n"},
        {"    roles: { a: { affiliation: boss }, b: { room: r@c }, c: { afiliation: owner } }\n",
         "5:32 the affiliation 'boss' is unknown; there are: owner, admin, member, none\n"
         "5:43 affiliation, role or group is expected here\n"
         "5:61 affiliation, role or group is expected here\n"
         "5:63 in who may the key 'afiliation' is unknown; did you mean 'affiliation'?\n"},
        {"    rate: 5/10s\n", ""},
        {"    rate: { user: 5/10s, room: 20/1m, all: 100/1h }\n", ""},
        {"    rate: 5\n", "5:11 '5' is no rate: COUNT/DURATION is expected, like 5/10s\n"},
        {"    rate: 0/10s\n", "5:11 '0/10s' is no rate: COUNT/DURATION is expected, like 5/10s\n"},
        {"    rate: 5/10x\n",
         "5:11 a duration like 500ms, 15s, 5m, 2h or 1d is expected here, not a string\n"},
        {"    rate: { usr: 5/10s }\n", "5:13 in a rate the key 'usr' is unknown; did you mean 'user'?\n"},
    };
    CHECK_SAID(rows, loaded_bot);
}

static void subscriptions(void) {
    static const struct said rows[] = {
        {"    subscriptions: { accept: all, mutual: true }\n", ""},
        {"    subscriptions: { accept: none }\n", ""},
        {"    subscriptions: { accept: [admins, '*@example.org', { group: Friends }] }\n", ""},
        {"    subscriptions: { accept: oncall, mutual: yes }\n    roles: { oncal: [a@b] }\n",
         "5:30 the role 'oncall' is unknown; did you mean 'oncal'?\n"
         "5:46 true or false is expected here, not a string\n"},
        {"    subscriptions: { mutual: true }\n",
         "5:20 subscriptions need `accept:`, with roles, JIDs, all or none\n"},
        {"    subscriptions: all\n", "5:20 a map of options is expected here, not a string\n"},
    };
    CHECK_SAID(rows, loaded_bot);
}

static void catching_up(void) {
    static const struct said rows[] = {
        {"    catch_up: run\n    catch_up_age: 2h\n    rooms: [{ jid: r@c, catch_up: skip }]\n", ""},
        {"    catch_up: yes\n", "5:15 what is done with it 'yes' is unknown; there are: skip, notify, run\n"},
        {"    rooms: [{ jid: r@c, catch_up: notfy }]\n",
         "5:35 what is done with it 'notfy' is unknown; did you mean 'notify'?\n"},
        {"    catch_up_age: long\n",
         "5:19 a duration like 500ms, 15s, 5m, 2h or 1d is expected here, not a string\n"},
    };
    CHECK_SAID(rows, loaded_bot);
}

static void commands(void) {
    static const struct said rows[] = {
        {"event: command, name: deploy", ""},
        {"event: command, name: deploy stop, aliases: [halt, 'stop it'], type: chat, from: '*@b', allow: "
         "[oncall, "
         "admins, x@y, { role: moderator }], rate: 5/10s, help: h, example: ['!deploy stop'], confirm: true",
         ""},
        {"event: command", "7:9 name: a command needs a name, as in 'name: deploy'\n"},
        {"event: command, name: 'a  b'",
         "7:44 name: the words of a command's name have one blank between them\n"},
        {"event: command, name: a, include: [own]",
         "7:56 include: a command can include nothing but 'archive'\n"},
        {"event: command, name: a, include: archive", ""},
        {"event: command, name: a, body: x",
         "7:53 body: 'event: command' has no 'body', only message has: this hook can never fire\n"},
        {"event: command, name: a, type: headline",
         "7:53 type: there is no command of type 'headline': chat, groupchat or normal was expected\n"},
        {"event: message, name: a",
         "7:44 name: 'event: message' has no 'name', only command has: this hook can "
         "never fire\n7:44 only 'event: command' has 'name'\n"},
        {"event: message, help: a", "7:44 only 'event: command' has 'help'\n"},
        {"event: message, allow: [oncal]", "7:46 the role 'oncal' is unknown; did you mean 'oncall'?\n"},
        {"event: message, allow: oncall, rate: 1/1s", ""},
        {"event: online, allow: oncall", "7:44 nobody is behind such an event: it has no 'allow'\n"},
        {"event: command, name: a, example: [{}], confirm: [], args: []",
         "7:57 a string is expected here, not a map\n7:71 true, false or a question is expected here, not a "
         "list\n7:81 a string is expected here, not a list\n"},
    };
    CHECK_SAID(rows, load_hook);
}

static void kept(void) {
    struct loaded l;
    load_hook(&l, "event: command, name: deploy, aliases: ship, args: '<a>', example: ['!deploy x', deploy "
                  "y], room: r@c");
    CHECK_STR(buf_data(&l.said), "");
    const struct config_hook *h = &l.config->bots[0].hooks[0];
    CHECK_STR(h->spec.name, "deploy");
    CHECK_STR(h->spec.aliases[0], "ship");
    CHECK_INT(h->guard->count, 5);
    CHECK_STR(h->guard->keys[0], "name");
    CHECK_INT(h->args_mark.column, 74); /* behind the quote */
    CHECK_INT(h->example_count, 2);
    CHECK_INT(h->example_marks[1].column, 103);
    loaded_finish(&l, NULL);
}

int main(void) {
    RUN(people);
    RUN(subscriptions);
    RUN(catching_up);
    RUN(commands);
    RUN(kept);
    return check_done();
}
