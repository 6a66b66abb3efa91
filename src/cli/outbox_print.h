/* SPDX-License-Identifier: MIT */
/* outbox_print: a message of the outbox as a line for people, or as JSON with all of it. */
#ifndef COUPLET_CLI_OUTBOX_PRINT_H
#define COUPLET_CLI_OUTBOX_PRINT_H

#include "store/outbox.h"

struct outbox_printer {
    bool json;
    size_t count; /* that were printed */
};

void outbox_print_json(struct outbox_printer *p, const struct outbox_row *row);
void outbox_print_line(const struct outbox_row *row);

#endif
