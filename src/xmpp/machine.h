/* SPDX-License-Identifier: MIT */
/*
 * machine: what the files of the stream machine share; nobody else includes it, but for tests.
 *
 *   stream.c     the owner's verbs, the loop over what was fed
 *   states.c     the table of states, change_state, deadlines
 *   header.c     stream headers, ours and the peer's        features.c   what to negotiate next
 *   starttls.c, auth.c, bind.c                              one step of the negotiation each
 *   sasl2.c, bind2.c                                        the same in one, as XEP-0388 and XEP-0386 have it
 *   register.c   an account that is made before it is used (XEP-0077)
 *   legacy.c     the login of before SASL (XEP-0078)
 *   component.c  all of it for a component (XEP-0114)       digest.c     what it is made of
 *   login.c, choice.c                                       what all ways to log in have in common
 *   ready.c      stanzas, keep-alive, proof of delivery     manage.c     the elements of XEP-0198
 *   reason.c     every way in which a stream ends
 *   trace.c      what people may see of it
 *   framing.c, messages.c   what is different over WebSocket, out and in
 *
 * A handler is called with the element, outside of expat. It may end the stream, and then has to return: the
 * state is CLOSED and the owner may have called stream_free, which takes effect when the last verb returns.
 */
#ifndef COUPLET_XMPP_MACHINE_H
#define COUPLET_XMPP_MACHINE_H

#include "base/random.h"
#include "xml/parse.h"
#include "xmpp/choice.h"
#include "xmpp/sasl.h"
#include "xmpp/sm.h"
#include "xmpp/stream.h"

enum state {
    STATE_NEW,
    STATE_OPENING,
    STATE_FEATURES,
    STATE_STARTTLS,
    STATE_TLS,
    STATE_AUTH,
    STATE_REGISTER,
    STATE_LEGACY,
    STATE_AUTH2,
    STATE_BOUND,
    STATE_HANDSHAKE,
    STATE_RESUME,
    STATE_BIND,
    STATE_SESSION,
    STATE_READY,
    STATE_CLOSING,
    STATE_CLOSED,
    STATE_COUNT
};

struct message { /* what has come of it; zero: nothing */
    enum { MESSAGE_FRONT, MESSAGE_DECLARATION, MESSAGE_CONTENT } part;
    uint32_t front_len; /* bytes of what is, or looks like, an XML declaration */
    bool has_element;
};

struct stream {
    /* what the owner wants; owned copies */
    char *node, *domain, *resource, *password, *lang;
    char *peer_lang;   /* xml:lang of the server's header; NULL: it has none */
    char **mechanisms; /* NULL-ended; NULL: the default list */
    enum stream_tls tls;
    uint32_t timeout_ms, keepalive_ms;
    char *nonce;   /* of tests; else NULL */
    struct sm *sm; /* borrowed; NULL: none */
    int64_t wall_offset_ms;
    bool no_resume, is_patient, is_component;
    enum stream_registration registration;
    bool legacy_auth;
    struct stream_callbacks callbacks;
    void *ctx;

    /* where it stands */
    enum state state;
    int64_t now_ms;      /* as of the last verb */
    int64_t deadline_ms; /* of the state; INT64_MAX: none */
    int depth;           /* verbs on the stack */
    bool is_freed;       /* by the owner, in a callback */
    bool is_secured;     /* TLS is up */
    bool is_authenticated;
    bool registers_first;            /* it is tried before the login */
    char *stream_id;                 /* owned; of the server's header, for XEP-0078; or NULL */
    bool fields_asked;               /* what a new account needs; else it is to be made */
    bool has_shaken;                 /* the handshake of a component is out */
    bool is_ready;                   /* has been */
    bool is_open;                    /* our header is out and not closed */
    struct stream_binding *bindings; /* of the TLS session; owned, and the data too */
    size_t binding_count;

    struct xml_parser *parser; /* owned */
    struct buf out;
    enum stream_framing framing;
    struct buf message_lens; /* uint32_t each: the messages that out holds */
    struct message message;

