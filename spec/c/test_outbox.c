/* SPDX-License-Identifier: MIT */
/* outbox and database: what was accepted is there again, in order, whatever happened; what was not says so.
 */
#include "check.h"
#include "scratch.h"

#include "base/buf.h"
#include "base/mem.h"
#include "store/outbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct scene {
    struct loop *loop;
    struct database *db;
    struct outbox *box;
    int added, failed, tell_fd;
    char why[512];
};

static void make_scene(struct scene *s, struct err *err) {
    *s = (struct scene){.tell_fd = -1};
    s->loop = loop_new(err);
    s->db = database_new(s->loop, &quiet, path);
    s->box = outbox_new(s->db, &quiet, "ops");
}

static void open_scene(struct scene *s) {
    struct err err = ERR_INIT;
    make_scene(s, &err);
    CHECK_INT(outbox_load(s->box, &err), 0);
    CHECK_STR(err.text, "");
}

static void close_scene(struct scene *s) {
    outbox_free(s->box);
    database_free(s->db);
    loop_free(s->loop);
}

static void on_added(void *ctx, const struct err *failed) {
    struct scene *s = ctx;
    s->added += failed == NULL;
    s->failed += failed != NULL;
    if (failed != NULL)
        snprintf(s->why, sizeof(s->why), "%s", failed->text);
    if (failed == NULL && s->tell_fd >= 0 && write(s->tell_fd, "+", 1) != 1)
        _exit(9);
}

static void add(struct scene *s, const char *to, int number) {
    char id[32], stanza[128];
    snprintf(id, sizeof(id), "id-%06d", number);
    snprintf(stanza, sizeof(stanza), "<message to='%s' id='%s'><body>%d</body></message>", to, id, number);
    struct outbox_letter letter = {
        .to = str_of(to), .id = str_of(id), .stanza = str_of(stanza), .kind = OUTBOX_DIRECT, .made_ms = 1000};
    CHECK(outbox_add(s->box, &letter, on_added, s, NULL) != NULL);
}

/* Until the disk has said what becomes of all that was asked for. */
static void settle(struct scene *s) {
    loop_run(s->loop);
}

static void remove_all(void) {
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'/*", folder);
    CHECK_INT(system(command), 0);
}

static int count_lane(struct scene *s, const char *to) {
    struct outbox_lane *lane = outbox_lane(s->box, str_of(to));
    return lane != NULL ? (int)lane->count : 0;
}

static void check_order(struct scene *s, const char *to) {
    struct outbox_lane *lane = outbox_lane(s->box, str_of(to));
    const char *before = "";
    for (struct outbox_message *m = lane ? lane->first : NULL; m != NULL; m = m->next) {
        CHECK(strcmp(before, m->id) < 0);
        before = m->id;
    }
}

/* ---- */

static void keeps_the_order(void) {
    struct scene s;
    open_scene(&s);
    CHECK(!database_exists(s.db)); /* nothing is made before it is needed */
    for (int i = 0; i < 10000; i++)
        add(&s, i % 2 ? "odd@example.org" : "even@example.org", i);
    CHECK_INT(s.added, 0); /* the loop does not wait for the disk */
    settle(&s);
    CHECK_INT(s.added, 10000);
    CHECK_INT(count_lane(&s, "odd@example.org"), 5000);
    check_order(&s, "odd@example.org");
    close_scene(&s);
    open_scene(&s);
    CHECK_INT(outbox_count(s.box), 10000);
    check_order(&s, "odd@example.org");
    check_order(&s, "even@example.org");
    CHECK_STR(outbox_next(outbox_lanes(s.box))->id, "id-000000");
    close_scene(&s);
    remove_all();
}

/* All of a turn, or nothing: a kill in between finds no half of it. */
static void keeps_a_turn_together(void) {
    struct scene s;
    struct database_facts facts;
    open_scene(&s);
    add(&s, "a@example.org", 0);
    settle(&s);
    database_look(s.db, &facts);
    uint64_t before = facts.commits;
    for (int i = 1; i < 3000; i++)
        add(&s, "a@example.org", i);
    settle(&s);
    database_look(s.db, &facts);
    CHECK_INT(facts.commits - before, 1);
    CHECK_INT(s.added, 3000);
    close_scene(&s);
    remove_all();
}

