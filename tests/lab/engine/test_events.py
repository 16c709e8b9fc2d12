"""Generating searches: windows, indexes, search-time fields, the search language."""

from __future__ import annotations

import pytest

from lab.spl.errors import SPLError
from tests.lab.engine.conftest import NOW


@pytest.fixture
def audit(bench):
    bench.add(
        {"t": 300, "command": "Run", "actor": "ann", "n": 1, "region": "eu-west"},
        {
            "t": 200,
            "command": "Stop",
            "actor": "Bob",
            "n": 20,
            "error": "Denied",
            "region": "us-east",
        },
        {
            "t": 100,
            "command": "Run",
            "n": 3,
            "tags": ["x", "y"],
            "request": {"items": [{"id": "i-1"}, {"id": "i-2"}]},
            "Command": "other",
        },
    )
    return bench


def commands(bench, spl):
    return [row.get("n") for row in bench.rows(f"{spl} | table n")]


def test_newest_first(audit):
    assert commands(audit, "index=audit") == ["3", "20", "1"]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ("command=run", ["3", "1"]),
        ("command=R*", ["3", "1"]),
        ("command!=Run", ["20"]),
        ("NOT actor=ann", ["3", "20"]),
        ("actor!=ann", ["20"]),
        ("actor=*", ["20", "1"]),
        ("n>2", ["3", "20"]),
        ("n>=3 n<20", ["3"]),
        ("command=Run OR n=20 actor=Bob", ["20"]),
        ("command IN (stop, nothing)", ["20"]),
        ("tags{}=y", ["3"]),
        ("tags{}!=y", ["3"]),
        ("denied", ["20"]),
        ("den", []),
        ("den*", ["20"]),
        ('"eu-west"', ["1"]),
        ("TERM(eu-west)", ["1"]),
        ("eventtype=failed", ["20"]),
        ("tag=watch", ["20"]),
        ("NOT tag=watch", ["3", "1"]),
        ("Command=other", ["3"]),
        ("user=ANN", ["1"]),
        ("area=eu", ["1"]),
        ("kind=create", ["3", "1"]),
        ("status=failure", ["20"]),
        ("request.items{}.id=i-2", ["3"]),
        ("deep=i-1", ["3"]),
    ],
)
def test_search_terms(audit, terms, expected):
    assert commands(audit, f"index=audit {terms}") == expected


def test_calculated_fields_see_the_extracted_ones_only(audit):
    """EVAL-twice reads `status` of the event, which only another EVAL makes: it is missing."""
    assert not any("twice" in row for row in audit.rows("index=audit"))


def test_every_field_comes_where_nothing_says_which(audit):
    row = audit.rows("index=audit n=3")[0]
    assert row["request.items{}.id"] == ["i-1", "i-2"] and row["deep"] == ["i-1", "i-2"]
    assert row["Command"] == "other" and row["command"] == "Run" and row["kind"] == "create"
    assert row["_time"] == "2023-11-14T22:11:40.000+00:00"


def test_windows_of_both_times(audit):
    assert commands(audit, "index=audit earliest=-250s latest=-150s") == ["20"]
    assert [
        r["n"]
        for r in audit.rows(
            "index=audit | table n", earliest=1_699_999_700.0, latest=1_699_999_800.0
        )
    ] == ["1"]
    assert audit.search("index=audit", visible_before=1_699_999_800.0).scanned == 1
    assert [
        r["n"] for r in audit.rows("index=audit | table n", index_earliest=1_699_999_900.0)
    ] == ["3"]


def test_json_keeps_what_was_written(bench):
    bench.add(
        {"raw": '{"a":1.10,"b":null,"c":true,"d":[],"e":"","f":1,"f":2,"big":12345678901234567890}'}
    )
    (row,) = bench.rows("index=audit | table a b c d e f big")
    assert row == {
        "a": "1.10",
        "b": "null",
        "c": "true",
        "e": "",
        "f": ["1", "2"],
        "big": "12345678901234567890",
    }


def test_automatic_json_extraction_stops_where_splunk_stops(bench):
    bench.add(
        {"raw": '{"early":1,"pad":"' + "x" * 6000 + '","late":2,"request":{"items":[{"id":"z"}]}}'}
    )
    (row,) = bench.rows("index=audit | table early late deep")
    assert row == {"early": "1", "deep": "z"}


