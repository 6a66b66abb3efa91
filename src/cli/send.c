/* SPDX-License-Identifier: MIT */
/*
 * send: a text to people and rooms. Through the process that runs, when one does, so that what was accepted
 * is on its disk and goes on by itself; else this process logs in, under an address of its own, and out
 * again.
 */
#include "cli/send.h"

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/talk.h"
#include "control/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANSWER_SPARE_MS = 60000 }; /* over --wait, for uploads and a busy machine */
static const double WAIT = 5;

static int fail(const struct send_order *o, const char *text) {
    fprintf(stderr, "couplet %s: %s\n", o->command, text);
    return EXIT_FAILED;
}

/* ---- what came of it ---- */

static const struct {
    const char *state, *says;
    int status;
} outcomes[] = {
    {"delivered", "delivered", EXIT_DONE},
    {"queued", "queued: it is on disk, and goes out as soon as a running process can send it", EXIT_QUEUED},
    {"unproven", "sent, but nothing proves that it has arrived", EXIT_FAILED},
    {"unsent", "not sent", EXIT_FAILED},
    {"failed", "not delivered", EXIT_FAILED},
    {NULL, NULL, EXIT_FAILED},
};

static size_t outcome_of(const char *state) {
    size_t i = 0;
    while (outcomes[i].state != NULL && (state == NULL || strcmp(outcomes[i].state, state) != 0))
        i++;
    return i;
}

static void tell_letter(const struct send_order *o, const struct json *j, const json_t *letter) {
    const char *to = json_member_text(j, letter, "to"), *reason = json_member_text(j, letter, "reason");
    size_t which = outcome_of(json_member_text(j, letter, "state"));
    if (outcomes[which].status != EXIT_DONE && outcomes[which].state != NULL)
        fprintf(stderr, "couplet %s: to %s: %s%s%s\n", o->command, to != NULL ? to : "?",
                outcomes[which].says, reason != NULL ? ": " : "", reason != NULL ? reason : "");
}

static int tell(const struct send_order *o, const struct json *j, const json_t *answer,
                const struct buf *text) {
    const json_t *letters = j->get(answer, "letters");
    const char *reason = json_member_text(j, answer, "reason");
    size_t which = outcome_of(json_member_text(j, answer, "state"));
    size_t count = letters != NULL ? j->array_size(letters) : 0;
    if (o->json) {
        fwrite(buf_data(text), 1, buf_len(text), stdout);
        putchar('\n');
        return outcomes[which].status;
    }
    for (size_t i = 0; i < count; i++)
        tell_letter(o, j, j->array_get(letters, i));
    bool is_told = count > 0 && json_member_text(j, j->array_get(letters, count - 1), "reason") != NULL;
    if (!is_told && (count == 0 || reason != NULL) && outcomes[which].status != EXIT_DONE)
        fail(o, reason != NULL ? reason : "it failed");
    return outcomes[which].status;
}

int send_tell(const struct send_order *o, const struct buf *answer) {
    struct json j;
    struct err err = ERR_INIT;
    json_t *object = NULL;
    if (json_open(&j, &err) == 0)
        object = json_read(&j, (struct str){buf_data(answer), buf_len(answer)}, &err);
    int status = object != NULL ? tell(o, &j, object, answer) : fail(o, err.text);
    json_drop(&j, object);
    return status;
}

/* ---- the two ways ---- */

/* The usual answer ends so, and nothing else does (in a text of others a quote is escaped): no JSON library
 * is opened for it, which takes longer than all else. */
static bool is_plainly_delivered(const struct buf *answer) {
    static const char end[] = "\"state\":\"delivered\"}";
    size_t len = buf_len(answer), end_len = sizeof(end) - 1;
    return len > end_len && memcmp(buf_data(answer) + len - end_len, end, end_len) == 0 &&
           buf_data(answer)[len - end_len - 1] == ',';
}

static int through_process(struct talk *t, const struct send_order *o, const char *text) {
    struct buf line = BUF_INIT, answer = BUF_INIT;
    struct err err = ERR_INIT;
    double wait = o->wait < 0 ? WAIT : o->wait;
    send_write(o, text, &line);
    int asked = talk_line(t, (struct str){buf_data(&line), buf_len(&line)},
                          (int)(wait * 1000) + ANSWER_SPARE_MS, &answer, &err);
    int status = asked < 0                                   ? fail(o, err.text)
                 : !o->json && is_plainly_delivered(&answer) ? EXIT_DONE
                                                             : send_tell(o, &answer);
    buf_finish(&line);
    buf_finish(&answer);
    return status;
}

static int send_text(struct talk *t, const struct send_order *o, const char *text) {
    return t->fd >= 0 ? through_process(t, o, text) : send_alone(o, text);
}

int send_worse(int a, int b) {
    return a == EXIT_FAILED || b == EXIT_FAILED ? EXIT_FAILED : a != EXIT_DONE ? a : b;
}

/* Line by line, as they come. */
static int send_lines(struct talk *t, const struct send_order *o) {
    char *line = NULL;
    size_t cap = 0;
    int status = EXIT_DONE;
    for (ssize_t len; (len = getline(&line, &cap, stdin)) >= 0;) {
        struct buf text = BUF_INIT;
        buf_add(&text, line, (size_t)len - (len > 0 && line[len - 1] == '\n'));
        send_clean(&text);
        if (buf_len(&text) > 0)
            status = send_worse(status, through_process(t, o, buf_data(&text)));
        buf_finish(&text);
    }
    free(line);
    return status;
}

static int send_whole(struct talk *t, const struct send_order *o) {
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    int status = EXIT_FAILED;
    if (o->text != NULL)
        buf_adds(&text, o->text);
    else if (o->file_count == 0 && send_read_all(&text, &err) < 0)
        return buf_finish(&text), fail(o, err.text);
    send_clean(&text);
    while (buf_len(&text) > 0 && buf_data(&text)[buf_len(&text) - 1] == '\n')
        buf_cut(&text, buf_len(&text) - 1);
    if (buf_len(&text) == 0 && o->file_count == 0 && o->subject == NULL)
        fail(o, "there is nothing to send: the text is empty");
    else
        status = send_text(t, o, buf_len(&text) > 0 ? buf_data(&text) : NULL);
    buf_finish(&text);
    return status;
}

static int check_files(const struct send_order *o) {
    for (size_t i = 0; i < o->file_count; i++) {
        struct stat st;
        if (stat(o->files[i], &st) != 0 || !S_ISREG(st.st_mode) || access(o->files[i], R_OK) != 0) {
            fprintf(stderr, "couplet %s: %s is no file that can be read\n", o->command, o->files[i]);
            return -1;
        }
    }
    return 0;
}

int send_order_run(const struct send_order *o) {
    struct talk t = {.fd = -1};
    struct err err = ERR_INIT;
    if (check_files(o) < 0)
        return EXIT_FAILED;
    enum talk_state state = o->alone ? TALK_NONE : talk_open(&t, o->config, &err);
    int status = state == TALK_BAD_CONFIG || state == TALK_FORBIDDEN
                     ? talk_failed(o->command, state, o->config, &err)
                 : o->stream ? (t.fd >= 0 ? send_lines(&t, o) : send_alone(o, NULL))
                             : send_whole(&t, o);
    talk_close(&t);
    return status;
}
