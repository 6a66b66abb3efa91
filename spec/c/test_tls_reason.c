/* SPDX-License-Identifier: MIT */
/* The words of OpenSSL's errors come when they are asked for. Nothing of OpenSSL's may run here before. */
#include "check.h"
#include "net/tls_context.h"

#include <openssl/err.h>

static void loads_no_words_at_the_start(void) {
    tls_without_words();
    tls_without_words();
    ERR_clear_error();
    CHECK(ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_WRONG_VERSION_NUMBER)) == NULL);
}

static void has_words_for_an_error(void) {
    ERR_raise(ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER);
    CHECK_STR(tls_reason(), "wrong version number");
    CHECK(ERR_peek_error() == 0);
    SSL_CTX *ssl = SSL_CTX_new(TLS_client_method());
    CHECK_INT(SSL_CTX_use_certificate_chain_file(ssl, "/dev/null"), 0);
    CHECK_STR(tls_reason(), "PEM lib");
    SSL_CTX_free(ssl);
}

static void has_words_of_the_system(void) {
    ERR_raise(ERR_LIB_SYS, ENOENT);
    CHECK_STR(tls_reason(), strerror(ENOENT));
}

static void says_that_there_is_none(void) {
    CHECK_STR(tls_reason(), "no reason given");
    ERR_raise(ERR_LIB_USER, 77);
    CHECK_STR(tls_reason(), "unknown error");
}

int main(void) {
    RUN(loads_no_words_at_the_start);
    RUN(has_words_for_an_error);
    RUN(has_words_of_the_system);
    RUN(says_that_there_is_none);
    return check_done();
}
