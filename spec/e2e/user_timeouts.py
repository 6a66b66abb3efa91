#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The TCP connections of another process, and after how many milliseconds the kernel gives each up when what was sent
on it is not acknowledged (TCP_USER_TIMEOUT, RFC 5482; 0: as it likes). The kernel lists that nowhere, so the sockets
are borrowed (pidfd_getfd).

  user_timeouts.py PID     a line for each: the peer's port, the milliseconds; "denied" where that is not allowed
"""

import ctypes
import os
import socket
import sys

PIDFD_GETFD = 438
TCP_USER_TIMEOUT = 18

pid = int(sys.argv[1])
process = os.pidfd_open(pid)
call = ctypes.CDLL(None, use_errno=True).syscall
for number in os.listdir(f"/proc/{pid}/fd"):
    try:
        if not os.readlink(f"/proc/{pid}/fd/{number}").startswith("socket:"):
            continue
    except OSError:
        continue
    copy = call(PIDFD_GETFD, process, int(number), 0)
    if copy < 0:
        print("denied", os.strerror(ctypes.get_errno()))
        break
    with socket.socket(fileno=copy) as sock:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM:
            try:
                print(sock.getpeername()[1], sock.getsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT))
            except OSError:
                pass  # not connected