static void goes_through_its_states(void) {
    struct scene s;
    open_scene(&s);
    for (int i = 0; i < 5; i++)
        add(&s, "a@example.org", i);
    settle(&s);
    struct outbox_lane *lane = outbox_lane(s.box, STR_LIT("a@example.org"));
    struct outbox_message *first = outbox_next(lane);
    outbox_sent(first);
    struct outbox_message *second = outbox_next(lane);
    CHECK_STR(second->id, "id-000001");
    outbox_sent(second);
    CHECK_INT(lane->out_count, 2);
    CHECK(outbox_find(s.box, first->seq) == first);
    CHECK(outbox_find_id(lane, STR_LIT("id-000001")) == second);
    outbox_return(first);
    CHECK(outbox_next(lane) == first); /* at its place */
    outbox_release(s.box, second);
    outbox_fail(s.box, first, "busy", true);
    CHECK_INT(first->tries, 1);
    outbox_fail(s.box, outbox_find_id(lane, STR_LIT("id-000002")), "no such account", false);
    CHECK_INT(lane->count, 3);
    add(&s, "a@example.org", 4); /* the same id */
    settle(&s);
    CHECK_INT(s.failed, 1);
    CHECK_HAS(s.why, "a message with the id 'id-000004' is in the outbox already");
    close_scene(&s);
    open_scene(&s);
    lane = outbox_lane(s.box, STR_LIT("a@example.org"));
    CHECK_INT(lane->count, 3);
    CHECK_STR(lane->first->id, "id-000000");
    CHECK_INT(lane->first->tries, 1);
    CHECK_STR(lane->first->next->id, "id-000003");
    close_scene(&s);
    remove_all();
}

static void note_row(void *ctx, const struct outbox_row *row) {
    buf_addf(ctx, "%.*s %.*s %.*s;", (int)row->id.len, row->id.s, (int)row->state.len, row->state.s,
             (int)row->reason.len, row->reason.s);
}

static void check_list(const char *want) {
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    CHECK_INT(outbox_list(path, "ops", note_row, &b, &err), 0);
    CHECK_STR(err.text, "");
    CHECK_STR(buf_data(&b), want);
    buf_finish(&b);
}

static void is_changed_beside(void) {
    struct scene s;
    struct err err = ERR_INIT;
    open_scene(&s);
    for (int i = 0; i < 3; i++)
        add(&s, "a@example.org", i);
    settle(&s);
    struct outbox_lane *lane = outbox_lane(s.box, STR_LIT("a@example.org"));
    outbox_fail(s.box, lane->first, "gone", false);
    settle(&s);
    check_list("id-000000 dead gone;id-000001 waiting ;id-000002 waiting ;");
    CHECK_INT(outbox_change(path, NULL, "id-000001", false, &err), 1);
    CHECK_INT(outbox_change(path, "ops", NULL, true, &err), 1);
    CHECK_INT(outbox_change(path, "other", NULL, true, &err), 0);
    outbox_refresh(s.box);
    settle(&s);
    CHECK_INT(lane->count, 2);
    CHECK_STR(lane->first->id, "id-000000"); /* where it was */
    CHECK_STR(lane->first->next->id, "id-000002");
    check_list("id-000000 waiting ;id-000002 waiting ;");
    CHECK_INT(outbox_change("/nonexistent/file", NULL, NULL, true, &err), -1);
    close_scene(&s);
    remove_all();
}

/* The transaction is made twice where another's operation in it fails (here: the same id again); what
 * somebody else has written is seen all the same. */
static void is_changed_beside_a_failure(void) {
    struct scene s;
    struct err err = ERR_INIT;
    open_scene(&s);
    for (int i = 0; i < 2; i++)
        add(&s, "a@example.org", i);
    settle(&s);
    struct outbox_lane *lane = outbox_lane(s.box, STR_LIT("a@example.org"));
    outbox_fail(s.box, lane->first, "gone", false);
    settle(&s);
    CHECK_INT(outbox_change(path, "ops", NULL, true, &err), 1);
    outbox_refresh(s.box);
    add(&s, "a@example.org", 1);
    settle(&s);
    CHECK_INT(s.failed, 1);
    CHECK_INT(lane->count, 2);
    CHECK_STR(lane->first->id, "id-000000");
    close_scene(&s);
    remove_all();
}

/* ---- deaths ---- */

static void child(int fd, rlim_t file_len, bool stays) {
    struct scene s;
    struct rlimit limit = {file_len, file_len};
    signal(SIGXFSZ, SIG_IGN);
    open_scene(&s);
    s.tell_fd = fd;
    if (file_len > 0)
        setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 2000; i++) {
        add(&s, "a@example.org", i);
        if (i % 7 == 0)
            settle(&s);
    }
    settle(&s);
    while (stays) /* until it is killed */
        pause();
    _exit(s.failed > 0 ? 3 : 0);
}

