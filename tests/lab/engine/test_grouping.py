"""transaction, multisearch, union, eventcount, metadata and extract over indexed events."""

from __future__ import annotations

import pytest

from lab.spl.errors import SPLError
from tests.lab.engine.conftest import NOW

EVENTS = [
    {"t": 10, "actor": "ann", "command": "Run", "n": "1"},
    {"t": 20, "actor": "bob", "command": "Stop", "n": "2"},
    {"t": 4000, "actor": "ann", "command": "Stop", "n": "3"},
]


@pytest.fixture
def events(bench):
    bench.add(*EVENTS)
    bench.add({"t": 15, "raw": "user=ann part=a part=b"}, sourcetype="audit:kv", index="log")
    return bench


def test_a_transaction_reads_only_what_is_asked_for(events):
    found = events.search("index=audit | transaction actor maxspan=1h | table actor n eventcount")
    assert found.rows == [
        {"actor": "ann", "n": "1", "eventcount": "1"},
        {"actor": "bob", "n": "2", "eventcount": "1"},
        {"actor": "ann", "n": "3", "eventcount": "1"}]
    assert found.messages == []


def test_a_transaction_is_an_event_with_the_texts_of_its_members(events):
    found = events.search("index=audit actor=ann | transaction actor")
    (row,) = found.rows
    assert found.is_events
    assert row["_raw"].split("\n") == [
        '{"actor":"ann","command":"Stop","n":"3"}', '{"actor":"ann","command":"Run","n":"1"}']
    assert (row["duration"], row["eventcount"], row["closed_txn"]) == ("3990", "2", "0")
    assert row["kind"] == ["create", "halt"] and "_indextime" not in row


def test_a_transaction_by_a_condition_on_a_field_that_nothing_else_reads(events):
    rows = events.rows('index=audit | transaction startswith=(command="Stop" n=3)'
                       ' endswith=eval(command="Run") | table eventcount closed_txn')
    assert rows == [{"eventcount": "3", "closed_txn": "1"}]


def test_merged_searches_extract_what_the_commands_behind_read(events):
    found = events.search("| multisearch [search index=audit actor=ann] [search index=log]"
                          " | stats count by user")
    assert found.rows == [{"user": "ann", "count": "3"}]
    assert found.messages == []
    found = events.search("index=log | union [search index=audit | eval k=command] | stats count by k")
    assert found.rows == [{"k": "Run", "count": "1"}, {"k": "Stop", "count": "2"}]
    assert found.messages == []


def test_each_merged_search_has_its_own_window(events):
    rows = events.rows("| union [search index=audit earliest=-1m] [search index=audit]"
                       " | stats count", earliest=NOW - 100, latest=NOW)
    assert rows == [{"count": "4"}]


def test_merged_searches_keep_all_fields_and_their_order(events):
    rows = events.rows("| multisearch [search index=audit] [search index=log] | fields - _raw")
    assert [row["index"] for row in rows] == ["audit", "log", "audit", "audit"]
    assert rows[1]["part"] == ["a", "b"] and rows[0]["command"] == "Run"


def test_eventcount_counts_what_is_indexed_by_then_whatever_the_window(events):
    assert events.rows("| eventcount index=audit", earliest=NOW - 15) == [{"count": "3"}]
    assert events.rows("| eventcount index=audit", visible_before=NOW - 15) == [{"count": "2"}]


def test_eventcount_and_metadata_obey_the_role(events):
    assert events.rows("| eventcount index=*", indexes_allowed=("log",)) == [{"count": "1"}]
    rows = events.rows("| metadata type=sourcetypes index=*", indexes_allowed=("log",))
    assert [row["sourcetype"] for row in rows] == ["audit:kv"]
    with pytest.raises(SPLError, match="search filter"):
        events.rows("| eventcount index=*", search_filter="actor=ann")


def test_metadata_looks_at_the_time_range(events):
    (row,) = events.rows("| metadata type=hosts index=audit", earliest=NOW - 60, latest=NOW)
    assert (row["host"], row["totalCount"], row["firstTime"], row["lastTime"]) == (
        "h", "2", str(int(NOW - 20)), str(int(NOW - 10)))
    assert events.rows("| metadata type=hosts index=audit", latest=NOW - 9000) == []


def test_uniq_and_transpose_look_at_every_field(events):
    assert events.rows("index=audit | uniq | stats count") == [{"count": "3"}]
    rows = events.rows("index=audit | fields actor n | fields - _* | head 1 | transpose")
    assert rows == [{"column": "actor", "row 1": "ann"}, {"column": "n", "row 1": "1"}]
    with pytest.raises(SPLError, match="internal field"):
        events.rows("index=audit | transpose")


def test_fieldsummary_of_no_fields_is_empty(bench):
    assert bench.rows("| makeresults | fieldsummary") == []


def test_extract_by_a_transform_and_what_is_there_already(events):
    rows = events.rows('| makeresults | eval _raw="part=x part=y", part="old" | extract parts'
                       " | table part")
    assert rows == [{"part": "old"}]
    rows = events.rows('| makeresults | eval _raw="part=x part=y" | extract parts | table part')
    assert rows == [{"part": ["x", "y"]}]
    found = events.search('index=log | extract pairdelim=" " kvdelim="=" | stats count by user')
    assert found.rows == [{"user": "ann", "count": "1"}] and found.messages == []


def test_addinfo_knows_the_window_of_the_search(events):
    rows = events.rows("search index=audit earliest=-1m | head 1 | addinfo"
                       " | table info_min_time info_max_time", latest=NOW)
    assert rows == [{"info_min_time": f"{NOW - 60:.3f}", "info_max_time": f"{NOW:.3f}"}]


@pytest.mark.parametrize(("spl", "word"), [
    ("index=audit | eval duration=1 | transaction actor", "have already"),
    ("index=log | transaction part", "several values"),
    ("index=audit | fields actor | fields - _time | transaction actor", "needs _time"),
    ("index=audit | reverse | transaction actor", "descending order"),
    ("index=audit | xyseries n absent actor", "no row has the field"),
    ("index=audit | table n | transpose header_field=x", "no row has the field"),
    ("index=audit | autoregress n AS actor", "exists already"),
    ("index=audit | trendline sma2(actor)", "no number"),
    ("index=log | fieldsummary part", "several values"),
    ('| makeresults | eval _raw="abc=1" | extract maxchars=2', "longer than 2"),
    ("| gentimes start=13/1/2018 end=1/1/2019", "is no time"),
])
def test_what_is_not_settled_is_refused(events, spl, word):
    with pytest.raises(SPLError, match=word):
        events.rows(spl)
