"""Index-time transforms and metric schemas, by the spec files of props and transforms."""

from __future__ import annotations

import pytest

from lab.ingest.indextime import IndexTimeError, MetricSchema, Transform
from lab.ingest.metrics import MetricError
from lab.ingest.pipeline import IngestError, Request, ingest
from tests.lab.platform.conftest import make_app

TRANSFORMS = r"""
[pairs]
REGEX = "([\w.]+)"\s*:\s*"?([^",}\s]+)"?
FORMAT = $1::$2
REPEAT_MATCH = true
WRITE_META = true

[words]
REGEX = (\S+) is (\S+)
FORMAT = subject::$1 object::"$2 indeed"
WRITE_META = true

[short]
REGEX = (b)
WRITE_META = true
LOOKAHEAD = 3

[queue]
REGEX = x
DEST_KEY = queue
FORMAT = nullQueue

[silent]
REGEX = (x)

[groups]
REGEX = x
FORMAT = a::$1
WRITE_META = true

[metric-schema:all]
METRIC-SCHEMA-MEASURES = _ALLNUMS_
METRIC-SCHEMA-BLACKLIST-DIMS = *_id

[metric-schema:some]
METRIC-SCHEMA-MEASURES = cpu.*, depth
METRIC-SCHEMA-WHITELIST-DIMS = region, port, secret
METRIC-SCHEMA-BLACKLIST-DIMS = secret

[metric-schema:but]
METRIC-SCHEMA-MEASURES = _NUMS_EXCEPT_ port, time
METRIC-SCHEMA-MEASURES-queue = *size
METRIC-SCHEMA-BLACKLIST-DIMS-queue = region

[metric-schema:glued]
METRIC-SCHEMA-MEASURES = _NUMS_EXCEPT_port
"""
PROPS = """
[app:measures]
SHOULD_LINEMERGE = false
TIME_PREFIX = "time":\\s*
TIME_FORMAT = %s
TRANSFORMS-fields = pairs
METRIC-SCHEMA-TRANSFORMS = metric-schema:but

[app:words]
SHOULD_LINEMERGE = false
DATETIME_CONFIG = CURRENT
TRANSFORMS-fields = words

[app:queue]
TRANSFORMS-q = queue
"""
FIELDS = {"cpu.user": "1.5", "depth": "3", "port": "80", "region": "east", "host_id": "x",
          "secret": "y"}


@pytest.fixture
def app(tmp_path, home):
    return home.app(make_app(tmp_path / "app", transforms=TRANSFORMS, props=PROPS))


def found(app, name: str, raw: str) -> dict:
    into: dict = {}
    Transform.of(app, name).apply(raw, into)
    return into


def test_a_transform_writes_indexed_fields(app):
    assert found(app, "pairs", '{"a": 1.5, "b.c":"d", "e": ""}') == {"a": ["1.5"], "b.c": ["d"]}
    assert found(app, "words", "sky is blue") == {"subject": ["sky"], "object": ["blue indeed"]}
    assert found(app, "short", "aab") == {"short": ["b"]}
    assert found(app, "short", "aaab") == {}


@pytest.mark.parametrize(("name", "message"), [
    ("queue", "DEST_KEY"), ("silent", "WRITE_META"), ("groups", "more groups"), ("none", "no stanza"),
])
def test_a_transform_that_cannot_be_carried_out_is_named(app, name, message):
    with pytest.raises(IndexTimeError, match=message):
        Transform.of(app, name)


def point(app, schema: str, **fields: str) -> dict:
    return MetricSchema.of(app, f"metric-schema:{schema}").data_point({**FIELDS, **fields})


def test_allnums_makes_a_measure_of_every_number(app):
    assert point(app, "all") == {"metric_name:cpu.user": "1.5", "metric_name:depth": "3",
                                 "metric_name:port": "80", "region": "east", "secret": "y"}


def test_listed_measures_leave_other_numbers_as_dimensions_and_the_denied_list_wins(app):
    assert point(app, "some") == {"metric_name:cpu.user": "1.5", "metric_name:depth": "3",
                                  "port": "80", "region": "east"}


def test_nums_except_and_the_entry_of_a_metric_name(app):
    assert set(point(app, "but")) == {"metric_name:cpu.user", "metric_name:depth", "port", "region",
                                      "host_id", "secret"}
    assert point(app, "but", metric_name="queue", max_size="9") == {
        "metric_name:queue.max_size": "9", "cpu.user": "1.5", "depth": "3", "port": "80",
        "host_id": "x", "secret": "y"}
    with pytest.raises(IndexTimeError, match="space"):
        MetricSchema.of(app, "metric-schema:glued")
    with pytest.raises(MetricError, match="no indexed field"):
        MetricSchema.of(app, "metric-schema:all").data_point({"a": "b"})


def write(tmp_path, text: str):
    path = tmp_path / "in.json"
    path.write_text(text)
    return [path]


def test_a_schema_makes_data_points_of_plain_events(app, home, tmp_path):
    files = write(tmp_path, '{"time": 1700000000, "cpu": 5, "cloud": "aws"}\n{"time": 1700000000}\n')
    report = ingest(home, app, files, Request("metrics", "app:measures"))
    assert report.indexed == 1 and "no indexed field is a numeric measure" in report.quarantined[0]
    (segment,) = home.store.segments("metrics")
    assert set(segment.fields) == {"metric_name:cpu", "cloud", "time"}
    assert segment.time_min == 1_700_000_000


def test_a_data_point_is_not_put_into_an_event_index(app, home, tmp_path):
    files = write(tmp_path, '{"time": 1700000000, "cpu": 5}\n')
    report = ingest(home, app, files, Request("audit", "app:measures"))
    assert report.indexed == 0 and "cannot go into an event index" in report.quarantined[0]


def test_indexed_fields_reach_tstats(app, home, tmp_path):
    from lab.engine.run import Context, search

    ingest(home, app, write(tmp_path, "sky is blue\n"), Request("audit", "app:words"))
    result = search("| tstats count WHERE index=audit BY object", Context(home, app, 1e10))
    assert result.rows == [{"object": "blue indeed", "count": "1"}]


def test_hecs_events_go_through_the_same_settings(app, home):
    from lab.ingest.hec import Defaults, deliver, parse_events

    events = parse_events(
        b'{"event": {"cpu": 5, "cloud": "aws"}, "index": "metrics", "sourcetype": "app:measures"}'
        b'{"event": "sky is blue", "fields": {"k": "v"}, "sourcetype": "app:words"}'
        b'{"event": "x", "sourcetype": "app:queue"}')
    done = deliver(home, app, events, Defaults("audit"), 1.0)
    assert done.indexed == {"metrics": 1, "audit": 1} and "DEST_KEY" in done.dropped[0]
    assert set(home.store.segments("metrics")[0].fields) == {"metric_name:cpu", "cloud"}
    assert set(home.store.segments("audit")[0].fields) == {"k", "subject", "object"}


def test_a_source_type_with_another_transform_is_refused(app, home, tmp_path):
    with pytest.raises(IngestError, match="DEST_KEY"):
        ingest(home, app, write(tmp_path, "x\n"), Request("audit", "app:queue"))
