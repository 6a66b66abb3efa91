/* SPDX-License-Identifier: MIT */
/*
 * tls: the options of `tls:`. Whether the files hold what they should is looked at when the runtime loads
 * (runtime/trust.h), at the places that are noted here.
 */
#include "base/base64.h"
#include "base/mem.h"
#include "config/reader.h"

#include <stdio.h>

static void read_mode(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {[CONFIG_TLS_AUTO] = "auto",
                                        [CONFIG_TLS_STARTTLS] = "starttls",
                                        [CONFIG_TLS_DIRECT] = "direct",
                                        [CONFIG_TLS_NONE] = "none",
                                        NULL};
    int at = reader_choice(r, node, names, NULL, "the TLS mode");
    if (at >= 0)
        *(enum config_tls_mode *)to = (enum config_tls_mode)at;
}

static void read_version(struct reader *r, const struct tree_node *node, void *to) {
    static const char *const names[] = {"1.2", "1.3", NULL};
    int at = reader_choice(r, node, names, NULL, "the TLS version");
    if (at >= 0)
        *(int *)to = at == 0 ? 0x0303 : 0x0304;
}

static void read_file(struct reader *r, const struct tree_node *node, void *to) {
    struct config_file *file = to;
    read_path(r, node, &file->path);
    file->mark = node->mark;
}

/* ---- pins ---- */

static int digit(char c) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at ? (int)((at - digits) % 16) : -1;
}

static bool from_hex(const char *text, unsigned char out[CONFIG_PIN_LEN]) {
    for (int i = 0; i < CONFIG_PIN_LEN; i++) {
        int high = digit(text[2 * i]), low = high < 0 ? -1 : digit(text[2 * i + 1]);
        if (low < 0)
            return false;
        out[i] = (unsigned char)(high * 16 + low);
    }
    return text[2 * CONFIG_PIN_LEN] == '\0';
}

static bool from_base64(const char *text, unsigned char out[CONFIG_PIN_LEN]) {
    struct buf bytes = BUF_INIT;
    bool good = base64_decode(&bytes, text, strlen(text)) == 0 && buf_len(&bytes) == CONFIG_PIN_LEN;
    if (good)
        memcpy(out, buf_data(&bytes), CONFIG_PIN_LEN);
    buf_finish(&bytes);
    return good;
}

static bool is_pin(const char *text, unsigned char out[CONFIG_PIN_LEN]) {
    static const char prefix[] = "sha256:";
    size_t len = sizeof(prefix) - 1;
    return strncmp(text, prefix, len) == 0 && (from_hex(text + len, out) || from_base64(text + len, out));
}

static void read_pin(struct reader *r, const struct tree_node *node, void *to) {
    static const char form[] = "sha256: and the SHA-256 of the server's public key, in hex or base64";
    struct config_bot *b = to;
    const struct tree_node **items, *single;
    size_t count = reader_items(node, &items, &single);
    b->tls_pins = mem_array(b->tls_pins, count, CONFIG_PIN_LEN);
    b->tls_pin_count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *text = reader_text(r, items[i], form);
        if (text == NULL)
            continue;
        if (is_pin(text, b->tls_pins[b->tls_pin_count]))
            b->tls_pin_count++;
        else
            reader_say(r, items[i], "'%s' is no pin; %s, is expected", text, form);
    }
    if (count == 0)
        reader_say(r, node, "an empty list would pin nothing; leave it out, or name a key");
}

static void read_dane(struct reader *r, const struct tree_node *node, void *to) {
    struct config_bot *b = to;
    read_boolean(r, node, &b->dane);
    b->dane_mark = node->mark;
}

/* ---- the whole ---- */

void read_tls(struct reader *r, const struct tree_node *node, void *to) {
    static const struct option options[] = {
        {"mode", read_mode, offsetof(struct config_bot, tls)},
        {"ca_file", read_file, offsetof(struct config_bot, ca_file)},
        {"crl_file", read_file, offsetof(struct config_bot, crl_file)},
        {"certificate", read_file, offsetof(struct config_bot, certificate)},
        {"key", read_file, offsetof(struct config_bot, key)},
        {"pin", read_pin, 0},
        {"dane", read_dane, 0},
        {"min_version", read_version, offsetof(struct config_bot, tls_min_version)},
        {NULL, NULL, 0},
    };
    read_options(r, node, options, to, "tls");
}
