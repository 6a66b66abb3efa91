# SPDX-License-Identifier: MIT
"""supervisor: a unix datagram socket as a supervisor has it (sd_notify(3)): a line of JSON for each datagram."""
import json
import socket
import sys

path = sys.argv[1]
ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind("\0" + path[1:] if path.startswith("@") else path)
print(json.dumps("listening"), flush=True)
while True:
    print(json.dumps(ear.recv(65536).decode()), flush=True)
