/* SPDX-License-Identifier: MIT */
/*
 * Which certificates are accepted over a connection, and what is said of the others: names, dates,
 * authorities. All names are in test_identity.c; strength, purpose and pins in test_tls_trust.c.
 */
#include "check.h"
#include "tls_scene.h"

static void good_certificates(void) {
    accepted("DNS:localhost", NULL);
    accepted("DNS:*.example.org", "chat.example.org");
    accepted("otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_xmpp-client.example.org", "example.org");
    accepted("otherName:1.3.6.1.5.5.7.8.5;UTF8:example.org", "example.org");
    accepted("IP:127.0.0.1", "127.0.0.1");
    accepted("DNS:xn--bcher-kva.example", "b\xc3\xbc"
                                          "cher.example");
}

static void the_jid_domain_counts_not_the_host(void) {
    /* the host that was connected to is localhost in every case */
    refused(&(struct cert_wish){.name = "localhost", .alt = "DNS:localhost"}, "example.org",
            "is for localhost, not for example.org");
}

static void other_names(void) {
    refused(&(struct cert_wish){.name = "x", .alt = "DNS:other.example,DNS:more.example"}, NULL,
            "is for other.example, more.example, not for localhost");
    refused(&(struct cert_wish){.name = "x", .alt = "DNS:*.example.org"}, "a.b.example.org",
            "is for *.example.org, not for a.b.example.org");
    refused(&(struct cert_wish){.name = "x",
                                .alt = "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_xmpp-server.localhost"},
            NULL, "is for _xmpp-server.localhost, not for localhost");
    refused(&(struct cert_wish){.name = "localhost"}, NULL, "is not for localhost: it has no subjectAltName");
}

static void dates(void) {
    refused(&(struct cert_wish){.name = "x", .alt = "DNS:localhost", .from_s = -864000, .until_s = -86400},
            NULL, ") expired on 20");
    refused(&(struct cert_wish){.name = "x", .alt = "DNS:localhost", .from_s = 86400, .until_s = 864000},
            NULL, ") becomes valid only on 20");
}

static void an_expired_authority(void) {
    struct cert old = cert_make(
        &(struct cert_wish){.name = "Old CA", .is_ca = true, .from_s = -864000, .until_s = -86400}, &ca);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &old);
    expect_refused(&leaf, &old, &(struct wish){0},
                   "is not trusted: the certificate of its authority expired on 20");
    cert_finish(&leaf);
    cert_finish(&old);
}

static void unknown_authorities(void) {
    struct cert self = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, NULL);
    struct cert other = cert_make(&(struct cert_wish){.name = "Test CA", .is_ca = true}, NULL);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &other);
    expect_refused(&self, NULL, &(struct wish){0}, "is not trusted: it is self-signed (tls.ca_file is /");
    expect_refused(&leaf, NULL, &(struct wish){0}, "is not trusted: ");
    cert_save(&self, own_path); /* a certificate of one's own may be the anchor itself */
    expect_accepted(&self, NULL, &(struct wish){.ca_file = own_path});
    cert_finish(&self);
    cert_finish(&leaf);
    cert_finish(&other);
}

static void authorities_between(void) {
    struct cert between = cert_make(&(struct cert_wish){.name = "Between", .is_ca = true}, &ca);
    struct cert not_ca = cert_make(&(struct cert_wish){.name = "Not a CA", .alt = "DNS:other.example"}, &ca);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &between);
    struct cert forged = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &not_ca);
    expect_accepted(&leaf, &between, &(struct wish){0});
    expect_refused(
        &leaf, NULL, &(struct wish){0},
        "it was issued by an authority that is not known here, CN=Between, or the server leaves out");
    expect_refused(&forged, &not_ca, &(struct wish){0},
                   "is not trusted: it was issued by CN=Not a CA, which is no authority (CA:FALSE)");
    cert_save(&between, own_path);
    expect_accepted(&leaf, NULL, &(struct wish){.ca_file = own_path});
    cert_finish(&forged);
    cert_finish(&leaf);
    cert_finish(&not_ca);
    cert_finish(&between);
}

/* Without tls.ca_file the system's directory counts: here one with nothing in it. */
static void system_trust(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    SSL_CTX *server = server_context(&leaf, NULL);
    struct tls_options options = {.ca_file = NULL};
    struct client c;
    setenv("SSL_CERT_DIR", dir, 1);
    struct tls_context *tls = tls_context_new(&options, NULL, NULL);
    client_start(&c, play_echo, server);
    c.tls = tls;
    c.tls_at_once = true;
    client_open(&c, true);
    client_run(&c);
    CHECK_STR(client_log(&c), "connected|untrusted");
    CHECK_HAS(c.why, "; where that is meant, set tls.ca_file to the certificate of its authority");
    client_finish(&c);
    tls_context_free(tls);
    unsetenv("SSL_CERT_DIR");
    SSL_CTX_free(server);
    cert_finish(&leaf);
}

int main(void) {
    RUN(scene_set_up);
    RUN(good_certificates);
    RUN(the_jid_domain_counts_not_the_host);
    RUN(other_names);
    RUN(dates);
    RUN(an_expired_authority);
    RUN(unknown_authorities);
    RUN(authorities_between);
    RUN(system_trust);
    RUN(scene_tear_down);
    return check_done();
}
