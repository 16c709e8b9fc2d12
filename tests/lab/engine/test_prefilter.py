"""Events ruled out by their text: the same rows as when every event's fields are read."""

from __future__ import annotations

import pytest

from lab.engine import events, segments
from lab.engine.events import Candidates

RAWS = (
    '{"n":1,"command":"Run","user":{"name":"ann"},"port":443}',
    '{ "n" : 2 , "command" : "run" , "port" : "443" }',
    '{"n":3,"command":"\\u0052un"}',
    '{"n":4,"request":{"command":"Run"},"command":"Stop"}',
    '{"n":5,"user.name":"ann","command":"RunAll"}',
    '{"n":6,"user":[{"name":"ann"}],"command":null}',
    '{"n":7,"command":"Stop","command":"Run"}',
    '{"n":8,"command":["Run"]}',
    '{"n":9,"command":"\u212aeep","port":4.43e2}',
    '{"n":10,"pad":"' + "x" * 6000 + '","command":"Run"}',
    'command="Run" n=11',
    '{"n":12,"command":true,"text":"say \\"command\\":\\"Run\\""}',
    '{"n":13}',
)
TERMS = (
    "command=Run", "command=R*n", "command=keep", "command=null", "command=true", "port=443",
    "user.name=ann", "user{}.name=ann", "request.command=run", "command IN (stop, keep)",
    "command=stop OR user.name=ann", "port=443 command=*", "NOT command=Run", "command!=Run",
    "area=eu OR command=Run", "user=bob OR command=Run", "kind=create", "command=Nowhere",
)


@pytest.fixture
def mixed(bench, monkeypatch):
    bench.add(*({"raw": raw, "t": at} for at, raw in enumerate(RAWS)))
    monkeypatch.setattr(events, "TWO_STEP_ROWS", 1)
    monkeypatch.setattr(events, "TWO_STEP_SHARE", 2)
    return bench


@pytest.mark.parametrize("terms", TERMS)
def test_the_same_events_are_found(mixed, monkeypatch, terms):
    spl = f"index=audit {terms} | table _time n command status user.name"
    told = mixed.search(spl)
    segments.forget()
    monkeypatch.setattr(events, "_candidates", lambda *arguments: None)
    read = mixed.search(spl)
    assert told.rows == read.rows
    assert told.scanned == read.scanned


@pytest.mark.parametrize(("terms", "left"), [
    ("command=Run", {0, 1, 2, 3, 4, 6, 8, 9, 11}), ("user.name=ann", {0, 2, 4, 5, 8, 11}),
    ("command=Nowhere", {2, 8, 11}), ("status=failure", None), ("kind=create", None),
    ("command=Run OR n=*", None),
])
def test_events_whose_text_lacks_the_value_are_not_read(mixed, monkeypatch, terms, left):
    seen: list[Candidates | None] = []
    original = events._candidates

    def watched(*arguments):
        seen.append(original(*arguments))
        return seen[-1]

    monkeypatch.setattr(events, "_candidates", watched)
    mixed.rows(f"index=audit {terms} | table _time port")
    (found,) = seen
    assert (None if found is None else {at for rows in found.rows.values() for at in rows}) == left


def test_an_unknown_field_and_what_kv_mode_cuts_off_are_said(bench, monkeypatch):
    bench.add({"command": "Run", "pad": "x" * 6000, "n": "1"}, {"command": "Stop"})
    monkeypatch.setattr(events, "TWO_STEP_ROWS", 1)
    monkeypatch.setattr(events, "TWO_STEP_SHARE", 2)
    assert bench.search("index=audit comand=Run | table n").messages == [
        "the field 'comand' is in none of the events that were searched"]
    (message,) = bench.search("index=audit command=Run | table n").messages
    assert "in 1 of the events read the JSON is longer than 5000 characters" in message
