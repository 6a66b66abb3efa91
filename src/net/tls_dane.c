/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL is given no name to check: who the certificate is for is looked at by identity.c, which knows more
 * kinds of names, and which is not asked where the server's own key is in DNS.
 *
 * SNI stays the JID's domain: that is how XMPP servers choose among theirs (XEP-0368 3), whereas RFC 7673 4.1
 * would have the target's name there.
 */
#include "net/tls_dane.h"

#include "base/mem.h"
#include "net/tls_internal.h"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <stdio.h>

int tls_dane_use(struct tls *t, const struct dane *d, struct err *err) {
    t->host = mem_strdup(d->host);
    if (d->count == 0)
        return 0;
    if (SSL_CTX_dane_enable(t->context->ssl) != 1 || SSL_dane_enable(t->ssl, NULL) != 1)
        return err_set(err, "cannot set up DANE: %s", tls_reason());
    SSL_dane_set_flags(t->ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    for (size_t i = 0; i < d->count; i++) {
        const struct tlsa *r = &d->list[i];
        int rc = SSL_dane_tlsa_add(t->ssl, r->usage, r->selector, r->matching, r->data, r->len);
        if (rc < 0)
            return err_set(err, "cannot set up DANE: %s", tls_reason());
        t->has_tlsa |= rc > 0;
    }
    ERR_clear_error();
    return 0;
}

void tls_dane_add_key(const struct dane *d, struct buf *key) {
    unsigned char hash[SHA256_DIGEST_LENGTH];
    struct buf all = BUF_INIT;
    for (size_t i = 0; i < d->count; i++) {
        const struct tlsa *r = &d->list[i];
        buf_addf(&all, "%d %d %d %zu ", r->usage, r->selector, r->matching, r->len);
        buf_add(&all, (const char *)r->data, r->len);
    }
    SHA256((const unsigned char *)buf_data(&all), buf_len(&all), hash);
    buf_addf(key, " %s ", d->host != NULL ? d->host : "-");
    for (size_t i = 0; i < sizeof(hash); i++)
        buf_addf(key, "%02x", hash[i]);
    buf_finish(&all);
}

bool tls_dane_is_own(struct tls *t) {
    uint8_t usage, selector, matching;
    if (!t->has_tlsa || SSL_get0_dane_tlsa(t->ssl, &usage, &selector, &matching, NULL, NULL) < 0)
        return false;
    snprintf(t->tlsa, sizeof(t->tlsa), "%u %u %u", usage & 3u, selector & 1u, matching & 3u);
    return usage == TLSA_DANE_EE;
}