    /* of a step */
    bool starttls_offered;
    struct choice choice;       /* of the mechanism */
    struct buf offers;          /* as XEP-0474 joins them; while sasl is there */
    struct sasl *sasl;          /* owned; only in AUTH */
    bool says_authzid;          /* EXTERNAL is tried again, with it */
    char *authzid;              /* owned; what EXTERNAL says then */
    struct stream_known served; /* what is offered after the login */
    struct stream_known *known; /* borrowed; NULL: none */
    enum state early;           /* the state behind the features, where that was begun before they came */
    /* of a login in XEP-0388's XML */
    unsigned inlines,
        asked; /* MEMORY_…: what the server does inside of it, and what of that it was asked for */
    const struct sasl_mechanism *token_offer;     /* the best that the server lists for tokens; or NULL */
    const struct sasl_mechanism *token_mechanism; /* for which a <token/> would be; NULL: none is wanted */
    bool is_piped;                                /* it went out before the features came */
    bool token_failed;                            /* the token was rejected on this stream */
    bool comes_back;                              /* when it ends: worth another try at once */
    bool sm_inline;                               /* stream management was enabled inside … */
    bool sm_refused;                              /* … or refused */
    bool awaits_features;       /* those that follow it are still to come, and decide nothing */
    bool was_hasty;             /* the end comes of what was said too early: worth another try */
    bool sm_asked;              /* <enable/> is out */
    bool is_greeted;            /* greet() was called for this session */
    bool asks_resource;         /* the bind that is pending asks for our resource */
    char id[RANDOM_ID_LEN + 1]; /* of the iq that the state waits for: bind, session, ping */
    char *jid;                  /* owned; once bound */
    int64_t heard_ms;           /* when the last byte arrived */

    /* of ready.c: one question at a time, <r/> or a ping, whose answer proves what was sent before it */
    bool is_asked, is_heard; /* the question is out; something has arrived since */
    int64_t asked_ms;
    size_t asked_count; /* live stanzas that the answer to a ping proves */
    size_t unasked;     /* stanzas sent since the last question */
    int64_t unasked_ms; /* when the first of them was */
    bool is_hurried;    /* stream_hurry */

    bool is_inactive; /* the owner's wish, told once it is known that the server wants that (XEP-0352) */
    bool is_handling; /* a stanza is with the owner, and not counted yet */
};

/* stream.c */
void stream_enter(struct stream *s, int64_t now_ms); /* around every verb */
void stream_leave(struct stream *s);
/* Bytes to the parser, events to their handlers. */
void stream_parse(struct stream *s, const char *bytes, size_t len);
void stream_fix_nonce(struct stream *s, const char *nonce); /* for tests: SCRAM with this client nonce */

/* states.c */
void stream_change_state(struct stream *s, enum state to);
/* One first-level element, to the handler that the state's row names. */
void stream_dispatch(struct stream *s, const struct xml_node *node);
/* The deadline has passed. */
void stream_expire(struct stream *s);
/* "the stream features": what the state waits for, "" when nothing. */
const char *stream_awaits(const struct stream *s);

/* framing.c */
void stream_write_header(struct stream *s);
void stream_write_end(struct stream *s); /* </stream:stream> */
/* What was appended to `out` from this offset on is one element and becomes a message of its own, if such is
 * the stream's framing; it may grow by its namespace. */
void stream_frame(struct stream *s, size_t from);

/* messages.c */
/* The parser begins anew, and is ready for first-level elements if the stream comes in messages. */
void stream_begin_document(struct stream *s);
void stream_feed_message(struct stream *s, const char *bytes, size_t len);
/* The element of a message. */
void stream_on_message(struct stream *s, const struct xml_node *node);

/* header.c */
/* Sends our header on a fresh parser and waits for the peer's (RFC 6120 4.3.3). */
void stream_restart(struct stream *s);
void stream_on_header(struct stream *s, const struct xml_node *root);

