/* SPDX-License-Identifier: MIT */
/*
 * The form on disk: a line for each fact, later ones count. Texts of others are base64, so that a line is a
 * line whatever is in them.
 *
 *   couplet-stream 1
 *   session ID JID MAX [LOCATION]     the session that can be resumed
 *   acked H        handled H          the counters
 *   old WALL STANZA                   of sessions that are over
 *   out WALL STANZA                   of this one, numbered from acked + 1 on; both with the mark behind it
 *
 * Behind that, sm_journal puts more lines of acked, handled and out.
 */
#include "base/base64.h"
#include "base/mem.h"
#include "xmpp/sm_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define FIRST_LINE "couplet-stream 1"

/* ---- writing ---- */

static void write_text(struct buf *out, const char *text) {
    buf_addc(out, ' ');
    base64_encode(out, text, strlen(text));
}

static void write_stanza(struct buf *out, const char *word, struct str bytes, const struct sm_entry *e) {
    buf_addf(out, "%s %" PRId64 " ", word, e->wall_ms);
    base64_encode(out, bytes.s, bytes.len);
    if (e->mark != 0)
        buf_addf(out, " %" PRId64, (int64_t)e->mark);
    buf_addc(out, '\n');
}

static void write_old(void *ctx, struct str bytes, const struct sm_entry *e) {
    write_stanza(ctx, "old", bytes, e);
}

static void write_out(void *ctx, struct str bytes, const struct sm_entry *e) {
    write_stanza(ctx, "out", bytes, e);
}

static void write_session(const struct sm *sm, struct buf *out) {
    buf_lit(out, "session");
    write_text(out, sm->id);
    write_text(out, sm->jid);
    buf_addf(out, " %" PRIu32, sm->max_s);
    if (sm->location != NULL)
        write_text(out, sm->location);
    buf_addc(out, '\n');
}

static void told(struct sm *sm) {
    sm->told_acked = sm->acked;
    sm->told_handled = sm->handled;
    sm->told_sent = sm_count(sm);
    sm->is_rewritten = false;
}

void sm_write(struct sm *sm, struct buf *out) {
    buf_lit(out, FIRST_LINE "\n");
    if (sm->id != NULL)
        write_session(sm, out);
    buf_addf(out, "acked %" PRIu32 "\nhandled %" PRIu32 "\n", sm->acked, sm->handled);
    sm_queue_each(&sm->old, 0, write_old, out);
    sm_queue_each(&sm->live, 0, write_out, out);
    told(sm);
}

bool sm_journal(struct sm *sm, struct buf *out) {
    if (sm->is_rewritten)
        return false;
    uint32_t fresh = sm_count(sm) - sm->told_sent;
    if (fresh > sm->live.count) /* came and went in between: the numbers would not fit */
        return false;
    sm_queue_each(&sm->live, sm->live.count - fresh, write_out, out);
    if (sm->acked != sm->told_acked)
        buf_addf(out, "acked %" PRIu32 "\n", sm->acked);
    if (sm->handled != sm->told_handled)
        buf_addf(out, "handled %" PRIu32 "\n", sm->handled);
    told(sm);
    return true;
}

void sm_touch(struct sm *sm) {
    sm->is_rewritten = true;
}

/* ---- reading ---- */

/* The next word of the line, and the line without it; .len 0 at the end. */
static struct str next_word(struct str *line) {
    const char *blank = line->len > 0 ? memchr(line->s, ' ', line->len) : NULL;
    struct str word = {line->s, blank != NULL ? (size_t)(blank - line->s) : line->len};
    size_t used = word.len + (blank != NULL);
    *line = (struct str){line->s + used, line->len - used};
    return word;
}

static int read_number(struct str *line, int64_t most, int64_t *out) {
    char digits[24], *end;
    struct str word = next_word(line);
    if (word.len == 0 || word.len >= sizeof(digits) || word.s[0] < '0' || word.s[0] > '9')
        return -1;
    memcpy(digits, word.s, word.len);
    digits[word.len] = '\0';
    errno = 0;
    *out = strtoll(digits, &end, 10);
    return errno == 0 && *end == '\0' && *out <= most ? 0 : -1;
}

static int read_text(struct str *line, struct buf *out) {
    struct str word = next_word(line);
    return word.len > 0 ? base64_decode(out, word.s, word.len) : -1;
}

static int read_count(struct str *line, uint32_t *out) {
    int64_t value;
    if (read_number(line, UINT32_MAX, &value) != 0)
        return -1;
    *out = (uint32_t)value;
    return 0;
}

static bool has_nul(const struct buf *b) {
    return memchr(buf_data(b), '\0', buf_len(b)) != NULL;
}

static int read_session(struct sm *sm, struct str *line) {
    struct buf id = BUF_INIT, jid = BUF_INIT, location = BUF_INIT;
    uint32_t max_s;
    int r = -1;
    if (read_text(line, &id) == 0 && read_text(line, &jid) == 0 && read_count(line, &max_s) == 0 &&
        (line->len == 0 || read_text(line, &location) == 0) && !has_nul(&id) && !has_nul(&jid) &&
        !has_nul(&location)) {
        sm_enabled(sm, (struct str){buf_data(&id), buf_len(&id)},
                   (struct str){buf_data(&location), buf_len(&location)}, max_s, buf_data(&jid));
        sm_detached(sm);
        r = 0;
    }
    buf_finish(&id);
    buf_finish(&jid);
    buf_finish(&location);
    return r;
}

static int read_stanza(struct sm_queue *q, struct str *line) {
    struct buf bytes = BUF_INIT;
    int64_t wall_ms, mark = 0;
    int r = -1;
    if (read_number(line, INT64_MAX, &wall_ms) == 0 && read_text(line, &bytes) == 0 &&
        (line->len == 0 || read_number(line, INT64_MAX, &mark) == 0)) {
        sm_queue_add(q, buf_data(&bytes), buf_len(&bytes), wall_ms);
        q->entries[q->head + q->count - 1].mark = (uint64_t)mark;
        r = 0;
    }
    buf_finish(&bytes);
    return r;
}

/* The first one sets the counter; later ones take away what was acknowledged. */
static int read_acked(struct sm *sm, struct str *line) {
    uint32_t h;
    if (read_count(line, &h) != 0)
        return -1;
    if (sm->live.count > 0)
        return sm_ack(sm, h);
    sm->acked = h;
    return 0;
}

static int read_line(struct sm *sm, struct str line) {
    struct str word = next_word(&line);
    if (str_is(word, "session"))
        return read_session(sm, &line);
    if (str_is(word, "acked"))
        return read_acked(sm, &line);
    if (str_is(word, "handled"))
        return read_count(&line, &sm->handled);
    if (str_is(word, "old"))
        return read_stanza(&sm->old, &line);
    if (str_is(word, "out"))
        return read_stanza(&sm->live, &line);
    return -1;
}

int sm_read(struct sm *sm, struct str text, struct err *err) {
    const char *at = text.s, *end = text.s + text.len, *newline;
    for (int number = 1; at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL;
         at = newline + 1, number++) {
        struct str line = {at, (size_t)(newline - at)};
        if (number == 1 ? !str_is(line, FIRST_LINE) : read_line(sm, line) != 0)
            return err_set(err, "line %d is not understood", number);
    }
    sm->is_rewritten = true;
    return 0;
}
