/* SPDX-License-Identifier: MIT */
/* ws_frames: the frames of a client's WebSocket (RFC 6455 5 to 7), by libwslay. Not a header for other rooms.
 */
#ifndef COUPLET_NET_WS_FRAMES_H
#define COUPLET_NET_WS_FRAMES_H

#include "net/websocket.h"

struct ws_frames;

/* Of callbacks, text and message_end are called, out of ws_frames_feed alone. out: borrowed, where frames go.
 * NULL: the library is missing. */
struct ws_frames *ws_frames_new(size_t message_most, const struct websocket_callbacks *callbacks, void *ctx,
                                struct buf *out, struct err *err);
void ws_frames_free(struct ws_frames *f); /* NULL accepted; not inside of a callback */
/* NULL: it goes on. Else it is over, our close frame is in out, and the text says why, after "the server". */
const char *ws_frames_feed(struct ws_frames *f, const char *bytes, size_t len);
/* In a callback: nothing more is told, nothing more is read. */
void ws_frames_stop(struct ws_frames *f);
void ws_frames_send(struct ws_frames *f, const char *text, size_t len);
void ws_frames_close(struct ws_frames *f); /* a close frame with the code 1000 */

#endif
