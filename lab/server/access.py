"""Access lists of the app's objects, as metadata/default.meta and local.meta give them.

A stanza is [], [type] or [type/name]; the most specific one that sets `access` holds.
Without any, everybody reads and admin and power write (what Splunk does in a new app).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from lab.conf import Conf, ConfError, layered
from lab.server.errors import RestError
from lab.server.sessions import Session

_ACCESS = re.compile(r"(read|write)\s*:\s*\[([^\]]*)\]")


@dataclass(frozen=True)
class Access:
    read: frozenset[str]
    write: frozenset[str]
    export: str = "none"

    def permits(self, session: Session, verb: str) -> bool:
        allowed = self.read if verb == "read" else self.write
        return (
            session.system
            or session.is_admin
            or "*" in allowed
            or bool(allowed.intersection(session.user.roles))
        )


_DEFAULT = Access(frozenset({"*"}), frozenset({"admin", "power"}))


class AccessLists:
    def __init__(self, app_path: Path):
        folder = app_path / "metadata"
        self._conf: Conf = layered([folder / "default.meta", folder / "local.meta"])
        self._named = {unquote(name): stanza for name, stanza in self._conf.items()}

    def of(self, kind: str, name: str) -> Access:
        """`kind` as in default.meta: collections, views, savedsearches, lookups…"""
        chain = [self._named[key] for key in (f"{kind}/{name}", kind, "") if key in self._named]
        text, where = None, ""
        for stanza in chain:
            if "access" in stanza.settings:
                text, where = stanza.get("access"), stanza.where("access")
                break
        export = next((s.get("export") for s in chain if "export" in s.settings), "none")
        if text is None:
            return Access(_DEFAULT.read, _DEFAULT.write, export)
        lists = {
            verb: frozenset(part.strip() for part in names.split(",") if part.strip())
            for verb, names in _ACCESS.findall(text)
        }
        if not lists:
            raise ConfError(f"{where}: access is read : [ … ], write : [ … ], not {text!r}")
        return Access(lists.get("read", frozenset()), lists.get("write", frozenset()), export)

    def demand(self, session: Session, verb: str, kind: str, name: str) -> Access:
        """403 unless this session may read or write the object."""
        access = self.of(kind, name)
        if not access.permits(session, verb):
            raise RestError(
                403,
                f"User '{session.user.name}' with roles"
                f" {{ {', '.join(session.user.roles)} }} cannot {verb}"
                f" {kind}/{name}: permission denied",
            )
        return access
