/* SPDX-License-Identifier: MIT */
/*
 * sendxmpp: `couplet sendxmpp`, or this program under the name sendxmpp: the common options and files of
 * sendxmpp and go-sendxmpp, for scripts that have them. An account of its own is used, never a process that
 * runs. What would be unsafe, or is not there, is refused with a reason, not passed over.
 */
#include "cli/sendxmpp.h"

#include "base/mem.h"
#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MUC_PASSWORD = 256, TLS_VERSION, TIMEOUT, LISTEN, OX, RAW_LINE };

static const struct option long_options[] = {
    {"file", required_argument, NULL, 'f'},
    {"username", required_argument, NULL, 'u'},
    {"password", required_argument, NULL, 'p'},
    {"jserver", required_argument, NULL, 'j'},
    {"component", required_argument, NULL, 'o'},
    {"resource", required_argument, NULL, 'r'},
    {"alias", required_argument, NULL, 'a'},
    {"subject", required_argument, NULL, 's'},
    {"message", required_argument, NULL, 'm'},
    {"http-upload", required_argument, NULL, 'h'},
    {"chatroom", no_argument, NULL, 'c'},
    {"interactive", no_argument, NULL, 'i'},
    {"headline", no_argument, NULL, 'l'},
    {"tls", no_argument, NULL, 't'},
    {"no-tls-verify", no_argument, NULL, 'n'},
    {"raw", no_argument, NULL, 'w'},
    {"debug", no_argument, NULL, 'd'},
    {"verbose", no_argument, NULL, 'v'},
    {"muc-password", required_argument, NULL, MUC_PASSWORD},
    {"tls-version", required_argument, NULL, TLS_VERSION},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"listen", no_argument, NULL, LISTEN},
    {"ox", no_argument, NULL, OX},
    {NULL, 0, NULL, 0},
};

static int refuse(const char *what, const char *why) {
    fprintf(stderr, "couplet sendxmpp: %s: %s\n", what, why);
    return -1;
}

static void put(char **field, const char *value) {
    mem_free(*field);
    *field = mem_strdup(value);
}

static int apply_refused(int c) {
    switch (c) {
    case 'n':
        return refuse("-n",
                      "a certificate that is not checked protects nothing; name your CA in a couplet.yaml "
                      "(tls: { ca_file: … }) and use `couplet send`");
    case 'w':
        return refuse("--raw", "is not supported");
    case 'o':
        return refuse("-o", "is not supported; a component is `component:` in a couplet.yaml");
    case LISTEN:
        return refuse("--listen", "is not supported; a bot listens");
    case OX:
        return refuse("--ox", "is not supported");
    default:
        return -1;
    }
}

static int apply_text(struct sendxmpp *s, int c) {
    switch (c) {
    case 'f':
        s->file = optarg;
        return 0;
    case 's':
        s->order.subject = optarg;
        return 0;
    case 'm':
        s->message = optarg;
        return 0;
    case 'h':
        s->order.files[s->order.file_count++] = optarg;
        return 0;
    case MUC_PASSWORD:
        s->room_password = optarg;
        return 0;
    case TIMEOUT:
        s->order.wait = atof(optarg);
        return s->order.wait > 0 ? 0 : refuse("--timeout", "seconds are expected");
    case TLS_VERSION:
        s->tls_version = optarg;
        return strcmp(optarg, "12") == 0 || strcmp(optarg, "13") == 0
                   ? 0
                   : refuse("--tls-version", "12 and 13 are; what is older protects nothing");
    default:
        return apply_refused(c);
    }
}

static int apply(struct sendxmpp *s, int c) {
    switch (c) {
    case 'u':
        return put(&s->user, optarg), 0;
    case 'p':
        return put(&s->password, optarg), 0;
    case 'j':
        return put(&s->server, optarg), 0;
    case 'r':
        return put(&s->resource, optarg), 0;
    case 'a':
        return put(&s->nick, optarg), 0;
    case 'c':
        s->is_room = true;
        s->order.as = "room";
        return 0;
    case 'i':
        s->order.stream = true;
        return 0;
    case 'l':
        s->order.headline = true;
        return 0;
    case 'd':
        s->order.debug = true;
        return 0;
    case 't': /* there is nothing without it */
    case 'v':
        return 0;
    default:
        return apply_text(s, c);
    }
}

static int refuse_unknown(char **argv) {
    char letter[] = {'-', (char)optopt, '\0'};
    return cli_usage("sendxmpp", "this option is not known, or its value is missing:",
                     optopt > ' ' && optopt < 127 ? letter : argv[optind - 1]),
           -1;
}

static int read_options(struct sendxmpp *s, int argc, char **argv) {
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "+f:u:p:j:o:r:a:s:m:h:ciltnwdv", long_options, NULL)) != -1;)
        if (c == '?' ? refuse_unknown(argv) < 0 : apply(s, c) < 0)
            return -1;
    for (; optind < argc; optind++)
        s->order.to[s->order.to_count++] = argv[optind];
    if (s->order.to_count == 0)
        return cli_usage("sendxmpp", "say to whom", NULL), -1;
    return 0;
}

/* -m FILE takes the place of standard input. */
static int open_message(const struct sendxmpp *s) {
    if (s->message == NULL || freopen(s->message, "r", stdin) != NULL)
        return 0;
    return refuse(s->message, "cannot be read");
}

static int run(struct sendxmpp *s) {
    char path[64];
    struct err err = ERR_INIT;
    if (open_message(s) < 0)
        return EXIT_FAILED;
    if (sendxmpp_read_account(s, &err) < 0 || sendxmpp_write_config(s, path, &err) < 0) {
        fprintf(stderr, "couplet sendxmpp: %s\n", err.text);
        return EXIT_FAILED;
    }
    s->order.config = path;
    s->order.resource = s->resource;
    return send_order_run(&s->order);
}

int cli_sendxmpp(int argc, char **argv) {
    struct sendxmpp s = {.order = {.command = "sendxmpp", .wait = -1, .expires = -1, .alone = true}};
    s.order.to = mem_array(NULL, (size_t)argc + 1, sizeof(*s.order.to));
    s.order.files = mem_array(NULL, (size_t)argc + 1, sizeof(*s.order.files));
    int status = read_options(&s, argc, argv) == 0 ? run(&s) : EXIT_USAGE;
    mem_free(s.order.to);
    mem_free(s.order.files);
    char *owned[] = {s.user, s.password, s.server, s.command, s.nick, s.resource};
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        mem_free(owned[i]);
    return status;
}
