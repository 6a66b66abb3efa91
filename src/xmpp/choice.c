/* SPDX-License-Identifier: MIT */
/*
 * The rules. Who may be in between has a certificate for the server's domain that we trust, or he would not
 * come as far as this; against him stand channel binding, the memory and XEP-0474.
 *
 * 1. The order is ours (RFC 6120 6.3.3): EXTERNAL where there is a certificate, then what is bound to the TLS
 *    session, then SCRAM without that, last what shows the secret (13.8.3). Within these classes the owner's
 *    list counts. A failure never leads down a class, whatever the server says of it: if it offers -PLUS, the
 *    login is bound or there is none.
 * 2. Offers that lack all that is as strong as what was there at a login that worked are refused; so is PLAIN
 *    after SCRAM. Unless the server vouches for what it offers now (XEP-0474 7): that is tried where it did
 *    so before.
 * 3. The type of the binding: of those that the server lists (XEP-0440) the best that we have. It lists none
 *    of ours: on without binding, if it vouches for the list. It lists types, and no -PLUS: refused (3,
 *    rule 5). It lists nothing: with TLS 1.3 tls-exporter (RFC 9266 3), with 1.2 tls-unique (RFC 5802 6.1).
 * 4. gs2 flag 'y' exactly where we could have bound and no -PLUS was offered: a server that did offer one
 *    then knows that somebody took it away (RFC 5802 6).
 *
 * The way back. ejabberd up to 23.01 offers -PLUS on TLS 1.3, lists nothing, and knows one type, which it
 * calls tls-unique: the client's Finished message. tls-exporter ends in not-authorized there, as a wrong
 * password would. A second try without binding would be the hole: he in between lets every bound login fail
 * until we come without ('n'), or with 'y', which the honest server refuses. So the second try is bound, too,
 * to that Finished. RFC 9266 does not define tls-unique for TLS 1.3, yet the binding is sound there: Finished
 * is a MAC of full length over the whole handshake, both key shares and the certificate, under a key made
 * from them (RFC 8446 4.4.4), and so no two handshakes have the same one; what broke tls-unique before was
 * that the secrets of TLS 1.2 were not tied to the handshake. With the extended master secret they are, and
 * such servers take the client's Finished in a resumed session of 1.2 as well, where RFC 5929 3.1 means the
 * server's: the same way back. It is used where the server lists no types (a list is believed), after the
 * type of the RFC has failed, or at once where it has worked before. Which one worked is remembered, so that
 * the hopeless is tried once. An owner who wants no binding lists mechanisms without -PLUS.
 * Implements: XEP-0440 1.0.0
 */
#include "xmpp/choice.h"

/* Types in our order (XEP-0440 3, rule 7). FINISHED is the way back, and said as "tls-unique". */
#define EXPORTER  "tls-exporter"
#define END_POINT "tls-server-end-point"
#define UNIQUE    "tls-unique"
#define FINISHED  STREAM_BINDING_FINISHED

/* ---- the channel binding ---- */

static const struct stream_binding *binding_of(const struct choice *c, const char *type) {
    for (size_t i = 0; i < c->binding_count; i++)
        if (strcmp(c->bindings[i].type, type) == 0)
            return &c->bindings[i];
    return NULL;
}

static const struct stream_binding *listed_binding(const struct choice *c) {
    static const char *const order[] = {EXPORTER, END_POINT, UNIQUE};
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        if (choice_lists_type(c, order[i]) && binding_of(c, order[i]) != NULL)
            return binding_of(c, order[i]);
    return NULL;
}

static bool remembers_binding(const struct choice *c, const char *type) {
    const char *known = c->memory != NULL ? memory_binding(c->memory) : NULL;
    return known != NULL && strcmp(known, type) == 0;
}

/* The first guess, or the second. */
static const struct stream_binding *guessed_binding(const struct choice *c) {
    const struct stream_binding *by_rfc = binding_of(c, c->is_tls_1_3 ? EXPORTER : UNIQUE);
    const struct stream_binding *finished = binding_of(c, FINISHED);
    bool finished_first = remembers_binding(c, FINISHED);
    const struct stream_binding *b =
        finished != NULL && finished_first != c->is_guess_failed ? finished : by_rfc;
    return b != NULL ? b : binding_of(c, END_POINT);
}

static const struct stream_binding *best_binding(const struct choice *c) {
    return c->has_types ? listed_binding(c) : guessed_binding(c);
}

/* ---- what may be used ---- */

static bool is_listed(const struct choice *c, const struct sasl_mechanism *m) {
    if (c->allowed == NULL)
        return (m->flags & SASL_DEFAULT) != 0;
    for (char **name = c->allowed; *name != NULL; name++)
        if (strcmp(*name, m->name) == 0)
            return true;
    return false;
}

