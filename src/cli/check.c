/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "runtime/runtime.h"

#include <stdio.h>

/* Nothing is kept, nor is what a process keeps that runs meanwhile looked into: its files are locked. */
static int check_scripts(const struct config *config, struct config_mistakes *mistakes) {
    struct err err = ERR_INIT;
    struct config forgetful = *config;
    forgetful.storage = NULL;
    struct runtime *r = runtime_new(&forgetful, &err);
    if (r == NULL) {
        fprintf(stderr, "couplet check: %s\n", err.text);
        return EXIT_FAILED;
    }
    int result = runtime_load(r, mistakes);
    runtime_free(r);
    return result == 0 && config->is_sound ? EXIT_DONE : EXIT_BAD_CONFIG;
}

int cli_check(int argc, char **argv) {
    struct cli_config_args args;
    struct config_mistakes mistakes = {NULL, 0};
    int status = EXIT_BAD_CONFIG;
    if (cli_config_args(argc, argv, 1, &args) < 0)
        return EXIT_USAGE;
    struct config *config = config_load(args.path, &mistakes);
    if (config != NULL)
        status = check_scripts(config, &mistakes);
    if (config != NULL && config_secret_files(config, &mistakes) < 0 && status == EXIT_DONE)
        status = EXIT_BAD_CONFIG;
    config_mistakes_sort(&mistakes);
    if (args.json || mistakes.count > 0)
        config_mistakes_print(&mistakes, args.json);
    if (status == EXIT_DONE && !args.json)
        fprintf(stderr, "%s: no mistakes, %zu %s\n", args.path, config->bot_count,
                config->bot_count == 1 ? "bot" : "bots");
    config_mistakes_finish(&mistakes);
    config_free(config);
    return status;
}
