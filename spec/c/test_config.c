/* SPDX-License-Identifier: MIT */
/* The options: what is read, what is the default, and what is said at which place of what is wrong. */
#include "loaded.h"

static void least(void) {
    struct loaded l;
    loaded_bot(&l, "");
    const struct config *c = l.config;
    CHECK_STR(buf_data(&l.said), "");
    CHECK_INT(c->bot_count, 1);
    const struct config_bot *b = &c->bots[0];
    CHECK_STR(b->name, "b");
    CHECK_STR(b->jid.node, "b");
    CHECK(b->jid.resource == NULL && b->host == NULL && b->sasl == NULL && b->state == NULL);
    CHECK_STR(b->nick, "b");
    CHECK_STR(b->prefix, "!");
    CHECK_INT(b->tls, CONFIG_TLS_AUTO);
    CHECK_INT(b->tls_min_version, 0x0303);
    CHECK(b->timeout == 15 && b->iq_timeout == 30 && b->keepalive == 60 && b->long_text == 10000);
    CHECK(c->limits.time == 1 && c->limits.memory == 64 << 20 && c->limits.instructions == 50000000);
    CHECK(c->log_level == LOG_INFO && !c->log_json && c->log_file == NULL && c->dns_servers == NULL);
    CHECK(!b->dane && c->trust_anchor == NULL);
    CHECK_STR(c->scripts[0], "/tmp/bots");
    CHECK_STR(c->scripts[1], l.folder);
    CHECK(c->scripts[2] == NULL);
    loaded_finish(&l, NULL);
}

static void everything(void) {
    struct loaded l;
    loaded_text(
        &l, "scripts: [/s, t]\n"
            "log: { level: trace, format: json, file: log/c.log }\n"
            "dns: { servers: [192.0.2.1, \"[2001:db8::1]:53\"], trust_anchor: /etc/root.key }\n"
            "limits: { time: 500ms, memory: 256K, instructions: 2G }\n"
            "bots:\n"
            "  ops:\n"
            "    jid: Ops@EXAMPLE.org/Desk\n"
            "    password_file: p\n"
            "    server: \"[::1]:5300\"\n"
            "    tls: { mode: none, ca_file: ca.pem, crl_file: l.pem, certificate: c, key: k, min_version: "
            "1.3 }\n"
            "    transport: tcp\n"
            "    sasl: [SCRAM-SHA-1, PLAIN]\n"
            "    legacy_auth: false\n"
            "    register: false\n"
            "    timeout: 5\n"
            "    keepalive: 2m\n"
            "    state: light\n"
            "    nick: robo\n"
            "    prefix: ''\n"
            "    presence: { show: chat, status: \"at your service\", priority: -5 }\n"
            "    rooms: [Ops@conference.example.org, { jid: p@c.example.org, nick: r, password: q },\n"
            "      { jid: q@c.example.org, history: 20, nick_conflict: fail, register: true, rejoin: lost,\n"
            "        config: { persistent: true, owners: [a@b.org] } },\n"
            "      { jid: r@c.example.org, history: 10m }]\n"
            "    invitations: admins\n"
            "    bookmarks: true\n");
    CHECK_STR(buf_data(&l.said), "");
    const struct config *c = l.config;
    const struct config_bot *b = &c->bots[0];
    char path[128];
    snprintf(path, sizeof(path), "%s/t", l.folder);
    CHECK_STR(c->scripts[1], path);
    CHECK(c->log_level == LOG_TRACE && c->log_json);
    CHECK_STR(c->dns_servers, "192.0.2.1,[2001:db8::1]:53");
    CHECK_STR(c->trust_anchor, "/etc/root.key");
    CHECK(c->limits.time == 0.5 && c->limits.memory == 262144 && c->limits.instructions == 2000000000);
    CHECK_STR(b->jid.node, "ops");
    CHECK_STR(b->jid.resource, "Desk");
    CHECK_STR(b->host, "::1");
    CHECK_HAS(b->crl_file.path, "/l.pem");
    CHECK_INT(b->port, 5300);
    CHECK(b->tls == CONFIG_TLS_NONE && b->tls_min_version == 0x0304);
    CHECK_STR(b->sasl[1], "PLAIN");
    CHECK(b->timeout == 5 && b->iq_timeout == 5 && b->keepalive == 120);
    CHECK_STR(b->prefix, "");
    CHECK_INT(b->presence.priority, -5);
    CHECK_STR(b->rooms[0].jid, "ops@conference.example.org");
    CHECK_STR(b->rooms[1].nick, "r");
    CHECK(!b->rooms[1].history.is_stated && b->rooms[1].settings == NULL);
    CHECK_INT(b->rooms[2].history.stanzas, 20);
    CHECK_STR(b->rooms[2].nick_conflict, "fail");
    CHECK_STR(b->rooms[2].rejoin, "lost");
    CHECK(b->rooms[2].is_registering);
    CHECK_STR(b->rooms[2].settings->keys[1], "owners");
    CHECK(b->rooms[3].history.seconds == 600);
    CHECK_STR(b->invitations, "admins");
    CHECK(b->is_bookmarking);
    loaded_finish(&l, NULL);
}

