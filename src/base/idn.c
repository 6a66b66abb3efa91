/* SPDX-License-Identifier: MIT */
#include "base/idn.h"

#include "base/library.h"
#include "base/mem.h"

#include <idn-free.h>
#include <idn2.h>
#include <stdbool.h>
#include <string.h>
#include <stringprep.h>

struct idn {
    __typeof__(stringprep_profile) *profile;
    __typeof__(idn_free) *free;
};

struct idn2 {
    __typeof__(idn2_to_ascii_8z) *to_ascii;
    __typeof__(idn2_to_unicode_8z8z) *to_unicode;
    __typeof__(idn2_strerror) *strerror;
    __typeof__(idn2_free) *free;
};

static void *open_idn(struct idn *table, struct err *err) {
    static const struct library_symbol symbols[] = {
        LIBRARY_SYMBOL(struct idn, profile, stringprep_profile),
        LIBRARY_SYMBOL(struct idn, free, idn_free),
        {NULL, 0},
    };
    static const struct library library = {"libidn.so.12", "libidn12", symbols};
    return library_open_kept(&library, table, err);
}

static void *open_idn2(struct idn2 *table, struct err *err) {
    static const struct library_symbol symbols[] = {
        LIBRARY_SYMBOL(struct idn2, to_ascii, idn2_to_ascii_8z),
        LIBRARY_SYMBOL(struct idn2, to_unicode, idn2_to_unicode_8z8z),
        LIBRARY_SYMBOL(struct idn2, strerror, idn2_strerror),
        LIBRARY_SYMBOL(struct idn2, free, idn2_free),
        {NULL, 0},
    };
    static const struct library library = {"libidn2.so.0", "libidn2-0", symbols};
    return library_open_kept(&library, table, err);
}

/* What the library made may be a password. */
enum idn_result idn_prepare(const char *text, const char *profile, char **out, struct err *err) {
    struct idn idn;
    char *made = NULL;
    void *library = open_idn(&idn, err);
    if (library == NULL)
        return IDN_FAILED;
    bool is_good = idn.profile(text, &made, profile, 0) == STRINGPREP_OK;
    if (is_good) {
        *out = mem_strdup(made);
        mem_wipe(made, strlen(made));
        idn.free(made);
    }
    library_close(library);
    return is_good ? IDN_DONE : IDN_REFUSED;
}

enum { TO_ASCII_FLAGS = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL };

/* An A-label is what its U-label is encoded to (RFC 5890 2.3.2.1); the library does not look. Else one text
 * would have two prepared forms, for what is behind the other "xn--" is mapped when it is read again. */
static int check_back(const struct idn2 *idn, const char *unicode, const char *ascii) {
    char *again = NULL;
    int rc = idn->to_ascii(unicode, &again, TO_ASCII_FLAGS);
    if (rc == IDN2_OK && strcmp(ascii, again) != 0)
        rc = IDN2_ALABEL_ROUNDTRIP_FAILED;
    idn->free(again);
    return rc;
}

static char *convert(const struct idn2 *idn, const char *domain, bool and_back, struct err *err) {
    char *ascii = NULL, *unicode = NULL, *copy = NULL;
    int rc = idn->to_ascii(domain, &ascii, TO_ASCII_FLAGS);
    if (rc == IDN2_OK && and_back && (rc = idn->to_unicode(ascii, &unicode, 0)) == IDN2_OK)
        rc = check_back(idn, unicode, ascii);
    if (rc == IDN2_OK)
        copy = mem_strdup(and_back ? unicode : ascii);
    else
        err_set(err, "%s", idn->strerror(rc));
    idn->free(ascii);
    idn->free(unicode);
    return copy;
}

static char *load_and_convert(const char *domain, bool and_back, struct err *err) {
    struct idn2 idn;
    void *library = open_idn2(&idn, err);
    char *copy = library ? convert(&idn, domain, and_back, err) : NULL;
    library_close(library);
    return copy;
}

char *idn_to_ascii(const char *domain, struct err *err) {
    return load_and_convert(domain, false, err);
}

char *idn_to_unicode(const char *domain, struct err *err) {
    return load_and_convert(domain, true, err);
}
