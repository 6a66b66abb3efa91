/* SPDX-License-Identifier: MIT */
#include "runtime/json_text.h"

#include "base/utf8.h"

static void add_char(struct buf *out, const char *at, size_t len, uint32_t cp) {
    if (cp == '"' || cp == '\\')
        buf_addf(out, "\\%c", (char)cp);
    else if (cp < 0x20 || cp == 0x7f || cp == 0x2028 || cp == 0x2029)
        buf_addf(out, "\\u%04x", (unsigned)cp);
    else
        buf_add(out, at, len);
}

void json_text(struct buf *out, const char *text) {
    uint32_t cp;
    if (text == NULL) {
        buf_adds(out, "null");
        return;
    }
    const char *end = text + strlen(text);
    buf_addc(out, '"');
    for (size_t len; text < end; text += len) {
        len = utf8_decode(text, end, &cp);
        if (len > 0)
            add_char(out, text, len, cp);
        else
            buf_adds(out, "\\ufffd");
        len += len == 0;
    }
    buf_addc(out, '"');
}

void json_field(struct buf *out, const char *name, const char *value) {
    buf_addf(out, ",\"%s\":", name);
    json_text(out, value);
}

void json_number(struct buf *out, const char *name, double value) {
    if (value > -9e15 && value < 9e15 && value == (double)(int64_t)value)
        buf_addf(out, ",\"%s\":%lld", name, (long long)value);
    else
        buf_addf(out, ",\"%s\":%.3f", name, value);
}
