"""Fields out of text: extract, fromjson, spath of everything; iplocation."""

from __future__ import annotations

import ipaddress
import re

import maxminddb

from lab.places import FILE_NAME, brought_along
from lab.rows.functions import json
from lab.rows.state import Row, Rows, State
from lab.rows.values import single, text
from lab.spl import nodes
from lab.spl.errors import SPLError


def fromjson(node: nodes.Fromjson, rows: Rows, state: State) -> Rows:
    """Keys become fields; arrays several values. What is no JSON object gives nothing."""
    made, names = [], []
    for row in rows.rows:
        document = _document(row.get(node.name))
        row = dict(row)
        if isinstance(document, dict) and any(
                isinstance(one, (dict, list)) for value in document.values()
                for one in ([value] if isinstance(value, dict) else
                            value if isinstance(value, list) else [])):
            raise SPLError("fromjson of nested objects is not documented", node.span, node.name)
        for key, value in document.items() if isinstance(document, dict) else ():
            values = [json.shown(one) for one in (value if isinstance(value, list) else [value])
                      if one is not None]
            names.append(node.prefix + key)
            if values:
                row[node.prefix + key] = values if len(values) > 1 else values[0]
        made.append(row)
    return rows.with_fields(made, names)


def _document(value):
    source = single(value)
    if source is None:
        return None
    try:
        return json.parsed(text(source))
    except (ValueError, RecursionError):
        return None


def everything(source: str) -> dict[str, list[str]]:
    """Every leaf of a document by its path, `{}` for arrays."""
    found: dict[str, list[str]] = {}

    def walk(value, path: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, f"{path}.{key}" if path else key)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, path + "{}")
        else:
            found.setdefault(path, []).append(json.shown(value))

    walk(_document(source), "")
    found.pop("", None)
    return found


_PAIR = re.compile(r'([^\s=,;"]+)=("(?:[^"])*"|[^\s,;"]+)')


def extract(node: nodes.Extract, rows: Rows, state: State) -> Rows:
    """Pairs out of `_raw`; a field that a row has already stays."""
    if node.extractors:
        raise SPLError("the row evaluator's extract knows no transforms", node.span, "extract")
    made, names = [], []
    for row in rows.rows:
        source = text(single(row.get("_raw"))) or ""
        pairs = _pairs(node, source)
        if len(source) > node.maximum or len(pairs) > node.limit:
            raise SPLError(f"extract: more than {node.limit} pairs or {node.maximum} characters",
                           node.span, "limit")
        found: dict[str, list[str]] = {}
        for key, value in pairs:
            key = re.sub(r"\W", "_", key, flags=re.ASCII) if node.clean_keys else key
            if key not in found or node.multiple:
                found.setdefault(key, []).append(value)
        names += found
        made.append({**{key: values if len(values) > 1 else values[0]
                        for key, values in found.items()}, **row})
    return rows.with_fields(made, names)


def _pairs(node: nodes.Extract, source: str) -> list[tuple[str, str]]:
    if node.pair_delimiters is None or node.key_delimiters is None:
        return [(key, value.strip('"')) for key, value in _PAIR.findall(source)]
    found = []
    for piece in re.split(f"[{re.escape(node.pair_delimiters)}]", source):
        parts = re.split(f"[{re.escape(node.key_delimiters)}]", piece)
        if len(parts) == 2 and parts[0].strip() and parts[1].strip():
            found.append((parts[0].strip(), parts[1].strip().strip('"')))
    return found


def iplocation(node: nodes.Iplocation, rows: Rows, state: State) -> Rows:
    """Fields of the address's place; none where the database does not know it."""
    names = ["City", "Country", "Region", "lat", "lon"]
    names += ["Continent", "MetroCode", "Timezone"] if node.allfields else []
    path = state.context.home.path / FILE_NAME
    if state.context.app.conf("limits"):
        raise SPLError("the row evaluator's iplocation reads the home's database only", node.span,
                       "iplocation")
    path = path if path.is_file() else brought_along()
    made = []
    with maxminddb.open_database(str(path)) as reader:
        if node.lang not in ("code", *reader.metadata().languages):
            raise SPLError(f"iplocation: the database has no names in {node.lang!r}", node.span,
                           "lang")
        for row in rows.rows:
            place = _place(reader, text(single(row.get(node.name))))
            facts = {} if place is None else _facts(place, node.lang)
            made.append({**row, **{node.prefix + name: facts[name] for name in names
                                   if name in facts}})
    return rows.with_fields(made, [node.prefix + name for name in names])


def _place(reader, words: str | None):
    try:
        network = ipaddress.ip_network((words or "").strip(), strict=False)
    except ValueError:
        return None
    return reader.get(network.network_address)


def _facts(place: dict, lang: str) -> Row:
    """What the database leaves open is an empty value."""

    def name(part: dict, code: str) -> str:
        return part.get(code, "") if lang == "code" else part.get("names", {}).get(lang, "")

    location = place.get("location", {})
    regions = place.get("subdivisions") or [{}]
    city = place.get("city", {}).get("names", {})
    facts = {"City": city.get("en" if lang == "code" else lang, ""),
             "Country": name(place.get("country", {}), "iso_code"),
             "Region": name(regions[0], "iso_code"),
             "Continent": name(place.get("continent", {}), "code"),
             "Timezone": location.get("time_zone", "")}
    for field, key in (("lat", "latitude"), ("lon", "longitude"), ("MetroCode", "metro_code")):
        facts[field] = float(location[key]) if key in location else ""
    return facts


COMMANDS = {nodes.Fromjson: fromjson, nodes.Extract: extract, nodes.Iplocation: iplocation}
