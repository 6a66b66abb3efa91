/* SPDX-License-Identifier: MIT */
/* account: one account of the process: what its session tells goes to its bot, and how both end. */
#include "runtime/internal.h"

#include "runtime/trim.h"

void account_close(void *ctx) {
    struct account *a = ctx;
    if (a->closing)
        return;
    a->closing = true;
    if (!a->ended)
        session_stop(a->session);
}

void account_stop(void *ctx) {
    struct account *a = ctx;
    if (a->stopping || a->ended || a->closing)
        return;
    a->stopping = true;
    bot_raise(a->bot, HOOK_STOP, account_close, a);
}

/* For whoever has this account for a purpose of his own, and for the supervisor. */
static void note_change(struct account *a, bool is_online) {
    struct runtime *r = a->runtime;
    if (r->on_account != NULL)
        r->on_account(r->on_account_ctx, a, is_online);
    notify_changed(r->notify);
}

static void on_bound(void *ctx, const char *jid) {
    struct account *a = ctx;
    bot_bound(a->bot, jid);
}

static void on_online(void *ctx, const char *jid) {
    struct account *a = ctx;
    (void)jid;
    bot_online(a->bot);
    if (!a->runtime->has_started) /* what bots load they have loaded */
        trim_process();
    a->runtime->has_started = true;
    note_change(a, true);
}

static void on_offline(void *ctx, const char *why) {
    struct account *a = ctx;
    bot_offline(a->bot, why);
    note_change(a, false);
}

static void on_stanza(void *ctx, const struct xml_node *stanza) {
    struct account *a = ctx;
    bot_stanza(a->bot, stanza);
}

static void on_roster(void *ctx, const struct xml_node *iq) {
    struct account *a = ctx;
    bot_roster(a->bot, iq);
}

static void on_ended(void *ctx, bool failed) {
    struct account *a = ctx;
    struct runtime *r = a->runtime;
    if (a->ended)
        return;
    a->ended = true;
    a->failed = failed;
    r->failed |= failed;
    r->live--;
    runtime_leave(r);
}

static void on_resumed(void *ctx) {
    struct account *a = ctx;
    bot_resumed(a->bot);
    notify_changed(a->runtime->notify);
}

static void on_proven(void *ctx, uint64_t mark) {
    struct account *a = ctx;
    bot_proven(a->bot, mark, true);
}

static void on_unproven(void *ctx, uint64_t mark) {
    struct account *a = ctx;
    bot_proven(a->bot, mark, false);
}

static const struct session_callbacks session_events = {.bound = on_bound,
                                                        .online = on_online,
                                                        .offline = on_offline,
                                                        .stanza = on_stanza,
                                                        .roster = on_roster,
                                                        .resumed = on_resumed,
                                                        .proven = on_proven,
                                                        .unproven = on_unproven,
                                                        .ended = on_ended};

void account_connect(void *ctx) {
    struct account *a = ctx;
    if (!a->closing && !a->runtime->stopping)
        session_start(a->session);
}

int account_open(struct account *a, struct err *err) {
    struct runtime *r = a->runtime;
    struct session_shared shared = {.loop = r->loop,
                                    .log = &r->log,
                                    .dns = r->dns,
                                    .hostmetas = r->hostmetas,
                                    .state_folder = r->state_folder,
                                    .is_counted = r->is_counted};
    struct tls_context *tls = NULL;
    if (a->config->tls != CONFIG_TLS_NONE && (tls = trust_for(&r->trust, a->config, err)) == NULL)
        return err_context(err, "bot %s", a->config->name);
    a->session = session_new(&shared, a->config, tls, &session_events, a);
    bot_attach(a->bot, a->session);
    a->bot->on_stop = account_stop;
    a->bot->on_stop_ctx = a;
    return 0;
}
