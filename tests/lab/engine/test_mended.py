"""What the row evaluator found: each case names the rule that the engine had missed."""

from __future__ import annotations

import pytest

from lab.spl.errors import SPLError
from tests.lab.engine.test_commands import run


def test_a_remainder_has_the_sign_of_the_dividend(bench):
    assert bench.value("(0-1)%10") == "-1"
    assert bench.value("7%4") == "3"


def test_a_single_row_has_an_order_too(bench):
    assert run(bench, "| stats count AS c | dedup c consecutive=true") == [{"c": "6"}]
    assert run(bench, "| stats count AS c | sort 0 c | streamstats count AS i | table i") == [
        {"i": "1"}]


def test_zero_has_no_sign(bench):
    assert bench.value('if(1=1, -(5-5), "x")') == "0"


def test_zipping_with_nothing_is_null(bench):
    (row,) = bench.rows('| makeresults | eval a=split("x", ","), z=mvzip(a, nosuch)')
    assert "z" not in row


def test_eventstats_leaves_rows_without_the_by_field_alone(bench):
    """Search Reference, eventstats: added only where the aggregation is pertinent to the event."""
    rows = [{"g": "a", "n": "1", "c": "old"}, {"n": "2", "c": "old"}]
    assert run(bench, "| eventstats count AS c by g | table g c", rows) == [
        {"g": "a", "c": "1"}, {"c": "old"}]
    assert run(bench, "| eventstats count AS c by nosuch | table c", rows) == [
        {"c": "old"}, {"c": "old"}]


def test_the_field_of_a_function_cannot_be_split_by(bench):
    with pytest.raises(SPLError, match="split by"):
        run(bench, "| chart dc(k) over g by k", [{"g": "a", "k": "x"}, {"g": "a"}])


def test_output_clears_where_nothing_matches_and_outputnew_fills_each_field(bench):
    """props.conf.spec, LOOKUP-<class>."""
    made = '| makeresults | eval command="nosuch", kind="mine" '
    (row,) = bench.rows(made + "| lookup kinds command OUTPUT kind")
    assert "kind" not in row
    (row,) = bench.rows(made + "| lookup kinds command OUTPUTNEW kind")
    assert row["kind"] == "mine"
    (row,) = bench.rows('| makeresults | eval kind="mine" | eval command=null()'
                        " | lookup kinds command OUTPUT kind")
    assert row["kind"] == "mine"
    (row,) = bench.rows('| makeresults | eval command="Stop", kind="mine"'
                        " | lookup kinds command OUTPUTNEW kind, command AS again")
    assert (row["kind"], row["again"]) == ("mine", "Stop")


def test_a_default_match_is_for_inputs_that_are_there(bench):
    rows = [{"a": "other"}, {"b": "x"}]
    assert run(bench, "| lookup wild pattern AS a OUTPUT label | table label", rows) == [
        {"label": "none"}, {}]


def test_tstats_by_time_aggregates_the_times_of_the_events(bench):
    bench.add({"t": 10}, {"t": 20}, {"t": 130})
    assert bench.rows(
        "| tstats min(_time) AS low max(_time) AS high WHERE index=audit BY _time span=1h"
    ) == [{"_time": "2023-11-14T22:00:00.000+00:00", "low": "1699999870", "high": "1699999990"}]


def test_timechart_keeps_to_the_window_in_the_search(bench):
    bench.add({"t": 10})
    rows = bench.rows("index=audit earliest=-3m@m latest=@m+1m | timechart span=1m count")
    assert [row["count"] for row in rows] == ["0", "0", "0", "1"]
    assert bench.rows("index=audit earliest=-3m@m nosuch=1 | timechart span=1m count") == []


def test_rex_finds_its_groups_in_a_long_pipeline_over_few_rows(bench):
    """Such a pipeline is written down halfway; what rex has found is no field yet."""
    for steps in range(4, 24):
        longer = "".join(f' | eval b{number}=a."x" | where isnotnull(b{number})'
                         for number in range(steps))
        (row,) = bench.rows('| inputlookup kinds.csv | head 1 | eval a="left|right"' + longer
                            + r' | rex field=a "(?<left>[^|]+)\|(?<right>.+)"')
        assert (row["left"], row["right"]) == ("left", "right"), steps
