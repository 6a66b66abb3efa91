/* SPDX-License-Identifier: MIT */
/*
 * The lists are handed to each verification, not put into OpenSSL's store: there an old one would stay beside
 * the new one. They are untrusted until then; whether an authority has signed its list is part of the
 * verification.
 */
#include "net/tls_lists.h"

#include "base/mem.h"
#include "net/tls_context.h"
#include "net/tls_words.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdint.h>
#include <string.h>

/* ---- the file ---- */

/* What ends the reading: the file's end, or a list that is damaged. */
static bool is_whole(void) {
    unsigned long e = ERR_peek_last_error();
    return ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
}

/* Until there are no more. 0, or -1. */
static int read_all(BIO *bio, const char *file, STACK_OF(X509_CRL) * list, struct err *err) {
    X509_CRL *one;
    ERR_clear_error();
    while ((one = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) != NULL)
        sk_X509_CRL_push(list, one);
    if (!is_whole())
        return err_set(err, "tls.crl_file %s is damaged: %s", file, tls_reason());
    if (sk_X509_CRL_num(list) > 0)
        return 0;
    return err_set(
        err, "tls.crl_file %s holds no list of revoked certificates in PEM form (-----BEGIN X509 CRL-----)",
        file);
}

/* NULL with the reason. */
static STACK_OF(X509_CRL) * read_lists(const char *file, struct err *err) {
    errno = 0;
    BIO *bio = BIO_new_file(file, "r");
    STACK_OF(X509_CRL) *list = bio != NULL ? sk_X509_CRL_new_null() : NULL;
    if (list == NULL) {
        err_set(err, "tls.crl_file %s: %s", file, strerror(errno));
    } else if (read_all(bio, file, list, err) < 0) {
        sk_X509_CRL_pop_free(list, X509_CRL_free);
        list = NULL;
    }
    BIO_free(bio);
    ERR_clear_error();
    return list;
}

/* Notes what is read before it is: a change meanwhile is seen the next time. */
static void look(const char *file, struct stat *seen) {
    if (stat(file, seen) != 0)
        memset(seen, 0, sizeof(*seen));
}

static bool is_same(const struct stat *a, const struct stat *b) {
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int tls_lists_open(struct tls_lists *l, const char *file, struct err *err) {
    look(file, &l->seen);
    l->list = read_lists(file, err);
    if (l->list == NULL)
        return -1;
    l->file = mem_strdup(file);
    return 0;
}

void tls_lists_finish(struct tls_lists *l) {
    sk_X509_CRL_pop_free(l->list, X509_CRL_free);
    mem_free(l->file);
    mem_free(l->trouble);
    memset(l, 0, sizeof(*l));
}

void tls_lists_refresh(struct tls_lists *l) {
    struct stat now;
    struct err err = ERR_INIT;
    if (l->file == NULL)
        return;
    look(l->file, &now);
    if (is_same(&now, &l->seen))
        return;
    l->seen = now;
    mem_free(l->trouble);
    l->trouble = NULL;
    STACK_OF(X509_CRL) *list = read_lists(l->file, &err);
    if (list == NULL) {
        l->trouble = mem_strdup(err.text);
        return;
    }
    sk_X509_CRL_pop_free(l->list, X509_CRL_free);
    l->list = list;
    l->round++;
}

/* ---- looking up ---- */

/* An anchor is trusted by the owner's word: no list need say so. One that names it counts all the same. */
static bool is_of_anchor(X509_STORE_CTX *store) {
    int depth = X509_STORE_CTX_get_error_depth(store);
    return depth == sk_X509_num(X509_STORE_CTX_get0_chain(store)) - 1 &&
           depth >= X509_STORE_CTX_get_num_untrusted(store);
}

static int on_verdict(int good, X509_STORE_CTX *store) {
    int error = X509_STORE_CTX_get_error(store);
    bool is_listed = error == X509_V_ERR_CERT_REVOKED;
    if (good || is_listed || !tls_words_is_revocation(error) || !is_of_anchor(store))
        return good;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

void tls_lists_use(const struct tls_lists *l, X509_STORE_CTX *store) {
    if (l->file == NULL)
        return;
    X509_STORE_CTX_set0_crls(store, l->list);
    X509_STORE_CTX_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    X509_STORE_CTX_set_verify_cb(store, on_verdict);
}

/* A list without an end lasts. */
static time_t end_of(const X509_CRL *list) {
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list);
    struct tm tm;
    return next != NULL && ASN1_TIME_to_tm(next, &tm) == 1 ? timegm(&tm) : (time_t)INT64_MAX;
}

/* The next list of its authority, from *at on, which moves on. NULL: there are no more. */
static X509_CRL *next_of(const struct tls_lists *l, X509 *c, int *at) {
    while (*at < sk_X509_CRL_num(l->list)) {
        X509_CRL *one = sk_X509_CRL_value(l->list, (*at)++);
        if (X509_NAME_cmp(X509_CRL_get_issuer(one), X509_get_issuer_name(c)) == 0)
            return one;
    }
    return NULL;
}

static X509_CRL *newest_of(const struct tls_lists *l, X509 *c) {
    X509_CRL *newest = NULL, *one;
    for (int at = 0; (one = next_of(l, c, &at)) != NULL;)
        if (newest == NULL || end_of(one) > end_of(newest))
            newest = one;
    return newest;
}

X509_CRL *tls_lists_find(const struct tls_lists *l, X509 *c) {
    X509_CRL *one;
    X509_REVOKED *entry;
    if (c == NULL)
        return NULL;
    for (int at = 0; (one = next_of(l, c, &at)) != NULL;)
        if (X509_CRL_get0_by_cert(one, &entry, c) == 1)
            return one;
    return newest_of(l, c);
}

/* The chain is good: an older list that a certificate is still on has ended, and no longer speaks of it. */
time_t tls_lists_end(const struct tls_lists *l, STACK_OF(X509) * chain, time_t most) {
    for (int i = 0; i < sk_X509_num(chain) - 1; i++) {
        const X509_CRL *list = newest_of(l, sk_X509_value(chain, i));
        if (list != NULL && end_of(list) < most)
            most = end_of(list);
    }
    return most;
}
