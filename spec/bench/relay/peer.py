# SPDX-License-Identifier: MIT
# Debian's prometheus-xmpp-alerts, told where the server is: it asks DNS for its JID's domain, and here that is localhost.
#
#   peer.py PORT CONFIG
import runpy
import sys

import slixmpp

port, config = int(sys.argv[1]), sys.argv[2]
connect = slixmpp.ClientXMPP.connect
slixmpp.ClientXMPP.connect = lambda self: connect(self, address=("127.0.0.1", port))
sys.argv = ["prometheus-xmpp-alerts", "--quiet", "--config=" + config]
runpy.run_path("/usr/bin/prometheus-xmpp-alerts", run_name="__main__")
