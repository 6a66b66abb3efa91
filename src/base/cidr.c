/* SPDX-License-Identifier: MIT */
#include "base/cidr.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* IPv4 in IPv6 becomes IPv4; a prefix that is shorter than what marks it stays IPv6. */
static void undress(struct cidr *c) {
    if (!c->is_v6 || c->bits < 96 || memcmp(c->bytes, mapped, sizeof(mapped)) != 0)
        return;
    memmove(c->bytes, c->bytes + 12, 4);
    c->is_v6 = false;
    c->bits -= 96;
}

static bool is_bit_set(const unsigned char *bytes, unsigned at) {
    return bytes[at / 8] & 0x80 >> at % 8;
}

static int check_rest(const struct cidr *c, const char *text, struct err *err) {
    for (unsigned i = c->bits; i < (c->is_v6 ? 128u : 32u); i++)
        if (is_bit_set(c->bytes, i))
            return err_set(err, "'%s' has bits set behind its prefix of %u", text, c->bits);
    return 0;
}

/* "24" -> 24; -1: none, or more than there are. */
static int read_bits(const char *text, unsigned most) {
    size_t digits = strspn(text, "0123456789");
    int bits = digits > 0 && digits <= 3 && text[digits] == '\0' ? atoi(text) : -1;
    return bits >= 0 && (unsigned)bits <= most ? bits : -1;
}

int cidr_parse(struct cidr *c, const char *text, struct err *err) {
    char address[CIDR_TEXT_LEN];
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    memset(c, 0, sizeof(*c));
    if (len >= sizeof(address))
        return err_set(err, "'%.60s' is no network", text);
    memcpy(address, text, len);
    address[len] = '\0';
    c->is_v6 = strchr(address, ':') != NULL;
    if (inet_pton(c->is_v6 ? AF_INET6 : AF_INET, address, c->bytes) != 1)
        return err_set(err, "'%s' is no network, like 10.0.0.0/8 or 2001:db8::/32", text);
    unsigned most = c->is_v6 ? 128 : 32;
    int bits = slash != NULL ? read_bits(slash + 1, most) : (int)most;
    if (bits < 0)
        return err_set(err, "'%s' has no prefix from 0 to %u", text, most);
    c->bits = (unsigned)bits;
    if (check_rest(c, text, err) < 0)
        return -1;
    undress(c);
    return 0;
}

bool cidr_of(struct cidr *c, const struct sockaddr *address) {
    memset(c, 0, sizeof(*c));
    if (address->sa_family == AF_INET) {
        memcpy(c->bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
        c->bits = 32;
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(c->bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
    c->is_v6 = true;
    c->bits = 128;
    undress(c);
    return true;
}

bool cidr_has(const struct cidr *network, const struct cidr *address) {
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    if (network->is_v6 != address->is_v6 || network->bits > address->bits ||
        memcmp(network->bytes, address->bytes, whole) != 0)
        return false;
    return rest == 0 || ((network->bytes[whole] ^ address->bytes[whole]) & 0xff00 >> rest & 0xff) == 0;
}

bool cidr_any(const struct cidr *networks, size_t count, const struct cidr *address) {
    for (size_t i = 0; i < count; i++)
        if (cidr_has(&networks[i], address))
            return true;
    return false;
}

bool cidr_is_loopback(const struct cidr *address) {
    static const struct cidr loopback[] = {{false, {127}, 8}, {true, {[15] = 1}, 128}};
    return cidr_any(loopback, 2, address);
}

void cidr_text(const struct cidr *address, char out[CIDR_TEXT_LEN]) {
    inet_ntop(address->is_v6 ? AF_INET6 : AF_INET, address->bytes, out, CIDR_TEXT_LEN);
}
