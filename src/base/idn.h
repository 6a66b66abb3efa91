/* SPDX-License-Identifier: MIT */
/*
 * idn: what libidn and libidn2 know of characters outside of ASCII. Both, with libunistring behind them, are
 * loaded when they are asked first and stay from then on; whoever calls this looks first whether the text is
 * ASCII, for then nobody needs them.
 *
 * Texts in and out are UTF-8, NUL-ended; results are the caller's, to be freed by mem_free.
 */
#ifndef COUPLET_BASE_IDN_H
#define COUPLET_BASE_IDN_H

#include "base/err.h"

enum idn_result { IDN_DONE, IDN_REFUSED, IDN_FAILED };

/* By a profile of stringprep (RFC 3454): "Nodeprep", "Resourceprep", "SASLprep"; as a query, so that code
 * points which Unicode 3.2 did not know are allowed. The text must be valid UTF-8.
 * IDN_REFUSED: the profile forbids it, err is left alone. IDN_FAILED: err says what is missing. */
enum idn_result idn_prepare(const char *text, const char *profile, char **out, struct err *err);

/* A domain to A-labels (RFC 5891, after mapping by UTS 46). NULL: err says why. */
char *idn_to_ascii(const char *domain, struct err *err);
/* To A-labels, which checks them, and back to U-labels (RFC 7622 3.2.1). NULL: err says why. */
char *idn_to_unicode(const char *domain, struct err *err);

#endif
