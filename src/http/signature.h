/* SPDX-License-Identifier: MIT */
/*
 * signature: how an HMAC-SHA-256 is written in a header.
 *
 *   SIGNATURE_HEX        "HEX", "sha256=HEX", "v0=HEX"
 *   SIGNATURE_STANDARD   Standard Webhooks: "v1,BASE64", or several with a blank between, of which one has to
 *                        be right (a sender whose key is being changed signs with both); what begins
 * otherwise, as "v1a,", is of another kind and skipped
 */
#ifndef COUPLET_HTTP_SIGNATURE_H
#define COUPLET_HTTP_SIGNATURE_H

#include "base/str.h"

#include <stdbool.h>

enum { SIGNATURE_LEN = 32 };
enum signature_form { SIGNATURE_HEX, SIGNATURE_STANDARD };

/* Whether the header says that signature; compared in a time that says nothing of it. .s NULL: no header. */
bool signature_is(enum signature_form form, struct str header, const unsigned char due[SIGNATURE_LEN]);

#endif
