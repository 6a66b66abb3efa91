/* SPDX-License-Identifier: MIT */
#include "session/policy.h"

#include "base/random.h"

#include <string.h>

enum {
    COMPLAINT_MS = 60000,    /* the least wait after the first complaint, doubled by each that follows */
    FORGIVEN_MS = 600000,    /* a session that was good for so long: longer than two who fight would wait */
    LASTED_MS = 10000,       /* a session between two redirects */
    LINE_WAS_GOOD_MS = 1000, /* what broke later than that is the line's trouble, not the server's */
    SPREAD_LINE_MS = 1000,
    SPREAD_RESET_MS = 2000,
    SPREAD_SHUTDOWN_MS = 5000,
};

/* What a server says to us stands with BY_SERVER: the same condition of ours means what the peer sent. */
enum { BY_SERVER = 1, GROWS = 2 };

static const struct row {
    enum stream_end end;
    const char *condition; /* NULL: any */
    unsigned flags;
    enum policy_next next;
    int64_t least_ms;
    uint32_t spread_ms; /* of the first wait in a row: all that a server has lost come back (RFC 6120 3.3) */
} rows[] = {
    {STREAM_END_AUTH_FINAL, NULL, 0, POLICY_GIVE_UP, 0, 0}, /* not-authorized and the like: never hammered */
    {STREAM_END_AUTH_LATER, "resource-constraint", BY_SERVER | GROWS, POLICY_WAIT, COMPLAINT_MS, 0},
    {STREAM_END_AUTH_LATER, NULL, 0, POLICY_WAIT, 0, 0}, /* temporary-auth-failure */
    {STREAM_END_FORGED, NULL, 0, POLICY_WAIT, BACKOFF_MOST_MS, 0},
    {STREAM_END_ERROR, "see-other-host", BY_SERVER, POLICY_REDIRECT, 0, 0},
    {STREAM_END_ERROR, "conflict", BY_SERVER | GROWS, POLICY_WAIT, COMPLAINT_MS, 0}, /* no fight for it */
    {STREAM_END_ERROR, "policy-violation", BY_SERVER | GROWS, POLICY_WAIT, COMPLAINT_MS, 0},
    {STREAM_END_ERROR, "resource-constraint", BY_SERVER | GROWS, POLICY_WAIT, COMPLAINT_MS, 0},
    {STREAM_END_ERROR, "host-unknown", BY_SERVER | GROWS, POLICY_WAIT, COMPLAINT_MS, 0}, /* the operator's */
    {STREAM_END_ERROR, "host-gone", BY_SERVER | GROWS, POLICY_WAIT, COMPLAINT_MS, 0},
    {STREAM_END_ERROR, "system-shutdown", BY_SERVER, POLICY_WAIT, 0, SPREAD_SHUTDOWN_MS},
    {STREAM_END_ERROR, "reset", BY_SERVER, POLICY_WAIT, 0, SPREAD_RESET_MS},
    {STREAM_END_REGISTERED, NULL, 0, POLICY_AT_ONCE, 0, 0},
    {STREAM_END_NOT_REGISTERED, NULL, 0, POLICY_AT_ONCE, 0, 0},
    {STREAM_END_PEER, NULL, 0, POLICY_WAIT, 0, SPREAD_RESET_MS},
    {STREAM_END_TRANSPORT, NULL, 0, POLICY_WAIT, 0, SPREAD_LINE_MS},
    {STREAM_END_TIMEOUT, NULL, 0, POLICY_WAIT, 0, SPREAD_LINE_MS},
};
static const struct row usual = {STREAM_END_ERROR, NULL, 0, POLICY_WAIT, 0, 0};

static const struct row *row_of(const struct stream_reason *r) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].end == r->end &&
            (rows[i].condition == NULL || strcmp(rows[i].condition, r->condition) == 0) &&
            (r->by_peer || !(rows[i].flags & BY_SERVER)))
            return &rows[i];
    return &usual;
}

/* ---- waiting ---- */

static void remember_good(struct policy *p, const struct policy_end *end) {
    bool is_line = end->reason->end == STREAM_END_TRANSPORT || end->reason->end == STREAM_END_TIMEOUT;
    if (end->good_ms < 0)
        return;
    backoff_was_stable(&p->backoff, end->good_ms);
    if (is_line && end->good_ms >= LINE_WAS_GOOD_MS)
        backoff_hold(&p->backoff);
    if (end->good_ms >= FORGIVEN_MS)
        p->grudge_ms = 0;
    if (end->good_ms >= LASTED_MS)
        p->hops = 0;
}

static int64_t least_of(struct policy *p, const struct row *row) {
    if (!(row->flags & GROWS))
        return row->least_ms;
    p->grudge_ms = p->grudge_ms == 0 ? row->least_ms : p->grudge_ms * 2;
    if (p->grudge_ms > BACKOFF_MOST_MS)
        p->grudge_ms = BACKOFF_MOST_MS;
    return p->grudge_ms;
}

static struct policy_step wait_for(struct policy *p, const struct row *row) {
    bool is_first = p->backoff.base_ms == 0;
    int64_t delay = backoff_next_ms(&p->backoff, least_of(p, row));
    if (is_first && row->spread_ms > 0)
        delay += random_below(row->spread_ms + 1);
    return (struct policy_step){.next = POLICY_WAIT, .delay_ms = delay};
}

/* ---- see-other-host ---- */

static const struct row circle = {STREAM_END_ERROR, NULL, GROWS, POLICY_WAIT, COMPLAINT_MS, 0};

static const char *why_not(struct policy *p, const struct policy_end *end) {
    if (!end->is_private)
        return "it is not followed: without TLS anybody can have said that";
    if (end->is_websocket)
        return "it is not followed from a WebSocket; name the right URL in `server:`";
    if (p->hops >= POLICY_HOPS_MAX)
        return "it is not followed: the server sends us round and round";
    if (place_parse(str_of(end->reason->place), &p->place) != 0)
        return "it is not followed: that is no host, host:port or [IPv6]:port";
    return NULL;
}

static struct policy_step redirect(struct policy *p, const struct policy_end *end) {
    const char *refused = why_not(p, end);
    if (refused == NULL) {
        p->hops++;
        return (struct policy_step){.next = POLICY_REDIRECT};
    }
    bool is_circle = p->hops >= POLICY_HOPS_MAX;
    if (is_circle)
        p->hops = 0; /* after a long wait it may be otherwise */
    struct policy_step step = wait_for(p, is_circle ? &circle : &usual);
    step.refused = refused;
    return step;
}

/* ---- the whole ---- */

struct policy_step policy_decide(struct policy *p, const struct policy_end *end) {
    const struct row *row = row_of(end->reason);
    place_finish(&p->place);
    remember_good(p, end);
    if (row->next == POLICY_GIVE_UP || row->next == POLICY_AT_ONCE)
        return (struct policy_step){.next = row->next};
    if (end->reason->asked_too_much && !p->is_patient) {
        p->is_patient = true;
        return (struct policy_step){.next = POLICY_AT_ONCE};
    }
    return row->next == POLICY_REDIRECT ? redirect(p, end) : wait_for(p, row);
}

void policy_finish(struct policy *p) {
    place_finish(&p->place);
}
