/* SPDX-License-Identifier: MIT */
/* counts: what an account has done since the process started, for those who watch it from outside. Counted
 * only where somebody asks for it (session_shared.is_counted): it costs no memory elsewhere. */
#ifndef COUPLET_SESSION_COUNTS_H
#define COUPLET_SESSION_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COUNT_MESSAGE, COUNT_PRESENCE, COUNT_IQ, COUNT_KINDS };

struct session_counts {
    uint64_t in[COUNT_KINDS], out[COUNT_KINDS]; /* stanzas */
    uint64_t bytes_in, bytes_out;               /* of XMPP, before TLS and below WebSocket */
    uint64_t attempts;                          /* to connect */
    uint64_t fresh, resumed;                    /* sessions that were made, and that went on after a break */
    uint64_t losses;                            /* ends of a connection that was online */
    int64_t acked_ms;                           /* of the loop: the server acknowledged something; 0: never */
    uint32_t acked;
};

struct session; /* session.h */

struct session_facts {
    const char *state;                   /* "online", "connecting", …: session_state_names */
    bool is_connected;                   /* stanzas go over the wire */
    double for_s;                        /* how long it is connected, or is not; <0: it never was connected */
    size_t unacked;                      /* stanzas that the server has not acknowledged */
    double unacked_s;                    /* how old the oldest of them is; 0: there is none */
    double acked_s;                      /* since the last of them was; <0: never, or not counted */
    const char *jid;                     /* full; NULL: not online */
    const char *reason;                  /* why it is not connected, for people; "": nobody knows */
    const struct session_counts *counts; /* borrowed; NULL: not counted */
};

extern const char *const session_state_names[];                          /* NULL-ended */
void session_look(const struct session *s, struct session_facts *facts); /* what is lent is for now */

/* One more stanza, which begins at text. counts may be NULL. */
static inline void session_count(uint64_t counts[COUNT_KINDS], const char *text, size_t len) {
    if (len > 2 && text[0] == '<')
        counts[text[1] == 'm' ? COUNT_MESSAGE : text[1] == 'p' ? COUNT_PRESENCE : COUNT_IQ]++;
}

#endif
