/* SPDX-License-Identifier: MIT */
/*
 * echo_strophe: an echo bot on Debian's libstrophe, the way its documentation teaches: a handler for
 * messages, a reply stanza, xmpp_send, xmpp_run. Log off, as a bot in production has it.
 *
 *   echo_strophe PORT ACCOUNTS [CA_FILE]      with CA_FILE: STARTTLS, certificate verified
 *
 * It answers chat messages only, so that presence and groupchat are stanzas that it has no use for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strophe.h>

static int on_message(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data) {
    xmpp_ctx_t *ctx = data;
    char *body = xmpp_message_get_body(stanza);
    xmpp_stanza_t *reply;

    if (body == NULL)
        return 1;
    reply = xmpp_stanza_reply(stanza);
    xmpp_message_set_body(reply, body);
    xmpp_send(conn, reply);
    xmpp_stanza_release(reply);
    xmpp_free(ctx, body);
    return 1;
}

static void on_connection(xmpp_conn_t *conn, xmpp_conn_event_t status, int error,
                          xmpp_stream_error_t *stream_error, void *data) {
    xmpp_ctx_t *ctx = data;
    xmpp_stanza_t *presence;

    (void)stream_error;
    if (status != XMPP_CONN_CONNECT) {
        fprintf(stderr, "echo_strophe: not connected, error %d\n", error);
        xmpp_stop(ctx);
        return;
    }
    xmpp_handler_add(conn, on_message, NULL, "message", "chat", ctx);
    presence = xmpp_presence_new(ctx);
    xmpp_send(conn, presence);
    xmpp_stanza_release(presence);
}

static void start(xmpp_ctx_t *ctx, int number, unsigned short port, const char *ca_file) {
    xmpp_conn_t *conn = xmpp_conn_new(ctx);
    char jid[64];

    snprintf(jid, sizeof(jid), "bot%d@localhost/bench", number);
    xmpp_conn_set_jid(conn, jid);
    xmpp_conn_set_pass(conn, "secret");
    if (ca_file != NULL) {
        xmpp_conn_set_flags(conn, XMPP_CONN_FLAG_MANDATORY_TLS);
        xmpp_conn_set_cafile(conn, ca_file);
    } else
        xmpp_conn_set_flags(conn, XMPP_CONN_FLAG_DISABLE_TLS);
    if (xmpp_connect_client(conn, "127.0.0.1", port, on_connection, ctx) != XMPP_EOK) {
        fprintf(stderr, "echo_strophe: cannot connect %s\n", jid);
        exit(1);
    }
}

int main(int argc, char **argv) {
    xmpp_ctx_t *ctx;

    if (argc < 3)
        return 2;
    xmpp_initialize();
    ctx = xmpp_ctx_new(NULL, NULL);
    for (int i = 0; i < atoi(argv[2]); i++)
        start(ctx, i, (unsigned short)atoi(argv[1]), argc > 3 && argv[3][0] ? argv[3] : NULL);
    xmpp_run(ctx);
    xmpp_ctx_free(ctx);
    xmpp_shutdown();
    return 0;
}
