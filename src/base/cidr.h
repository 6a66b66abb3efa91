/* SPDX-License-Identifier: MIT */
/*
 * cidr: a network as people write it: 10.0.0.0/8, 2001:db8::/32, or a single address. An IPv4 address in IPv6
 * clothes (::ffff:192.0.2.1, RFC 4291 2.5.5.2) is the IPv4 address that it stands for, on both sides.
 */
#ifndef COUPLET_BASE_CIDR_H
#define COUPLET_BASE_CIDR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

struct cidr {
    bool is_v6;
    unsigned char bytes[16]; /* the first 4 of IPv4 */
    unsigned bits;
};

/* -1 with the reason, also for bits that are set behind the prefix (10.0.0.1/8: what was meant?). */
int cidr_parse(struct cidr *c, const char *text, struct err *err);
/* A single address; false: it is of another family. */
bool cidr_of(struct cidr *c, const struct sockaddr *address);
bool cidr_has(const struct cidr *network, const struct cidr *address);
/* Is it in one of them? */
bool cidr_any(const struct cidr *networks, size_t count, const struct cidr *address);
bool cidr_is_loopback(const struct cidr *address);
enum { CIDR_TEXT_LEN = 46 };
/* The address without its prefix. */
void cidr_text(const struct cidr *address, char out[CIDR_TEXT_LEN]);

#endif
