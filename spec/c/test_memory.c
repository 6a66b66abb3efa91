/* SPDX-License-Identifier: MIT */
/* What an account remembers of its server: its form on disk, and keys that belong to one password. */
#include "check.h"

#include "xmpp/memory.h"

#define FIRST "couplet-memory 1\n"

static void read_as(struct memory *m, const char *text, int result, const char *why) {
    struct err err = ERR_INIT;
    CHECK_INT(memory_read(m, str_of(text), &err), result);
    CHECK_HAS(err.text, why);
}

static void written(struct memory *m, const char *text) {
    struct buf out = BUF_INIT;
    memory_write(m, &out);
    CHECK_STR(buf_data(&out), text);
    buf_finish(&out);
}

static void nothing_yet(void) {
    struct memory *m = memory_new();
    CHECK(memory_mechanism(m) == NULL && memory_binding(m) == NULL && memory_strongest(m) == NULL);
    CHECK(!memory_is_changed(m) && !memory_is_vouched(m));
    written(m, FIRST);
    memory_free(m);
    memory_free(NULL);
}

static void there_and_back(void) {
    struct memory *m = memory_new(), *copy = memory_new();
    struct buf out = BUF_INIT;
    memory_logged_in(m, "SCRAM-SHA-256-PLUS", "tls-exporter", "SCRAM-SHA-512-PLUS", true);
    CHECK(memory_is_changed(m));
    memory_write(m, &out);
    CHECK(!memory_is_changed(m));
    CHECK_STR(buf_data(&out), FIRST "worked SCRAM-SHA-256-PLUS tls-exporter\nstrongest SCRAM-SHA-512-PLUS\n"
                                    "vouched\n");
    read_as(copy, buf_data(&out), 0, "");
    CHECK_STR(memory_mechanism(copy), "SCRAM-SHA-256-PLUS");
    CHECK_STR(memory_binding(copy), "tls-exporter");
    CHECK_STR(memory_strongest(copy), "SCRAM-SHA-512-PLUS");
    CHECK(memory_is_vouched(copy) && !memory_is_changed(copy));
    written(copy, buf_data(&out));
    buf_finish(&out);
    memory_free(m);
    memory_free(copy);
}

static void the_same_again_is_no_change(void) {
    struct memory *m = memory_new();
    memory_logged_in(m, "PLAIN", NULL, "PLAIN", false);
    written(m, FIRST "worked PLAIN\nstrongest PLAIN\n");
    memory_logged_in(m, "PLAIN", NULL, "PLAIN", false);
    CHECK(!memory_is_changed(m));
    memory_logged_in(m, "PLAIN", NULL, "PLAIN", true);
    CHECK(memory_is_changed(m));
    memory_free(m);
}

static void lines_of_later_versions(void) {
    struct memory *m = memory_new();
    read_as(m, FIRST "planet earth\n\nworked PLAIN\nworkedout x\n", 0, "");
    CHECK_STR(memory_mechanism(m), "PLAIN");
    memory_free(m);
}

/* Whoever gives a bot another account begins anew. */
static void whose(void) {
    static const char text[] = FIRST "account dGltQGV4YW1wbGUub3Jn\nworked PLAIN\n";
    struct memory *m = memory_new(), *other = memory_new(), *anybodys = memory_new();
    memory_belongs_to(m, "tim@example.org");
    read_as(m, text, 0, "");
    CHECK_STR(memory_mechanism(m), "PLAIN");
    written(m, text);
    memory_belongs_to(other, "tim@example.net");
    read_as(other, text, -1, "another account");
    read_as(other, FIRST "account ?\nworked PLAIN\n", -1, "another account");
    CHECK(memory_mechanism(other) == NULL);
    read_as(other, FIRST "worked PLAIN\n", 0, "");
    read_as(anybodys, text, 0, "");
    CHECK_STR(memory_mechanism(anybodys), "PLAIN");
    memory_free(m);
    memory_free(other);
    memory_free(anybodys);
}