/* login.h: the login, whatever its XML */

/* early.c */
/* Right behind the header: begins with what the server will offer, if that is known. */
void stream_begin_early(struct stream *s);
/* The features are there: enters the state of what was begun early. False: nothing was. */
bool stream_go_on_early(struct stream *s);
void stream_confirm_login(struct stream *s, const struct xml_node *features);

/* features.c, starttls.c, auth.c, bind.c, ready.c: the handlers of the table */
void stream_begin_session(struct stream *s);
void stream_on_features(struct stream *s, const struct xml_node *features);
void stream_begin_tls(struct stream *s);
void stream_on_proceed(struct stream *s, const struct xml_node *node);
void stream_on_tls_failure(struct stream *s, const struct xml_node *node);
/* Chooses a mechanism of these features and starts with it; ends the stream when there is none. */
/* With the offers that are expected (login_expect_offers); false when that is nothing to begin early with. */
bool stream_begin_auth_again(struct stream *s);
void stream_begin_auth(struct stream *s, const struct xml_node *features);
void stream_on_challenge(struct stream *s, const struct xml_node *node);
void stream_on_success(struct stream *s, const struct xml_node *node);
void stream_on_auth_failure(struct stream *s, const struct xml_node *node);
/* component.c */
/* The handshake; id: of the server's header. */
void stream_begin_handshake(struct stream *s, struct str id);
void stream_on_handshake(struct stream *s, const struct xml_node *node);

/* register.c */
/* Before the login. False: it is not to be, or not offered. */
bool stream_begin_registration(struct stream *s, const struct xml_node *features);
/* The login has failed, perhaps because there is no account. False: that was all. */
bool stream_register_after_all(struct stream *s);
/* May PLAIN, or what shows the password as it does, be used here? */
bool stream_may_show_password(const struct stream *s);
void stream_on_registration(struct stream *s, const struct xml_node *iq);

/* legacy.c */
void stream_begin_legacy(struct stream *s);
void stream_on_legacy(struct stream *s, const struct xml_node *iq);

void stream_begin_bind(struct stream *s);
/* Is it the answer to the iq that the state waits for? */
bool stream_is_answer(const struct stream *s, const struct xml_node *iq);
bool stream_is_full_jid(struct str text);
/* s->jid is ours: READY. */
void stream_become_bound(struct stream *s);
/* What the features say of the server's abilities. */
void stream_read_abilities(struct stream *s, const struct xml_node *features);
void stream_on_bound(struct stream *s, const struct xml_node *iq);
void stream_on_session(struct stream *s, const struct xml_node *iq);
void stream_on_stanza(struct stream *s, const struct xml_node *stanza);
void stream_on_iq(struct stream *s, const struct xml_node *iq);
/* The stanza that is with the owner counts from now on (XEP-0198 4). */
void stream_handled(struct stream *s);
void stream_check_alive(struct stream *s);
void stream_heard(struct stream *s);
/* A stanza from this offset of `out` on is complete: kept until it is proven to have arrived. */
void stream_keep(struct stream *s, size_t from);
/* The answer to the question has come. */
void stream_answered(struct stream *s);
/* READY: stanzas may flow. */
void stream_become_ready(struct stream *s);

/* sasl2.c */
/* Logs in by XEP-0388, if these features have it and it may be used; else false, and nothing was done. */
bool stream_begin_sasl2(struct stream *s, const struct xml_node *features);
/* Behind our header: the whole login, where enough is known for that. */
void stream_pipe_login(struct stream *s);
/* The features of a stream on which that has happened. */
void stream_on_piped_features(struct stream *s, const struct xml_node *features);
/* The stream ends while a login by token waits for its answer: was that the reason? */
void stream_token_in_vain(struct stream *s, struct stream_reason *r);
void stream_on_challenge2(struct stream *s, const struct xml_node *node);
void stream_on_success2(struct stream *s, const struct xml_node *node);
void stream_on_failure2(struct stream *s, const struct xml_node *node);
void stream_on_continue(struct stream *s, const struct xml_node *node);

