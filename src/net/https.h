/* SPDX-License-Identifier: MIT */
/*
 * https: one GET over HTTPS, by libcurl on the loop, with the names resolved by our own dns. libcurl is
 * loaded for it and let go afterwards. For small public documents (host-meta, XEP-0156): no cookies, no
 * credentials, no proxy.
 *
 * The certificate is always verified, for the host of the URL; a redirect is followed (three of them) to
 * https:// only.
 */
#ifndef COUPLET_NET_HTTPS_H
#define COUPLET_NET_HTTPS_H

#include "net/conn.h"

#include <stddef.h>
#include <stdint.h>

struct https;

struct https_options {
    const char *ca_file; /* PEM, trusted in place of the system's; NULL: the system's. Copied */
    int min_version;     /* 0x0304: TLS 1.3; else 1.2 */
    const char *accept;  /* media type that is asked for; NULL: any. Copied */
    size_t most_len;     /* of the document; 0: 65536. A longer one is a failure */
    uint32_t timeout_ms; /* for all of it, redirects too; 0: 15000 */
};

/* bytes: the document of a 200 answer, borrowed, with a NUL behind it; NULL: why says what failed, for
 * people. Called once, never before https_get has returned; the request is gone then. */
typedef void https_fn(void *ctx, const char *bytes, size_t len, const char *why);

/* url: "https://…". options: NULL for the defaults. */
struct https *https_get(struct loop *l, struct dns *dns, const char *url, const struct https_options *options,
                        https_fn *done, void *ctx);
/* Gives up: done is not called any more. NULL accepted; not after done. */
void https_cancel(struct https *h);

#endif
