/* SPDX-License-Identifier: MIT */
/*
 * What is asked of a session that is up: what it is, how long its certificate is good, and whether it still
 * is. A proof that it was not revoked is only as new as the handshake; the lists are the file's of now.
 */
#include "net/tls_internal.h"
#include "net/tls_trust.h"

#include <openssl/err.h>

struct conn_tls_info tls_info(const struct tls *t) {
    const unsigned char *chosen;
    unsigned len;
    SSL_get0_alpn_selected(t->ssl, &chosen, &len);
    return (struct conn_tls_info){.version = SSL_get_version(t->ssl),
                                  .cipher = SSL_get_cipher_name(t->ssl),
                                  .alpn = len > 0 ? t->alpn : NULL,
                                  .resumed = SSL_session_reused(t->ssl),
                                  .proven = t->proven,
                                  .no_proof = t->no_proof,
                                  .old_lists = t->context->lists.trouble,
                                  .tlsa = t->tlsa[0] != '\0' ? t->tlsa : NULL};
}

int64_t tls_good_for_s(const struct tls *t) {
    time_t now = time(NULL);
    return t->good_until == TLS_FOR_EVER ? INT64_MAX : (int64_t)(t->good_until - now);
}

bool tls_has_lists(const struct tls *t) {
    return t->context->lists.file != NULL;
}

static enum tls_verdict verdict_on_proof(struct tls *t) {
    time_t now = time(NULL);
    if (!t->demands_proof || now < t->proof_until)
        return TLS_STILL_GOOD;
    tls_set_why(t, "must come with a proof that it was not revoked (must-staple, RFC 7633), and the one that "
                   "the server showed has run out");
    return now < t->proof_end ? TLS_WANTS_PROOF : TLS_GOOD_NO_MORE;
}

/* What was verified by other lists is not gone on with. */
void tls_read_lists(struct tls *t) {
    struct tls_context *context = t->context;
    unsigned before = context->lists.round;
    tls_lists_refresh(&context->lists);
    if (context->lists.round != before)
        tickets_finish(&context->tickets);
    t->lists_round = context->lists.round;
}

enum tls_verdict tls_look_again(struct tls *t) {
    tls_read_lists(t);
    ERR_clear_error();
    bool good = tls_verify_again(t);
    ERR_clear_error();
    if (!good)
        t->good_until = 0; /* nor is a ticket of it that comes now */
    return good ? verdict_on_proof(t) : TLS_GOOD_NO_MORE;
}
