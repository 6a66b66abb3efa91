/* SPDX-License-Identifier: MIT */
/*
 * What comes next, decided from the stream features and from what is already done (RFC 6120 4.3.2): STARTTLS,
 * then SASL, then a resource. Features that nobody here knows are left alone, unless there is no other way
 * on.
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

static bool is_ours(const struct xml_node *feature) {
    static const char *const known[] = {NS_TLS, NS_SASL, NS_SASL2, NS_SASL_CB, NS_BIND, NS_SESSION, NS_SM};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (str_is(xml_view(&feature->ns), known[i]))
            return true;
    return false;
}

/* A feature that is mandatory-to-negotiate (4.3.2) and unknown here, or NULL. */
static const struct xml_node *strange_must(const struct xml_node *features) {
    for (const struct xml_node *f = xml_first_element(features); f != NULL; f = xml_next_element(f))
        if (!is_ours(f) && xml_child(f, "required", f->ns.s) != NULL)
            return f;
    return NULL;
}

static void no_way_on(struct stream *s, const struct xml_node *features, const char *missing) {
    const struct xml_node *must = strange_must(features);
    char name[QUOTE_LEN];
    if (must != NULL) /* 4.9.3.23 */
        stream_fault(s, "unsupported-feature", "the server demands a feature that is not known%s",
                     quote_text(name, xml_view(&must->ns)));
    else
        stream_fault(s, "undefined-condition", "the server offers no %s", missing);
}

static void choose_login(struct stream *s, const struct xml_node *features) {
    if (s->early == STATE_AUTH) {
        stream_confirm_login(s, features);
        return;
    }
    if (!s->is_piped && stream_begin_registration(s, features))
        return;
    if (s->is_piped)
        stream_on_piped_features(s, features);
    else if (stream_begin_sasl2(s, features))
        return;
    else if (xml_child(features, "mechanisms", NS_SASL) != NULL)
        stream_begin_auth(s, features);
    else if (s->legacy_auth && xml_child(features, "auth", NS_AUTH_FEATURE) != NULL)
        stream_begin_legacy(s);
    else if (!s->is_secured && xml_child(features, "starttls", NS_TLS) != NULL)
        stream_give_up(s, STREAM_END_TLS_REFUSED, "", "the server lets nobody log in without TLS");
    else
        no_way_on(s, features, "way to log in");
}

/* RFC 3921 3, which RFC 6121 has no more: to be asked for unless the server says that it is optional. */
static bool wants_session(const struct xml_node *features) {
    const struct xml_node *session = xml_child(features, "session", NS_SESSION);
    return session != NULL && xml_child(session, "optional", NULL) == NULL;
}

static struct stream_known read_offers(const struct xml_node *features) {
    return (struct stream_known){
        .is_known = xml_child(features, "bind", NS_BIND) != NULL,
        .sm = xml_child(features, "sm", NS_SM) != NULL,
        .csi = xml_child(features, "csi", NS_CSI) != NULL,
        .roster_versions = xml_child(features, "ver", NS_ROSTERVER) != NULL,
        .session_wanted = wants_session(features),
    };
}

void stream_read_abilities(struct stream *s, const struct xml_node *features) {
    s->served = read_offers(features);
    s->served.sm &= !s->sm_refused;
}

void stream_begin_session(struct stream *s) {
    if (!stream_begin_resume(s))
        stream_begin_bind(s); /* 7.4 */
}

static void choose_resource(struct stream *s, const struct xml_node *features) {
    struct stream_known offers = read_offers(features);
    if (s->known != NULL) {
        offers.starttls = s->known->starttls;
        *s->known = offers;
    }
    if (!offers.is_known) {
        no_way_on(s, features, "resource binding");
        return;
    }
    s->served = offers;
    if (!stream_go_on_early(s))
        stream_begin_session(s);
}

void stream_on_features(struct stream *s, const struct xml_node *features) {
    if (s->tls == STREAM_TLS_REQUIRED && !s->is_secured) { /* 5.3.4: TLS comes before SASL */
        s->starttls_offered = xml_child(features, "starttls", NS_TLS) != NULL;
        if (!stream_go_on_early(s))
            stream_begin_tls(s);
    } else if (!s->is_authenticated) {
        choose_login(s, features);
    } else {
        choose_resource(s, features);
    }
}
