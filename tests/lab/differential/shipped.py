"""Every search that the app ships, named, with its window: read from the confs and the views."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lab.app import App
from lab.lint.views import DataSource, data_sources

_TOKEN = re.compile(r"\$[\w.:|-]+\$")
TOKENS = {"$cloud|s$": '"*"', "$account|s$": '"*"'}
"""What the tokens of dashboards are at first."""
_ARGUED = re.compile(r"\| savedsearch \w+ case_id=\$[^$]+\$")
_MACRO = re.compile(r"`\s*([^\s(),\"`]+)")
OWN_CALLS = {
    "ciw_changes": "`ciw_changes` status=success | stats count BY command user",
    "ciw_flows": "`ciw_flows` direction=outbound | stats sum(bytes_out) BY object_id dest",
    "ciw_dns": "`ciw_dns` failures=0 | stats count BY object_id dest",
    "ciw_flow_log": "| `ciw_flow_log` kind=flow dest_port=14444 `ciw_flow_hours`",
    "ciw_cpu": "| `ciw_cpu` | stats max(peak) BY object_id",
}
"""Macros for people, which no shipped search calls, in a search of their own."""


@dataclass(frozen=True)
class Shipped:
    """`ranged`: over the dashboard's time range, else over all time."""

    name: str
    spl: str
    ranged: bool = False


def dashboards(app: App, case: str) -> Iterator[Shipped]:
    """Studio's and Simple XML's searches, about one case where they ask for one; a chain search
    behind its base. A saved search that asks for a case is not run once more for itself."""
    tokens = {**TOKENS, "$case:result.case_id|s$": f'"{case}"', "$case_id|s$": f'"{case}"',
              "$open_case|s$": '"typed"', "$$": "$"}
    for view in app.views.values():
        made: dict[str, Shipped] = {}
        for source in data_sources(view):
            made[source.id] = _of(view.name, source, made, tokens)
            if not _ARGUED.fullmatch(source.query.strip()):
                yield made[source.id]


def _of(view: str, source: DataSource, made: dict[str, Shipped],
        tokens: dict[str, str]) -> Shipped:
    query, base = source.query.strip(), made.get(source.base or "")
    for token, value in tokens.items():
        query = query.replace(token, value)
    assert not _TOKEN.search(query), f"{view} {source.id}: give its tokens a value here"
    ranged = bool(source.earliest or source.latest)
    if base is not None:
        query, ranged = f"{base.spl} | {query.removeprefix('|')}", base.ranged
    return Shipped(f"view {view}: {source.id}", query, ranged)


def event_types(app: App) -> Iterator[Shipped]:
    for name, kind in app.eventtypes.items():
        yield Shipped(f"event type {name}", kind.search)
        yield Shipped(f"eventtype={name}", f"index=* eventtype={name} | stats count BY eventtype")


def macros(app: App) -> Iterator[Shipped]:
    for name, spl in OWN_CALLS.items():
        yield Shipped(f"macro {name}", spl)


def called(app: App, texts: list[str]) -> set[str]:
    """Names of the macros that texts call, and of those which these call."""
    found: set[str] = set()
    pending = list(texts)
    while pending:
        for name in _MACRO.findall(pending.pop()):
            if name not in found:
                found.add(name)
                pending += [macro.definition for (known, _), macro in app.macros.items()
                            if known == name]
    return found
