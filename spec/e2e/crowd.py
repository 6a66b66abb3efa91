#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A crowd for the end-to-end specs: a component (XEP-0114) whose addresses enter a room, one after the other.

    crowd.py PORT DOMAIN SECRET ROOM COUNT

It shares no code with the bots. A line says how many of them the room has told that they are in, after every fiftieth. It
ends at the end of stdin.
"""
import asyncio
import hashlib
import re
import sys

STREAM = "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='%s'>"
ENTER = ("<presence from='c%d@%s/x' to='%s/nick%d'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>"
         "</presence>")


async def matches(reader, pattern):
    """One thing for each match in what comes. The rest is not looked at: a server writes megabytes to 2,000 occupants."""
    wanted, rest = re.compile(pattern), b""
    while chunk := await reader.read(1 << 20):
        data, at = rest + chunk, 0
        for match in wanted.finditer(data):
            at = match.end()
            yield match
        rest = data[max(at, len(data) - 400):]
    raise SystemExit("the server has closed the stream")


async def main(port, domain, secret, room, count):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port), limit=1 << 24)
    writer.write((STREAM % domain).encode())
    said = matches(reader, rb"<stream:stream[^>]*\sid=['\"]([^'\"]*)|<handshake|code=['\"]110")
    digest = hashlib.sha1((await anext(said)).group(1) + secret.encode()).hexdigest()
    writer.write(("<handshake>%s</handshake>" % digest).encode())
    await anext(said)
    for number in range(int(count)):
        writer.write((ENTER % (number, domain, room, number)).encode())
    for number in range(1, int(count) + 1):
        await anext(said)
        if number % 50 == 0:
            print(number, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
