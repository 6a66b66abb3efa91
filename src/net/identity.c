/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL's own check knows neither SRVName nor XmppAddr, so the names are walked here, after the chain was
 * verified. All of them come from outside: a NUL inside a name makes it differ from every domain, since names
 * are compared with their lengths.
 * Implements: RFC 7590
 */
#include "net/identity.h"

#include "base/mem.h"
#include "base/str.h"
#include "net/address.h"
#include "net/name.h"

#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <strings.h>

enum { NAMES_SHOWN = 4 };

struct reference { /* who we want to talk to */
    bool is_address;
    bool limited;
    union address address;
    char *name; /* A-labels; owned; NULL: no name matches */
};

static struct str text_of(const ASN1_STRING *s) {
    return (struct str){(const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)};
}

static bool same_name(struct str presented, const char *name) {
    return presented.len == strlen(name) && strncasecmp(presented.s, name, presented.len) == 0;
}

static struct str without(struct str s, size_t len) {
    return (struct str){s.s + len, s.len - len};
}

/* RFC 9525 6.3: one '*', as the whole of the left-most label, for exactly one label. */
static bool dns_matches(struct str presented, const char *name) {
    const char *rest = strchr(name, '.');
    if (memchr(presented.s, '*', presented.len) == NULL)
        return same_name(presented, name);
    if (rest == NULL || presented.len < 3 || memcmp(presented.s, "*.", 2) != 0)
        return false;
    presented = without(presented, 1);
    return memchr(presented.s, '*', presented.len) == NULL && same_name(presented, rest);
}

/* RFC 6120 13.7.1.2.1: the service of clients, by STARTTLS or in direct TLS (XEP-0368 4). The DNS rules hold
 * for the rest, wildcards too (RFC 9525 6.3).
 */
static bool srv_matches(struct str presented, const char *name) {
    static const char *const services[] = {"_xmpp-client.", "_xmpps-client."};
    for (int i = 0; i < 2; i++) {
        size_t len = strlen(services[i]);
        if (presented.len > len && strncasecmp(presented.s, services[i], len) == 0)
            return dns_matches(without(presented, len), name);
    }
    return false;
}

/* A bare domain in UTF-8: brought to A-labels like our own (RFC 9525 6.3). */
static bool xmpp_matches(struct str presented, const char *name) {
    if (memchr(presented.s, '\0', presented.len) != NULL)
        return false;
    char *given = mem_strndup(presented.s, presented.len), *ascii = name_to_ascii(given, NULL);
    bool same = ascii != NULL && strcmp(ascii, name) == 0;
    mem_free(ascii);
    mem_free(given);
    return same;
}

static bool other_matches(const OTHERNAME *other, const char *name) {
    int nid = OBJ_obj2nid(other->type_id), type = other->value->type;
    if (nid == NID_SRVName && type == V_ASN1_IA5STRING)
        return srv_matches(text_of(other->value->value.ia5string), name);
    if (nid == NID_XmppAddr && type == V_ASN1_UTF8STRING)
        return xmpp_matches(text_of(other->value->value.utf8string), name);
    return false;
}

static bool address_matches(const ASN1_OCTET_STRING *ip, const union address *address) {
    size_t len;
    const unsigned char *bytes = address_bytes(address, &len);
    return (size_t)ASN1_STRING_length(ip) == len && memcmp(ASN1_STRING_get0_data(ip), bytes, len) == 0;
}

static bool matches(const GENERAL_NAME *g, const struct reference *want) {
    if (want->is_address)
        return g->type == GEN_IPADD && address_matches(g->d.iPAddress, &want->address);
    if (want->name == NULL)
        return false;
    if (g->type == GEN_DNS)
        return dns_matches(text_of(g->d.dNSName), want->name);
    return g->type == GEN_OTHERNAME && !want->limited && other_matches(g->d.otherName, want->name);
}

bool identity_is_for(X509 *certificate, const char *domain, bool limited) {
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    struct reference want = {.limited = limited};
    bool found = false;
    want.is_address = address_parse(domain, 0, &want.address);
    if (!want.is_address)
        want.name = name_to_ascii(domain, NULL);
    for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++)
        found = matches(sk_GENERAL_NAME_value(names, i), &want);
    mem_free(want.name);
    GENERAL_NAMES_free(names);
    return found;
}

/* ---- for people ---- */

static bool show_address(const ASN1_OCTET_STRING *ip, char *out, size_t cap) {
    int family = ASN1_STRING_length(ip) == 4 ? AF_INET : AF_INET6;
    if (family == AF_INET6 && ASN1_STRING_length(ip) != 16)
        return false;
    return inet_ntop(family, ASN1_STRING_get0_data(ip), out, (socklen_t)cap) != NULL;
}

/* Anybody's bytes, on their way to a terminal. */
static bool show_text(struct str s, char *out, size_t cap) {
    size_t len = s.len < 100 ? s.len : 100;
    if (len >= cap)
        len = cap - 1;
    for (size_t i = 0; i < len; i++)
        out[i] = s.s[i] > ' ' && s.s[i] < 0x7f ? s.s[i] : '?';
    out[len] = '\0';
    return len > 0;
}

static bool show(const GENERAL_NAME *g, char *out, size_t cap) {
    if (g->type == GEN_DNS)
        return show_text(text_of(g->d.dNSName), out, cap);
    if (g->type == GEN_IPADD)
        return show_address(g->d.iPAddress, out, cap);
    if (g->type == GEN_OTHERNAME &&
        (g->d.otherName->value->type == V_ASN1_IA5STRING || g->d.otherName->value->type == V_ASN1_UTF8STRING))
        return show_text(text_of(g->d.otherName->value->value.asn1_string), out, cap);
    return false;
}

void identity_names(X509 *certificate, char *out, size_t cap) {
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    char one[128];
    size_t len = 0;
    int shown = 0;
    out[0] = '\0';
    for (int i = 0; shown < NAMES_SHOWN && i < sk_GENERAL_NAME_num(names); i++) {
        if (!show(sk_GENERAL_NAME_value(names, i), one, sizeof(one)))
            continue;
        int n = snprintf(out + len, cap - len, "%s%s", shown++ ? ", " : "", one);
        if (n < 0 || (size_t)n >= cap - len)
            break;
        len += (size_t)n;
    }
    GENERAL_NAMES_free(names);
}
