/* SPDX-License-Identifier: MIT */
/* scalar: what an unquoted text means in the YAML 1.2 core schema (10.3.2): `on`, `no` and `yes` are strings.
 */
#include "base/str.h"
#include "config/tree.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_one_of(const struct tree_node *n, const char *const *words) {
    if (n->kind != TREE_SCALAR || !n->is_plain || n->text == NULL)
        return false;
    for (; *words != NULL; words++)
        if (strcmp(n->text, *words) == 0)
            return true;
    return false;
}

bool tree_is_null(const struct tree_node *n) {
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};
    return is_one_of(n, words) && (!n->is_expanded || n->text[0] == '\0');
}

bool tree_bool(const struct tree_node *n, bool *out) {
    static const char *const yes[] = {"true", "True", "TRUE", NULL}, *const no[] = {"false", "False", "FALSE",
                                                                                    NULL};
    *out = is_one_of(n, yes);
    return *out || is_one_of(n, no);
}

bool tree_integer(const struct tree_node *n, int64_t *out) {
    if (n->kind != TREE_SCALAR || !n->is_plain || n->text == NULL || n->text[0] == '\0')
        return false;
    const char *digits = n->text + strspn(n->text, "+-");
    int base = strncmp(digits, "0x", 2) == 0 ? 16 : strncmp(digits, "0o", 2) == 0 ? 8 : 10;
    const char *from = base == 10 ? n->text : digits + 2, *first = base == 10 ? digits : from;
    char *end;
    if (digits - n->text > 1 || (base != 10 && digits != n->text) || !isxdigit((unsigned char)*first))
        return false;
    errno = 0;
    *out = strtoll(from, &end, base);
    return *end == '\0' && end != from && errno == 0;
}

bool tree_number(const struct tree_node *n, double *out) {
    if (n->kind != TREE_SCALAR || !n->is_plain || n->text == NULL)
        return false;
    if (n->text[0] == '\0' || n->text[strspn(n->text, "+-.0123456789eE")] != '\0')
        return false;
    char *end;
    *out = strtod(n->text, &end);
    return *end == '\0' && end != n->text;
}

const char *tree_describe(const struct tree_node *n) {
    bool b;
    double d;
    if (n->kind != TREE_SCALAR)
        return n->kind == TREE_LIST ? "a list" : "a map";
    return tree_is_null(n)      ? "nothing"
           : tree_bool(n, &b)   ? "true or false"
           : tree_number(n, &d) ? "a number"
                                : "a string";
}
