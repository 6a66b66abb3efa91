/* SPDX-License-Identifier: MIT */
/* zones: the name of a time zone, and which one was meant. */
#include "base/mem.h"
#include "base/zone.h"
#include "config/reader.h"

#include <string.h>
#include <strings.h>

/* "berlin" for Europe/Berlin, "New York" for America/New_York. */
static bool is_place(const char *name, const char *text) {
    const char *slash = strrchr(name, '/'), *place = slash != NULL ? slash + 1 : name;
    while (*place != '\0' && (strncasecmp(place, text, 1) == 0 || (*place == '_' && *text == ' ')))
        place++, text++;
    return *place == '\0' && *text == '\0';
}

static const char *meant(const char *text, char **names) {
    for (char **n = names; *n != NULL; n++)
        if (is_place(*n, text))
            return *n;
    return config_did_you_mean(text, (const char *const *)names);
}

void read_tz(struct reader *r, const struct tree_node *node, void *to) {
    const char *text = reader_text(r, node, "a time zone like Europe/Berlin");
    if (text == NULL)
        return;
    *(char **)to = mem_strdup(text);
    if (zone_is_known(text))
        return;
    char **names = zone_names();
    const char *best = meant(text, names);
    if (best != NULL)
        reader_say(r, node, "there is no time zone '%s'; did you mean '%s'?", text, best);
    else if (names[0] == NULL)
        reader_say(r, node, "this machine knows no time zones; install the package tzdata");
    else
        reader_say(r, node, "there is no time zone '%s'; a name like Europe/Berlin, or UTC, is expected",
                   text);
    zone_names_free(names);
}
