/* SPDX-License-Identifier: MIT */
/*
 * loaded: a configuration from a text in a test, and what is said of it as one string, a line a mistake:
 * "2:1 in a bot the key …\n". The file lies in a folder of its own under the system's temporary one, which
 * loaded_finish() removes.
 */
#ifndef COUPLET_LOADED_H
#define COUPLET_LOADED_H

#include "base/buf.h"
#include "check.h"
#include "config/config.h"

#include <stdlib.h>
#include <unistd.h>

struct loaded {
    char folder[64], path[96];
    struct config *config; /* NULL: it was no YAML */
    struct config_mistakes mistakes;
    struct buf said; /* buf_data() it */
};

/* A file of the folder. */
static inline void loaded_write(const struct loaded *l, const char *name, const void *bytes, size_t len) {
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", l->folder, name);
    FILE *file = fopen(path, "we");
    CHECK(file != NULL && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
}

static inline void loaded_init(struct loaded *l) {
    memset(l, 0, sizeof(*l));
    snprintf(l->folder, sizeof(l->folder), "/tmp/couplet-config-XXXXXX");
    CHECK(mkdtemp(l->folder) != NULL);
    snprintf(l->path, sizeof(l->path), "%s/c.yaml", l->folder);
}

static inline void loaded_say(struct loaded *l) {
    buf_clear(&l->said);
    for (size_t i = 0; i < l->mistakes.count; i++)
        buf_addf(&l->said, "%d:%d %s\n", l->mistakes.list[i].mark.line, l->mistakes.list[i].mark.column,
                 l->mistakes.list[i].text);
}

static inline void loaded_bytes(struct loaded *l, const void *bytes, size_t len) {
    loaded_init(l);
    loaded_write(l, "c.yaml", bytes, len);
    l->config = config_load(l->path, &l->mistakes);
    loaded_say(l);
}

static inline void loaded_text(struct loaded *l, const char *text) {
    loaded_bytes(l, text, strlen(text));
}

/* The text as what stands in a bot after its jid (line 3) and password (line 4): the first line is 5. */
static inline void loaded_bot(struct loaded *l, const char *text) {
    struct buf whole = BUF_INIT;
    buf_addf(&whole, "bots:\n  b:\n    jid: b@example.org\n    password: x\n%s", text);
    loaded_text(l, buf_data(&whole));
    buf_finish(&whole);
}

static inline void loaded_finish(struct loaded *l, const char *const *files) {
    char path[160];
    for (; files != NULL && *files != NULL; files++) {
        snprintf(path, sizeof(path), "%s/%s", l->folder, *files);
        CHECK(unlink(path) == 0);
    }
    unlink(l->path);
    CHECK(rmdir(l->folder) == 0);
    config_free(l->config);
    config_mistakes_finish(&l->mistakes);
    buf_finish(&l->said);
}

/* A table of texts and of all that is to be said of each. */
struct said {
    const char *text, *mistakes;
};

static inline void check_said(const struct said *rows, size_t count,
                              void (*load)(struct loaded *l, const char *text)) {
    for (size_t i = 0; i < count; i++) {
        struct loaded l;
        load(&l, rows[i].text);
        if (strcmp(buf_data(&l.said), rows[i].mistakes) != 0)
            printf("# in:\n%s\n", rows[i].text);
        CHECK_STR(buf_data(&l.said), rows[i].mistakes);
        CHECK_INT(l.config != NULL && l.config->is_sound, rows[i].mistakes[0] == '\0');
        loaded_finish(&l, NULL);
    }
}

#define CHECK_SAID(rows, load) check_said(rows, sizeof(rows) / sizeof((rows)[0]), load)

#endif
