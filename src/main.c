/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "config/config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int unknown(const char *name) {
    const char *names[32] = {NULL};
    for (int i = 0; cli_commands[i].name != NULL; i++)
        names[i] = cli_commands[i].name;
    const char *near = config_did_you_mean(name, names);
    fprintf(stderr, "couplet: there is no command '%s'%s%s%s (`couplet help` lists them)\n", name,
            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return EXIT_USAGE;
}

static bool is_help(const char *argument) {
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

int main(int argc, char **argv) {
    const char *slash = strrchr(argv[0], '/');
    if (strcmp(slash != NULL ? slash + 1 : argv[0], "sendxmpp") == 0)
        return cli_sendxmpp(argc, argv);
    const char *name = argc > 1 ? argv[1] : "help";
    if (strcmp(name, "--version") == 0) {
        puts("couplet " COUPLET_VERSION);
        return EXIT_DONE;
    }
    if (is_help(name))
        name = "help";
    const struct cli_command *c = cli_find(name);
    if (c == NULL)
        return unknown(name);
    if (argc == 3 && is_help(argv[2]))
        return cli_help(2, (char *[]){argv[0], argv[1], NULL});
    return argc > 1 ? c->run(argc - 1, argv + 1) : (cli_help(1, argv), EXIT_USAGE);
}
