/* SPDX-License-Identifier: MIT */
/* prep: SASLprep (RFC 4013), which makes one text of the ways in which a name or password can be typed. */
#ifndef COUPLET_XMPP_PREP_H
#define COUPLET_XMPP_PREP_H

#include "base/err.h"

/* The prepared copy, to be freed with mem_free_secret. NULL with the reason when the text may not be used or
 * nothing is left of it. what: "the password", for the reason; the text itself never stands in it. */
char *prep_sasl(const char *text, const char *what, struct err *err);

#endif