static void damaged(void) {
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "line 1"},
        {"couplet-memory 2\n", "line 1"},
        {"couplet-stream 1\n", "line 1"},
        {FIRST "worked\n", "line 2"},
        {FIRST "worked \n", "line 2"},
        {FIRST "worked  x\n", "line 2"},
        {FIRST "worked PLAIN x y\n", "line 2"},
        {FIRST "worked PL'AIN\n", "line 2"},
        {FIRST "worked PLAIN\nstrongest a/b\n", "line 3"},
        {FIRST "strongest\n", "line 2"},
        {FIRST "strongest PLAIN PLAIN\n", "line 2"},
        {FIRST "vouched yes\n", "line 2"},
        {FIRST "worked xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", "line 2"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct memory *m = memory_new();
        read_as(m, rows[i].text, -1, rows[i].why);
        memory_free(m);
    }
}

/* A line may hold a secret; the error goes to a log. */
static void errors_quote_nothing(void) {
    struct memory *m = memory_new();
    struct err err = ERR_INIT;
    CHECK_INT(memory_read(m, STR_LIT(FIRST "worked hush/hush\n"), &err), -1);
    CHECK(strstr(err.text, "hush") == NULL);
    memory_free(m);
}

static const unsigned char client[32] = "client key of thirty-two bytes.", server[32] = "server key";

static struct memory_keys keys_of(const char *hash, const char *salt, uint32_t iterations,
                                  const char *password) {
    return (struct memory_keys){hash, str_of(salt), iterations, password};
}

static bool finds(struct memory *m, const char *hash, const char *salt, uint32_t iterations,
                  const char *password) {
    unsigned char c[32] = {0}, s[32] = {0};
    struct memory_keys of = keys_of(hash, salt, iterations, password);
    bool found = memory_find_keys(m, &of, c, s, sizeof(c));
    CHECK_INT(found, memcmp(c, client, 32) == 0 && memcmp(s, server, 32) == 0);
    return found;
}

static void keys(void) {
    struct memory *m = memory_new();
    struct memory_keys of = keys_of("SCRAM-SHA-256", "salt", 4096, "pencil");
    CHECK(!finds(m, "SCRAM-SHA-256", "salt", 4096, "pencil"));
    memory_keep_keys(m, &of, client, server, 32);
    CHECK(finds(m, "SCRAM-SHA-256", "salt", 4096, "pencil"));
    CHECK(!finds(m, "SCRAM-SHA-256", "salty", 4096, "pencil"));
    CHECK(!finds(m, "SCRAM-SHA-256", "sal", 4096, "pencil"));
    CHECK(!finds(m, "SCRAM-SHA-256", "salt", 4097, "pencil"));
    CHECK(!finds(m, "SCRAM-SHA-1", "salt", 4096, "pencil"));
    CHECK(finds(m, "SCRAM-SHA-256", "salt", 4096, "pencil"));
    CHECK(!finds(m, "SCRAM-SHA-256", "salt", 4096, "crayon")); /* the password was changed ... */
    CHECK(!finds(m, "SCRAM-SHA-256", "salt", 4096, "pencil")); /* ... and its keys are gone */
    memory_keep_keys(m, &of, client, server, 32);
    memory_drop_keys(m);
    CHECK(!finds(m, "SCRAM-SHA-256", "salt", 4096, "pencil"));
    memory_free(m);
}

/* They are as good as the password, and not for the disk. */
static void keys_are_not_written(void) {
    struct memory *m = memory_new();
    struct memory_keys of = keys_of("SCRAM-SHA-256", "salt", 4096, "pencil");
    memory_keep_keys(m, &of, client, server, 32);
    CHECK(!memory_is_changed(m));
    written(m, FIRST);
    memory_free(m);
}

static void endless_salt(void) {
    struct memory *m = memory_new();
    char salt[400];
    memset(salt, 'x', 399);
    salt[399] = '\0';
    struct memory_keys of = keys_of("SCRAM-SHA-256", salt, 4096, "pencil");
    memory_keep_keys(m, &of, client, server, 32);
    CHECK(!finds(m, "SCRAM-SHA-256", salt, 4096, "pencil"));
    memory_free(m);
}

int main(void) {
    RUN(nothing_yet);
    RUN(there_and_back);
    RUN(the_same_again_is_no_change);
    RUN(lines_of_later_versions);
    RUN(whose);
    RUN(damaged);
    RUN(errors_quote_nothing);
    RUN(keys);
    RUN(keys_are_not_written);
    RUN(endless_salt);
    return check_done();
}
