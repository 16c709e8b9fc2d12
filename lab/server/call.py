"""One REST call as handlers see it, the reply they give, and the table of routes.

Handlers are plain functions `(call, **path parts) -> Reply` and run in a worker thread; they know
nothing of ASGI. The same handlers serve splunkd's port paths and Splunk Web's proxy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from lab.server.errors import RestError

if TYPE_CHECKING:
    from lab.server.sessions import Session
    from lab.server.state import State

Pairs = list[tuple[str, str]]


@dataclass
class Reply:
    """What goes over the wire: `body` already encoded."""

    body: bytes
    media_type: str = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """`path` is below /services; `owner` and `app` are None when called without a namespace."""

    state: State
    method: str
    path: str
    query: Pairs
    form: Pairs
    body: bytes
    headers: dict[str, str]
    session: Session | None = None
    owner: str | None = None
    app: str | None = None
    remote: str = "127.0.0.1"

    @property
    def pairs(self) -> Pairs:
        return self.query + self.form

    def get(self, name: str, default: str = "") -> str:
        """The first value of a query or form argument."""
        return next((value for key, value in self.pairs if key == name), default)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def require(self, name: str) -> str:
        value = self.get(name)
        if not value:
            raise RestError(400, f"The following required arguments are missing: {name}.")
        return value

    def integer(self, name: str, default: int) -> int:
        text = self.get(name)
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            raise RestError(400, f"{name} must be a whole number, not {text!r}") from None

    def boolean(self, name: str, default: bool = False) -> bool:
        text = self.get(name).strip().lower()
        if not text:
            return default
        if text in ("1", "t", "true", "y", "yes"):
            return True
        if text in ("0", "f", "false", "n", "no"):
            return False
        raise RestError(400, f"{name} must be a boolean, not {text!r}")

    def json(self) -> Any:
        """The body as JSON; 400 as splunkd says it."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise RestError(400, f"JSON in the request is invalid. ( {error} )") from None

    @property
    def user(self) -> Session:
        """The caller's session; routes that need none must not ask."""
        if self.session is None:
            raise RestError(401, "call not properly authenticated")
        return self.session


Handler = Callable[..., Reply]


@dataclass(frozen=True)
class Route:
    """`pattern` is a regular expression over the whole path below /services.

    Without `capability` any logged-in user may call it; `anonymous` needs no session at all.
    """

    method: str
    pattern: str
    handler: Handler
    capability: str | None = None
    anonymous: bool = False

    def match(self, path: str) -> dict[str, str] | None:
        found = re.fullmatch(self.pattern, path)
        return found.groupdict() if found else None


def json_reply(value: Any, status: int = 200) -> Reply:
    return Reply(
        json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        "application/json",
        status,
    )


def parse_form(body: bytes, content_type: str) -> Pairs:
    """The pairs of an urlencoded body.

    splunklib and curl send forms, sometimes without saying so; JSON bodies are left alone.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", ""):
        return []
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True)
    except (UnicodeDecodeError, ValueError):
        raise RestError(400, "the body is not a UTF-8 urlencoded form") from None
