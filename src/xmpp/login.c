/* SPDX-License-Identifier: MIT */
#include "xmpp/login.h"

#include "base/base64.h"

#include "base/mem.h"
#include "xmpp/ns.h"

#include <stdio.h>

/* ---- offers ---- */

static void read_offers(struct choice *c, const struct xml_node *features, const struct xml_node *mechanisms,
                        const char *ns) {
    const struct xml_node *types = xml_child(features, "sasl-channel-binding", NS_SASL_CB);
    for (const struct xml_node *m = xml_first_element(mechanisms); m != NULL; m = xml_next_element(m))
        if (xml_is(m, "mechanism", ns))
            choice_offer(c, xml_text(m));
    if (types == NULL)
        return;
    choice_offer_types(c);
    for (const struct xml_node *t = xml_first_element(types); t != NULL; t = xml_next_element(t))
        if (xml_is(t, "channel-binding", NS_SASL_CB) && xml_attr(t, "type").s != NULL)
            choice_offer_type(c, xml_attr(t, "type"));
}

void login_read_offers(struct stream *s, const struct xml_node *features, const struct xml_node *mechanisms,
                       const char *ns) {
    choice_forget_offers(&s->choice);
    s->choice.is_secured = s->is_secured;
    read_offers(&s->choice, features, mechanisms, ns);
}

bool login_expect_offers(struct stream *s, char *joined) {
    char *types = strchr(joined, '\x1f'), *name;
    choice_forget_offers(&s->choice);
    s->choice.is_secured = s->is_secured;
    if (types != NULL) {
        *types++ = '\0';
        choice_offer_types(&s->choice);
    }
    while ((name = strsep(&joined, "\x1e")) != NULL)
        choice_offer(&s->choice, str_of(name));
    while (types != NULL && types[0] != '\0' && (name = strsep(&types, "\x1e")) != NULL)
        choice_offer_type(&s->choice, str_of(name));
    return s->choice.offered != 0;
}

bool login_offers_are(struct stream *s, const struct xml_node *features) {
    const struct xml_node *mechanisms = xml_child(features, "mechanisms", NS_SASL);
    struct choice now = {0};
    struct buf offers = BUF_INIT;
    if (mechanisms == NULL)
        return false;
    read_offers(&now, features, mechanisms, NS_SASL);
    choice_join_offers(&now, &offers);
    bool same = buf_len(&offers) == buf_len(&s->offers) &&
                memcmp(buf_data(&offers), buf_data(&s->offers), buf_len(&offers)) == 0;
    choice_finish(&now);
    buf_finish(&offers);
    return same;
}

/* ---- an exchange ---- */

/* "user@example.org", or "example.org" where nobody is named. */
static const char *account(const struct stream *s, char out[QUOTE_LEN]) {
    snprintf(out, QUOTE_LEN, "%s%s%s", s->node != NULL ? s->node : "", s->node != NULL ? "@" : "", s->domain);
    return out;
}

static struct sasl_identity identity(struct stream *s, const struct pick *pick, struct buf *offers) {
    struct sasl_identity who = {.user = s->node,
                                .password = s->password,
                                .authzid = s->says_authzid ? s->authzid : NULL,
                                .nonce = s->nonce,
                                .gs2 = pick->gs2,
                                .needs_hash = pick->needs_hash,
                                .memory = s->choice.memory};
    choice_join_offers(&s->choice, offers);
    who.offers = (struct str){buf_data(offers), buf_len(offers)};
    if (pick->binding != NULL) {
        bool is_finished = strcmp(pick->binding->type, STREAM_BINDING_FINISHED) == 0;
        who.binding_type = is_finished ? "tls-unique" : pick->binding->type; /* choice.c tells why */
        who.binding = pick->binding->data;
    }
    return who;
}

static const struct sasl_mechanism *start_with(struct stream *s, const struct pick *pick, struct buf *first) {
    struct err err = ERR_INIT;
    char who[QUOTE_LEN];
    choice_take(&s->choice, pick);
    sasl_free(s->sasl);
    buf_clear(&s->offers);
    struct sasl_identity id = identity(s, pick, &s->offers);
    s->sasl = sasl_new(pick->mechanism, &id);
    if (sasl_first(s->sasl, first, &err) == 0)
        return pick->mechanism;
    stream_give_up(s, STREAM_END_AUTH_FINAL, "", "%s cannot log in: %s", account(s, who), err.text);
    return NULL;
}

static void refuse_offers(struct stream *s) {
    char said[QUOTE_LEN];
    struct buf names = BUF_INIT;
    choice_list_offers(&s->choice, &names);
    stream_give_up(s, STREAM_END_AUTH_FINAL, "", "the server offers no way to log in that may be used here%s",
                   quote_text(said, (struct str){buf_data(&names), buf_len(&names)}));
    buf_finish(&names);
}

const struct sasl_mechanism *login_begin(struct stream *s, struct buf *first) {
    struct pick pick;
    struct err err = ERR_INIT;
    switch (choice_next(&s->choice, &pick, &err)) {
    case CHOICE_MADE:
        return start_with(s, &pick, first);
    case CHOICE_REFUSED:
        stream_give_up(s, STREAM_END_FORGED, "", "the server is not believed: %s", err.text);
        return NULL;
    default:
        refuse_offers(s);
        return NULL;
    }
}

void login_distrust(struct stream *s, const char *why) {
    stream_give_up(s, STREAM_END_FORGED, "", "the server's part in the login (%s) is not acceptable: %s",
                   sasl_mechanism(s->sasl)->name, why);
}

/* ---- success ---- */

