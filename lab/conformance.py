"""The conformance cases: what Splunk's documentation says a search gives.

A file of cases is YAML: `page` (the documentation page they come from) and `cases`. A case has
`name`, `rule` (what the page says, in our words) and one of

    search: SPL, or a list of searches run one after the other, the last of which is compared
    eval:   an expression, whose value on the first of `rows` is compared

and what is expected: `expect` (rows), `value`, `missing: true` (no value) or `error` (Splunk
refuses; words of the lab's message). A list of values is a multivalue. `refused` beside it are
words of the message with which the lab refuses what Splunk would do.

`rows` are put in front of the search by makeresults. Optional: `order: any` where the page does
not promise one; `numeric: true` where the page does not say how the number is printed;
`utc: true` where the time zone has to be UTC. `indexed: true` (searches events of an index),
`lookups: true` (reads or writes lookups), `knowledge: true` (macros, saved searches) and
`clock: true` (depends on the search's now) need what a foreign Splunk has not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Row = dict[str, Any]

NEEDS = {
    "indexed": "needs the events of the test's own index",
    "lookups": "needs the test's own lookups, and would write some",
    "knowledge": "needs the test's own macros and saved searches",
    "clock": "needs a fixed now",
}
_FLAGS = {*NEEDS, "numeric", "utc", "missing"}
_KEYS = {"name", "rule", "page", "search", "eval", "rows", "expect", "value", "error", "refused", "order",
         *_FLAGS}
_SEPARATOR = "~"


@dataclass(frozen=True)
class Case:
    """`expect` is None where Splunk refuses (`fails`), or where the page leaves open what it gives.

    `refusal` is in the message with which the lab refuses, "" if the lab runs the search.
    """

    family: str
    name: str
    rule: str
    page: str
    searches: tuple[str, ...]
    expect: tuple[Row, ...] | None
    refusal: str = ""
    fails: bool = False
    ordered: bool = True
    flags: frozenset[str] = field(default_factory=frozenset)

    @property
    def elsewhere(self) -> str:
        """Why the case cannot be run on a Splunk that is not the test's own; "" if it can."""
        return "; ".join(reason for flag, reason in NEEDS.items() if flag in self.flags)


def load(folder: Path) -> list[Case]:
    """All cases of a folder. ValueError names the file and the case that is not well formed."""
    cases: list[Case] = []
    for path in sorted(folder.glob("*.yaml")):
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        for entry in document["cases"]:
            try:
                cases.append(_case(path.stem, document["page"], entry))
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path.name}, {entry.get('name')!r}: {error}") from error
    return cases


def _case(family: str, page: str, entry: dict[str, Any]) -> Case:
    unknown = set(entry) - _KEYS
    if unknown:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    flags = frozenset(name for name in _FLAGS if entry.get(name) == "true")
    rows = entry.get("rows", [])
    if "eval" in entry:
        start = _made(rows) if rows else "| makeresults"
        searches = [f"{start} | eval result={entry['eval']} | table result"]
        expect = [{"result": entry["value"]}] if "value" in entry else \
            [{}] if "missing" in flags else None
        if "value" not in entry and "missing" not in flags and not {"error", "refused"} & set(entry):
            raise ValueError("an eval needs a value, an error or missing: true")
    else:
        given = entry["search"]
        searches = [given] if isinstance(given, str) else list(given)
        if rows:
            searches[0] = f"{_made(rows)} {searches[0]}"
        expect = entry.get("expect")
    if "error" in entry:
        expect = None
    elif expect is None and "refused" not in entry:
        raise ValueError("neither expect nor error")
    return Case(family, entry["name"], entry["rule"], entry.get("page", page), tuple(searches),
                None if expect is None else tuple(expect), entry.get("refused", entry.get("error", "")),
                "error" in entry,
                entry.get("order") != "any", flags)


def _made(rows: list[Row]) -> str:
    """The rows as a search. Multivalues go through makemv, which any Splunk has."""
    several = sorted({name for row in rows for name, value in row.items()
                      if isinstance(value, list)})
    flat = [{name: _SEPARATOR.join(value) if isinstance(value, list) else value
             for name, value in row.items()} for row in rows]
    text = json.dumps(flat, ensure_ascii=False).replace("\\", "\\\\").replace('"', '\\"')
    made = f'| makeresults format=json data="{text}" | fields - _time _raw'
    return made + "".join(f' | makemv delim="{_SEPARATOR}" {name}' for name in several)


def differences(case: Case, rows: list[Row]) -> str:
    """What is not as expected, in one text; "" if nothing."""
    wanted = [_plain(row, case) for row in case.expect or ()]
    got = [_plain(row, case) for row in rows]
    if not case.ordered:
        wanted, got = (sorted(part, key=repr) for part in (wanted, got))
    return "" if wanted == got else f"expected {wanted}\ngot      {got}"


def _plain(row: Row, case: Case) -> dict[str, list[Any]]:
    """Without missing fields; every value a list, of numbers where they are to be compared so."""
    plain = {}
    for name, value in sorted(row.items()):
        if value is None:
            continue
        values = value if isinstance(value, list) else [value]
        plain[name] = [_number(one) for one in values] if "numeric" in case.flags else values
    return plain


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text
