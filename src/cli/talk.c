/* SPDX-License-Identifier: MIT */
#include "cli/talk.h"

#include "base/mem.h"
#include "cli/cli.h"
#include "config/config.h"
#include "control/client.h"

#include <stdio.h>
#include <unistd.h>

enum talk_state talk_open(struct talk *t, const char *config, struct err *err) {
    struct config_mistakes mistakes = {NULL, 0};
    bool nobody = false;
    *t = (struct talk){.fd = -1};
    if (config_paths(config, &t->path, &t->storage, &mistakes) < 0) {
        config_mistakes_print(&mistakes, false);
        config_mistakes_finish(&mistakes);
        return TALK_BAD_CONFIG;
    }
    if (t->path == NULL)
        return TALK_NONE;
    t->fd = client_connect(t->path, &nobody, err);
    if (t->fd >= 0)
        return TALK_OPEN;
    return nobody ? TALK_NOBODY : TALK_FORBIDDEN;
}

static void hang_up(struct talk *t) {
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}

void talk_close(struct talk *t) {
    hang_up(t);
    mem_free(t->path);
    mem_free(t->storage);
    *t = (struct talk){.fd = -1};
}

int talk_line(struct talk *t, struct str line, int timeout_ms, struct buf *answer, struct err *err) {
    bool nobody;
    if (t->fd < 0 && (t->fd = client_connect(t->path, &nobody, err)) < 0)
        return -1;
    int r = client_ask(t->fd, line, timeout_ms, answer, err);
    if (r < 0)
        hang_up(t);
    return r;
}

json_t *talk_ask(struct talk *t, struct str line, int timeout_ms, struct buf *text, struct err *err) {
    struct buf own = BUF_INIT;
    struct buf *answer = text != NULL ? text : &own;
    json_t *object = NULL;
    if (talk_line(t, line, timeout_ms, answer, err) == 0 &&
        (t->json.loadb != NULL || json_open(&t->json, err) == 0))
        object = json_read(&t->json, (struct str){buf_data(answer), buf_len(answer)}, err);
    buf_finish(&own);
    return object;
}

int talk_failed(const char *command, enum talk_state state, const char *config, const struct err *err) {
    if (state == TALK_BAD_CONFIG)
        return EXIT_BAD_CONFIG;
    if (state == TALK_NONE)
        fprintf(stderr,
                "couplet %s: %s has no `control:`, so a process that runs cannot be asked; "
                "add `control: couplet.sock` and start it again\n",
                command, config);
    else
        fprintf(stderr, "couplet %s: %s\n", command, err->text);
    return EXIT_FAILED;
}
