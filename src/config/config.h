/* SPDX-License-Identifier: MIT */
/*
 * config: the YAML file as checked, typed values. The only user of libyaml.
 *
 * Reading never stops at the first mistake: every one is collected as FILE:LINE:COLUMN with what was expected
 * and, for a misspelt name, "did you mean". A config without mistakes needs no further checks by those who
 * use it. Paths are made absolute (relative ones are relative to the config file). `${NAME}` and
 * `${NAME:-default}` are expanded in scalar values; YAML anchors, aliases and merge keys are understood.
 */
#ifndef COUPLET_CONFIG_CONFIG_H
#define COUPLET_CONFIG_CONFIG_H

#include "base/proxy.h"
#include "base/err.h"
#include "base/jid.h"
#include "base/log.h"
#include "base/ws_url.h"
#include "config/web.h"
#include "hook/hook.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A free-form value of the file (`with:`), for Lua. Owned by the config. */
enum config_kind {
    CONFIG_NULL,
    CONFIG_BOOL,
    CONFIG_INT,
    CONFIG_FLOAT,
    CONFIG_STRING,
    CONFIG_LIST,
    CONFIG_MAP
};
struct config_value {
    enum config_kind kind;
    bool boolean;
    int64_t integer;
    double number;
    char *string;
    struct config_value *items; /* of a list, or the values of a map */
    char **keys;                /* of a map */
    size_t count;
    struct config_mark mark; /* of its key in a map, else of itself */
};

struct config_limits { /* of a handler's run; 0: none stated */
    double time;       /* seconds of processor time */
    uint64_t memory;   /* bytes, per Lua state */
    uint64_t instructions;
};

enum config_tls_mode {
    CONFIG_TLS_AUTO, /* as DNS says; with `server`: direct on port 5223, else STARTTLS */
    CONFIG_TLS_STARTTLS,
    CONFIG_TLS_DIRECT, /* XEP-0368 */
    CONFIG_TLS_NONE    /* loopback only */
};

struct config_hook {
    struct hook_spec spec;
    char *call;              /* "module.function" as written */
    char *module, *function; /* split at the last dot */
    struct config_mark mark, call_mark;
    struct config_value *with; /* NULL when absent */
    struct config_mark with_mark;
    struct config_limits limits;
    struct config_value
        *guard; /* who may and how often, and what a command is; NULL: nothing of it is stated */
    struct config_mark args_mark, *example_marks; /* where those texts begin */
    size_t example_count;
    struct config_webhook *webhook; /* of `event: webhook`; NULL: another event */
};

struct config_history { /* what a room sends of before we came (XEP-0045 7.2.14) */
    bool is_stated;
    int stanzas;    /* at most; where seconds is 0 */
    double seconds; /* at most so old */
};

struct config_room {
    char *jid;      /* bare, prepared */
    char *nick;     /* NULL: the bot's */
    char *password; /* NULL: none */
    struct config_history history;
    char *nick_conflict;           /* suffix, fail; NULL: suffix */
    char *rejoin;                  /* always, lost, never; NULL: always */
    bool is_registering;           /* `register:` */
    char *catch_up;                /* skip, notify, run; NULL: the bot's */
    struct config_value *settings; /* `config:`, of a room that we create; a map; NULL: none */
    struct config_mark mark;
};

struct config_feature { /* `features: { NAME: false }`; whether there is such a feature is the library's to
                           say */
    char *name;
    bool on;
    struct config_mark mark;
};

struct config_presence {
    char *show; /* away chat dnd xa; NULL: plain available */
    char *status;
    int priority; /* -128 … 127 */
};

struct config_file {
    char *path; /* absolute; NULL: not stated */
    struct config_mark mark;
};

enum { CONFIG_PIN_LEN = 32 };

enum config_transport { CONFIG_TCP, CONFIG_WEBSOCKET, CONFIG_BOSH };