static void the_file(void) {
    static const struct said rows[] = {
        {"bots: {}\n", "1:7 there is no bot in `bots:`\n"},
        {"log: {}\n", "1:1 there is no `bots:` in this file, or nothing in it\n"},
        {"bots:\n", "1:1 there is no `bots:` in this file, or nothing in it\n"},
        {"- a\n", "1:1 a map of options is expected here, not a list\n"},
        {"bots: [a]\n", "1:7 a map of bots, each under its name, is expected here, not a list\n"},
        {"bots:\n  b:\n", "2:5 a map of options is expected here, not nothing\n"},
        {"bots:\n  b: { password: x }\n", "2:3 bot b has no `jid:`\n"},
        {"bots:\n  b: { jid: b@example.org }\n",
         "2:3 bot b has no password; give password, password_file or password_command\n"},
        {"logg: { level: info }\nlog: { level: wran, format: 5 }\nbots: { b: { jid: a@b, password: x } }\n",
         "1:1 in the configuration the key 'logg' is unknown; did you mean 'log'?\n"
         "2:15 the log level 'wran' is unknown; did you mean 'warn'?\n"
         "2:29 the log format '5' is unknown; there are: text, json\n"},
        {"zzzzzzz: 1\nbots: { b: { jid: a@b, password: x } }\n",
         "1:1 in the configuration the key 'zzzzzzz' is unknown; there are: scripts, log, dns, limits, "
         "bots, storage, control, http\n"},
        {"limits: { time: 5x, memory: 64MB, instructions: -1 }\nbots: { b: { jid: a@b, password: x } }\n",
         "1:17 a duration like 500ms, 15s, 5m, 2h or 1d is expected here, not a string\n"
         "1:29 a size like 256K, 64M or 1G is expected here, not a string\n"
         "1:49 a count like 1000, 50K or 50M is expected here, not a number\n"},
        {"limits: { memory: 255K }\nbots: { b: { jid: a@b, password: x } }\n",
         "1:19 less than 256K is too little for a Lua state\n"},
        {"dns: { servers: [ns.example.org, 1.2.3.4:0] }\nbots: { b: { jid: a@b, password: x } }\n",
         "1:18 'ns.example.org' is no address of a name server, like 192.0.2.53 or [2001:db8::53]:53\n"
         "1:34 '1.2.3.4:0' is no address of a name server, like 192.0.2.53 or [2001:db8::53]:53\n"},
        {"bots:\n  a: { jid: X@e.org/r, password: x }\n  b: { jid: x@E.org/r, password: x }\n"
         "  c: { jid: x@e.org, password: x }\n  d: { jid: x@e.org, password: x }\n",
         "3:3 bot b has the same JID and resource as bot a\n"},
    };
    CHECK_SAID(rows, loaded_text);
}

