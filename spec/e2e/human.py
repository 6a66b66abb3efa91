#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The human of the end-to-end specs: a client that shares no code with the bots (slixmpp).

    human.py JID PASSWORD PORT CA_FILE

Commands are JSON objects, one a line, on stdin; events are JSON objects, one a line, on stdout. It decides
nothing and answers nothing by itself: what the server sends is told, what stdin says is sent. It ends at the
end of stdin, after the stream is closed.

Commands ("do"):
    say {to, body, type, id}      join {room, nick, password, history}      leave {room, nick}
    presence {to, type, show}     iq {xml}                                  raw {xml}
    sync {token}: event "synced" once the server has handled all that was sent before
    fill {jid, node, values}: runs an ad-hoc command of one form (XEP-0050, XEP-0004) as slixmpp understands it; event "filled"
        with fields ({var: {type, required, options}}), status, text; or error
Events ("event"): online, failed, closed, synced, message, presence, iq; the last three with
    from, to, type, id, body, subject, delayed, xml, and "error" (the condition) where there is one.
"""
import asyncio
import json
import ssl
import sys
from xml.etree import ElementTree

from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError
from slixmpp.xmlstream import tostring
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def tell(**fields):
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def condition_of(xml):
    error = xml.find("{jabber:client}error")
    for child in error if error is not None else ():
        if child.tag.startswith("{%s}" % STANZAS) and not child.tag.endswith("}text"):
            return child.tag.split("}")[1]
    return None


def fields_of(xml):
    """What a spec asks about; absent things are left out."""
    found = {name: xml.get(name) for name in ("from", "to", "type", "id")}
    found["body"] = xml.findtext("{jabber:client}body")
    found["subject"] = xml.findtext("{jabber:client}subject")
    found["status"] = xml.findtext("{jabber:client}status")
    found["delayed"] = xml.find("{urn:xmpp:delay}delay") is not None or None
    found["error"] = condition_of(xml)
    found["xml"] = tostring(xml)
    return {name: value for name, value in found.items() if value is not None}


class Human(ClientXMPP):
    def __init__(self, jid, password, ca_file):
        super().__init__(jid, password)
        self.ca_certs = ca_file
        self.ssl_context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.auto_reconnect = False
        self.auto_subscribe = None
        self.auto_authorize = None
        self.syncs = 0
        self.add_event_handler("session_start", self.on_session)
        self.add_event_handler("failed_all_auth", lambda _: tell(event="failed", reason="authentication"))
        self.add_event_handler("connection_failed", lambda why: tell(event="failed", reason=str(why)))
        self.add_event_handler("disconnected", self.on_disconnected)
        for kind in ("message", "presence", "iq"):
            matcher = MatchXPath("{jabber:client}%s" % kind)
            self.register_handler(Callback("tell " + kind, matcher, self.teller(kind)))

    @staticmethod
    def teller(kind):
        def handle(stanza):
            fields = fields_of(stanza.xml)
            if kind == "iq" and fields.get("id", "").startswith("sync-"):
                tell(event="synced", token=fields["id"][5:])
            else:
                tell(event=kind, **fields)
        return handle

    def exception(self, _exception):
        """slixmpp answers requests nobody handles with an error, and says so here: not of interest."""

    def on_session(self, _event):
        self.send_raw("<presence/>")
        tell(event="online", jid=str(self.boundjid))

    @staticmethod
    def on_disconnected(_reason):
        tell(event="closed")

    # Commands

    def do_say(self, to, body, type="chat", id=None):
        message = ElementTree.Element("message", {"to": to, "type": type})
        if id:
            message.set("id", id)
        ElementTree.SubElement(message, "body").text = body
        self.send_raw(ElementTree.tostring(message, encoding="unicode"))

    def do_join(self, room, nick, password=None, history=None):
        presence = ElementTree.Element("presence", {"to": "%s/%s" % (room, nick)})
        x = ElementTree.SubElement(presence, "x", {"xmlns": "http://jabber.org/protocol/muc"})
        if password is not None:
            ElementTree.SubElement(x, "password").text = password
        if history is not None:
            ElementTree.SubElement(x, "history", {"maxstanzas": str(history)})
        self.send_raw(ElementTree.tostring(presence, encoding="unicode"))

    def do_leave(self, room, nick):
        self.do_presence(to="%s/%s" % (room, nick), type="unavailable")

    def do_presence(self, to=None, type=None, show=None):
        attributes = {k: v for k, v in (("to", to), ("type", type)) if v is not None}
        presence = ElementTree.Element("presence", attributes)
        if show is not None:
            ElementTree.SubElement(presence, "show").text = show
        self.send_raw(ElementTree.tostring(presence, encoding="unicode"))

    def do_raw(self, xml):
        self.send_raw(xml)

    do_iq = do_raw

    def do_sync(self, token):
        self.send_raw("<iq type='get' id='sync-%s' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>"
                      % (token, self.boundjid.domain))

    def do_fill(self, jid, node, values):
        # Only now: with these plugins slixmpp answers requests by itself.
        for plugin in ("xep_0004", "xep_0030", "xep_0050"):
            self.register_plugin(plugin)
        self.filling = asyncio.ensure_future(self.fill(jid, node, values))

    async def fill(self, jid, node, values):
        try:
            asked = (await self["xep_0050"].send_command(jid, node))["command"]
            answer = self["xep_0004"].make_form(ftype="submit")
            fields = {var: {"type": field["type"], "required": field["required"],
                            "options": [option["value"] for option in field["options"]]}
                      for var, field in asked["form"].get_fields().items()}
            for var, value in values.items():
                answer.add_field(var=var, ftype=fields[var]["type"], value=value)
            done = (await self["xep_0050"].send_command(jid, node, action="complete", payload=answer,
                                                        sessionid=asked["sessionid"]))["command"]
            tell(event="filled", fields=fields, status=done["status"], text="\n".join(note[1] for note in done["notes"]))
        except IqError as error:
            tell(event="filled", error=error.condition)


async def read_commands(human):
    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        getattr(human, "do_" + command.pop("do"))(**command)


async def main(jid, password, port, ca_file):
    human = Human(jid, password, ca_file)
    human.connect(address=("127.0.0.1", int(port)))
    try:
        await read_commands(human)
    finally:
        await human.disconnect(wait=2.0)


if __name__ == "__main__":
    asyncio.get_event_loop_policy().get_event_loop().run_until_complete(main(*sys.argv[1:]))
