/* SPDX-License-Identifier: MIT */
/*
 * fuzz_records: the data of SRV and TLSA records as a validating resolver hands it over. Promised: nothing is
 * read behind its end; a target is a host's name, or "."; what is usable of TLSA has data of the right
 * length, and OpenSSL can take it.
 */
#include "fuzz.h"
#include "net/srv.h"
#include "net/tlsa.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

static void check_srv(struct str in) {
    struct srv_record r;
    if (!srv_read(in, &r))
        return;
    demand(r.target[0] != '\0' && strlen(r.target) < in.len, "a target has a name, no longer than the data");
    for (const char *p = r.target; *p != '\0'; p++)
        demand((unsigned char)*p > ' ' && (unsigned char)*p < 0x7f, "it is printable ASCII");
    demand(strcmp(r.target, ".") == 0 || strstr(r.target, "..") == NULL, "no label is empty");
    mem_free(r.target);
}

static void check_tlsa(struct str in, SSL_CTX *ctx) {
    struct tlsa r;
    SSL *ssl;
    if (!tlsa_read(in, &r))
        return;
    demand(r.usage <= 3 && r.selector <= 1 && r.matching <= 2, "its kind is known");
    demand(r.len > 0 && r.len == in.len - 3, "its data is all there is");
    demand(r.matching == 0 || r.len == (r.matching == 1 ? 32 : 64), "a hash has its length");
    demand((ssl = SSL_new(ctx)) != NULL && SSL_dane_enable(ssl, NULL) == 1, "there is memory");
    demand(SSL_dane_tlsa_add(ssl, r.usage, r.selector, r.matching, r.data, r.len) >= 0,
           "OpenSSL takes or leaves it");
    SSL_free(ssl);
    ERR_clear_error();
    mem_free(r.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static SSL_CTX *ctx; /* one for good */
    if (ctx == NULL && ((ctx = SSL_CTX_new(TLS_client_method())) == NULL || SSL_CTX_dane_enable(ctx) != 1))
        demand(false, "OpenSSL has DANE");
    struct str in = fuzz_bytes(data, len);
    check_srv(in);
    check_tlsa(in, ctx);
    fuzz_bytes_free(in);
    return 0;
}
