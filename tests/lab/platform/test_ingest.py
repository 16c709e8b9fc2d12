"""Files become events by props.conf; a bad record costs one record."""

import gzip
import json

import pyarrow.parquet as pq
import pytest

from lab.ingest.pipeline import IngestError, Request, ingest
from lab.ingest.timestamp import Recogniser, parse_time

CLOUDTRAIL = Request("audit", "aws:cloudtrail")


def record(number, **more):
    return {
        "eventVersion": "1.08",
        "eventTime": f"2023-07-10T12:00:{number:02d}Z",
        "eventName": "RunInstances",
        "n": number,
        **more,
    }


def stored(home, index="audit"):
    rows = []
    for segment in home.store.segments(index):
        rows += pq.read_table(segment.path).to_pylist()
    return rows


def run(home, app, path, request=CLOUDTRAIL):
    return ingest(home, app, [path], request)


def test_records_keep_their_own_bytes(home, app, tmp_path):
    texts = [
        '{"eventTime": "2023-07-10T12:00:00Z",  "n": 1.10, "ü": "\\u00e9"}',
        '{\n "eventTime":"2023-07-10T12:00:01Z"}',
    ]
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(('{"Records":[' + " ,\n".join(texts) + "]}").encode()))
    assert run(home, app, path).indexed == 2
    rows = stored(home)
    assert [row["_raw"] for row in rows] == texts
    assert rows[0]["_time"] == 1688990400 and rows[0]["_indextime"] == 1688990400
    assert rows[0]["source"] == str(path)


@pytest.mark.parametrize(
    "bad, reason",
    [
        ('{"eventTime": "2023-07-10T12:00:00Z", "a": nonsense}', "not JSON"),
        ('"just text"', "not a JSON object"),
        ('{"eventTime": "soon"}', "no time stamp"),
        ('{"a": "unclosed }, {', None),
    ],
)
def test_good_records_beside_a_bad_one_arrive(home, app, tmp_path, bad, reason):
    path = tmp_path / "a.json"
    good = [json.dumps(record(1)), json.dumps(record(2))]
    path.write_text('{"Records":[' + ",".join([good[0], bad, good[1]]) + "]}")
    report = run(home, app, path)
    assert stored(home)[0]["_raw"] == good[0]
    assert report.quarantined
    if reason is not None:
        assert report.indexed == 2 and len(report.quarantined) == 1
        offset = len('{"Records":[') + len(good[0]) + 1
        assert f"{path}: offset {offset}: " in report.quarantined[0]
        assert reason in report.quarantined[0]
        kept = json.loads((home.quarantine_dir / "ingest.jsonl").read_text())
        assert kept["text"] == bad and kept["offset"] == offset


def test_a_truncated_gzip_gives_what_it_holds(home, app, tmp_path):
    path = tmp_path / "a.json.gz"
    records = [record(n % 60, noise=f"{n * 7919:x}" * 5) for n in range(500)]
    whole = gzip.compress(json.dumps({"Records": records}).encode())
    path.write_bytes(whole[: len(whole) // 2])
    report = run(home, app, path)
    assert 100 < report.indexed < 500
    assert any("truncated gzip" in sentence for sentence in report.quarantined)


def test_control_characters_and_lone_surrogates_arrive(home, app, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(
        b'{"Records":[{"eventTime":"2023-07-10T12:00:00Z","a":"\x01\xed\xa0\x80"},'
        b'{"eventTime":"2023-07-10T12:00:00Z","a":"\\ud800\\u0000"}]}'
    )
    report = run(home, app, path)
    assert (report.indexed, report.quarantined) == (2, [])
    assert "\x01" in stored(home)[0]["_raw"] and "\\ud800" in stored(home)[1]["_raw"]


def test_a_record_over_truncate_is_cut_and_said(home, app, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"Records": [record(1, big="x" * 5000)]}))
    report = run(home, app, path)
    assert report.indexed == 1 and len(stored(home)[0]["_raw"]) == 2000
    assert "TRUNCATE = 2000" in report.notes[0]


def test_a_twelve_megabyte_record(home, app, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"time": 1688990400, "big": "x" * 12_000_000}) + "\n")
    report = run(home, app, path, Request("audit", "app:json", time_field="time"))
    assert report.indexed == 1 and len(stored(home)[0]["_raw"]) > 12_000_000


