"""An HTTP proxy on this machine that passes everything on, and notes who came through."""

from __future__ import annotations

import base64
import re
import select
import socket
import socketserver
import threading
from urllib.parse import urlsplit

_AUTHORIZATION = re.compile(rb"\r\nProxy-Authorization: Basic (\S+)", re.IGNORECASE)


class Relay(socketserver.ThreadingTCPServer):
    """`credentials` are the USER:PASSWORD that were presented. Use it in `with`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.credentials: set[str] = set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Connection(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(65536)
            if not piece:
                return
            head += piece
        for found in _AUTHORIZATION.findall(head):
            self.server.credentials.add(base64.b64decode(found).decode())
        method, target = head.split(b" ", 2)[:2]
        address = target.decode() if method == b"CONNECT" else urlsplit(target.decode()).netloc
        host, _, port = address.partition(":")
        with socket.create_connection((host, int(port or 80))) as onward:
            if method == b"CONNECT":
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                onward.sendall(head)
            self._pass_on(onward)

    def _pass_on(self, onward: socket.socket) -> None:
        ends = {self.request: onward, onward: self.request}
        while True:
            for end in select.select(list(ends), [], [])[0]:
                piece = end.recv(1 << 16)
                if not piece:
                    return
                ends[end].sendall(piece)
