/* SPDX-License-Identifier: MIT */
#include "runtime/internal.h"

#include "base/mem.h"
#include "lua/calls.h"
#include "runtime/control.h"
#include "runtime/pages.h"
#include "runtime/watch.h"

#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STOP_HANDLERS_MS = 700, /* for `stop` handlers that wait */
    STOP_MS = 1800,         /* for everything: SIGTERM is answered by an exit within 2 s */
};

/* The database is SQLite's; what changes with each stanza is kept beside it. */
static char *state_folder_of(const struct config *config) {
    struct buf b = BUF_INIT;
    if (config->storage == NULL)
        return NULL;
    buf_addf(&b, "%s.sessions", config->storage);
    return buf_detach(&b);
}

static void on_stop_timer(struct loop_timer *t) {
    struct runtime *r = (struct runtime *)((char *)t - offsetof(struct runtime, stop_timer));
    bool waited = false;
    for (size_t i = 0; i < r->count; i++) {
        if (!r->accounts[i].closing && !r->accounts[i].ended) {
            account_close(&r->accounts[i]);
            waited = true;
        }
    }
    if (waited && r->live > 0)
        loop_timer_in(r->loop, t, STOP_MS - STOP_HANDLERS_MS);
    else
        loop_stop(r->loop); /* a peer that does not answer our close is left alone */
}

void runtime_leave(struct runtime *r) {
    if (r->live == 0 && !(r->stopping && web_is_busy(&r->web)))
        loop_stop(r->loop);
}

static void on_web_idle(void *ctx) {
    runtime_leave(ctx);
}

void runtime_stop(struct runtime *r, const char *why) {
    if (r->stopping)
        return;
    log_info(&r->log, NULL, "%s: closing the streams", why);
    r->stopping = true;
    notify_stopping(r->notify);
    web_stop(&r->web, on_web_idle, r);
    loop_timer_in(r->loop, &r->stop_timer, STOP_HANDLERS_MS);
    for (size_t i = 0; i < r->count; i++)
        account_stop(&r->accounts[i]);
}

static void on_signal(void *ctx, int signum) {
    struct runtime *r = ctx;
    if (r->stopping)
        _exit(128 + signum); /* asked twice: now */
    runtime_stop(r, signum == SIGINT ? "interrupted" : "asked to stop");
}

static void init_log(struct runtime *r) {
    log_init(&r->log);
    r->log.level = r->config->log_level;
    r->log.json = r->config->log_json;
}

/* A disk that is full comes back; a folder that nobody made does not. */
static int check_storage(const struct config *config, struct err *err) {
    const char *path = config->storage, *slash = path != NULL ? strrchr(path, '/') : NULL;
    int len = slash != NULL ? (int)(slash - path) : 0;
    struct buf folder = BUF_INIT;
    struct stat s;
    if (len == 0)
        return 0;
    buf_addf(&folder, "%.*s", len, path);
    bool is_there = stat(buf_data(&folder), &s) == 0 && S_ISDIR(s.st_mode);
    int r = is_there ? 0
                     : err_set(err, "storage: %s is no folder that is there: make it, or name another place",
                               buf_data(&folder));
    buf_finish(&folder);
    return r;
}

struct runtime *runtime_new(const struct config *config, struct err *err) {
    struct runtime *r = mem_new(struct runtime);
    r->config = config;
    r->stop_timer.fire = on_stop_timer;
    init_log(r);
    r->state_folder = state_folder_of(config);
    if (check_storage(config, err) < 0 || (r->loop = loop_new(err)) == NULL ||
        (r->dog = watchdog_new(err)) == NULL ||
        (r->dns = dns_new(r->loop, config->dns_servers, err)) == NULL) {
        runtime_free(r);
        return NULL;
    }
    dns_set_trust_anchor(r->dns, config->trust_anchor);
    r->started_ms = loop_now_ms(r->loop);
    r->hostmetas = hostmetas_new(r->loop, r->dns);
    r->features = features_new(&r->log);
    if (config->storage != NULL)
        r->database = database_new(r->loop, &r->log, config->storage);
    web_init(&r->web, r->loop, &r->log, r->database, config);
    r->is_counted = config->http.is_stated || config->control != NULL;
    return r;
}