struct config_bot {
    char *name;
    struct config_mark mark;
    bool is_component;   /* XEP-0114: jid is its name, password its secret; host and port are there */
    struct jid jid;      /* prepared; resource NULL when not stated */
    char *password;      /* of `password` or `secret`; with a file or command, NULL until config_secrets */
    char *password_file; /* absolute; NULL: none. Read by config_secrets() */
    char **password_command; /* argv, NULL-ended; NULL: none. Run by config_secrets() */
    struct config_mark password_mark;
    bool registers;   /* `register:`: an account that does not exist is made (XEP-0077) */
    bool legacy_auth; /* XEP-0078, with a server that has nothing newer */
    enum config_transport transport;
    struct ws_url url;  /* of `server:`, for WebSocket and BOSH */
    char *host;         /* of `server:`, NULL: SRV, then the domain */
    uint16_t port;      /* 0: not stated */
    struct proxy proxy; /* of `proxy:` */
    enum config_tls_mode tls;
    struct config_file ca_file, crl_file, certificate, key; /* of `tls:`, PEM */
    unsigned char (*tls_pins)[CONFIG_PIN_LEN]; /* SHA-256 of public keys (SubjectPublicKeyInfo) */
    size_t tls_pin_count;
    int tls_min_version; /* 0x0303, 0x0304 */
    bool dane;           /* DNSSEC is asked what the server's certificate must be */
    struct config_mark dane_mark;
    char **sasl;            /* NULL-ended; NULL: the default list (xmpp/choice.c) */
    double timeout;         /* seconds of each step of connecting: 15 */
    double iq_timeout;      /* default of bot:iq: 30, or `timeout` where that is stated */
    double keepalive;       /* 60 */
    int long_text;          /* bytes; a longer text goes in several messages: 10000; 0: never */
    bool is_long_text_file; /* `long_text_as: file`: it is uploaded instead */
    char *state;            /* name of the shared Lua state; NULL: its own */
    char *prefix;           /* of commands: "!" */
    char *nick;             /* default: the localpart, else the bot's name */
    struct config_presence presence;
    struct config_room *rooms;
    size_t room_count;
    bool is_bookmarking; /* `bookmarks:` */
    char *invitations;   /* accept, admins, ignore; NULL: ignore */
    char *catch_up;      /* skip, notify, run; NULL: archives are not looked at */
    double catch_up_age; /* seconds: 3600 */
    bool is_approving;   /* `subscriptions:` accepts somebody */
    struct config_feature *features;
    size_t feature_count;
    char **programs; /* `allow_process:` names them, NULL-ended; NULL: none */
    bool runs_any_program;
    struct config_hook *hooks;
    size_t hook_count;
    struct config_value raw; /* the bot's section without secrets and hooks, as bot.config */
};

struct config {
    bool is_sound;  /* no mistakes: it may be run */
    char *path;     /* as given */
    char **scripts; /* directories, absolute, NULL-ended */
    enum log_level log_level;
    bool log_json;
    char *log_file;     /* NULL: stderr */
    char *storage;      /* absolute; NULL: nothing is kept on disk */
    char *control;      /* absolute: the control socket; NULL: none */
    char *dns_servers;  /* NULL: as /etc/resolv.conf says; comma separated */
    char *trust_anchor; /* absolute: of DNSSEC; NULL: Debian's */
    struct config_http http;
    struct config_limits limits; /* defaults: 1 s, 64 MiB, 50,000,000 */
    struct config_bot *bots;
    size_t bot_count;
};

struct config_mistake {
    struct config_mark mark;
    char *file; /* owned; the config's or a script's */
    char *text;
    size_t file_rank, rank; /* of the first mistake of this file, and of this one: the order of finding */
};

struct config_mistakes {
    struct config_mistake *list;
    size_t count;
};

/* Reads and checks. The mistakes are added in the order of the file; a file that cannot be read is one
 * mistake without a mark (line 0). NULL when it is no YAML at all; with other mistakes what could be read
 * (is_sound is false), so that scripts can be checked in the same go. No program is run here and no password
 * file read. */
struct config *config_load(const char *path, struct config_mistakes *mistakes);
/* Only where the control socket and the storage are: cheap, for a command that talks to a process that runs.
 * Both are the caller's, NULL where there is none; whatever else is wrong with the file is not seen. -1: it
 * cannot be read at all; mistakes. */
int config_paths(const char *path, char **control, char **storage, struct config_mistakes *mistakes);
/* Reads each password_file (its first line) and runs each password_command (no shell, 30 s, first line of its
 * output) of a sound config. -1 and mistakes when one fails. */
int config_secrets(struct config *c, struct config_mistakes *mistakes);
/* The files alone, of a configuration that is only checked: nothing is kept of them, no program is run. What
 * is no plain file, and what only a unit of systemd sees while it runs (/run/credentials), is left out. */
int config_secret_files(const struct config *c, struct config_mistakes *mistakes);
void config_free(struct config *c); /* wipes secrets; NULL accepted */

void config_mistake_add(struct config_mistakes *m, const char *file, struct config_mark mark, const char *fmt,
                        ...) __attribute__((format(printf, 4, 5)));
/* "FILE:LINE:COLUMN: text\n" for each, to stderr or as JSON list on stdout. */
void config_mistakes_print(const struct config_mistakes *m, bool json);
/* By place within each file, the files in the order of their first mistakes; what is told twice (of a node
 * that many aliases name) is told once. */
void config_mistakes_sort(struct config_mistakes *m);
void config_mistakes_finish(struct config_mistakes *m);

/* The nearest of the NULL-ended names to a misspelt one, or NULL when none is near. */
const char *config_did_you_mean(const char *name, const char *const *names);

#endif
