/* SPDX-License-Identifier: MIT */
/*
 * fuzz_hostmeta: the document that a domain's web server has (XEP-0156). Promised: only wss:// comes out, few
 * of them, each of which ws_url_read can judge; a document that is refused gives nothing but a reason.
 */
#include "base/ws_url.h"
#include "fuzz.h"
#include "xmpp/hostmeta.h"

#include <strings.h>

static void check_url(const char *text) {
    struct ws_url url;
    struct err err = ERR_INIT;
    demand(strncasecmp(text, "wss://", 6) == 0, "only wss://");
    if (ws_url_read(&url, text, &err) != 0)
        return;
    demand(url.is_secure, "wss:// is read as such");
    ws_url_finish(&url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct str in = fuzz_bytes(data, len);
    struct hostmeta meta = {.count = 0};
    struct err err = ERR_INIT;
    if (hostmeta_parse(in.s, in.len, &meta, &err) == 0) {
        demand(meta.count <= HOSTMETA_URLS_MOST, "not too many");
        for (size_t i = 0; i < meta.count; i++)
            check_url(meta.websockets[i]);
        hostmeta_finish(&meta);
    } else {
        demand(err.text[0] != '\0', "a refusal has a reason");
    }
    fuzz_bytes_free(in);
    return 0;
}
