/* SPDX-License-Identifier: MIT */
#include "cli/sendxmpp.h"

#include "base/json_write.h"
#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the file ---- */

static char *trim(char *text) {
    while (isspace((unsigned char)*text))
        text++;
    for (char *end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);)
        *--end = '\0';
    return text;
}

/* What the command line says goes before. */
static void set(char **field, const char *value) {
    if (*field == NULL && value[0] != '\0')
        *field = mem_strdup(value);
}

static bool set_named(struct sendxmpp *s, const char *name, const char *value) {
    const struct {
        const char *name;
        char **field;
    } fields[] = {{"username", &s->user},     {"password", &s->password},
                  {"jserver", &s->server},    {"alias", &s->nick},
                  {"resource", &s->resource}, {"eval_password", &s->command},
                  {"host", &s->server},       {NULL, NULL}};
    for (size_t i = 0; fields[i].name != NULL; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            set(fields[i].field, value);
            return true;
        }
    }
    return strcmp(name, "port") == 0 || strcmp(name, "component") == 0;
}

/* "name: value", or of old "user@host[:port] password". */
void sendxmpp_read_line(struct sendxmpp *s, char *line) {
    line = trim(line);
    if (line[0] == '#' || line[0] == '\0')
        return;
    char *colon = strchr(line, ':'), *blank = strpbrk(line, " \t");
    if (colon != NULL && (blank == NULL || colon < blank)) {
        *colon = '\0';
        if (set_named(s, line, trim(colon + 1)))
            return;
        *colon = ':';
    }
    if (blank == NULL || strchr(line, '@') == NULL)
        return;
    *blank = '\0';
    set(&s->password, trim(blank + 1));
    if ((colon = strchr(line, ':')) != NULL) {
        set(&s->server, strchr(line, '@') + 1);
        *colon = '\0';
    }
    set(&s->user, line);
}

static int read_file(struct sendxmpp *s, FILE *file, const char *path, struct err *err) {
    struct stat st;
    char *line = NULL;
    size_t cap = 0;
    if (fstat(fileno(file), &st) != 0 || (st.st_mode & 077) != 0)
        return err_set(err, "%s has a password in it, and others may read it: chmod 600 %s", path, path);
    while (getline(&line, &cap, file) >= 0)
        sendxmpp_read_line(s, line);
    free(line);
    return 0;
}

static int try_file(struct sendxmpp *s, const char *path, bool *found, struct err *err) {
    FILE *file = fopen(path, "re");
    *found = file != NULL;
    if (file == NULL)
        return errno == ENOENT ? 0 : err_set(err, "%s: %s", path, strerror(errno));
    int r = read_file(s, file, path, err);
    fclose(file);
    return r;
}

int sendxmpp_read_account(struct sendxmpp *s, struct err *err) {
    static const char *const usual[] = {".config/go-sendxmpp/config", ".config/go-sendxmpp/sendxmpprc",
                                        ".sendxmpprc", NULL};
    const char *home = getenv("HOME");
    bool found = false;
    int r = 0;
    if (s->file != NULL)
        return try_file(s, s->file, &found, err) < 0 ? -1
               : found                               ? 0
                                                     : err_set(err, "%s is not there", s->file);
    for (size_t i = 0; r == 0 && !found && home != NULL && usual[i] != NULL; i++) {
        struct buf path = BUF_INIT;
        buf_addf(&path, "%s/%s", home, usual[i]);
        r = try_file(s, buf_data(&path), &found, err);
        buf_finish(&path);
    }
    return r;
}

/* ---- the configuration ---- */

/* A file without a name; the descriptor stays open. -1: err. */
static int nameless(const char *text, size_t len, char path[64], struct err *err) {
    int fd = memfd_create("couplet-sendxmpp", MFD_CLOEXEC);
    if (fd < 0 || fchmod(fd, 0600) != 0 || write(fd, text, len) != (ssize_t)len)
        return err_set(err, "no memory for a file: %s", strerror(errno));
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return 0;
}

/* JSON's strings are YAML's; ${…} stands for itself. */
static void add(struct buf *out, const char *head, const char *value) {
    struct buf text = BUF_INIT;
    for (; *value != '\0'; value++)
        buf_addf(&text, "%s%c", value[0] == '$' && value[1] == '{' ? "$" : "", *value);
    buf_adds(out, head);
    json_put_text(out, (struct str){buf_data(&text), buf_len(&text)});
    buf_adds(out, "\n");
    buf_finish(&text);
}

static void add_rooms(const struct sendxmpp *s, struct buf *out) {
    buf_adds(out, "    rooms:\n");
    for (size_t i = 0; i < s->order.to_count; i++) {
        add(out, "      - jid: ", s->order.to[i]);
        if (s->nick != NULL || s->resource != NULL)
            add(out, "        nick: ", s->nick != NULL ? s->nick : s->resource);
        if (s->room_password != NULL)
            add(out, "        password: ", s->room_password);
    }
}

/* A name without a domain is one on the server that is stated. */
static void add_jid(const struct sendxmpp *s, struct buf *out) {
    struct buf jid = BUF_INIT;
    buf_adds(&jid, s->user);
    if (strchr(s->user, '@') == NULL && s->server != NULL)
        buf_addf(&jid, "@%.*s", (int)strcspn(s->server, ":"), s->server);
    add(out, "    jid: ", buf_data(&jid));
    buf_finish(&jid);
}

int sendxmpp_write_config(const struct sendxmpp *s, char path[64], struct err *err) {
    char secret[64];
    struct buf out = BUF_INIT;
    if (s->user == NULL || (s->password == NULL && s->command == NULL))
        return err_set(err,
                       "no account: say -u and -p, or write `username:` and `password:` into ~/.sendxmpprc");
    if (s->password != NULL && nameless(s->password, strlen(s->password), secret, err) < 0)
        return -1;
    buf_adds(&out, "bots:\n  sendxmpp:\n");
    add_jid(s, &out);
    if (s->password != NULL)
        add(&out, "    password_file: ", secret);
    else
        add(&out, "    password_command: [sh, -c, ", s->command), buf_cut(&out, buf_len(&out) - 1),
            buf_adds(&out, "]\n");
    if (s->server != NULL)
        add(&out, "    server: ", s->server);
    if (s->tls_version != NULL)
        buf_addf(&out, "    tls: { min_version: \"1.%c\" }\n", s->tls_version[1]);
    if (s->is_room)
        add_rooms(s, &out);
    int r = nameless(buf_data(&out), buf_len(&out), path, err);
    buf_finish(&out);
    return r;
}
