/* SPDX-License-Identifier: MIT */
/*
 * What a trace shows. It works on text alone, ours and the peer's in the same way, so that no road into the
 * trace goes around the mask: the content of each <password/> and <digest/> (jabber:iq:auth,
 * jabber:iq:register, rooms), <handshake/> (components), of each SASL element, of the tokens of XEP-0484 and
 * of passwords in forms and invitations, and of the headers of an upload (XEP-0363), is replaced by "***".
 * Costs nothing when nobody traces.
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "base/mem.h"
#include "xml/write.h"

static const char *const secrets[] = {"password",         "digest",          "handshake",
                                      "initial-response", "additional-data", NULL};
static const char *const sasl_elements[] = {"auth", "challenge", "response", "success", NULL};
static const char *const sasl2_elements[] = {"challenge", "response", NULL};

/* The local name of the tag at `at` ('<' or "</" is skipped). */
static struct str tag_name(const char *at, const char *end) {
    const char *name = at + 1 + (at + 1 < end && at[1] == '/');
    const char *p = name;
    for (; p < end && strchr(" \t\r\n/>", *p) == NULL; p++)
        if (*p == ':')
            name = p + 1;
    return (struct str){name, (size_t)(p - name)};
}

/* Behind the '>' of the tag at `at`; a '>' in quotes does not count. */
static const char *tag_end(const char *at, const char *end) {
    char quote = '\0';
    for (const char *p = at; p < end; p++) {
        if (quote != '\0')
            quote = *p == quote ? '\0' : quote;
        else if (*p == '"' || *p == '\'')
            quote = *p;
        else if (*p == '>')
            return p + 1;
    }
    return end;
}

static bool is_among(struct str name, const char *const *names) {
    for (; *names != NULL; names++)
        if (str_is(name, *names))
            return true;
    return false;
}

static bool says(const char *at, const char *behind, const char *word) {
    return memmem(at, (size_t)(behind - at), word, strlen(word)) != NULL;
}

/* A field of a form (XEP-0004 3.3) that holds a password: by its type, or, in what is submitted, by its name.
 */
static bool is_secret_field(const char *at, const char *behind, struct str name) {
    return str_is(name, "field") && (says(at, behind, "text-private") || says(at, behind, "roomsecret"));
}

static bool is_secret(const char *at, const char *behind, struct str name) {
    if (is_among(name, secrets) || is_secret_field(at, behind, name))
        return true;
    if (str_is(name, "header")) /* XEP-0363 4: Authorization, Cookie */
        return true;
    if (is_among(name, sasl_elements) &&
        memmem(at, (size_t)(behind - at), NS_SASL, sizeof(NS_SASL) - 1) != NULL)
        return true;
    return is_among(name, sasl2_elements) &&
           memmem(at, (size_t)(behind - at), NS_SASL2, sizeof(NS_SASL2) - 1) != NULL;
}

/* <token/> of XEP-0484, and an invitation with the password of a room (XEP-0249). */
static bool has_secret_attribute(const char *at, const char *behind, struct str name) {
    return str_is(name, "token") ||
           (str_is(name, "x") && says(at, behind, "jabber:x:conference") && says(at, behind, "password"));
}

/* Its secret is an attribute of the tag at `at`. Appends the tag without its attributes' values. */
static void mask_token(struct buf *out, const char *at, const char *behind) {
    for (const char *p = at; p < behind; p++) {
        buf_addc(out, *p);
        if (*p != '"' && *p != '\'')
            continue;
        const char *close = memchr(p + 1, *p, (size_t)(behind - p - 1));
        buf_lit(out, "***");
        if (close == NULL)
            return;
        buf_addc(out, *close);
        p = close;
    }
}

/* Behind the content of the element whose start tag ends at `p`: at its end tag, or at the end of the text.
 */
static const char *content_end(const char *p, const char *end, struct str name) {
    for (int depth = 1; (p = memchr(p, '<', (size_t)(end - p))) != NULL; p = tag_end(p, end)) {
        if (!str_eq(tag_name(p, end), name))
            continue;
        bool closes = p + 1 < end && p[1] == '/';
        const char *behind = tag_end(p, end);
        if (!closes && behind - p >= 2 && behind[-2] == '/')
            continue;
        depth += closes ? -1 : 1;
        if (depth == 0)
            return p;
    }
    return end;
}

void trace_mask(struct buf *out, const char *text, size_t len) {
    const char *end = text + len, *from = text;
    for (const char *at = text; (at = memchr(at, '<', (size_t)(end - at))) != NULL;) {
        struct str name = tag_name(at, end);
        const char *behind = tag_end(at, end);
        if (has_secret_attribute(at, behind, name)) {
            buf_add(out, from, (size_t)(at - from));
            mask_token(out, at, behind);
            from = behind;
        } else if (at + 1 < end && at[1] != '/' && behind[-1] == '>' && behind[-2] != '/' &&
                   is_secret(at, behind, name)) {
            const char *rest = content_end(behind, end, name);
            buf_add(out, from, (size_t)(behind - from));
            if (rest > behind)
                buf_lit(out, "***");
            from = behind = rest;
        }
        at = behind;
    }
    buf_add(out, from, (size_t)(end - from));
}

static void show(struct stream *s, bool in, const char *text, size_t len) {
    struct buf masked = BUF_INIT;
    trace_mask(&masked, text, len);
    s->callbacks.trace(s->ctx, in, buf_data(&masked), buf_len(&masked));
    buf_finish(&masked);
}

static bool is_traced(const struct stream *s) {
    return s->callbacks.trace != NULL && !s->is_freed;
}

void stream_wrote(struct stream *s, size_t from) {
    stream_frame(s, from);
    if (is_traced(s) && buf_len(&s->out) > from)
        show(s, false, buf_data(&s->out) + from, buf_len(&s->out) - from);
}

void stream_trace_text(struct stream *s, const char *text) {
    if (is_traced(s))
        show(s, true, text, strlen(text));
}

void stream_trace_in(struct stream *s, const struct xml_node *node) {
    if (!is_traced(s))
        return;
    struct buf text = BUF_INIT;
    xml_write_node(&text, node, NS_CLIENT);
    show(s, true, buf_data(&text), buf_len(&text));
    mem_wipe(text.data, text.cap);
    buf_finish(&text);
}
