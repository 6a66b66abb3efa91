/* SPDX-License-Identifier: MIT */
/*
 * An account made in-band (XEP-0077 3.1.1), where the owner wants that: before the first login, when the
 * server offers it, or after a login that failed as one does where there is no such account. Fields or form
 * are asked for, filled with localpart and password, and sent; whatever comes of it, the stream is over then:
 * the login is made on a new one. The password goes only where PLAIN would go.
 *
 * It never says more than the two: a server that demands a mail address, a picture's letters or a visit to a
 * web page is told to the owner by the name of the field.
 * Implements: XEP-0077 2.4
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "base/mem.h"
#include "xml/stanza_error.h"
#include "xml/write.h"

#include <stdio.h>

enum { NAME_LEN = 200 };

/* ---- may it be? ---- */

bool stream_may_show_password(const struct stream *s) {
    if (s->is_secured)
        return true;
    for (char **name = s->mechanisms; name != NULL && *name != NULL; name++)
        if (strcmp(*name, "PLAIN") == 0)
            return true;
    return false;
}

static bool may_register(const struct stream *s) {
    return s->registration != STREAM_REGISTER_NO && s->node != NULL && s->password != NULL &&
           stream_may_show_password(s);
}

static void begin(struct stream *s) {
    size_t from = buf_len(&s->out);
    sasl_free(s->sasl);
    s->sasl = NULL;
    s->fields_asked = true;
    random_id(s->id);
    buf_addf(&s->out, "<iq type='get' id='%s'><query xmlns='" NS_REGISTER "'/></iq>", s->id);
    stream_wrote(s, from);
    stream_change_state(s, STATE_REGISTER);
}

bool stream_begin_registration(struct stream *s, const struct xml_node *features) {
    const struct memory *m = s->choice.memory;
    if (s->registration != STREAM_REGISTER_FIRST || !may_register(s) ||
        xml_child(features, "register", NS_REGISTER_FEATURE) == NULL ||
        (m != NULL && memory_mechanism(m) != NULL))
        return false;
    s->registers_first = true;
    begin(s);
    return true;
}

bool stream_register_after_all(struct stream *s) {
    if (!may_register(s) || s->registers_first)
        return false;
    begin(s);
    return true;
}

/* ---- how it ends ---- */

/* Before the first login it is no harm: the account may be there already. */
static void __attribute__((format(printf, 4, 5)))
fail(struct stream *s, enum stream_end end, const char *condition, const char *fmt, ...) {
    char why[sizeof(((struct stream_reason *)NULL)->text) - 128];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    if (s->registers_first)
        stream_rejected(s, STREAM_END_NOT_REGISTERED, condition, "no account was made: %s", why);
    else
        stream_rejected(s, end, condition, "%.60s: %s",
                        strcmp(condition, "conflict") == 0 ? "the login failed"
                                                           : "the login failed, and no account could be made",
                        why);
}

/* Where the fields say that people are to look instead (XEP-0077 5). */
static const char *see(const struct xml_node *query, char out[QUOTE_LEN + 8]) {
    const struct xml_node *oob = xml_child(query, "x", NS_OOB);
    char url[QUOTE_LEN];
    out[0] = '\0';
    if (oob != NULL && quote_text(url, xml_text(xml_child(oob, "url", NS_OOB)))[0] != '\0')
        snprintf(out, QUOTE_LEN + 8, "; see%s", url + 1);
    return out;
}

static void demands(struct stream *s, const struct xml_node *query, struct str name) {
    char said[QUOTE_LEN], where[QUOTE_LEN + 8];
    quote_text(said, name);
    bool is_captcha = str_is(name, "ocr") || str_is(name, "captcha-fallback-url") || str_is(name, "qa");
    fail(s, STREAM_END_AUTH_FINAL, "", "the server demands the field%s for it%s%s", said[0] ? said + 1 : "",
         is_captcha ? ", a captcha, which is for people" : "", see(query, where));
}

/* ---- what is filled in ---- */

static void field(struct buf *out, struct str var, bool is_secret, struct str value) {
    buf_lit(out, "<field");
    xml_write_attr(out, "var", var);
    if (is_secret)
        buf_lit(out, " type='text-private'");
    buf_lit(out, "><value>");
    xml_write_text(out, value);
    buf_lit(out, "</value></field>");
}

/* One field of a form; false: it must be filled, and we have nothing. */
static bool fill_field(const struct stream *s, const struct xml_node *f, struct buf *out) {
    struct str var = xml_attr(f, "var"), type = xml_attr(f, "type");
    const struct xml_node *value = xml_child(f, "value", NS_DATA);
    if (var.s == NULL || str_is(type, "fixed"))
        return true;
    if (str_is(var, "username"))
        field(out, var, false, str_of(s->node));
    else if (str_is(var, "password"))
        field(out, var, true, str_of(s->password));
    else if (xml_text(value).len > 0)
        field(out, var, false, xml_text(value)); /* as it was given: hidden ones have to come back */
    else
        return xml_child(f, "required", NS_DATA) == NULL;
    return true;
}

