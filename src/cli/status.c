/* SPDX-License-Identifier: MIT */
/* status: what the process that runs tells of itself, for people or as JSON; stop: it ends. */
#include "cli/cli.h"
#include "cli/talk.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "control/client.h"

enum { ANSWER_MS = 10000, GONE_MS = 60000 };

static int fail(const char *command, const char *text) {
    fprintf(stderr, "couplet %s: %s\n", command, text);
    return EXIT_FAILED;
}

/* ---- for people ---- */

/* "5 s", "12 min", "3 h", "4 d" */
static const char *span(char out[32], long long seconds) {
    if (seconds < 120)
        snprintf(out, 32, "%lld s", seconds);
    else if (seconds < 7200)
        snprintf(out, 32, "%lld min", seconds / 60);
    else if (seconds < 172800)
        snprintf(out, 32, "%lld h", seconds / 3600);
    else
        snprintf(out, 32, "%lld d", seconds / 86400);
    return out;
}

/* Others wrote some of it: nothing of it may command the terminal. */
static void print_plain(const char *text) {
    for (const unsigned char *c = (const unsigned char *)(text != NULL ? text : "?"); *c != '\0'; c++) {
        bool is_c1 = *c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;
        putchar(*c < 0x20 || *c == 0x7f || is_c1 ? '?' : *c);
        c += is_c1;
    }
}

static long long seconds_of(const struct json *j, const json_t *object, const char *name) {
    const json_t *value = j->get(object, name);
    return value != NULL && json_is_number(value) ? (long long)j->number(value) : -1;
}

static void print_rooms(const struct json *j, const json_t *bot) {
    char since[32];
    const json_t *rooms = j->get(bot, "rooms");
    for (size_t i = 0; rooms != NULL && i < j->array_size(rooms); i++) {
        const json_t *room = j->array_get(rooms, i);
        const char *reason = json_member_text(j, room, "reason");
        printf("    room ");
        print_plain(json_member_text(j, room, "jid"));
        printf(": %s for %s as ", json_member_text(j, room, "state"),
               span(since, seconds_of(j, room, "for")));
        print_plain(json_member_text(j, room, "nick"));
        if (reason != NULL) {
            printf(" (");
            print_plain(reason);
            putchar(')');
        }
        putchar('\n');
    }
}

static void print_outbox(const struct json *j, const json_t *bot) {
    char oldest[32];
    const json_t *outbox = j->get(bot, "outbox");
    if (outbox == NULL || !json_is_object(outbox))
        return;
    if (json_member_int(j, outbox, "waiting") > 0)
        printf("    outbox: %lld wait, the first for %s\n", json_member_int(j, outbox, "waiting"),
               span(oldest, seconds_of(j, outbox, "oldest")));
    if (json_member_int(j, outbox, "dead") > 0)
        printf("    dead letters: %lld (couplet outbox list)\n", json_member_int(j, outbox, "dead"));
}

static void print_calls(const struct json *j, const json_t *bot) {
    const json_t *calls = j->get(bot, "calls");
    for (size_t i = 0; calls != NULL && i < j->array_size(calls); i++) {
        const json_t *call = j->array_get(calls, i);
        printf("    ");
        print_plain(json_member_text(j, call, "call"));
        long long runs = json_member_int(j, call, "runs");
        printf(": %lld run%s, %lld failed, %lld killed\n", runs, runs == 1 ? "" : "s",
               json_member_int(j, call, "failed"), json_member_int(j, call, "killed"));
    }
}

static void print_bot(const struct json *j, const json_t *bot) {
    char since[32];
    const char *reason = json_member_text(j, bot, "reason");
    long long seconds = seconds_of(j, bot, "for"), sessions = json_member_int(j, bot, "sessions");
    print_plain(json_member_text(j, bot, "name"));
    printf(": %s", json_member_text(j, bot, "state"));
    if (seconds >= 0)
        printf(" for %s", span(since, seconds));
    printf(" as ");
    print_plain(json_member_text(j, bot, "jid"));
    if (reason != NULL) {
        printf(" (");
        print_plain(reason);
        putchar(')');
    }
    printf("\n    %lld reconnects, %lld resumptions\n", sessions > 0 ? sessions - 1 : 0,
           json_member_int(j, bot, "resumptions"));
    print_rooms(j, bot);
    print_outbox(j, bot);
    print_calls(j, bot);
}

