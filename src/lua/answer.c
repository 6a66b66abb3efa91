/* SPDX-License-Identifier: MIT */
#include "lua/answer.h"

#include "base/random.h"
#include "lua/address.h"
#include "lua/loops.h"
#include "lua/stanza.h"
#include "xml/write.h"

#include <lauxlib.h>

static const char *const stanza_names[] = {"message", "presence", "iq", NULL};

/* ---- text ---- */

static int write_optional(struct buf *out, const char *name, struct str value) {
    return value.s != NULL ? xml_write_attr(out, name, value) : 0;
}

static int write_message(struct buf *out, const struct letter *m, struct str text) {
    buf_lit(out, "<message");
    if (xml_write_attr(out, "to", m->to) < 0 || write_optional(out, "from", m->from) < 0 ||
        write_optional(out, "type", m->type) < 0 || xml_write_attr(out, "id", m->id) < 0)
        return -1;
    buf_lit(out, "><body>");
    if (xml_write_text(out, text) < 0)
        return -1;
    buf_lit(out, "</body>");
    if (m->thread.s != NULL) {
        buf_lit(out, "<thread>");
        if (xml_write_text(out, m->thread) < 0)
            return -1;
        buf_lit(out, "</thread>");
    }
    buf_lit(out, "</message>");
    return 0;
}

struct buf *answer_open(struct bot *b, struct err *err) {
    struct buf *out = b->session ? session_out(b->session) : NULL;
    if (out == NULL)
        err_set(err, "the bot is not online");
    return out;
}

int answer_whole(struct bot *b, struct letter m, struct str text, struct err *err) {
    char made[RANDOM_ID_LEN + 1];
    struct buf *out = answer_open(b, err);
    if (out == NULL || address_check(b, STR_NONE, &m.from, m.to, err) < 0)
        return -1;
    if (m.id.s == NULL) {
        random_id(made);
        m.id = (struct str){made, RANDOM_ID_LEN};
    }
    size_t before = buf_len(out);
    if (write_message(out, &m, text) < 0) {
        buf_cut(out, before);
        return err_set(
            err, "the text holds what XML cannot carry (a control character, or bytes that are not UTF-8)");
    }
    session_sent(b->session, before);
    return 0;
}

/* In kind: the room when it was said to the room; the sender's full JID (which in a private message of a room
 * is the occupant's) with the same type (RFC 6121 5.1, 5.2.2); what was no message is answered by a chat to
 * the bare JID. */
int answer_text(struct bot *b, const struct origin *o, lua_State *L, struct str id, struct str text,
                struct err *err) {
    struct letter m = {.id = id, .type = STR_LIT("chat"), .from = b->config->is_component ? o->to : STR_NONE};
    struct str groupchat = STR_LIT("groupchat");
    if (o->room.s != NULL && (o->event != HOOK_MESSAGE || str_eq(o->type, groupchat))) {
        m.to = o->room;
        m.type = groupchat;
        m.thread = o->thread;
    } else if (o->from.s == NULL) {
        return err_set(err, "there is nobody to answer");
    } else if (o->event == HOOK_MESSAGE) {
        m.to = o->from;
        m.type = str_is(o->type, "normal") ? STR_NONE : m.type;
        m.thread = o->thread;
    } else {
        m.to = jid_bare_view(o->from);
    }
    if (o->event == HOOK_MESSAGE)
        loops_answered(b, o->from);
    return answer_message(b, L, &m, text, err);
}

/* ---- iq ---- */

static void open_iq(const struct bot *b, struct buf *out, const struct origin *o, const char *type) {
    buf_addf(out, "<iq type='%s'", type);
    if (b->config->is_component && o->to.s != NULL)
        xml_write_attr(out, "from", o->to);
    if (o->from.s != NULL)
        xml_write_attr(out, "to", o->from);
    if (o->id.s != NULL)
        xml_write_attr(out, "id", o->id);
}

void answer_error(struct bot *b, const struct origin *o, const char *type, const char *condition,
                  struct str text) {
    struct buf *out;
    bool is_answer =
        str_is(o->type, "result") || str_is(o->type, "error"); /* never answered (RFC 6120 8.2.3) */
    if (o->event != HOOK_IQ || is_answer || (out = answer_open(b, NULL)) == NULL)
        return;
    size_t before = buf_len(out);
    open_iq(b, out, o, "error");
    buf_addf(out, "><error type='%s'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>", type, condition);
    if (text.s != NULL) {
        buf_lit(out, "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>");
        xml_write_text(out, text);
        buf_lit(out, "</text>");
    }
    buf_lit(out, "</error></iq>");
    session_sent(b->session, before);
}

/* The result of an iq; payload: stack index of its element, 0 for an empty one. */
static int answer_iq(struct bot *b, const struct origin *o, lua_State *L, int payload, struct err *err) {
    struct buf *out = answer_open(b, err);
    if (out == NULL)
        return -1;
    size_t before = buf_len(out);
    open_iq(b, out, o, "result");
    buf_adds(out, payload ? ">" : "/>");
    if (payload != 0) {
        if (stanza_write(L, payload, out, "jabber:client", NULL, err) < 0) {
            buf_cut(out, before);
            return -1;
        }
        buf_lit(out, "</iq>");
    }
    session_sent(b->session, before);
    return 0;
}

void answer_query(struct bot *b, const struct origin *o, const char *ns, struct str node,
                  const char *inside) {
    struct buf *out = answer_open(b, NULL);
    if (out == NULL)
        return;
    size_t before = buf_len(out);
    open_iq(b, out, o, "result");
    buf_addf(out, "><query xmlns='%s'", ns);
    if (node.s != NULL)
        xml_write_attr(out, "node", node);
    buf_addf(out, ">%s</query></iq>", inside);
    session_sent(b->session, before);
}

