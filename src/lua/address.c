/* SPDX-License-Identifier: MIT */
#include "lua/address.h"

static bool is_of_component(const struct bot *b, struct str from) {
    struct jid j;
    if (jid_parse(from, &j, NULL) < 0)
        return false;
    bool is_ours = strcmp(j.host, b->config->jid.host) == 0;
    jid_finish(&j);
    return is_ours;
}

int address_check(const struct bot *b, struct str asked, struct str *from, struct str to, struct err *err) {
    if (!b->config->is_component)
        return 0;
    if (from->s == NULL)
        *from = asked.s != NULL ? asked : str_of(b->bare);
    else if (!is_of_component(b, *from))
        return err_set(err, "a component speaks for its own addresses only: from '%s' is none of %s", from->s,
                       b->bare);
    if (to.len == 0)
        return err_set(err, "a component's stanza needs `to`");
    return 0;
}
