/* SPDX-License-Identifier: MIT */
/*
 * What need not wait for the features is said right behind the header, where an earlier stream has shown what
 * they will be: STARTTLS, the login, the session. The state behind the features (`early`) is entered when
 * they come; what they say is looked at all the same. What was remembered is forgotten while it is relied on,
 * so that what fails, fails once. SASL2 has its own way (sasl2.c), which comes first.
 *
 * The login is the one that the same offers would lead to (choice.c), so it is as safe as if it had waited;
 * other offers than those end the stream, and the next one waits for them.
 */
#include "base/mem.h"
#include "xmpp/login.h"

/* The step was begun: its state comes behind the features. */
static void is_early(struct stream *s) {
    if (s->state == STATE_CLOSED)
        return;
    s->early = s->state;
    stream_change_state(s, STATE_OPENING);
}

static void early_starttls(struct stream *s) {
    if (!s->known->starttls)
        return;
    s->known->starttls = false;
    stream_begin_tls(s);
    is_early(s);
}

/* What shows the password waits: nothing better may be offered (RFC 6120 13.8.3). */
static void early_login(struct stream *s) {
    struct memory *m = s->choice.memory;
    char *offers = m != NULL ? mem_strdup(memory_offers(m)) : NULL;
    if (offers == NULL)
        return;
    memory_keep_offers(m, NULL);
    if (login_expect_offers(s, offers) && stream_begin_auth_again(s))
        is_early(s);
    else
        choice_forget_offers(&s->choice);
    mem_free(offers);
}

static void early_session(struct stream *s) {
    if (!s->known->is_known)
        return;
    s->served = *s->known;
    s->known->is_known = false;
    stream_begin_session(s);
    is_early(s);
}

void stream_begin_early(struct stream *s) {
    if (s->known == NULL || s->is_patient || s->is_piped)
        return;
    if (s->tls == STREAM_TLS_REQUIRED && !s->is_secured)
        early_starttls(s);
    else if (!s->is_authenticated)
        early_login(s);
    else
        early_session(s);
}

bool stream_go_on_early(struct stream *s) {
    enum state next = s->early;
    s->early = STATE_NEW;
    if (next == STATE_NEW)
        return false;
    stream_change_state(s, next);
    return true;
}

void stream_confirm_login(struct stream *s, const struct xml_node *features) {
    if (login_offers_are(s, features)) {
        stream_go_on_early(s);
        return;
    }
    s->was_hasty = true;
    stream_give_up(s, STREAM_END_ERROR, "", "the server offers other ways to log in than before");
}
