/* SPDX-License-Identifier: MIT */
/*
 * Printable ASCII maps to itself, and nearly everything is printable ASCII; the rest goes to libidn. A client
 * makes a query, not a stored string, so code points that Unicode 3.2 did not know are allowed (RFC
 * 4013 2.5).
 */
#include "xmpp/prep.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <idn-free.h>
#include <stdbool.h>
#include <string.h>
#include <stringprep.h>

static bool is_printable_ascii(const char *s) {
    for (; *s != '\0'; s++)
        if (*s < 0x20 || *s > 0x7e)
            return false;
    return true;
}

static char *take(char *from_idn) {
    char *copy = mem_strdup(from_idn);
    mem_wipe(from_idn, strlen(from_idn));
    idn_free(from_idn);
    return copy;
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
        char *out = NULL;
        if (stringprep_profile(text, &out, "SASLprep", 0) != STRINGPREP_OK)
            return refuse(NULL, what, "holds characters that SASLprep (RFC 4013) forbids", err);
        prepared = take(out);
    }
    if (prepared[0] == '\0') /* RFC 5802 5.1: an empty result is a failure */
        return refuse(prepared, what, "is empty", err);
    return prepared;
}
