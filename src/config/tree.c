/* SPDX-License-Identifier: MIT */
#include "config/tree.h"

#include "base/library.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "config/expand.h"
#include "config/source.h"
#include "config/yaml_hint.h"

#include <yaml.h>

enum { DEPTH = 64 };

struct anchor {
    const char *name;
    struct tree_node *node; /* NULL while it is being built: an alias inside of its own anchor */
    struct anchor *older;
};

struct yaml {
    __typeof__(yaml_parser_initialize) *initialize;
    __typeof__(yaml_parser_set_encoding) *set_encoding;
    __typeof__(yaml_parser_set_input_string) *set_input;
    __typeof__(yaml_parser_parse) *parse;
    __typeof__(yaml_parser_delete) *finish;
    __typeof__(yaml_event_delete) *event_finish;
};

struct builder {
    struct yaml yaml;
    yaml_parser_t parser;
    struct arena *arena;
    const char *path;
    const struct buf *source;
    struct config_mistakes *mistakes;
    struct anchor *anchors;
    int depth;
    bool is_key; /* the next node is one */
    bool failed;
};

static struct tree_node *build(struct builder *b, yaml_event_t *event);

static struct config_mark mark_of(yaml_mark_t m) {
    return (struct config_mark){(int)m.line + 1, (int)m.column + 1};
}

static struct tree_node *fail(struct builder *b, struct config_mark mark, const char *text) {
    if (!b->failed)
        config_mistake_add(b->mistakes, b->path, mark, "%s", text);
    b->failed = true;
    return NULL;
}

/* Where a byte is: of what it cannot decode libyaml knows the offset alone. */
static struct config_mark mark_of_byte(const struct buf *source, size_t offset) {
    struct config_mark mark = {1, 1};
    for (size_t i = 0; i < offset && i < buf_len(source); i++) {
        unsigned char c = (unsigned char)buf_data(source)[i];
        if (c == '\n')
            mark = (struct config_mark){mark.line + 1, 1};
        else if ((c & 0xc0) != 0x80) /* not within a character */
            mark.column++;
    }
    return mark;
}

/* libyaml counts characters. 0 at the end. */
static char byte_at(const struct buf *source, size_t index) {
    const char *at = buf_data(source), *end = at + buf_len(source);
    while (at < end && index > 0) {
        at++;
        if (at == end || ((unsigned char)*at & 0xc0) != 0x80)
            index--;
    }
    return at < end ? *at : 0;
}

/* Of a line without its ':' libyaml only knows when the next one is over: where the line begins says more. */
static struct config_mark place_of(const struct builder *b) {
    const yaml_parser_t *p = &b->parser;
    if (p->error == YAML_READER_ERROR)
        return mark_of_byte(b->source, p->problem_offset);
    bool is_key = p->context != NULL && strcmp(p->context, "while scanning a simple key") == 0;
    return mark_of(is_key ? p->context_mark : p->problem_mark);
}

static int next_event(struct builder *b, yaml_event_t *event) {
    if (b->yaml.parse(&b->parser, event))
        return 0;
    char text[256];
    const char *problem = b->parser.problem ? b->parser.problem : "this is no YAML";
    const char *hint =
        yaml_hint(problem, b->parser.context, byte_at(b->source, b->parser.problem_mark.index));
    snprintf(text, sizeof(text), "%s%s%s%s", problem, b->parser.context ? " " : "",
             b->parser.context ? b->parser.context : "", hint);
    fail(b, place_of(b), text);
    return -1;
}

static struct tree_node *new_node(struct builder *b, enum tree_kind kind, const yaml_event_t *event) {
    struct tree_node *n = arena_alloc(b->arena, sizeof(*n));
    *n = (struct tree_node){.kind = kind, .mark = mark_of(event->start_mark)};
    return n;
}

static struct anchor *add_anchor(struct builder *b, const yaml_char_t *name) {
    if (name == NULL)
        return NULL;
    struct anchor *a = arena_alloc(b->arena, sizeof(*a));
    *a = (struct anchor){arena_strndup(b->arena, (const char *)name, strlen((const char *)name)), NULL,
                         b->anchors};
    b->anchors = a;
    return a;
}

static struct tree_node *find_anchor(struct builder *b, const yaml_event_t *event) {
    const char *name = (const char *)event->data.alias.anchor;
    for (struct anchor *a = b->anchors; a != NULL; a = a->older)
        if (strcmp(a->name, name) == 0)
            return a->node ? a->node
                           : fail(b, mark_of(event->start_mark), "an alias inside of its own anchor");
    return fail(b, mark_of(event->start_mark), "there is no anchor of that name before this alias");
}

