/* SPDX-License-Identifier: MIT */
/* What a message says to us, and which command that is. */
#include "hook/said.h"

#include "check.h"

#include <stdio.h>

static char shown[256];

static const char *said(const char *body, bool is_room) {
    struct str s = said_to_us(str_of(body), is_room, "Robo", "!");
    if (s.s == NULL)
        return "(nothing)";
    snprintf(shown, sizeof(shown), "%.*s", (int)s.len, s.s);
    return shown;
}

static void to_us(void) {
    static const struct {
        const char *body, *room, *one;
    } rows[] = {
        {"!deploy test", "deploy test", "deploy test"},
        {" \n! deploy ", "deploy", "deploy"},
        {"robo: deploy", "deploy", "deploy"},
        {"ROBO, deploy\n", "deploy", "deploy"},
        {"@robo deploy", "deploy", "deploy"},
        {"@robo: deploy", "deploy", "deploy"},
        {"@robots deploy", "(nothing)", "@robots deploy"},
        {"robo deploy", "(nothing)", "robo deploy"},
        {"robots: deploy", "(nothing)", "robots: deploy"},
        {"deploy", "(nothing)", "deploy"},
        {"", "(nothing)", ""},
        {"!", "", ""},
        {"robo:", "", ""},
        {"@robo", "", ""},
        {"@", "(nothing)", "@"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_STR(said(rows[i].body, true), rows[i].room);
        CHECK_STR(said(rows[i].body, false), rows[i].one);
    }
    CHECK(said_to_us(STR_NONE, false, NULL, NULL).s == NULL);
    CHECK(said_to_us(STR_LIT("!x"), true, NULL, NULL).s == NULL);
    CHECK(said_to_us(STR_LIT("x"), true, "", "").s == NULL);
}

static void names(void) {
    CHECK_INT(command_match("deploy", STR_LIT("deploy")), 6);
    CHECK_INT(command_match("deploy", STR_LIT("Deploy test")), 6);
    CHECK_INT(command_match("deploy", STR_LIT("deploy\ttest")), 6);
    CHECK_INT(command_match("deploy", STR_LIT("deployed")), 0);
    CHECK_INT(command_match("deploy", STR_LIT("deplo")), 0);
    CHECK_INT(command_match("deploy stop", STR_LIT("deploy  \n stop it")), 14);
    CHECK_INT(command_match("deploy stop", STR_LIT("deploystop")), 0);
    CHECK_INT(command_match("deploy stop", STR_LIT("deploy ")), 0);
    CHECK_INT(command_match("x", (struct str){"", 0}), 0);
}

static void good_names(void) {
    struct err err = ERR_INIT;
    char longest[COMMAND_NAME_MAX + 2];
    memset(longest, 'a', sizeof(longest));
    longest[COMMAND_NAME_MAX + 1] = '\0';
    CHECK_INT(command_check_name("deploy", &err), 0);
    CHECK_INT(command_check_name("deploy stop now", &err), 0);
    CHECK_INT(command_check_name("größe", &err), 0);
    CHECK_INT(command_check_name("", &err), -1);
    CHECK_INT(command_check_name(" a", &err), -1);
    CHECK_INT(command_check_name("a ", &err), -1);
    CHECK_INT(command_check_name("a  b", &err), -1);
    CHECK_INT(command_check_name("a\tb", &err), -1);
    CHECK_INT(command_check_name(longest, &err), -1);
    longest[COMMAND_NAME_MAX] = '\0';
    CHECK_INT(command_check_name(longest, &err), 0);
}

/* Commands of a table, few (tried one by one) and many (indexed). */
static void in_table(size_t others) {
    char *aliases[] = {(char *)(uintptr_t) "ship it", (char *)(uintptr_t) "roll", NULL};
    struct hook_spec deploy = {
        .event = HOOK_COMMAND, .name = (char *)(uintptr_t) "deploy", .aliases = aliases, .addressed = -1};
    struct hook_spec stop = {
        .event = HOOK_COMMAND, .name = (char *)(uintptr_t) "deploy stop", .addressed = -1};
    struct hook_spec more[40];
    char text[40][32];
    struct hook_table *t = hook_table_new();
    hook_table_add(t, &deploy, &deploy, NULL);
    hook_table_add(t, &stop, &stop, NULL);
    for (size_t i = 0; i < others; i++) {
        snprintf(text[i], sizeof(text[i]), "other%zu", i);
        more[i] = (struct hook_spec){.event = HOOK_COMMAND, .name = text[i], .addressed = -1};
        hook_table_add(t, &more[i], &more[i], NULL);
    }
    static const struct {
        const char *command;
        size_t found;
        bool is_stop;
    } rows[] = {{"deploy test", 1, false}, {"DEPLOY STOP", 1, true}, {"deploy stopped", 1, false},
                {"SHIP it now", 1, false}, {"ship", 0, false},       {"roll x", 1, false},
                {"deployment", 0, false},  {"x", 0, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hook *list[HOOK_MATCH_MAX];
        struct hook_facts f = {
            .event = HOOK_COMMAND, .type = STR_LIT("chat"), .command = str_of(rows[i].command)};
        size_t count = command_keep_longest(list, hook_table_match(t, &f, list), f.command);
        CHECK_INT(count, rows[i].found);
        if (count > 0)
            CHECK(list[0]->owner == (rows[i].is_stop ? &stop : &deploy));
        for (size_t k = 0; k < count; k++)
            hook_unref(list[k]);
    }
    hook_table_free(t);
}

static void few(void) {
    in_table(0);
}

static void many(void) {
    in_table(40);
}

int main(void) {
    RUN(to_us);
    RUN(names);
    RUN(good_names);
    RUN(few);
    RUN(many);
    return check_done();
}
