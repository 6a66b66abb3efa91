/* SPDX-License-Identifier: MIT */
#include "hook/said.h"

/* ---- to us? ---- */

char said_fold(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct str skip(struct str text, size_t n) {
    return (struct str){text.s + n, text.len - n};
}

static struct str trim(struct str text) {
    while (text.len > 0 && is_blank(text.s[0]))
        text = skip(text, 1);
    while (text.len > 0 && is_blank(text.s[text.len - 1]))
        text.len--;
    return text;
}

/* Does the text begin with the word, in any case? */
static bool begins(struct str text, const char *word, size_t len) {
    if (text.len < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (said_fold(text.s[i]) != said_fold(word[i]))
            return false;
    return true;
}

static bool goes_on(char c) {
    return (said_fold(c) >= 'a' && said_fold(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           (c & 0x80) != 0;
}

/* The length of "nick:", "nick," or "@nick"; 0: it is none of them. */
static size_t call_len(struct str text, const char *nick) {
    size_t len = nick != NULL ? strlen(nick) : 0;
    bool at = text.len > 0 && text.s[0] == '@';
    struct str rest = skip(text, at);
    if (len == 0 || !begins(rest, nick, len))
        return 0;
    bool ends = rest.len > len && (rest.s[len] == ':' || rest.s[len] == ',');
    if (at && (rest.len == len || !goes_on(rest.s[len])))
        return 1 + len + ends;
    return !at && ends ? len + 1 : 0;
}

struct str said_to_us(struct str body, bool is_room, const char *nick, const char *prefix) {
    if (body.s == NULL)
        return STR_NONE;
    struct str text = trim(body);
    size_t prefix_len = prefix != NULL ? strlen(prefix) : 0;
    if (prefix_len > 0 && text.len >= prefix_len && memcmp(text.s, prefix, prefix_len) == 0)
        return trim(skip(text, prefix_len));
    size_t len = call_len(text, nick);
    if (len > 0)
        return trim(skip(text, len));
    return is_room ? STR_NONE : text;
}

/* ---- which command? ---- */

struct str said_first_word(struct str said) {
    size_t len = 0;
    while (len < said.len && !is_blank(said.s[len]))
        len++;
    return (struct str){said.s, len};
}

size_t command_match(const char *name, struct str said) {
    size_t at = 0;
    for (; *name != '\0'; name++) {
        if (*name == ' ') {
            size_t blanks = at;
            while (at < said.len && is_blank(said.s[at]))
                at++;
            if (at == blanks)
                return 0;
        } else if (at == said.len || said_fold(said.s[at++]) != said_fold(*name)) {
            return 0;
        }
    }
    return at == said.len || is_blank(said.s[at]) ? at : 0;
}

size_t command_match_any(const struct hook_spec *spec, struct str said, const char **which) {
    size_t best = spec->name != NULL ? command_match(spec->name, said) : 0;
    if (which != NULL && best > 0)
        *which = spec->name;
    for (size_t i = 0; spec->aliases != NULL && spec->aliases[i] != NULL; i++) {
        size_t len = command_match(spec->aliases[i], said);
        if (len > best && which != NULL)
            *which = spec->aliases[i];
        best = len > best ? len : best;
    }
    return best;
}

size_t command_keep_longest(struct hook **list, size_t count, struct str said) {
    size_t best = 0, kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = command_match_any(list[i]->spec, said, NULL);
        best = len > best ? len : best;
    }
    for (size_t i = 0; i < count; i++) {
        if (command_match_any(list[i]->spec, said, NULL) == best)
            list[kept++] = list[i];
        else
            hook_unref(list[i]);
    }
    return kept;
}

int command_check_name(const char *name, struct err *err) {
    size_t len = strlen(name);
    if (len == 0 || len > COMMAND_NAME_MAX)
        return err_set(err, "the name of a command has 1 to %d bytes", COMMAND_NAME_MAX);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] < 0x20 || name[i] == '\x7f')
            return err_set(err, "a command's name has no control characters");
        if (name[i] == ' ' && (i == 0 || i == len - 1 || name[i - 1] == ' '))
            return err_set(err, "the words of a command's name have one blank between them");
    }
    return 0;
}
