/* SPDX-License-Identifier: MIT */
/*
 * outbox: what waits to be delivered and what could not be, on the file of `storage:`, whether the bots run
 * or not: a process that runs sees the change within seconds. What is listed goes to stdout; JSON where a
 * program reads.
 */
#include "cli/cli.h"
#include "cli/outbox_print.h"

#include "config/config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct arguments {
    const char *verb, *config, *bot, *id;
    bool json, all;
};

/* ---- a list ---- */

static void on_row(void *ctx, const struct outbox_row *row) {
    struct outbox_printer *p = ctx;
    if (p->json)
        outbox_print_json(p, row);
    else
        outbox_print_line(row);
    p->count++;
}

static int fail(const struct err *err) {
    fprintf(stderr, "couplet outbox: %s\n", err->text);
    return EXIT_FAILED;
}

static int list(const char *path, const struct arguments *a) {
    struct outbox_printer p = {a->json, 0};
    struct err err = ERR_INIT;
    int r = access(path, F_OK) == 0 ? outbox_list(path, a->bot, on_row, &p, &err) : 0;
    if (r < 0)
        return fail(&err);
    if (a->json)
        puts(p.count > 0 ? "]" : "[]");
    else if (p.count == 0)
        fprintf(stderr, "the outbox is empty\n");
    return EXIT_DONE;
}

static int change(const char *path, const struct arguments *a) {
    bool retry = strcmp(a->verb, "retry") == 0;
    struct err err = ERR_INIT;
    int count = access(path, F_OK) == 0 ? outbox_change(path, a->bot, a->id, retry, &err) : 0;
    if (count < 0)
        return fail(&err);
    if (count == 0 && a->id != NULL) {
        fprintf(stderr, "couplet outbox: there is no %s with the id '%s'\n",
                retry ? "dead letter" : "message", a->id);
        return EXIT_FAILED;
    }
    if (a->json)
        printf("{\"count\":%d}\n", count);
    else
        fprintf(stderr, "%d %s %s\n", count, count == 1 ? "message" : "messages",
                retry ? "will be sent again" : "dropped");
    return EXIT_DONE;
}

/* ---- arguments ---- */

static int with_value(int argc, char **argv, int *i, const char **value) {
    if (*i + 1 >= argc)
        return cli_usage("outbox", "a value is missing after", argv[*i]), -1;
    *value = argv[++*i];
    return 0;
}

static bool is_verb(const char *word) {
    return strcmp(word, "list") == 0 || strcmp(word, "retry") == 0 || strcmp(word, "drop") == 0;
}

static int read_arguments(int argc, char **argv, struct arguments *a) {
    *a = (struct arguments){.config = "couplet.yaml"};
    for (int i = 1; i < argc; i++) {
        int r = 0;
        if (strcmp(argv[i], "--json") == 0)
            a->json = true;
        else if (strcmp(argv[i], "--all") == 0)
            a->all = true;
        else if (strcmp(argv[i], "-c") == 0)
            r = with_value(argc, argv, &i, &a->config);
        else if (strcmp(argv[i], "--bot") == 0)
            r = with_value(argc, argv, &i, &a->bot);
        else if (argv[i][0] == '-' && a->verb == NULL)
            r = (cli_usage("outbox", "there is no option", argv[i]), -1);
        else if (a->verb == NULL && is_verb(argv[i]))
            a->verb = argv[i];
        else if (a->verb != NULL && a->id == NULL && strcmp(a->verb, "list") != 0)
            a->id = argv[i];
        else
            r = (cli_usage("outbox",
                           a->verb == NULL ? "list, retry or drop is expected, not"
                                           : "one too many (a configuration is named with -c):",
                           argv[i]),
                 -1);
        if (r < 0)
            return -1;
    }
    if (a->verb == NULL)
        return cli_usage("outbox", "say what to do: list, retry or drop", NULL), -1;
    if (strcmp(a->verb, "list") != 0 && a->all == (a->id != NULL))
        return cli_usage("outbox", "say which: an id, or --all dead letters", NULL), -1;
    return 0;
}

int cli_outbox(int argc, char **argv) {
    struct arguments a;
    struct config_mistakes mistakes = {NULL, 0};
    int status = EXIT_BAD_CONFIG;
    if (read_arguments(argc, argv, &a) < 0)
        return EXIT_USAGE;
    struct config *config = config_load(a.config, &mistakes);
    /* Whatever else is wrong with it, or missing in this environment: the file is all that is wanted. */
    if (config == NULL || (!config->is_sound && config->storage == NULL)) {
        config_mistakes_sort(&mistakes);
        config_mistakes_print(&mistakes, false);
    } else if (config->storage == NULL) {
        fprintf(stderr, "couplet outbox: %s has no `storage:`, so there is no outbox\n", a.config);
    } else {
        status = strcmp(a.verb, "list") == 0 ? list(config->storage, &a) : change(config->storage, &a);
    }
    config_mistakes_finish(&mistakes);
    config_free(config);
    return status;
}
