"""Metric indexes: mstats, mcatalog, mcollect and meventcollect."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.app import App
from lab.engine.store import Event
from lab.ingest.metrics import data_point
from lab.spl.errors import SPLError
from tests.lab.engine.conftest import NOW, Bench

CPU, IN = "cloud.cpu.percent", "cloud.net.in"


@pytest.fixture
def metrics(bench) -> Bench:
    """Two hosts, a point a minute for four minutes, some with a second measure."""
    conf = bench.app.path / "default" / "indexes.conf"
    conf.write_text("[audit]\n[log]\n[gauges]\ndatatype = metric\n[spare]\ndatatype = metric\n")
    bench.app = App(bench.app.path)
    points = []
    for minute in range(4):
        for host, region, base in (("a", "east", 10), ("b", "West", 50)):
            fields = {f"metric_name:{CPU}": str(base + minute), "region": region}
            if host == "a":
                fields[f"metric_name:{IN}"] = str(100 * minute)
            points.append(_point(minute * 60, host, fields))
    points.append(_point(0, "c", {"metric_name:other.depth": "7", "zone": "z1"}))
    bench.home.store.append("gauges", points)
    return bench


def _point(seconds: float, host: str, fields: dict) -> Event:
    time = NOW - 240 + seconds  # NOW is a whole multiple of 20 s, and NOW - 240 begins a 4m bucket
    return Event(time, time, "", "ciw:metrics", "src", host, data_point(fields))


def test_statistics_by_dimension(metrics):
    assert metrics.rows(
        f"| mstats avg({CPU}) max({CPU}) AS top count({IN}) WHERE index=gauges BY host region"
    ) == [
        {"host": "a", "region": "east", f"avg({CPU})": "11.5", "top": "13", f"count({IN})": "4"},
        {"host": "b", "region": "West", f"avg({CPU})": "51.5", "top": "53", f"count({IN})": "0"},
    ]


def test_a_point_without_any_of_the_metrics_makes_no_row(metrics):
    rows = metrics.rows(f"| mstats avg({CPU}) WHERE index=gauges BY host")
    assert [row["host"] for row in rows] == ["a", "b"]
    assert metrics.rows("| mstats avg(nothing) WHERE index=gauges") == []
    assert metrics.rows("| mstats count(nothing) WHERE index=gauges") == []


def test_span_puts_time_first(metrics):
    result = metrics.search(f"| mstats sum({CPU}) AS s WHERE index=gauges host=a span=2m BY host")
    assert result.fields == ["_time", "host", "s"]
    assert sum(float(row["s"]) for row in result.rows) == 10 + 11 + 12 + 13
    assert len(result.rows) >= 2


def test_wildcards_stand_for_metrics_not_for_dimensions(metrics):
    (row,) = metrics.rows("| mstats max(cloud.*) AS top_* min(*) WHERE index=gauges")
    assert row == {"top_cpu.percent": "53", "top_net.in": "300", f"min({CPU})": "10",
                   f"min({IN})": "0", "min(other.depth)": "7"}


def test_value_form_filters_on_metric_name_and_may_group_by_it(metrics):
    assert metrics.rows("| mstats count(_value) AS n WHERE index=gauges metric_name=cloud.*"
                        " BY metric_name") == [
        {"metric_name": CPU, "n": "8"}, {"metric_name": IN, "n": "4"}]
    assert metrics.rows(f"| mstats avg(_value) WHERE index=gauges metric_name={IN} host=a") == [
        {"avg(_value)": "150"}]


@pytest.mark.parametrize(("where", "hosts"), [
    ("host=a", ["a"]),
    ("region=e*", ["a"]),
    ("NOT host=a", ["b"]),
    ("host!=a", ["b"]),
    ("host IN (a, x)", ["a"]),
    ("(region=east OR region=West) source=src", ["a", "b"]),
    ("sourcetype=ciw:metrics earliest=-61s", ["a", "b"]),
    ("earliest=-1s", []),
])
def test_where_filters_on_dimensions(metrics, where, hosts):
    rows = metrics.rows(f"| mstats avg({CPU}) WHERE index=gauges {where} BY host")
    assert [row["host"] for row in rows] == hosts


def test_a_value_that_matches_only_without_regard_to_case_is_refused(metrics):
    with pytest.raises(SPLError, match="upper and lower case"):
        metrics.rows(f"| mstats avg({CPU}) WHERE index=gauges region=west")


def test_fillnull_value_stands_for_a_dimension_that_a_point_lacks(metrics):
    assert metrics.rows("| mstats fillnull_value=none count(*) AS n_* WHERE index=gauges BY zone"
                        " | fields zone n_other.depth") == [
        {"zone": "none", "n_other.depth": "0"}, {"zone": "z1", "n_other.depth": "1"}]
    assert metrics.rows(f"| mstats count({CPU}) WHERE index=gauges BY zone") == []


def test_rates_are_of_time_series(metrics):
    assert metrics.rows(f"| mstats rate({CPU}) AS r max({CPU}) AS top WHERE index=gauges BY host"
                        ) == [{"host": "a", "r": f"{3 / 180}", "top": "13"},
                              {"host": "b", "r": f"{3 / 180}", "top": "53"}]
    (row,) = metrics.rows(f"| mstats rate_avg({CPU}) AS a rate_sum({CPU}) AS s WHERE index=gauges")
    assert float(row["a"]) == pytest.approx(3 / 180)
    assert float(row["s"]) == pytest.approx(6 / 180)
    (row,) = metrics.rows(
        "| mstats rate_sum(_value) AS s WHERE index=gauges metric_name=cloud.* host=a")
    assert float(row["s"]) == pytest.approx(303 / 180)
    with pytest.raises(SPLError, match="several time series"):
        metrics.rows(f"| mstats rate({CPU}) WHERE index=gauges")


POINTS = st.lists(st.tuples(
    st.integers(0, 600), st.sampled_from("ab"), st.sampled_from([None, "x", "y"]),
    st.none() | st.integers(-50, 50), st.none() | st.integers(0, 9)), max_size=30)


@settings(max_examples=25, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(POINTS)
def test_statistics_are_those_of_plain_python(metrics, points):
    for segment in metrics.home.store.segments("spare"):
        segment.path.unlink()
    expected, stored = defaultdict(list), []
    for seconds, host, zone, first, second in points:
        fields = {f"metric_name:{name}": str(value)
                  for name, value in (("m.one", first), ("m.two", second)) if value is not None}
        if not fields:
            continue
        stored.append(_point(seconds, host, {**fields, **({"zone": zone} if zone else {})}))
        if zone:
            bucket = (stored[-1].time // 120 * 120, host, zone)
            expected[bucket] += [(name, float(value)) for name, value in fields.items()]
    metrics.home.store.append("spare", stored)
    rows = metrics.rows("| mstats sum(m.one) AS s count(m.one) AS n max(m.two) AS t"
                        " WHERE index=spare BY host zone span=2m | eval at=_time")
    found = {(float(row["at"]), row["host"], row["zone"]):
             tuple(row.get(name) and float(row[name]) for name in "snt") for row in rows}
    wanted = {}
    for key, values in expected.items():
        first = [value for name, value in values if name.endswith("one")]
        second = [value for name, value in values if name.endswith("two")]
        wanted[key] = (sum(first) if first else None, float(len(first)), max(second, default=None))
    assert found == wanted


def test_names_that_no_data_point_has_are_told(metrics):
    result = metrics.search("| mstats avg(cpu) WHERE index=gauges BY hots")
    assert result.rows == [] and result.messages == [
        "no data point that was read has the dimension 'hots'",
        "no data point that was read has the metric 'cpu'"]
    assert metrics.search(f"| mstats avg({CPU}) WHERE index=gauges BY host index").messages == []
    with pytest.raises(SPLError, match="splunk_server"):
        metrics.search(f"| mstats avg({CPU}) WHERE index=gauges BY splunk_server")


def test_the_catalog_by_index(metrics):
    assert metrics.rows("| mcatalog values(metric_name) AS m WHERE index=* BY index") == [
        {"index": "gauges", "m": [CPU, IN, "other.depth"]}]


def test_a_reset_counter_is_refused(metrics):
    metrics.home.store.append("spare", [_point(0, "a", {"metric_name:n": "5"}),
                                        _point(60, "a", {"metric_name:n": "1"})])
    with pytest.raises(SPLError, match="reset"):
        metrics.rows("| mstats rate(n) WHERE index=spare")


def test_other_functions(metrics):
    (row,) = metrics.rows(
        f"| mstats latest({CPU}) AS l earliest({CPU}) AS e latest_time({CPU}) AS t stdev({CPU}) AS s"
        f" exactperc50({CPU}) AS p range({CPU}) AS r WHERE index=gauges host=b | eval t=t-{NOW:.0f}")
    assert row | {"s": ""} == {"l": "53", "e": "50", "t": "-60", "s": "", "p": "52", "r": "3"}
    assert float(row["s"]) == pytest.approx(1.2909944)


def test_prestats_is_aggregated_by_the_command_behind(metrics):
    plain = metrics.rows(f"| mstats avg({CPU}) WHERE index=gauges BY host")
    assert metrics.rows(f"| mstats prestats=t avg({CPU}) WHERE index=gauges BY host"
                        f" | stats avg({CPU}) BY host") == plain
    assert metrics.rows("| mstats prestats=true sum(_value) WHERE index=gauges metric_name=cloud.*"
                        " BY metric_name span=auto | timechart sum(_value) BY metric_name"
                        " | stats sum(cloud.*) AS cloud.*") == [{CPU: str(46 + 206), IN: "600"}]
    assert metrics.rows(
        f"| mstats prestats=t max({CPU}) WHERE index=gauges host=a span=1m BY host"
        f" | mstats prestats=t append=t max({CPU}) WHERE index=gauges host=b span=1m BY host"
        f" | timechart span=1h max({CPU}) BY host | table a b") == [{"a": "13", "b": "53"}]


def test_events_and_metrics_do_not_see_each_other(metrics):
    metrics.add({"t": 1, "a": "b"}, index="audit")
    found = metrics.search("search index=gauges")
    assert found.rows == [] and "does not hold events" in found.messages[0]
    assert metrics.rows("| tstats count WHERE index=gauges BY host") == []
    assert metrics.rows("| mstats count(*) WHERE index=audit") == []
    assert metrics.rows("search index=* | stats count") == [{"count": "1"}]


@pytest.mark.parametrize(("spl", "message"), [
    (f"| mstats avg({CPU})", "no metric index is named"),
    ("| mstats count WHERE index=gauges", "needs a metric"),
    (f"| mstats avg({CPU}) max(_value) WHERE index=gauges", "cannot mix"),
    ("| mstats avg(_value) WHERE index=gauges", "needs metric_name"),
    (f"| mstats avg({CPU}) WHERE index=gauges metric_name=x", "belongs to function"),
    (f"| mstats avg({CPU}) WHERE index=gauges word", "no text"),
    (f"| mstats avg({CPU}) WHERE index=gauges host=CASE(a)", "no CASE"),
    (f"| mstats avg({CPU}) WHERE index=gauges TERM(a)", "no text"),
    ("| mpreview index=gauges", "refused"),
    (f"| mstats avg({CPU}) WHERE index=gauges _value>3", "cannot filter on _value"),
    (f"| mstats avg({CPU}) WHERE index=gauges BY metric_name", "cannot group by metric_name"),
    (f"| mstats dc({CPU}) WHERE index=gauges", "does not have the function"),
    (f"| mstats avg({CPU}) WHERE index=gauges span=auto", "span=auto"),
    (f"| mstats avg({CPU}) WHERE index=gauges span=10s every=1m", "every"),
    (f"| mstats prestats=t avg({CPU}) WHERE index=gauges", "prestats"),
    (f"| mstats prestats=t avg({CPU}) WHERE index=gauges | stats max({CPU})", "did not compute"),
    (f"| mstats prestats=t avg({CPU}) WHERE index=gauges | stats avg({CPU}) BY host", "grouped by"),
    (f"| mstats prestats=t rate({CPU}) WHERE index=gauges | stats avg({CPU})", "prestats"),
    (f"| mstats chart=t avg({CPU}) WHERE index=gauges", "chart"),
    (f"| makeresults | mstats avg({CPU}) WHERE index=gauges", "first command"),
    ("| mcatalog values(_value) WHERE index=gauges", "not supported"),
    ("| mcatalog count WHERE index=gauges", "values"),
])
def test_what_is_wrong_or_not_supported_is_said(metrics, spl, message):
    with pytest.raises(SPLError, match=message):
        metrics.search(spl)


def test_the_catalog_lists_names_and_values(metrics):
    assert metrics.rows("| mcatalog values(metric_name) AS names WHERE index=gauges host=a") == [
        {"names": [CPU, IN]}]
    assert metrics.rows("| mcatalog values(region) WHERE index=gauges BY metric_name") == [
        {"metric_name": CPU, "values(region)": ["West", "east"]},
        {"metric_name": IN, "values(region)": "east"}]
    assert metrics.rows("| mcatalog values(_dims) WHERE index=gauges") == [
        {"values(_dims)": ["region", "zone"]}]
    assert metrics.rows("| mcatalog values(metric_name) WHERE index=gauges host=nobody") == []


def collect(metrics, row: str, command: str) -> list[dict]:
    metrics.search(f"| makeresults | eval {row} | {command}")
    return metrics.rows("| mcatalog values(metric_name) AS n values(_dims) AS d WHERE index=spare")


def test_mcollect_without_split_takes_named_measures(metrics):
    row = "'metric_name:cpu.idle'=7, 'metric_name:cpu.user'=2, host=\"h\", team=\"red\", n=3"
    assert collect(metrics, row, "mcollect index=spare marker=\"run=1\"") == [
        {"n": ["cpu.idle", "cpu.user"], "d": ["n", "run", "team"]}]
    assert metrics.rows("| mstats avg(cpu.idle) AS a WHERE index=spare BY host team sourcetype") == [
        {"host": "h", "team": "red", "sourcetype": "mcollect_stash", "a": "7"}]


def test_mcollect_takes_metric_name_and_value(metrics):
    assert collect(metrics, "metric_name=\"q\", _value=4, a=1, b=2", "mcollect index=spare a") == [
        {"n": "q", "d": "a"}]


def test_mcollect_split_makes_a_measure_of_every_other_field(metrics):
    assert collect(metrics, "x=1, y=2, region=\"e\"", "mcollect index=spare split=true region") == [
        {"n": ["x", "y"], "d": "region"}]


def test_mcollect_allnums_leaves_text_and_listed_numbers_as_dimensions(metrics):
    assert collect(metrics, "x=1, y=2, region=\"e\", port=80",
                   "mcollect index=spare split=allnums port") == [
        {"n": ["x", "y"], "d": ["port", "region"]}]


@pytest.mark.parametrize(("spl", "message"), [
    ("| makeresults | eval a=1 | mcollect index=log split=allnums", "not a metric index"),
    ("| makeresults | eval a=1 | mcollect split=allnums", "needs index"),
    ("| makeresults | eval a=1 | mcollect index=spare", "no measure"),
    ("| makeresults | eval a=1 | mcollect index=spare split=true", "dimension fields"),
    ("| makeresults | eval a=1, b=\"x\" | mcollect index=spare split=true c", "no number"),
    ("| makeresults | eval a=1 | fields - _time | mcollect index=spare split=allnums", "no _time"),
    ("| makeresults | mcollect index=spare marker=\"x\"", "marker"),
    ("| makeresults | mcollect index=spare spool=f", "spool=false"),
    ("| makeresults | eval a=1 | stats sum(a) AS a | meventcollect index=spare split=t c",
     "streaming"),
])
def test_a_row_that_is_no_data_point_is_refused(metrics, spl, message):
    with pytest.raises(SPLError, match=message):
        metrics.search(spl)
    assert metrics.home.store.count("spare") == 0


def test_collect_does_not_write_events_into_a_metric_index(metrics):
    with pytest.raises(SPLError, match="metric index"):
        metrics.search("| makeresults | collect index=spare")


def test_meventcollect_turns_events_into_points(metrics):
    metrics.add({"t": 5, "size": 3, "kind": "x"}, index="audit")
    metrics.search("search index=audit | fields _time size kind | meventcollect index=spare"
                   " split=true kind")
    assert metrics.rows("| mstats sum(size) AS s WHERE index=spare BY kind") == [
        {"kind": "x", "s": "3"}]
