/* SPDX-License-Identifier: MIT */
#include "base/json_write.h"

#include "base/utf8.h"

static void add_char(struct buf *out, const char *at, size_t len, uint32_t cp) {
    if (len == 0)
        buf_adds(out, "\\ufffd");
    else if (cp == '"' || cp == '\\')
        buf_addf(out, "\\%c", (char)cp);
    else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
        buf_addf(out, "\\u%04x", (unsigned)cp);
    else
        buf_add(out, at, len);
}

void json_put_text(struct buf *out, struct str text) {
    if (text.s == NULL) {
        buf_adds(out, "null");
        return;
    }
    buf_addc(out, '"');
    for (size_t at = 0, len; at<text.len; at += len> 0 ? len : 1) {
        uint32_t cp = 0;
        len = utf8_decode(text.s + at, text.s + text.len, &cp);
        add_char(out, text.s + at, len, cp);
    }
    buf_addc(out, '"');
}

void json_put_name(struct buf *out, const char *name) {
    char last = buf_len(out) > 0 ? buf_data(out)[buf_len(out) - 1] : '{';
    if (last != '{' && last != '[')
        buf_addc(out, ',');
    buf_addf(out, "\"%s\":", name);
}

void json_put(struct buf *out, const char *name, struct str text) {
    json_put_name(out, name);
    json_put_text(out, text);
}