static void of_a_bot(void) {
    static const struct said rows[] = {
        {"    pasword_file: x\n",
         "5:5 in a bot the key 'pasword_file' is unknown; did you mean 'password_file'?\n"},
        {"    password_file: x\n", "5:5 one of password, password_file and password_command is enough\n"},
        {"    server: host:0\n    tls: { mode: none }\n",
         "5:13 'host:0' is no server; host, host:port or [IPv6]:port is expected, with a port from 1 to "
         "65535\n"},
        {"    server: ':5222'\n", "5:13 ':5222' is no server; host, host:port or [IPv6]:port is expected, "
                                  "with a port from 1 to 65535\n"},
        {"    server: '[::1]x'\n", "5:13 '[::1]x' is no server; host, host:port or [IPv6]:port is expected, "
                                   "with a port from 1 to 65535\n"},
        {"    server: '::1'\n", "5:13 '::1' is no server; host, host:port or [IPv6]:port is expected, with a "
                                "port from 1 to 65535\n"},
        {"    proxy: socks4://me:secret@h\n",
         "5:12 that is no proxy: it begins neither with socks5:// nor with http://; socks5://host:port or "
         "http://host:port is expected\n"},
        {"    server: localhost\n    tls: { mode: none, dane: true }\n",
         "6:30 `dane: true` is about the certificate, and `mode: none` has none\n"},
        {"    tls: { dane: perhaps }\n", "5:18 true or false is expected here, not a string\n"},
        {"    proxy: http://h\n    server: localhost\n    tls: { mode: none }\n",
         "5:12 a proxy would read along without TLS; leave out `mode: none`\n"},
        {"    proxy: http://h\n    transport: websocket\n",
         "5:12 with a proxy the WebSocket is not looked for; name its URL in `server:`\n"},
        {"    long_text: 20\n",
         "5:16 a message has room for 200 bytes at least (0: a text is never split)\n"},
        {"    long_text_as: pdf\n", "5:19 long_text_as 'pdf' is unknown; there are: file, messages\n"},
        {"    keepalive: 0\n", "5:16 a duration must be more than 0 and at most a year\n"},
        {"    timeout: [1s]\n",
         "5:14 a duration like 500ms, 15s, 5m, 2h or 1d is expected here, not a list\n"},
        {"    presence: { show: busy, priority: 128, status: {} }\n",
         "5:23 the show 'busy' is unknown; there are: away, chat, dnd, xa\n"
         "5:39 a priority is from -128 to 127\n"
         "5:52 a string is expected here, not a map\n"},
        {"    presence: { priority: high }\n",
         "5:27 a whole number of at most nine digits is expected here, not a string\n"},
        {"    rooms: [r@c.org, { jid: R@c.org }, r@c.org/nick, { nick: x }, null]\n",
         "5:22 the room r@c.org is here twice\n"
         "5:40 'r@c.org/nick' is no room; a room is room@service, and a nick goes into `nick:`\n"
         "5:54 this room has no `jid:`\n"
         "5:67 the JID of a room is expected here, not nothing\n"},
        {"    rooms: [{ jid: r@c.org, nick_conflict: kill, rejoin: allways, history: -1 }]\n",
         "5:44 the policy 'kill' is unknown; there are: suffix, fail\n"
         "5:58 the policy 'allways' is unknown; did you mean 'always'?\n"
         "5:76 from 0 to 10000 messages are possible, or a duration like 10m\n"},
        {"    rooms: [{ jid: r@c.org, history: long, config: [a], register: 1 }]\n",
         "5:38 a duration like 500ms, 15s, 5m, 2h or 1d is expected here, not a string\n"
         "5:52 a map of the room's options, like { persistent: true } is expected here, not a list\n"
         "5:67 true or false is expected here, not a number\n"},
        {"    allow_process: [git, /usr/bin/uptime]\n", ""},
        {"    allow_process: true\n", ""},
        {"    allow_process: { git: true }\n",
         "5:20 true, or a list of programs is expected here, not a map\n"},
        {"    allow_process: [bin/x, '', 'git log']\n",
         "5:21 a program's name, like git, or its absolute path is expected here\n"
         "5:28 a program's name, like git, or its absolute path is expected here\n"
         "5:32 'git log' has a blank: a program is named here, without its arguments\n"},
        {"    rooms: [{ jid: r@c.org, config: { a: { b: c }, d: [[e]], f: } }]\n    invitations: some\n",
         "5:42 a string, a number, true, false, or a list of strings is expected here, not a map\n"
         "5:55 a string, a number, true, false, or a list of strings is expected here, not a list\n"
         "5:65 a string, a number, true, false, or a list of strings is expected here, not nothing\n"
         "6:18 the policy 'some' is unknown; there are: accept, admins, ignore\n"},
        {"    sasl: []\n", "5:11 an empty list would allow no login at all\n"},
        {"    sasl: plain\n", "5:11 the SASL mechanism 'plain' is unknown; did you mean 'PLAIN'?\n"},
        {"    state: ''\n", "5:12 this may not be empty\n"},
    };
    CHECK_SAID(rows, loaded_bot);
}

