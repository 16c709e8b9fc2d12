"""The searches of a dashboard: Dashboard Studio's data sources, or Simple XML's <search>."""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.etree import ElementTree

from lab.app import View
from lab.conf import ConfError


@dataclass(frozen=True)
class DataSource:
    """`base` is the id of the search a chain search goes on from; `saved` a saved search's name.

    `earliest` and `latest` as written, "" where the dashboard says nothing.
    """

    id: str
    query: str
    line: int = 0
    base: str | None = None
    earliest: str = ""
    latest: str = ""


def data_sources(view: View) -> list[DataSource]:
    """In an order in which a base search comes before its chains. ConfError for a broken view."""
    xml = view.xml
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise ConfError(f"{view.path}:{error.position[0]}: not well-formed XML: {error}") from error
    definition = root.find("definition")
    if definition is None:
        return _simple(root, xml)
    try:
        content = json.loads(definition.text or "")
    except json.JSONDecodeError as error:
        raise ConfError(f"{view.path}: the definition is not JSON: {error}") from error
    return _studio(content, xml)


def _line(xml: str, mark: str) -> int:
    at = xml.find(mark)
    return xml.count("\n", 0, at) + 1 if at >= 0 else 0


def _studio(content: dict, xml: str) -> list[DataSource]:
    common = content.get("defaults", {}).get("dataSources", {}).get("ds.search", {}) \
        .get("options", {}).get("queryParameters", {})
    found = []
    for name, source in content.get("dataSources", {}).items():
        options = source.get("options", {})
        window = {**common, **options.get("queryParameters", {})}
        if source.get("type") in ("ds.search", "ds.chain"):
            found.append(DataSource(
                name, options.get("query", ""), _line(xml, f'"{name}": {{'),
                options.get("extend"), str(window.get("earliest", "")),
                str(window.get("latest", ""))))
    return _sorted(found)


def _simple(root: ElementTree.Element, xml: str) -> list[DataSource]:
    found = []
    for number, search in enumerate(root.iter("search"), 1):
        query = (search.findtext("query") or "").strip()
        if query:
            first = query.splitlines()[0].strip()
            found.append(DataSource(
                search.get("id") or f"search {number}", query, _line(xml, first[:40]),
                search.get("base"), search.findtext("earliest") or "",
                search.findtext("latest") or ""))
    return _sorted(found)


def _sorted(found: list[DataSource]) -> list[DataSource]:
    """Bases before their chains; a chain of an unknown base comes last."""
    order: list[DataSource] = []
    left = list(found)
    while left:
        placed = {source.id for source in order}
        ready = [source for source in left if source.base is None or source.base in placed]
        order += ready or left
        left = [source for source in left if source not in order]
    return order