/* By us, whatever the server offers. */
static bool is_possible(const struct choice *c, const struct sasl_mechanism *m) {
    if (!is_listed(c, m))
        return false;
    if ((m->flags & (SASL_PASSWORD | SASL_TOKEN)) && !c->has_password)
        return false;
    if ((m->flags & SASL_CERTIFICATE) && !(c->has_certificate && c->is_secured))
        return false;
    if ((m->flags & SASL_BINDS) && c->binding_count == 0)
        return false;
    if ((m->flags & SASL_TLS_ONLY) && !c->is_secured)
        return false;
    return !(m->flags & SASL_SHOWS) || c->is_secured || c->allowed != NULL;
}

static bool is_usable(const struct choice *c, int i) {
    const struct sasl_mechanism *m = sasl_mechanism_at((size_t)i);
    return (c->offered >> i & 1) && is_possible(c, m) &&
           (!(m->flags & SASL_BINDS) || best_binding(c) != NULL);
}

static bool can_bind(const struct choice *c) {
    const struct sasl_mechanism *m;
    for (size_t i = 0; (m = sasl_mechanism_at(i)) != NULL; i++)
        if ((m->flags & SASL_BINDS) && is_possible(c, m))
            return true;
    return false;
}

static bool is_external(const struct sasl_mechanism *m) {
    return (m->flags & SASL_CERTIFICATE) != 0;
}

/* Number `rank` of the owner's list, or of the table; -1: past its end, -2: not spoken here. */
static int listed_at(const struct choice *c, size_t rank) {
    if (c->allowed == NULL)
        return sasl_mechanism_at(rank) != NULL ? (int)rank : -1;
    for (size_t i = 0; i <= rank; i++)
        if (c->allowed[i] == NULL)
            return -1;
    int i = sasl_mechanism_index(str_of(c->allowed[rank]));
    return i >= 0 ? i : -2;
}

/* The first that was not tried: EXTERNAL, or of this class. */
static const struct sasl_mechanism *first_left(const struct choice *c, bool external, int class) {
    int i;
    for (size_t rank = 0; (i = listed_at(c, rank)) != -1; rank++) {
        if (i < 0 || !is_usable(c, i) || (c->tried >> i & 1))
            continue;
        const struct sasl_mechanism *m = sasl_mechanism_at((size_t)i);
        if (is_external(m) ? external : !external && m->strength / SASL_CLASS == class)
            return m;
    }
    return NULL;
}

/* The strongest that is offered and usable, tried or not; NULL: nothing. */
static const struct sasl_mechanism *strongest(const struct choice *c, bool external_too) {
    const struct sasl_mechanism *m, *best = NULL;
    for (int i = 0; (m = sasl_mechanism_at((size_t)i)) != NULL; i++)
        if (is_usable(c, i) && (external_too || !is_external(m)) &&
            (best == NULL || m->strength > best->strength))
            best = m;
    return best;
}

/* Rule 1. */
static const struct sasl_mechanism *next_mechanism(const struct choice *c) {
    const struct sasl_mechanism *best = strongest(c, true), *external = first_left(c, true, 0);
    if (external != NULL || best == NULL)
        return external;
    return first_left(c, false, best->strength / SASL_CLASS);
}

/* ---- what smells ---- */

/* What was offered before, as far as the owner still wants it; NULL: nothing, or not remembered. */
static const struct sasl_mechanism *remembered(const struct choice *c) {
    const char *name = c->memory != NULL && c->is_secured ? memory_strongest(c->memory) : NULL;
    int i = name != NULL ? sasl_mechanism_index(str_of(name)) : -1;
    const struct sasl_mechanism *m = i >= 0 ? sasl_mechanism_at((size_t)i) : NULL;
    return m != NULL && is_listed(c, m) ? m : NULL;
}

/* Where we have no binding at all (BOSH), what binds is as strong as the same that does not. */
static int strength_here(const struct choice *c, const struct sasl_mechanism *m) {
    return (m->flags & SASL_BINDS) && c->binding_count == 0 ? m->strength - SASL_CLASS : m->strength;
}

/* Rule 2, of what comes where EXTERNAL is not, or has failed. */
static bool is_weaker(const struct choice *c) {
    const struct sasl_mechanism *before = remembered(c), *now = strongest(c, false);
    return before != NULL && now != NULL && now->strength < strength_here(c, before);
}

