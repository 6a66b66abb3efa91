/* SPDX-License-Identifier: MIT */
/*
 * fuzz_place: where a server or a configuration sends us: "host:port" (place), the URL of a WebSocket,
 * addresses, names. Promised: what was read, written again, is read as the same; nothing of it could break
 * out of a header line or a DNS name; a name for DNS is lower-case ASCII and a fixed point.
 */
#include "base/ws_url.h"
#include "fuzz.h"
#include "net/address.h"
#include "net/name.h"
#include "session/place.h"

static void check_printable(const char *text, bool is_ascii) {
    demand(text[0] != '\0', "it is not empty");
    for (const char *p = text; *p != '\0'; p++)
        demand((unsigned char)*p > 0x20 && *p != 0x7f && (!is_ascii || (unsigned char)*p < 0x80),
               "it has neither blanks nor controls");
}

static void check_place(struct str in) {
    struct place p, again;
    struct buf text = BUF_INIT;
    if (place_parse(in, &p) != 0)
        return;
    check_printable(p.host, false);
    bool is_bracketed = strpbrk(p.host, ":%") != NULL;
    buf_addf(&text, is_bracketed ? "[%s]" : "%s", p.host);
    if (p.port != 0)
        buf_addf(&text, ":%u", p.port);
    demand(place_parse(fuzz_view(&text), &again) == 0, "a place that was written is one");
    demand(strcmp(p.host, again.host) == 0 && p.port == again.port, "read(write(place)) == place");
    place_finish(&p);
    place_finish(&again);
    buf_finish(&text);
}

static void check_url(const char *in) {
    struct ws_url u, again;
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    if (ws_url_read(&u, in, &err) != 0) {
        demand(err.text[0] != '\0', "a refusal has a reason");
        return;
    }
    check_printable(u.host, false);
    check_printable(u.resource, true);
    demand(u.port != 0 && u.resource[0] == '/', "there are a port and a path");
    buf_addf(&text, strchr(u.host, ':') != NULL ? "%s[%s]:%u%s" : "%s%s:%u%s",
             u.is_secure ? "wss://" : "ws://", u.host, u.port, u.resource);
    demand(ws_url_read(&again, buf_data(&text), &err) == 0, "a URL that was written is one");
    demand(strcmp(u.host, again.host) == 0 && u.port == again.port && strcmp(u.resource, again.resource) == 0,
           "read(write(url)) == url");
    ws_url_finish(&u);
    ws_url_finish(&again);
    buf_finish(&text);
}

static void check_address(const char *in) {
    char text[ADDRESS_TEXT_LEN], twice[ADDRESS_TEXT_LEN];
    union address a, again;
    if (!address_parse(in, 5222, &a))
        return;
    address_text(&a, text);
    char *port = strrchr(text, ':');
    demand(port != NULL && strcmp(port, ":5222") == 0, "the port is behind the address");
    *port = '\0';
    demand(address_parse(text, 5222, &again), "an address that was written is one");
    address_text(&again, twice);
    *port = ':';
    demand(strcmp(text, twice) == 0, "read(write(address)) == address");
}

static void check_name(const char *in) {
    struct err err = ERR_INIT;
    char *name = name_to_ascii(in, &err);
    if (name == NULL)
        return;
    char *again = name_to_ascii(name, &err);
    demand(again != NULL && strcmp(name, again) == 0, "a name for DNS is a fixed point");
    demand(strlen(name) <= 253, "it is not too long for DNS");
    for (const char *p = name; *p != '\0'; p++)
        demand(!(*p >= 'A' && *p <= 'Z') && (*p & 0x80) == 0, "it is ASCII, in lower case");
    mem_free(again);
    mem_free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct str in = fuzz_bytes(data, len);
    char *text = fuzz_text(data, len);
    check_place(in);
    check_url(text);
    check_address(text);
    check_name(text);
    mem_free(text);
    fuzz_bytes_free(in);
    return 0;
}
