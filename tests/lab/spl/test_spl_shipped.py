"""Everything that the app ships in SPL parses: saved searches, macros, calculated fields, event
types and the searches of dashboards."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lab.app import App
from lab.spl.errors import SPLError, render
from lab.spl.parse import parse, parse_eval, parse_predicate, parse_template

APP = App(Path(__file__).resolve().parents[3])


def dashboards() -> list[tuple[str, str, dict[str, object]]]:
    """(view, data source, its definition) of every Dashboard Studio view."""
    found = []
    for view in APP.views.values():
        root = ElementTree.fromstring(view.xml)
        definition = root.find("definition")
        if root.get("version") == "2" and definition is not None:
            for name, source in json.loads(definition.text)["dataSources"].items():
                found.append((view.name, name, source))
    return found


def complain(text: str, where: str, error: SPLError) -> None:
    pytest.fail(f"{where}:\n{render(error, text)}")


@pytest.mark.parametrize("name", list(APP.saved_searches))
def test_saved_searches_parse(name):
    search = APP.saved_searches[name]
    text = re.sub(r"\$[\w.]+\$", "x", search.search)
    try:
        parse(text, APP)
    except SPLError as error:
        complain(text, search.where, error)


@pytest.mark.parametrize(("name", "arity"), list(APP.macros))
def test_macros_parse_where_they_can_stand(name, arity):
    """A macro is a part of a search, so it is tried in each of the places where it may stand.

    An argument is a name, an assignment, or the last part of another macro's name.
    """
    failures = []
    for values in product(("x", 'y="1"', "any"), repeat=arity):
        call = f"`{name}({', '.join(values)})`" if values else f"`{name}`"
        for text in (
            f"| {call}",
            f"index=a | {call}",
            call,
            f"index=a | eval x={call}",
            f"| {call} BY a",
        ):
            try:
                parse(text, APP)
                return
            except SPLError as error:
                failures.append(render(error, text))
    pytest.fail("\n".join(failures))


@pytest.mark.parametrize(
    ("stanza", "key"),
    [
        (stanza.name, key)
        for stanza in APP.conf("props").values()
        for key in stanza.settings
        if key.startswith("EVAL-")
    ],
)
def test_calculated_fields_parse(stanza, key):
    text = APP.conf("props")[stanza].settings[key]
    try:
        parse_eval(text, APP)
    except SPLError as error:
        complain(text, f"props.conf [{stanza}] {key}", error)


@pytest.mark.parametrize("name", list(APP.eventtypes))
def test_event_types_parse(name):
    text = APP.eventtypes[name].search
    try:
        parse_predicate(text, APP)
    except SPLError as error:
        complain(text, f"eventtypes.conf [{name}]", error)


@pytest.mark.parametrize(("view", "name", "source"), dashboards())
def test_dashboards_parse(view, name, source):
    options = source.get("options", {})
    query = options.get("query")
    if query is None:
        assert options.get("ref") in APP.saved_searches, f"{view} {name} names no saved search"
        return
    text = re.sub(r"\$[\w.:|]+\$", "0", query)
    try:
        if source["type"] == "ds.chain":
            parse_template(text, APP)
        else:
            parse(text, APP)
    except SPLError as error:
        complain(text, f"{view} {name}", error)
