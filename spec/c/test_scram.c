/* SPDX-License-Identifier: MIT */
/* SCRAM: the vectors of RFC 5802 5 and RFC 7677 3, and everything that a server could get wrong or forge. */
#include "check.h"

#include "xmpp/memory.h"
#include "xmpp/scram.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define NONCE_1  "fyko+d2lbbFgONRv9qkxdawL"
#define SERVER_1 "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
#define FINAL_1  "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
#define PROOF_1  "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="

#define NONCE_256  "rOprNGfwEbeRWgbNEkqO"
#define SERVER_256 "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define FINAL_256                                                                                            \
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"                                           \
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define PROOF_256 "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static struct scram *scram_of(enum scram_hash hash, const char *user, const char *password,
                              const char *nonce) {
    struct scram_options o = {.hash = hash, .user = user, .password = password, .nonce = nonce};
    return scram_new(&o);
}

/* An exchange that has said its first message. */
struct talk {
    struct scram *scram;
    struct buf out;
    struct err err;
};

static struct talk begin(enum scram_hash hash, const char *nonce) {
    struct talk t = {scram_of(hash, "user", "pencil", nonce), BUF_INIT, ERR_INIT};
    CHECK_INT(scram_first(t.scram, &t.out, &t.err), 0);
    buf_clear(&t.out);
    return t;
}

static void end(struct talk *t) {
    scram_free(t->scram);
    buf_finish(&t->out);
}

static int challenge(struct talk *t, const char *text) {
    buf_clear(&t->out);
    return scram_challenge(t->scram, str_of(text), &t->out, &t->err);
}

static void vectors_sha_1(void) {
    struct scram *s = scram_of(SCRAM_SHA_1, "user", "pencil", NONCE_1);
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    CHECK_INT(scram_first(s, &out, &err), 0);
    CHECK_STR(buf_data(&out), "n,,n=user,r=" NONCE_1);
    buf_clear(&out);
    CHECK_INT(scram_challenge(s, STR_LIT(SERVER_1), &out, &err), 0);
    CHECK_STR(buf_data(&out), FINAL_1);
    CHECK(!scram_is_verified(s));
    CHECK_INT(scram_success(s, STR_LIT(PROOF_1), &err), 0);
    CHECK(scram_is_verified(s));
    scram_free(s);
    buf_finish(&out);
}

static void vectors_sha_256(void) {
    struct talk t = begin(SCRAM_SHA_256, NONCE_256);
    CHECK_INT(challenge(&t, SERVER_256), 0);
    CHECK_STR(buf_data(&t.out), FINAL_256);
    CHECK_INT(challenge(&t, PROOF_256), 0);
    CHECK_INT(buf_len(&t.out), 0);
    CHECK(scram_is_verified(t.scram));
    CHECK_INT(scram_success(t.scram, STR_NONE, &t.err), 0);
    end(&t);
}

static void nonces_are_random(void) {
    struct buf a = BUF_INIT, b = BUF_INIT;
    struct err err = ERR_INIT;
    struct scram *s = scram_of(SCRAM_SHA_1, "user", "pencil", NULL),
                 *t = scram_of(SCRAM_SHA_1, "user", "pencil", NULL);
    CHECK_INT(scram_first(s, &a, &err), 0);
    CHECK_INT(scram_first(t, &b, &err), 0);
    CHECK_INT(buf_len(&a), strlen("n,,n=user,r=") + 32); /* 24 bytes as base64 */
    CHECK(strcmp(buf_data(&a), buf_data(&b)) != 0);
    scram_free(s);
    scram_free(t);
    buf_finish(&a);
    buf_finish(&b);
}

static void first_refused(const char *user, const char *password, const char *why) {
    struct scram *s = scram_of(SCRAM_SHA_1, user, password, "x");
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    CHECK_INT(scram_first(s, &out, &err), -1);
    CHECK_HAS(err.text, why);
    CHECK(strstr(err.text, password) == NULL || password[0] == '\0');
    CHECK_INT(buf_len(&out), 0);
    scram_free(s);
    buf_finish(&out);
}

