/* SPDX-License-Identifier: MIT */
/* send_options: the arguments of `couplet send`. */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/send.h"

#include <stddef.h>

#include <stdlib.h>
#include <string.h>

enum kind { TEXT, FLAG, SECONDS, CODE, FILES, ROOM, PERSON };

struct send_option {
    const char *name, *other;
    enum kind kind;
    size_t offset;
};

#define AT(member) offsetof(struct send_order, member)

static const struct send_option options[] = {
    {"-c", "--config", TEXT, AT(config)},
    {"--bot", NULL, TEXT, AT(bot)},
    {"-m", "--message", TEXT, AT(text)},
    {"-s", "--subject", TEXT, AT(subject)},
    {"-a", "--attach", FILES, 0},
    {"--code", NULL, CODE, 0},
    {"--urgent", NULL, FLAG, AT(urgent)},
    {"--plain", NULL, FLAG, AT(plain)},
    {"--room", NULL, ROOM, 0},
    {"--person", NULL, PERSON, 0},
    {"--expires", NULL, SECONDS, AT(expires)},
    {"--wait", NULL, SECONDS, AT(wait)},
    {"-i", "--stream", FLAG, AT(stream)},
    {"--alone", NULL, FLAG, AT(alone)},
    {"--debug", NULL, FLAG, AT(debug)},
    {"--json", NULL, FLAG, AT(json)},
    {NULL, NULL, FLAG, 0},
};

/* 10, 10s, 500ms, 5m, 2h, 1d. -1: none of them. */
static double seconds_of(const char *text) {
    static const struct {
        const char *name;
        double factor;
    } units[] = {{"", 1}, {"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    char *end;
    double value = text[0] >= '0' && text[0] <= '9' ? strtod(text, &end) : (end = (char *)text, -1);
    for (size_t i = 0; value >= 0 && i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(units[i].name, end) == 0)
            return value * units[i].factor <= 366 * 86400.0 ? value * units[i].factor : -1;
    return -1;
}

static int apply(struct send_order *o, const struct send_option *option, const char *value) {
    void *field = (char *)o + option->offset;
    double *seconds = field;
    switch (option->kind) {
    case TEXT:
        *(const char **)field = value;
        return 0;
    case FLAG:
        *(bool *)field = true;
        return 0;
    case CODE:
        o->code = value != NULL ? value : "";
        return 0;
    case FILES:
        o->files[o->file_count++] = value;
        return 0;
    case ROOM:
    case PERSON:
        o->as = option->kind == ROOM ? "room" : "person";
        return 0;
    case SECONDS:
        *seconds = seconds_of(value);
        return *seconds < 0 ? (cli_usage("send", "a time like 10s, 500ms or 5m is expected, not", value), -1)
                            : 0;
    }
    return 0;
}

static bool is_named(const char *word, const char *name, const char **value) {
    size_t len = name != NULL ? strlen(name) : 0;
    if (len == 0 || strncmp(word, name, len) != 0 ||
        (word[len] != '\0' && (word[len] != '=' || name[1] != '-')))
        return false;
    *value = word[len] == '=' ? word + len + 1 : NULL;
    return true;
}

static int read_option(struct send_order *o, int argc, char **argv, int *i) {
    const struct send_option *option = options;
    const char *value = NULL;
    while (option->name != NULL && !is_named(argv[*i], option->name, &value) &&
           !is_named(argv[*i], option->other, &value))
        option++;
    if (option->name == NULL)
        return cli_usage("send", "there is no option", argv[*i]), -1;
    bool has_value = option->kind == TEXT || option->kind == SECONDS || option->kind == FILES;
    if (value != NULL && !has_value && option->kind != CODE)
        return cli_usage("send", "this option takes no value:", argv[*i]), -1;
    if (has_value && value == NULL) {
        if (*i + 1 >= argc)
            return cli_usage("send", "a value is missing after", argv[*i]), -1;
        value = argv[++*i];
    }
    return apply(o, option, value);
}

/* What stands behind -- is the text, words joined by blanks. */
static void join(struct buf *text, int argc, char **argv) {
    for (int i = 0; i < argc; i++)
        buf_addf(text, "%s%s", i > 0 ? " " : "", argv[i]);
}

/* A name alone is taken for a domain, and nobody sends to "alice". */
static int add_recipient(struct send_order *o, const char *to) {
    if (strpbrk(to, "@./:") == NULL)
        return cli_usage("send", "no address like alice@example.org:", to), -1;
    o->to[o->to_count++] = to;
    return 0;
}

static int read_all(struct send_order *o, int argc, char **argv, struct buf *text) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            join(text, argc - i - 1, argv + i + 1);
            if (o->text == NULL)
                o->text = buf_data(text);
            break;
        }
        if (argv[i][0] == '-' && argv[i][1] != '\0') {
            if (read_option(o, argc, argv, &i) < 0)
                return -1;
        } else if (add_recipient(o, argv[i]) < 0) {
            return -1;
        }
    }
    if (o->to_count == 0)
        return cli_usage("send", "say to whom", NULL), -1;
    if (o->stream && o->text != NULL)
        return cli_usage("send", "--stream reads standard input, so there is no other text", NULL), -1;
    return 0;
}

int cli_send(int argc, char **argv) {
    struct buf text = BUF_INIT;
    struct send_order o = {.command = "send", .config = "couplet.yaml", .wait = -1, .expires = -1};
    o.to = mem_array(NULL, (size_t)argc + 1, sizeof(*o.to));
    o.files = mem_array(NULL, (size_t)argc + 1, sizeof(*o.files));
    int status = read_all(&o, argc, argv, &text) == 0 ? send_order_run(&o) : EXIT_USAGE;
    mem_free(o.to);
    mem_free(o.files);
    buf_finish(&text);
    return status;
}
