/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static void overview(void) {
    puts("couplet runs XMPP bots: small Lua modules, and a YAML file that says which stanza goes to which "
         "function.\n");
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
        printf("  couplet %-6s %-18s %s\n", c->name, strlen(c->arguments) <= 18 ? c->arguments : "...",
               c->summary);
    puts("  couplet --version                 the version\n");
    puts("Exit status: 0 done, 1 failed, 2 wrong usage, 78 the configuration is wrong.");
}

int cli_help(int argc, char **argv) {
    if (argc < 2) {
        overview();
        return EXIT_DONE;
    }
    const struct cli_command *c = cli_find(argv[1]);
    if (c == NULL)
        return cli_usage("help", "there is no command", argv[1]);
    printf("couplet %s %s: %s\n%s%s", c->name, c->arguments, c->summary, c->help[0] ? "\n" : "", c->help);
    return EXIT_DONE;
}
