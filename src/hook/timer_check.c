/* SPDX-License-Identifier: MIT */
#include "hook/timer_check.h"

#include "base/cron.h"

enum {
    EVERY_MIN_MS = 10, /* a timer faster than this is a loop */
    EVERY_MAX_S = 1000000000,
    JITTER_MAX_S = 86400
};

static int check_every(const struct hook_spec *spec, struct err *err) {
    if (spec->event != HOOK_TIMER && spec->every != 0)
        return err_set(err, "only 'event: timer' has 'every'");
    if (spec->event == HOOK_TIMER && spec->every == 0 && spec->cron == NULL)
        return err_set(err, "a timer needs 'every', as in 'every: 5m', or 'cron'");
    if (spec->every != 0 && spec->cron != NULL)
        return err_set(err, "a timer has 'every' or 'cron', not both");
    if (spec->every != 0 && !(spec->every * 1000 >= EVERY_MIN_MS))
        return err_set(err, "a timer cannot be faster than %d ms", EVERY_MIN_MS);
    if (!(spec->every <= EVERY_MAX_S))
        return err_set(err, "a timer cannot be slower than %d s", EVERY_MAX_S);
    return 0;
}

static int check_cron(const struct hook_spec *spec, struct err *err) {
    struct cron c;
    if (spec->cron != NULL && spec->event != HOOK_TIMER)
        return err_set(err, "only 'event: timer' has 'cron'");
    return spec->cron != NULL ? cron_parse(&c, spec->cron, err) : 0;
}

static int check_tz(const struct hook_spec *spec, struct err *err) {
    if (spec->tz == NULL)
        return 0;
    if (spec->cron == NULL)
        return err_set(err, "only a timer with 'cron' has a time zone");
    return zone_is_known(spec->tz) ? 0 : err_set(err, "there is no time zone '%.100s'", spec->tz);
}

static int check_jitter(const struct hook_spec *spec, struct err *err) {
    if (spec->jitter != 0 && spec->event != HOOK_TIMER)
        return err_set(err, "only 'event: timer' has 'jitter'");
    if (!(spec->jitter >= 0 && spec->jitter <= JITTER_MAX_S))
        return err_set(err, "from 0 to %d seconds are expected", JITTER_MAX_S);
    if (spec->every != 0 && spec->jitter >= spec->every)
        return err_set(err, "it must be shorter than 'every'");
    return 0;
}

static const struct check {
    const char *field;
    int (*check)(const struct hook_spec *spec, struct err *err);
} checks[] = {{"every", check_every}, {"cron", check_cron}, {"tz", check_tz}, {"jitter", check_jitter}};

int timer_check(const struct hook_spec *spec, const char **field, struct err *err) {
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        *field = checks[i].field;
        if (checks[i].check(spec, err) < 0)
            return -1;
    }
    return 0;
}
