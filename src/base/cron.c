/* SPDX-License-Identifier: MIT */
#include "base/cron.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIELDS = 5, TEXT_MOST = 200, ITEM_MOST = 40 };

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
                                          "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const day_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

static const struct field {
    const char *what;
    int least, most;
    const char *const *names; /* the first one is `least` */
} fields[FIELDS] = {
    {"minute", 0, 59, NULL},
    {"hour", 0, 23, NULL},
    {"day of the month", 1, 31, NULL},
    {"month", 1, 12, month_names},
    {"day of the week", 0, 7, day_names},
};

static const struct word {
    const char *name, *means;
} words[] = {
    {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"},
};

/* ---- one item: "*", "5", "mon-fri", "0-30" and "/10" behind it ---- */

static int number_of(const char *text) {
    size_t len = strspn(text, "0123456789");
    return len > 0 && len <= 4 && text[len] == '\0' ? (int)strtol(text, NULL, 10) : -1;
}

static int read_value(const struct field *f, const char *text, int *out, struct err *err) {
    for (int i = 0; f->names != NULL && f->names[i] != NULL; i++) {
        if (strcasecmp(f->names[i], text) == 0) {
            *out = f->least + i;
            return 0;
        }
    }
    *out = number_of(text);
    if (*out >= f->least && *out <= f->most)
        return 0;
    return err_set(err, "%s: '%s' is no number from %d to %d%s%s", f->what, text, f->least, f->most,
                   f->names == month_names ? " and no name like jan" : "",
                   f->names == day_names ? " and no name like mon" : "");
}

static int read_ends(const struct field *f, char *item, int *from, int *to, struct err *err) {
    char *dash = strchr(item, '-');
    if (dash != NULL)
        *dash++ = '\0';
    if (read_value(f, item, from, err) < 0 || read_value(f, dash != NULL ? dash : item, to, err) < 0)
        return -1;
    if (*to == 0 && *from > 0 && f->names == day_names)
        *to = 7; /* sat-sun */
    if (*to < *from)
        return err_set(err, "%s: the range %s-%s ends before it begins", f->what, item, dash);
    return 0;
}

static int read_item(const struct field *f, char *item, uint64_t *set, struct err *err) {
    int from = f->least, to = f->names == day_names ? 6 : f->most, step = 1;
    char *slash = strchr(item, '/');
    if (slash != NULL)
        *slash++ = '\0';
    bool is_span = strcmp(item, "*") == 0 || strchr(item, '-') != NULL;
    if (slash != NULL && (step = number_of(slash)) < 1)
        return err_set(err, "%s: the step '%s' is no number from 1 on", f->what, slash);
    if (slash != NULL && !is_span)
        return err_set(err, "%s: a step stands behind '*' or a range, as in '*/%d' or '%s-%d/%d'", f->what,
                       step, item, f->most, step);
    if (strcmp(item, "*") != 0 && read_ends(f, item, &from, &to, err) < 0)
        return -1;
    for (int i = from; i <= to; i += step)
        *set |= (uint64_t)1 << i;
    return 0;
}

static int read_field(const struct field *f, const char *text, size_t len, uint64_t *set, struct err *err) {
    char item[ITEM_MOST];
    for (const char *end = text + len;;) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        size_t n = (size_t)((comma != NULL ? comma : end) - text);
        if (n == 0 || n >= sizeof(item))
            return err_set(err, "%s: a number, a range, '*', or a list of those is expected", f->what);
        memcpy(item, text, n);
        item[n] = '\0';
        if (read_item(f, item, set, err) < 0)
            return -1;
        if (comma == NULL)
            return 0;
        text = comma + 1;
    }
}

/* ---- the whole ---- */

/* Is there a month that has such a day? Where both days are stated the week's comes anyway. */
static bool can_come(const struct cron *c) {
    static const int last[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!c->is_any_day && !c->is_any_weekday)
        return true;
    for (int month = 1; month <= 12; month++)
        if ((c->months >> month & 1) != 0 && (c->days & (((uint64_t)2 << last[month - 1]) - 1)) != 0)
            return true;
    return false;
}

static int wrong_count(size_t count, struct err *err) {
    return err_set(err,
                   "five fields were expected, minute hour day month weekday, as in '0 9 * * mon-fri'; "
                   "there %s %zu",
                   count == 1 ? "is" : "are", count);
}

static const char *meaning(const char *text, struct err *err) {
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(words[i].name, text) == 0)
            return words[i].means;
    if (strcasecmp(text, "@reboot") == 0)
        err_set(err, "@reboot is no time: a hook of 'event: start' runs then");
    else
        err_set(err, "'%.40s' is none of @hourly, @daily, @weekly, @monthly and @yearly", text);
    return NULL;
}

static size_t split(const char *text, const char *at[FIELDS], size_t len[FIELDS]) {
    size_t count = 0;
    for (text += strspn(text, " \t"); *text != '\0'; text += strspn(text, " \t")) {
        size_t n = strcspn(text, " \t");
        if (count < FIELDS) {
            at[count] = text;
            len[count] = n;
        }
        count++;
        text += n;
    }
    return count;
}

int cron_parse(struct cron *c, const char *text, struct err *err) {
    const char *at[FIELDS];
    size_t len[FIELDS];
    uint64_t sets[FIELDS] = {0};
    if (strlen(text) > TEXT_MOST)
        return err_set(err, "that is too long");
    if (text[0] == '@' && (text = meaning(text, err)) == NULL)
        return -1;
    size_t count = split(text, at, len);
    if (count != FIELDS)
        return wrong_count(count, err);
    for (int i = 0; i < FIELDS; i++)
        if (read_field(&fields[i], at[i], len[i], &sets[i], err) < 0)
            return -1;
    *c = (struct cron){sets[0],
                       (uint32_t)sets[1],
                       (uint32_t)sets[2],
                       (uint32_t)sets[3],
                       (uint32_t)((sets[4] | sets[4] >> 7) & 0x7F),
                       *at[2] == '*',
                       *at[4] == '*'};
    return can_come(c) ? 0 : err_set(err, "no such month has such a day: this never comes");
}
