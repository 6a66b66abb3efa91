/* SPDX-License-Identifier: MIT */
/*
 * fuzz_config: any text as the configuration. No program is run and no secret read (config_secrets).
 * Promised: a configuration is sound exactly when no mistake was told; each mistake has words, and a place in
 * the file; reading it twice tells the same.
 */
#include "config/config.h"
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

static size_t count_lines(const uint8_t *data, size_t len) {
    size_t lines = 1;
    for (size_t i = 0; i < len; i++)
        lines += data[i] == '\n' || data[i] == '\r' || data[i] >= 0x80; /* YAML knows more ends of lines */
    return lines;
}

static void check_mistake(const struct config_mistake *m, size_t lines) {
    demand(m->text[0] != '\0', "a mistake has words");
    demand(m->mark.line >= 0 && (size_t)m->mark.line <= lines + 1, "a mistake is in the file");
}

/* What was told, as text. */
static void load(const char *path, size_t lines, struct buf *told) {
    struct config_mistakes mistakes = {.count = 0};
    struct config *c = config_load(path, &mistakes);
    demand(c != NULL || mistakes.count > 0, "there is a configuration, or a mistake");
    demand(c == NULL || c->is_sound == (mistakes.count == 0), "sound is without mistakes");
    config_mistakes_sort(&mistakes);
    for (size_t i = 0; i < mistakes.count; i++) {
        check_mistake(&mistakes.list[i], lines);
        buf_addf(told, "%d:%d %s\n", mistakes.list[i].mark.line, mistakes.list[i].mark.column,
                 mistakes.list[i].text);
    }
    for (size_t i = 0; c != NULL && c->is_sound && i < c->bot_count; i++)
        demand(c->bots[i].name != NULL && c->bots[i].jid.host != NULL,
               "a sound bot has a name and an address");
    config_mistakes_finish(&mistakes);
    config_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct buf once = BUF_INIT, twice = BUF_INIT;
    char path[64];
    int fd = memfd_create("config", 0);
    demand(fd >= 0 && write(fd, data, len) == (ssize_t)len, "there is memory");
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    load(path, count_lines(data, len), &once);
    load(path, count_lines(data, len), &twice);
    demand(strcmp(buf_data(&once), buf_data(&twice)) == 0, "what is told is the same each time");
    close(fd);
    buf_finish(&once);
    buf_finish(&twice);
    return 0;
}
