"""Access lists of the app's objects, as metadata/default.meta and local.meta give them.

A stanza is [], [type] or [type/name]; the most specific one that sets `access` holds.
Without any, everybody reads and admin and power write (what Splunk does in a new app).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from lab.conf import ConfError, layered
from lab.confwriter import change_stanza, remove_stanza
from lab.server.errors import RestError
from lab.server.sessions import Session

_ACCESS = re.compile(r"(read|write)\s*:\s*\[([^\]]*)\]")


@dataclass(frozen=True)
class Access:
    read: frozenset[str]
    write: frozenset[str]
    export: str = "none"
    owner: str = "nobody"

    @property
    def sharing(self) -> str:
        return "global" if self.export == "system" else "app"

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
    """The app's default.meta and local.meta, and `own`: the file for what REST calls change."""

    def __init__(self, app_path: Path, own: Path):
        folder = app_path / "metadata"
        self._files = [folder / "default.meta", folder / "local.meta", own]
        self.own = own
        self.reload()

    def reload(self) -> None:
        self._named = {unquote(name): stanza for name, stanza in layered(self._files).items()}

    def of(self, kind: str, name: str) -> Access:
        """`kind` as in default.meta: collections, views, savedsearches, lookups…"""
        chain = [self._named[key] for key in (f"{kind}/{name}", kind, "") if key in self._named]
        text, where = None, ""
        for stanza in chain:
            if "access" in stanza.settings:
                text, where = stanza.get("access"), stanza.where("access")
                break
        export = next((s.get("export") for s in chain if "export" in s.settings), "none")
        owner = next((s.get("owner") for s in chain if "owner" in s.settings), "nobody")
        if text is None:
            return Access(_DEFAULT.read, _DEFAULT.write, export, owner)
        lists = {
            verb: frozenset(part.strip() for part in names.split(",") if part.strip())
            for verb, names in _ACCESS.findall(text)
        }
        if not lists:
            raise ConfError(f"{where}: access is read : [ … ], write : [ … ], not {text!r}")
        nobody: frozenset[str] = frozenset()
        return Access(lists.get("read", nobody), lists.get("write", nobody), export, owner)

    def set(
        self, kind: str, name: str, read: Iterable[str], write: Iterable[str], owner: str,
        export: str,
    ) -> None:
        """Keeps an object's access list in the own file, over all others."""
        lists = ", ".join(
            f"{verb} : [ {', '.join(sorted(names))} ]"
            for verb, names in (("read", read), ("write", write))
        )
        settings = {"access": lists, "owner": owner, "export": export}
        change_stanza(self.own, f"{kind}/{quote(name, safe='')}", settings)
        self.reload()

    def forget(self, kind: str, name: str) -> None:
        """Drops what was set for an object that is no more."""
        if remove_stanza(self.own, f"{kind}/{quote(name, safe='')}"):
            self.reload()

    def permits(self, session: Session, verb: str, kind: str, name: str) -> bool:
        return self.of(kind, name).permits(session, verb)

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
