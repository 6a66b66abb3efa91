/* SPDX-License-Identifier: MIT */
/*
 * utf8: strict UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF) and the
 * characters that XML 1.0 section 2.2 allows (no controls but tab, LF, CR; no U+FFFE, U+FFFF).
 */
#ifndef COUPLET_BASE_UTF8_H
#define COUPLET_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one character at p (p < end); returns its length, or 0 when the bytes are not UTF-8. */
size_t utf8_decode(const char *p, const char *end, uint32_t *cp);
bool utf8_is_valid(const char *s, size_t len);
/* The offset of the first byte that XML text may not hold, or len when all is well. */
size_t utf8_xml_span(const char *s, size_t len);

#endif
