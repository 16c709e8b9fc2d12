"""iplocation: where addresses are, by a database in MaxMind's format that the user supplies.

The database is the one that limits.conf names in `[iplocation] db_path` (an absolute path), else
`iplocation.mmdb` in the home, else the lab's own, which knows the documentation's ranges only. From the Search Reference, iplocation: an address without a
location (an internal one) gets no fields; of one that has a location, what the database does not
say is an empty value. `lang=code` gives the two-letter codes of country, continent and region.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import maxminddb

from lab.engine.demand import PLACE_FIELDS
from lab.engine.expressions import Typed, text
from lab.engine.frame import Frame
from lab.engine.session import Session
from lab.places import FILE_NAME, brought_along
from lab.spl import nodes
from lab.spl.errors import SPLError

_BASIC = 5
"""So many of PLACE_FIELDS come without allfields."""
_CODE = "code"
_PLACES = ("city", "country", "enterprise", "insights")


def iplocation(session: Session, frame: Frame, node: nodes.Iplocation) -> Frame:
    reader = _reader(session, node)
    if node.lang not in (*reader.metadata().languages, _CODE):
        raise SPLError(f"the geographic database has no names in {node.lang!r}", node.span, "lang",
                       "it has " + ", ".join(reader.metadata().languages))
    column = frame.columns.get(node.name)
    if column is None:
        return frame
    address = text(Typed(column.sql, column.kind)) if column.kind != "mv" else (
        f"CASE WHEN len({column.sql}) > 1 THEN error('SPL:iplocation: the field {_quoted(node.name)}"
        f" has several addresses; use mvexpand') ELSE {column.sql}[1] END")
    function = session.own_function("py_iplocate", _locate(reader, node.lang), ["VARCHAR"],
                                    "VARCHAR[]")
    found = session.new("x")
    relation = session.define(f"SELECT *, {function}({address}) AS {found} FROM {frame.relation}")
    frame = replace(frame, relation=relation)
    additions = []
    for at, name in enumerate(PLACE_FIELDS[:None if node.allfields else _BASIC]):
        old = frame.columns.get(node.prefix + name)
        kept = "NULL" if old is None else text(Typed(old.sql, old.kind)) if old.kind != "mv" \
            else f"{old.sql}[1]"
        additions.append((node.prefix + name, f"coalesce({found}[{at + 1}], {kept})", "str"))
    return session.derive(frame, additions)


def _quoted(name: str) -> str:
    return name.replace("'", "''")


def database_path(session: Session, node: nodes.Iplocation) -> Path:
    """SPLError where the database that is named cannot be; a word where there is none."""
    conf = session.context.app.conf("limits")
    named = conf["iplocation"].get("db_path") if "iplocation" in conf else ""
    if named:
        path = Path(named)
        if not path.is_absolute():
            raise SPLError(f"limits.conf [iplocation] db_path = {named}: the path is not absolute",
                           node.span, "iplocation")
        if not path.is_file():
            raise SPLError(f"limits.conf [iplocation] db_path = {named}: there is no such file",
                           node.span, "iplocation")
        return path
    path = session.context.home.path / FILE_NAME
    if path.is_file():
        return path
    session.warn(f"iplocation knows the documentation's address ranges only: put a City database"
                 f" in MaxMind's format at {path}")
    return brought_along()


def _reader(session: Session, node: nodes.Iplocation) -> maxminddb.reader.Reader:
    path = database_path(session, node)
    try:
        reader = _opened(path, path.stat().st_mtime_ns, path.stat().st_size)
    except (maxminddb.InvalidDatabaseError, OSError, ValueError) as error:
        raise SPLError(f"the geographic database {path} cannot be read: {error}", node.span,
                       "iplocation", "supply a City database in MaxMind's format (.mmdb)") from error
    kind = reader.metadata().database_type
    if not any(word in kind.lower() for word in _PLACES):
        raise SPLError(f"the database {path} is of type {kind!r}, which tells no places", node.span,
                       "iplocation", "supply a City or Country database")
    return reader


@lru_cache(maxsize=8)
def _opened(path: Path, changed: int, size: int) -> maxminddb.reader.Reader:
    """`changed` and `size` make another file of the same name another reader."""
    return maxminddb.open_database(path, maxminddb.MODE_MEMORY)


def _locate(reader: maxminddb.reader.Reader, lang: str) -> Callable[[str | None], list | None]:
    @lru_cache(maxsize=65536)
    def locate(address: str | None) -> list[str] | None:
        if address is None:
            return None
        try:
            record = reader.get(address.strip().partition("/")[0])
        except ValueError:
            return None  # not an address: it has no location
        except maxminddb.InvalidDatabaseError as error:
            raise ValueError("SPL:the geographic database is broken where it tells of"
                             f" {address}: {error}") from error
        return _values(record, lang) if isinstance(record, dict) else None

    return locate


def _values(record: dict[str, Any], lang: str) -> list[str]:
    """In the order of PLACE_FIELDS."""
    def name(part: Any, code: str) -> str:
        if not isinstance(part, dict):
            return ""
        return str(part.get(code, "")) if lang == _CODE else part.get("names", {}).get(lang, "")

    region = next(iter(record.get("subdivisions") or []), None)
    location = record.get("location") or {}

    def plain(key: str) -> str:
        value = location.get(key)
        return "" if value is None else repr(value) if isinstance(value, float) else str(value)

    return [name(record.get("city"), "iso_code"), name(record.get("country"), "iso_code"),
            name(region, "iso_code"), plain("latitude"), plain("longitude"),
            name(record.get("continent"), "code"), plain("metro_code"), plain("time_zone")]
