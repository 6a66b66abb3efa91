/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "runtime/runtime.h"

#include <stdio.h>

static int run_loaded(struct runtime *r) {
    struct err err = ERR_INIT;
    int status = runtime_run(r, &err);
    if (status < 0)
        fprintf(stderr, "couplet run: %s\n", err.text);
    else if (status > 0)
        fprintf(stderr, "couplet run: no account is left: every login was refused for good (see above)\n");
    return status == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int run_config(const struct config *config, struct config_mistakes *mistakes) {
    struct err err = ERR_INIT;
    struct runtime *r = runtime_new(config, &err);
    if (r == NULL) {
        fprintf(stderr, "couplet run: %s\n", err.text);
        return EXIT_FAILED;
    }
    bool good = runtime_load(r, mistakes) == 0 && config->is_sound;
    int status = good ? run_loaded(r) : EXIT_BAD_CONFIG;
    runtime_free(r);
    return status;
}

int cli_run(int argc, char **argv) {
    struct cli_config_args args;
    struct config_mistakes mistakes = {NULL, 0};
    int status = EXIT_BAD_CONFIG;
    if (cli_config_args(argc, argv, 0, &args) < 0)
        return EXIT_USAGE;
    struct config *config = config_load(args.path, &mistakes);
    if (config != NULL && (!config->is_sound || config_secrets(config, &mistakes) == 0))
        status = run_config(config, &mistakes);
    config_mistakes_sort(&mistakes);
    config_mistakes_print(&mistakes, false);
    config_mistakes_finish(&mistakes);
    config_free(config);
    return status;
}
