#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A server of one account that speaks SASL2, Bind 2, FAST and stream management inside of them, and counts round trips.

    sasl2_server.py NAME PASSWORD CERTIFICATE KEY

TLS from the first byte on a free port of loopback. It shares no code with the bots: proofs, signatures, hashes and
counters are computed here and checked. A round trip is one answer: whatever the client had sent by then was in one
read. Events are JSON objects, one a line, on stdout; commands are lines on stdin; it ends at the end of stdin.

Events ("event"):
    port {port}                     it listens
    online {how, by, rounds, trips, jid, link, refused}    how: bound or resumed; by: the mechanism; rounds: from TLS
                                    to here; trips: the same from TCP to here, seen on the wire; refused: conditions of
                                    the failures before
    answer {body}                   a message of the client's
    elsewhere {link}                a connection was sent elsewhere
    broken {why}                    the client did what it must not do
Commands:
    say BODY       a message to the client, kept until it is acknowledged; also while it is away
    cut            every connection is broken off; sessions stay
    forget         sessions are forgotten
    revoke         tokens are forgotten
    classic / sasl2    SASL2 is not offered any more / again
    only-tokens    after a token that failed nothing but tokens is taken on a stream, as some servers have it
    elsewhere PLACE    whoever comes from now on is sent there (RFC 6120 4.9.3.19)
    lie            the proof for a token is wrong from now on
"""
import asyncio
import base64
import hashlib
import hmac
import json
import os
import ssl
import sys
from xml.etree.ElementTree import XMLPullParser
from xml.sax.saxutils import escape, quoteattr

SASL2, BIND2, FAST, SM = "urn:xmpp:sasl:2", "urn:xmpp:bind:0", "urn:xmpp:fast:0", "urn:xmpp:sm:3"
SASL, BIND = "urn:ietf:params:xml:ns:xmpp-sasl", "urn:ietf:params:xml:ns:xmpp-bind"
ITERATIONS = 4096


def b64(data):
    return base64.b64encode(data).decode()


def digest(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Account:
    """What outlives connections: keys, tokens, sessions."""

    def __init__(self, name, password, certificate):
        self.name = name
        self.salt = os.urandom(16)
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), self.salt, ITERATIONS)
        self.stored_key = hashlib.sha256(digest(salted, b"Client Key")).digest()
        self.server_key = digest(salted, b"Server Key")
        self.end_point = hashlib.sha256(certificate).digest()  # RFC 5929 4.1
        self.token = None  # (text, agent, mechanism)
        self.count = 0
        self.sessions = {}
        self.links = set()
        self.link_number, self.trips = 0, 0
        self.elsewhere = None
        self.has_sasl2, self.only_tokens, self.lies = True, False, False


class Session:
    """A session of stream management: what was handled, and what is to be acknowledged."""

    def __init__(self, jid):
        self.jid, self.id = jid, os.urandom(9).hex()
        self.handled, self.acked, self.queue = 0, 0, []
        self.link = None

    def ack(self, h):
        count = (h - self.acked) % 2**32
        if count > len(self.queue):
            tell("broken", why=f"{h} acknowledged, of {self.acked + len(self.queue)}")
        del self.queue[:count]
        self.acked = h

    def send(self, stanza):
        self.queue.append(stanza)
        if self.link:
            self.link.write(stanza)


class Tap(asyncio.Protocol):
    """The client's end of the wire: hands bytes on, and counts how often the client spoke after it had been spoken to."""

    def __init__(self, account, port):
        self.account, self.port = account, port
        self.inner, self.waiting, self.answered = None, b"", True

    def connection_made(self, transport):
        self.transport = transport
        self.account.trips = 0
        self.task = asyncio.ensure_future(self.connect())

    async def connect(self):
        loop = asyncio.get_running_loop()
        self.inner, _ = await loop.create_connection(lambda: Untapped(self), "127.0.0.1", self.port)
        self.inner.write(self.waiting)
        if self.transport.is_closing():
            self.inner.abort()

    def data_received(self, data):
        self.account.trips += self.answered
        self.answered = False
        if self.inner:
            self.inner.write(data)
        else:
            self.waiting += data

    def eof_received(self):
        if self.inner:
            self.inner.write_eof()

    def connection_lost(self, _):
        if self.inner:
            self.inner.abort()


