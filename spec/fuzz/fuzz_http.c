/* SPDX-License-Identifier: MIT */
/*
 * fuzz_http: what of a request we read ourselves: its target, the fields of a query, what shows who is
 * asking; networks of the configuration. The first byte says which. Promised: a path that was read is
 * decoded, begins with
 * '/', and goes nowhere but down; read again it is the same, unless it holds a '%'; nobody gets in without
 * the secret; a network that was written is read as the same.
 */
#include "base/cidr.h"
#include "fuzz.h"
#include "http/auth.h"
#include "http/problem.h"
#include "http/target.h"

static void check_fields(struct str text) {
    struct target_field fields[TARGET_FIELDS_MOST];
    char *memory = mem_alloc(text.len + 1);
    size_t count = target_fields(text, memory, fields, TARGET_FIELDS_MOST), len = 0;
    for (size_t i = 0; i < count; i++)
        len += fields[i].name.len + fields[i].value.len;
    demand(len <= text.len, "what is decoded is not longer");
    mem_free(memory);
}

static void check_target(struct str text) {
    struct err err = ERR_INIT;
    struct target t, again;
    if (target_parse(&t, text, &err) == 0) {
        demand(t.path.len > 0 && t.path.s[0] == '/', "a path begins with a slash");
        demand(memmem(t.path.s, t.path.len, "/../", 4) == NULL && memchr(t.path.s, '\0', t.path.len) == NULL,
               "a path goes down");
        bool is_plain =
            memchr(t.path.s, '%', t.path.len) == NULL && memchr(t.path.s, '?', t.path.len) == NULL;
        if (is_plain) {
            demand(target_parse(&again, t.path, &err) == 0 && str_eq(again.path, t.path),
                   "a path is read as it is");
            target_finish(&again);
        }
        if (t.query.s != NULL)
            check_fields(t.query);
    } else {
        demand(err.text[0] != '\0', "a refusal has a reason");
    }
    target_finish(&t);
}

static void check_auth(enum auth_kind kind, struct str text) {
    static const struct auth_options base = {.secret = "0123456789abcdef0123",
                                             .user = "ops",
                                             .header = "X",
                                             .timestamp_header = "T",
                                             .id_header = "I",
                                             .signs = "{timestamp}.{id}.{body}",
                                             .window_s = 60};
    struct auth_options o = base;
    struct auth_mark mark;
    o.kind = kind;
    struct auth *a = auth_new(&o);
    struct auth_claim claim = {.authorization = text, .header = text, .timestamp = text, .id = text};
    auth_check_head(a, &claim, 1000);
    if (kind == AUTH_HMAC) {
        claim.timestamp = STR_LIT("1000");
        demand(auth_check_head(a, &claim, 1000) == AUTH_GOOD, "in time");
        demand(auth_check_body(a, &claim, text, 1000, &mark) == AUTH_WRONG, "nobody guesses a signature");
    }
    auth_free(a);
}

static void check_cidr(const char *text) {
    char shown[CIDR_TEXT_LEN], whole[CIDR_TEXT_LEN + 8];
    struct err err = ERR_INIT;
    struct cidr c, again;
    if (cidr_parse(&c, text, &err) < 0) {
        demand(err.text[0] != '\0', "a refusal has a reason");
        return;
    }
    cidr_text(&c, shown);
    snprintf(whole, sizeof(whole), "%s/%u", shown, c.bits);
    demand(cidr_parse(&again, whole, &err) == 0 && memcmp(&c, &again, sizeof(c)) == 0,
           "a network that was written is the same");
    demand(cidr_has(&c, &again), "it has itself");
}

static void check_problem(struct str text) {
    struct buf b = BUF_INIT;
    problem_write(&b, 400, text);
    for (size_t i = 0; i + 1 < buf_len(&b); i++)
        demand((unsigned char)buf_data(&b)[i] >= 0x20, "no control character is in a problem");
    buf_finish(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    if (len == 0)
        return 0;
    struct str in = fuzz_bytes(data + 1, len - 1);
    char *text = fuzz_text(data + 1, len - 1);
    check_target(in);
    check_fields(in);
    check_problem(in);
    check_cidr(text);
    check_auth((enum auth_kind)(data[0] % (AUTH_HMAC + 1)), in);
    mem_free(text);
    fuzz_bytes_free(in);
    return 0;
}
