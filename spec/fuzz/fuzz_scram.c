/* SPDX-License-Identifier: MIT */
/*
 * fuzz_scram: the messages of a SCRAM server (RFC 5802 7), read by themselves. The state machine around them
 * is fuzz_stream's. Promised: a nonce begins with the client's and is longer; salt and numbers are within
 * bounds; what was read stands in the message; a signature that was taken is of some length; never both
 * kinds.
 */
#include "fuzz.h"
#include "xmpp/scram_message.h"

static bool is_inside(struct str in, struct str part) {
    return part.s >= in.s && part.s + part.len <= in.s + in.len;
}

static bool check_first(struct str in) {
    struct scram_server_first first = {.iterations = 0};
    struct err err = ERR_INIT;
    struct str nonce = STR_LIT("abc");
    int r = scram_read_server_first(in, nonce, &first, &err);
    if (r == 0) {
        demand(is_inside(in, first.nonce), "the nonce stands in the message");
        demand(first.nonce.len > nonce.len && memcmp(first.nonce.s, nonce.s, nonce.len) == 0,
               "the nonce is the client's and more");
        demand(memchr(first.nonce.s, ',', first.nonce.len) == NULL, "the nonce has no comma");
        demand(buf_len(&first.salt) > 0, "there is salt");
        demand(first.iterations > 0 && first.iterations <= 10000000, "the work is bounded");
        demand(first.offers_hash.s == NULL || is_inside(in, first.offers_hash), "h= stands in the message");
    } else {
        demand(err.text[0] != '\0', "a refusal has a reason");
    }
    buf_finish(&first.salt);
    return r == 0;
}

static bool check_final(struct str in) {
    struct buf signature = BUF_INIT;
    struct err err = ERR_INIT;
    int r = scram_read_server_final(in, &signature, &err);
    demand(r == 0 ? buf_len(&signature) > 0 : err.text[0] != '\0', "there is a signature or a reason");
    buf_finish(&signature);
    return r == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct str in = fuzz_bytes(data, len);
    bool is_first = check_first(in), is_final = check_final(in);
    demand(!(is_first && is_final), "no message is both");
    fuzz_bytes_free(in);
    return 0;
}