static void tls_modes(void) {
    static const struct {
        const char *text;
        enum config_tls_mode mode;
        uint16_t port;
    } rows[] = {
        {"    tls: { mode: auto }\n", CONFIG_TLS_AUTO, 0},
        {"    tls: { mode: starttls }\n    server: x.org\n", CONFIG_TLS_STARTTLS, 0},
        {"    tls: { mode: direct }\n    server: x.org:443\n", CONFIG_TLS_DIRECT, 443},
        {"    tls: { mode: none }\n    server: '[::1]:5222'\n", CONFIG_TLS_NONE, 5222},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded l;
        loaded_bot(&l, rows[i].text);
        CHECK_STR(buf_data(&l.said), "");
        CHECK_INT(l.config->bots[0].tls, rows[i].mode);
        CHECK_INT(l.config->bots[0].port, rows[i].port);
        loaded_finish(&l, NULL);
    }
}

static void tls(void) {
    static const char only_here[] =
        "5:18 mode: none is for a server on this machine only: it needs `server:` to be "
        "localhost or a loopback address\n",
                      both[] = "5:10 a client certificate needs both `certificate:` and `key:`\n";
    static const struct said rows[] = {
        {"    tls: { mode: drect }\n", "5:18 the TLS mode 'drect' is unknown; did you mean 'direct'?\n"},
        {"    tls: { mode: none }\n", only_here},
        {"    tls: { mode: none }\n    server: example.org\n", only_here},
        {"    tls: { mode: none }\n    server: 128.0.0.1\n", only_here},
        {"    tls: { mode: none }\n    server: localhost.example.org\n", only_here},
        {"    tls: { mode: none }\n    server: 127.0.0.1:5222\n", ""},
        {"    tls: { mode: none }\n    server: '[::1]'\n", ""},
        {"    tls: { mode: none }\n    server: LocalHost\n", ""},
        {"    tls: { certificate: c }\n", both},
        {"    tls: { crl_flie: c }\n",
         "5:12 in tls the key 'crl_flie' is unknown; did you mean 'crl_file'?\n"},
        {"    tls: { key: k }\n", both},
        {"    tls: { certificate: null, key: ~ }\n", ""},
        {"    tls: { pin: [] }\n", "5:17 an empty list would pin nothing; leave it out, or name a key\n"},
        {"    tls: { pin: [md5:00, 'sha256:'] }\n",
         "5:18 'md5:00' is no pin; sha256: and the SHA-256 of the server's public key, in hex or base64, is "
         "expected\n"
         "5:26 'sha256:' is no pin; sha256: and the SHA-256 of the server's public key, in hex or base64, is "
         "expected\n"},
        {"    tls: { pin: {} }\n",
         "5:17 sha256: and the SHA-256 of the server's public key, in hex or base64 is expected here, not a "
         "map\n"},
        {"    tls: { min_version: 1.1 }\n", "5:25 the TLS version '1.1' is unknown; did you mean '1.2'?\n"},
        {"    tls: off\n", "5:10 a map of options is expected here, not a string\n"},
    };
    CHECK_SAID(rows, loaded_bot);
}

