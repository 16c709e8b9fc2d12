"""What a source declares about itself, and the two generators it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Callable

from .errors import InvalidArgument

KINDS = ("text", "integer", "boolean", "choice", "list")
CURSORS = ("queue_ledger", "time_overlap", "blob_offset", "lease_ack", "period", "snapshot")


@dataclass(frozen=True)
class Argument:
    """One setting of the input's stanza.

    `kind` is one of KINDS; a list is written with commas. `pattern` must match each value whole.
    """

    name: str
    title: str
    help: str
    kind: str = "text"
    required: bool = False
    default: str = ""
    pattern: str = ""
    shape: str = ""
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None

    def read(self, value: str) -> Any:
        """The typed value. Raises InvalidArgument naming the argument and what it may be."""
        value = value.strip() or self.default
        if not value:
            if self.required:
                raise InvalidArgument(f"argument {self.name} is required: {self.help}")
            return {"list": (), "integer": None, "boolean": False}.get(self.kind, "")
        if self.kind == "integer":
            return self._integer(value)
        if self.kind == "boolean":
            return self._boolean(value)
        if self.kind == "choice" and value not in self.choices:
            raise self._wrong(value, "one of " + ", ".join(self.choices))
        if self.kind == "list":
            items = tuple(item.strip() for item in value.split(",") if item.strip())
            for item in items:
                self._match(item)
            return items
        self._match(value)
        return value

    def _match(self, value: str) -> None:
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise self._wrong(value, self.shape or "text matching " + self.pattern)

    def _integer(self, value: str) -> int:
        wanted = f"a whole number from {self.minimum} to {self.maximum}"
        if not re.fullmatch(r"\d{1,12}", value):
            raise self._wrong(value, wanted)
        number = int(value)
        if (self.minimum is not None and number < self.minimum) or (
            self.maximum is not None and number > self.maximum
        ):
            raise self._wrong(value, wanted)
        return number

    def _boolean(self, value: str) -> bool:
        if value.lower() in ("1", "true", "t", "yes"):
            return True
        if value.lower() in ("0", "false", "f", "no"):
            return False
        raise self._wrong(value, "true or false")

    def _wrong(self, value: str, wanted: str) -> InvalidArgument:
        return InvalidArgument(f"argument {self.name}: {value!r} is not {wanted}")


@dataclass(frozen=True)
class Permission:
    """One action the input calls in the cloud, on what, and why.

    `kind` tells what Azure separates: action (control plane), data (data action), graph
    (application permission of Microsoft Graph). AWS and Google know actions only.
    """

    action: str
    resource: str
    why: str
    kind: str = "action"


@dataclass(frozen=True)
class Cursor:
    """How far a shard has been read. `position` only ever grows; `state` is the source's own."""

    position: float
    done: bool = False
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Meta:
    """What the events of a page share. Empty values are left to the stanza."""

    sourcetype: str
    source: str = ""
    host: str = ""
    index: str = ""


@dataclass(frozen=True)
class Bad:
    """Something that could not be an event: where it was, why, and a bounded excerpt of it."""

    where: str
    reason: str
    offset: int = 0
    size: int = 0
    sha256: str = ""
    excerpt: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass
class Shard:
    """A part of the work with its own cursor: an object, a partition, an account and region.

    `key` names it for ever and everywhere (it is hashed into the checkpoint's key), `label` names
    it in messages. A shard with `bad` is quarantined as it stands; one with `filtered` only
    counts; one with a `failure` could not even be listed, which is its own matter. `is_lost` tells whether the transport still holds it. An `endless` shard (a blob that
    grows, a stretch of time into which events still come) is read in every run: its last page
    does not end it, unless that page's cursor says so. `partition` groups shards whose newest
    event tells how far behind the input is, by `server_time`, the service's clock. The core sets `outcome` (done,
    already_done, failed, stopped), `reason`, and `passing` where it failed for a reason that will
    pass (an outage, throttling).
    """

    key: str
    label: str
    payload: Any = None
    bad: Bad | None = None
    filtered: int = 0
    failure: str = ""
    is_lost: Callable[[], bool] = lambda: False
    endless: bool = False
    partition: str = ""
    server_time: float = 0.0
    outcome: str = ""
    reason: str = ""
    passing: bool = False


@dataclass
class Page:
    """Events to be sent as one chunk and committed with `cursor`.

    `events` are (time, text): time in epoch seconds as text, or "" for splunkd to find it.
    `clean` says that the texts hold no character that XML excludes (the source has looked).
    """

    meta: Meta
    events: list[tuple[str, str]]
    cursor: Cursor
    bad: list[Bad] = field(default_factory=list)
    filtered: int = 0
    sanitised: int = 0
    clean: bool = False


@dataclass(frozen=True)
class Source:
    """A whole input: its declaration, `shards` (what there is to read) and `pages` (reading it).

    `shards(context)` yields Shard after Shard; when it is resumed the shard's outcome is known.
    `pages(context, shard, cursor)` yields Pages that come after `cursor` (None: from the start).
    `check(arguments)` may raise InvalidArgument for what single arguments cannot tell.
    A source that polls is `exclusive(arguments)`: of several processes with its stanza one works,
    the one that holds the lease. A queue hands each its own work, so those run side by side.
    `index` and `interval` (seconds from the end of a run to the next) are the stanza's defaults.
    """

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    sourcetypes: tuple[str, ...]
    cursor: str
    permissions: tuple[Permission, ...]
    shards: Callable[[Any], Iterator[Shard]]
    pages: Callable[[Any, Shard, Cursor | None], Iterator[Page]]
    aws_services: tuple[str, ...] = ()
    exclusive: Callable[[dict[str, Any]], bool] = lambda arguments: False
    index: str = "cloud_audit"
    interval: int = 60
    check: Callable[[dict[str, Any]], None] = lambda arguments: None

    def read_arguments(self, parameters: dict[str, str]) -> dict[str, Any]:
        """Typed arguments of a stanza's parameters. Raises InvalidArgument."""
        values = {
            argument.name: argument.read(parameters.get(argument.name) or "")
            for argument in self.arguments
        }
        self.check(values)
        return values
