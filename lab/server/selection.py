"""What of a list of entities a GET asks for: search, sort_key, sort_dir, sort_mode, f.

From the REST API Reference Manual, "Pagination and filtering parameters": a bare word of `search`
matches any field that has it in its value, `field=value` that field; `sort_mode` is auto (numbers
where all are), alpha (without case), alpha_case or num.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from lab.server.errors import RestError

if TYPE_CHECKING:
    from lab.server.atom import Entry
    from lab.server.call import Call

_TERM = re.compile(r"""\s*(?:([\w.:-]+)\s*(!?=)\s*)?("(?:[^"\\]|\\.)*"|[^\s"]+)""")
_MODES = ("auto", "alpha", "alpha_case", "num")


def _pattern(text: str) -> re.Pattern[str]:
    if text.startswith('"'):
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    parts = [re.escape(part) for part in text.split("*")]
    return re.compile(".*".join(parts), re.IGNORECASE | re.DOTALL)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, bool):
        yield "1" if value else "0"
    elif value is not None:
        yield str(value)


def _values(entry: Entry) -> dict[str, Any]:
    shown = {"name": entry.name, "title": entry.name, "author": entry.author}
    acl = {f"eai:acl.{key}": value for key, value in entry.acl.items()}
    return {**acl, **entry.content, **shown}


def _test(text: str) -> Callable[[Entry], bool]:
    tests: list[tuple[str, bool, re.Pattern[str]]] = []
    at = 0
    text = text.strip()
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None:
            raise RestError(400, f"search={text!r} cannot be read: words and field=value")
        name, operator, words = found.groups()
        if not name and words in ("AND", "OR", "NOT"):
            raise RestError(400, "the lab's `search` of lists takes words and field=value, all of"
                            f" which must hold, not {words}")
        tests.append((name or "", operator == "!=", _pattern(words)))
        at = found.end()

    def holds(entry: Entry) -> bool:
        values = _values(entry)
        for name, negated, pattern in tests:
            if name:
                here = any(map(pattern.fullmatch, _texts(values.get(name))))
            else:
                here = any(map(pattern.search, _texts(list(values.values()))))
            if here == negated:
                return False
        return True

    return holds


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _sorted(entries: list[Entry], key: str, mode: str, descending: bool) -> list[Entry]:
    texts = [" ".join(_texts(_values(entry).get(key))) for entry in entries]
    numbers = [_number(text) for text in texts]
    numeric = mode == "num" or (mode == "auto" and None not in numbers)

    def order(at: int) -> Any:
        if numeric:
            number = numbers[at]
            return (number is not None, number or 0.0)
        return texts[at] if mode == "alpha_case" else texts[at].lower()

    places = sorted(range(len(entries)), key=order, reverse=descending)
    return [entries[place] for place in places]


def selected(call: Call, entries: list[Entry]) -> list[Entry]:
    """The entries that match, in the order asked for; the order given where none is."""
    words = call.get("search")
    if words.strip():
        test = _test(words)
        entries = [entry for entry in entries if test(entry)]
    mode, direction = call.get("sort_mode", "auto") or "auto", call.get("sort_dir", "asc") or "asc"
    if mode not in _MODES:
        raise RestError(400, f"sort_mode={mode} is not one of {', '.join(_MODES)}")
    if direction not in ("asc", "desc"):
        raise RestError(400, f"sort_dir={direction} is neither asc nor desc")
    if call.get("sort_key") or call.get("sort_dir"):
        entries = _sorted(entries, call.get("sort_key") or "name", mode, direction == "desc")
    wanted = call.all("f")
    if wanted:
        for entry in entries:
            entry.content = {
                name: value for name, value in entry.content.items() if name in wanted
            }
    return entries
