#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# web_server: HTTP and HTTPS on loopback for specs. Started with certificate and key it prints {"http": port, "https": port},
# then a line of JSON for each request. What it answers, the path says:
#   /status/N   that status      /to?URL   a redirect there      /silent   nothing      /bytes/N   so many      /gzip/N   so many, compressed
#   /close   the end
#   /echo       the request as JSON                               else      201 for PUT, "hello" for the rest
#   /api/v2/silences                                              what an Alertmanager answers to a silence
#   /guarded/SECRET/…   the rest, to who sends that as a bearer token; else 401
import gzip
import http.server
import json
import ssl
import sys
import threading
import time

LOCK = threading.Lock()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # whoever comes is let in, though this process is slow


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *unused):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen = json.dumps({
            "method": self.command, "path": self.path, "len": len(body), "headers": self.headers.items(),
            "body": body[:1000].decode("latin-1"), "tls": self.server.is_tls,
        })
        with LOCK:  # one line at a time, of all that are asked at once
            print(seen, flush=True)
        path = self.path
        verb, _, rest = path[1:].partition("/")
        if verb == "guarded":
            secret, _, rest = rest.partition("/")
            if self.headers.get("Authorization") != "Bearer " + secret:
                self.answer(401)
                return
            path = "/" + rest
        if verb == "status":
            self.answer(int(rest), b"as asked")
        elif path.startswith("/to?"):
            self.answer(302, headers=[("Location", path[4:])])
        elif verb == "silent":
            time.sleep(60)
        elif verb == "bytes":
            self.answer(200, b"x" * int(rest))
        elif verb == "gzip":
            self.answer(200, gzip.compress(b"x" * int(rest)), [("Content-Encoding", "gzip")])
        elif verb == "close":
            self.close_connection = True
        elif verb == "echo":
            self.answer(200, seen.encode(), [("Content-Type", "application/json"), ("X-Twice", "a"), ("X-Twice", "b")])
        elif path == "/api/v2/silences":
            self.answer(200, b'{"silenceID":"0a1b2c3d-0000-4000-8000-000000000001"}', [("Content-Type", "application/json")])
        elif self.command == "PUT":
            self.answer(201)
        else:
            self.answer(200, b"hello", [("Content-Type", "text/plain")])

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = any


def serve(certificate):
    server = Server(("127.0.0.1", 0), Handler)
    server.is_tls = certificate is not None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


print(json.dumps({"http": serve(None), "https": serve(sys.argv[1:3])}), flush=True)
sys.stdin.read()  # until who started us is gone
