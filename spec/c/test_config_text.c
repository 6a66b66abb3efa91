/* SPDX-License-Identifier: MIT */
/* The file as a text: what YAML is understood, references to the environment, and files that are none. */
#include "loaded.h"

#include "base/mem.h"

#include <sys/stat.h>

static const struct config_value *with(const struct loaded *l, const char *key) {
    const struct config_value *v = l->config->bots[0].hooks[0].with;
    for (size_t i = 0; i < v->count; i++)
        if (strcmp(v->keys[i], key) == 0)
            return &v->items[i];
    CHECK(!"there is no such key");
    return v;
}

static void load_with(struct loaded *l, const char *map) {
    struct buf b = BUF_INIT;
    buf_addf(&b, "    hooks: [ { event: message, call: a.b, with: { %s } } ]\n", map);
    loaded_bot(l, buf_data(&b));
    buf_finish(&b);
    CHECK_STR(buf_data(&l->said), "");
}

/* YAML 1.2.2 10.3.2 */
static void scalars(void) {
    static const struct {
        const char *text;
        enum config_kind kind;
        double number;
    } rows[] = {
        {"on", CONFIG_STRING, 0},
        {"no", CONFIG_STRING, 0},
        {"Yes", CONFIG_STRING, 0},
        {"y", CONFIG_STRING, 0},
        {"true", CONFIG_BOOL, 1},
        {"FALSE", CONFIG_BOOL, 0},
        {"tRue", CONFIG_STRING, 0},
        {"'true'", CONFIG_STRING, 0},
        {"null", CONFIG_NULL, 0},
        {"~", CONFIG_NULL, 0},
        {"''", CONFIG_STRING, 0},
        {"12", CONFIG_INT, 12},
        {"-12", CONFIG_INT, -12},
        {"+12", CONFIG_INT, 12},
        {"012", CONFIG_INT, 12},
        {"0o17", CONFIG_INT, 15},
        {"0x1F", CONFIG_INT, 31},
        {"0x-5", CONFIG_STRING, 0},
        {"0x 5", CONFIG_STRING, 0},
        {"0x", CONFIG_STRING, 0},
        {"1.5", CONFIG_FLOAT, 1.5},
        {"1e3", CONFIG_FLOAT, 1000},
        {".5", CONFIG_FLOAT, .5},
        {"1_000", CONFIG_STRING, 0},
        {"12:30", CONFIG_STRING, 0},
        {"0b11", CONFIG_STRING, 0},
        {"'12'", CONFIG_STRING, 0},
        {"e", CONFIG_STRING, 0},
        {"!!str 12", CONFIG_STRING, 0},
        {"9223372036854775807", CONFIG_INT, 9223372036854775807.0},
        {"9223372036854775808", CONFIG_FLOAT, 9223372036854775808.0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded l;
        char text[64];
        snprintf(text, sizeof(text), "k: %s", rows[i].text);
        load_with(&l, text);
        const struct config_value *v = with(&l, "k");
        if (v->kind != rows[i].kind)
            printf("# %s\n", rows[i].text);
        CHECK_INT(v->kind, rows[i].kind);
        CHECK(v->kind != CONFIG_INT || (double)v->integer == rows[i].number);
        CHECK(v->kind != CONFIG_FLOAT || v->number == rows[i].number);
        CHECK(v->kind != CONFIG_BOOL || v->boolean == (rows[i].number != 0));
        loaded_finish(&l, NULL);
    }
}

static void environment(void) {
    struct loaded l;
    setenv("T_NAME", "value: {1}", 1);
    setenv("T_NULL", "null", 1);
    setenv("T_NUMBER", "7", 1);
    setenv("T_EMPTY", "", 1);
    setenv("T_AGAIN", "${T_NAME}", 1);
    unsetenv("T_NONE");
    load_with(&l, "a: ${T_NAME}, b: \"<${T_NAME}>\", c: '${T_NONE:-x y}', d: $${T_NAME}x, e: ${T_NULL}, "
                  "f: ${T_NUMBER}, g: ${T_EMPTY:-else}, h: ${T_EMPTY}, i: ${T_AGAIN}, ${T_NAME}: key, "
                  "j: $T_NAME, k: ${T_NONE:-}, l: 5$");
    CHECK_STR(with(&l, "a")->string, "value: {1}");
    CHECK_STR(with(&l, "b")->string, "<value: {1}>");
    CHECK_STR(with(&l, "c")->string, "x y");
    CHECK_STR(with(&l, "d")->string, "${T_NAME}x");
    CHECK_STR(with(&l, "e")->string, "null");
    CHECK_INT(with(&l, "f")->integer, 7);
    CHECK_STR(with(&l, "g")->string, "else");
    CHECK_INT(with(&l, "h")->kind, CONFIG_NULL);
    CHECK_STR(with(&l, "i")->string, "${T_NAME}");
    CHECK_STR(with(&l, "${T_NAME}")->string, "key");
    CHECK_STR(with(&l, "j")->string, "$T_NAME");
    CHECK_INT(with(&l, "k")->kind, CONFIG_NULL);
    CHECK_STR(with(&l, "l")->string, "5$");
    loaded_finish(&l, NULL);
}

static void passwords(void) {
    struct loaded l;
    setenv("T_NAME", "p:{}#", 1);
    loaded_text(&l, "bots:\n  a:\n    jid: a@b\n    password: ${T_NAME}\n"
                    "  b: { jid: a@b, password: ${T_NAME} }\n  c: {jid: a@b, password: ${T_NAME}}\n");
    CHECK_STR(buf_data(&l.said), "");
    for (int i = 0; i < 3; i++)
        CHECK_STR(l.config->bots[i].password, "p:{}#");
    loaded_finish(&l, NULL);
}

static void not_set(void) {
    static const struct said rows[] = {
        {"    state: ${T_NONE}\n    nick: a${T_NONE2}b${T_NONE}\n    keepalive: ${T_NONE}\n",
         "5:12 the environment has no T_NONE; set it, or give a default: ${T_NONE:-default}\n"
         "6:11 the environment has no T_NONE2; set it, or give a default: ${T_NONE2:-default}\n"
         "7:16 the environment has no T_NONE; set it, or give a default: ${T_NONE:-default}\n"},
        {"    state: ${T_BAD}\n", "5:12 a control character, or what is no UTF-8, has no place here\n"},
        {"    state: \"a\\x01\"\n", "5:12 a control character, or what is no UTF-8, has no place here\n"},
    };
    static const struct said empty[] = {
        {"bots: { b: { jid: a@b, password: ${T_EMPTY} } }\n",
         "1:9 bot b has no password; give password, password_file or password_command\n"},
        {"bots: { b: { jid: a@b, password: '' } }\n", "1:34 this may not be empty\n"},
    };
    setenv("T_EMPTY", "", 1);
    setenv("T_BAD", "\xff", 1);
    unsetenv("T_NONE");
    CHECK_SAID(rows, loaded_bot);
    CHECK_SAID(empty, loaded_text);
}

static void anchors(void) {
    struct loaded l;
    loaded_text(&l, "bots:\n"
                    "  a: &a\n    jid: a@b/1\n    password: x\n    nick: one\n    keepalive: 10s\n"
                    "    hooks: &hooks [ { event: message, call: m.f } ]\n"
                    "  b: { <<: *a, jid: b@b, nick: two }\n"
                    "  c: { jid: c@b, <<: [{ nick: three }, *a] }\n"
                    "  d: { jid: d@b, password: x, hooks: *hooks }\n");
    CHECK_STR(buf_data(&l.said), "");
    CHECK_STR(l.config->bots[1].nick, "two");
    CHECK_STR(l.config->bots[1].jid.node, "b");
    CHECK(l.config->bots[1].keepalive == 10);
    CHECK_STR(l.config->bots[2].nick, "three");
    CHECK_INT(l.config->bots[3].hook_count, 1);
    loaded_finish(&l, NULL);
}

static void yaml(void) {
    static const struct said rows[] = {
        {"", "1:1 the file is empty; it needs `bots:`\n"},
        {"# nothing\n", "1:1 the file is empty; it needs `bots:`\n"},
        {"a: [\n", "2:1 did not find expected node content while parsing a flow node\n"},
        {"a: 1\n b: 2\n",
         "2:3 mapping values are not allowed in this context; is the line before indented less, or "
         "does a value with ': ' in it want quotes?\n"},
        {"a:\n\tb: 1\n",
         "2:1 found character that cannot start any token while scanning for the next token; YAML is "
         "indented by blanks, not by tabs\n"},
        {"a:\n  b: 1\n c: 2\n",
         "3:2 did not find expected key while parsing a block mapping; is this line indented as "
         "those that it belongs to, and every quote above closed?\n"},
        {"bots:\n  b: { jid: a@b }\n  jid x\n  c: 1\n", "3:3 could not find expected ':' while scanning a "
                                                        "simple key; a key is followed by ':' and a blank\n"},
        {"a: ${HOME} \xc3\xa4\nb:\n\tc: 1\n",
         "3:1 found character that cannot start any token while scanning for the next token; YAML is "
         "indented by blanks, not by tabs\n"},
        {"\xef\xbb\xbf"
         "b:\n\tc: 1\n",
         "2:1 found character that cannot start any token while scanning for the next token; YAML is "
         "indented by blanks, not by tabs\n"},
        {"a: \"b\n",
         "2:1 found unexpected end of stream while scanning a quoted scalar; a quote before this place is "
         "not closed\n"},
        {"bots: [a, b\nc: 1\n",
         "2:2 did not find expected ',' or ']' while parsing a flow sequence; is a ',' or a "
         "closing bracket missing before this place?\n"},
        {"bots:\n  b:\n    jid:a@b\n",
         "3:5 a map of options is expected here; is there no blank behind the ':'?\n"},
        {"bots: &b { x: *b }\n", "1:15 an alias inside of its own anchor\n"},
        {"bots: *b\n", "1:7 there is no anchor of that name before this alias\n"},
        {"bots: { b: { jid: a@b, password: x } }\n---\nbots: {}\n",
         "2:1 a second document; one is expected in a file\n"},
        {"? [a]\n: b\n", "1:3 a key must be a name\n"},
        {"bots: !!map {}\n", "1:7 a type of YAML's (!...) has no place here, but for !!str\n"},
        {"bots: { b: { <<: x } }\n", "1:18 << wants a map, or a list of maps\n"},
        {"x: &x [{}]\nbots: { b: { <<: [*x] } }\n", "1:4 << wants a map, or a list of maps\n"},
        {"bots: { b: { jid: a@b, password: x, jid: c@d, password: y } }\nbots: {}\n",
         "1:37 the key 'jid' is here twice\n1:47 the key 'password' is here twice\n"
         "2:1 the key 'bots' is here twice\n"},
        {"bots: { b: { jid: a@b, password: x, <<: {}, <<: {} } }\n", "1:45 the key '<<' is here twice\n"},
        {"bots:\n  b: { jid: \"a\\0b\", password: x }\n", "2:13 a NUL byte has no place here\n"},
        {"bots:\n  \xc3\xa4 \xff: {}\n", "2:5 invalid leading UTF-8 octet\n"},
        {"bots:\n  a: \x01\n", "2:6 control characters are not allowed\n"},
    };
    CHECK_SAID(rows, loaded_text);
}

static void nul(void) {
    struct loaded l;
    loaded_bytes(&l, "bots:\n  b\0: 1\n", 14);
    CHECK_STR(buf_data(&l.said), "2:4 control characters are not allowed\n");
    loaded_finish(&l, NULL);
}

static void byte_order_mark_and_crlf(void) {
    struct loaded l;
    loaded_text(&l, "\xef\xbb\xbf"
                    "bots:\r\n  b:\r\n    jid: a@b\r\n    password: x\r\n    state: [x]\r\n");
    CHECK_STR(buf_data(&l.said), "5:12 a string is expected here, not a list\n");
    loaded_finish(&l, NULL);
}

static void depth(void) {
    struct loaded l;
    struct buf b = BUF_INIT;
    for (int i = 0; i < 100000; i++)
        buf_addc(&b, '[');
    loaded_bytes(&l, buf_data(&b), buf_len(&b));
    CHECK_STR(buf_data(&l.said), "1:65 nested too deeply\n");
    buf_finish(&b);
    loaded_finish(&l, NULL);
}

/* Nine levels of nine aliases; and a tower of aliases that is deep, not wide. */
static void bombs(void) {
    static const char said[] = "is too large: at most 100000 values are possible";
    for (int tower = 0; tower < 2; tower++) {
        struct loaded l;
        struct buf b = BUF_INIT;
        int levels = tower ? 20000 : 12;
        buf_adds(&b, "bots:\n  b:\n    jid: a@b\n    password: x\n    hooks:\n      - event: start\n        "
                     "call: a.b\n"
                     "        with:\n          a0: &a0 [x]\n");
        for (int i = 1; i < levels; i++) {
            buf_addf(&b, "          a%d: &a%d [*a%d", i, i, i - 1);
            for (int k = 0; k < (tower ? 0 : 8); k++)
                buf_addf(&b, ", *a%d", i - 1);
            buf_adds(&b, "]\n");
        }
        loaded_bytes(&l, buf_data(&b), buf_len(&b));
        CHECK_INT(l.mistakes.count, 1);
        CHECK_HAS(buf_data(&l.said), said);
        buf_finish(&b);
        loaded_finish(&l, NULL);
    }
}

static void no_file(void) {
    struct config_mistakes m = {NULL, 0};
    CHECK(config_load("/nonexistent/c.yaml", &m) == NULL);
    CHECK(config_load("/tmp", &m) == NULL);
    CHECK_INT(m.count, 2);
    CHECK_INT(m.list[0].mark.line, 0);
    CHECK_HAS(m.list[0].text, "cannot be read: No such file or directory");
    CHECK_HAS(m.list[1].text, "cannot be read: it is a folder");
    config_mistakes_finish(&m);
}

/* bot.config: no secrets at any depth, no hooks. */
static void raw(void) {
    struct loaded l;
    loaded_bot(&l, "    rooms: [{ jid: r@c, password: hush }]\n    hooks: [{ event: start, call: a.b }]\n");
    const struct config_value *v = &l.config->bots[0].raw;
    CHECK_INT(v->count, 2);
    CHECK_STR(v->keys[0], "jid");
    CHECK_STR(v->keys[1], "rooms");
    CHECK_INT(v->items[1].items[0].count, 1);
    loaded_finish(&l, NULL);
}

int main(void) {
    RUN(scalars);
    RUN(environment);
    RUN(passwords);
    RUN(not_set);
    RUN(anchors);
    RUN(yaml);
    RUN(nul);
    RUN(byte_order_mark_and_crlf);
    RUN(depth);
    RUN(bombs);
    RUN(no_file);
    RUN(raw);
    return check_done();
}
