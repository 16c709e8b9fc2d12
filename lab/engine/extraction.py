"""Fields that search-time rules read from the text of one event.

The first rule that gives a field wins; indexed fields go before all. Automatic JSON extraction
reads the first 5,000 characters only (limits.conf, [spath] extraction_cutoff).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from lab.engine import patterns
from lab.engine.jsonfields import INNER, Paths, Wanted, decode, flatten, pick
from lab.engine.rules import SPATH_MARK, Extract, Report, Rules
from lab.engine.spath import values_in

EXTRACTION_CUTOFF = 5000
CUT = "\x02cut"
"""A field that events get whose JSON goes on behind the cutoff, if it is asked for."""
_PAIR = re.compile(r'(?<![\w.])(?P<key>[A-Za-z_][\w.\-]*)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"'
                   r"|(?P<plain>[^\s,;&|\"]+))")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def shortened(text: str) -> str:
    """What of a long JSON text stands complete before the cutoff, closed so that it parses."""
    stack: list[str] = []
    good, closing = 0, ""
    expect_value = False
    for match in _TOKEN.finditer(text[:EXTRACTION_CUTOFF]):
        token = match[0]
        if match.end() == EXTRACTION_CUTOFF and token not in "{}[],:":
            break
        if token in "{[":
            stack.append("}" if token == "{" else "]")
            expect_value = token == "["
            good, closing = match.end(), "".join(reversed(stack))
        elif token in "}]":
            if stack:
                stack.pop()
            good, closing = match.end(), "".join(reversed(stack))
        elif token == ":":
            expect_value = True
        elif token == ",":
            expect_value = bool(stack) and stack[-1] == "]"
        elif expect_value:
            good, closing = match.end(), "".join(reversed(stack))
    return text[:good] + closing


class Extractor:
    """Applies the rules to event after event."""

    def __init__(self, rules: Rules, names: set[str] | None):
        """`names` None: every field. Pseudo fields of spath() are only made when named."""
        self.rules = rules
        self.names = names
        self.paths = Paths("")
        paths = [name[1:] for name in names or () if name.startswith(SPATH_MARK)]
        self.spaths = bool(paths)
        self.positions = [path for path in paths if re.search(r"\{[^}]", path)]
        self.wanted_paths = Wanted.root(set(paths) - set(self.positions), inner=True)
        plain = [name for name in names or () if not name.startswith((SPATH_MARK, CUT))]
        self.plain = names is None or bool(plain)
        sources = {rule.source for rule in (*rules.extracts, *rules.reports)}
        self.extracts = [rule for rule in rules.extracts if names is None or
                         patterns.compiled(rule.pattern).groupindex.keys() & {*plain, *sources}]
        self.wanted = None if names is None else Wanted.root({*plain, *sources})

    def fields(self, raw: str, indexed: dict[str, list[str]]) -> dict[str, list[str]]:
        found = dict(indexed)
        if self.plain:
            for extract in self.extracts:
                self._extract(extract, raw, found)
            for report in self.rules.reports:
                self._report(report, raw, found)
        if self.spaths or self.plain and self.rules.kv_mode != "none":
            self._automatic(raw, found)
        return found

    def _automatic(self, raw: str, found: dict[str, list[str]]) -> None:
        document = decode(raw)
        if self.plain and self.rules.kv_mode != "none":
            fresh: dict[str, list[str]] = {}
            if document is not None or raw[:1] in "{[":
                visible = document
                if len(raw) > EXTRACTION_CUTOFF:
                    visible = decode(shortened(raw))
                    found[CUT] = ["1"]
                if visible is not None and self.wanted is None:
                    flatten(visible, self.paths, fresh)
                elif visible is not None:
                    pick(visible, self.wanted, fresh)
            elif self.rules.kv_mode == "auto":
                for match in _PAIR.finditer(raw):
                    value = match["plain"] if match["quoted"] is None else \
                        re.sub(r"\\(.)", r"\1", match["quoted"])
                    fresh.setdefault(match["key"], [value])
            for name, values in fresh.items():
                found.setdefault(name, values)
        if document is not None and self.spaths:
            self._spaths(raw, document, found)

    def _spaths(self, raw: str, document: Any, found: dict[str, list[str]]) -> None:
        """What spath(_raw, …) gives; whole objects and `{0}` are looked up one by one."""
        fresh: dict[str, list[str]] = {}
        pick(document, self.wanted_paths, fresh)
        for path in (*fresh.pop(INNER, ()), *self.positions):
            fresh[path] = values_in(raw, document, path)
        for path, values in fresh.items():
            if values:
                found[SPATH_MARK + path] = values

    def _source(self, name: str, raw: str, found: dict[str, list[str]]) -> str | None:
        if name == "_raw":
            return raw
        return found[name][0] if name in found else None

    def _extract(self, extract: Extract, raw: str, found: dict[str, list[str]]) -> None:
        text = self._source(extract.source, raw, found)
        match = patterns.compiled(extract.pattern).search(text) if text is not None else None
        if match is not None:
            for name, value in match.groupdict().items():
                if value and name not in found:
                    found[name] = [value]

    def _report(self, report: Report, raw: str, found: dict[str, list[str]]) -> None:
        text = self._source(report.source, raw, found)
        if text is None:
            return
        fresh: dict[str, list[str]] = {}
        for name, value in _pairs(report, text):
            if not value:
                continue
            values = fresh.setdefault(name, [])
            if not values or report.multiple:
                values.append(value)
        for name, values in fresh.items():
            if name not in found:
                found[name] = values
            elif report.multiple:
                found[name] = found[name] + values


def _pairs(report: Report, text: str) -> Iterable[tuple[str, str | None]]:
    if report.delimiters:
        if report.names:
            parts = re.split("[" + re.escape(report.delimiters[0]) + "]", text)
            yield from zip(report.names, parts)
            return
        for part in re.split("[" + re.escape(report.delimiters[0]) + "]", text):
            key, _, value = part.partition(report.delimiters[-1])
            if key:
                yield re.sub(r"\W", "_", key.strip()), value.strip()
        return
    for match in patterns.compiled(report.pattern).finditer(text):
        if not report.form:
            yield from match.groupdict().items()
        for key, value in report.form:
            name = _filled(key, match)
            yield re.sub(r"\W", "_", name), _filled(value, match)


def _filled(form: str, match) -> str:
    return re.sub(r"\$(\d+)", lambda number: match[int(number[1])] or "", form)


def arrays(rows: list[dict[str, list[str]]], names: Iterable[str] | None = None
           ) -> dict[str, pa.Array]:
    """One array for each field that some row has: texts, or lists where a row has several."""
    columns: dict[str, tuple[list[int], list[list[str]]]] = {}
    wanted = set(names) if names is not None else None
    for at, row in enumerate(rows):
        for name, values in row.items():
            if wanted is not None and name not in wanted:
                continue
            column = columns.get(name)
            if column is None:
                column = columns[name] = ([], [])
            column[0].append(at)
            column[1].append(values)
    return {name: _spread(*column, len(rows)) for name, column in columns.items()}


def _spread(places: list[int], values: list[list[str]], size: int) -> pa.Array:
    """The values at their places in an array of that size, NULL elsewhere."""
    if any(len(several) > 1 for several in values):
        dense = pa.array(values, pa.list_(pa.string()))
    else:
        dense = pa.array([several[0] for several in values], pa.string())
    if len(places) == size:
        return dense
    indices = np.full(size, -1, np.int64)
    indices[places] = np.arange(len(places))
    return dense.take(pa.array(indices, mask=indices < 0))
