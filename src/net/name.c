/* SPDX-License-Identifier: MIT */
/*
 * The name of an SRV target or of a configured host may hold '_' or other characters that no host name has;
 * that is DNS's business. What counts here is that the name can be written into a question and compared.
 */
#include "net/name.h"

#include "base/idn.h"
#include "base/mem.h"

#include <string.h>

enum { NAME_MOST_LEN = 253, LABEL_MOST_LEN = 63 };

static bool is_ascii(const char *s) {
    for (; *s != '\0'; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

static void lower(char *s) {
    for (; *s != '\0'; s++)
        if (*s >= 'A' && *s <= 'Z')
            *s = (char)(*s - 'A' + 'a');
}

static bool labels_fit(const char *name) {
    size_t label_len;
    if (strlen(name) > NAME_MOST_LEN)
        return false;
    for (const char *s = name;; s += label_len + 1) {
        label_len = strcspn(s, ".");
        if (label_len == 0 || label_len > LABEL_MOST_LEN)
            return false;
        if (s[label_len] == '\0')
            return true;
    }
}

/* Characters outside of ASCII: libidn2 maps case, normalises (NFC) and encodes (RFC 5891). */
static char *encode(const char *domain, struct err *err) {
    struct err why = ERR_INIT;
    char *encoded = idn_to_ascii(domain, &why);
    if (encoded == NULL)
        err_set(err, "%s is not a domain name: %s", domain, why.text);
    return encoded;
}

char *name_to_ascii(const char *domain, struct err *err) {
    char *name = is_ascii(domain) ? mem_strdup(domain) : encode(domain, err);
    if (name == NULL)
        return NULL;
    size_t len = strlen(name);
    if (len > 0 && name[len - 1] == '.')
        name[len - 1] = '\0';
    lower(name);
    if (labels_fit(name))
        return name;
    err_set(err, "\"%s\" is not a domain name", domain);
    mem_free(name);
    return NULL;
}

bool name_is_localhost(const char *name) {
    static const char top[] = "localhost";
    size_t len = strlen(name), top_len = sizeof(top) - 1;
    return len >= top_len && strcmp(name + len - top_len, top) == 0 &&
           (len == top_len || name[len - top_len - 1] == '.');
}
