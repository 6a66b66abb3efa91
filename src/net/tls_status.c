/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL calls us once in each handshake, when the chain has been verified and before our side is sent,
 * whether something was stapled or not. An answer counts when the authority of the certificate has signed
 * it, or somebody whom that very authority named for it (RFC 6960 4.2.2.2): the only anchor it is verified
 * against is that authority.
 *
 * Where the server's own key is what is trusted (a pin, DANE-EE) no authority has a say, nor has it in this.
 */
#include "net/tls_status.h"

#include "base/mem.h"
#include "net/tls_internal.h"
#include "net/tls_words.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400, FEATURE_STATUS_REQUEST = 5, WHY_LEN = 200 };

/* What an answer says of the certificate. */
struct said {
    bool is_good, is_revoked;
    time_t until;      /* if it is good */
    char why[WHY_LEN]; /* if it says neither: after "the answer that the server staples" */
    ASN1_TIME *since;  /* if it is revoked; borrowed from the answer */
    int reason;        /* the same; -1: none is given */
};

/* ---- whose it is ---- */

static bool is_hash_broken(OCSP_BASICRESP *answer) {
    const ASN1_OBJECT *object;
    int hash = NID_undef;
    X509_ALGOR_get0(&object, NULL, NULL, OCSP_resp_get0_tbs_sigalg(answer));
    OBJ_find_sigid_algs(OBJ_obj2nid(object), &hash, NULL);
    return hash == NID_sha1 || hash == NID_md5;
}

static bool is_signed(OCSP_BASICRESP *answer, X509 *authority) {
    X509_STORE *anchors = X509_STORE_new();
    STACK_OF(X509) *signers = sk_X509_new_null();
    bool good = anchors != NULL && signers != NULL && !is_hash_broken(answer) &&
                X509_STORE_add_cert(anchors, authority) == 1 &&
                X509_STORE_set_flags(anchors, X509_V_FLAG_PARTIAL_CHAIN) == 1 &&
                sk_X509_push(signers, authority) > 0 &&
                OCSP_basic_verify(answer, signers, anchors, OCSP_NOEXPLICIT) == 1;
    sk_X509_free(signers);
    X509_STORE_free(anchors);
    return good;
}