def test_key_value_text_and_transforms(bench):
    bench.add({"raw": 'user=ann msg="two words" part=a part=b'}, sourcetype="audit:kv")
    (row,) = bench.rows("index=audit | table user msg part")
    assert row == {"user": "ann", "msg": "two words", "part": ["a", "b"]}
    bench.add({"raw": "user=bob"}, sourcetype="audit:none")
    assert len(bench.rows("index=audit user=*")) == 1


def test_an_unknown_field_and_index_are_said(audit):
    messages = audit.search("index=audit nosuch=1 | stats count").messages
    assert any("nosuch" in message for message in messages)
    assert any("nowhere" in m for m in audit.search("index=nowhere | stats count").messages)
    assert (
        audit.search('index=audit | rex field=actor "(?<first>.)" | stats count by first').messages
        == []
    )


def test_internal_fields_that_the_lab_lacks_are_refused(audit):
    with pytest.raises(SPLError, match="date_zone"):
        audit.rows("index=audit date_zone=0")


def test_extraction_is_kept_beside_large_segments(bench, monkeypatch):
    from lab.engine import segments

    monkeypatch.setattr(segments, "DISK_ROWS", 1)
    bench.add({"command": "Run"}, {"command": "Stop"})
    expected = bench.rows("index=audit | stats count by command")
    (file,) = (bench.home.store.root / "audit" / ".fields").glob("*/*.parquet")
    monkeypatch.setattr(segments, "_memory", segments._Memory())
    monkeypatch.setattr(segments, "_extract", None)
    assert bench.rows("index=audit | stats count by command") == expected
    assert file.stat().st_size > 0


def test_subsearch_rows_become_terms(audit):
    assert commands(
        audit, "index=audit [search index=audit error=* | fields command | dedup command]"
    ) == ["20"]
    assert commands(audit, "index=audit [| makeresults | eval n=mvappend(1,3) | fields n]") == [
        "3",
        "1",
    ]
    assert commands(audit, 'index=audit [| makeresults | eval search="n=20" | fields search]') == [
        "20"
    ]
    assert commands(audit, "index=audit [search index=audit nothing=x | fields n]") == []


def test_event_types_and_tags_are_fields(audit):
    assert audit.rows("index=audit | stats count by eventtype tag") == [
        {"eventtype": "failed", "tag": "watch", "count": "1"}
    ]
    assert audit.rows("index=audit n=20")[0]["eventtype"] == "failed"


def test_what_kv_mode_cuts_off_is_said(bench):
    bench.add({"pad": "x" * 6000, "late": "1"}, {"late": "2"})
    found = bench.search("index=audit late=* | table late")
    assert found.rows == [{"late": "2"}]
    assert any("longer than 5000 characters" in message for message in found.messages)
    assert bench.search("index=audit | table _time").messages == []


def test_the_hour_of_an_event_dated_by_a_number_is_refused(bench):
    bench.add({"raw": f"{int(NOW)} started"})
    with pytest.raises(SPLError, match="dated by a number"):
        bench.rows("index=audit date_hour=22")


def test_tstats_counts_by_the_clock_of_the_events(bench):
    bench.add({"raw": "2023-11-14T22:13:20Z started"}, {"raw": "undated", "t": 5})
    assert bench.rows("| tstats count where index=audit by date_hour date_wday") == [
        {"date_hour": "22", "date_wday": "tuesday", "count": "1"}]


def test_an_extraction_from_metadata_is_refused_by_name():
    """It would silently give nothing: the metadata are not among what extractions see."""
    from lab.engine.rules import _extract

    with pytest.raises(SPLError, match="EXTRACT-id.*'source'"):
        _extract("EXTRACT-id", r"flows/(?<id>\d+) in source")
    assert _extract("EXTRACT-id", r"flows/(?<id>\d+) in path").source == "path"


def test_the_rows_read_are_told_by_index(audit):
    audit.search("index=audit | collect index=log output_format=hec")
    found = audit.search("index=audit n=1 [| tstats count WHERE index=log BY sourcetype"
                         " | eval n=1 | fields n] | append [search index=log]")
    assert found.read == {"audit": 3, "log": 6} and found.scanned == 9
    for pattern, rows in (("audit:*", 3), ("AUDIT:j*", 3), ("other:*", 0)):
        assert sum(audit.search(f"index=audit sourcetype={pattern} n>0").read.values()) == rows
