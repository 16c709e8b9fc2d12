"""Payloads of the HTTP Event Collector: what they give, and HEC's codes for bad ones."""

from __future__ import annotations

import pytest

from lab.ingest.hec import Defaults, HecError, HecEvent, deliver, parse_events, parse_raw
from tests.lab.platform.conftest import make_app

NOW = 1_700_000_000.0


def test_objects_one_behind_the_other_keep_their_text_and_what_they_say_of_themselves():
    first, second, third = parse_events(
        b'{"time": "1433188255.500", "host": "h", "source": "s", "sourcetype": "t",'
        b' "index": "audit", "event": {"b": 1.10,  "a": [1]}, "fields": {"n": 1.0, "m": ["x","y"]}}'
        b'\n{"event": "text"}{"event": 5}')
    assert first == HecEvent('{"b": 1.10,  "a": [1]}', 1433188255.5, "h", "s", "t", "audit",
                             {"n": "1.0", "m": ["x", "y"]})
    assert second == HecEvent("text")
    assert third.raw == "5"


def test_an_array_is_a_batch():
    assert [event.raw for event in parse_events(b'[{"event": "a"}, {"event": "b"}]')] == ["a", "b"]


@pytest.mark.parametrize(("body", "code", "number"), [
    (b"", 5, None),
    (b" \n", 5, None),
    (b"[]", 5, None),
    (b"hello", 6, 0),
    (b'{"event": "a"', 6, 0),
    (b'{"event": "a"} x', 6, 1),
    (b'{"event": "a"}{"event": NaN}', 6, 1),
    (b'{"event": "a", "evnt": 1}', 6, 0),
    (b'{"event": "a", "host": {"a": 1}}', 6, 0),
    (b'[{"event": "a"}', 6, 1),
    (b'[{"event": "a"}] x', 6, 1),
    (b"\xff\xfe", 6, 0),
    (b'{"event":' + b"[" * 100_000, 6, 0),
    (b'{"event": "a"}{"event": "b", "index": "secret"}', 7, 2),
    (b'{"event": "a"}{"time": 1}', 12, 1),
    (b'{"event": null}', 12, 0),
    (b'{"event": ""}{', 13, 0),
    (b'{"event": "a", "fields": {"a": {"b": 1}}}', 15, 0),
    (b'{"event": "a", "fields": {"a": [["b"]]}}', 15, 0),
    (b'{"event": "a", "fields": {"a": null}}', 15, 0),
    (b'{"event": "a", "fields": ["a"]}', 15, 0),
    (b'{"event": "a", "time": "yesterday"}', 15, 0),
    (b'{"event": "a", "time": 1.4e9}', 15, 0),
])
def test_a_bad_payload_gets_hecs_code_and_the_place(body, code, number):
    with pytest.raises(HecError) as caught:
        parse_events(body, lambda index: index != "secret")
    assert (caught.value.code, caught.value.event_number) == (code, number)
    assert caught.value.body().get("invalid-event-number") == number


def test_the_events_before_a_bad_one_are_accepted():
    with pytest.raises(HecError) as caught:
        parse_events(b'{"event": "a"}{"event": ""}{"event": "b"}')
    assert [event.raw for event in caught.value.accepted] == ["a"]
    assert caught.value.body() == {"text": "Event field cannot be blank", "code": 13,
                                   "invalid-event-number": 1}


def test_a_raw_payload_is_broken_and_dated_by_props(tmp_path, home):
    app = home.app(make_app(tmp_path / "app"))
    events = parse_raw(b"2023-11-14T22:13:20Z one\r\n\ntwo\n", app,
                       Defaults("audit", "app:text"))
    assert [(event.raw, event.time) for event in events] == [
        ("2023-11-14T22:13:20Z one", NOW), ("two", None)]
    blocks = parse_raw(b"a\nb\n--\nc", app, Defaults("audit", "app:blocks"))
    assert [event.raw for event in blocks] == ["a\nb", "c"]
    with pytest.raises(HecError) as caught:
        parse_raw(b"\n", app, Defaults("audit"))
    assert caught.value.code == 5


def test_delivery_fills_in_the_tokens_defaults(app, home):
    events = parse_events(b'{"event": "a", "fields": {"k": "v"}}{"event": "b", "index": "operations"}')
    done = deliver(home, app, events, Defaults("audit", "t", "s", "h"), NOW)
    assert done.indexed == {"audit": 1, "operations": 1} and not done.dropped


METRIC = b'{"event": "metric", "time": 1, "fields": {"metric_name:a": 1.5, "metric_name:b": 2, "d": "x"}}'


@pytest.mark.parametrize(("body", "index", "reason"), [
    (METRIC, "audit", "cannot go into an event index"),
    (b'{"event": "text"}', "metrics", "no measure"),
    (b'{"event": "metric", "fields": {"metric_name": "a"}}', "metrics", "no _value"),
    (b'{"event": "metric", "fields": {"metric_name:a": "high"}}', "metrics", "no number"),
    (b'{"event": "metric", "fields": {"metric_name:": 1}}', "metrics", "no name"),
    (b'{"event": "a"}', "nowhere", "not known"),
])
def test_what_an_index_cannot_hold_is_dropped_with_the_reason(app, home, body, index, reason):
    done = deliver(home, app, parse_events(body), Defaults(index), NOW)
    assert not done.indexed and reason in done.dropped[0]


def test_both_metric_forms_become_measures(app, home):
    older = b'{"event": "metric", "fields": {"metric_name": "a", "_value": 3, "_x": "y", "d": "z"}}'
    done = deliver(home, app, parse_events(METRIC + older), Defaults("metrics"), NOW)
    assert done.indexed == {"metrics": 2}
    (segment,) = home.store.segments("metrics")
    assert set(segment.fields) == {"metric_name:a", "metric_name:b", "d"}
