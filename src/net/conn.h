/* SPDX-License-Identifier: MIT */
/*
 * conn: a byte connection to an XMPP server: names resolved (SRV, A, AAAA by c-ares on the loop), TCP
 * connected (every target, every address, IPv6 and IPv4 by turns), TLS over memory BIOs when it is wanted, at
 * once on a direct TLS port. All of it non-blocking. It knows nothing of XMPP.
 *
 * Exactly one `closed` per conn_open, unless conn_free comes first; no callback after conn_free. No callback
 * runs inside a verb: what a verb finds broken is told at the end of the turn. Callbacks may call any verb,
 * conn_free too. Writes are coalesced: conn_flush() is called once a loop turn by the
 * owner.
 */
#ifndef COUPLET_NET_CONN_H
#define COUPLET_NET_CONN_H

#include "base/buf.h"
#include "base/err.h"
#include "base/proxy.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct dns; /* the resolver of a process */
struct tls_context;

/* servers: NULL as /etc/resolv.conf says, else "127.0.0.1:5353,…". */
struct dns *dns_new(struct loop *l, const char *servers, struct err *err);
void dns_free(struct dns *d);
/* Where DNSSEC begins: a file of DS or DNSKEY records (copied); NULL: the root's, of Debian's dns-root-data.
 * Before any connection. */
void dns_set_trust_anchor(struct dns *d, const char *file);
/* Could DNSSEC be asked: is there a trust anchor, and the library? 0; -1: err says what to do. */
int dns_can_validate(const struct dns *d, struct err *err);

/* One for each distinct set of trust settings; shared by many connections (reference counted by the caller:
 * free last). */
struct tls_options {
    const char *ca_file;     /* PEM; NULL: the system's trust store (hashed directory: loaded lazily) */
    const char *crl_file;    /* PEM; what authorities have revoked (net/tls_lists.h); NULL: not asked */
    const char *certificate; /* PEM chain of the client, NULL: none */
    const char *key;         /* PEM, NULL: none */
    int min_version;         /* 0x0303 TLS 1.2, 0x0304 TLS 1.3; 0: TLS 1.2 */
    /* SHA-256 of SubjectPublicKeyInfo; what a pin means says net/tls_trust.h */
    unsigned char (*pins)[32];
    size_t pin_count;
};
/* Which option an error is about. */
enum tls_part { TLS_PART_NONE, TLS_PART_CA_FILE, TLS_PART_CRL_FILE, TLS_PART_CERTIFICATE, TLS_PART_KEY };
/* NULL with the reason, and with the part where part is not NULL. */
struct tls_context *tls_context_new(const struct tls_options *options, enum tls_part *part, struct err *err);
void tls_context_free(struct tls_context *t);

enum conn_kind {
    CONN_CLOSED_BY_PEER, /* end of file, after close_notify under TLS */
    CONN_FAILED,         /* resolve, connect, reset, TLS failure: text says which and to whom */
    CONN_UNTRUSTED,      /* the certificate is not good for the domain: text says why */
    CONN_NOWHERE,        /* CONN_FAILED, where DNS has no service of the domain, only perhaps its addresses */
};

/* Kinds of channel binding data (RFC 9266, RFC 5929 4, RFC 5929 3). The last is of no RFC: our own Finished
 * message where it is not tls-unique, and covers the whole handshake: of TLS 1.3, and of a resumed session of
 * 1.2 (xmpp/choice.c tells who takes that for tls-unique). */
enum conn_binding { CONN_TLS_EXPORTER, CONN_TLS_SERVER_END_POINT, CONN_TLS_UNIQUE, CONN_TLS_FINISHED };

struct conn_tls_info {            /* of a session that is up; borrowed */
    const char *version, *cipher; /* "TLSv1.3", "TLS_AES_256_GCM_SHA384" */
    bool resumed;                 /* an earlier session goes on; its certificate was verified then */
    const char *alpn;             /* the protocol that the server chose; NULL: it chose none */
    const char *tlsa;             /* "3 1 1": the kind of TLSA record that it fits; NULL: of none */
    const char *no_tlsa;          /* with dane: why no TLSA record was to be gone by, for people; else NULL */
    bool proven;                  /* the server showed that its certificate was not revoked (OCSP) */
    const char
        *no_proof; /* why what it showed counts for nothing: "is …"; NULL: it does, or it was nothing */
    const char *old_lists; /* why tls.crl_file was not read again, for people; NULL: nothing is wrong */
};

