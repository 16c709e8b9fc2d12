"""Lookups, tstats, and what outputlookup and collect leave behind."""

from __future__ import annotations

import pytest

from lab.spl.errors import SPLError


def made(**fields: str) -> str:
    return "| makeresults | eval " + ", ".join(f'{k}="{v}"' for k, v in fields.items())


def one(bench, spl, name):
    (row,) = bench.rows(spl)
    return row.get(name)


def test_exact_lookup_minds_case_and_max_matches(bench):
    assert (
        one(bench, made(command="Run") + " | lookup kinds command OUTPUT kind", "kind") == "create"
    )
    assert one(bench, made(command="Run") + " | lookup many command OUTPUT kind", "kind") == [
        "create",
        "again",
    ]
    assert one(bench, made(command="run") + " | lookup kinds command OUTPUT kind", "kind") is None


def test_lookup_by_file_name_and_alias(bench):
    assert (
        one(bench, made(c="Stop") + " | lookup kinds.csv command AS c OUTPUT kind AS k", "k")
        == "halt"
    )


def test_outputnew_keeps_what_is_there(bench):
    base = made(command="Stop", kind="mine")
    assert one(bench, base + " | lookup kinds command OUTPUTNEW kind", "kind") == "mine"
    assert one(bench, base + " | lookup kinds command OUTPUT kind", "kind") == "halt"


def test_networks_and_wildcards(bench):
    assert (
        one(bench, made(ip="10.2.3.4") + " | lookup nets net AS ip OUTPUT label", "label")
        == "inside"
    )
    assert (
        one(bench, made(ip="8.8.8.8") + " | lookup nets net AS ip OUTPUT label", "label") == "world"
    )
    assert (
        one(bench, made(a="ARN:1:root") + " | lookup wild pattern AS a OUTPUT label", "label")
        == "root"
    )
    assert (
        one(bench, made(a="other") + " | lookup wild pattern AS a OUTPUT label", "label") == "none"
    )


def test_multivalue_input_matches_each_value(bench):
    spl = '| makeresults | eval c=split("Run,Stop",",") | lookup many command AS c OUTPUT kind'
    assert one(bench, spl, "kind") == ["create", "halt", "again"]


def test_inputlookup_filters_and_appends(bench):
    assert bench.rows("| inputlookup kinds where kind=c*") == [{"command": "Run", "kind": "create"}]
    assert len(bench.rows("| makeresults | inputlookup append=true kinds")) == 4


def test_unknown_lookup_and_field_are_errors(bench):
    with pytest.raises(SPLError, match="nosuch"):
        bench.rows("| inputlookup nosuch")
    with pytest.raises(SPLError, match="colour"):
        bench.rows(made(command="Run") + " | lookup kinds command OUTPUT colour")


def test_outputlookup_to_a_collection_and_back(bench):
    spl = (
        '| makeresults | eval id="a", n=2, names=split("x,y",",") '
        "| outputlookup append=true key_field=id store"
    )
    assert bench.search(spl).effects
    bench.search(spl)
    assert bench.rows("| inputlookup store | fields id n names") == [
        {"id": "a", "n": "2", "names": ["x", "y"]}
    ]


def test_nothing_is_written_when_the_search_fails(bench):
    with pytest.raises(SPLError):
        bench.rows(
            '| makeresults | eval id="a" | outputlookup append=true store '
            '| eval m=split("a,b",","), k=m+1'
        )
    assert bench.rows("| inputlookup store") == []
    with pytest.raises(SPLError, match="not allowed"):
        bench.rows('| makeresults | eval id="a" | outputlookup append=true store', write=False)


def test_collected_rows_are_read_by_tstats(bench):
    bench.search(
        '| makeresults | eval _time=_time-50, a="x", m=split("p,q",","), n=3'
        " | collect index=log output_format=hec"
    )
    bench.search('| makeresults | eval a="y", _hidden=1 | collect index=log output_format=hec')
    assert bench.rows("| tstats count WHERE index=log BY a") == [
        {"a": "x", "count": "1"},
        {"a": "y", "count": "1"},
    ]
    assert bench.rows(
        "| tstats count values(a) AS a WHERE index=log sourcetype=stash_hec m=q BY m"
    ) == [{"m": "p", "count": "1", "a": "x"}, {"m": "q", "count": "1", "a": "x"}]
    assert bench.rows("| tstats max(_time) AS t sum(n) AS n WHERE index=log") == [
        {"t": "1700000000", "n": "3"}
    ]
    assert bench.rows("| tstats count WHERE index=log BY nosuch") == []
    (row,) = bench.rows("index=log a=x | table _time a m n sourcetype")
    assert row == {
        "_time": "2023-11-14T22:12:30.000+00:00",
        "a": "x",
        "m": ["p", "q"],
        "n": "3",
        "sourcetype": "stash_hec",
    }


def test_collect_adds_the_search_unless_told_not_to(bench):
    bench.search('| makeresults | eval a="x" | collect index=log output_format=hec', earliest=5.0)
    bench.search('| makeresults | eval a="y" | collect index=log output_format=hec addinfo=false')
    assert bench.rows("| tstats count WHERE index=log BY info_min_time info_max_time") == [
        {"info_min_time": "5.000", "info_max_time": "+Infinity", "count": "1"}
    ]


def test_tstats_sees_indexed_fields_only(bench):
    bench.add({"command": "Run"})
    found = bench.search("| tstats count values(command) AS c WHERE index=audit BY sourcetype")
    assert found.rows == [{"sourcetype": "audit:json", "count": "1"}]
    assert any("command" in message for message in found.messages)


def test_tstats_by_time(bench):
    bench.add({"t": 10}, {"t": 20}, {"t": 130})
    assert [
        row["count"]
        for row in bench.rows("| tstats count WHERE index=audit earliest=-200s BY _time span=1m")
    ] == ["1", "2"]


def test_collect_needs_an_index_that_exists(bench):
    with pytest.raises(SPLError, match="nowhere"):
        bench.rows("| makeresults | collect index=nowhere")
    bench.search('| makeresults | eval a="x y" | collect index=log')
    assert one(bench, "index=log | table a sourcetype", "sourcetype") == "stash"