void answer_empty(struct bot *b, const struct origin *o) {
    answer_iq(b, o, NULL, 0, NULL);
}

/* ---- what was returned ---- */

static bool is_stanza_name(struct str name) {
    for (const char *const *n = stanza_names; *n != NULL; n++)
        if (str_is(name, *n))
            return true;
    return false;
}

static bool is_about_subscription(struct str type) {
    return str_is(type, "subscribe") || str_is(type, "subscribed") || str_is(type, "unsubscribe") ||
           str_is(type, "unsubscribed");
}

/* Whom a stanza without `to` is for: a message the sender; the answer to a request for a subscription his
 * account. */
static struct str whom_it_is_for(const struct origin *o, lua_State *L, int idx) {
    struct str name = stanza_name(L, idx);
    if (o->event == HOOK_MESSAGE && str_is(name, "message"))
        return o->from;
    if (o->event == HOOK_PRESENCE && o->from.s != NULL && str_is(name, "presence") &&
        is_about_subscription(o->type) && is_about_subscription(stanza_attr(L, idx, "type")))
        return jid_bare_view(o->from);
    return STR_NONE;
}

/* A returned iq answers the request whatever its handler wrote: id and addressee are the request's. */
static int send_stanza(struct bot *b, const struct origin *o, lua_State *L, int idx, struct err *err) {
    char made[RANDOM_ID_LEN + 1];
    struct str id = stanza_attr(L, idx, "id"), to = stanza_attr(L, idx, "to");
    struct str from = stanza_attr(L, idx, "from");
    struct buf *out = answer_open(b, err);
    if (out == NULL)
        return -1;
    if (origin_is_request(o) && str_is(stanza_name(L, idx), "iq")) {
        id = o->id;
        to = o->from;
        from = b->config->is_component ? o->to : from;
    } else if (to.s == NULL) {
        to = whom_it_is_for(o, L, idx);
    }
    if (id.s == NULL) {
        random_id(made);
        id = (struct str){made, RANDOM_ID_LEN};
    }
    if (address_check(b, o->to, &from, to, err) < 0)
        return -1;
    const struct stanza_extra extra[] = {{"to", to}, {"from", from}, {"id", id}, {NULL, STR_NONE}};
    size_t before = buf_len(out);
    if (stanza_write(L, idx, out, "jabber:client", extra, err) < 0)
        return -1;
    if (o->event == HOOK_MESSAGE && str_is(stanza_name(L, idx), "message"))
        loops_answered(b, o->from);
    session_sent(b->session, before);
    return 0;
}

static int answer_table(struct bot *b, const struct origin *o, lua_State *L, int idx, struct err *err) {
    struct str name = stanza_name(L, idx);
    if (name.s == NULL)
        return err_set(err, "it returned a table that is no stanza (it has no name)");
    if (is_stanza_name(name))
        return send_stanza(b, o, L, idx, err);
    if (origin_is_request(o))
        return answer_iq(b, o, L, idx, err);
    return err_set(err, "it returned <%s>, which is neither message, presence nor iq", name.s);
}

bool answer_failure(struct bot *b, const struct origin *o, lua_State *L, int idx, const char *label) {
    static const char *const kinds[] = {"auth", "cancel", "continue", "modify", "wait", NULL};
    const char *type = "cancel", *condition = "undefined-condition";
    struct str text = STR_NONE;
    if (lua_type(L, idx) == LUA_TTABLE) {
        text = errors_field(L, idx, "text");
        struct str c = errors_field(L, idx, "condition"), t = errors_field(L, idx, "type");
        condition = c.s && xml_is_name(c) ? c.s : condition;
        for (int i = 0; t.s != NULL && kinds[i] != NULL; i++)
            type = str_is(t, kinds[i]) ? kinds[i] : type;
    } else if (lua_type(L, idx) == LUA_TSTRING) {
        text = str_of(lua_tostring(L, idx));
    }
    if (origin_is_request(o)) {
        answer_error(b, o, type, condition, text);
        return true;
    }
    log_warn(b->script->log, bot_name(b), "%s: failed: %s", label, text.s ? text.s : condition);
    return false;
}

static int answer_value(struct bot *b, const struct origin *o, lua_State *L, int idx, struct err *err) {
    struct str text;
    switch (lua_type(L, idx)) {
    case LUA_TNUMBER:
    case LUA_TSTRING:
        if (o->event == HOOK_IQ)
            return err_set(err, "an iq is answered with an element or true, not with a text");
        text.s = lua_tolstring(L, idx, &text.len);
        return answer_text(b, o, L, STR_NONE, text, err);
    case LUA_TTABLE:
        return answer_table(b, o, L, idx, err);
    case LUA_TBOOLEAN:
        return lua_toboolean(L, idx) && origin_is_request(o) ? answer_iq(b, o, L, 0, err) : 0;
    default:
        return err_set(err, "it returned a %s", luaL_typename(L, idx));
    }
}

bool answer_results(struct bot *b, const struct origin *o, lua_State *L, int n, const char *label) {
    struct err err = ERR_INIT;
    int first = lua_gettop(L) - n + 1;
    if (n == 0)
        return false;
    if (lua_isnil(L, first) || (lua_isboolean(L, first) && !lua_toboolean(L, first)))
        return n >= 2 && !lua_isnil(L, first + 1) && answer_failure(b, o, L, first + 1, label);
    if (answer_value(b, o, L, first, &err) == 0)
        return true;
    log_error(b->script->log, bot_name(b), "%s: its answer cannot be sent: %s", label, err.text);
    answer_error(b, o, "cancel", "internal-server-error", STR_NONE);
    return true;
}
