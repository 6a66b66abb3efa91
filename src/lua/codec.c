/* SPDX-License-Identifier: MIT */
/*
 * codec: digests, base64, and values of bot.store as bytes (pack.h) for Lua (require "couplet.core.codec");
 * couplet.hash and couplet.base64 give them their names. Bytes in, bytes out. An algorithm that does not
 * exist is nil: some names come from the network.
 */
#include "base/base64.h"
#include "base/buf.h"
#include "base/sha.h"
#include "lua/open.h"
#include "lua/pack.h"

#include <lauxlib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>

static const struct {
    const char *name; /* as XEP-0300 and IANA's registry have it */
    const EVP_MD *(*md)(void);
} algorithms[] = {
    {"sha-1", EVP_sha1},
    {"sha-224", EVP_sha224},
    {"sha-256", EVP_sha256},
    {"sha-384", EVP_sha384},
    {"sha-512", EVP_sha512},
    {"sha3-224", EVP_sha3_224},
    {"sha3-256", EVP_sha3_256},
    {"sha3-384", EVP_sha3_384},
    {"sha3-512", EVP_sha3_512},
    {"blake2s-256", EVP_blake2s256},
    {"blake2b-512", EVP_blake2b512},
    {"md5", EVP_md5},
};

enum { SHORT = 8192 };

/* OpenSSL's constructor; NULL: there is none. */
static const EVP_MD *(*algorithm(lua_State *L))(void) {
    const char *name = luaL_checkstring(L, 1);
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
        if (strcmp(name, algorithms[i].name) == 0)
            return algorithms[i].md;
    return NULL;
}

/* What is short needs no OpenSSL (base/sha.h). False: it is not one of those. */
static bool push_short(lua_State *L, const EVP_MD *(*md)(void), const char *bytes, size_t len) {
    unsigned char out[SHA256_LEN];
    if (len > SHORT || (md != EVP_sha1 && md != EVP_sha256))
        return false;
    if (md == EVP_sha1)
        sha1(bytes, len, out);
    else
        sha256(bytes, len, out);
    lua_pushlstring(L, (const char *)out, md == EVP_sha1 ? SHA1_LEN : SHA256_LEN);
    return true;
}

/* hash(algorithm, bytes) -> bytes | nil */
static int l_hash(lua_State *L) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned out_len = 0;
    size_t len;
    const EVP_MD *(*md)(void) = algorithm(L);
    const char *bytes = luaL_checklstring(L, 2, &len);
    if (md != NULL && push_short(L, md, bytes, len))
        return 1;
    if (md == NULL || EVP_Digest(bytes, len, out, &out_len, md(), NULL) != 1)
        return 0;
    lua_pushlstring(L, (const char *)out, out_len);
    return 1;
}

/* hmac(algorithm, key, bytes) -> bytes | nil */
static int l_hmac(lua_State *L) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned out_len = 0;
    size_t key_len, len;
    const EVP_MD *(*md)(void) = algorithm(L);
    const char *key = luaL_checklstring(L, 2, &key_len), *bytes = luaL_checklstring(L, 3, &len);
    luaL_argcheck(L, key_len <= 1 << 20, 2, "this key is too long");
    if (md == NULL || HMAC(md(), key, (int)key_len, (const unsigned char *)bytes, len, out, &out_len) == NULL)
        return 0;
    lua_pushlstring(L, (const char *)out, out_len);
    return 1;
}

/* Lua's memory is asked for first: what raises leaves nothing of ours behind. */
static int push_buf(luaL_Buffer *out, char *to, struct buf *b) {
    size_t len = buf_len(b);
    memcpy(to, buf_data(b), len);
    buf_finish(b);
    luaL_pushresultsize(out, len);
    return 1;
}

/* base64(bytes) -> text */
static int l_base64(lua_State *L) {
    struct buf b = BUF_INIT;
    luaL_Buffer out;
    size_t len;
    const char *bytes = luaL_checklstring(L, 1, &len);
    char *to = luaL_buffinitsize(L, &out, (len + 2) / 3 * 4);
    base64_encode(&b, bytes, len);
    return push_buf(&out, to, &b);
}

/* unbase64(text) -> bytes | nil. White space is left out; else strict. */
static int l_unbase64(lua_State *L) {
    struct buf tight = BUF_INIT, b = BUF_INIT;
    luaL_Buffer out;
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    char *to = luaL_buffinitsize(L, &out, len);
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\0' || strchr(" \t\r\n", text[i]) == NULL)
            buf_addc(&tight, text[i]);
    int result = base64_decode(&b, buf_data(&tight), buf_len(&tight));
    buf_finish(&tight);
    if (result == 0)
        return push_buf(&out, to, &b);
    buf_finish(&b);
    return 0;
}

int open_core_codec(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"hash", l_hash},           {"hmac", l_hmac},        {"base64", l_base64},
        {"unbase64", l_unbase64},   {"pack", pack_value},    {"copy", pack_copy},
        {"pack_plain", pack_plain}, {"unpack", pack_unpack}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
