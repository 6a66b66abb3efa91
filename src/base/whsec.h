/* SPDX-License-Identifier: MIT */
/*
 * whsec: secrets as Standard Webhooks writes them: "whsec_" and the base64 of the key, which has 24 to 64
 * bytes.
 */
#ifndef COUPLET_BASE_WHSEC_H
#define COUPLET_BASE_WHSEC_H

#include "base/buf.h"

/* Adds the key to the buffer, which the caller wipes; -1: the secret is no such thing. */
int whsec_decode(struct buf *key, const char *secret);

#endif
