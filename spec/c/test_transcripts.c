/* SPDX-License-Identifier: MIT */
/*
 * Plays the transcripts of spec/stream (the folder's README.md tells their format), or those that are named:
 *
 *   build/spec/test_transcripts [FILE.xt…]
 *
 * Each is played whole, byte by byte, and once for every place at which its S: blocks can be cut in two;
 * however the bytes arrive, output and events must be the ones that are written down. Then once for every
 * byte of the server's after which the connection can be lost (transcript_play.h, check_lost). Files whose
 * names begin with "_" are beginnings, for others to include.
 */
#include "check.h"
#include "transcript.h"
#include "transcript_play.h"

#include <dlfcn.h>
#include <glob.h>
#include <openssl/evp.h>

/* ---- each key is computed once: thousands of replays want the same few ---- */

enum { KEYS = 64, KEY_NAME_LEN = 400 };

struct key {
    char name[KEY_NAME_LEN]; /* all that it is made of */
    unsigned char bytes[EVP_MAX_MD_SIZE];
};

typedef int pbkdf2_fn(const char *, int, const unsigned char *, int, int, const EVP_MD *, int,
                      unsigned char *);

static bool name_key(char name[KEY_NAME_LEN], struct str pass, struct str salt, const char *how) {
    struct buf hex = BUF_INIT;
    for (size_t i = 0; i < pass.len + salt.len; i++)
        buf_addf(&hex, "%02x", (unsigned char)(i < pass.len ? pass.s[i] : salt.s[i - pass.len]));
    int len = snprintf(name, KEY_NAME_LEN, "%s %zu %s", how, pass.len, buf_data(&hex));
    buf_finish(&hex);
    return len < KEY_NAME_LEN;
}

/* Instead of libcrypto's, which does the work. */
int PKCS5_PBKDF2_HMAC(const char *pass, int pass_len, const unsigned char *salt, int salt_len, int rounds,
                      const EVP_MD *md, int key_len, unsigned char *out) {
    static struct key keys[KEYS]; /* this program is one thread */
    static size_t next;
    char name[KEY_NAME_LEN], how[64];
    void *work = dlsym(RTLD_NEXT, "PKCS5_PBKDF2_HMAC");
    pbkdf2_fn *pbkdf2;
    memcpy(&pbkdf2, &work, sizeof(pbkdf2));
    snprintf(how, sizeof(how), "%s %d %d", EVP_MD_get0_name(md), rounds, key_len);
    bool is_named = name_key(name, (struct str){pass, (size_t)pass_len},
                             (struct str){(const char *)salt, (size_t)salt_len}, how);
    for (size_t i = 0; is_named && i < KEYS; i++)
        if (strcmp(keys[i].name, name) == 0) {
            memcpy(out, keys[i].bytes, (size_t)key_len);
            return 1;
        }
    int rc = pbkdf2(pass, pass_len, salt, salt_len, rounds, md, key_len, out);
    if (rc == 1 && is_named) {
        struct key *k = &keys[next++ % KEYS];
        memcpy(k->name, name, sizeof(k->name));
        memcpy(k->bytes, out, (size_t)key_len);
    }
    return rc;
}

/* ---- replays ---- */

static size_t longest_block(const struct transcript *t) {
    size_t longest = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct step *s = &t->steps[i];
        if ((s->kind == STEP_SERVER || s->kind == STEP_SERVER_MESSAGE) && !s->is_included &&
            buf_len(&s->text) > longest)
            longest = buf_len(&s->text);
    }
    return longest;
}

enum { LOST_MAX = 4000 }; /* of a longer talk, only the first so many bytes */

static size_t length_of(const struct transcript *t) {
    size_t len = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct step *s = &t->steps[i];
        if ((s->kind == STEP_SERVER || s->kind == STEP_READ || s->kind == STEP_SERVER_MESSAGE) &&
            !s->is_included)
            len += buf_len(&s->text);
    }
    return len < LOST_MAX ? len : LOST_MAX;
}

static bool ends_when_lost(const struct transcript *t) {
    bool ok = true;
    struct play *p = mem_new(struct play);
    for (size_t bytes = 0, len = length_of(t); ok && bytes < len; bytes++) {
        ok = play_until(p, t, bytes);
        if (!ok)
            printf("# %s\n#   (the connection lost after %zu bytes)\n", p->failure, bytes);
    }
    mem_free(p);
    return ok;
}

static bool plays(const struct transcript *t, size_t cut, const char *how) {
    struct play *p = mem_new(struct play);
    bool ok = play_all(p, t, cut);
    if (!ok)
        printf("# %s\n#   (replayed %s, %zu)\n", p->failure, how, cut);
    mem_free(p);
    return ok;
}

static bool plays_in_all_ways(const struct transcript *t) {
    bool ok = plays(t, 0, "whole") && plays(t, SIZE_MAX, "byte by byte");
    for (size_t cut = 1, longest = longest_block(t); ok && cut < longest; cut++)
        ok = plays(t, cut, "with blocks cut after");
    return ok && ends_when_lost(t);
}

static void run_file(const char *path) {
    struct transcript t = {NULL, 0};
    transcript_read(&t, path, false);
    check_bad = !plays_in_all_ways(&t);
    check_count++;
    check_failed += check_bad;
    printf("%s %d %s\n", check_bad ? "not ok" : "ok", check_count, path);
    fflush(stdout);
    transcript_free(&t);
}

int main(int argc, char **argv) {
    glob_t found = {0};
    if (argc < 2 && glob("spec/stream/[!_]*.xt", 0, NULL, &found) != 0)
        transcript_die("spec/stream", "no transcripts", "to be started in the project's folder");
    for (int i = 1; i < argc; i++)
        run_file(argv[i]);
    for (size_t i = 0; i < found.gl_pathc; i++)
        run_file(found.gl_pathv[i]);
    globfree(&found);
    return check_done();
}
