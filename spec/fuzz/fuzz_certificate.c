/* SPDX-License-Identifier: MIT */
/*
 * fuzz_certificate: a server's certificate (DER): whose is it, and what is said of it to people. Promised:
 * whatever stands in it can be told, on one line of UTF-8; where its names are limited it is for no more
 * domains than without limits.
 */
#include "base/utf8.h"
#include "fuzz.h"
#include "net/identity.h"
#include "net/tls_words.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

static void check_words(const char *text) {
    demand(utf8_is_valid(text, strlen(text)), "words are UTF-8");
    for (const char *p = text; *p != '\0'; p++)
        demand((unsigned char)*p >= 0x20 && *p != 0x7f, "words are one line");
}

static void check_names(X509 *x) {
    static const char *const domains[] = {"example.org", "\u00fc.example", "127.0.0.1", "[2001:db8::1]",
                                          "a.b.example.org"};
    char words[TLS_WORDS_LEN];
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
        bool is_for = identity_is_for(x, domains[i], false);
        demand(is_for || !identity_is_for(x, domains[i], true), "limits only take away");
        for (int limited = 0; limited < 2; limited++)
            check_words(tls_words_names(x, domains[i], limited, words));
    }
    for (size_t cap = 1; cap < 300; cap += 97) {
        char *names = mem_alloc(cap);
        identity_names(x, names, cap);
        demand(strlen(names) < cap, "names fit");
        check_words(names);
        mem_free(names);
    }
}

static void check_chain(X509 *x) {
    char words[TLS_WORDS_LEN];
    X509_STORE *none = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    X509_STORE_CTX_init(ctx, none, x, NULL);
    demand(X509_verify_cert(ctx) != 1, "nobody is trusted here");
    check_words(tls_words_chain(ctx, NULL, words));
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(none);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    const unsigned char *at = data;
    X509 *x = d2i_X509(NULL, &at, (long)len);
    if (x != NULL) {
        check_names(x);
        check_chain(x);
        X509_free(x);
    }
    ERR_clear_error();
    return 0;
}
