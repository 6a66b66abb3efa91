/* SPDX-License-Identifier: MIT */
#include "xmpp/digest.h"

#include "base/buf.h"
#include "base/mem.h"

#include <openssl/evp.h>
#include <stdlib.h>

void digest_hex(char out[DIGEST_HEX_LEN + 1], struct str id, const char *secret) {
    static const char digits[] = "0123456789abcdef";
    unsigned char hash[DIGEST_HEX_LEN / 2];
    struct buf text = BUF_INIT;
    buf_reserve(&text, id.len + strlen(secret) + 1); /* no moving, which would leave copies behind */
    buf_add(&text, id.s, id.len);
    buf_adds(&text, secret);
    if (EVP_Digest(buf_data(&text), buf_len(&text), hash, NULL, EVP_sha1(), NULL) != 1)
        abort(); /* of memory alone */
    mem_wipe(text.data, text.cap);
    buf_finish(&text);
    for (size_t i = 0; i < sizeof(hash); i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[DIGEST_HEX_LEN] = '\0';
}