static void names_and_passwords(void) {
    first_refused("user", "pen\acil", "SASLprep");
    first_refused("user", "pen\xff", "UTF-8");
    first_refused("user", "", "the password is empty");
    first_refused("us\aer", "pencil", "the user name");
    first_refused("user", "\xc2\xad", "the password is empty"); /* a soft hyphen maps to nothing (B.1) */
}

/* One password, typed in two ways, has one proof. */
static void passwords_are_prepared(void) {
    struct buf out[2] = {BUF_INIT, BUF_INIT};
    static const char *const passwords[] = {"p\xc3\xa4ss", "pa\xcc\x88ss"};
    for (int i = 0; i < 2; i++) {
        struct err err = ERR_INIT;
        struct scram *s = scram_of(SCRAM_SHA_256, "user", passwords[i], NONCE_256);
        CHECK_INT(scram_first(s, &out[i], &err), 0);
        CHECK_INT(scram_challenge(s, STR_LIT(SERVER_256), &out[i], &err), 0);
        scram_free(s);
    }
    CHECK_STR(buf_data(&out[0]), buf_data(&out[1]));
    buf_finish(&out[0]);
    buf_finish(&out[1]);
}

static void refused(const char *server_first, const char *why) {
    struct talk t = begin(SCRAM_SHA_1, NONCE_1);
    CHECK_INT(challenge(&t, server_first), -1);
    CHECK_HAS(t.err.text, why);
    CHECK_INT(buf_len(&t.out), 0);
    /* It stays over. */
    CHECK_INT(challenge(&t, SERVER_1), -1);
    CHECK_INT(scram_success(t.scram, STR_LIT(PROOF_1), &t.err), -1);
    CHECK(!scram_is_verified(t.scram));
    end(&t);
}

#define R "r=" NONCE_1 "3rfc"
#define S ",s=QSXCR+Q6sek8bf92"

