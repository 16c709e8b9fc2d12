"""Custom REST endpoints: restmap.conf's persistent scripts, and what web.conf exposes of them.

Each `[script:…]` gets its own processes (`persist_worker`), which stay alive between calls and
run one call at a time; calls at once start further processes, up to PROCESSES. So module-level
state in a handler is as unreliable here as in a Splunk cluster. Changed code under bin/ starts
them anew.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lab.conf import Conf, ConfError, Stanza
from lab.server.call import Call, Reply
from lab.server.errors import RestError

log = logging.getLogger(__name__)
WORKER = Path(__file__).with_name("persist_worker.py")
PROCESSES = 3
_CAPABILITY_TOKEN = re.compile(r"\s*(\(|\)|[\w:.-]+)")


def capability_holds(expression: str, may) -> bool:
    """restmap.conf's capability expressions: names, `and`, `or`, parentheses."""
    tokens = _CAPABILITY_TOKEN.findall(expression)

    def either():
        value = both()
        while tokens and tokens[0].lower() == "or":
            tokens.pop(0)
            value = both() or value
        return value

    def both():
        value = one()
        while tokens and tokens[0].lower() == "and":
            tokens.pop(0)
            value = one() and value
        return value

    def one():
        token = tokens.pop(0) if tokens else ")"
        if token == "(":
            value = either()
            if not tokens or tokens.pop(0) != ")":
                raise ConfError(f"restmap.conf: capability {expression!r} lacks a parenthesis")
            return value
        if token == ")" or token.lower() in ("and", "or"):
            raise ConfError(f"restmap.conf: capability {expression!r} is not an expression")
        return may(token)

    value = either()
    if tokens:
        raise ConfError(f"restmap.conf: capability {expression!r} is not an expression")
    return value


class _Process:
    def __init__(self, app: Path, endpoint: Endpoint):
        self.stamp = _stamp(app)
        self._child = subprocess.Popen(
            [sys.executable, str(WORKER), str(app), endpoint.script, endpoint.handler],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            bufsize=1,
        )

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            self._child.stdin.write(json.dumps(request) + "\n")
            self._child.stdin.flush()
            line = self._child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            return {
                "failure": f"the handler's process ended with {self._child.wait()}; its"
                " message is in the server's log"
            }
        return json.loads(line)

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def stop(self) -> None:
        self._child.stdin.close()
        try:
            self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()


def _stamp(app: Path) -> float:
    return max((p.stat().st_mtime for p in (app / "bin").rglob("*.py")), default=0.0)


@dataclass(frozen=True)
class Endpoint:
    """One `[script:…]` stanza, checked."""

    stanza: Stanza
    match: str
    script: str
    handler: str

    @classmethod
    def of(cls, stanza: Stanza) -> Endpoint:
        for key in ("match", "handler"):
            if not stanza.get(key):
                raise ConfError(f"{stanza.where()}: [{stanza.name}] has no {key}")
        if stanza.get("scripttype", "persist") != "persist":
            raise ConfError(
                f"{stanza.where('scripttype')}: the lab hosts scripttype = persist only"
            )
        return cls(
            stanza, stanza.get("match").strip("/"), stanza.get("script"), stanza.get("handler")
        )

    def demand_capability(self, call: Call) -> None:
        expression = self.stanza.get(
            f"capability.{call.method.lower()}", self.stanza.get("capability")
        )
        if expression and not capability_holds(expression, call.user.may):
            raise RestError(
                403,
                f"You (user={call.user.user.name}) do not have permission to"
                f" perform this operation (requires capability: {expression}).",
            )

    def request(self, call: Call, path_info: str) -> dict[str, Any]:
        """What splunkd writes to the handler for a call."""
        stanza, state = self.stanza, call.state
        request: dict[str, Any] = {
            "output_mode": call.get("output_mode", "xml") or "xml",
            "output_mode_explicit": bool(call.get("output_mode")),
            "server": {
                "rest_uri": state.rest_uri,
                "hostname": "lab",
                "servername": "lab",
                "guid": "00000000-0000-0000-0000-000000000000",
            },
            "restmap": {"name": stanza.name, "conf": dict(stanza.settings)},
            "rest_path": "/" + self.match,
            "lang": "en-US",
            "method": call.method,
            "query": [list(pair) for pair in call.query],
            "connection": {"src_ip": call.remote, "ssl": False, "listening_port": state.port},
            "ns": {"app": call.app or state.app.name, "user": call.owner or "nobody"},
        }
        if path_info:
            request["path_info"] = path_info
        if not stanza.boolean("passConf", True):
            del request["restmap"]
        if call.session is not None and stanza.boolean("passSession", True):
            request["session"] = {"user": call.user.user.name, "authtoken": call.user.key}
        if stanza.boolean("passSystemAuth", False):
            request["system_authtoken"] = state.sessions.system.key
        if stanza.boolean("passHttpHeaders", False):
            request["headers"] = [[k, v] for k, v in call.headers.items()]
        payload = stanza.get("passPayload", "false").strip().lower()
        if payload == "base64":
            request["payload_base64"] = base64.b64encode(call.body).decode("ascii")
        elif payload in ("true", "1", "yes", "t", "y"):
            request["payload"] = call.body.decode("utf-8", "replace")
        else:
            request["form"] = [list(pair) for pair in call.form]
        return request


