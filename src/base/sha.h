/* SPDX-License-Identifier: MIT */
/*
 * sha: SHA-1 and SHA-256 (FIPS 180-4) of a few bytes that are no secret: the hashes of our own capabilities,
 * which each process makes before it connects. OpenSSL would do it too, and would be set up for it: 2 MiB in
 * a process that needs no TLS. Whatever is long, secret or of a stranger is OpenSSL's.
 */
#ifndef COUPLET_BASE_SHA_H
#define COUPLET_BASE_SHA_H

#include <stddef.h>

enum { SHA1_LEN = 20, SHA256_LEN = 32 };

void sha1(const void *bytes, size_t len, unsigned char out[SHA1_LEN]);
void sha256(const void *bytes, size_t len, unsigned char out[SHA256_LEN]);

#endif
