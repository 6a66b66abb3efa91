/* SPDX-License-Identifier: MIT */
#include "runtime/control.h"

#include "base/json_write.h"
#include "base/mem.h"
#include "control/json.h"
#include "control/server.h"
#include "lua/call.h"
#include "runtime/internal.h"
#include "runtime/status.h"

#include <inttypes.h>
#include <unistd.h>

struct controls {
    struct runtime *runtime;
    struct control *socket;
    struct json json; /* loadb is NULL until the first request */
};

static void answer_buf(struct control_peer *peer, struct buf *out) {
    control_answer(peer, (struct str){buf_data(out), buf_len(out)});
    buf_finish(out);
}

static void answer_error(struct control_peer *peer, const char *text) {
    struct buf out = BUF_INIT;
    buf_adds(&out, "{\"ok\":false");
    json_put(&out, "reason", str_of(text));
    buf_addc(&out, '}');
    answer_buf(peer, &out);
}

/* ---- the verbs ---- */

struct asked {
    struct controls *controls;
    struct control_peer *peer;
    const json_t *request;
    struct str line;
};

static struct account *account_of(struct runtime *r, const char *name) {
    for (size_t i = 0; i < r->count; i++)
        if (name == NULL ? !r->accounts[i].ended : strcmp(r->accounts[i].config->name, name) == 0)
            return &r->accounts[i];
    return NULL;
}

static void on_sent(void *ctx, struct str result) {
    struct control_peer *peer = ctx;
    if (result.s == NULL)
        answer_error(peer, "the bot could not do it; its log tells why");
    else
        control_answer(peer, result);
}

static void verb_send(const struct asked *a) {
    const char *name = json_member_text(&a->controls->json, a->request, "bot");
    struct account *account = account_of(a->controls->runtime, name);
    struct err err = ERR_INIT;
    if (account == NULL) {
        err_set(&err, "there is no bot '%s' in the process that runs", name != NULL ? name : "");
        answer_error(a->peer, err.text);
    } else if (a->controls->runtime->stopping) {
        answer_error(a->peer, "the process is about to end");
    } else {
        call_library(account->bot, "couplet.sending", "send", a->line, on_sent, a->peer);
    }
}

static void verb_status(const struct asked *a) {
    struct buf out = BUF_INIT;
    buf_adds(&out, "{\"ok\":true,\"status\":");
    status_write(a->controls->runtime, &out);
    buf_addc(&out, '}');
    answer_buf(a->peer, &out);
}

/* The process hangs up when it has ended everything: that is how the other side knows. */
static void verb_stop(const struct asked *a) {
    struct buf out = BUF_INIT;
    buf_addf(&out, "{\"ok\":true,\"pid\":%" PRIdMAX "}", (intmax_t)getpid());
    answer_buf(a->peer, &out);
    runtime_stop(a->controls->runtime, "asked to stop by `couplet stop`");
}

static const struct {
    const char *name;
    void (*run)(const struct asked *a);
} verbs[] = {{"send", verb_send}, {"status", verb_status}, {"stop", verb_stop}, {NULL, NULL}};

static void on_request(void *ctx, struct control_peer *peer, struct str line) {
    struct controls *c = ctx;
    struct err err = ERR_INIT;
    json_t *request = NULL;
    if ((c->json.loadb == NULL && json_open(&c->json, &err) < 0) ||
        (request = json_read(&c->json, line, &err)) == NULL) {
        answer_error(peer, err.text);
        return;
    }
    const char *verb = json_member_text(&c->json, request, "verb");
    struct asked asked = {c, peer, request, line};
    size_t i = 0;
    while (verb != NULL && verbs[i].name != NULL && strcmp(verbs[i].name, verb) != 0)
        i++;
    if (verb != NULL && verbs[i].name != NULL)
        verbs[i].run(&asked);
    else
        answer_error(peer, "\"verb\" must be send, status or stop");
    json_drop(&c->json, request);
}

int controls_open(struct runtime *r, struct controls **out, struct err *err) {
    *out = NULL;
    if (r->config->control == NULL)
        return 0;
    struct controls *c = mem_new(struct controls);
    c->runtime = r;
    c->socket = control_new(r->loop, &r->log, r->config->control, on_request, c, err);
    if (c->socket == NULL) {
        mem_free(c);
        return err_context(err, "control");
    }
    *out = c;
    return 0;
}

void controls_free(struct controls *c) {
    if (c == NULL)
        return;
    control_free(c->socket);
    mem_free(c);
}
