/* SPDX-License-Identifier: MIT */
/* The same digests as OpenSSL's, of every length around the ends of blocks. */
#include "base/sha.h"
#include "check.h"

#include <openssl/sha.h>

static void agrees_with_openssl(void) {
    unsigned char bytes[1000], ours[SHA256_LEN], theirs[SHA256_LEN];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 31 + (i >> 3));
    for (size_t len = 0; len <= sizeof(bytes); len += len < 300 ? 1 : 77) {
        sha1(bytes, len, ours);
        SHA1(bytes, len, theirs);
        CHECK(memcmp(ours, theirs, SHA1_LEN) == 0);
        sha256(bytes, len, ours);
        SHA256(bytes, len, theirs);
        CHECK(memcmp(ours, theirs, SHA256_LEN) == 0);
    }
}

/* FIPS 180-4, as its examples have it. */
static void knows_abc(void) {
    static const unsigned char expected[4] = {0xba, 0x78, 0x16, 0xbf};
    unsigned char out[SHA256_LEN];
    sha256("abc", 3, out);
    CHECK(memcmp(out, expected, 4) == 0);
    sha1("abc", 3, out);
    CHECK(out[0] == 0xa9 && out[1] == 0x99 && out[19] == 0x9d);
}

int main(void) {
    RUN(agrees_with_openssl);
    RUN(knows_abc);
    return check_done();
}
