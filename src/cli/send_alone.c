/* SPDX-License-Identifier: MIT */
/* send_alone: sending without a process that runs: the account of the configuration logs in here. */
#include "cli/cli.h"
#include "cli/send.h"
#include "config/config.h"
#include "runtime/alone.h"

#include <stdio.h>
#include <string.h>

static const double WAIT_ALONE = 15;

/* The first account of the configuration, or the one that is named. */
static const struct config_bot *bot_of(const struct config *config, const char *name) {
    for (size_t i = 0; i < config->bot_count; i++)
        if (name == NULL || strcmp(config->bots[i].name, name) == 0)
            return &config->bots[i];
    return NULL;
}

/* ---- standard input, a line at a time ---- */

struct lines {
    const struct send_order *order;
    int status;
};

static void make_request(void *ctx, const char *line, size_t len, struct buf *request) {
    const struct lines *l = ctx;
    struct buf text = BUF_INIT;
    buf_add(&text, line, len);
    send_clean(&text);
    if (buf_len(&text) > 0)
        send_write(l->order, buf_data(&text), request);
    buf_finish(&text);
}

static void on_told(void *ctx, struct str answer) {
    struct lines *l = ctx;
    struct buf text = BUF_INIT;
    buf_add(&text, answer.s, answer.s != NULL ? answer.len : 0);
    l->status = send_worse(l->status, send_tell(l->order, &text));
    buf_finish(&text);
}

/* ---- one login ---- */

static int fail(const struct send_order *o, const char *text) {
    fprintf(stderr, "couplet %s: %s\n", o->command, text);
    return EXIT_FAILED;
}

static int login(const struct send_order *o, const struct config *config, const struct config_bot *bot,
                 const char *text) {
    struct buf line = BUF_INIT, answer = BUF_INIT;
    struct err err = ERR_INIT;
    struct lines lines = {o, EXIT_DONE};
    if (!o->stream)
        send_write(o, text, &line);
    struct alone_order order = {.bot = bot,
                                .request = {o->stream ? NULL : buf_data(&line), buf_len(&line)},
                                .make = make_request,
                                .told = on_told,
                                .ctx = &lines,
                                .to = (const char *const *)o->to,
                                .to_count = o->to_count,
                                .wait = o->wait < 0 ? WAIT_ALONE : o->wait,
                                .resource = o->resource,
                                .is_loud = o->debug};
    int status = alone_send(config, &order, &answer, &err) < 0       ? fail(o, err.text)
                 : o->stream && strcmp(buf_data(&answer), "{}") == 0 ? lines.status
                                                                     : send_tell(o, &answer);
    buf_finish(&line);
    buf_finish(&answer);
    return status;
}

int send_alone(const struct send_order *o, const char *text) {
    struct config_mistakes mistakes = {NULL, 0};
    struct config *config = config_load(o->config, &mistakes);
    const struct config_bot *bot = config != NULL && config->is_sound ? bot_of(config, o->bot) : NULL;
    int status = EXIT_BAD_CONFIG;
    if (bot != NULL) {
        struct config one = *config; /* no other bot's secrets are looked for */
        one.bots = (struct config_bot *)bot;
        one.bot_count = 1;
        if (config_secrets(&one, &mistakes) == 0)
            status = login(o, config, bot, text);
    } else if (config != NULL && config->is_sound) {
        fprintf(stderr, "couplet %s: %s has no bot '%s'\n", o->command, o->config, o->bot);
    }
    config_mistakes_print(&mistakes, false);
    config_mistakes_finish(&mistakes);
    config_free(config);
    return status;
}