int login_prove(struct stream *s, struct str data, struct err *err) {
    if (sasl_success(s->sasl, data, err) != 0)
        return -1;
    return sasl_is_proven(s->sasl) ? 0 : err_set(err, "success without the server's proof");
}

/* The secrets are not kept for the hours that follow. */
void login_done(struct stream *s) {
    if (s->choice.current.mechanism == sasl_mechanism(s->sasl)) /* a token (XEP-0484) is not chosen */
        choice_worked(&s->choice, sasl_has_hash(s->sasl));
    sasl_free(s->sasl);
    s->sasl = NULL;
    mem_free_secret(s->password);
    s->password = NULL;
    buf_finish(&s->offers);
    choice_forget_offers(&s->choice);
    s->is_authenticated = true;
}

/* ---- failures ---- */

static const struct login_failure failures[] = {
    {"aborted", LOGIN_FINAL, ""},
    {"account-disabled", LOGIN_FINAL, " (the account is disabled)"},
    {"credentials-expired", LOGIN_FINAL, " (the password has expired)"},
    {"encryption-required", LOGIN_NEXT, " (the server wants TLS for this mechanism)"},
    {"incorrect-encoding", LOGIN_FINAL, ""},
    {"invalid-authzid", LOGIN_FINAL, ""},
    {"invalid-mechanism", LOGIN_NEXT, ""},
    {"malformed-request", LOGIN_FINAL, ""},
    {"mechanism-too-weak", LOGIN_NEXT, " (the server wants a stronger mechanism)"},
    {"not-authorized", LOGIN_FINAL, " (wrong password, or no such account)"},
    {"temporary-auth-failure", LOGIN_LATER, " (the server cannot check passwords just now)"},
};

const struct login_failure *login_failure_of(const struct xml_node *failure) {
    const struct login_failure *generic = NULL;
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        if (xml_child(failure, failures[i].condition, NS_SASL) != NULL)
            return &failures[i];
        if (strcmp(failures[i].condition, "not-authorized") == 0)
            generic = &failures[i];
    }
    return generic;
}

/* EXTERNAL: whose certificate has several names is asked which one (XEP-0178 2). */
static bool wants_authzid(struct stream *s, const struct login_failure *f) {
    bool is_external = strcmp(sasl_mechanism(s->sasl)->name, "EXTERNAL") == 0;
    if (!is_external || s->says_authzid || s->node == NULL || strcmp(f->condition, "invalid-authzid") != 0)
        return false;
    struct buf jid = BUF_INIT;
    buf_addf(&jid, "%s@%s", s->node, s->domain);
    s->authzid = buf_detach(&jid);
    s->says_authzid = true;
    choice_once_more(&s->choice);
    return true;
}

/* Is it worth trying again, and with what is left? EXTERNAL has failed without saying anything of the
 * password. */
static bool goes_on(struct stream *s, const struct login_failure *f) {
    struct pick pick;
    struct err err = ERR_INIT;
    bool is_external = strcmp(sasl_mechanism(s->sasl)->name, "EXTERNAL") == 0;
    bool not_authorized = strcmp(f->condition, "not-authorized") == 0;
    if (wants_authzid(s, f))
        return true;
    if (f->verdict != LOGIN_NEXT && !(is_external && f->verdict == LOGIN_FINAL) &&
        !(not_authorized && choice_way_back(&s->choice)))
        return false;
    return choice_next(&s->choice, &pick, &err) == CHOICE_MADE;
}

/* Of not-authorized, what it may be besides the password. */
static const char *hint_of(const struct stream *s, const struct login_failure *f) {
    const struct sasl_mechanism *m = sasl_mechanism(s->sasl);
    if (strcmp(f->condition, "not-authorized") != 0)
        return f->hint;
    if (m->flags & SASL_CERTIFICATE)
        return " (the server does not accept the client certificate for this account)";
    if (m->flags & SASL_TOKEN)
        return " (the token is wrong or has expired)";
    if (s->choice.current.is_guessed)
        return " (wrong password, no such account, or the server cannot bind logins to TLS as it says; to go "
               "without, list mechanisms without -PLUS in `sasl:`)";
    return f->hint;
}

bool login_failed(struct stream *s, const struct xml_node *failure, struct str text) { /* 6.4.5 */
    const struct login_failure *f = login_failure_of(failure);
    char said[QUOTE_LEN], who[QUOTE_LEN], status[QUOTE_LEN];
    if (goes_on(s, f))
        return true;
    if (strcmp(f->condition, "not-authorized") == 0 && stream_register_after_all(s))
        return false;
    stream_rejected(s, f->verdict == LOGIN_LATER ? STREAM_END_AUTH_LATER : STREAM_END_AUTH_FINAL,
                    f->condition, "the server does not let %s log in with %s: %s%s%s%s", account(s, who),
                    sasl_mechanism(s->sasl)->name, f->condition, hint_of(s, f),
                    quote_text(status, sasl_note(s->sasl)), quote_text(said, text));
    return false;
}

/* ---- writing ---- */

void login_write_data(struct stream *s, const struct buf *data) {
    buf_reserve(&s->out, buf_len(data) * 2 + 64); /* no moving, which would leave copies behind */
    base64_encode(&s->out, buf_data(data), buf_len(data));
}

void login_write_response(struct stream *s, const char *ns, const struct buf *data) {
    size_t from = buf_len(&s->out);
    buf_addf(&s->out, "<response xmlns='%s'>", ns);
    login_write_data(s, data);
    buf_lit(&s->out, "</response>");
    stream_wrote(s, from);
}

void login_write_abort(struct stream *s, const char *ns) {
    size_t from = buf_len(&s->out);
    buf_addf(&s->out, "<abort xmlns='%s'/>", ns);
    stream_wrote(s, from);
}
