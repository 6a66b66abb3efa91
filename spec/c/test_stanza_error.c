/* SPDX-License-Identifier: MIT */
/* What an error stanza says, in whatever order and with whatever is missing (RFC 6120 8.3). */
#include "check.h"
#include "parsed.h"
#include "session/refusal.h"
#include "xml/stanza_error.h"

#define STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"

static struct stanza_error read(const char *inside) {
    char text[1024];
    struct stanza_error e;
    snprintf(text, sizeof(text), "<message type='error'>%s</message>", inside);
    stanza_error_read(&e, parsed(text));
    return e;
}

static void all_of_it_is_read(void) {
    struct stanza_error e =
        read("<error type='wait'><x xmlns='urn:x'/><text xmlns='" STANZAS "'>too much</text>"
             "<resource-constraint xmlns='" STANZAS "'/><y xmlns='urn:y'/></error>");
    CHECK(str_is(e.type, "wait"));
    CHECK(str_is(e.condition, "resource-constraint"));
    CHECK(str_is(e.text, "too much"));
    CHECK(e.own != NULL && str_is(xml_view(&e.own->name), "x"));
    parsed_done();
}

static void what_is_missing_is_none(void) {
    static const char *const texts[] = {"", "<error/>", "<error><gone xmlns='urn:x'/></error>",
                                        "<error>gone</error>"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct stanza_error e = read(texts[i]);
        CHECK(e.type.s == NULL && e.condition.s == NULL && e.text.s == NULL);
        CHECK(str_is(stanza_error_condition(&e), "undefined-condition"));
        CHECK_INT(e.element != NULL, i > 0);
        CHECK_INT(e.own != NULL, i == 2);
    }
    parsed_done();
}

static void some_refusals_pass(void) {
    static const struct {
        const char *type, *condition, *text;
        bool to_room, passes;
        const char *reason;
    } rows[] = {
        {"wait", "resource-constraint", "later", false, true, "resource-constraint: later"},
        {"cancel", "item-not-found", "", false, false, "item-not-found (there is no such room or account)"},
        {"modify", "not-acceptable", "", false, false, "not-acceptable"},
        {"modify", "not-acceptable", "", true, true, "not-acceptable"},
        {"auth", "forbidden", "no", true, false, "forbidden: no"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf reason = BUF_INIT;
        char text[512];
        snprintf(text, sizeof(text),
                 "<message><error type='%s'><%s xmlns='" STANZAS "'/><text xmlns='" STANZAS
                 "'>%s</text></error></message>",
                 rows[i].type, rows[i].condition, rows[i].text);
        CHECK_INT(refusal_read(&reason, parsed(text), rows[i].to_room), rows[i].passes);
        CHECK_STR(buf_data(&reason), rows[i].reason);
        buf_finish(&reason);
    }
    parsed_done();
}

int main(void) {
    RUN(all_of_it_is_read);
    RUN(what_is_missing_is_none);
    RUN(some_refusals_pass);
    return check_done();
}
