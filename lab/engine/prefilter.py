"""Which events a search can match, told by their text alone, before any field is read from it.

`eventName=RunInstances` on a field that KV_MODE=json reads can only be true of an event whose text
holds that key with that value behind it. One pass of a regular expression is some twenty times
cheaper than reading the JSON. Where this module cannot tell, the event is a candidate: its text
holds a backslash (a value may be escaped) or a character beyond ASCII (whose case may differ).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lab.engine import segments as columns_of
from lab.engine.addresses import network
from lab.engine.datefields import DATE_FIELDS
from lab.engine.patterns import compiled
from lab.engine.rules import OutputsOf, Rules
from lab.engine.store import Segment
from lab.spl import nodes

_MOST_VALUES = 1_000
_KNOWLEDGE = ("index", "eventtype", "tag")
_BACKSLASH = ord("\\")


def tested_values(segment: Segment, rules: Sequence[Rules], predicate: nodes.Predicate,
                  outputs_of: OutputsOf) -> dict[str, list[str]] | None:
    """Fields with values: of every matching event one of the fields has one of its values, and
    its text says so. None where the predicate does not tell by the text."""
    def is_read(name: str) -> bool:
        return all(_reads_json(rule, name, segment, outputs_of) for rule in rules)

    values = _values(predicate, is_read)
    return None if values is None or sum(map(len, values.values())) > _MOST_VALUES else values


def text_mask(segment: Segment, tested: dict[str, list[str]]) -> pa.Array:
    """The events that may match."""
    pattern = "|".join(_pattern(name, values) for name, values in tested.items())
    raws = columns_of.stored(segment, ["_raw"])["_raw"]
    found = pc.match_substring_regex(raws, pattern)
    undecided = _undecided(raws)
    return found if undecided is None else pc.or_(found, undecided)


def _undecided(raws: pa.StringArray) -> pa.Array | None:
    """Events with a backslash or a character beyond ASCII; None where there are none."""
    data = np.frombuffer(raws.buffers()[2] or b"", np.uint8)
    marked = None if not (data == _BACKSLASH).any() else pc.match_substring(raws, "\\")
    plain = pc.string_is_ascii(raws)
    if pc.all(plain).as_py():
        return marked
    return pc.invert(plain) if marked is None else pc.or_(pc.invert(plain), marked)


def mentions(segment: Segment, name: str) -> bool:
    """Whether some event may have the field: its text has the end of the key, or is undecided."""
    raws = columns_of.stored(segment, ["_raw"])["_raw"]
    key = _escaped(name.rpartition(".")[2]) + '"'
    return _undecided(raws) is not None or bool(
        pc.any(pc.match_substring_regex(raws, key)).as_py())


def _values(node: nodes.Predicate, is_read: Callable[[str], bool]) -> dict[str, list[str]] | None:
    if isinstance(node, nodes.And):
        return next((found for part in node.parts
                     if (found := _values(part, is_read)) is not None), None)
    if isinstance(node, nodes.Or):
        together: dict[str, list[str]] = {}
        for part in node.parts:
            found = _values(part, is_read)
            if found is None:
                return None
            for name, values in found.items():
                together.setdefault(name, []).extend(values)
        return together
    if isinstance(node, nodes.Compare) and node.operator == "=":
        found = {node.field_name: [node.value]}
    elif isinstance(node, nodes.InValues):
        found = {node.field_name: list(node.values)}
    else:
        return None
    fit = all(is_read(name) and values and all(map(_tells, values))
              for name, values in found.items())
    return found if fit else None


def _pattern(name: str, values: Sequence[str]) -> str:
    """RE2: the end of the key, which may itself hold dots, and how its value begins."""
    words = "|".join('[^"]*'.join(map(_escaped, value.split("*"))) for value in values)
    return f'{_escaped(name.rpartition(".")[2])}"\\s*:\\s*"?(?i:{words})'


def _tells(value: str) -> bool:
    """A value that a text has letter for letter: an address block matches what is in it."""
    return value.isascii() and value.strip("*") != "" and '"' not in value \
        and "\\" not in value and ("/" not in value or network(value) is None)


def _escaped(text: str) -> str:
    return re.sub(r"(\W)", r"\\\1", text)


def _reads_json(rule: Rules, name: str, segment: Segment, outputs_of: OutputsOf) -> bool:
    """Whether automatic extraction from JSON alone can give the field."""
    if rule.kv_mode != "json" or rule.reports or name in segment.fields \
            or any(name in compiled(one.pattern).groupindex for one in rule.extracts) \
            or name in columns_of.SYSTEM or name in _KNOWLEDGE or name in DATE_FIELDS \
            or name.startswith("tag::") \
            or name.endswith("}") or not name.isascii():
        return False
    made = {alias.target for alias in rule.aliases} | {field for field, _ in rule.evals}
    return name not in made and not any(name in outputs_of(one) for one in rule.lookups)