struct conn_callbacks {
    void (*connected)(void *ctx); /* TCP is up; clear text may be written. Not told with direct TLS */
    void (*secured)(void *ctx, const struct conn_tls_info *info); /* handshake done, certificate verified */
    void (*received)(void *ctx, const char *bytes, size_t len);   /* clear text of the peer's, borrowed */
    void (*closed)(void *ctx, enum conn_kind kind, const char *text);
    /* The peer's certificate was good and is not any more (it expired or was revoked, or the proof that it
     * was not has run out, RFC 6120 13.7.2.3): once; text says why. The owner ends the connection. NULL: it
     * is closed(CONN_UNTRUSTED). */
    void (*distrusted)(void *ctx, const char *text);
};

/* How TLS begins (XEP-0368). Without a host, _xmpp-client._tcp.domain has the targets for STARTTLS, and
 * _xmpps-client._tcp.domain those for direct TLS; without any record the domain itself is the target. */
enum conn_mode {
    CONN_AUTO,     /* both kinds of targets, mixed; a host given: direct TLS on port 5223, else STARTTLS */
    CONN_STARTTLS, /* `connected` in clear text, port 5222; the owner calls conn_start_tls */
    CONN_DIRECT,   /* TLS before anything else, port 5223; the owner is told `secured` */
};

/* What an account remembers from attempt to attempt: targets that took its connection and were no good. Those
 * are tried last for ten minutes. */
struct conn_memory;
struct conn_memory *conn_memory_new(void);
void conn_memory_free(struct conn_memory *m); /* NULL accepted */

struct conn_target {
    const char *domain; /* the JID's domain: the certificate must be good for it (RFC 6120 13.7.2), SNI */
    const char *host;   /* NULL: by SRV, else the domain itself */
    uint16_t port;      /* with host; 0: 5222, or 5223 for direct TLS */
    enum conn_mode mode;
    const char *alpn;       /* what direct TLS asks for; NULL: "xmpp-client"; "": nothing */
    bool dane;              /* DNSSEC is asked what the certificate must be (net/dane.h) */
    bool loopback_only;     /* refuse every address outside 127.0.0.0/8 and ::1 (tls mode none) */
    uint32_t timeout_ms;    /* for all until it is up (connected, or secured where TLS is direct); 0: 30000 */
    uint32_t dead_after_ms; /* what the peer does not acknowledge for so long ends it; 0: the kernel's */
    struct conn_memory *memory; /* borrowed until conn_free; NULL: nothing is remembered */
    const struct proxy
        *proxy; /* the same; NULL: none. It is told the names of hosts, SRV records are asked for here */
};

struct conn;
/* callbacks: borrowed until conn_free. */
struct conn *conn_new(struct loop *l, struct dns *dns, const struct conn_callbacks *callbacks, void *ctx);
/* Closes at once (RST never: what the kernel has taken is still sent, what conn_unsent counts is not); NULL
 * accepted. */
void conn_free(struct conn *c);
/* Strings are copied. tls may be NULL when conn_start_tls will not be called, the mode is CONN_STARTTLS then;
 * borrowed until conn_free. No callback comes before it has returned. Resolving, connecting and the handshake
 * of direct TLS have one deadline; what happens after `connected` has none here. After closed() the
 * same conn may be opened again. */
void conn_open(struct conn *c, const struct conn_target *target, struct tls_context *tls);
/* The peer is what we looked for (the account is online there). A connection that ends without it is held
 * against its target, see conn_memory. */
void conn_is_good(struct conn *c);
/* The TLS handshake begins, on the connection as it is. Clear-text bytes that were received and not taken are
 * never seen again. alpn: the protocol to ask for (RFC 7301), NULL: none; a server that chooses none will do,
 * one that chooses another one fails. */
void conn_start_tls(struct conn *c, const char *alpn);
/* Appends channel binding data of the TLS session. false, and nothing is appended: there is none of this
 * kind, or the connection is not secured. */
bool conn_channel_binding(const struct conn *c, enum conn_binding kind, struct buf *out);
/* Appends to what will be written (plain text; under TLS it is encrypted at the flush). Nothing is written
 * before connected/secured. */
struct buf *conn_out(struct conn *c);
void conn_flush(struct conn *c);
/* Flushes, sends close_notify under TLS, shuts down; closed() follows when the peer has done the same (or at
 * once where there is nothing to shut down yet). What the peer still sends is received(). */
void conn_shutdown(struct conn *c);
/* Bytes accepted by conn_out that the kernel has not taken yet (back-pressure). */
size_t conn_unsent(const struct conn *c);
/* The TLS session is not to be resumed. */
void conn_forget_session(struct conn *c);
/* The address that was reached, "127.0.0.1:5222"; "" before. */
const char *conn_peer(const struct conn *c);

#endif