/* How many it was told of. kill_at: after so many it is killed; 0: never. */
static int run_child(int kill_at, rlim_t file_len, int *status) {
    int ends[2], told = 0;
    char byte[1];
    CHECK_INT(pipe(ends), 0);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        child(ends[1], file_len, kill_at > 0);
    }
    close(ends[1]);
    while (read(ends[0], byte, 1) == 1)
        if (++told == kill_at)
            kill(pid, SIGKILL);
    waitpid(pid, status, 0);
    close(ends[0]);
    return told;
}

static void survives_a_kill(void) {
    for (int kill_at = 1; kill_at < 1500; kill_at += 293) {
        struct scene s;
        int status, told = run_child(kill_at, 0, &status);
        CHECK(WIFSIGNALED(status));
        open_scene(&s);
        CHECK(count_lane(&s, "a@example.org") >= told);
        check_order(&s, "a@example.org");
        struct outbox_lane *lane = outbox_lane(s.box, STR_LIT("a@example.org"));
        char last[32];
        snprintf(last, sizeof(last), "id-%06d", told - 1);
        struct outbox_message *m = lane->first;
        for (int i = 1; m != NULL && i < told; i++)
            m = m->next;
        CHECK_STR(m ? m->id : NULL, last); /* none is missing before it */
        close_scene(&s);
        remove_all();
    }
}

static void says_that_the_disk_is_full(void) {
    struct scene s;
    int status, told = run_child(0, 200000, &status);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    CHECK(told > 0 && told < 2000);
    open_scene(&s);
    CHECK_INT(count_lane(&s, "a@example.org"), told); /* what was refused is not there either */
    add(&s, "a@example.org", 5000);                   /* there is room again */
    settle(&s);
    CHECK_INT(s.added, 1);
    close_scene(&s);
    remove_all();
}

static bool is_in_trouble(struct scene *s) {
    struct database_facts facts;
    database_look(s->db, &facts);
    return facts.trouble.text[0] != '\0';
}

/* Nothing that has arrived is sent again because the disk could not be told. */
static void catches_up_with_a_full_disk(void) {
    struct scene s;
    struct rlimit limit;
    open_scene(&s);
    add(&s, "a@example.org", 0);
    add(&s, "a@example.org", 1);
    settle(&s);
    struct outbox_lane *lane = outbox_lane(s.box, STR_LIT("a@example.org"));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    CHECK(!is_in_trouble(&s));
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1, limit.rlim_max});
    outbox_release(s.box, lane->first);
    outbox_refresh(s.box);
    settle(&s);
    outbox_refresh(s.box);
    settle(&s);
    CHECK(is_in_trouble(&s));
    setrlimit(RLIMIT_FSIZE, &limit);
    CHECK_INT(outbox_count(s.box), 1);
    check_list("id-000000 waiting ;id-000001 waiting ;");
    outbox_refresh(s.box);
    settle(&s);
    check_list("id-000001 waiting ;");
    CHECK_INT(outbox_count(s.box), 1);
    CHECK(!is_in_trouble(&s));
    close_scene(&s);
    remove_all();
}

/* For those who watch. */
static void counts(void) {
    struct scene s;
    struct outbox_facts facts;
    open_scene(&s);
    outbox_look(s.box, &facts);
    CHECK(facts.count == 0 && facts.oldest_ms == 0 && facts.dead == 0);
    for (int i = 0; i < 4; i++)
        add(&s, i < 2 ? "a@example.org" : "b@example.org", i);
    settle(&s);
    struct outbox_lane *lane = outbox_lane(s.box, STR_LIT("b@example.org"));
    outbox_fail(s.box, lane->first, "busy", true);
    outbox_fail(s.box, lane->first, "gone", false);
    outbox_release(s.box, outbox_lane(s.box, STR_LIT("a@example.org"))->first);
    settle(&s);
    outbox_look(s.box, &facts);
    CHECK_INT(facts.count, 2);
    CHECK_INT(facts.oldest_ms, 1000);
    CHECK_INT(facts.accepted, 4);
    CHECK_INT(facts.delivered, 1);
    CHECK_INT(facts.retried, 1);
    CHECK_INT(facts.dead, 1);
    close_scene(&s);
    open_scene(&s); /* of the process before */
    outbox_look(s.box, &facts);
    CHECK_INT(facts.count, 2);
    CHECK_INT(facts.dead, 1);
    CHECK_INT(outbox_change(path, "ops", "id-000002", false, NULL), 1);
    outbox_refresh(s.box);
    settle(&s);
    outbox_look(s.box, &facts);
    CHECK_INT(facts.dead, 0);
    close_scene(&s);
    remove_all();
}

