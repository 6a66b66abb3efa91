/* SPDX-License-Identifier: MIT */
/* trim: what only the start of the process needed is not kept resident. */
#ifndef COUPLET_RUNTIME_TRIM_H
#define COUPLET_RUNTIME_TRIM_H

/* Once, when the first bot is online. Code that is used again comes back from the page cache, page by page.
 */
void trim_process(void);

#endif
