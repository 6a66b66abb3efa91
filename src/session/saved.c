/* SPDX-License-Identifier: MIT */
/*
 * saved: what a session leaves on disk, so that the next process can resume it (XEP-0198 5) and sends again
 * what nobody acknowledged. It is written at the end of each loop turn *before* the turn's bytes go out: were
 * it the other way round, a process that dies in between would come back with counters that the server
 * contradicts. A stanza of the server's whose handler ran in the turn that died comes again.
 * A second file has what is known of the server (memory.h); it changes with logins only.
 */
#include "session/internal.h"

#include "base/jid.h"
#include "base/mem.h"
#include "store/state_file.h"
#include "xmpp/memory.h"

enum { LEN_MAX = 1 << 20, RETRY_MS = 10000 };

/* A session of another address is nothing to us. */
static bool is_ours(const struct session *s, const struct sm *sm) {
    const struct jid *own = &s->config->jid;
    struct jid_parts p;
    if (sm_jid(sm) == NULL)
        return true;
    return jid_split(str_of(sm_jid(sm)), &p) == 0 && str_is(p.host, own->host) &&
           (own->node == NULL || str_is(p.node, own->node));
}

static void restore_sm(struct session *s, struct str text, struct err *err) {
    struct sm *sm = sm_new();
    int r = sm_read(sm, text, err);
    if (r == 0 && !is_ours(s, sm))
        r = err_set(err, "it is another account's");
    struct sm *unused = r == 0 ? s->sm : sm;
    s->sm = r == 0 ? sm : s->sm;
    sm_free(unused);
}

static void restore_known(struct session *s, struct str text, struct err *err) {
    memory_read(s->known, text, err);
}

/* What cannot be read stays on disk until there is something new to write. what: NULL: that it is not saved
 * is no news. */
static struct state_file *open_file(struct session *s, const char *suffix, const char *what,
                                    void (*read)(struct session *s, struct str text, struct err *err)) {
    struct buf text = BUF_INIT, name = BUF_INIT;
    struct err err = ERR_INIT;
    buf_addf(&name, "%s%s", session_name(s), suffix);
    struct state_file *f = state_file_open(s->shared.state_folder, buf_data(&name), &text, &err);
    if (f == NULL)
        log_at(s->shared.log, what != NULL ? LOG_WARN : LOG_DEBUG, session_name(s), "%s is not saved: %s",
               what != NULL ? what : buf_data(&name), err.text);
    else if (buf_len(&text) > 0)
        read(s, (struct str){buf_data(&text), buf_len(&text)}, &err);
    if (f != NULL && err.text[0] != '\0')
        log_warn(s->shared.log, session_name(s), "what was saved (%s) is not used: %s", buf_data(&name),
                 err.text);
    buf_finish(&text);
    buf_finish(&name);
    return f;
}

void session_restore(struct session *s) {
    if (s->shared.state_folder == NULL)
        return;
    char *account = jid_bare(&s->config->jid);
    memory_belongs_to(s->known, account);
    mem_free(account);
    s->file = open_file(s, "", "the session", restore_sm);
    /* What keeps both from being written is told once. */
    s->known_file =
        open_file(s, "-known", s->file != NULL ? "what is known of the server" : NULL, restore_known);
}

static bool is_empty(const struct session *s) {
    return !sm_can_resume(s->sm) && sm_live_count(s->sm) + sm_old_count(s->sm) == 0;
}

static int write_whole(struct session *s, struct buf *text, struct err *err) {
    buf_clear(text);
    sm_write(s->sm, text);
    return state_file_replace(s->file, text, err);
}

static int write_changes(struct session *s, struct err *err) {
    struct buf text = BUF_INIT;
    bool is_short = state_file_len(s->file) < LEN_MAX && sm_journal(s->sm, &text);
    int r = !is_short            ? write_whole(s, &text, err)
            : buf_len(&text) > 0 ? state_file_append(s->file, &text, err)
                                 : 0;
    buf_finish(&text);
    return r;
}

/* What is on disk and no longer true would be worse than nothing. */
static void give_up(struct session *s, const struct err *err) {
    log_error(s->shared.log, session_name(s), "the session is not saved for now: %s", err->text);
    state_file_remove(s->file);
    sm_touch(s->sm);
    s->save_again_ms = session_now_ms(s) + RETRY_MS;
}

static void save_known(struct session *s) {
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    if (s->known_file == NULL || !memory_is_changed(s->known))
        return;
    memory_write(s->known, &text);
    if (state_file_replace(s->known_file, &text, &err) != 0)
        log_error(s->shared.log, session_name(s), "what is known of the server is not saved: %s", err.text);
    mem_wipe(text.data, text.cap); /* a token of XEP-0484 is as good as a password */
    buf_finish(&text);
}

void session_save(struct session *s) {
    struct err err = ERR_INIT;
    save_known(s);
    if (s->file == NULL || session_now_ms(s) < s->save_again_ms)
        return;
    if (is_empty(s)) {
        if (state_file_len(s->file) > 0) {
            state_file_remove(s->file);
            sm_touch(s->sm);
        }
    } else if (write_changes(s, &err) != 0) {
        give_up(s, &err);
    }
}

void session_close_files(struct session *s) {
    state_file_free(s->file);
    state_file_free(s->known_file);
}

bool session_is_saved(const struct session *s) {
    return s->file != NULL && session_now_ms(s) >= s->save_again_ms;
}