static enum choice_result refuse_weaker(const struct choice *c, struct err *err) {
    struct buf names = BUF_INIT;
    choice_list_offers(c, &names);
    err_set(err,
            "it offers no login as strong as before: %s is missing, there is %.120s. Somebody may be in "
            "between. If the server was changed, list what may be used in `sasl:`, or remove what was saved "
            "of this account",
            remembered(c)->name, buf_data(&names));
    buf_finish(&names);
    return CHOICE_REFUSED;
}

/* Rule 3: XEP-0440 3, rules 4 and 5. */
static const char *contradiction(const struct choice *c) {
    if (!can_bind(c))
        return NULL;
    if (c->types.count > 0 && !choice_offers_plus(c))
        return "it lists channel bindings (XEP-0440), but no mechanism that uses one; somebody may be in "
               "between. To log in without, list mechanisms without -PLUS in `sasl:`";
    if (c->is_sasl2 && c->types.count == 0 && choice_offers_plus(c))
        return "it offers mechanisms with channel binding, but lists no types of it (XEP-0440); somebody may "
               "be in between. To log in without, list mechanisms without -PLUS in `sasl:`";
    return NULL;
}

/* -PLUS is there and would be used, but for the types that are listed. */
static bool lacks_type(const struct choice *c) {
    return can_bind(c) && choice_offers_plus(c) && best_binding(c) == NULL;
}

/* ---- the choice ---- */

static enum choice_result pick_with(const struct choice *c, const struct sasl_mechanism *m,
                                    struct pick *out) {
    *out = (struct pick){.mechanism = m, .gs2 = 'n'};
    if (m->flags & SASL_BINDS) {
        out->gs2 = 'p';
        out->binding = best_binding(c);
        out->is_guessed = !c->has_types;
    } else if (can_bind(c) && !choice_offers_plus(c)) {
        out->gs2 = 'y';
    }
    return CHOICE_MADE;
}

enum choice_result choice_next(const struct choice *c, struct pick *out, struct err *err) {
    const struct sasl_mechanism *m = next_mechanism(c);
    if (m == NULL)
        return CHOICE_NONE;
    if (is_external(m))
        return pick_with(c, m, out);
    if (contradiction(c) != NULL) {
        err_set(err, "%s", contradiction(c));
        return CHOICE_REFUSED;
    }
    bool can_vouch = m->strength >= SASL_HASHED, weaker = is_weaker(c);
    if (weaker && !(can_vouch && memory_is_vouched(c->memory)))
        return refuse_weaker(c, err);
    if (lacks_type(c) && !can_vouch) {
        err_set(err, "it lists no channel binding that we have, and no mechanism that could vouch for that");
        return CHOICE_REFUSED;
    }
    pick_with(c, m, out);
    out->needs_hash = weaker || lacks_type(c);
    return CHOICE_MADE;
}

void choice_take(struct choice *c, const struct pick *pick) {
    c->tried |= 1u << sasl_mechanism_index(str_of(pick->mechanism->name));
    c->current = *pick;
}

void choice_once_more(struct choice *c) {
    c->tried &= ~(1u << sasl_mechanism_index(str_of(c->current.mechanism->name)));
}

bool choice_way_back(struct choice *c) {
    const struct stream_binding *tried = c->current.binding;
    bool is_known = tried != NULL && remembers_binding(c, tried->type) && strcmp(tried->type, EXPORTER) == 0;
    if (!c->current.is_guessed || c->is_guess_failed || is_known)
        return false;
    c->is_guess_failed = true;
    if (guessed_binding(c) == NULL || guessed_binding(c) == tried)
        return false;
    choice_once_more(c);
    return true;
}

/* In a session of TLS 1.2 that was not resumed the two are one, and tell nothing new. */
static const char *worked_binding(const struct choice *c) {
    const char *type = c->current.binding != NULL ? c->current.binding->type : NULL;
    bool is_same = type != NULL && strcmp(type, UNIQUE) == 0 && binding_of(c, FINISHED) == NULL;
    return is_same && remembers_binding(c, FINISHED) ? FINISHED : type;
}

void choice_worked(const struct choice *c, bool is_vouched) {
    const struct sasl_mechanism *now = strongest(c, true), *before = NULL;
    const struct pick *p = &c->current;
    if (c->memory == NULL)
        return;
    int i =
        memory_strongest(c->memory) != NULL ? sasl_mechanism_index(str_of(memory_strongest(c->memory))) : -1;
    before = i >= 0 ? sasl_mechanism_at((size_t)i) : NULL;
    if (now == NULL || (before != NULL && !is_vouched && before->strength > now->strength))
        now = before != NULL ? before : p->mechanism;
    memory_logged_in(c->memory, p->mechanism->name, worked_binding(c), now->name, is_vouched);
}