def test_cloudtrail_as_json_lines(home, app, tmp_path):
    path = tmp_path / "a.json"
    path.write_text("".join(json.dumps(record(n)) + "\n" for n in range(3)))
    assert run(home, app, path).indexed == 3


def test_times_of_lines(home, app, tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"at": {"when": "2024-01-01T00:00:00.5+01:00"}}\r\n\n{"at": {}}\nnot json\n')
    request = Request(
        "audit", "app:json", time_field="at.when", index_time=5.0, host="h", source="s"
    )
    report = run(home, app, path, request)
    (row,) = stored(home)
    assert (row["_time"], row["_indextime"]) == (1704063600.5, 5)
    assert (row["host"], row["source"]) == ("h", "s")
    assert len(report.quarantined) == 2 and "offset 50" in report.quarantined[0]


def test_merged_and_blocked_events(home, app, tmp_path):
    path = tmp_path / "a.log"
    path.write_text("2024-01-01 00:00:00 one\n  more\n2024-01-01 00:00:01 two\n")
    assert run(home, app, path, Request("audit", "app:merged")).indexed == 2
    assert stored(home)[0]["_raw"].endswith("one\n  more")
    path.write_text("2024-01-01 00:00:00 a\nb\n--\n2024-01-01 00:00:00 c")
    assert run(home, app, path, Request("audit", "app:blocks")).indexed == 2


def test_metrics_in_hec_form(home, app, tmp_path):
    path = tmp_path / "m.json"
    path.write_text('{"time": 1795000000, "metric_name:cpu": 93.1, "cloud": "aws"}\n{"time": 1}\n')
    report = run(home, app, path, Request("metrics", "ciw:metrics"))
    assert report.indexed == 1 and "no measure" in report.quarantined[0]
    assert stored(home, "metrics")[0]["_time"] == 1795000000


@pytest.mark.parametrize(
    "request_, says",
    [
        (Request("nowhere", "aws:cloudtrail"), "indexes.conf"),
        (Request("audit", "aws:cloudtrial"), "aws:cloudtrail"),
        (Request("audit", "app:odd"), "SEDCMD-x"),
    ],
)
def test_what_is_refused_names_what_would_do(home, app, tmp_path, request_, says):
    path = tmp_path / "a.json"
    path.write_text("{}\n")
    with pytest.raises(IngestError, match=says):
        run(home, app, path, request_)
    assert stored(home) == []


@pytest.mark.parametrize(
    "form, text, expected",
    [
        ("%Y-%m-%dT%H:%M:%S.%3N%z", "2024-02-29T12:00:00.250+0200", 1709200800.25),
        ("%b %d %Y %I:%M %p", "Feb 29 2024 01:05 PM", 1709211900),
        ("%s%3N", "1709200800250", 1709200800.25),
        ("%Y-%j %T", "2024-060 10:00:00", 1709200800),
    ],
)
def test_time_formats(form, text, expected):
    recogniser = Recogniser.of({"TIME_FORMAT": form})
    assert recogniser.find(f"x {text} y") == pytest.approx(expected)


def test_zone_and_lookahead():
    berlin = Recogniser.of({"TIME_FORMAT": "%Y-%m-%d %H:%M:%S", "TZ": "Europe/Berlin"})
    assert berlin.find("2024-07-01 12:00:00") == 1719828000
    short = Recogniser.of({"TIME_PREFIX": "at ", "MAX_TIMESTAMP_LOOKAHEAD": "10"})
    assert short.find("at 2024-07-01 12:00:00") is None
    assert parse_time("2024-07-01") == 1719792000 and parse_time("soon") is None
