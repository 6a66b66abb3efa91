/* SPDX-License-Identifier: MIT */
/* Passwords from files and programs; the order and the print of mistakes. */
#include "loaded.h"

#include "base/mem.h"

/* Of a bot with this line instead of a password; a good one gives "= the password". */
static char *secret_of(const char *option, const void *file, size_t file_len) {
    static const char *const files[] = {"p", NULL};
    struct loaded l;
    struct buf text = BUF_INIT, out = BUF_INIT;
    buf_addf(&text, "bots:\n  b:\n    jid: b@example.org\n    %s\n", option);
    loaded_text(&l, buf_data(&text));
    loaded_write(&l, "p", file, file_len);
    if (l.config->is_sound && config_secrets(l.config, &l.mistakes) == 0)
        buf_addf(&out, "= %s", l.config->bots[0].password);
    loaded_say(&l);
    buf_adds(&out, buf_data(&l.said));
    loaded_finish(&l, files);
    buf_finish(&text);
    return buf_detach(&out);
}

static void check_secret(const char *option, const char *file, size_t file_len, const char *want) {
    char *got = secret_of(option, file, file_len);
    CHECK_HAS(got, want);
    CHECK(want[0] != '=' || strcmp(got, want) == 0);
    mem_free(got);
}

static void from_a_file(void) {
    static const char name[] = "password_file: p";
    static char long_line[5000];
    memset(long_line, 'x', sizeof(long_line));
    check_secret(name, "hush", 4, "= hush");
    check_secret(name, "hush\n", 5, "= hush");
    check_secret(name, "hu sh \r\nmore", 12, "= hu sh ");
    check_secret(name, "\nhush", 5, "/p: the first line is empty; it should be the password");
    check_secret(name, "", 0, "/p: the first line is empty");
    check_secret(name, "hu\0sh", 5, "/p: the first line is no text");
    check_secret(name, "hu\xff", 3, "/p: the first line is no text");
    check_secret(name, long_line, sizeof(long_line), "/p: the first line is longer than 4096 bytes");
    check_secret("password_file: q", "", 0, "4:20 ");
    check_secret("password_file: q", "", 0, "/q: No such file or directory");
    check_secret("password_file: /tmp", "", 0, "/tmp: Is a directory");
}

static void from_a_program(void) {
    check_secret("password_command: [printf, 'a b\\nc']", "", 0, "= a b");
    check_secret("password_command: echo a  $HOME;b", "", 0, "= a $HOME;b");
    check_secret("password_command: ./p", "", 0, "/p cannot be run; is it installed?");
    check_secret("password_command: [false]", "", 0, "4:23 false ended with status 1\n");
    check_secret("password_command: [true]", "", 0, "4:23 what true printed: the first line is empty");
    check_secret("password_command: couplet-no-such-program", "", 0, "cannot be run; is it installed?");
    check_secret("password_command: [sh, -c, 'kill -9 $$']", "", 0, "sh was ended by a signal");
    check_secret("password_command: [sh, -c, 'echo a; exec >&-; read x; exit 0']", "", 0, "= a");
    check_secret("password_command: []", "", 0, "4:23 a program and its arguments are expected");
    check_secret("password_command: '  '", "", 0, "4:23 a program and its arguments are expected");
    check_secret("password_command: { a: b }", "", 0, "4:23 a string is expected here, not a map");
}

static void order(void) {
    struct config_mistakes m = {NULL, 0};
    static const struct config_mark marks[] = {{3, 1}, {1, 9}, {1, 2}, {3, 1}};
    for (int i = 0; i < 4; i++)
        config_mistake_add(&m, "c", marks[i], "%s", i == 3 ? "other" : "same");
    config_mistake_add(&m, "a", marks[1], "first of a");
    config_mistake_add(&m, "c", marks[0], "same");
    config_mistakes_sort(&m);
    CHECK_INT(m.count, 5);
    config_mistake_add(&m, "b", marks[2], "first of b");
    config_mistake_add(&m, "a", marks[2], "second of a");
    config_mistakes_sort(&m);
    static const char *const want[] = {"same",        "same",       "same",      "other",
                                       "second of a", "first of a", "first of b"};
    CHECK_INT(m.count, 7);
    for (size_t i = 0; i < m.count && i < 7; i++)
        CHECK_STR(m.list[i].text, want[i]);
    config_mistakes_finish(&m);
}

static void near_names(void) {
    static const char *const names[] = {"message", "presence", "iq", "SCRAM-SHA-1", NULL};
    CHECK_STR(config_did_you_mean("mesage", names), "message");
    CHECK_STR(config_did_you_mean("emssage", names), "message");
    CHECK_STR(config_did_you_mean("iqq", names), "iq");
    CHECK_STR(config_did_you_mean("scram-sha-1", names), "SCRAM-SHA-1");
    CHECK(config_did_you_mean("timer", names) == NULL);
    CHECK(config_did_you_mean("a name that is longer than any that there is", names) == NULL);
}

int main(void) {
    RUN(from_a_file);
    RUN(from_a_program);
    RUN(order);
    RUN(near_names);
    return check_done();
}
