/* SPDX-License-Identifier: MIT */
/* Two bots that answer each other are stopped; people, floods and programs that take their time are not. */
#include "hook/echoes.h"

#include "check.h"

#include <stdio.h>

static const struct str peer = {"other@example.org", 17};

/* They answer each other `times` times, each after delay_ms. The verdict on the last. */
static enum echoes_verdict talk(struct echoes *e, int64_t *now_ms, int times, int delay_ms) {
    enum echoes_verdict verdict = ECHOES_LISTEN;
    for (int i = 0; i < times && verdict == ECHOES_LISTEN; i++) {
        echoes_said(e, peer, *now_ms);
        *now_ms += delay_ms;
        verdict = echoes_heard(e, peer, *now_ms, NULL);
    }
    return verdict;
}

static void stopped(void) {
    struct echoes *e = echoes_new();
    int64_t now_ms = 1000, since_ms = 0;
    CHECK_INT(talk(e, &now_ms, ECHOES_MOST - 1, 100), ECHOES_LISTEN);
    echoes_said(e, peer, now_ms);
    CHECK_INT(echoes_heard(e, peer, now_ms + 100, &since_ms), ECHOES_STOP);
    CHECK_INT(since_ms, 1100);
    CHECK_INT(echoes_heard(e, peer, now_ms + 200, NULL), ECHOES_DEAF);
    CHECK_INT(echoes_heard(e, STR_LIT("somebody@example.org"), now_ms + 200, NULL), ECHOES_LISTEN);
    CHECK_INT(echoes_heard(e, peer, now_ms + 100 + ECHOES_DEAF_MS, NULL), ECHOES_LISTEN);
    now_ms += 100 + ECHOES_DEAF_MS;
    CHECK_INT(talk(e, &now_ms, ECHOES_MOST, 100), ECHOES_STOP);
    echoes_free(e);
}

static void not_stopped(void) {
    struct echoes *e = echoes_new();
    int64_t now_ms = 1000;
    CHECK_INT(talk(e, &now_ms, 1000, ECHOES_MOMENT_MS + 1), ECHOES_LISTEN); /* a person takes a while */
    for (int i = 0; i < 1000; i++) {                                        /* pauses */
        CHECK_INT(talk(e, &now_ms, ECHOES_MOST - 1, 10), ECHOES_LISTEN);
        now_ms += ECHOES_MOMENT_MS + 1;
        CHECK_INT(echoes_heard(e, peer, now_ms, NULL), ECHOES_LISTEN);
    }
    CHECK_INT(talk(e, &now_ms, 1000, 0), ECHOES_LISTEN); /* a flood: all in one turn */
    for (int i = 0; i < 1000; i++)                       /* a flood that we do not answer */
        CHECK_INT(echoes_heard(e, peer, now_ms++, NULL), ECHOES_LISTEN);
    echoes_free(e);
}

static void bounded(void) {
    struct echoes *e = echoes_new();
    char name[32];
    int64_t now_ms = 1000;
    CHECK_INT(talk(e, &now_ms, ECHOES_MOST, 100), ECHOES_STOP);
    for (int i = 0; i < ECHOES_PEERS * 100; i++) {
        snprintf(name, sizeof(name), "peer%d@example.org", i);
        echoes_said(e, str_of(name), ++now_ms);
        if (i % 10 == 0) /* who goes on is remembered */
            CHECK_INT(echoes_heard(e, peer, ++now_ms, NULL), ECHOES_DEAF);
    }
    echoes_free(e);
    echoes_free(NULL);
}

int main(void) {
    RUN(stopped);
    RUN(not_stopped);
    RUN(bounded);
    return check_done();
}
