"""spath: values of a JSON text by path. XML is refused."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from lab.engine.jsonfields import Paths, decode, flatten, scalar

_STEP = re.compile(r"\{(?P<index>@?[^}]*)\}|(?P<key>[^.{]+)")
AUTO_CHARACTERS = 5000


@lru_cache(maxsize=16384)
def _decoded(text: str) -> Any | None:
    return decode(text)


def values_at(text: str, path: str) -> list[str]:
    """Every value at `a.b{}.c` or `a{2}.c` (spath counts from 0); an inner node gives JSON."""
    document = _decoded(text)
    return values_in(text, document, path) if document is not None else []


@lru_cache(maxsize=1024)
def steps(path: str) -> tuple[tuple[str | None, str | None], ...]:
    """(key, None) or (None, what stands in braces)."""
    return tuple((match["key"], match["index"]) for match in _STEP.finditer(path))


def values_in(text: str, document: Any, path: str) -> list[str]:
    """The same for a text that is decoded already."""
    nodes = [document]
    for key, index in steps(path):
        following: list[Any] = []
        for node in nodes:
            if key is not None:
                if type(node) is tuple:
                    following.extend(value for name, value in node if name == key)
            elif type(node) is list:
                if index == "":
                    following.extend(node)
                elif index.isdigit() and int(index) < len(node):
                    following.append(node[int(index)])
        if not following:
            return []
        nodes = following
    return [_shown(text, document, node) for node in nodes]


def _shown(text: str, document: Any, node: Any) -> str:
    if type(node) not in (tuple, list):
        return scalar(node)
    plain = _beside(document, json.loads(text, strict=False), node)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _beside(decoded: Any, plain: Any, wanted: Any) -> Any:
    """The plain value that stands where `wanted` stands in the decoded tree, else None."""
    if decoded is wanted:
        return plain
    if type(decoded) is tuple:
        pairs = [(value, plain[key]) for key, value in decoded if key in plain]
    elif type(decoded) is list:
        pairs = list(zip(decoded, plain))
    else:
        return None
    for below, other in pairs:
        found = _beside(below, other, wanted)
        if found is not None:
            return found
    return None


def everything(text: str) -> dict[str, list[str]]:
    """Every leaf, as spath without a path extracts them."""
    found: dict[str, list[str]] = {}
    document = decode(text)
    if document is not None:
        flatten(document, Paths(""), found)
    return found
