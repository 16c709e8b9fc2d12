"""What the stand-ins of cloud APIs share: a server, a record of calls, faults on demand.

A stand-in is a subclass with one method for each route. It answers like the service and refuses
what the service refuses: a request that no route takes is 404, and a test sees it in `calls`.
Faults come between the client and the routes, as a bad network or a busy service would.
"""

from __future__ import annotations

import email.utils
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """`query` has the last value of each parameter, `repeated` all of them; `body` is what came,
    `document` its JSON."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    repeated: dict[str, list[str]] = field(default_factory=dict)

    @property
    def document(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").partition("Bearer ")[2]


@dataclass
class Response:
    """`body`: bytes as they are, or anything JSON."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass
class Call:
    """A request and the status that answered it (0: the connection was broken)."""

    request: Request
    status: int


@dataclass
class Fault:
    """What happens to the next `times` requests that match, after `skip` that are let through.

    `kind`: status (answers `status` with `headers`, the route is not asked), silent (no answer for
    `seconds`, then a reset), reset (the connection is reset), cut (half of the body, then a reset),
    short (half of the body, then an orderly end), slow (the body in drops, over `seconds`), garbage
    (no JSON), changed (`change` makes another answer of the route's own).
    `where` looks at more of a request than its method and path; `then` is done when it strikes.
    """

    kind: str
    path: str = ".*"
    method: str = ".*"
    status: int = 500
    code: str = "Fault"
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    where: Callable[[Request], bool] = lambda request: True
    change: Callable[[Request, Response], Response] = lambda request, response: response
    then: Callable[[], object] = lambda: None
    struck: int = 0

    def strikes(self, request: Request) -> bool:
        """Whether this request is one of those; counts it."""
        if not (
            self.times > 0
            and re.fullmatch(self.method, request.method)
            and re.fullmatch(self.path, request.path)
            and self.where(request)
        ):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        self.struck += 1
        return True


class _Server(ThreadingHTTPServer):
    # Five by default: the sixth connection of a moment would wait a second for its next attempt.
    request_queue_size = 128


Handler = Callable[..., Response]
_ROUTES = "_ciw_routes"


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Marks a method as the answer to `method` on `path`, a regular expression of the whole path.

    The method gets the Request and the expression's groups, percent-decoded.
    """

    def mark(function: Handler) -> Handler:
        marks = getattr(function, _ROUTES, [])
        setattr(function, _ROUTES, [*marks, (method, re.compile(path))])
        return function

    return mark


class StandIn:
    """A service on the loopback interface, in a thread; close it, or use it in `with`.

    `clock` gives the service's own time, which its Date header tells.
    """

    def __init__(self, clock: Callable[[], float] = time.time):
        self.clock = clock
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self._routes = [
            (method, pattern, getattr(self, name))
            for name in dir(type(self))
            for method, pattern in getattr(getattr(type(self), name), _ROUTES, ())
        ]
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fault(self, kind: str, **more: Any) -> Fault:
        """Plans a fault for the requests to come; see Fault."""
        made = Fault(kind, **more)
        with self.lock:
            self.faults.append(made)
        return made

    def answer(self, request: Request) -> Response:
        """The answer of the first route that takes the request. Subclasses may check it first."""
        for method, pattern, function in self._routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return function(request, *(unquote(group or "") for group in match.groups()))
        return self.error(404, "NotFound", f"no route takes {request.method} {request.path}")

    @staticmethod
    def error(status: int, code: str, message: str, **headers: str) -> Response:
        """An error in the form that Azure and Google share."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response({"error": {"code": code, "message": message}}, status, named)

    def take_fault(self, request: Request) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.strikes(request):
                    return fault
        return None


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class StandInHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # The body must not wait for the acknowledgement of the headers, 40 ms for each answer.
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """Quiet: `calls` has it."""

        def date_time_string(self, timestamp: float | None = None) -> str:
            return email.utils.formatdate(stand_in.clock(), usegmt=True)

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline:
                self.close_connection = True
                return
            if not self.parse_request():
                return
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            request = Request(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(size) if size else b"",
                parse_qs(parts.query, keep_blank_values=True),
            )
            self._respond(request, stand_in.take_fault(request))

        def _respond(self, request: Request, fault: Fault | None) -> None:
            kind = fault.kind if fault else ""
            if fault is not None:
                fault.then()
            if fault is not None and kind in ("reset", "silent"):
                self._note(request, 0)
                time.sleep(fault.seconds)
                self._reset()
                return
            if fault is not None and kind == "status":
                response = stand_in.error(fault.status, fault.code, "planned by the test")
                response.headers.update(fault.headers)
            else:
                with stand_in.lock:
                    response = stand_in.answer(request)
                    if fault is not None and kind == "changed":
                        response = fault.change(request, response)
            self._note(request, 0 if kind in ("cut", "short") else response.status)
            content = b"<html>not what was asked" if kind == "garbage" else response.content
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            if "Content-Type" not in response.headers:
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if request.method == "HEAD":
                return
            if kind in ("cut", "short"):
                self.wfile.write(content[: len(content) // 2])
                self.wfile.flush()
                self.close_connection = True
                if kind == "cut":
                    self._reset()
            elif fault is not None and kind == "slow":
                self._drip(content, fault.seconds)
            else:
                self.wfile.write(content)

        def _drip(self, content: bytes, seconds: float) -> None:
            pieces = max(1, len(content) // 512)
            for start in range(0, len(content), 512):
                self.wfile.write(content[start : start + 512])
                self.wfile.flush()
                time.sleep((seconds or 0.01 * pieces) / pieces)

        def _note(self, request: Request, status: int) -> None:
            with stand_in.lock:
                stand_in.calls.append(Call(request, status))

        def _reset(self) -> None:
            """Closes with RST, as a broken network does, and not with an orderly end."""
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True

    return StandInHandler