static struct tree_node *build_scalar(struct builder *b, const yaml_event_t *event) {
    struct tree_node *n = new_node(b, TREE_SCALAR, event);
    const char *text = (const char *)event->data.scalar.value;
    struct err why = ERR_INIT;
    if (strlen(text) != event->data.scalar.length)
        return fail(b, n->mark, "a NUL byte has no place here");
    n->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && event->data.scalar.tag == NULL;
    n->is_expanded = !b->is_key && strstr(text, SOURCE_OPEN) != NULL;
    n->text = b->is_key ? expand_not(b->arena, text) : expand_text(b->arena, text, &why);
    if (n->text != NULL && utf8_xml_span(n->text, strlen(n->text)) < strlen(n->text)) {
        n->text = NULL;
        snprintf(why.text, sizeof(why.text), "a control character, or what is no UTF-8, has no place here");
    }
    if (n->text == NULL)
        config_mistake_add(b->mistakes, b->path, n->mark, "%s", why.text);
    return n;
}

/* Grows an array in the arena by doubling; the old copies stay until the end, which is soon. */
static void *grow(struct builder *b, void *list, size_t count, size_t size) {
    if (count != 0 && (count & (count - 1)) != 0)
        return list;
    void *bigger = arena_alloc(b->arena, (count ? count * 2 : 1) * size);
    if (count > 0)
        memcpy(bigger, list, count * size);
    return bigger;
}

static struct tree_node *build_next(struct builder *b, bool *end) {
    yaml_event_t event;
    if (next_event(b, &event) < 0)
        return NULL;
    *end = event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
    struct tree_node *n = *end ? NULL : build(b, &event);
    b->yaml.event_finish(&event);
    return n;
}

static struct tree_node *build_list(struct builder *b, const yaml_event_t *event) {
    struct tree_node *n = new_node(b, TREE_LIST, event), *item;
    bool end = false;
    while ((item = build_next(b, &end)) != NULL) {
        n->items = grow(b, n->items, n->count, sizeof(*n->items));
        n->items[n->count++] = item;
    }
    return end ? n : NULL;
}

static void add_pair(struct builder *b, struct tree_node *map, struct tree_node *key,
                     struct tree_node *value) {
    map->pairs = grow(b, map->pairs, map->count, sizeof(*map->pairs));
    map->pairs[map->count++] = (struct tree_pair){key, value};
}

static bool has_key(const struct tree_node *map, const char *key) {
    for (size_t i = 0; i < map->count; i++)
        if (map->pairs[i].key->text != NULL && key != NULL && strcmp(map->pairs[i].key->text, key) == 0)
            return true;
    return false;
}

static struct tree_node *merge_one(struct builder *b, struct tree_node *map, const struct tree_node *from) {
    if (from->kind != TREE_MAP)
        return fail(b, from->mark, "<< wants a map, or a list of maps");
    for (size_t i = 0; i < from->count; i++)
        if (!has_key(map, from->pairs[i].key->text))
            add_pair(b, map, from->pairs[i].key, from->pairs[i].value);
    return map;
}

/* `<<: *other` or a list of such: keys that the map does not have itself. */
static struct tree_node *merge(struct builder *b, struct tree_node *map, const struct tree_node *from) {
    if (from->kind != TREE_LIST)
        return merge_one(b, map, from);
    for (size_t i = 0; i < from->count; i++)
        if (merge_one(b, map, from->items[i]) == NULL)
            return NULL;
    return map;
}

static bool is_merge(const struct tree_node *key) {
    return key->is_plain && key->text != NULL && strcmp(key->text, "<<") == 0;
}

/* The key of the next pair; NULL at the end of the map, or when it is no name. */
static struct tree_node *build_key(struct builder *b, bool *end) {
    b->is_key = true;
    struct tree_node *key = build_next(b, end);
    b->is_key = false;
    if (key != NULL && key->kind != TREE_SCALAR)
        return fail(b, key->mark, "a key must be a name");
    return key;
}

static struct tree_node *build_map(struct builder *b, const yaml_event_t *event) {
    struct tree_node *n = new_node(b, TREE_MAP, event), *key, *value, *merged = NULL;
    bool end = false, none;
    while ((key = build_key(b, &end)) != NULL) {
        if ((value = build_next(b, &none)) == NULL)
            return NULL;
        if (is_merge(key) ? merged != NULL : has_key(n, key->text))
            config_mistake_add(b->mistakes, b->path, key->mark, "the key '%.64s' is here twice", key->text);
        else if (is_merge(key))
            merged = value;
        else
            add_pair(b, n, key, value);
    }
    if (!end || b->failed)
        return NULL;
    return merged ? merge(b, n, merged) : n;
}

