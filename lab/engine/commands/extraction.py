"""extract: pairs of fields and values out of _raw."""

from __future__ import annotations

import re

import pyarrow as pa

from lab.engine import extraction
from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.expressions import CONVERT, Typed, common_kind
from lab.engine.frame import Column, Frame
from lab.engine.rules import Rules, report_of
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import SPLError

Found = dict[str, list[str]]


@command(nodes.Extract)
def _extract(session: Session, frame: Frame, node: nodes.Extract) -> Frame:
    if "_raw" not in frame.columns or frame.columns["_raw"].kind != "str":
        return frame
    frame = session.materialise(session.renumber(expand(session, frame), frame.order_sql))
    (raws,) = session.arrow(frame, ["_raw"]).columns
    rules = Rules(kv_mode="none" if node.extractors else "auto", reports=tuple(
        report_of(session.context.app, "extract", name) for name in node.extractors))
    reader = extraction.Extractor(rules, None)
    rows = [_fields(raw, node, reader) for raw in raws.to_pylist()]
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        return frame
    place = session.new("n")
    columns = {name: Column(session.new(), "mv") for name in names}
    arrays = [pa.array([row.get(name) for row in rows], pa.list_(pa.string())) for name in names]
    found = session.table(pa.table(
        [pa.array(range(1, len(rows) + 1), pa.int64()), *arrays],
        [place, *(column.id for column in columns.values())]))
    relation = session.define(
        f"SELECT f.*, {', '.join('x.' + column.sql for column in columns.values())}"
        f" FROM {frame.relation} f JOIN {found} x ON f.{frame.order[0]} = x.{place}")
    joined = Frame(relation, frame.columns, frame.order, frame.is_events, None, frame.row,
                   frame.removed)
    single = {name for name, array in zip(names, arrays, strict=True)
              if all(len(value) < 2 for value in array.to_pylist() if value)}
    return session.derive(joined, [
        _merged(name, columns[name], frame.columns.get(name), name in single, node)
        for name in names])


def _merged(name: str, new: Column, old: Column | None, single: bool, node: nodes.Extract
            ) -> tuple[str, str, str]:
    """The value that the row has already goes before the one extracted."""
    fresh = Typed(f"{new.sql}[1]", "str") if single else Typed(new.sql, "mv")
    if old is None:
        return name, fresh.sql, fresh.kind
    parts = [Typed(old.sql, old.kind), fresh]
    kind = common_kind(parts)
    values = ", ".join(CONVERT[kind](part, node.span) for part in parts)
    return name, f"coalesce({values})", kind


def _fields(raw: str | None, node: nodes.Extract, reader: extraction.Extractor) -> Found:
    if raw is None:
        return {}
    if len(raw) > node.maximum:
        raise SPLError(f"extract: an event is longer than {node.maximum} characters; Splunk reads"
                       " no further", node.span, "maxchars", "set maxchars higher")
    if node.pair_delimiters is None:
        found = reader.fields(raw, {})
        found.pop(extraction.CUT, None)
    else:
        found = _pairs(raw, node)
    if len(found) > node.limit and not node.extractors:
        raise SPLError(f"extract: an event has more than {node.limit} pairs; Splunk takes no more",
                       node.span, "limit", "set limit higher")
    return found


def _pairs(raw: str, node: nodes.Extract) -> Found:
    inside = "[" + re.escape(node.key_delimiters or "") + "]"
    found: Found = {}
    for part in re.split("[" + re.escape(node.pair_delimiters or "") + "]", raw):
        pieces = re.split(inside, part)
        if len(pieces) != 2 or not pieces[0].strip() or not pieces[1].strip():
            continue
        key, value = pieces[0].strip(), pieces[1].strip()
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        if node.clean_keys:
            key = re.sub(r"\W", "_", key, flags=re.ASCII)
        if key not in found:
            found[key] = [value]
        elif node.multiple:
            found[key].append(value)
    return found
