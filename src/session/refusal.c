/* SPDX-License-Identifier: MIT */
#include "session/refusal.h"

#include "xml/stanza_error.h"

/* For people, where the other side gives no words of its own. */
static const char *words_of(struct str condition) {
    static const struct {
        const char *condition, *words;
    } rows[] = {{"item-not-found", " (there is no such room or account)"},
                {"service-unavailable", " (no such account, or nobody there who can take it)"},
                {"remote-server-not-found", " (there is no such server)"},
                {"forbidden", " (it may not write there)"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (str_is(condition, rows[i].condition))
            return rows[i].words;
    return "";
}

bool refusal_read(struct buf *reason, const struct xml_node *stanza, bool to_room) {
    struct stanza_error error;
    stanza_error_read(&error, stanza);
    struct str condition = stanza_error_condition(&error);
    buf_add(reason, condition.s, condition.len);
    if (error.text.len > 0 && error.text.len < 512)
        buf_addf(reason, ": %.*s", (int)error.text.len, error.text.s);
    else
        buf_addf(reason, "%s", words_of(condition));
    return str_is(error.type, "wait") || (to_room && str_is(condition, "not-acceptable"));
}
