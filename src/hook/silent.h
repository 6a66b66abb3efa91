/* SPDX-License-Identifier: MIT */
/*
 * silent: messages in which nothing is said. Clients send them by themselves (typing, receipts, markers),
 * people without a word (reactions, retractions), rooms about themselves (subject, notices). A hook that
 * names no element means what is said: who answers everything would answer those, too, and their answers.
 */
#ifndef COUPLET_HOOK_SILENT_H
#define COUPLET_HOOK_SILENT_H

#include "hook/facts.h"

/* f: all but `said` is known. True: no body, at least one such element, and besides them only what goes with
 * any message (ids, times, hints, the thread). What is unknown here is never silent. */
bool silent_is(const struct hook_facts *f);

#endif