class Untapped(asyncio.Protocol):
    """The other end of a Tap."""

    def __init__(self, tap):
        self.tap = tap

    def data_received(self, data):
        self.tap.answered = True
        self.tap.transport.write(data)

    def connection_lost(self, _):
        self.tap.transport.abort()


class Link(asyncio.Protocol):
    def __init__(self, account):
        self.account, self.out, self.rounds = account, "", 0
        self.session = self.scram = self.mechanism = None
        self.is_authenticated = self.is_online = self.wants_tokens = False
        self.refused = []
        self.ready_how = None

    # ---- bytes ----

    def connection_made(self, transport):
        self.transport = transport
        self.account.link_number += 1
        self.number = self.account.link_number
        self.account.links.add(self)
        self.reset()

    def connection_lost(self, _):
        self.account.links.discard(self)
        if self.session and self.session.link is self:
            self.session.link = None

    def reset(self):
        self.parser, self.depth = XMLPullParser(["start", "end"]), 0

    def data_received(self, data):
        parser = self.parser
        parser.feed(data)
        for event, node in parser.read_events():
            self.depth += 1 if event == "start" else -1
            if event == "start" and self.depth == 1:
                self.on_header(node)
            elif event == "end" and self.depth == 1:
                self.on_element(node)
            elif event == "end" and self.depth == 0:
                self.write("</stream:stream>")
        self.flush()

    def write(self, text):
        self.out += text

    def flush(self):
        if not self.out:
            return
        self.transport.write(self.out.encode())
        self.out = ""
        if self.is_online:
            return
        self.rounds += 1
        if self.ready_how:
            self.is_online = True
            tell("online", how=self.ready_how, by=self.mechanism, rounds=self.rounds,
                 trips=self.account.trips, jid=self.session.jid, link=self.number, refused=self.refused)

    def say(self, stanza):
        self.session.send(stanza)
        self.flush()

    # ---- the stream ----

    def on_header(self, node):
        self.write("<?xml version='1.0'?><stream:stream from='localhost' id='%s' version='1.0' xmlns='jabber:client' "
                   "xmlns:stream='http://etherx.jabber.org/streams'>" % os.urandom(6).hex())
        if self.account.elsewhere:
            self.send_elsewhere()
            return
        self.write_features()
        if node.get("from") != self.account.name + "@localhost":
            tell("broken", why="another `from`")

    def send_elsewhere(self):
        self.write("<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>"
                   f"{escape(self.account.elsewhere)}</see-other-host></stream:error></stream:stream>")
        self.flush()
        tell("elsewhere", link=self.number)
        self.transport.close()

    def write_features(self):
        if self.is_authenticated:
            self.write("<stream:features><bind xmlns='%s'/><sm xmlns='%s'/><csi xmlns='urn:xmpp:csi:0'/>"
                       "</stream:features>" % (BIND, SM))
            return
        names = "".join("<mechanism>%s</mechanism>" % m for m in ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"))
        sasl2 = ("<authentication xmlns='%s'>%s<inline><sm xmlns='%s'/><bind xmlns='%s'><inline><feature var='%s'/>"
                 "</inline></bind><fast xmlns='%s'><mechanism>HT-SHA-256-NONE</mechanism>"
                 "<mechanism>HT-SHA-256-ENDP</mechanism></fast></inline></authentication>"
                 % (SASL2, names, SM, BIND2, SM, FAST))
        self.write("<stream:features><mechanisms xmlns='%s'>%s</mechanisms><sasl-channel-binding xmlns="
                   "'urn:xmpp:sasl-cb:0'><channel-binding type='tls-server-end-point'/></sasl-channel-binding>%s"
                   "</stream:features>" % (SASL, names, sasl2 if self.account.has_sasl2 else ""))

    def on_element(self, node):
        namespace, name = node.tag[1:].split("}")
        if namespace == SASL2:
            getattr(self, "sasl2_" + name)(node)
        elif namespace == SASL:
            getattr(self, "sasl_" + name)(node)
        elif namespace == SM:
            getattr(self, "sm_" + name)(node)
        elif namespace == "jabber:client":
            self.on_stanza(node, name)  # else it is a stream error

    # ---- SCRAM (RFC 5802) ----

    def scram_first(self, mechanism, data):
        self.mechanism = mechanism
        header, bare = data.decode().split(",,", 1)
        wanted = "p=tls-server-end-point" if mechanism.endswith("-PLUS") else "n"
        if header != wanted:
            tell("broken", why=f"gs2 header {header}, not {wanted}")
        nonce = bare.split("r=")[1] + os.urandom(12).hex()
        first = f"r={nonce},s={b64(self.account.salt)},i={ITERATIONS}"
        cbind = (header + ",,").encode() + (self.account.end_point if mechanism.endswith("-PLUS") else b"")
        self.scram = (bare, first, f"c={b64(cbind)},r={nonce}")
        return first.encode()

    def scram_final(self, data):
        """The server's signature, or None."""
        without, proof = data.decode().rsplit(",p=", 1)
        if without != self.scram[2]:
            return None
        message = ",".join(self.scram).encode()
        signature = digest(self.account.stored_key, message)
        key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature))
        if hashlib.sha256(key).digest() != self.account.stored_key:
            return None
        return b"v=" + b64(digest(self.account.server_key, message)).encode()

    # ---- RFC 6120 6 ----

    def sasl_auth(self, node):
        first = self.scram_first(node.get("mechanism"), base64.b64decode(node.text))
        self.write(f"<challenge xmlns='{SASL}'>{b64(first)}</challenge>")

    def sasl_response(self, node):
        final = self.scram_final(base64.b64decode(node.text))
        if final is None:
            self.write(f"<failure xmlns='{SASL}'><not-authorized/></failure>")
            return
        self.write(f"<success xmlns='{SASL}'>{b64(final)}</success>")
        self.flush()
        self.is_authenticated = True
        self.reset()

    # ---- XEP-0388 ----

    def sasl2_authenticate(self, node):
        mechanism = node.get("mechanism")
        data = base64.b64decode(node.find(f"{{{SASL2}}}initial-response").text)
        agent = node.find(f"{{{SASL2}}}user-agent")
        self.request, self.agent = node, agent.get("id") if agent is not None else None
        if not self.account.has_sasl2:
            self.write("<stream:error><unsupported-stanza-type xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                       "</stream:error></stream:stream>")
        elif mechanism.startswith("HT-"):
            self.by_token(mechanism, data, node.find(f"{{{FAST}}}fast"))
        elif self.wants_tokens:
            self.fail("invalid-mechanism")
        else:
            first = self.scram_first(mechanism, data)
            self.write(f"<challenge xmlns='{SASL2}'>{b64(first)}</challenge>")

    def sasl2_response(self, node):
        final = self.scram_final(base64.b64decode(node.text))
        if final is None:
            self.fail("not-authorized")
        else:
            self.succeed(final)

    def by_token(self, mechanism, data, fast):
        self.mechanism = mechanism
        name, proof = data.split(b"\0", 1)
        text, agent, wanted = self.account.token or ("", None, None)
        count = int(fast.get("count"))
        is_replayed, self.account.count = count <= self.account.count, max(count, self.account.count)
        binding = self.account.end_point if mechanism.endswith("ENDP") else b""
        if (name.decode() != self.account.name or (agent, wanted) != (self.agent, mechanism) or is_replayed
                or not hmac.compare_digest(proof, digest(text.encode(), b"Initiator" + binding))):
            self.wants_tokens = self.account.only_tokens
            self.fail("not-authorized")
        else:
            self.succeed(digest(text.encode(), (b"Liar" if self.account.lies else b"Responder") + binding))

    def fail(self, condition):
        self.refused.append(condition)
        self.write(f"<failure xmlns='{SASL2}'><{condition} xmlns='{SASL}'/></failure>")

    def succeed(self, data):
        self.is_authenticated = True
        inside, resend = self.resume(), []
        if inside and self.ready_how == "resumed":
            resend = self.session.queue
        else:
            inside += self.bind()
        jid = self.session.jid if self.session else self.account.name + "@localhost"
        self.write(f"<success xmlns='{SASL2}'><additional-data>{b64(data)}</additional-data>"
                   f"<authorization-identifier>{jid}</authorization-identifier>{inside}{self.new_token()}</success>")
        if self.ready_how != "resumed":
            self.write_features()
        for stanza in resend:
            self.write(stanza)

    def new_token(self):
        request = self.request.find(f"{{{FAST}}}request-token")
        if request is None or self.agent is None:
            return ""
        self.account.token = ("secret-token:" + os.urandom(16).hex(), self.agent, request.get("mechanism"))
        self.account.count = 0
        return f"<token xmlns='{FAST}' expiry='2099-01-01T00:00:00Z' token='{self.account.token[0]}'/>"

    def resume(self):
        request = self.request.find(f"{{{SM}}}resume")
        if request is None:
            return ""
        session = self.account.sessions.get(request.get("previd"))
        if session is None:
            return (f"<failed xmlns='{SM}'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
        session.ack(int(request.get("h")))
        self.session, session.link, self.ready_how = session, self, "resumed"
        return f"<resumed xmlns='{SM}' h='{session.handled}' previd='{session.id}'/>"

    def bind(self):
        request = self.request.find(f"{{{BIND2}}}bind")
        if request is None:
            return ""
        tag = request.find(f"{{{BIND2}}}tag").text
        self.session = Session(f"{self.account.name}@localhost/{tag}~{os.urandom(4).hex()}")
        self.session.link, self.ready_how = self, "bound"
        enable = request.find(f"{{{SM}}}enable")
        return f"<bound xmlns='{BIND2}'>{self.enabled() if enable is not None else ''}</bound>"

    def enabled(self):
        self.account.sessions[self.session.id] = self.session
        return f"<enabled xmlns='{SM}' id='{self.session.id}' resume='true' max='600'/>"

    # ---- XEP-0198 ----

    def sm_enable(self, _):
        self.write(self.enabled())

    def sm_resume(self, _):
        self.write(f"<failed xmlns='{SM}'/>")

    def sm_r(self, _):
        self.write(f"<a xmlns='{SM}' h='{self.session.handled}'/>")

    def sm_a(self, node):
        self.session.ack(int(node.get("h")))

    # ---- stanzas ----

    def on_stanza(self, node, name):
        if not self.is_authenticated:
            tell("broken", why=f"a stanza before the login: {name}")
        bind = node.find(f"{{{BIND}}}bind")
        if bind is not None:
            self.session = Session(f"{self.account.name}@localhost/classic")
            self.session.link, self.ready_how = self, "bound"
            self.write(f"<iq type='result' id={quoteattr(node.get('id'))}><bind xmlns='{BIND}'><jid>"
                       f"{self.session.jid}</jid></bind></iq>")
            return
        self.session.handled += 1
        if name == "iq" and node.get("type") in ("get", "set"):
            inner = "<query xmlns='jabber:iq:roster'/>" if node.find("{jabber:iq:roster}query") is not None else ""
            self.session.send(f"<iq type='result' id={quoteattr(node.get('id'))}>{inner}</iq>")
        elif name == "message":
            tell("answer", body=node.findtext("{jabber:client}body"))


def obey(account, line):
    verb, _, rest = line.partition(" ")
    current = [link for link in account.links if link.is_online]
    if verb == "say":
        stanza = f"<message from='romeo@localhost/x' type='chat'><body>{escape(rest)}</body></message>"
        if current:
            current[-1].say(stanza)
        else:
            list(account.sessions.values())[-1].send(stanza)
    elif verb == "cut":
        for link in list(account.links):
            link.connection_lost(None)
            link.transport.abort()
    elif verb == "forget":
        account.sessions.clear()
    elif verb == "revoke":
        account.token = None
    elif verb in ("classic", "sasl2"):
        account.has_sasl2 = verb == "sasl2"
    elif verb == "only-tokens":
        account.only_tokens = True
    elif verb == "elsewhere":
        account.elsewhere = rest
    elif verb == "lie":
        account.lies = True


async def main(name, password, certificate, key):
    with open(certificate, encoding="ascii") as file:
        account = Account(name, password, ssl.PEM_cert_to_DER_cert(file.read()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Link(account), "127.0.0.1", 0, ssl=context)
    inner_port = server.sockets[0].getsockname()[1]
    wire = await loop.create_server(lambda: Tap(account, inner_port), "127.0.0.1", 0)
    tell("port", port=wire.sockets[0].getsockname()[1])
    stdin = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    while line := await stdin.readline():
        obey(account, line.decode().rstrip("\n"))


asyncio.run(main(*sys.argv[1:]))
