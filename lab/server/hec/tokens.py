"""HEC's tokens: inputs.conf's [http://name] stanzas under the global [http], and the lab's own.

Settings and defaults from inputs.conf.spec. Unlike Splunk, whose [http] is disabled at first, the
collector is on unless [http] says `disabled = 1`: it has no port of its own that one would open.
"""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.ingest.hec import Defaults
from lab.server.sessions import passwords_lock, write_private

PREFIX = "http://"
OWN = "lab"
DEFAULT_SOURCETYPE = "httpevent"
_UNITS = {"KB": 1024, "MB": 1024**2, "GB": 1024**3}


@dataclass(frozen=True)
class Token:
    """`indexes` empty: events may go to any index."""

    name: str
    value: str
    disabled: bool = False
    index: str = "main"
    indexes: tuple[str, ...] = ()
    sourcetype: str = ""
    source: str = ""
    host: str = ""
    use_ack: bool = False
    query_string: bool = False

    def allows(self, index: str, app: Any) -> bool:
        return index in app.indexes and (not self.indexes or index in self.indexes)

    def defaults(self) -> Defaults:
        return Defaults(
            self.index, self.sourcetype or DEFAULT_SOURCETYPE, self.source or f"http:{self.name}",
            self.host or "lab",
        )


def own_token(file: Path) -> str:
    """The lab's own token, made once and kept beside the users' passwords."""
    with passwords_lock:
        stored = json.loads(file.read_text("utf-8")) if file.is_file() else {}
        if "hec_token" not in stored:
            stored["hec_token"] = str(uuid.uuid4())
            write_private(file, stored)
        return stored["hec_token"]


def is_enabled(app: Any) -> bool:
    common = app.inputs.get("http")
    return common is None or not common.boolean("disabled", False)


def configured(app: Any) -> dict[str, Token]:
    """The tokens of inputs.conf by name; a stanza without `token` opens nothing."""
    found = {}
    for stanza in app.inputs.values():
        if not stanza.name.startswith(PREFIX):
            continue
        name = stanza.name[len(PREFIX):]
        index = stanza.get("index", "main")
        found[name] = Token(
            name,
            stanza.get("token").strip(),
            stanza.boolean("disabled", False),
            "main" if index in ("", "default") else index,
            tuple(part.strip() for part in stanza.get("indexes").split(",") if part.strip()),
            stanza.get("sourcetype").strip(),
            stanza.get("source").strip(),
            stanza.get("host").strip(),
            stanza.boolean("useACK", False),
            stanza.boolean("allowQueryStringAuth", False),
        )
    return found


def find(app: Any, own: str, value: str) -> Token | None:
    """The token with this value; compared in constant time."""
    tokens = [*configured(app).values(), Token(OWN, own)]
    given = value.strip().lower().encode("utf-8", "surrogatepass")
    for token in tokens:
        if token.value and secrets.compare_digest(token.value.lower().encode(), given):
            return token
    return None


def event_bytes(app: Any) -> int:
    """[http] maxEventSize, 5 MB where it is not set."""
    common = app.inputs.get("http")
    text = (common.get("maxEventSize") if common else "").strip().upper() or "5MB"
    for unit, factor in _UNITS.items():
        if text.endswith(unit):
            return int(text[: -len(unit)]) * factor
    return int(text)


def content_bytes(app: Any) -> int:
    """limits.conf [http_input] max_content_length."""
    limits = app.conf("limits").get("http_input")
    return limits.integer("max_content_length", 838860800) if limits else 838860800
