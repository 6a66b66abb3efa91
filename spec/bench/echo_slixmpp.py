# SPDX-License-Identifier: MIT
"""An echo bot on slixmpp, the way its documentation teaches: a ClientXMPP with handlers for session_start and
message, msg.reply(body).send().

    echo_slixmpp.py PORT ACCOUNTS [CA_FILE]      with CA_FILE: STARTTLS, certificate verified

It answers chat messages only, as the documentation's bot does, so presence and groupchat are stanzas that it
has no use for.
"""
import sys

import slixmpp


class EchoBot(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.message)

    async def start(self, event):
        self.send_presence()
        await self.get_roster()

    def message(self, msg):
        if msg["type"] in ("chat", "normal"):
            msg.reply(msg["body"]).send()


def main(port, accounts, ca_file):
    for i in range(accounts):
        bot = EchoBot(f"bot{i}@localhost/bench", "secret")
        bot.register_plugin("xep_0030")
        bot.register_plugin("xep_0199")
        if ca_file:
            bot.ca_certs = ca_file
            bot.connect(("127.0.0.1", port))
        else:
            bot["feature_mechanisms"].unencrypted_plain = True
            bot.connect(("127.0.0.1", port), disable_starttls=True)
    bot.loop.run_forever()


main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
