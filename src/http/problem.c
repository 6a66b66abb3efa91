/* SPDX-License-Identifier: MIT */
#include "http/problem.h"

#include "base/utf8.h"

enum { DETAIL_MOST = 500 };

static const struct {
    int status;
    const char *title; /* RFC 9110 15 */
} titles[] = {{400, "Bad Request"},       {401, "Unauthorized"},           {403, "Forbidden"},
              {404, "Not Found"},         {405, "Method Not Allowed"},     {408, "Request Timeout"},
              {413, "Content Too Large"}, {415, "Unsupported Media Type"}, {422, "Unprocessable Content"},
              {429, "Too Many Requests"}, {500, "Internal Server Error"},  {503, "Service Unavailable"}};

static const char *title_of(int status) {
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Error";
}

/* Control characters and what is no text become blanks: it is for people. */
static void add_quoted(struct buf *out, struct str text) {
    const char *s = text.s, *end = text.s + (text.len < DETAIL_MOST ? text.len : DETAIL_MOST);
    uint32_t cp;
    buf_addc(out, '"');
    while (s < end) {
        size_t len = utf8_decode(s, end, &cp);
        if (len == 0 || cp < 0x20)
            buf_addc(out, ' ');
        else if (cp == '"' || cp == '\\')
            buf_addf(out, "\\%c", (char)cp);
        else
            buf_add(out, s, len);
        s += len > 0 ? len : 1;
    }
    buf_addc(out, '"');
}

void problem_write(struct buf *out, int status, struct str detail) {
    buf_addf(out, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d", title_of(status), status);
    if (detail.s != NULL) {
        buf_lit(out, ",\"detail\":");
        add_quoted(out, detail);
    }
    buf_lit(out, "}\n");
}
