/* SPDX-License-Identifier: MIT */
/* What is remembered for SASL2 and FAST, and its lines of the form on disk (memory.c). */
#include "xmpp/memory_internal.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- who we are ---- */

const char *memory_agent(struct memory *m) {
    unsigned char b[16];
    if (m->agent[0] != '\0')
        return m->agent;
    random_bytes(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* version 4 … */
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80); /* … of RFC 9562 */
    snprintf(m->agent, sizeof(m->agent),
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3],
             b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
    m->is_changed = true;
    return m->agent;
}

/* ---- what the server does ---- */

unsigned memory_inlines(const struct memory *m) {
    return m->inlines;
}

void memory_keep_inlines(struct memory *m, unsigned inlines) {
    m->is_changed |= m->inlines != inlines;
    m->inlines = inlines;
}

/* ---- the token ---- */

bool memory_find_token(const struct memory *m, struct memory_token *out) {
    *out = (struct memory_token){m->token_mechanism, m->token, m->token_expires_s};
    return m->token != NULL;
}

static void set_token(struct memory *m, char *mechanism, char *token, int64_t expires_s, uint32_t count) {
    memory_drop_token(m);
    m->token_mechanism = mechanism;
    m->token = token;
    m->token_expires_s = expires_s;
    m->token_count = count;
    m->is_changed = true;
}

void memory_keep_token(struct memory *m, const char *mechanism, struct str token, int64_t expires_s) {
    if (token.len > 0 && token.len <= MEMORY_TOKEN_MAX)
        set_token(m, mem_strdup(mechanism), mem_strndup(token.s, token.len), expires_s, 0);
}

void memory_drop_token(struct memory *m) {
    if (m->token == NULL)
        return;
    mem_free(m->token_mechanism);
    mem_free_secret(m->token);
    m->token_mechanism = m->token = NULL;
    m->is_changed = true;
}

uint32_t memory_count_token(struct memory *m) {
    m->is_changed = true;
    return ++m->token_count;
}

/* ---- on disk ---- */

void memory_write_fast(const struct memory *m, struct buf *out) {
    if (m->agent[0] != '\0')
        buf_addf(out, "agent %s\n", m->agent);
    if (m->inlines != 0)
        buf_addf(out, "inline %u\n", m->inlines);
    if (m->token == NULL)
        return;
    buf_addf(out, "token %s %" PRId64 " %" PRIu32 " ", m->token_mechanism, m->token_expires_s,
             m->token_count);
    base64_encode(out, m->token, strlen(m->token));
    buf_addc(out, '\n');
}

bool memory_read_agent(struct memory *m, struct str rest) {
    if (rest.len != MEMORY_AGENT_LEN)
        return false;
    for (size_t i = 0; i < rest.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? rest.s[i] != '-' : strchr("0123456789abcdef", rest.s[i]) == NULL || rest.s[i] == '\0')
            return false;
    }
    memcpy(m->agent, rest.s, rest.len);
    return true;
}

static bool read_number(struct str word, uint64_t most, uint64_t *out) {
    *out = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (word.s[i] < '0' || word.s[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(word.s[i] - '0');
        if (*out > most)
            return false;
    }
    return word.len > 0;
}

bool memory_read_inlines(struct memory *m, struct str rest) {
    uint64_t value;
    if (!read_number(rest, UINT16_MAX, &value))
        return false;
    m->inlines = (unsigned)value;
    return true;
}

bool memory_read_token(struct memory *m, struct str rest) {
    struct buf token = BUF_INIT;
    uint64_t expires_s, count;
    char *mechanism = memory_name(memory_word(&rest));
    bool ok = mechanism != NULL && read_number(memory_word(&rest), INT64_MAX / 10, &expires_s) &&
              read_number(memory_word(&rest), UINT32_MAX, &count) &&
              base64_decode(&token, rest.s, rest.len) == 0 && buf_len(&token) > 0 &&
              buf_len(&token) <= MEMORY_TOKEN_MAX && memchr(buf_data(&token), '\0', buf_len(&token)) == NULL;
    if (ok)
        set_token(m, mechanism, buf_detach(&token), (int64_t)expires_s, (uint32_t)count);
    else
        mem_free(mechanism);
    mem_wipe(token.data, token.cap);
    buf_finish(&token);
    return ok;
}
