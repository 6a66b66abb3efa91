/* SPDX-License-Identifier: MIT */
/*
 * An open table from the hash of a nick. A nick that is forgotten keeps its slot; when the table is full and
 * as large as it may be, it begins anew: everybody is news once more.
 */
#include "hook/seen.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/sip.h"

enum { SLOTS_LEAST = 16, SLOTS_MOST = 1 << 15 }; /* three quarters of them: SEEN_MOST */
enum { MARK_ELEMENT = 1, MARK_ATTRIBUTE, MARK_END, MARK_TEXT };

static const char *const shows[] = {NULL, "away", "chat", "dnd", "xa"}; /* RFC 6121 4.7.2.1 */

struct slot {
    uint64_t nick, content; /* 0: free; 0: forgotten */
    char *status;           /* owned; NULL: none */
    unsigned char show;     /* index of shows */
};

struct hook_seen {
    uint64_t key[2];
    struct slot *slots; /* owned; a power of two of them */
    size_t size, used;
};

/* ---- what counts as said by the room ---- */

/* Well-known names by their numbers, which are one word together; others by their texts. */
static void hash_names(struct sip *h, unsigned mark, const struct xml_str *ns, const struct xml_str *name) {
    sip_word(h, mark | (uint64_t)ns->atom << 8 | (uint64_t)name->atom << 32);
    if (ns->atom == ATOM_NONE)
        sip_str(h, xml_view(ns));
    if (name->atom == ATOM_NONE)
        sip_str(h, xml_view(name));
}

static void hash_node(struct sip *h, const struct xml_node *n);

static void hash_children(struct sip *h, const struct xml_node *n) {
    for (const struct xml_node *c = n->first; c != NULL; c = c->next)
        hash_node(h, c);
}

/* As deep as the parser lets a stanza be. */
static void hash_node(struct sip *h, const struct xml_node *n) {
    if (xml_is_text(n)) {
        sip_word(h, MARK_TEXT);
        sip_str(h, xml_view(&n->text));
        return;
    }
    hash_names(h, MARK_ELEMENT, &n->ns, &n->name);
    for (uint32_t i = 0; i < n->attr_count; i++) {
        hash_names(h, MARK_ATTRIBUTE, &n->attrs[i].ns, &n->attrs[i].name);
        sip_str(h, xml_view(&n->attrs[i].value));
    }
    hash_children(h, n);
    sip_word(h, MARK_END);
}

static bool is_of_room(const struct xml_node *n) {
    struct str ns = xml_view(&n->ns);
    return n->ns.atom == ATOM_NS_MUC_USER || str_is(ns, "urn:xmpp:occupant-id:0") ||
           str_is(ns, "urn:xmpp:hats:0");
}

static uint64_t end(struct sip *h) {
    uint64_t hash = sip_end(h);
    return hash != 0 ? hash : 1;
}

static uint64_t hash_nick(const struct hook_seen *s, struct str nick) {
    struct sip h;
    sip_begin(&h, s->key);
    sip_str(&h, nick);
    return end(&h);
}

static uint64_t hash_content(const struct hook_seen *s, const struct xml_node *presence) {
    struct sip h;
    sip_begin(&h, s->key);
    for (const struct xml_node *c = xml_first_element(presence); c != NULL; c = xml_next_element(c))
        if (is_of_room(c))
            hash_node(&h, c);
    return end(&h);
}

/* ---- the table ---- */

static struct slot *find(const struct hook_seen *s, uint64_t nick) {
    size_t at = nick & (s->size - 1);
    while (s->slots[at].nick != 0 && s->slots[at].nick != nick)
        at = (at + 1) & (s->size - 1);
    return &s->slots[at];
}

static void empty_slot(struct slot *slot) {
    mem_free(slot->status);
    slot->status = NULL;
    slot->content = 0;
    slot->show = 0;
}

/* Twice the room, without what was forgotten. */
static void grow(struct hook_seen *s) {
    struct slot *old = s->slots;
    size_t old_size = s->size;
    bool is_full = old_size == SLOTS_MOST;
    s->size = old_size == 0 || is_full ? (size_t)SLOTS_LEAST : old_size * 2;
    s->slots = mem_alloc0(s->size * sizeof(*s->slots));
    s->used = 0;
    for (size_t i = 0; i < old_size; i++) {
        if (old[i].content == 0 || is_full) {
            empty_slot(&old[i]);
            continue;
        }
        *find(s, old[i].nick) = old[i];
        s->used++;
    }
    mem_free(old);
}

static struct hook_seen *seen_new(void) {
    struct hook_seen *s = mem_new(struct hook_seen);
    random_bytes(s->key, sizeof(s->key));
    return s;
}

/* ---- what they say of themselves ---- */

static unsigned char show_of(struct str text) {
    for (unsigned char i = 1; text.s != NULL && i < sizeof(shows) / sizeof(shows[0]); i++)
        if (str_is(text, shows[i]))
            return i;
    return 0;
}

/* Cut between characters. */
static struct str shorten(struct str text) {
    if (text.len > SEEN_STATUS_LEN) {
        text.len = SEEN_STATUS_LEN;
        while (text.len > 0 && ((unsigned char)text.s[text.len] & 0xc0) == 0x80)
            text.len--;
    }
    return text;
}

static void note_status(struct slot *slot, struct str text) {
    if (text.s == NULL || text.len == 0) {
        mem_free(slot->status);
        slot->status = NULL;
        return;
    }
    text = shorten(text);
    if (slot->status != NULL && str_is(text, slot->status))
        return;
    mem_free(slot->status);
    slot->status = mem_strndup(text.s, text.len);
}

static void note_self(struct slot *slot, const struct xml_node *presence) {
    slot->show = show_of(xml_text(xml_child(presence, "show", NULL)));
    note_status(slot, xml_text(xml_child(presence, "status", NULL)));
}

/* ---- */

bool hook_seen_again(struct hook_seen **seen, struct str nick, const struct xml_node *presence) {
    if (*seen == NULL)
        *seen = seen_new();
    struct hook_seen *s = *seen;
    if (4 * (s->used + 1) > 3 * s->size)
        grow(s);
    uint64_t hash = hash_nick(s, nick), content = hash_content(s, presence);
    struct slot *slot = find(s, hash);
    bool is_same = slot->content == content;
    if (slot->nick == 0) {
        slot->nick = hash;
        s->used++;
    }
    slot->content = content;
    note_self(slot, presence);
    return is_same;
}

static struct slot *slot_of(const struct hook_seen *s, struct str nick) {
    return s != NULL && s->size > 0 ? find(s, hash_nick(s, nick)) : NULL;
}

void hook_seen_forget(struct hook_seen *s, struct str nick) {
    struct slot *slot = slot_of(s, nick);
    if (slot != NULL)
        empty_slot(slot);
}

const char *hook_seen_show(const struct hook_seen *s, struct str nick) {
    const struct slot *slot = slot_of(s, nick);
    return slot != NULL ? shows[slot->show] : NULL;
}

const char *hook_seen_status(const struct hook_seen *s, struct str nick) {
    const struct slot *slot = slot_of(s, nick);
    return slot != NULL ? slot->status : NULL;
}

void hook_seen_free(struct hook_seen *s) {
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->size; i++)
        mem_free(s->slots[i].status);
    mem_free(s->slots);
    mem_free(s);
}
