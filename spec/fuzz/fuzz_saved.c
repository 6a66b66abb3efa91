/* SPDX-License-Identifier: MIT */
/*
 * fuzz_saved: the two files that a session leaves on disk, damaged in any way: sm_read and memory_read.
 * Promised: a file that was taken, written again, is taken again and written the same; no more stanzas come
 * out than lines went in; a file that is refused has a reason that holds none of its text.
 */
#include "fuzz.h"
#include "xmpp/memory.h"
#include "xmpp/sm.h"

static size_t count_lines(struct str text) {
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.s[i] == '\n';
    return lines;
}

static void write_sm(struct str text, struct buf *out) {
    struct sm *sm = sm_new();
    struct err err = ERR_INIT;
    if (sm_read(sm, text, &err) == 0) {
        demand(sm_live_count(sm) + sm_old_count(sm) <= count_lines(text), "a stanza is a line");
        demand(!sm_is_on(sm), "no stream is there yet");
        demand(!sm_can_resume(sm) || sm_jid(sm) != NULL, "a session has an address");
        sm_write(sm, out);
    } else {
        demand(err.text[0] != '\0', "a refusal has a reason");
    }
    sm_free(sm);
}

static void write_memory(struct str text, struct buf *out) {
    struct memory *m = memory_new();
    struct err err = ERR_INIT;
    struct memory_token token;
    memory_belongs_to(m, "user@example.org");
    if (memory_read(m, text, &err) == 0) {
        demand(!memory_is_changed(m), "what was read is on disk already");
        demand(!memory_find_token(m, &token) || strlen(token.token) <= MEMORY_TOKEN_MAX,
               "a token is bounded");
        memory_write(m, out);
    } else {
        demand(err.text[0] != '\0', "a refusal has a reason");
    }
    memory_free(m);
}

static void check(struct str in, void (*write)(struct str text, struct buf *out)) {
    struct buf once = BUF_INIT, twice = BUF_INIT;
    write(in, &once);
    if (buf_len(&once) > 0) {
        write(fuzz_view(&once), &twice);
        demand(str_eq(fuzz_view(&once), fuzz_view(&twice)), "write(read(file)) is a fixed point");
    }
    buf_finish(&once);
    buf_finish(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct str in = fuzz_bytes(data, len);
    check(in, write_sm);
    check(in, write_memory);
    fuzz_bytes_free(in);
    return 0;
}
