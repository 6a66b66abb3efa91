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