static void transports(void) {
    static const struct said rows[] = {
        {"    transport: tcp\n    server: e.org\n", ""},
        {"    transport: websocket\n    server: wss://e.org/ws\n", ""},
        {"    transport: websocket\n    server: wss://e.org/ws\n    tls: { mode: direct }\n", ""},
        {"    transport: websocket\n    server: ws://127.0.0.1:5280/ws\n    tls: { mode: none }\n", ""},
        {"    transport: websocket\n    server: ws://[::1]:5280/ws\n    tls: { mode: none }\n", ""},
        {"    transport: udp\n", "5:16 the transport 'udp' is unknown; there are: tcp, websocket, bosh\n"},
        {"    transport: bosh\n    server: https://e.org:5281/http-bind\n", ""},
        {"    transport: bosh\n    server: http://127.0.0.1:5280/http-bind\n    tls: { mode: none }\n", ""},
        {"    transport: bosh\n", "5:16 with `transport: bosh` a URL is expected, like "
                                  "https://xmpp.example.org:5281/http-bind\n"},
        {"    transport: bosh\n    server: e.org:5281\n",
         "6:13 with `transport: bosh` a URL is expected, like https://xmpp.example.org:5281/http-bind\n"},
        {"    transport: bosh\n    server: wss://e.org/ws\n",
         "6:13 with `transport: bosh` a URL is expected, like https://xmpp.example.org:5281/http-bind\n"},
        {"    transport: bosh\n    server: https://me@e.org/\n",
         "6:13 'https://me@e.org/' is no URL for BOSH: a user name has no place in it; "
         "https://host:port/path is expected\n"},
        {"    transport: bosh\n    server: http://127.0.0.1/\n",
         "6:13 http:// goes without TLS, which only `tls: {mode: none}` allows, on this machine; use "
         "https://\n"},
        {"    transport: bosh\n    server: http://e.org/\n    tls: { mode: none }\n",
         "6:13 http:// goes without TLS: its host has to be localhost or a loopback address; use https://\n"},
        {"    transport: bosh\n    server: https://e.org/\n    tls: { mode: starttls }\n",
         "7:18 https:// always begins with TLS; leave `mode:` out\n"},
        {"    server: https://e.org/http-bind\n",
         "5:13 a URL is for `transport: bosh` only; host:port is expected\n"},
        {"    transport: websocket\n", ""}, /* by host-meta */
        {"    transport: websocket\n    server: e.org:5281\n",
         "6:13 with `transport: websocket` a URL is expected, like "
         "wss://xmpp.example.org:5281/xmpp-websocket\n"},
        {"    server: wss://e.org/ws\n",
         "5:13 a URL is for `transport: websocket` only; host:port is expected\n"},
        {"    transport: websocket\n    server: https://e.org/ws\n",
         "6:13 with `transport: websocket` a URL is expected, like "
         "wss://xmpp.example.org:5281/xmpp-websocket\n"},
        {"    transport: websocket\n    server: ftp://e.org/ws\n",
         "6:13 'ftp://e.org/ws' is no URL of a WebSocket: it does not begin with wss://; "
         "wss://host:port/path is expected\n"},
        {"    transport: websocket\n    server: wss://e.org:x/ws\n",
         "6:13 'wss://e.org:x/ws' is no URL of a WebSocket: its port is not one from 1 to 65535; "
         "wss://host:port/path is expected\n"},
        {"    transport: websocket\n    server: ws://127.0.0.1/ws\n",
         "6:13 ws:// goes without TLS, which only `tls: {mode: none}` allows, on this machine; use wss://\n"},
        {"    transport: websocket\n    server: ws://e.org/ws\n    tls: { mode: none }\n",
         "6:13 ws:// goes without TLS: its host has to be localhost or a loopback address; use wss://\n"},
        {"    transport: websocket\n    server: wss://localhost/ws\n    tls: { mode: none }\n",
         "7:18 wss:// always begins with TLS; leave `mode:` out\n"},
        {"    transport: websocket\n    server: wss://localhost/ws\n    tls: { mode: starttls }\n",
         "7:18 wss:// always begins with TLS; leave `mode:` out\n"},
    };
    CHECK_SAID(rows, loaded_bot);
}

static void websocket_url(void) {
    struct loaded l;
    loaded_bot(&l, "    transport: websocket\n    server: wss://e.org/ws?a=b\n");
    const struct config_bot *bot = &l.config->bots[0];
    CHECK(bot->transport == CONFIG_WEBSOCKET && bot->url.is_secure && bot->host == NULL);
    CHECK_STR(bot->url.host, "e.org");
    CHECK_INT(bot->url.port, 443);
    CHECK_STR(bot->url.resource, "/ws?a=b");
    loaded_finish(&l, NULL);
}

