/* SPDX-License-Identifier: MIT */
/* webhook_again: a request that comes again under the key of its sender's choice (Idempotency-Key): known
 * when it was done, or is under way. Where the process was killed in between, its handler runs again, and
 * what it says that was said then is not said twice; a message is known by what it says, to whom, and how
 * often that was said before. */
#include "base/mem.h"
#include "lua/webhook_asked.h"

static void link_keyed(struct webhooks *w, struct asked *a) {
    a->has_key = true;
    a->next = w->keyed;
    a->link = &w->keyed;
    if (a->next != NULL)
        a->next->link = &a->next;
    w->keyed = a;
}

bool asked_is_again(struct asked *a) {
    struct webhooks *w = a->all;
    const struct asked *other = w->keyed;
    if (!webhook_memory_key(a->request, a->key))
        return false;
    while (other != NULL && memcmp(other->key, a->key, SEEN_KEY_LEN) != 0)
        other = other->next;
    if (other != NULL) {
        asked_refuse(a, 503, STR_LIT("the same request is under way"));
        return true;
    }
    if (webhook_memory_is_done(w->memory, a->key)) {
        asked_repeat(a);
        return true;
    }
    link_keyed(w, a);
    return false;
}

/* ---- messages ---- */

enum { ATTRS_MOST = 32 }; /* of one element; more stay as they are */

static bool is_less(struct str a, struct str b) {
    int r = memcmp(a.s, b.s, a.len < b.len ? a.len : b.len);
    return r < 0 || (r == 0 && a.len < b.len);
}

static void add_sorted(struct str *list, size_t count, struct str item) {
    for (; count > 0 && is_less(item, list[count - 1]); count--)
        list[count] = list[count - 1];
    list[count] = item;
}

/* at: behind the name in a start tag. -> behind the last attribute that was taken. */
static const char *add_attrs(struct buf *out, const char *at, const char *end) {
    struct str attrs[ATTRS_MOST];
    size_t count = 0;
    while (count < ATTRS_MOST && at < end && *at == ' ') {
        const char *open = memchr(at, '\'', (size_t)(end - at));
        const char *close = open != NULL ? memchr(open + 1, '\'', (size_t)(end - open - 1)) : NULL;
        if (close == NULL)
            break;
        add_sorted(attrs, count++, (struct str){at, (size_t)(close + 1 - at)});
        at = close + 1;
    }
    for (size_t i = 0; i < count; i++)
        buf_add(out, attrs[i].s, attrs[i].len);
    return at;
}

/* The same for the same: the attributes of a Lua table have no order of their own. The text is as xml/write.h
 * writes it: a blank before each attribute, values in ', no < and no ' in them. */
static void add_in_order(struct buf *out, struct str message) {
    const char *at = message.s, *end = at + message.len;
    while (at < end) {
        const char *tag = memchr(at, '<', (size_t)(end - at));
        const char *stop = tag;
        while (stop != NULL && stop < end && *stop != ' ' && *stop != '>')
            stop++;
        if (stop == NULL)
            stop = end;
        buf_add(out, at, (size_t)(stop - at));
        at = tag != NULL ? add_attrs(out, stop, end) : end;
    }
}

/* Of the same message the second is another one than the first. */
static unsigned times_said(const struct asked *a, const unsigned char *digest) {
    unsigned n = 0;
    for (size_t i = 0; i < a->said_count; i++)
        n += memcmp(a->said[i], digest, SEEN_KEY_LEN) == 0;
    return n;
}

static void note_said(struct asked *a) {
    a->said = mem_array(a->said, a->said_count + 1, sizeof(*a->said));
    memcpy(a->said[a->said_count++], a->saying, SEEN_KEY_LEN);
}

static bool is_said(struct run *r, struct str message) {
    struct asked *a = r->done_ctx;
    struct buf text = BUF_INIT;
    add_in_order(&text, message);
    struct str same = {buf_data(&text), buf_len(&text)};
    webhook_memory_message_key(a->key, same, 0, a->saying);
    webhook_memory_message_key(a->key, same, times_said(a, a->saying), a->saying_nth);
    buf_finish(&text);
    if (!webhook_memory_is_done(a->all->memory, a->saying_nth))
        return false;
    note_said(a);
    return true;
}

static void says(struct run *r) {
    struct asked *a = r->done_ctx;
    note_said(a);
    webhook_memory_do(a->all->memory, a->saying_nth, NULL, NULL);
}

static void returned(struct run *r, int n) {
    struct asked *a = r->done_ctx;
    if (r->refused || !asked_is_taken(r->co, lua_gettop(r->co) - n + 1, n))
        return;
    a->writes++;
    webhook_memory_do(a->all->memory, a->key, asked_written, a);
}

void asked_watch(struct asked *a, struct run *r) {
    if (!a->has_key)
        return;
    r->is_said = is_said;
    r->says = says;
    r->returned = returned;
}
