"""The events that collect writes.

From the Search Reference on collect: output_format=raw writes `key=value` text of source type
stash; output_format=hec writes HEC's JSON of source type stash_hec, whose fields become indexed
fields. What a row calls `_time` is the event's time; without it, it is the search's now. Fields
that begin with `_` are Splunk's own and are not written. How `_raw` of a HEC event looks is not
documented: here it is the row's own `_raw`, else the text that output_format=raw would write.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from lab.engine.store import Event
from lab.engine.values import to_number
from lab.spl import nodes

SOURCETYPES = {"raw": "stash", "hec": "stash_hec"}
_META = ("host", "source", "sourcetype", "index")


def events_of(rows: list[dict[str, Any]], node: nodes.Collect, context) -> list[Event]:
    """A row without fields is no event. Metadata options go before the row's own fields."""
    events = []
    hec = node.output_format == "hec"
    for row in rows:
        fields = {name: value for name, value in row.items()
                  if not name.startswith("_") and name not in _META}
        time = to_number(_one(row.get("_time")))
        if node.addinfo:
            fields |= _info(context)
        raw = _one(row.get("_raw"))
        if raw is None:
            raw = _text(fields, time, context, node.addtime)
        events.append(Event(
            time=context.now if time is None else time, indextime=context.now, raw=raw,
            sourcetype=node.sourcetype or SOURCETYPES[node.output_format],
            source=node.source or _one(row.get("source")) or "search",
            host=node.host or _one(row.get("host")) or "lab", fields=fields if hec else {},
        ))
    return events


def _info(context) -> dict[str, str]:
    """addinfo: the search's window and time, as fields of each event."""
    return {
        "info_min_time": f"{context.earliest or 0:.3f}",
        "info_max_time": "+Infinity" if context.latest is None else f"{context.latest:.3f}",
        "info_search_time": f"{context.now:.3f}",
    }


def _one(value: Any) -> str | None:
    return value[0] if isinstance(value, list) else value


def _text(fields: dict[str, Any], time: float | None, context, addtime: bool) -> str:
    """`MM/DD/YYYY HH:MM:SS +0000, key=value, key="two words"`."""
    parts = []
    if addtime:
        moment = datetime.fromtimestamp(context.now if time is None else time, timezone.utc)
        parts.append(moment.strftime("%m/%d/%Y %H:%M:%S +0000"))
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            escaped = one.replace("\\", "\\\\").replace('"', '\\"')
            parts.append(f'{name}="{escaped}"')
    return ", ".join(parts)
