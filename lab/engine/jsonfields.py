"""JSON as Splunk's search-time extraction sees it: paths like `a.b{}.c`, values as text.

Numbers keep their spelling (1.10), booleans are true and false, null is the text "null", a key
that stands twice gives two values, empty objects and arrays give none. Python's decoder reads
objects as tuples of pairs and numbers as text, so nothing of that is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

_decoder = json.JSONDecoder(
    object_pairs_hook=tuple, parse_int=str, parse_float=str, parse_constant=str, strict=False
)


def decode(text: str) -> Any | None:
    """Objects as tuples of (key, value), arrays as lists; None where it is not JSON."""
    start = 0
    while start < len(text) and text[start] in " \t\r\n":
        start += 1
    if start >= len(text) or text[start] not in "{[":
        return None
    try:
        return _decoder.raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return None


class Paths:
    """The names of paths below one path, made once: key → (its name, what is below it)."""

    __slots__ = ("below", "item", "name")

    def __init__(self, name: str):
        self.name = name
        self.below: dict[str, Paths] = {}
        self.item: Paths | None = None

    def key(self, key: str) -> Paths:
        found = self.below.get(key)
        if found is None:
            found = self.below[key] = Paths(f"{self.name}.{key}" if self.name else key)
        return found

    def items(self) -> Paths:
        if self.item is None:
            self.item = Paths(self.name + "{}")
        return self.item


def flatten(value: Any, paths: Paths, found: dict[str, list[str]]) -> None:
    """Adds every leaf below `value` to `found`."""
    if type(value) is tuple:
        for key, below in value:
            step = paths.key(key)
            if type(below) is str:
                values = found.get(step.name)
                if values is None:
                    found[step.name] = [below]
                else:
                    values.append(below)
            else:
                flatten(below, step, found)
    elif type(value) is list:
        step = paths.items()
        for below in value:
            flatten(below, step, found)
    else:
        found.setdefault(paths.name, []).append(scalar(value))


def scalar(value: Any) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    return "null" if value is None else value


class Wanted:
    """The part of a tree of paths that is asked for; the rest is not walked.

    `rests` is what of each wanted name is left to find here: "" for this value itself, ".key…"
    below an object, "{}…" below an array. A key may itself hold dots and braces.
    """

    __slots__ = ("below", "inner", "item", "leaf", "name", "rests")

    def __init__(self, name: str, rests: list[str], inner: bool = False):
        self.name = name
        self.rests = rests
        self.leaf = "" in rests
        self.inner = inner
        self.below: dict[str, Wanted | None] = {}
        inside = [rest[2:] for rest in rests if rest.startswith("{}")]
        self.item: Wanted | None = Wanted(name + "{}", inside, inner) if inside else None

    @classmethod
    def root(cls, names: Iterable[str], inner: bool = False) -> Wanted:
        """`inner`: an object or array at a wanted path is noted under INNER in what is found."""
        return cls("", ["." + name for name in names], inner)

    def key(self, key: str) -> Wanted | None:
        """What is wanted below a key, None for nothing; remembered in `below`."""
        start = "." + key
        rests = [rest[len(start):] for rest in self.rests if rest.startswith(start)]
        rests = [rest for rest in rests if not rest or rest[0] == "." or rest.startswith("{}")]
        name = f"{self.name}.{key}" if self.name else key
        found = self.below[key] = Wanted(name, rests, self.inner) if rests else None
        return found


_UNSEEN = object()
INNER = "\x00inner"


def pick(value: Any, wanted: Wanted, found: dict[str, list[str]]) -> None:
    """As `flatten`, for the wanted paths alone."""
    if type(value) is tuple:
        below_of = wanted.below
        for key, below in value:
            step = below_of.get(key, _UNSEEN)
            if step is _UNSEEN:
                step = wanted.key(key)
            if step is not None:
                if type(below) is str:
                    if step.leaf:
                        found.setdefault(step.name, []).append(below)
                else:
                    if step.leaf and step.inner and type(below) in (tuple, list):
                        found.setdefault(INNER, []).append(step.name)
                    pick(below, step, found)
    elif type(value) is list:
        item = wanted.item
        if item is not None:
            for below in value:
                if item.leaf and item.inner and type(below) in (tuple, list):
                    found.setdefault(INNER, []).append(item.name)
                pick(below, item, found)
    elif wanted.leaf:
        found.setdefault(wanted.name, []).append(scalar(value))
