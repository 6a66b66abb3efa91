/* SPDX-License-Identifier: MIT */
/* ns: the namespaces of the stream layer, as literals so that they can be pasted into what is written. */
#ifndef COUPLET_XMPP_NS_H
#define COUPLET_XMPP_NS_H

#define NS_STREAM           "http://etherx.jabber.org/streams"       /* RFC 6120 4.8.1 */
#define NS_CLIENT           "jabber:client"                          /* RFC 6120 4.8.3 */
#define NS_SERVER           "jabber:server"                          /* RFC 6120 4.8.3: never to a client */
#define NS_COMPONENT_ACCEPT "jabber:component:accept"                /* XEP-0114 */
#define NS_FRAMING          "urn:ietf:params:xml:ns:xmpp-framing"    /* RFC 7395 3.3.2 */
#define NS_STREAM_ERRORS    "urn:ietf:params:xml:ns:xmpp-streams"    /* RFC 6120 4.9.2 */
#define NS_HTTPBIND         "http://jabber.org/protocol/httpbind"    /* XEP-0124 */
#define NS_XBOSH            "urn:xmpp:xbosh"                         /* XEP-0206 */
#define NS_TLS              "urn:ietf:params:xml:ns:xmpp-tls"        /* RFC 6120 5 */
#define NS_SASL             "urn:ietf:params:xml:ns:xmpp-sasl"       /* RFC 6120 6 */
#define NS_SASL_CB          "urn:xmpp:sasl-cb:0"                     /* XEP-0440 */
#define NS_SASL2            "urn:xmpp:sasl:2"                        /* XEP-0388 */
#define NS_BIND2            "urn:xmpp:bind:0"                        /* XEP-0386 */
#define NS_FAST             "urn:xmpp:fast:0"                        /* XEP-0484 */
#define NS_BIND             "urn:ietf:params:xml:ns:xmpp-bind"       /* RFC 6120 7 */
#define NS_SESSION          "urn:ietf:params:xml:ns:xmpp-session"    /* RFC 3921 3 */
#define NS_STANZAS          "urn:ietf:params:xml:ns:xmpp-stanzas"    /* RFC 6120 8.3.2 */
#define NS_PING             "urn:xmpp:ping"                          /* XEP-0199 */
#define NS_REGISTER         "jabber:iq:register"                     /* XEP-0077 */
#define NS_REGISTER_FEATURE "http://jabber.org/features/iq-register" /* XEP-0077 8 */
#define NS_AUTH             "jabber:iq:auth"                         /* XEP-0078 */
#define NS_AUTH_FEATURE     "http://jabber.org/features/iq-auth"     /* XEP-0078 4 */
#define NS_DATA             "jabber:x:data"                          /* XEP-0004 */
#define NS_OOB              "jabber:x:oob"                           /* XEP-0066 */
#define NS_ROSTER           "jabber:iq:roster"                       /* RFC 6121 2 */
#define NS_DELAY            "urn:xmpp:delay"                         /* XEP-0203 */
#define NS_SM               "urn:xmpp:sm:3"                          /* XEP-0198 */
#define NS_CSI              "urn:xmpp:csi:0"                         /* XEP-0352 */
#define NS_ROSTERVER        "urn:xmpp:features:rosterver"            /* RFC 6121 2.6 */

#endif