/* What the disk is asked before a letter dies knows nothing of its death. */
static void counts_who_dies_meanwhile(void) {
    struct scene s;
    struct outbox_facts facts;
    open_scene(&s);
    add(&s, "a@example.org", 0);
    add(&s, "a@example.org", 1);
    settle(&s);
    CHECK_INT(outbox_change(path, "ops", "id-000000", false, NULL),
              1); /* so that there is something to read */
    outbox_refresh(s.box);
    outbox_fail(s.box, outbox_lane(s.box, STR_LIT("a@example.org"))->first->next, "gone", false);
    settle(&s);
    check_list("id-000001 dead gone;");
    outbox_look(s.box, &facts);
    CHECK_INT(facts.dead, 1);
    CHECK_INT(facts.count, 0);
    close_scene(&s);
    remove_all();
}

static void cannot_be_opened(void) {
    struct scene s;
    struct err err = ERR_INIT;
    s = (struct scene){.tell_fd = -1};
    s.loop = loop_new(&err);
    s.db = database_new(s.loop, &quiet, "/nonexistent/couplet.db");
    s.box = outbox_new(s.db, &quiet, "ops");
    add(&s, "a@example.org", 1);
    settle(&s);
    CHECK_INT(s.failed, 1);
    CHECK_HAS(s.why, "cannot open /nonexistent/couplet.db: No such file or directory");
    close_scene(&s);
}

/* ---- corruption ---- */

static int count_files(const char *part) {
    int count = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        count += strstr(e->d_name, part) != NULL;
    closedir(d);
    return count;
}

static void write_at(off_t at, const char *bytes, size_t len) {
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    CHECK_INT(pwrite(fd, bytes, len, at), len);
    close(fd);
}

static void sets_a_corrupt_file_aside(void) {
    struct scene s;
    static char noise[8192];
    memset(noise, 'x', sizeof(noise));
    write_at(0, noise, sizeof(noise)); /* no database at all */
    open_scene(&s);
    add(&s, "a@example.org", 1);
    settle(&s);
    CHECK_INT(s.added, 1);
    int64_t seq = outbox_lanes(s.box)->first->seq;
    for (int i = 10; i < 400; i++)
        add(&s, "a@example.org", i);
    settle(&s);
    close_scene(&s);
    CHECK_INT(count_files(".corrupt-"), 1);
    for (off_t at = 4096; at < 65536; at += 8192) /* pages in the middle of one */
        write_at(at, noise, 4096);
    open_scene(&s);
    CHECK_INT(count_files(".corrupt-"), 2);
    CHECK_INT(outbox_count(s.box), 0);
    add(&s, "a@example.org", 1);
    settle(&s);
    CHECK_INT(s.added, 1);
    CHECK(outbox_lanes(s.box)->first->seq > seq); /* no number comes again */
    close_scene(&s);
    remove_all();
}

/* user_version stands at byte 60 of the file, most significant byte first. */
static void a_newer_file_is_left_as_it_is(void) {
    struct err err = ERR_INIT;
    struct scene s;
    open_scene(&s);
    add(&s, "a@example.org", 1);
    settle(&s);
    close_scene(&s);
    write_at(60, "\0\0\0\x63", 4);
    make_scene(&s, &err);
    CHECK_INT(outbox_load(s.box, &err), -1);
    CHECK_HAS(err.text, "is of a newer couplet (version 99, this one knows 2)");
    close_scene(&s);
    CHECK_INT(count_files(".corrupt-"), 0);
    write_at(60, "\0\0\0\2", 4);
    open_scene(&s);
    CHECK_INT(outbox_count(s.box), 1);
    close_scene(&s);
    remove_all();
}

int main(void) {
    if (!scratch_begin("outbox"))
        return 1;
    RUN(keeps_the_order);
    RUN(keeps_a_turn_together);
    RUN(goes_through_its_states);
    RUN(is_changed_beside);
    RUN(is_changed_beside_a_failure);
    RUN(survives_a_kill);
    RUN(says_that_the_disk_is_full);
    RUN(catches_up_with_a_full_disk);
    RUN(counts);
    RUN(counts_who_dies_meanwhile);
    RUN(cannot_be_opened);
    RUN(sets_a_corrupt_file_aside);
    RUN(a_newer_file_is_left_as_it_is);
    rmdir(folder);
    return check_done();
}
