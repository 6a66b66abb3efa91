/* SPDX-License-Identifier: MIT */
/*
 * fuzz_base64: RFC 4648 4, strictly. Promised: any bytes come back; a text that is taken is the only one for
 * its bytes; one that is refused leaves nothing behind.
 */
#include "base/base64.h"
#include "fuzz.h"

static void check_text(struct str text) {
    struct buf bytes = BUF_INIT, again = BUF_INIT;
    buf_lit(&bytes, "x");
    if (base64_decode(&bytes, text.s, text.len) != 0) {
        demand(buf_len(&bytes) == 1, "nothing is appended of a text that is refused");
    } else {
        base64_encode(&again, buf_data(&bytes) + 1, buf_len(&bytes) - 1);
        demand(str_eq(fuzz_view(&again), text), "write(read(text)) == text");
    }
    buf_finish(&bytes);
    buf_finish(&again);
}

static void check_bytes(struct str bytes) {
    struct buf text = BUF_INIT, again = BUF_INIT;
    base64_encode(&text, bytes.s, bytes.len);
    demand(base64_decode(&again, buf_data(&text), buf_len(&text)) == 0, "what was written can be read");
    demand(buf_len(&again) == bytes.len && memcmp(buf_data(&again), bytes.s, bytes.len) == 0,
           "read(write(bytes)) == bytes");
    buf_finish(&text);
    buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct str in = fuzz_bytes(data, len);
    check_text(in);
    check_bytes(in);
    fuzz_bytes_free(in);
    return 0;
}
