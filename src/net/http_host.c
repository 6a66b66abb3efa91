/* SPDX-License-Identifier: MIT */
#include "net/http_host.h"

#include "base/mem.h"
#include "net/address.h"
#include "net/name.h"

#include <string.h>

int http_host_write(struct buf *out, const char *host, uint16_t port, bool is_secure, struct err *err) {
    union address literal;
    if (address_parse(host, 0, &literal)) {
        buf_addf(out, strchr(host, ':') != NULL ? "[%s]" : "%s", host);
    } else {
        char *name = name_to_ascii(host, err);
        if (name == NULL)
            return -1;
        buf_adds(out, name);
        mem_free(name);
    }
    if (port != (is_secure ? 443 : 80))
        buf_addf(out, ":%u", (unsigned)port);
    return 0;
}