/* "0123…" thrice, in the three ways to write it; and what is one digit or byte short or long. */
static void pins(void) {
    static const char good[] =
        "    tls:\n      pin:\n"
        "      - sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
        "      - sha256:000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n"
        "      - sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    static const char *const bad[] = {
        "sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1",
        "sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0",
        "sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g",
        "sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",
        "sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    };
    struct loaded l;
    loaded_bot(&l, good);
    CHECK_STR(buf_data(&l.said), "");
    CHECK_INT(l.config->bots[0].tls_pin_count, 3);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 32; k++)
            CHECK_INT(l.config->bots[0].tls_pins[i][k], k);
    loaded_finish(&l, NULL);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[200];
        snprintf(text, sizeof(text), "    tls: { pin: %s }\n", bad[i]);
        loaded_bot(&l, text);
        CHECK_HAS(buf_data(&l.said), "is no pin; sha256: and");
        loaded_finish(&l, NULL);
    }
}

/* How one logs in, and what has to go with it. */
static void logins(void) {
    static const struct said rows[] = {
        {"    sasl: [SCRAM-SHA-512-PLUS, SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, SCRAM-SHA-512, SCRAM-SHA-1]\n",
         ""},
        {"    sasl: OAUTHBEARER\n", ""},
        {"    sasl: [EXTERNAL, SCRAM-SHA-256]\n",
         "5:12 EXTERNAL needs a client certificate: `tls: {certificate: ..., key: ...}`\n"},
        {"    sasl: [EXTERNAL, SCRAM-SHA-256]\n    tls: { certificate: c.pem, key: k.pem }\n", ""},
        {"    sasl: [SCRAM-SHA-1-PLUS, PLAIN]\n    server: localhost\n    tls: { mode: none }\n",
         "5:12 SCRAM-SHA-1-PLUS needs TLS, which `mode: none` goes without\n"},
        {"    sasl: [X-OAUTH2, PLAIN]\n",
         "5:12 X-OAUTH2 takes a token in place of the password, the others of this list the password\n"},
        {"    sasl: [DIGEST-MD5]\n",
         "5:12 the SASL mechanism 'DIGEST-MD5' is unknown; there are: "
         "SCRAM-SHA-512-PLUS, SCRAM-SHA3-512-PLUS, SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, SCRAM-SHA-512, "
         "SCRAM-SHA3-512, SCRAM-SHA-256, SCRAM-SHA-1, EXTERNAL, OAUTHBEARER, X-OAUTH2, PLAIN, "
         "ANONYMOUS\n"},
        {"    sasl: ANONYMOUS\n",
         "3:10 with ANONYMOUS the server makes up the localpart; `jid: example.org` is "
         "expected here\n4:5 a login with ANONYMOUS has no password\n"},
        {"    sasl: [ANONYMOUS, PLAIN]\n", "5:12 ANONYMOUS stands alone: it is a login as nobody\n"},
    };
    static const struct said files[] = {
        {"bots: { b: { jid: b.org, sasl: ANONYMOUS } }\n", ""},
        {"bots: { b: { jid: b.org/x, sasl: [ANONYMOUS] } }\n", ""},
        {"bots: { b: { jid: a@b.org, tls: { certificate: c.pem, key: k.pem } } }\n", ""},
        {"bots: { b: { jid: a@b.org, sasl: EXTERNAL, tls: { certificate: c.pem, key: k.pem } } }\n", ""},
        {"bots: { b: { jid: a@b.org, sasl: [EXTERNAL, PLAIN], tls: { certificate: c.pem, key: k.pem } } }\n",
         "1:9 bot b has no password; give password, password_file or password_command\n"},
        {"bots: { b: { jid: b.org, sasl: ANONYMOUS, legacy_auth: true } }\n",
         "1:56 XEP-0078 logs in with a password, which this login does without\n"},
        {"bots: { b: { jid: b.org, sasl: ANONYMOUS, register: true } }\n",
         "1:53 an account is made with a password, which this login does without\n"},
        {"bots: { b: { jid: a@b.org, password: x, server: localhost, tls: { mode: none }, register: true } "
         "}\n",
         "1:91 to make an account shows its password, without TLS only where `sasl` lists PLAIN\n"},
        {"bots: { b: { jid: a@b.org, sasl: OAUTHBEARER } }\n",
         "1:9 bot b has no token; give password, password_file or password_command\n"},
    };
    CHECK_SAID(rows, loaded_bot);
    CHECK_SAID(files, loaded_text);
}

