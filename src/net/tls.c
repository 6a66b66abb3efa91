/* SPDX-License-Identifier: MIT */
/*
 * The BIO under OpenSSL has no memory of its own: it reads from the slice that was fed and appends to the
 * context's wire. OpenSSL keeps a record that is cut, and with SSL_MODE_RELEASE_BUFFERS nothing else.
 * Whether a certificate is good is tls_trust.c's to say.
 */
#include "net/tls.h"

#include "base/mem.h"
#include "net/address.h"
#include "net/name.h"
#include "net/tls_binding.h"
#include "net/tls_dane.h"
#include "net/tls_internal.h"
#include "net/tls_status.h"
#include "net/tls_trust.h"
#include "net/tls_words.h"

#include <assert.h>
#include <openssl/err.h>
#include <stdio.h>

void tls_set_why(struct tls *t, const char *text) {
    mem_free(t->why);
    t->why = mem_strdup(text);
}

/* ---- the BIO ---- */

static int bio_read(BIO *bio, char *out, size_t cap, size_t *len) {
    struct tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (t->in_len == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    *len = cap < t->in_len ? cap : t->in_len;
    memcpy(out, t->in, *len);
    t->in += *len;
    t->in_len -= *len;
    return 1;
}

static int bio_write(BIO *bio, const char *bytes, size_t len, size_t *written) {
    struct tls *t = BIO_get_data(bio);
    buf_add(&t->context->wire, bytes, len);
    *written = len;
    return 1;
}

static long bio_ctrl(BIO *bio, int what, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return what == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_bio_method(void) {
    BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "couplet");
    if (m == NULL)
        return NULL;
    BIO_meth_set_read_ex(m, bio_read);
    BIO_meth_set_write_ex(m, bio_write);
    BIO_meth_set_ctrl(m, bio_ctrl);
    return m;
}

/* ---- the session ---- */

/* No SNI for an address (RFC 6066 3). */
static int set_server_name(struct tls *t, struct err *err) {
    union address literal;
    if (address_parse(t->domain, 0, &literal))
        return 0;
    char *name = name_to_ascii(t->domain, err);
    if (name == NULL)
        return -1;
    SSL_set_tlsext_host_name(t->ssl, name);
    mem_free(name);
    return 0;
}

/* RFC 7301 3.1: a list of names, each behind its length; here of one. */
static void offer_alpn(struct tls *t) {
    unsigned char list[256];
    size_t len = t->alpn ? strlen(t->alpn) : 0;
    assert(len < sizeof(list));
    if (len == 0)
        return;
    list[0] = (unsigned char)len;
    memcpy(list + 1, t->alpn, len);
    SSL_set_alpn_protos(t->ssl, list, (unsigned)len + 1);
}

/* A server that knows nothing of ALPN will do. */
static bool is_alpn_good(struct tls *t) {
    const unsigned char *chosen;
    unsigned len;
    SSL_get0_alpn_selected(t->ssl, &chosen, &len);
    return len == 0 || (t->alpn != NULL && strlen(t->alpn) == len && memcmp(chosen, t->alpn, len) == 0);
}

static void offer_ticket(struct tls *t) {
    SSL_SESSION *session;
    if (!tickets_take(&t->context->tickets, t->key, time(NULL), &session, &t->good_until))
        return;
    t->offered = SSL_set_session(t->ssl, session) == 1;
    SSL_SESSION_free(session);
}

static void keep(struct tls *t, SSL_SESSION *session) {
    if (t->lists_round != t->context->lists.round)
        return;
    tickets_put(&t->context->tickets, t->key, session, t->good_until, time(NULL));
}

int tls_keep_session(SSL *ssl, SSL_SESSION *session) {
    keep(SSL_get_app_data(ssl), session);
    return 0; /* it was copied */
}

static int set_up(struct tls *t, const struct dane *dane, struct err *err) {
    BIO *bio;
    ERR_clear_error();
    if ((t->ssl = SSL_new(t->context->ssl)) == NULL || (bio = BIO_new(t->context->bio)) == NULL)
        return err_set(err, "cannot set up TLS: %s", tls_reason());
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_app_data(t->ssl, t);
    SSL_set_connect_state(t->ssl);
    if (dane != NULL && tls_dane_use(t, dane, err) != 0)
        return -1;
    offer_alpn(t);
    tls_read_lists(t);
    offer_ticket(t);
    return set_server_name(t, err);
}

struct tls *tls_new(struct tls_context *context, const struct tls_wish *wish, struct err *err) {
    struct tls *t = mem_new(struct tls);
    struct buf key = BUF_INIT;
    buf_addf(&key, "%s %u", wish->domain, (unsigned)wish->port);
    if (wish->dane != NULL)
        tls_dane_add_key(wish->dane, &key);
    t->context = context;
    t->domain = mem_strdup(wish->domain);
    t->alpn = mem_strdup(wish->alpn);
    t->key = buf_detach(&key);
    t->good_until = TLS_FOR_EVER;
    if (set_up(t, wish->dane, err) == 0)
        return t;
    tls_free(t);
    return NULL;
}

void tls_free(struct tls *t) {
    if (t == NULL)
        return;
    if (t->offered && !t->ready) /* a server that trips over tickets shall do so once */
        tickets_shun(&t->context->tickets, t->key, time(NULL));
    SSL_free(t->ssl);
    mem_free(t->domain);
    mem_free(t->host);
    mem_free(t->alpn);
    mem_free(t->key);
    mem_free(t->why);
    mem_free(t->no_proof);
    mem_free(t);
}

void tls_feed(struct tls *t, const char *bytes, size_t len) {
    assert(t->in_len == 0 && buf_len(&t->context->wire) == 0);
    t->in = bytes;
    t->in_len = len;
}

/* OpenSSL's newest error, and what it means. */
static void set_why_broken(struct tls *t) {
    const char *meaning = tls_words_broken(ERR_peek_last_error()), *reason = tls_reason();
    char text[300];
    snprintf(text, sizeof(text), "%s%s", reason, meaning);
    tls_set_why(t, text);
}

static enum tls_event trouble(struct tls *t, int rc) {
    switch (SSL_get_error(t->ssl, rc)) {
    case SSL_ERROR_WANT_READ:
        return TLS_WANTS_INPUT;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    default:
        break;
    }
    t->in_len = 0;
    if (t->untrusted) { /* no session of before may do without the look that found it so */
        ERR_clear_error();
        tickets_shun(&t->context->tickets, t->key, time(NULL));
        return TLS_UNTRUSTED;
    }
    set_why_broken(t);
    return TLS_FAILED;
}

/* Its proof is the one of the first handshake, and good for as long as the ticket was. */
static void go_on_with_proof(struct tls *t) {
    if (!SSL_session_reused(t->ssl))
        return;
    t->proof_until = t->good_until;
    t->proof_end = t->good_until == TLS_FOR_EVER ? TLS_FOR_EVER : t->good_until + TLS_STATUS_SLACK_S;
}

/* Under TLS 1.2 the same session may be resumed again, and a server need not give a new ticket for it. */
static void keep_resumed(struct tls *t) {
    if (SSL_session_reused(t->ssl) && SSL_version(t->ssl) < TLS1_3_VERSION)
        keep(t, SSL_get0_session(t->ssl));
}

static enum tls_event handshake(struct tls *t) {
    int rc = SSL_do_handshake(t->ssl);
    if (rc != 1)
        return trouble(t, rc);
    if (is_alpn_good(t)) {
        t->ready = true;
        go_on_with_proof(t);
        keep_resumed(t);
        return TLS_READY;
    }
    t->in_len = 0;
    tls_set_why(t, "the server chose another protocol than the one that was asked for (ALPN)");
    return TLS_FAILED;
}

enum tls_event tls_step(struct tls *t, const char **bytes, size_t *len) {
    ERR_clear_error();
    if (!t->ready)
        return handshake(t);
    int rc = SSL_read_ex(t->ssl, t->context->plain, sizeof(t->context->plain), len);
    *bytes = t->context->plain;
    return rc == 1 ? TLS_DATA : trouble(t, rc);
}

int tls_write(struct tls *t, const char *bytes, size_t len) {
    size_t written;
    assert(t->ready && buf_len(&t->context->wire) == 0);
    ERR_clear_error();
    if (len == 0 || SSL_write_ex(t->ssl, bytes, len, &written) == 1)
        return 0;
    set_why_broken(t);
    return -1;
}

void tls_shutdown(struct tls *t) {
    ERR_clear_error();
    if (t->ready && (SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN) == 0)
        SSL_shutdown(t->ssl);
    ERR_clear_error();
}

struct buf *tls_wire(struct tls *t) {
    return &t->context->wire;
}

const char *tls_why(const struct tls *t) {
    return t->why ? t->why : "";
}

void tls_forget_tickets(struct tls *t) {
    tickets_forget(&t->context->tickets, t->key);
}

bool tls_channel_binding(const struct tls *t, enum conn_binding kind, struct buf *out) {
    ERR_clear_error();
    bool has = tls_binding(t->ssl, kind, out);
    ERR_clear_error();
    return has;
}
