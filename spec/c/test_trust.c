/* SPDX-License-Identifier: MIT */
/*
 * One TLS context for each distinct `tls:` of a configuration: accounts share theirs, and with it the
 * sessions that may be resumed, with those alone that trust the same. Files that will not do are told at
 * their options.
 */
#include "check.h"
#include "loaded.h"
#include "staple.h"

#include "runtime/trust.h"

#define PIN_A "sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define PIN_B "sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e00"

static void account(struct buf *text, int number, const char *tls) {
    buf_addf(text, "  b%d: { jid: b%d@example.org, password: x, tls: %s }\n", number, number, tls);
}

static void load(struct loaded *l, const char *const *tls, int count) {
    struct buf text = BUF_INIT;
    buf_adds(&text, "bots:\n");
    for (int i = 0; i < count; i++)
        account(&text, i, tls[i]);
    loaded_init(l);
    struct cert ca = cert_make(&(struct cert_wish){.name = "CA", .is_ca = true}, NULL);
    struct cert other = cert_make(&(struct cert_wish){.name = "Other", .is_ca = true}, NULL);
    char path[160];
    snprintf(path, sizeof(path), "%s/ca.pem", l->folder);
    cert_save(&ca, path);
    snprintf(path, sizeof(path), "%s/other.pem", l->folder);
    cert_save(&other, path);
    snprintf(path, sizeof(path), "%s/list.pem", l->folder);
    list_save(&(struct list_wish){.revoked = NULL}, &ca, path);
    cert_finish(&ca);
    cert_finish(&other);
    loaded_write(l, "c.yaml", buf_data(&text), buf_len(&text));
    l->config = config_load(l->path, &l->mistakes);
    buf_finish(&text);
}

static void finish(struct loaded *l) {
    char path[160];
    snprintf(path, sizeof(path), "%s/ca.pem", l->folder);
    unlink(path);
    snprintf(path, sizeof(path), "%s/other.pem", l->folder);
    unlink(path);
    snprintf(path, sizeof(path), "%s/list.pem", l->folder);
    unlink(path);
    loaded_finish(l, NULL);
}

static void the_same_is_shared_and_nothing_else(void) {
    static const char *const tls[] = {
        "{ ca_file: ca.pem }",
        "{ ca_file: ca.pem, mode: direct, min_version: 1.2 }", /* trusts the same */
        "{ ca_file: other.pem }",
        "{ ca_file: ca.pem, min_version: 1.3 }",
        "{ ca_file: ca.pem, pin: " PIN_A " }",
        "{ ca_file: ca.pem, pin: " PIN_B " }",
        "{ ca_file: ca.pem, pin: [" PIN_A ", " PIN_B "] }",
        "{ ca_file: ca.pem, certificate: ca.pem, key: ca.pem }",
        "{ ca_file: ca.pem, crl_file: list.pem }",
        "{}",
    };
    enum { COUNT = sizeof(tls) / sizeof(tls[0]) };
    struct tls_context *of[COUNT];
    struct trust trust = {NULL, 0};
    struct loaded l;
    struct err err = ERR_INIT;
    load(&l, tls, COUNT);
    CHECK_INT(l.mistakes.count, 0);
    CHECK_INT(trust_load(&trust, l.config, NULL, &l.mistakes), 0);
    CHECK_INT(trust.count, COUNT - 1);
    for (int i = 0; i < COUNT; i++)
        CHECK((of[i] = trust_for(&trust, &l.config->bots[i], &err)) != NULL);
    CHECK_INT(trust.count, COUNT - 1);
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < i; k++)
            CHECK_INT(of[i] == of[k], i == 1 && k == 0);
    trust_finish(&trust);
    finish(&l);
}

static void files_that_will_not_do(void) {
    static const char *const tls[] = {
        "{ ca_file: none.pem }",
        "{ ca_file: c.yaml }",
        "{ ca_file: ca.pem, certificate: c.yaml, key: ca.pem }",
        "{ ca_file: ca.pem, certificate: ca.pem, key: other.pem }",
        "{ ca_file: ca.pem, crl_file: ca.pem }",
        "{ mode: none, ca_file: none.pem }", /* is never opened */
        "{ mode: none, crl_file: none.pem }",
        "{ ca_file: ca.pem }",
    };
    static const char *const says[] = {"2:59 tls.ca_file /", "3:59 tls.ca_file /", "4:80 tls.certificate /",
                                       "5:93 tls.key /", "6:77 tls.crl_file /"};
    struct trust trust = {NULL, 0};
    struct loaded l;
    load(&l, tls, sizeof(tls) / sizeof(tls[0]));
    size_t before = l.mistakes.count; /* mode: none wants a server on this machine */
    CHECK_INT(trust_load(&trust, l.config, NULL, &l.mistakes), -1);
    CHECK_INT(l.mistakes.count - before, 5);
    loaded_say(&l);
    for (int i = 0; i < 5; i++)
        CHECK_HAS(buf_data(&l.said), says[i]);
    CHECK_INT(trust.count, 1);
    trust_finish(&trust);
    finish(&l);
}

int main(void) {
    RUN(the_same_is_shared_and_nothing_else);
    RUN(files_that_will_not_do);
    return check_done();
}