static void print_status(const struct json *j, const json_t *status) {
    char up[32];
    const json_t *bots = j->get(status, "bots");
    const char *trouble = json_member_text(j, status, "storage_trouble");
    printf("couplet %s, process %lld, up for %s%s\n", json_member_text(j, status, "version"),
           json_member_int(j, status, "pid"), span(up, seconds_of(j, status, "for")),
           json_is_true(j->get(status, "stopping")) ? ", stopping" : "");
    if (trouble != NULL) {
        printf("the storage takes nothing: ");
        print_plain(trouble);
        putchar('\n');
    }
    for (size_t i = 0; bots != NULL && i < j->array_size(bots); i++)
        print_bot(j, j->array_get(bots, i));
}

/* ---- the commands ---- */

/* The object as it came, without what is around it. */
static void print_object(const struct buf *answer) {
    static const char head[] = "{\"ok\":true,\"status\":";
    size_t skip = sizeof(head) - 1, len = buf_len(answer);
    if (len > skip + 1 && strncmp(buf_data(answer), head, skip) == 0)
        printf("%.*s\n", (int)(len - skip - 1), buf_data(answer) + skip);
}

static int ask_status(struct talk *t, bool as_json) {
    struct buf answer = BUF_INIT;
    struct err err = ERR_INIT;
    json_t *object = talk_ask(t, STR_LIT("{\"verb\":\"status\"}"), ANSWER_MS, &answer, &err);
    const json_t *status = object != NULL ? t->json.get(object, "status") : NULL;
    if (status != NULL && as_json)
        print_object(&answer);
    else if (status != NULL)
        print_status(&t->json, status);
    else
        fail("status", object != NULL ? "the process answers something else" : err.text);
    int result = status != NULL ? EXIT_DONE : EXIT_FAILED;
    json_drop(&t->json, object);
    buf_finish(&answer);
    return result;
}

int cli_status(int argc, char **argv) {
    struct cli_config_args args;
    struct talk t;
    struct err err = ERR_INIT;
    if (cli_config_args(argc, argv, 1, &args) < 0)
        return EXIT_USAGE;
    enum talk_state state = talk_open(&t, args.path, &err);
    int result =
        state == TALK_OPEN ? ask_status(&t, args.json) : talk_failed("status", state, args.path, &err);
    talk_close(&t);
    return result;
}

/* A descriptor that is readable when the process at the other end is gone; -1 where the system has none. */
static int watch_process(int fd) {
    struct ucred peer;
    socklen_t len = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || peer.pid <= 0)
        return -1;
    return (int)syscall(SYS_pidfd_open, peer.pid, 0);
}

static int wait_gone(int fd, int process) {
    struct pollfd p = {.fd = process, .events = POLLIN};
    if (process < 0)
        return client_wait_gone(fd, GONE_MS);
    return poll(&p, 1, GONE_MS) == 1 ? 0 : -1;
}

static int ask_stop(struct talk *t) {
    struct err err = ERR_INIT;
    int process = watch_process(t->fd), result = EXIT_FAILED;
    json_t *object = talk_ask(t, STR_LIT("{\"verb\":\"stop\"}"), ANSWER_MS, NULL, &err);
    if (object == NULL)
        fail("stop", err.text);
    else if (wait_gone(t->fd, process) < 0)
        fail("stop", "the process was told, but is still there");
    else
        result = EXIT_DONE;
    json_drop(&t->json, object);
    if (process >= 0)
        close(process);
    return result;
}

int cli_stop(int argc, char **argv) {
    struct cli_config_args args;
    struct talk t;
    struct err err = ERR_INIT;
    if (cli_config_args(argc, argv, 0, &args) < 0)
        return EXIT_USAGE;
    enum talk_state state = talk_open(&t, args.path, &err);
    int result = state == TALK_OPEN ? ask_stop(&t) : talk_failed("stop", state, args.path, &err);
    talk_close(&t);
    return result;
}
