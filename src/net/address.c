/* SPDX-License-Identifier: MIT */
#include "net/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool parse_v4(const char *text, uint16_t port, union address *out) {
    memset(out, 0, sizeof(*out));
    out->in.sin_family = AF_INET;
    out->in.sin_port = htons(port);
    return inet_pton(AF_INET, text, &out->in.sin_addr) == 1;
}

static bool parse_v6(const char *text, uint16_t port, union address *out) {
    char bare[INET6_ADDRSTRLEN];
    size_t len = strlen(text);
    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len >= sizeof(bare))
        return false;
    memcpy(bare, text, len);
    bare[len] = '\0';
    memset(out, 0, sizeof(*out));
    out->in6.sin6_family = AF_INET6;
    out->in6.sin6_port = htons(port);
    return inet_pton(AF_INET6, bare, &out->in6.sin6_addr) == 1;
}

bool address_parse(const char *text, uint16_t port, union address *out) {
    return parse_v4(text, port, out) || parse_v6(text, port, out);
}

bool address_from(const struct sockaddr *from, uint16_t port, union address *out) {
    memset(out, 0, sizeof(*out));
    if (from->sa_family == AF_INET) {
        memcpy(&out->in, from, sizeof(out->in));
        out->in.sin_port = htons(port);
        return true;
    }
    if (from->sa_family == AF_INET6) {
        memcpy(&out->in6, from, sizeof(out->in6));
        out->in6.sin6_port = htons(port);
        return true;
    }
    return false;
}

bool address_is_loopback(const union address *a) {
    const struct in6_addr *v6 = &a->in6.sin6_addr;
    if (a->any.sa_family == AF_INET)
        return (ntohl(a->in.sin_addr.s_addr) >> 24) == 127;
    return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
}

struct net {
    uint32_t prefix;
    int bits;
};

static bool is_public_v4(uint32_t a) {
    /* RFC 6890 and its registry, multicast, and what is reserved */
    static const struct net others[] = {
        {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
        {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24}, {0xC0586300, 24}, {0xC0A80000, 16},
        {0xC6120000, 15}, {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 3},
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if ((a ^ others[i].prefix) >> (32 - others[i].bits) == 0)
            return false;
    return true;
}

/* 2000::/3 (RFC 4291 2.4), without 2001::/23 (protocols, Teredo), 2001:db8::/32, 2002::/16 (6to4), 3fff::/20.
 */
static bool is_public_v6(const unsigned char b[16]) {
    bool is_protocol = b[0] == 0x20 && b[1] == 0x01 && b[2] < 2;
    bool is_example = b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8;
    bool is_6to4 = b[0] == 0x20 && b[1] == 0x02;
    bool is_more_example = b[0] == 0x3f && b[1] == 0xff && b[2] < 0x10;
    return (b[0] & 0xE0) == 0x20 && !is_protocol && !is_example && !is_6to4 && !is_more_example;
}

bool address_is_public(const union address *a) {
    const struct in6_addr *v6 = &a->in6.sin6_addr;
    uint32_t mapped;
    if (a->any.sa_family == AF_INET)
        return is_public_v4(ntohl(a->in.sin_addr.s_addr));
    if (!IN6_IS_ADDR_V4MAPPED(v6))
        return is_public_v6(v6->s6_addr);
    memcpy(&mapped, &v6->s6_addr[12], sizeof(mapped));
    return is_public_v4(ntohl(mapped));
}

void address_text(const union address *a, char out[ADDRESS_TEXT_LEN]) {
    char host[INET6_ADDRSTRLEN] = "";
    if (a->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &a->in.sin_addr, host, sizeof(host));
        snprintf(out, ADDRESS_TEXT_LEN, "%s:%u", host, ntohs(a->in.sin_port));
    } else {
        inet_ntop(AF_INET6, &a->in6.sin6_addr, host, sizeof(host));
        snprintf(out, ADDRESS_TEXT_LEN, "[%s]:%u", host, ntohs(a->in6.sin6_port));
    }
}

const unsigned char *address_bytes(const union address *a, size_t *len) {
    if (a->any.sa_family == AF_INET) {
        *len = 4;
        return (const unsigned char *)&a->in.sin_addr;
    }
    *len = 16;
    return (const unsigned char *)&a->in6.sin6_addr;
}

bool address_from_bytes(int family, const char *bytes, union address *out) {
    memset(out, 0, sizeof(*out));
    out->any.sa_family = (sa_family_t)family;
    if (family == AF_INET)
        memcpy(&out->in.sin_addr, bytes, 4);
    else if (family == AF_INET6)
        memcpy(&out->in6.sin6_addr, bytes, 16);
    return family == AF_INET || family == AF_INET6;
}
