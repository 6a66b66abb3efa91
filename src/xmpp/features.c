/* SPDX-License-Identifier: MIT */
/*
 * What comes next, decided from the stream features and from what is already done (RFC 6120 4.3.2): STARTTLS,
 * then SASL, then a resource. Features that nobody here knows are left alone, unless there is no other way
 * on.
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

static bool is_ours(const struct xml_node *feature) {
    static const char *const known[] = {NS_TLS, NS_SASL, NS_SASL_CB, NS_BIND, NS_SESSION, NS_SM};
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
    if (xml_child(features, "mechanisms", NS_SASL) != NULL)
        stream_begin_auth(s, features);
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

static void choose_resource(struct stream *s, const struct xml_node *features) {
    s->session_wanted = wants_session(features);
    s->sm_offered = xml_child(features, "sm", NS_SM) != NULL;
    s->has_csi = xml_child(features, "csi", NS_CSI) != NULL;
    s->has_roster_versions = xml_child(features, "ver", NS_ROSTERVER) != NULL;
    if (stream_begin_resume(s))
        return;
    if (xml_child(features, "bind", NS_BIND) != NULL) /* 7.4 */
        stream_begin_bind(s);
    else
        no_way_on(s, features, "resource binding");
}

void stream_on_features(struct stream *s, const struct xml_node *features) {
    if (s->tls == STREAM_TLS_REQUIRED && !s->is_secured) { /* 5.3.4: TLS comes before SASL */
        s->starttls_offered = xml_child(features, "starttls", NS_TLS) != NULL;
        stream_begin_tls(s);
    } else if (!s->is_authenticated) {
        choose_login(s, features);
    } else {
        choose_resource(s, features);
    }
}