/* Both return the field that we have nothing for, NULL: all is filled. */
static const struct xml_node *fill_form(const struct stream *s, const struct xml_node *x, struct buf *out) {
    buf_lit(out, "<x xmlns='" NS_DATA "' type='submit'>");
    for (const struct xml_node *f = xml_first_element(x); f != NULL; f = xml_next_element(f))
        if (xml_is(f, "field", NS_DATA) && !fill_field(s, f, out))
            return f;
    buf_lit(out, "</x>");
    return NULL;
}

/* False: there is nothing for it. */
static bool fill_element(const struct stream *s, const struct xml_node *e, struct buf *out) {
    static const char *const names[] = {"username", "password", "key"};
    const struct str values[] = {str_of(s->node), str_of(s->password), xml_text(e)};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (str_is(xml_view(&e->name), names[i])) {
            buf_addf(out, "<%s>", names[i]);
            xml_write_text(out, values[i]);
            buf_addf(out, "</%s>", names[i]);
            return true;
        }
    return false;
}

/* All that is there must be given (3.1); `key` goes back as it came (7). */
static const struct xml_node *fill_elements(const struct stream *s, const struct xml_node *query,
                                            struct buf *out) {
    for (const struct xml_node *e = xml_first_element(query); e != NULL; e = xml_next_element(e)) {
        if (!str_is(xml_view(&e->ns), NS_REGISTER) || str_is(xml_view(&e->name), "instructions"))
            continue;
        if (!fill_element(s, e, out))
            return e;
    }
    return NULL;
}

static void send_filled(struct stream *s, const struct buf *filled) {
    size_t from = buf_len(&s->out);
    s->fields_asked = false;
    random_id(s->id);
    buf_reserve(&s->out, buf_len(filled) + 256); /* no moving, which would leave copies behind */
    buf_addf(&s->out, "<iq type='set' id='%s'><query xmlns='" NS_REGISTER "'>", s->id);
    buf_add(&s->out, buf_data(filled), buf_len(filled));
    buf_lit(&s->out, "</query></iq>");
    stream_wrote(s, from);
    stream_change_state(s, STATE_REGISTER);
}

static void fill(struct stream *s, const struct xml_node *query) {
    const struct xml_node *x = xml_child(query, "x", NS_DATA), *missing;
    struct buf filled = BUF_INIT;
    char where[QUOTE_LEN + 8];
    buf_reserve(&filled, 4096);
    missing = x != NULL ? fill_form(s, x, &filled) : fill_elements(s, query, &filled);
    if (missing != NULL)
        demands(s, query, x != NULL ? xml_attr(missing, "var") : xml_view(&missing->name));
    else if (buf_len(&filled) == 0)
        fail(s, STREAM_END_AUTH_FINAL, "", "the server makes accounts elsewhere%s", see(query, where));
    else
        send_filled(s, &filled);
    mem_wipe(filled.data, filled.cap);
    buf_finish(&filled);
}

/* ---- what comes back ---- */

static void refused(struct stream *s, const struct xml_node *iq) {
    struct stanza_error error;
    char condition[CONDITION_LEN], said[QUOTE_LEN];
    stanza_error_read(&error, iq);
    quote_condition(condition, error.condition);
    quote_text(said, error.text);
    if (strcmp(condition, "conflict") == 0)
        fail(s, STREAM_END_AUTH_FINAL, "conflict",
             "the account %s@%s is there already (then the password is wrong)", s->node, s->domain);
    else if (str_is(error.type, "wait"))
        fail(s, STREAM_END_AUTH_LATER, "resource-constraint", "the server makes no more just now: %s%s",
             condition, said);
    else
        fail(s, STREAM_END_AUTH_FINAL, condition, "the server refuses it: %s%s%s", condition,
             strcmp(condition, "not-acceptable") == 0 ? " (it does not take this name or password)" : "",
             said);
}

void stream_on_registration(struct stream *s, const struct xml_node *iq) {
    const struct xml_node *query = xml_child(iq, "query", NS_REGISTER);
    if (!stream_is_answer(s, iq))
        stream_refuse_early(s, iq);
    else if (!str_is(xml_attr_atom(iq, ATOM_TYPE), "result"))
        refused(s, iq);
    else if (!s->fields_asked)
        stream_give_up(s, STREAM_END_REGISTERED, "", "the account %s@%s was made", s->node, s->domain);
    else if (query == NULL)
        fail(s, STREAM_END_AUTH_FINAL, "", "the server does not say what it needs for it");
    else if (xml_child(query, "registered", NS_REGISTER) != NULL)
        fail(s, STREAM_END_AUTH_FINAL, "conflict",
             "the account %s@%s is there already (then the password is wrong)", s->node, s->domain);
    else
        fill(s, query);
}