/* bind2.c */
unsigned stream_read_inlines(const struct xml_node *authentication);
/* Into <authenticate/>: all that may be asked for. */
void stream_write_inlines(struct stream *s);
/* What came of it, in <success/> with our address; the state follows. */
void stream_take_inlines(struct stream *s, const struct xml_node *success, struct str jid);
void stream_on_late_features(struct stream *s, const struct xml_node *features);
void stream_on_early(struct stream *s, const struct xml_node *node);

/* manage.c */
/* The server cannot resume the session (any more), as this <failed/> says. */
void stream_forget_session(struct stream *s, const struct xml_node *failed);
/* <resume/> (XEP-0198 5) and true, where there is a session that can be resumed here. */
bool stream_begin_resume(struct stream *s);
/* <enable/> (3), where the server has it. */
void stream_enable(struct stream *s);
void stream_on_enabled(struct stream *s, const struct xml_node *node);
void stream_on_not_enabled(struct stream *s, const struct xml_node *node);
void stream_on_resumed(struct stream *s, const struct xml_node *node);
void stream_on_not_resumed(struct stream *s, const struct xml_node *node);
void stream_on_request(struct stream *s, const struct xml_node *node);
void stream_on_ack(struct stream *s, const struct xml_node *node);
void stream_write_ack(struct stream *s);
/* Both as on the stream, but written into `out` (SASL2: inside <authenticate/>), and the answer without what
 * comes of it. */
void stream_write_resume(struct stream *s, struct buf *out);
void stream_write_enable(const struct stream *s, struct buf *out);

/* reason.c */
/* Ends the stream: </stream:stream> if that can be said, then closed(). condition: literal or "". */
void stream_give_up(struct stream *s, enum stream_end end, const char *condition, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The same where it was the peer who said so (by_peer). */
void stream_rejected(struct stream *s, enum stream_end end, const char *condition, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The same after a stream error of ours (4.9.1.1): STREAM_END_ERROR with that condition. */
void stream_fault(struct stream *s, const char *condition, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The peer ends it: a stream error (4.9), its </stream:stream> (4.4), or silence. */
void stream_on_error(struct stream *s, const struct xml_node *error);
void stream_on_peer_close(struct stream *s);
void stream_on_bad_xml(struct stream *s, const struct xml_error *error);
void stream_timed_out(struct stream *s);
void stream_transport_lost(struct stream *s, const char *why);
/* An element that is not expected: of a content namespace that is not ours (4.8.3), of no known kind
 * (4.9.3.24)… */
void stream_refuse_element(struct stream *s, const struct xml_node *node);
/* … or a stanza before the stream is ready for it (4.9.3.12). */
void stream_refuse_early(struct stream *s, const struct xml_node *node);
void stream_finish_closing(struct stream *s);
/* </stream:stream>, unless it was said or nothing may be said now. */
void stream_write_close(struct stream *s);

/* quote.c: what a peer wrote, made fit for a log line */
enum { QUOTE_LEN = 128 };
/* Writes `: "text"`, or nothing for an empty text; returns out. */
const char *quote_text(char out[QUOTE_LEN], struct str text);
/* Copies the name of a condition, or "undefined-condition" when it could not be one; returns out. */
enum { CONDITION_LEN = 64 };
const char *quote_condition(char out[CONDITION_LEN], struct str name);

/* trace.c */
/* What was appended to `out` from this offset on (buf_len before) has become final: one element, or a header.
 */
void stream_wrote(struct stream *s, size_t from);
void stream_trace_in(struct stream *s, const struct xml_node *node);
void stream_trace_text(struct stream *s, const char *text);
/* Appends the text with passwords and SASL payloads replaced by "***". */
void trace_mask(struct buf *out, const char *text, size_t len);

#endif
