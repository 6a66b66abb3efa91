/* SPDX-License-Identifier: MIT */
/* sm_internal: what sm.c (the counters) and sm_text.c (their form on disk) share. Nobody else includes it. */
#ifndef COUPLET_XMPP_SM_INTERNAL_H
#define COUPLET_XMPP_SM_INTERNAL_H

#include "xmpp/sm.h"
#include "xmpp/sm_queue.h"

struct sm {
    struct sm_queue live; /* of this session, numbered from acked + 1 on */
    struct sm_queue old;  /* of sessions that are over */
    uint32_t acked;       /* the last h of the server's */
    uint32_t handled;     /* our h */
    bool is_on;
    bool is_doubted;  /* resumed, and no <a/> since */
    uint8_t mute;     /* resumptions in a row that stayed without one, though the server was asked */
    uint8_t vain;     /* resumptions in a row that the server was asked for and did not answer */
    uint64_t *proven; /* owned; marks of what arrived, until sm_take_proven */
    size_t proven_count;
    char *id, *location, *jid; /* owned; id NULL: cannot be resumed */
    uint32_t max_s;
    /* what the text on disk has already */
    bool is_rewritten; /* only a whole text will do */
    uint32_t told_acked, told_handled, told_sent;
};

#endif
