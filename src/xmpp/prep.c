/* SPDX-License-Identifier: MIT */
/*
 * Printable ASCII maps to itself, and nearly everything is printable ASCII; the rest goes to libidn. A client
 * makes a query, not a stored string, so code points that Unicode 3.2 did not know are allowed (RFC
 * 4013 2.5).
 */
#include "xmpp/prep.h"

#include "base/idn.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

static bool is_printable_ascii(const char *s) {
    for (; *s != '\0'; s++)
        if (*s < 0x20 || *s > 0x7e)
            return false;
    return true;
}

static char *refuse(char *prepared, const char *what, const char *why, struct err *err) {
    mem_free_secret(prepared);
    err_set(err, "%s %s", what, why);
    return NULL;
}

char *prep_sasl(const char *text, const char *what, struct err *err) {
    char *prepared = NULL;
    if (is_printable_ascii(text)) {
        prepared = mem_strdup(text);
    } else {
        if (!utf8_is_valid(text, strlen(text)))
            return refuse(NULL, what, "is not valid UTF-8", err);
        enum idn_result result = idn_prepare(text, "SASLprep", &prepared, err);
        if (result == IDN_REFUSED)
            return refuse(NULL, what, "holds characters that SASLprep (RFC 4013) forbids", err);
        if (result == IDN_FAILED)
            return NULL;
    }
    if (prepared[0] == '\0') /* RFC 5802 5.1: an empty result is a failure */
        return refuse(prepared, what, "is empty", err);
    return prepared;
}
