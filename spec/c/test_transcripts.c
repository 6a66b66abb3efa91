/* SPDX-License-Identifier: MIT */
/*
 * Plays the transcripts of spec/stream (the folder's README.md tells their format), or those that are named:
 *
 *   build/spec/test_transcripts [FILE.xt…]
 *
 * Each is played whole, byte by byte, and once for every place at which its S: blocks can be cut in two;
 * however the bytes arrive, output and events must be the ones that are written down. Files whose names begin
 * with "_" are beginnings, for others to include.
 */
#include "check.h"
#include "transcript.h"
#include "transcript_play.h"

#include <glob.h>

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
    return ok;
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