class Host:
    """Finds the endpoint for a path and has a process answer the call."""

    def __init__(self, app_path: Path, restmap: Conf, web: Conf):
        self._app = Path(app_path)
        self.endpoints = [Endpoint.of(s) for s in restmap.values() if s.name.startswith("script:")]
        self.expose = Expose(web)
        self._lock = threading.Lock()
        self._idle: dict[str, list[_Process]] = {e.match: [] for e in self.endpoints}
        self._slots = {e.match: threading.BoundedSemaphore(PROCESSES) for e in self.endpoints}

    def find(self, path: str) -> tuple[Endpoint, str] | None:
        """The endpoint with the longest match, and the rest of the path (path_info)."""
        path = unquote(path)
        best = None
        for endpoint in self.endpoints:
            here = path == endpoint.match or path.startswith(endpoint.match + "/")
            if here and (best is None or len(endpoint.match) > len(best.match)):
                best = endpoint
        return (best, path[len(best.match) :].strip("/")) if best else None

    def answer(self, endpoint: Endpoint, path_info: str, call: Call) -> Reply:
        if endpoint.stanza.boolean("requireAuthentication", True):
            endpoint.demand_capability(call)
        with self._slots[endpoint.match]:
            process = self._take(endpoint)
            told = process.ask(endpoint.request(call, path_info))
            if process.alive:
                with self._lock:
                    self._idle[endpoint.match].append(process)
            else:
                process.stop()
        if "failure" in told:
            log.error("%s: %s", endpoint.stanza.name, told["failure"])
            raise RestError(500, f"[{endpoint.stanza.name}] failed: {told['failure']}")
        return _reply(told["answer"])

    def _take(self, endpoint: Endpoint) -> _Process:
        stamp = _stamp(self._app)
        while True:
            with self._lock:
                idle = self._idle[endpoint.match]
                process = idle.pop() if idle else None
            if process is None:
                return _Process(self._app, endpoint)
            if process.alive and process.stamp == stamp:
                return process
            process.stop()

    def stop(self) -> None:
        with self._lock:
            for idle in self._idle.values():
                while idle:
                    idle.pop().stop()


def _reply(answer: Any) -> Reply:
    """splunkd sends `payload` with `status`; an object becomes JSON."""
    if not isinstance(answer, dict):
        raise RestError(500, "the handler did not answer with an object")
    payload = answer.get("payload", "")
    headers = {str(k): str(v) for k, v in dict(answer.get("headers") or {}).items()}
    media = next((headers.pop(k) for k in list(headers) if k.lower() == "content-type"), None)
    if isinstance(payload, str):
        body, default = payload.encode("utf-8", "replace"), "text/plain; charset=UTF-8"
    else:
        body, default = json.dumps(payload).encode("ascii"), "application/json; charset=UTF-8"
    if payload == "" and "payload_base64" in answer:
        body = base64.b64decode(answer["payload_base64"])
    status = answer.get("status", 200)
    if not isinstance(status, int) or not 100 <= status <= 599:
        raise RestError(500, f"the handler answered with the status {status!r}")
    return Reply(body, media or default, status, headers)


class Expose:
    """web.conf [expose:…]: which paths Splunk Web's proxy passes on, and for which methods.

    In a pattern an element `*` stands for one path element, `**` for any number, and `x*` for a
    prefix (web.conf.spec).
    """

    def __init__(self, web: Conf):
        self._rules: list[tuple[re.Pattern[str], frozenset[str]]] = []
        for stanza in web.values():
            if not stanza.name.startswith("expose:"):
                continue
            pattern = stanza.get("pattern")
            if not pattern or pattern != pattern.strip("/"):
                raise ConfError(
                    f"{stanza.where('pattern')}: [{stanza.name}] pattern must be set,"
                    " without leading or trailing slash"
                )
            methods = frozenset(
                m.strip().upper() for m in stanza.get("methods", "GET").split(",") if m.strip()
            )
            self._rules.append((re.compile(_glob(pattern)), methods))

    def allows(self, method: str, path: str) -> bool:
        return any(
            method in methods and rule.fullmatch(unquote(path)) for rule, methods in self._rules
        )


def _glob(pattern: str) -> str:
    parts = []
    for element in pattern.split("/"):
        if element == "**":
            parts.append(".*")
        elif element.endswith("*"):
            parts.append(re.escape(element[:-1]) + "[^/]" + ("*" if element[:-1] else "+"))
        else:
            parts.append(re.escape(element))
    return "/".join(parts)
