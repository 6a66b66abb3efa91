/* SPDX-License-Identifier: MIT */
/*
 * fuzz_sm: the queue of what is not acknowledged, and its counters (XEP-0198 4), in any order of verbs: a
 * byte is a verb. Beside it runs a model that only counts. Promised: no stanza leaves but by an ack, a
 * release or sm_take_old, each one once and in the order of sending; an ack beyond what was sent changes
 * nothing; the journal on disk tells the same as the whole text.
 */
#include "fuzz.h"
#include "xmpp/sm.h"

struct model {
    struct sm *sm;
    uint32_t next;        /* number of the next stanza */
    uint32_t *old, *live; /* numbers */
    size_t old_count, live_count;
    uint32_t acked, handled;
    struct buf disk;
};

static void send(struct model *m) {
    char text[32];
    if (m->live_count + m->old_count >= 200)
        return;
    int len = snprintf(text, sizeof(text), "<m n='%u'/>", m->next);
    sm_sent(m->sm, text, (size_t)len, m->next);
    m->live[m->live_count++] = m->next++;
}

static void drop(struct model *m, size_t count) {
    m->live_count -= count;
    memmove(m->live, m->live + count, m->live_count * sizeof(*m->live));
    m->acked += (uint32_t)count;
}

static void ack(struct model *m, uint32_t delta) {
    bool is_sent = delta <= m->live_count;
    demand((sm_ack(m->sm, m->acked + delta) == 0) == is_sent, "an ack is of what was sent");
    if (is_sent)
        drop(m, delta);
}

static void end_session(struct model *m) {
    memcpy(m->old + m->old_count, m->live, m->live_count * sizeof(*m->live));
    m->old_count += m->live_count;
    m->live_count = 0;
}

static void take(struct model *m) {
    struct buf out = BUF_INIT;
    int64_t number = -1;
    bool is_there = sm_take_old(m->sm, &out, &number);
    demand(is_there == (m->old_count > 0), "what is old can be taken");
    if (is_there) {
        demand(number == m->old[0], "the oldest first");
        memmove(m->old, m->old + 1, --m->old_count * sizeof(*m->old));
    }
    buf_finish(&out);
}

static void read_again(struct model *m) {
    struct buf whole = BUF_INIT, again = BUF_INIT;
    struct err err = ERR_INIT;
    if (!sm_journal(m->sm, &m->disk)) {
        buf_clear(&m->disk);
        sm_write(m->sm, &m->disk);
    }
    struct sm *other = sm_new();
    demand(sm_read(other, fuzz_view(&m->disk), &err) == 0, "what is on disk can be read");
    sm_write(other, &again);
    sm_write(m->sm, &whole);
    demand(str_eq(fuzz_view(&whole), fuzz_view(&again)), "the journal tells the same as the whole");
    sm_free(other);
    buf_finish(&whole);
    buf_finish(&again);
}

static void check_number(void *ctx, struct str bytes, int64_t wall_ms) {
    const uint32_t **at = ctx;
    char text[32];
    snprintf(text, sizeof(text), "<m n='%u'/>", **at);
    demand(wall_ms == **at && str_is(bytes, text), "the stanzas are those that were sent, in order");
    ++*at;
}

static void check(struct model *m) {
    const uint32_t *at = m->live;
    demand(sm_live_count(m->sm) == m->live_count && sm_old_count(m->sm) == m->old_count, "no stanza is lost");
    sm_each_live(m->sm, check_number, &at);
    demand(sm_h(m->sm) == m->handled, "our h counts");
    demand(sm_count(m->sm) == (uint32_t)(m->acked + m->live_count), "sent is acked and not");
}

static void do_verb(struct model *m, uint8_t verb) {
    switch (verb % 10) {
    case 0:
        sm_start(m->sm);
        end_session(m);
        m->acked = m->handled = 0;
        break;
    case 1:
        sm_enabled(m->sm, STR_LIT("id"), verb & 128 ? STR_LIT("h:1") : STR_NONE, verb, "a@b/c");
        m->handled = 0;
        break;
    case 2:
        sm_lost(m->sm);
        end_session(m);
        m->acked = m->handled = 0;
        break;
    case 3:
        sm_handled(m->sm);
        m->handled++;
        break;
    case 4:
        ack(m, verb / 10);
        break;
    case 5:
        sm_release(m->sm, m->live_count > 0);
        drop(m, m->live_count > 0);
        break;
    case 6:
        take(m);
        break;
    case 7:
        read_again(m);
        break;
    case 8:
        sm_detached(m->sm);
        demand(!sm_is_on(m->sm), "without a stream it is not on");
        break;
    default:
        send(m);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    uint32_t old[512], live[512];
    struct model m = {.sm = sm_new(), .old = old, .live = live};
    for (size_t i = 0; i < len; i++) {
        do_verb(&m, data[i]);
        check(&m);
    }
    sm_free(m.sm);
    buf_finish(&m.disk);
    return 0;
}