#define COMPONENT "bots:\n  g:\n    component: echo.example.org\n"
#define LOCAL     "    server: 127.0.0.1:5347\n"
#define SECRET    "    secret: hush\n"

/* XEP-0114: what it needs, and what only an account has. */
static void components(void) {
    static const struct said rows[] = {
        {COMPONENT LOCAL SECRET, ""},
        {COMPONENT LOCAL "    secret_file: s\n", ""},
        {COMPONENT LOCAL "    secret_command: [pass, s]\n", ""},
        {COMPONENT SECRET "    server: echo.example.org\n    tls: { mode: direct }\n", ""},
        {COMPONENT SECRET "    server: localhost\n    tls: { mode: none }\n", ""},
        {COMPONENT LOCAL, "2:3 component g has no secret; give secret, secret_file or secret_command\n"},
        {COMPONENT SECRET,
         "2:3 component g has no `server:`; the server's port for components is expected, like "
         "127.0.0.1:5347\n"},
        {COMPONENT LOCAL SECRET "    secret_file: s\n",
         "6:5 one of secret, secret_file and secret_command is enough\n"},
        {COMPONENT SECRET "    server: xmpp.example.org:5347\n",
         "5:13 this is not this machine, where alone a component goes without TLS; a port with TLS and `tls: "
         "{mode: direct}` are needed\n"},
        {COMPONENT SECRET "    server: xmpp.example.org\n    tls: { mode: none }\n",
         "6:18 mode: none is for a server on this machine only: it needs `server:` to be localhost or a "
         "loopback "
         "address\n"},
        {COMPONENT LOCAL SECRET "    tls: { mode: starttls }\n",
         "6:18 a component's port knows no STARTTLS (XEP-0114); direct, or on this machine none\n"},
        {COMPONENT SECRET "    server: wss://b.org/x\n",
         "5:13 a URL is for accounts; a component needs host:port\n"},
        {COMPONENT LOCAL SECRET "    password: x\n    rooms: []\n",
         "6:5 'password' is an account's; a component has none\n7:5 'rooms' is an account's; a component has "
         "none\n"},
        {"bots: { g: { component: a@b.org, secret: x, server: localhost } }\n",
         "1:25 'a@b.org' is no name of a component, which is a domain: b.org is expected\n"},
        {"bots: { g: { component: [a], secret: x, server: localhost } }\n",
         "1:25 the name of a component, like echo.example.org is expected here, not a list\n"},
        {"bots: { b: { jid: a@b.org, password: x, secret: y } }\n",
         "1:41 'secret' goes with `component:`; an account has a password\n"},
        {COMPONENT LOCAL SECRET "  h:\n    component: echo.example.org\n" LOCAL SECRET,
         "6:3 bot h is the same component as bot g\n"},
    };
    CHECK_SAID(rows, loaded_text);
}

static void jids(void) {
    static const struct said rows[] = {
        {"bots: { b: { jid: example.org, password: x } }\n",
         "1:19 'example.org' has no localpart; the JID of an account is name@domain\n"},
        {"bots: { b: { jid: 5, password: x } }\n",
         "1:19 '5' has no localpart; the JID of an account is name@domain\n"},
        {"bots: { b: { jid: [a@b], password: x } }\n",
         "1:19 a JID, like bot@example.org is expected here, not a list\n"},
    };
    CHECK_SAID(rows, loaded_text);
}

int main(void) {
    RUN(least);
    RUN(components);
    RUN(everything);
    RUN(the_file);
    RUN(of_a_bot);
    RUN(tls_modes);
    RUN(tls);
    RUN(pins);
    RUN(transports);
    RUN(websocket_url);
    RUN(logins);
    RUN(jids);
    return check_done();
}
