/* SPDX-License-Identifier: MIT */
/*
 * proxy: who connects in our place: socks5://[user:password@]host[:port] (RFC 1928, 1929), or http://… for
 * the method CONNECT (RFC 9110 9.3.6). In user and password %XX stands for a byte.
 */
#ifndef COUPLET_BASE_PROXY_H
#define COUPLET_BASE_PROXY_H

#include "base/err.h"

#include <stdint.h>

enum proxy_kind { PROXY_NONE, PROXY_SOCKS5, PROXY_HTTP };

struct proxy { /* all zero: none; strings owned */
    enum proxy_kind kind;
    char *host;            /* an IPv6 address without its brackets */
    uint16_t port;         /* 1080 or 8080 when the text names none */
    char *user, *password; /* both or neither; 1 to 255 bytes */
};

/* 0, or -1 (nothing to finish): err says what is wrong, without quoting a secret. */
int proxy_read(struct proxy *p, const char *text, struct err *err);
void proxy_finish(struct proxy *p);

#endif