static void free_accounts(struct runtime *r) {
    for (size_t i = 0; i < r->count;
         i++) { /* sessions first: a run that waits for an iq is told that it is lost */
        session_free(r->accounts[i].session);
        bot_attach(r->accounts[i].bot, NULL);
    }
    for (size_t i = 0; i < r->count; i++)
        bot_free(r->accounts[i].bot);
    mem_free(r->accounts);
}

void runtime_free(struct runtime *r) {
    if (r == NULL)
        return;
    watch_stop(r);
    free_accounts(r);
    controls_free(r->controls); /* those who wait for a bot have been answered */
    database_free(r->database); /* what was accepted is written first */
    web_finish(&r->web);        /* and told */
    web_counts_finish(&r->web_counts);
    states_finish(&r->states);
    features_free(r->features);
    trust_finish(&r->trust);
    hostmetas_free(r->hostmetas);
    dns_free(r->dns);
    mem_free(r->state_folder);
    watchdog_free(r->dog);
    if (r->loop != NULL) {
        loop_timer_stop(r->loop, &r->stop_timer);
        loop_free(r->loop);
    }
    log_finish(&r->log);
    mem_free(r);
}

int runtime_load(struct runtime *r, struct config_mistakes *mistakes) {
    struct states_shared shared = {.loop = r->loop,
                                   .dns = r->dns,
                                   .log = &r->log,
                                   .dog = r->dog,
                                   .features = r->features,
                                   .state_folder = r->state_folder,
                                   .config = r->config};
    int result = trust_load(&r->trust, r->config, r->dns, mistakes);
    result |= web_load(r->config, mistakes);
    r->count = r->config->bot_count;
    r->accounts = mem_alloc0(r->count * sizeof(*r->accounts));
    for (size_t i = 0; i < r->count; i++) {
        struct account *a = &r->accounts[i];
        a->runtime = r;
        a->config = &r->config->bots[i];
        a->bot = bot_new(states_for(&r->states, &shared, a->config), a->config, &r->config->limits);
        a->bot->database = r->database;
        a->bot->script->webhooks = r->web.webhooks;
        a->bot->calls = r->is_counted ? calls_new() : NULL;
        if (bot_load(a->bot, r->config->path, mistakes) < 0)
            result = -1;
    }
    return result;
}

/* The log's file is opened only now: `couplet check` leaves no file behind. */
static int start(struct runtime *r, struct err *err) {
    if (r->config->log_file != NULL && log_open(&r->log, r->config->log_file, err) < 0)
        return -1;
    if (loop_signal(r->loop, SIGINT, on_signal, r, err) < 0 ||
        loop_signal(r->loop, SIGTERM, on_signal, r, err) < 0 || watch_start(r, err) < 0)
        return -1;
    signal(SIGPIPE, SIG_IGN);
    pages_add(r);
    if (web_listen(&r->web, err) < 0 || controls_open(r, &r->controls, err) < 0)
        return -1;
    for (size_t i = 0; i < r->count; i++)
        if (account_open(&r->accounts[i], err) < 0)
            return -1;
#ifdef __GLIBC__
    malloc_trim(0); /* what the Lua states held that were only there to read the library's tables */
#endif
    r->live = r->count;
    for (size_t i = 0; i < r->count; i++)
        bot_raise(r->accounts[i].bot, HOOK_START, account_connect, &r->accounts[i]);
    notify_ready(r->notify);
    return 0;
}

int runtime_run(struct runtime *r, struct err *err) {
    if (start(r, err) < 0)
        return -1;
    if (r->live > 0)
        loop_run(r->loop);
    return r->failed && !r->stopping ? 1 : 0;
}
