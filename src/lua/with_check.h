/* SPDX-License-Identifier: MIT */
/* with_check: what `with:` of a hook says, looked at before anything connects, where the hook calls the
 * library. */
#ifndef COUPLET_LUA_WITH_CHECK_H
#define COUPLET_LUA_WITH_CHECK_H

#include "lua/bot.h"

/* The module, one of the library's, is at the stack index; `with` is a reference to the table that events
 * get, LUA_NOREF without one. Calls module.check_with(function, with, folder of the configuration, rooms,
 * bot), which may set things right in the table, and adds the mistakes that it returns: { { path = {…}, text
 * = }, … } or nil. Returns 0, or -1 when there are any. The stack is as it was. */
int with_check(struct bot *b, const struct config_hook *h, int module, int with, const char *file,
               struct config_mistakes *m);

#endif
