/* SPDX-License-Identifier: MIT */
#include "base/whsec.h"

#include "base/base64.h"

int whsec_decode(struct buf *key, const char *secret) {
    enum { LEAST = 24, MOST = 64 };
    static const char prefix[] = "whsec_";
    size_t before = buf_len(key), len = strlen(prefix);
    if (strncmp(secret, prefix, len) != 0 || base64_decode(key, secret + len, strlen(secret + len)) < 0)
        return -1;
    size_t got = buf_len(key) - before;
    return got >= LEAST && got <= MOST ? 0 : -1;
}
