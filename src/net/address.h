/* SPDX-License-Identifier: MIT */
/* address: an IPv4 or IPv6 address with its port. Values: nothing is owned. Not a header for other rooms. */
#ifndef COUPLET_NET_ADDRESS_H
#define COUPLET_NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

enum { ADDRESS_TEXT_LEN = 80 }; /* "[…%scope]:65535" and NUL */

/* "127.0.0.1", "::1" or "[::1]"; false when the text is a name. */
bool address_parse(const char *text, uint16_t port, union address *out);
/* False for other families. */
bool address_from(const struct sockaddr *from, uint16_t port, union address *out);
/* 127.0.0.0/8, ::1, and 127.0.0.0/8 mapped into IPv6. */
bool address_is_loopback(const union address *a);
/* One that the Internet routes: not of this machine, a private or local network, multicast, documentation, or
 * IPv6 that stands for an IPv4 address (but mapped ones, which are what they map). */
bool address_is_public(const union address *a);
/* "127.0.0.1:5222", "[::1]:5222". */
void address_text(const union address *a, char out[ADDRESS_TEXT_LEN]);
/* The 4 or 16 bytes as they stand in a certificate. */
const unsigned char *address_bytes(const union address *a, size_t *len);
/* The reverse: 4 bytes of AF_INET or 16 of AF_INET6, port 0. False for other families. */
bool address_from_bytes(int family, const char *bytes, union address *out);

#endif
