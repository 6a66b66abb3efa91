/* SPDX-License-Identifier: MIT */
#include "config/yaml_hint.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const struct row {
    const char *problem, *context; /* how they begin; NULL: whatever it is */
    char at;                       /* 0: whatever it is */
    const char *hint;
} rows[] = {
    {"found character that cannot start", NULL, '\t', "; YAML is indented by blanks, not by tabs"},
    {"found character that cannot start", NULL, 0, "; a value that begins so wants quotes"},
    {"did not find expected key", "while parsing a block mapping", 0,
     "; is this line indented as those that it belongs to, and every quote above closed?"},
    {"did not find expected '-'", NULL, 0, "; is this line indented as those that it belongs to?"},
    {"mapping values are not allowed", NULL, 0,
     "; is the line before indented less, or does a value with ': ' in it want quotes?"},
    {"could not find expected ':'", NULL, 0, "; a key is followed by ':' and a blank"},
    {"found unexpected end of stream", "while scanning a quoted", 0,
     "; a quote before this place is not closed"},
    {"did not find expected ',' or", NULL, 0, "; is a ',' or a closing bracket missing before this place?"},
};

static bool begins(const char *text, const char *with) {
    return with == NULL || (text != NULL && strncmp(text, with, strlen(with)) == 0);
}

const char *yaml_hint(const char *problem, const char *context, char at) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (begins(problem, rows[i].problem) && begins(context, rows[i].context) &&
            (rows[i].at == 0 || rows[i].at == at))
            return rows[i].hint;
    return "";
}
