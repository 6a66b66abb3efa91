/* SPDX-License-Identifier: MIT */
#include "base/sha.h"

#include <stdint.h>
#include <string.h>

enum { BLOCK = 64 };

typedef void block_fn(uint32_t *h, const unsigned char *block);

static uint32_t left(uint32_t x, int n) {
    return x << n | x >> (32 - n);
}

static uint32_t right(uint32_t x, int n) {
    return x >> n | x << (32 - n);
}

static uint32_t word_at(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_word(unsigned char *p, uint32_t w) {
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(w >> (24 - 8 * i));
}

/* FIPS 180-4 6.1.2 */
static void block_sha1(uint32_t *h, const unsigned char *block) {
    static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t w[80] = {0}, a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int t = 0; t < 80; t++)
        w[t] = t < 16 ? word_at(block + 4 * t) : left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    for (int t = 0; t < 80; t++) {
        uint32_t f = t < 20   ? (b & c) ^ (~b & d)
                     : t < 40 ? b ^ c ^ d
                     : t < 60 ? (b & c) ^ (b & d) ^ (c & d)
                              : b ^ c ^ d;
        uint32_t next = left(a, 5) + f + e + k[t / 20] + w[t];
        e = d;
        d = c;
        c = left(b, 30);
        b = a;
        a = next;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

/* 4.2.2 */
static const uint32_t k256[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* 6.2.2 */
static void block_sha256(uint32_t *h, const unsigned char *block) {
    uint32_t w[64] = {0}, v[8];
    memcpy(v, h, sizeof(v));
    for (int t = 0; t < 64; t++) {
        w[t] = t < 16 ? word_at(block + 4 * t) : w[t - 16] + w[t - 7];
        if (t < 16)
            continue;
        w[t] += right(w[t - 15], 7) ^ right(w[t - 15], 18) ^ w[t - 15] >> 3;
        w[t] += right(w[t - 2], 17) ^ right(w[t - 2], 19) ^ w[t - 2] >> 10;
    }
    for (int t = 0; t < 64; t++) {
        uint32_t one = v[7] + (right(v[4], 6) ^ right(v[4], 11) ^ right(v[4], 25)) +
                       ((v[4] & v[5]) ^ (~v[4] & v[6])) + k256[t] + w[t];
        uint32_t two = (right(v[0], 2) ^ right(v[0], 13) ^ right(v[0], 22)) +
                       ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += one;
        v[0] = one + two;
    }
    for (int i = 0; i < 8; i++)
        h[i] += v[i];
}

/* 5.1.1: a bit 1, zeros, the length in bits; in one block or two. */
static void digest(block_fn *block, uint32_t *h, const unsigned char *bytes, size_t len) {
    unsigned char last[2 * BLOCK] = {0};
    size_t whole = len / BLOCK * BLOCK, rest = len - whole;
    size_t end = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;
    for (size_t at = 0; at < whole; at += BLOCK)
        block(h, bytes + at);
    if (rest > 0)
        memcpy(last, bytes + whole, rest);
    last[rest] = 0x80;
    put_word(last + end - 8, (uint32_t)((uint64_t)len >> 29));
    put_word(last + end - 4, (uint32_t)(len << 3));
    for (size_t at = 0; at < end; at += BLOCK)
        block(h, last + at);
}

void sha1(const void *bytes, size_t len, unsigned char out[SHA1_LEN]) {
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    digest(block_sha1, h, bytes, len);
    for (int i = 0; i < 5; i++)
        put_word(out + 4 * i, h[i]);
}

void sha256(const void *bytes, size_t len, unsigned char out[SHA256_LEN]) {
    uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    digest(block_sha256, h, bytes, len);
    for (int i = 0; i < 8; i++)
        put_word(out + 4 * i, h[i]);
}