static struct tree_node *build_inner(struct builder *b, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return build_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
        return build_list(b, event);
    case YAML_MAPPING_START_EVENT:
        return build_map(b, event);
    default:
        return fail(b, mark_of(event->start_mark), "one document is expected");
    }
}

static const yaml_char_t *anchor_name(const yaml_event_t *event) {
    return event->type == YAML_SCALAR_EVENT           ? event->data.scalar.anchor
           : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.anchor
           : event->type == YAML_MAPPING_START_EVENT  ? event->data.mapping_start.anchor
                                                      : NULL;
}

/* Explicit types are none of this format's, but for a text that looks like something else: `!!str 5`. */
static bool has_foreign_tag(const yaml_event_t *event) {
    const yaml_char_t *tag = event->type == YAML_SCALAR_EVENT           ? event->data.scalar.tag
                             : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.tag
                             : event->type == YAML_MAPPING_START_EVENT  ? event->data.mapping_start.tag
                                                                        : NULL;
    if (tag == NULL)
        return false;
    return event->type != YAML_SCALAR_EVENT ||
           (strcmp((const char *)tag, YAML_STR_TAG) != 0 && strcmp((const char *)tag, "!") != 0);
}

static struct tree_node *build(struct builder *b, yaml_event_t *event) {
    if (event->type == YAML_ALIAS_EVENT)
        return find_anchor(b, event);
    if (b->depth >= DEPTH)
        return fail(b, mark_of(event->start_mark), "nested too deeply");
    if (has_foreign_tag(event))
        return fail(b, mark_of(event->start_mark),
                    "a type of YAML's (!...) has no place here, but for !!str");
    struct anchor *anchor = add_anchor(b, anchor_name(event));
    b->depth++;
    struct tree_node *n = build_inner(b, event);
    b->depth--;
    if (anchor != NULL)
        anchor->node = n;
    return n;
}

/* Stream start, document start, the one node, and the end of both. */
static struct tree_node *build_document(struct builder *b) {
    struct tree_node *root = NULL;
    for (bool end = false; !end && !b->failed;) {
        yaml_event_t event;
        if (next_event(b, &event) < 0)
            return NULL;
        end = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT && root != NULL)
            fail(b, mark_of(event.start_mark), "a second document; one is expected in a file");
        else if (!end && event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_START_EVENT &&
                 event.type != YAML_DOCUMENT_END_EVENT)
            root = build(b, &event);
        b->yaml.event_finish(&event);
    }
    if (root == NULL)
        fail(b, (struct config_mark){1, 1}, "the file is empty; it needs `bots:`");
    return root;
}

/* Needed once, at the start: closed again when the file is read. */
static void *open_yaml(struct builder *b) {
    static const struct library_symbol symbols[] = {
        LIBRARY_SYMBOL(struct yaml, initialize, yaml_parser_initialize),
        LIBRARY_SYMBOL(struct yaml, set_encoding, yaml_parser_set_encoding),
        LIBRARY_SYMBOL(struct yaml, set_input, yaml_parser_set_input_string),
        LIBRARY_SYMBOL(struct yaml, parse, yaml_parser_parse),
        LIBRARY_SYMBOL(struct yaml, finish, yaml_parser_delete),
        LIBRARY_SYMBOL(struct yaml, event_finish, yaml_event_delete),
        {NULL, 0},
    };
    static const struct library library = {"libyaml-0.so.2", "libyaml-0-2", symbols};
    struct err err = ERR_INIT;
    void *handle = library_open(&library, &b->yaml, &err);
    if (handle == NULL)
        fail(b, (struct config_mark){0, 0}, err.text);
    return handle;
}

struct tree_node *tree_load(struct arena *arena, const char *path, struct config_mistakes *mistakes) {
    struct buf source = BUF_INIT;
    struct builder b = {.arena = arena, .path = path, .source = &source, .mistakes = mistakes};
    struct tree_node *root = NULL;
    if (source_read(&source, path, mistakes) < 0)
        return NULL;
    void *library = open_yaml(&b);
    if (library != NULL) {
        b.yaml.initialize(&b.parser);
        b.yaml.set_encoding(&b.parser, YAML_UTF8_ENCODING);
        b.yaml.set_input(&b.parser, (const unsigned char *)buf_data(&source), buf_len(&source));
        root = build_document(&b);
        b.yaml.finish(&b.parser);
        library_close(library);
    }
    mem_wipe(source.data, source.cap); /* it may hold passwords */
    buf_finish(&source);
    return b.failed ? NULL : root;
}
