/* SPDX-License-Identifier: MIT */
/* counted: how many stanzas of ours a server has that counts them (XEP-0198 4). */
#ifndef COUPLET_SPEC_COUNTED_H
#define COUPLET_SPEC_COUNTED_H

#include <stdint.h>
#include <string.h>

/* It counts each behind <enable/>, whenever it says <enabled/>. No stanza of the specs has another inside. */
static void count_stanzas(uint32_t *sent, const char *text) {
    for (const char *tag = strchr(text, '<'); tag != NULL; tag = strchr(tag + 1, '<')) {
        size_t len = strcspn(tag, " />");
        if (len == 7 && strncmp(tag, "<enable", len) == 0)
            *sent = 0;
        *sent += (len == 3 && strncmp(tag, "<iq", len) == 0) ||
                 (len == 8 && strncmp(tag, "<message", len) == 0) ||
                 (len == 9 && strncmp(tag, "<presence", len) == 0);
    }
}

#endif
