"""Other apps beside the app: what of their props, transforms and lookups reaches it.

Splunk lays configuration over each other setting by setting. For a search the app it runs in goes
first, and other apps count only with what they export (metadata: `export = system`). What is done
at index time knows no app: there the apps' names in ASCII order decide, and export does not matter
("Configuration file precedence", Splunk's Admin Manual). Which stanza holds for an event
(source:: over host:: over source type) is decided after that; see lab/props.py.
Two other apps that set the same setting differently are refused: no case needs it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from lab.conf import Conf, ConfError, Stanza, layered, read

_INDEX_TIME = re.compile(
    r"(LINE_BREAKER(_LOOKBEHIND)?|SHOULD_LINEMERGE|BREAK_ONLY_.*|MUST_.*|MAX_EVENTS|TRUNCATE|CHARSET"
    r"|EVENT_BREAKER.*|TIME_PREFIX|TIME_FORMAT|DATETIME_CONFIG|MAX_TIMESTAMP_LOOKAHEAD"
    r"|MAX_D(AYS|IFF)_.*|ADD_EXTRA_TIME_FIELDS|TZ(_ALIAS)?|INDEXED_EXTRACTIONS|TIMESTAMP_FIELDS"
    r"|(FIELD|HEADER|PREAMBLE|MISSING)_.*|SEDCMD-.*|TRANSFORMS-.*|RULESET-.*|METRIC.*"
    r"|SEGMENTATION.*|ANNOTATE_PUNCT|NO_BINARY_CHECK|sourcetype)\Z")
"""Settings of props.conf that are read at index time (props.conf.spec)."""


class Neighbour:
    """Another app: `path` is its folder, its name the folder's."""

    def __init__(self, path: Path | str):
        self.path = Path(path)
        self.name = self.path.name
        if not (self.path / "default").is_dir():
            raise ConfError(f"{self.path}: not a Splunk app (it has no default/)")

    def conf(self, name: str) -> Conf:
        return layered([self.path / folder / f"{name}.conf" for folder in ("default", "local")])

    def exports(self, kind: str) -> bool:
        """Whether all objects of a kind (props, transforms, lookups) reach other apps."""
        path = self.path / "metadata" / "default.meta"
        if not path.is_file():
            return False
        listed = read(path)
        for name in (kind, ""):
            if name in listed and "export" in listed[name].settings:
                return listed[name].get("export") == "system"
        return False


def _put(below: Conf, stanza: Stanza, keys: Sequence[str]) -> None:
    held = below.setdefault(stanza.name, Stanza(stanza.name, stanza.file, stanza.line))
    for key in keys:
        held.settings[key] = stanza.settings[key]
        held.lines[key] = stanza.lines[key]


def _of_others(others: Sequence[Neighbour], name: str) -> Conf:
    """What the other apps set together, for both times; ConfError where two differ."""
    found: Conf = {}
    for other in others:
        exported = other.exports(name)
        for stanza in other.conf(name).values():
            keys = [key for key in stanza.settings
                    if exported or name == "props" and _INDEX_TIME.match(key)]
            held = found.get(stanza.name)
            for key in keys:
                if held is not None and held.get(key, stanza.get(key)) != stanza.get(key):
                    raise ConfError(f"{stanza.where(key)}: [{stanza.name}] {key} is set otherwise"
                                    f" in {held.where(key)}: the lab does not order other apps")
            _put(found, stanza, keys)
    return found


def beside(own: Conf, app_name: str, others: Sequence[Neighbour], name: str) -> Conf:
    """The app's conf with the other apps' at its side: at search time the app's own settings go
    first, at index time those of the app whose name is first in ASCII order.
    """
    merged = _of_others(others, name)
    before = {str(other.path) for other in others if other.name < app_name}
    for stanza in own.values():
        held = merged.get(stanza.name)
        keys = [key for key in stanza.settings
                if not (name == "props" and _INDEX_TIME.match(key) and held is not None
                        and key in held.settings
                        and any(held.lines[key][0].is_relative_to(path) for path in before))]
        _put(merged, stanza, keys)
    return merged


def lookup_file(own: Path, others: Sequence[Neighbour], filename: str) -> Path:
    """The file of a lookup: the app's own, else that of the other app which exports its lookups."""
    path = own / "lookups" / filename
    if not path.is_file():
        for other in others:
            found = other.path / "lookups" / filename
            if other.exports("lookups") and found.is_file():
                return found
    return path
