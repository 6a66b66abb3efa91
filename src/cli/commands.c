/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "config/config.h"

#include <stdio.h>
#include <string.h>

const struct cli_command cli_commands[] = {
    {"run", cli_run, "[CONFIG]", "run the bots (default config: ./couplet.yaml)",
     "Runs until SIGINT or SIGTERM, which close the streams in order (exit status 0).\n"
     "Exit status 1 when no account is left because every login was refused, 78 when the\n"
     "configuration is wrong; then nothing was connected.\n"},
    {"check", cli_check, "[--json] [CONFIG]", "config and scripts: every mistake as FILE:LINE:COLUMN",
     "Reads the configuration, loads the scripts, connects to nothing, starts no program.\n"
     "Exit status 0 when all is well, 78 when not. --json prints the mistakes as a list on stdout.\n"},
    {"lua", cli_lua, "FILE [ARG...]", "run a plain Lua script with the bots' library at hand",
     "The script finds its arguments in `arg`, and couplet.stanza, couplet.jid and the rest by require.\n"
     "busted runs this way: couplet lua $(command -v busted) spec\n"},
    {"outbox", cli_outbox, "list|retry|drop [-c CONFIG] [--bot NAME] [--json] [--all | ID]",
     "messages that wait to be delivered, and dead letters",
     "list shows what waits and what could not be delivered. retry sends dead letters again, drop forgets\n"
     "them: the one with this id, or --all; drop with an id also takes one that still waits. It works on\n"
     "the file of `storage:`; bots that run see it within seconds.\n"},
    {"help", cli_help, "[COMMAND]", "this overview, or more about one command", ""},
    {NULL, NULL, NULL, NULL, NULL},
};

const struct cli_command *cli_find(const char *name) {
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

int cli_usage(const char *command, const char *what, const char *argument) {
    const struct cli_command *c = cli_find(command);
    fprintf(stderr, "couplet %s: %s%s%s\n", command, what, argument ? " " : "", argument ? argument : "");
    if (c != NULL)
        fprintf(stderr, "usage: couplet %s %s\n", c->name, c->arguments);
    return EXIT_USAGE;
}

int cli_config_args(int argc, char **argv, int json_allowed, struct cli_config_args *out) {
    *out = (struct cli_config_args){.path = NULL};
    for (int i = 1; i < argc; i++) {
        if (json_allowed && strcmp(argv[i], "--json") == 0)
            out->json = 1;
        else if (argv[i][0] == '-' && argv[i][1] != '\0')
            return cli_usage(argv[0], "there is no option", argv[i]), -1;
        else if (out->path != NULL)
            return cli_usage(argv[0], "one configuration file at most, not also", argv[i]), -1;
        else
            out->path = argv[i];
    }
    if (out->path == NULL)
        out->path = "couplet.yaml";
    return 0;
}
