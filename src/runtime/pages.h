/* SPDX-License-Identifier: MIT */
/* pages: /metrics and /healthz of the HTTP server. */
#ifndef COUPLET_RUNTIME_PAGES_H
#define COUPLET_RUNTIME_PAGES_H

struct runtime;

/* Before the server listens; where none is configured, nothing happens. */
void pages_add(struct runtime *r);

#endif
