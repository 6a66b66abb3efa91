/* SPDX-License-Identifier: MIT */
/*
 * What is asked for inside of a login (XEP-0388 2.1): a session of before (XEP-0198 9.2), or else a resource
 * (Bind 2, XEP-0386) with stream management (XEP-0198 9.1). Only what was asked for may be answered.
 *
 * With Bind 2 the server makes the resource, of a tag and of letters of its own. So a resource that the owner
 * wants is still asked for in the way of RFC 6120 7, which costs a round trip.
 * Implements: XEP-0386 1.1.0
 */
#include "xmpp/login.h"
#include "xmpp/ns.h"

#include "base/jid.h"
#include "base/mem.h"

/* ---- what the server has ---- */

static bool has_feature(const struct xml_node *list, const char *var) {
    for (const struct xml_node *f = list != NULL ? xml_first_element(list) : NULL; f != NULL;
         f = xml_next_element(f))
        if (xml_is(f, "feature", NS_BIND2) && str_is(xml_attr(f, "var"), var))
            return true;
    return false;
}

unsigned stream_read_inlines(const struct xml_node *authentication) {
    const struct xml_node *list = xml_child(authentication, "inline", NS_SASL2);
    const struct xml_node *bind = list != NULL ? xml_child(list, "bind", NS_BIND2) : NULL;
    unsigned inlines = 0;
    if (bind != NULL)
        inlines |= MEMORY_BIND;
    /* XEP-0386 3.1; XEP-0198 9.1 shows them without the <inline/> */
    if (bind != NULL && (has_feature(xml_child(bind, "inline", NS_BIND2), NS_SM) || has_feature(bind, NS_SM)))
        inlines |= MEMORY_ENABLE;
    if (list != NULL && xml_child(list, "sm", NS_SM) != NULL)
        inlines |= MEMORY_RESUME;
    return inlines;
}

/* ---- what we ask for ---- */

void stream_write_inlines(struct stream *s) {
    s->asked = 0;
    if (s->sm != NULL && !s->no_resume && (s->inlines & MEMORY_RESUME) && sm_can_resume(s->sm)) {
        stream_write_resume(s, &s->out);
        s->asked |= MEMORY_RESUME;
    }
    if (s->resource != NULL || !(s->inlines & MEMORY_BIND))
        return;
    buf_lit(&s->out, "<bind xmlns='" NS_BIND2 "'><tag>couplet</tag>");
    s->asked |= MEMORY_BIND;
    if (s->sm != NULL && (s->inlines & MEMORY_ENABLE)) {
        stream_write_enable(s, &s->out);
        s->asked |= MEMORY_ENABLE;
    }
    buf_lit(&s->out, "</bind>");
}

/* ---- what came of it ---- */

static const struct xml_node *asked_child(const struct stream *s, const struct xml_node *node, unsigned which,
                                          const char *name, const char *ns) {
    return s->asked & which ? xml_child(node, name, ns) : NULL;
}

/* What nobody asked for, or two answers to one question: it is not the answer to what we sent. */
static bool is_strange(const struct stream *s, const struct xml_node *success) {
    bool is_bound = xml_child(success, "bound", NS_BIND2) != NULL;
    bool is_resumed = xml_child(success, "resumed", NS_SM) != NULL;
    bool has_failed = xml_child(success, "failed", NS_SM) != NULL;
    return (is_bound && !(s->asked & MEMORY_BIND)) ||
           ((is_resumed || has_failed) && !(s->asked & MEMORY_RESUME)) ||
           (is_resumed && (is_bound || has_failed));
}

/* The session is new, and bound. */
static void take_bound(struct stream *s, const struct xml_node *bound, struct str jid) {
    if (!stream_is_full_jid(jid)) { /* XEP-0386 3.2.1 */
        stream_fault(s, "undefined-condition", "the server's answer to the login has no address for us");
        return;
    }
    const struct xml_node *enabled = asked_child(s, bound, MEMORY_ENABLE, "enabled", NS_SM);
    s->jid = mem_strndup(jid.s, jid.len);
    s->sm_refused = asked_child(s, bound, MEMORY_ENABLE, "failed", NS_SM) != NULL;
    if (enabled != NULL) {
        sm_start(s->sm);
        s->sm_asked = s->sm_inline = true;
        stream_on_enabled(s, enabled);
    }
    s->awaits_features = true;
    stream_change_state(s, STATE_BOUND);
}

void stream_take_inlines(struct stream *s, const struct xml_node *success, struct str jid) {
    const struct xml_node *resumed = asked_child(s, success, MEMORY_RESUME, "resumed", NS_SM);
    const struct xml_node *failed = asked_child(s, success, MEMORY_RESUME, "failed", NS_SM);
    const struct xml_node *bound = asked_child(s, success, MEMORY_BIND, "bound", NS_BIND2);
    if (is_strange(s, success)) {
        stream_fault(s, "undefined-condition", "the server answers to the login what it was not asked for");
        return;
    }
    if (resumed != NULL) {
        s->awaits_features = true; /* not wanted (XEP-0198 9.2), but sent by some */
        stream_on_resumed(s, resumed);
        return;
    }
    if (failed != NULL)
        stream_forget_session(s, failed);
    if (bound != NULL)
        take_bound(s, bound, jid);
    else
        stream_change_state(s, STATE_FEATURES);
}

/* ---- the features behind it (XEP-0388 2.6.1) ---- */

void stream_on_late_features(struct stream *s, const struct xml_node *features) {
    if (s->state == STATE_CLOSING)
        return;
    if (!s->awaits_features) {
        stream_refuse_element(s, features);
        return;
    }
    s->awaits_features = false;
    stream_read_abilities(s, features);
    if (s->state == STATE_BOUND)
        stream_become_bound(s);
    else if (s->is_inactive)
        stream_set_active(s, false);
}

/* Stanzas may come before them: what can be known of the server is known then. */
void stream_on_early(struct stream *s, const struct xml_node *node) {
    stream_become_bound(s);
    stream_dispatch(s, node);
}
