/* SPDX-License-Identifier: MIT */
/* name: domain names as DNS and certificates want them. Not a header for other rooms. */
#ifndef COUPLET_NET_NAME_H
#define COUPLET_NET_NAME_H

#include "base/err.h"

#include <stdbool.h>

/* Lower case, A-labels (RFC 5890), without the final dot. The caller owns the result. NULL with the reason
 * when this cannot be a domain name: empty, a label over 63 octets, not valid IDNA, … */
char *name_to_ascii(const char *domain, struct err *err);
/* "localhost" and everything under it, which never asks DNS (RFC 6761 6.3). name: of name_to_ascii. */
bool name_is_localhost(const char *name);

#endif
