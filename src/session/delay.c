/* SPDX-License-Identifier: MIT */
#include "session/delay.h"

#include "base/wall.h"
#include "xmpp/ns.h"

#include <string.h>

void delay_write(struct buf *out, struct str message, int64_t said_ms) {
    static const char end[] = "</message>";
    size_t tail = sizeof(end) - 1;
    char stamp[WALL_STAMP_LEN];
    if (message.len <= tail || memcmp(message.s + message.len - tail, end, tail) != 0) {
        buf_add(out, message.s, message.len);
        return;
    }
    wall_stamp(said_ms, stamp);
    buf_add(out, message.s, message.len - tail);
    buf_addf(out, "<delay xmlns='" NS_DELAY "' stamp='%s'/>%s", stamp, end);
}