static void malformed(void) {
    static const char *const texts[] = {
        "",
        "r",
        "r=",
        R,
        R ",",
        R S,
        R S ",",
        R S ",i=",
        R S ",i=4096,",
        R S ",i=4096,x",
        R S ",i=4096,x=",
        R S ",i=4096,=x",
        R S ",i=4096,1=x",
        R ",i=4096" S,
        " " R S ",i=4096",
        R ", s=QSXC,i=4096",
        R ",s=,i=4096",
        R S S ",i=4096",
        "n=user," R S ",i=4096",
        R S ",i=4096,,x=y",
        "e=invalid-proof",
        "v=rmF9",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        refused(texts[i], "malformed");
    refused(R ",s=QSXCR+Q6sek8bf9,i=4096", "salt is not base64");
    refused(R ",s=QSX CR+Q6,i=4096", "salt is not base64");
    refused(R ",s=====,i=4096", "salt is not base64");
    refused(R "\xff" S ",i=4096", "not text");
}

static void nonces(void) {
    refused("r=" NONCE_1 S ",i=4096", "added nothing");
    refused("r=fyko" S ",i=4096", "does not begin with ours");
    refused("r=3rfc" NONCE_1 S ",i=4096", "does not begin with ours");
    refused("r=FYKO+d2lbbFgONRv9qkxdawLabc" S ",i=4096", "does not begin with ours");
    refused(R " x" S ",i=4096", "not allowed");
    refused(R "\x01" S ",i=4096", "not allowed");
    refused(R "\xc3\xa4" S ",i=4096", "not allowed");
}

static void iterations(void) {
    static const char *const no_number[] = {"0",     "04096", "-4096", "+4096",
                                            "4096x", "4 096", "4.0",   "0x1000"};
    char text[200];
    for (size_t i = 0; i < sizeof(no_number) / sizeof(no_number[0]); i++) {
        snprintf(text, sizeof(text), "%s,i=%s", R S, no_number[i]);
        refused(text, "not a number");
    }
    refused(R S ",i=1", "below 4096");
    refused(R S ",i=4095", "below 4096");
    refused(R S ",i=1000001", "above 1000000");
    refused(R S ",i=4294967296", "above 1000000");
    refused(R S ",i=4294968296", "above 1000000");
    refused(R S ",i=18446744073709552616", "above 1000000");
    refused(R S ",i=99999999999999999999999999999999999999999999", "above 1000000");
    struct talk t = begin(SCRAM_SHA_1, NONCE_1);
    CHECK_INT(challenge(&t, R S ",i=4096"), 0);
    end(&t);
}

static void extensions(void) {
    refused("m=foo," R S ",i=4096", "not known");
    refused("m=", "not known");
    refused(R S ",i=4096,m=foo", "not known");
    refused(R S ",i=4096,x=y,m=foo", "not known");
    /* Optional ones are ignored, but belong to what is signed: the proof is another one. */
    struct talk t = begin(SCRAM_SHA_1, NONCE_1);
    CHECK_INT(challenge(&t, SERVER_1 ",x=y,Z==a=b="), 0);
    CHECK_HAS(buf_data(&t.out), "c=biws,r=" NONCE_1 "3rfcNHYJY1ZVvWVs7j,p=");
    CHECK(strcmp(buf_data(&t.out), FINAL_1) != 0);
    CHECK_INT(scram_success(t.scram, STR_LIT(PROOF_1), &t.err), -1);
    end(&t);
}

static void not_proven(struct str final, const char *why) {
    struct talk t = begin(SCRAM_SHA_1, NONCE_1);
    CHECK_INT(challenge(&t, SERVER_1), 0);
    CHECK_INT(scram_success(t.scram, final, &t.err), -1);
    CHECK_HAS(t.err.text, why);
    CHECK(!scram_is_verified(t.scram));
    CHECK_INT(scram_success(t.scram, STR_LIT(PROOF_1), &t.err), -1); /* no second try */
    end(&t);
}

static void signatures(void) {
    not_proven(STR_NONE, "without the server's signature");
    not_proven(STR_LIT(""), "malformed");
    not_proven(STR_LIT("v="), "malformed");
    not_proven(STR_LIT("v=rmF9pqV8S7suAoZWja4dJRkFsKR="), "signature"); /* stray bits, or another signature */
    not_proven(STR_LIT("v=smF9pqV8S7suAoZWja4dJRkFsKQ="), "is wrong");
    not_proven(STR_LIT("v=rmF9pqV8S7suAoZWja4dJRkFsA=="), "is wrong"); /* a byte short */
    not_proven(STR_LIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQA"), "is wrong"); /* a byte more */
    not_proven(STR_LIT("v=AAAAAAAAAAAAAAAAAAAAAAAAAAA="), "is wrong");
    not_proven(STR_LIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQ"), "not base64");
    not_proven(STR_LIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQ= "), "not base64");
    not_proven(STR_LIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,"), "malformed");
    not_proven(STR_LIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,m=x"), "not known");
    not_proven(STR_LIT("m=x,v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), "not known");
    not_proven(STR_LIT("e=invalid-proof"), "an error in place of its signature");
    not_proven(STR_LIT("x=rmF9pqV8S7suAoZWja4dJRkFsKQ="), "malformed");
    not_proven(STR_LIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=\0x"), "not text");
}

static void optional_extension_of_the_signature(void) {
    struct talk t = begin(SCRAM_SHA_1, NONCE_1);
    CHECK_INT(challenge(&t, SERVER_1), 0);
    CHECK_INT(scram_success(t.scram, STR_LIT(PROOF_1 ",x=y"), &t.err), 0);
    end(&t);
}

static void order_of_things(void) {
    struct talk t = begin(SCRAM_SHA_1, NONCE_1);
    CHECK_INT(scram_success(t.scram, STR_LIT(PROOF_1), &t.err), -1);
    CHECK_HAS(t.err.text, "before the exchange was complete");
    end(&t);
    t = begin(SCRAM_SHA_1, NONCE_1);
    CHECK_INT(challenge(&t, SERVER_1), 0);
    CHECK_INT(challenge(&t, PROOF_1), 0);
    CHECK_INT(scram_success(t.scram, STR_LIT("x"), &t.err), -1); /* more than was to be said */
    end(&t);
    t = begin(SCRAM_SHA_1, NONCE_1);
    CHECK_INT(challenge(&t, SERVER_1), 0);
    CHECK_INT(challenge(&t, SERVER_1), -1); /* the first message again */
    end(&t);
    scram_free(NULL);
}

/* ---- channel binding, SHA-512, SHA3-512: computed with Python's hashlib and hmac ----
 *
 *   salted = pbkdf2_hmac(h, b"pencil", salt, 4096); client, server = hmac(salted, b"Client Key"), (…"Server
 * Key") auth = b"n=user,r=" + nonce + b"," + server_first + b",c=" + cbind + b",r=" + whole_nonce p = client
 * ^ hmac(h(client), auth); v = hmac(server, auth)        h: "sha512", "sha3_512", …
 */

#define RS "r=" NONCE_1 "3rfcNHYJY1ZVvWVs7j"

static void more_vectors(void) {
    static const struct {
        enum scram_hash hash;
        char gs2;
        const char *type;
        struct str data;
        const char *first, *final, *proof;
    } rows[] = {
        {SCRAM_SHA_512,
         'n',
         NULL,
         {NULL, 0},
         "n,,n=user",
         "c=biws," RS
         ",p=VdS8LkrURiej1tG6iX+fqCXQfUnBb//d9llXYaH+ylUbDwBUz9geyR9fC4TewskRUM2tlYSalhAT4Aay1Q5dTA==",
         "v=14PAAuavk9hxBEkgB0brDxUhvWu+N16meYk+qxVNFqchR8QPohM09Y4Z6WaTCuX4C6nqMB9KIJTDm6RpSM990g=="},
        {SCRAM_SHA3_512,
         'n',
         NULL,
         {NULL, 0},
         "n,,n=user",
         "c=biws," RS
         ",p=N7ytQZSIFD8AzBqDJaax/1FHYhtpW32G9OD3Kc1yPoo9oIYNIgtZmkOpWNCIMZqtegpjpw5eh0gFEwGj3hpbiw==",
         "v=U5xK5z7rtvUwx1EoCmpw+AFVz3KAfsFxJWRNJQcB2OaAsmkLMo0pQfuA3BjPueIhrwDVzymXThh76pySm0XP2g=="},
        {SCRAM_SHA3_512, 'p', "tls-exporter", STR_LIT("0123456789abcdef0123456789abcdef"),
         "p=tls-exporter,,n=user",
         "c=cD10bHMtZXhwb3J0ZXIsLDAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm," RS
         ",p=jUyyeKZnzaUX6BkMrkRyYGj6yDf9gH0reoocYXk3qa6fmGLsIEujGARzuWWrV7lcudHSsM0TlKeMWKRKlkh/WQ==",
         "v=8Xxvdfi8+q39gEl2w9QhGcU0pYTN3GXQKyXD18IHjBmwBDW/m/vVXK3rW8WNe2MfEIOHs6dv5KZAMM6gqQ4efA=="},
        {SCRAM_SHA_1, 'p', "tls-exporter", STR_LIT("0123456789abcdef0123456789abcdef"),
         "p=tls-exporter,,n=user",
         "c=cD10bHMtZXhwb3J0ZXIsLDAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm," RS
         ",p=O/iGIpD3k2i0DiBIoA/wAULDbCo=",
         "v=HuDA/XNNga3QUvlA8/h5mYvMWEc="},
        {SCRAM_SHA_256, 'p', "tls-unique", STR_LIT("\0\1\2fin"), "p=tls-unique,,n=user",
         "c=cD10bHMtdW5pcXVlLCwAAQJmaW4=," RS ",p=lU2MGJ79In8tR4xr/mQf1Ppiokyiv+LzqZijOEgtK2A=",
         "v=Z6uFq5iX9b+1G5WTMYMeazYGkKnlPAKy9x/Cv1jlQJg="},
        {SCRAM_SHA_512, 'p', "tls-server-end-point", STR_LIT("hash"), "p=tls-server-end-point,,n=user",
         "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsaGFzaA==," RS
         ",p=r/yMI9RRNu3r7p8iN/5I+hFoj/A/YL9RwxoQohuwaxh9GwuasOzz6yDESPRW95v7KC2Nk1JN5BuDKbkVAn6rNA==",
         "v=n1mI0tXnXVH9jpqtiGRaifIBL7FGB3TsM2chkB1fsNnZLIYPch3PIMH8fn2hrM4d/3cxzjgqkIJytApSb+mu4g=="},
        {SCRAM_SHA_256,
         'y',
         NULL,
         {NULL, 0},
         "y,,n=user",
         "c=eSws," RS ",p=MD5FoDJhoBHBxUI2CTZhj0612sM71cyISgVrJBjg8co=",
         "v=z2yn5Y3TSBcjODoROeZrUPRQ57ic2vKwBRv7TDU4ibE="},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scram_options o = {.hash = rows[i].hash,
                                  .user = "user",
                                  .password = "pencil",
                                  .nonce = NONCE_1,
                                  .gs2 = rows[i].gs2,
                                  .binding_type = rows[i].type,
                                  .binding = rows[i].data};
        struct talk t = {scram_new(&o), BUF_INIT, ERR_INIT};
        CHECK_INT(scram_first(t.scram, &t.out, &t.err), 0);
        CHECK_HAS(buf_data(&t.out), rows[i].first);
        CHECK(strncmp(buf_data(&t.out), rows[i].first, strlen(rows[i].first)) == 0);
        CHECK_INT(challenge(&t, SERVER_1), 0);
        CHECK_STR(buf_data(&t.out), rows[i].final);
        CHECK_INT(scram_success(t.scram, str_of(rows[i].proof), &t.err), 0);
        CHECK(scram_is_verified(t.scram));
        end(&t);
    }
}

/* ---- XEP-0474 ---- */

#define VOUCHED "SCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS\x1ftls-exporter\x1etls-server-end-point" /* its example */

static struct talk begin_offered(const char *offers, bool needs_hash) {
    struct scram_options o = {.hash = SCRAM_SHA_1,
                              .user = "user",
                              .password = "pencil",
                              .nonce = NONCE_1,
                              .offers = str_of(offers),
                              .needs_hash = needs_hash};
    struct talk t = {scram_new(&o), BUF_INIT, ERR_INIT};
    CHECK_INT(scram_first(t.scram, &t.out, &t.err), 0);
    return t;
}

static void vouches(const char *offers, bool needs_hash, const char *server_first, int result,
                    const char *why) {
    struct talk t = begin_offered(offers, needs_hash);
    CHECK_INT(challenge(&t, server_first), result);
    CHECK_HAS(t.err.text, why);
    CHECK_INT(buf_len(&t.out) > 0, result == 0);
    CHECK_INT(scram_has_hash(t.scram), result == 0 && offers != NULL && strstr(server_first, ",h=") != NULL);
    end(&t);
}

static void vouched_offers(void) {
    vouches(VOUCHED, false, SERVER_1 ",h=G6k/rBLDqgOhRRaCuuatSDFkJ08=", 0, "");
    vouches(VOUCHED, true, SERVER_1 ",x=y,h=G6k/rBLDqgOhRRaCuuatSDFkJ08=", 0, "");
    vouches(VOUCHED, false, SERVER_1, 0, "");
    vouches(VOUCHED, true, SERVER_1, -1, "does not vouch");
    vouches(VOUCHED, false, SERVER_1 ",h=G6k/rBLDqgOhRRaCuuatSDFkJ09=", -1, "somebody is in between");
    vouches(VOUCHED, false, SERVER_1 ",h=G6k/rBLDqgOhRRaCuuatSDFkJ08", -1, "somebody is in between");
    vouches(VOUCHED, false, SERVER_1 ",h=x", -1, "somebody is in between");
    vouches("SCRAM-SHA-1", false, SERVER_1 ",h=G6k/rBLDqgOhRRaCuuatSDFkJ08=", -1, "somebody is in between");
    vouches(VOUCHED, false, SERVER_1 ",h=", -1, "malformed");
    vouches(VOUCHED, false, SERVER_1 ",h=G6k/rBLDqgOhRRaCuuatSDFkJ08=,h=G6k/rBLDqgOhRRaCuuatSDFkJ08=", -1,
            "malformed");
    vouches(NULL, false, SERVER_1 ",h=x", 0, "");
}

/* ---- keys that are kept ---- */

static int derivations; /* this program's calls of PBKDF2 */

int PKCS5_PBKDF2_HMAC(const char *pass, int pass_len, const unsigned char *salt, int salt_len, int rounds,
                      const EVP_MD *md, int key_len, unsigned char *out) {
    int (*real)(const char *, int, const unsigned char *, int, int, const EVP_MD *, int, unsigned char *);
    void *found = dlsym(RTLD_NEXT, "PKCS5_PBKDF2_HMAC");
    memcpy(&real, &found, sizeof(real));
    derivations++;
    return real(pass, pass_len, salt, salt_len, rounds, md, key_len, out);
}

/* One login; 1 when PBKDF2 was run for it. */
static int login(struct memory *m, const char *password, const char *server_first, const char *proof) {
    struct scram_options o = {
        .hash = SCRAM_SHA_1, .user = "user", .password = password, .nonce = NONCE_1, .memory = m};
    struct talk t = {scram_new(&o), BUF_INIT, ERR_INIT};
    int before = derivations;
    CHECK_INT(scram_first(t.scram, &t.out, &t.err), 0);
    CHECK_INT(challenge(&t, server_first), 0);
    if (strcmp(password, "pencil") == 0 && strcmp(server_first, SERVER_1) == 0)
        CHECK_STR(buf_data(&t.out), FINAL_1);
    scram_success(t.scram, str_of(proof), &t.err);
    end(&t);
    return derivations - before;
}

static void keys_are_kept(void) {
    struct memory *m = memory_new();
    static const char other_salt[] = "r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf93,i=4096";
    CHECK_INT(login(m, "pencil", SERVER_1, "v=AAAAAAAAAAAAAAAAAAAAAAAAAAA="), 1); /* not proven, not kept */
    CHECK_INT(login(m, "pencil", SERVER_1, PROOF_1), 1);
    CHECK_INT(login(m, "pencil", SERVER_1, PROOF_1), 0);
    CHECK_INT(login(m, "pencil", SERVER_1, PROOF_1), 0);
    CHECK_INT(login(m, "pencil", other_salt, "v=x"), 1); /* another salt, which was not proven either */
    CHECK_INT(login(m, "pencil", SERVER_1, PROOF_1), 0);
    CHECK_INT(login(m, "crayon", SERVER_1, "v=x"), 1); /* another password, and the keys are gone */
    CHECK_INT(login(m, "pencil", SERVER_1, PROOF_1), 1);
    CHECK_INT(login(NULL, "pencil", SERVER_1, PROOF_1), 1);
    memory_free(m);
}

/* The two hashes do not mix. */
static void hashes_differ(void) {
    struct talk t = begin(SCRAM_SHA_256, NONCE_1);
    CHECK_INT(challenge(&t, SERVER_1), 0);
    CHECK(strcmp(buf_data(&t.out), FINAL_1) != 0);
    CHECK_INT(scram_success(t.scram, STR_LIT(PROOF_1), &t.err), -1);
    end(&t);
}

int main(void) {
    RUN(vectors_sha_1);
    RUN(vectors_sha_256);
    RUN(nonces_are_random);
    RUN(names_and_passwords);
    RUN(passwords_are_prepared);
    RUN(malformed);
    RUN(nonces);
    RUN(iterations);
    RUN(extensions);
    RUN(signatures);
    RUN(optional_extension_of_the_signature);
    RUN(order_of_things);
    RUN(more_vectors);
    RUN(vouched_offers);
    RUN(keys_are_kept);
    RUN(hashes_differ);
    return check_done();
}
