/* SPDX-License-Identifier: MIT */
/* Globs over addresses: what they match and, above all, what they must not: each row of `never` is a way by
 * which an access list of some bot was opened, or could be. */
#include "check.h"
#include "base/mem.h"
#include "hook/table.h"

struct row {
    const char *glob, *jid;
};

static const struct row always[] = {
    {"alice@example.org", "alice@example.org"},
    {"alice@example.org", "alice@example.org/phone"},
    {"alice@example.org", "alice@example.org/a/b@c"},
    {"alice@example.org/phone", "alice@example.org/phone"},
    {"alice@example.org/*", "alice@example.org/phone"},
    {"alice@example.org/*", "alice@example.org/mallory@evil/x"},
    {"alice@example.org/ph*e", "alice@example.org/phone"},
    {"*@example.org", "alice@example.org"},
    {"*@example.org", "alice@example.org/phone"},
    {"*@*", "alice@example.org"},
    {"al*@example.org", "al@example.org"},
    {"al*ce*@example.org", "alice.celia@example.org"},
    {"*bot@example.org", "botbotbot@example.org"},
    {"alice@*", "alice@anywhere.example"},
    {"*@*.example.org", "bob@ops.example.org"},
    {"*@*.example.org", "bob@a.b.example.org/x"},
    {"*@*.example.org/bot", "bob@ops.example.org/bot"},
    {"example.org", "example.org"},
    {"example.org", "example.org/server"},
    {"*.example.org", "conference.example.org"},
    {"a**b@example.org", "ab@example.org"},
};

static const struct row never[] = {
    {"*@example.org", "x@example.org.evil"},
    {"*@example.org", "x@evil.example.org"},
    {"*@example.org", "x@evilexample.org"},
    {"*@example.org", "x@example.orgy"},
    {"*@example.org", "example.org"},
    {"*@example.org", "mallory@evil/x@example.org"},
    {"*@example.org", "evil/x@example.org"},
    {"*@example.org", "mallory@evil@example.org"},
    {"*@*", "mallory@evil@example.org"},
    {"*@example.org", "mallory@evil.org/@example.org"},
    {"*@*.example.org", "bob@example.org"},
    {"*@*.example.org", "bob@evil.org/.example.org"},
    {"*@*.example.org", "bob@ops.example.org.evil"},
    {"admin@*", "mallory@evil/admin@example.org"},
    {"admin@*", "superadmin@example.org"},
    {"admin@example.org", "admin@example.org.evil"},
    {"admin@example.org", "xadmin@example.org"},
    {"admin@example.org", "admin@example.or"},
    {"admin@example.org", "example.org/admin@example.org"},
    {"admin@example.org", "evil/admin@example.org"},
    {"admin@example.org", "admin@evil/example.org"},
    {"admin@example.org", "admin@"},
    {"admin@example.org", "admin"},
    {"admin@example.org", "@example.org"},
    {"admin@example.org",
     "ADMIN@example.org"}, /* no prepared form: the server's fault, and not ours to trust */
    {"admin@example.org/bot", "admin@example.org"},
    {"admin@example.org/bot", "admin@example.org/Bot"},
    {"admin@example.org/bot", "admin@example.org/bot/x"},
    {"admin@example.org/*", "admin@example.org"},
    {"example.org", "alice@example.org"},
    {"*", "alice@example.org"},
    {"*", "alice@example.org/x"},
    {"*.org", "alice@example.org"},
    {"alice@example.org", ""},
    {"*@*", ""},
    {"*@*", "@"},
    {"*@*", "a@"},
    {"*@*", "@b"},
    {"", ""},
    {"", "alice@example.org"},
    {"@", "@"},
    {"alice@", "alice@example.org"},
    {"a*b@example.org", "a@b@example.org"},
    {"a*@example.org", "a/b@example.org"},
    {"*\\40example.org@gateway", "x@example.org"},
};

static void matches(void) {
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        bool is = hook_glob_match(always[i].glob, str_of(always[i].jid));
        CHECK(is);
        if (!is)
            printf("# %s should match %s\n", always[i].glob, always[i].jid);
    }
}

static void stays_shut(void) {
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        bool is = hook_glob_match(never[i].glob, str_of(never[i].jid));
        CHECK(!is);
        if (is)
            printf("# %s must not match %s\n", never[i].glob, never[i].jid);
    }
    CHECK(!hook_glob_match("*@*", STR_NONE));
}

/* A text that is not NUL-terminated, with bytes behind it that would make it match. */
static void views(void) {
    CHECK(!hook_glob_match("*@example.org", (struct str){"a@example.org", 12}));
    CHECK(hook_glob_match("*@example.or", (struct str){"a@example.org", 12}));
}

static void many_stars(void) {
    char glob[600], jid[1200];
    memset(jid, 'a', 1000);
    strcpy(jid + 1000, "@example.org");
    glob[0] = '\0';
    for (int i = 0; i < 100; i++)
        strcat(glob, "a*");
    strcat(glob, "b@example.org");
    CHECK(!hook_glob_match(glob, str_of(jid)));
}

static const struct {
    const char *glob, *prepared; /* NULL: refused */
} forms[] = {
    {"alice@example.org", "alice@example.org"},
    {"Alice@Example.ORG", "alice@example.org"},
    {"Alice@Example.ORG/Phone", "alice@example.org/Phone"},
    {"*@Example.ORG", "*@example.org"},
    {"Al*@*.Example.ORG", "al*@*.example.org"},
    {"*@*", "*@*"},
    {"Example.org", "example.org"},
    {"*.Example.org", "*.example.org"},
    {"*", NULL},
    {"", NULL},
    {"@", NULL},
    {"@example.org", NULL},
    {"alice@", NULL},
    {"alice@example.org/", NULL},
    {"a b@example.org", NULL},
    {"alice@exam ple.*", NULL},
    {"alice@bob@example.org", NULL},
};

static void prepared(void) {
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct err err = ERR_INIT;
        char *got = hook_glob_prepare(forms[i].glob, &err);
        if (forms[i].prepared != NULL) {
            CHECK_STR(got, forms[i].prepared);
        } else {
            CHECK(got == NULL && err.text[0] != '\0');
            if (got != NULL)
                printf("# '%s' became '%s'\n", forms[i].glob, got);
        }
        mem_free(got);
    }
}

int main(void) {
    RUN(matches);
    RUN(stays_shut);
    RUN(views);
    RUN(many_stars);
    RUN(prepared);
    return check_done();
}
