/* SPDX-License-Identifier: MIT */
/*
 * hostmeta: where a domain says that its WebSocket endpoints are (XEP-0156, RFC 6415), sans I/O: the session
 * fetches the document, over HTTPS from the domain itself and from nowhere else. Only the XRD form, which
 * every domain that has one must offer (2.2.2); only wss:// (2.2.1). It is parsed like a stream: no DTD, no
 * entities, no processing instructions, with the stream's limits; comments are skipped.
 */
#ifndef COUPLET_XMPP_HOSTMETA_H
#define COUPLET_XMPP_HOSTMETA_H

#include "base/err.h"

#include <stddef.h>

#define HOSTMETA_TYPE "application/xrd+xml"

enum { HOSTMETA_URLS_MOST = 8 };

struct hostmeta {
    char *websockets[HOSTMETA_URLS_MOST]; /* "wss://…", owned; in the document's order, which means nothing */
    size_t count;
};

/* The URL of a domain's document; owned by the caller. NULL: no URL can be made of this domain. */
char *hostmeta_url(const char *domain);
/* 0, and what was found in *out, perhaps nothing; -1 with the reason when this is no XRD document. */
int hostmeta_parse(const char *bytes, size_t len, struct hostmeta *out, struct err *err);
void hostmeta_finish(struct hostmeta *m);

#endif