/* The answer names the certificate by hashes of its authority's name and key, whichever it likes. */
static bool is_about(OCSP_SINGLERESP *one, X509 *leaf, X509 *authority) {
    OCSP_CERTID *theirs = (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(one);
    ASN1_OBJECT *hash = NULL;
    OCSP_id_get0_info(NULL, &hash, NULL, NULL, theirs);
    const EVP_MD *md = EVP_get_digestbyobj(hash);
    OCSP_CERTID *ours = md ? OCSP_cert_to_id(md, leaf, authority) : NULL;
    bool same = ours != NULL && OCSP_id_cmp(ours, theirs) == 0;
    OCSP_CERTID_free(ours);
    return same;
}

/* ---- what it says ---- */

static time_t time_of(const ASN1_TIME *when) {
    struct tm tm;
    return when != NULL && ASN1_TIME_to_tm(when, &tm) == 1 ? timegm(&tm) : 0;
}

static void say_why_stale(struct said *said, time_t from, time_t until) {
    struct tm tm;
    char date[32];
    bool is_early = from > time(NULL);
    time_t when = is_early ? from : until;
    gmtime_r(&when, &tm);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
    snprintf(said->why, WHY_LEN, is_early ? "is of a time to come, %s" : "was good until %s", date);
}

/* That it is revoked stays true when the answer is old. Without an end it is good for a day. */
static void read_one(OCSP_SINGLERESP *one, struct said *said) {
    ASN1_GENERALIZEDTIME *since, *from, *next;
    int reason = -1, status = OCSP_single_get0_status(one, &reason, &since, &from, &next);
    time_t until = next != NULL ? time_of(next) : time_of(from) + DAY_S;
    if (status == V_OCSP_CERTSTATUS_REVOKED) {
        *said = (struct said){.is_revoked = true, .since = since, .reason = reason};
    } else if (OCSP_check_validity(from, next, TLS_STATUS_SLACK_S, next ? -1 : DAY_S) != 1) {
        say_why_stale(said, time_of(from), until);
    } else if (status == V_OCSP_CERTSTATUS_GOOD) {
        said->is_good = true;
        said->until = until;
    } else {
        snprintf(said->why, WHY_LEN, "says that its authority does not know it");
    }
}

static void read_answer(OCSP_BASICRESP *answer, X509 *leaf, X509 *authority, struct said *said) {
    snprintf(said->why, WHY_LEN, "is about another certificate");
    for (int i = 0; i < OCSP_resp_count(answer) && !said->is_revoked; i++)
        if (is_about(OCSP_resp_get0(answer, i), leaf, authority))
            read_one(OCSP_resp_get0(answer, i), said);
    if (said->is_revoked || said->is_good)
        said->why[0] = '\0';
}

/* NULL: why is set. */
static OCSP_BASICRESP *parse(const unsigned char *der, long len, struct said *said) {
    OCSP_BASICRESP *answer = NULL;
    OCSP_RESPONSE *whole = d2i_OCSP_RESPONSE(NULL, &der, len);
    int status = whole ? OCSP_response_status(whole) : OCSP_RESPONSE_STATUS_SUCCESSFUL;
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        snprintf(said->why, WHY_LEN, "is an error, %s", OCSP_response_status_str(status));
    else if (whole == NULL || (answer = OCSP_response_get1_basic(whole)) == NULL)
        snprintf(said->why, WHY_LEN, "is damaged");
    OCSP_RESPONSE_free(whole);
    return answer;
}

/* ---- what becomes of it ---- */

static int refuse(struct tls *t, const char *text) {
    tls_set_why(t, text);
    t->untrusted = true;
    return 0;
}

static int refuse_unproven(struct tls *t, const struct said *said) {
    static const char rule[] = "must come with a proof that it was not revoked (must-staple, RFC 7633), and";
    char text[TLS_WORDS_LEN];
    if (said->why[0] == '\0')
        snprintf(text, sizeof(text), "%s the server shows none: OCSP stapling must be switched on there",
                 rule);
    else
        snprintf(text, sizeof(text), "%s the answer that the server staples %s", rule, said->why);
    return refuse(t, text);
}

static void take_proof(struct tls *t, time_t until) {
    time_t end = until + TLS_STATUS_SLACK_S;
    t->proven = true;
    if (!t->demands_proof)
        return;
    t->proof_until = time(NULL) < until ? until : end;
    t->proof_end = end;
    if (t->proof_until < t->good_until)
        t->good_until = t->proof_until;
}

static int judge(struct tls *t, const struct said *said) {
    char text[TLS_WORDS_LEN];
    if (said->is_revoked)
        return refuse(t, tls_words_revoked(NULL, said->since, said->reason, text));
    if (said->is_good)
        take_proof(t, said->until);
    else if (t->demands_proof)
        return refuse_unproven(t, said);
    else if (said->why[0] != '\0')
        t->no_proof = mem_strdup(said->why);
    return 1;
}

/* chain: the authority is the second one; an anchor that shows itself has none. */
static int look_at(struct tls *t, const unsigned char *der, long len) {
    STACK_OF(X509) *chain = SSL_get0_verified_chain(t->ssl);
    X509 *leaf = sk_X509_value(chain, 0), *authority = sk_X509_value(chain, 1);
    struct said said = {0};
    OCSP_BASICRESP *answer = NULL;
    if (len > 0 && authority != NULL)
        answer = parse(der, len, &said);
    if (answer != NULL && is_signed(answer, authority))
        read_answer(answer, leaf, authority, &said);
    else if (answer != NULL)
        snprintf(said.why, WHY_LEN, "is not signed by its authority");
    int result = judge(t, &said);
    OCSP_BASICRESP_free(answer);
    return result;
}

/* Of a session that goes on nothing is shown anew; the certificates were looked at in its first handshake. */
static int on_status(SSL *ssl, void *unused) {
    struct tls *t = SSL_get_app_data(ssl);
    const unsigned char *der = NULL;
    (void)unused;
    if (SSL_session_reused(ssl) || !t->by_chain)
        return 1;
    long len = SSL_get_tlsext_status_ocsp_resp(ssl, &der);
    int result = look_at(t, der, der != NULL ? len : 0);
    SSL_set_tlsext_status_ocsp_resp(ssl, NULL, 0); /* it would stay for as long as the connection */
    ERR_clear_error();
    return result;
}

void tls_status_ask(SSL_CTX *ssl) {
    SSL_CTX_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
    SSL_CTX_set_tlsext_status_cb(ssl, on_status);
}

/* ---- must-staple ---- */

/* An extension that cannot be read demands it. */
static bool demands(X509 *c) {
    int there = -1;
    TLS_FEATURE *features = X509_get_ext_d2i(c, NID_tlsfeature, &there, NULL);
    bool found = features == NULL && there != -1;
    for (int i = 0; i < sk_ASN1_INTEGER_num(features) && !found; i++)
        found = ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == FEATURE_STATUS_REQUEST;
    sk_ASN1_INTEGER_pop_free(features, ASN1_INTEGER_free);
    return found;
}

/* What an authority has, its certificates have (RFC 7633 4.2.2). A server's own certificate that is the
 * anchor is nobody's to revoke. */
bool tls_status_is_demanded(X509_STORE_CTX *store) {
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(store);
    if (sk_X509_num(chain) == 1 && X509_STORE_CTX_get_num_untrusted(store) == 0)
        return false;
    for (int i = 0; i < sk_X509_num(chain); i++)
        if (demands(sk_X509_value(chain, i)))
            return true;
    return false;
}
