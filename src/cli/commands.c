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
    {"send", cli_send, "[-c CONFIG] [OPTION...] TO... [-m TEXT | -- TEXT...]",
     "a text from arguments or standard input, to people and rooms",
     "-m TEXT       the text; also what stands behind --; else standard input is read\n"
     "-s TEXT       a subject\n"
     "-a FILE       uploads a file and sends its address; may be given again\n"
     "-i, --stream  every line of standard input is a message, as it comes\n"
     "--code[=LANG] the text as a block of code\n"
     "--urgent      says so, and asks servers to keep it\n"
     "--plain       the text is not styled\n"
     "--bot NAME    who sends (default: the first bot of the configuration)\n"
     "--room, --person   what TO is, when the bot does not know it\n"
     "--wait TIME   how long to wait for the proof of delivery (default 5s)\n"
     "--expires TIME     after that it is not delivered any more (default 7d)\n"
     "--alone       logs in by itself even where a process runs; --debug shows the log of that\n"
     "--json        what became of it, on stdout\n"
     "Where a process runs that answers at the configuration's `control:` socket, the bot there sends.\n"
     "Else, or with --alone, this command logs in by itself.\n"
     "Exit status 0: delivered; 75: on disk, to be delivered (`storage:`); 1: not sent, or not proven.\n"},
    {"sendxmpp", cli_sendxmpp, "[OPTION...] TO...", "send, with the options of sendxmpp and go-sendxmpp",
     "Understands -f -u -p -j -r -a -c -i -l -m -s -h -t -d, --muc-password, --timeout and --tls-version, "
     "and the\n"
     "account in ~/.config/go-sendxmpp/config or ~/.sendxmpprc. Also under the name sendxmpp (a link to this "
     "program).\n"},
    {"status", cli_status, "[--json] [CONFIG]", "how the bots of the running process are",
     "Asks the process that answers at the configuration's `control:` socket.\n"},
    {"stop", cli_stop, "[CONFIG]", "ends the running process in order",
     "Comes back, with exit status 0, when the process has ended.\n"},
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
        else if (strcmp(argv[i], "-c") == 0 && i + 1 == argc)
            return cli_usage(argv[0], "a value is missing after", argv[i]), -1;
        else if (strcmp(argv[i], "-c") == 0 && out->path == NULL) /* as `send` and `outbox` have it */
            out->path = argv[++i];
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
