/* SPDX-License-Identifier: MIT */
/*
 * fuzz_proxy: the first line is the URL of a proxy (base/proxy.h), what follows is all that the proxy says
 * (net/proxy_talk.h). Promised: a URL that is refused has a reason; whole and byte by byte the talk comes to
 * the same end with the same words of ours, but that bytes behind the end are seen in one read only; a
 * failure has a reason without the password.
 */
#include "base/proxy.h"
#include "fuzz.h"
#include "net/proxy_talk.h"

static enum proxy_said talk(const struct proxy *p, const char *said, size_t len, size_t step,
                            struct buf *out) {
    struct proxy_talk t = {.proxy = p, .host = "host.example", .port = 5222};
    struct err err = ERR_INIT;
    enum proxy_said now = PROXY_MORE;
    proxy_talk_begin(&t, out);
    for (size_t at = 0, n; at < len && now == PROXY_MORE; at += n) {
        n = len - at < step ? len - at : step;
        struct str piece = fuzz_bytes((const uint8_t *)said + at, n);
        now = proxy_talk_feed(&t, piece.s, piece.len, out, &err);
        fuzz_bytes_free(piece);
    }
    demand(now != PROXY_FAILED || err.text[0] != '\0', "a failure has a reason");
    demand(p->password == NULL || strlen(p->password) < 8 || strstr(err.text, p->password) == NULL,
           "the password is not in it");
    proxy_talk_finish(&t);
    return now;
}

static void check_talk(const struct proxy *p, const char *said, size_t len) {
    struct buf whole = BUF_INIT, bytes = BUF_INIT;
    enum proxy_said one = talk(p, said, len, SIZE_MAX, &whole), many = talk(p, said, len, 1, &bytes);
    demand(one == many || (one == PROXY_FAILED && many == PROXY_DONE), "the end is the same");
    demand(one == PROXY_FAILED || (buf_len(&whole) == buf_len(&bytes) &&
                                   memcmp(buf_data(&whole), buf_data(&bytes), buf_len(&whole)) == 0),
           "what we say is the same");
    buf_finish(&whole);
    buf_finish(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    const uint8_t *end = len > 0 ? memchr(data, '\n', len) : NULL;
    size_t url_len = end != NULL ? (size_t)(end - data) : len, rest = end != NULL ? url_len + 1 : len;
    char *url = fuzz_text(data, url_len);
    struct proxy p;
    struct err err = ERR_INIT;
    if (proxy_read(&p, url, &err) == 0) {
        demand(p.kind != PROXY_NONE && p.port != 0 && p.host[0] != '\0', "there are a host and a port");
        demand((p.user == NULL) == (p.password == NULL), "both or neither");
        check_talk(&p, (const char *)data + rest, len - rest);
        proxy_finish(&p);
    } else {
        demand(err.text[0] != '\0', "a refusal has a reason");
    }
    mem_free(url);
    return 0;
}
