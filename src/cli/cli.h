/* SPDX-License-Identifier: MIT */
/*
 * cli: the subcommands of `couplet`. Each takes its own arguments (argv[0] is its name) and returns the exit
 * status: 0 done, 1 failed (the reason is the last line on stderr), 2 wrong usage, 75 (send) not delivered
 * yet, 78 the configuration is wrong. Messages for people go to stderr, results to stdout.
 */
#ifndef COUPLET_CLI_CLI_H
#define COUPLET_CLI_CLI_H

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_QUEUED = 75, EXIT_BAD_CONFIG = 78 };

int cli_run(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_lua(int argc, char **argv);
int cli_outbox(int argc, char **argv);
int cli_send(int argc, char **argv);
int cli_sendxmpp(int argc, char **argv);
int cli_status(int argc, char **argv);
int cli_stop(int argc, char **argv);
int cli_help(int argc, char **argv);

struct cli_command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *arguments; /* "[CONFIG]" */
    const char *summary;
    const char *help; /* what `couplet help NAME` adds */
};

extern const struct cli_command cli_commands[];       /* ended by a NULL name */
const struct cli_command *cli_find(const char *name); /* NULL: none */
/* Says what is wrong, how it is used, and returns EXIT_USAGE. */
int cli_usage(const char *command, const char *what, const char *argument);

/* Arguments of `run` and `check`: [--json] [[-c] CONFIG]. -1: the usage was printed. */
struct cli_config_args {
    const char *path; /* default "couplet.yaml" */
    int json;
};
int cli_config_args(int argc, char **argv, int json_allowed, struct cli_config_args *out);

#endif
