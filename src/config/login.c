/* SPDX-License-Identifier: MIT */
/*
 * login: how an account proves who it is: `sasl:`, and what of jid, password and certificate has to go with
 * it. A mechanism that could never work here is a mistake now, not a login that fails later.
 */
#include "base/mem.h"
#include "config/reader.h"

enum need {
    PASSWORD = 1,
    TOKEN = 2, /* which comes in place of a password */
    CERTIFICATE = 4,
    TLS = 8,
    NOBODY = 16, /* the server makes up who we are */
};

static const struct {
    const char *name;
    unsigned needs;
} mechanisms[] = {
    {"SCRAM-SHA-512-PLUS", PASSWORD | TLS},
    {"SCRAM-SHA3-512-PLUS", PASSWORD | TLS},
    {"SCRAM-SHA-256-PLUS", PASSWORD | TLS},
    {"SCRAM-SHA-1-PLUS", PASSWORD | TLS},
    {"SCRAM-SHA-512", PASSWORD},
    {"SCRAM-SHA3-512", PASSWORD},
    {"SCRAM-SHA-256", PASSWORD},
    {"SCRAM-SHA-1", PASSWORD},
    {"EXTERNAL", CERTIFICATE | TLS},
    {"OAUTHBEARER", TOKEN | TLS},
    {"X-OAUTH2", TOKEN | TLS},
    {"PLAIN", PASSWORD},
    {"ANONYMOUS", NOBODY},
};
enum { COUNT = sizeof(mechanisms) / sizeof(mechanisms[0]) };

void read_sasl(struct reader *r, const struct tree_node *node, void *to) {
    const char *names[COUNT + 1] = {NULL};
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single);
    for (size_t i = 0; i < COUNT; i++)
        names[i] = mechanisms[i].name;
    for (size_t i = 0; i < count; i++)
        reader_choice(r, items[i], names, NULL, "the SASL mechanism");
    if (count == 0)
        reader_say(r, node, "an empty list would allow no login at all");
    read_strings(r, node, to);
}

static unsigned needs_of(const char *name) {
    for (size_t i = 0; name != NULL && i < COUNT; i++)
        if (strcmp(name, mechanisms[i].name) == 0)
            return mechanisms[i].needs;
    return 0;
}

/* What the list wants altogether; of no list: a password. */
static unsigned all_needs(const struct config_bot *b) {
    unsigned all = b->sasl == NULL ? PASSWORD : 0;
    for (char **name = b->sasl; name != NULL && *name != NULL; name++)
        all |= needs_of(*name);
    return all;
}

/* One mechanism, at its place. */
static void check_mechanism(struct reader *r, const struct tree_node *item, const struct config_bot *b) {
    unsigned needs = needs_of(item->text), all = all_needs(b);
    if ((needs & CERTIFICATE) && b->certificate.path == NULL)
        reader_say(r, item, "%s needs a client certificate: `tls: {certificate: ..., key: ...}`", item->text);
    if ((needs & TLS) && b->tls == CONFIG_TLS_NONE)
        reader_say(r, item, "%s needs TLS, which `mode: none` goes without", item->text);
    if ((needs & TOKEN) && (all & PASSWORD))
        reader_say(r, item, "%s takes a token in place of the password, the others of this list the password",
                   item->text);
    if ((needs & NOBODY) && (all & ~(unsigned)NOBODY))
        reader_say(r, item, "%s stands alone: it is a login as nobody", item->text);
}

static void check_mechanisms(struct reader *r, const struct tree_node *section, const struct config_bot *b) {
    const struct tree_node *node = reader_find(section, "sasl");
    const struct tree_node **items, *single;
    size_t count = node != NULL ? reader_items(node, &items, &single) : 0;
    for (size_t i = 0; i < count; i++)
        check_mechanism(r, items[i], b);
}

static void check_localpart(struct reader *r, const struct tree_node *section, const struct config_bot *b,
                            bool is_nobody) {
    const struct tree_node *jid = reader_find(section, "jid");
    if (jid == NULL || b->jid.host == NULL)
        return;
    if (b->jid.node == NULL && !is_nobody)
        reader_say(r, jid, "'%s' has no localpart; the JID of an account is name@domain", jid->text);
    if (b->jid.node != NULL && is_nobody)
        reader_say(r, jid, "with ANONYMOUS the server makes up the localpart; `jid: %s` is expected here",
                   b->jid.host);
}

static bool is_password(const char *key) {
    return strcmp(key, "password") == 0 || strcmp(key, "password_file") == 0 ||
           strcmp(key, "password_command") == 0;
}

static void check_password(struct reader *r, const struct tree_node *key, const struct tree_node *section,
                           struct config_bot *b, bool is_nobody) {
    size_t count = 0;
    unsigned needs = all_needs(b);
    for (size_t i = 0; i < section->count; i++) { /* in the order of the file */
        const struct tree_pair *pair = &section->pairs[i];
        if (pair->key->text == NULL || !is_password(pair->key->text) || tree_is_null(pair->value))
            continue;
        b->password_mark = pair->value->mark;
        if (++count == 2)
            reader_say(r, pair->key, "one of password, password_file and password_command is enough");
        else if (count == 1 && is_nobody)
            reader_say(r, pair->key, "a login with ANONYMOUS has no password");
    }
    if (count > 0 || !(needs & (PASSWORD | TOKEN)) || (b->sasl == NULL && b->certificate.path != NULL))
        return;
    reader_say(r, key, "bot %s has no %s; give password, password_file or password_command", b->name,
               needs & TOKEN ? "token" : "password");
}

/* XEP-0077 makes accounts with a password, and shows it. */
static void check_registration(struct reader *r, const struct tree_node *section,
                               const struct config_bot *b) {
    const struct tree_node *node = reader_find(section, "register");
    bool has_password = b->password != NULL || b->password_file != NULL || b->password_command != NULL;
    bool lists_plain = false;
    for (char **name = b->sasl; name != NULL && *name != NULL; name++)
        lists_plain |= strcmp(*name, "PLAIN") == 0;
    if (!b->registers || node == NULL)
        return;
    if (!has_password || !(all_needs(b) & PASSWORD))
        reader_say(r, node, "an account is made with a password, which this login does without");
    else if (b->tls == CONFIG_TLS_NONE && !lists_plain)
        reader_say(r, node,
                   "to make an account shows its password, without TLS only where `sasl` lists PLAIN");
}

static void check_legacy(struct reader *r, const struct tree_node *section, const struct config_bot *b) {
    const struct tree_node *node = reader_find(section, "legacy_auth");
    bool has_password = b->password != NULL || b->password_file != NULL || b->password_command != NULL;
    if (b->legacy_auth && node != NULL && (!has_password || !(all_needs(b) & PASSWORD)))
        reader_say(r, node, "XEP-0078 logs in with a password, which this login does without");
}

void check_login(struct reader *r, const struct tree_node *key, const struct tree_node *section,
                 struct config_bot *b) {
    bool is_nobody = all_needs(b) == NOBODY;
    check_localpart(r, section, b, is_nobody);
    check_password(r, key, section, b, is_nobody);
    check_mechanisms(r, section, b);
    check_registration(r, section, b);
    check_legacy(r, section, b);
}
