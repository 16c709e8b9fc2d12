"""Flow logs and Resolver query logs: golden pairs, resuming, refusals, and fields in the lab."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from ciw import s3_queue
from ciw.declare import Cursor, Shard
from ciw.errors import Retriable
from ciw.heartbeat import Message
from ciw.log import Log
from ciw.s3_notification import S3Object
from ciw.s3_reader import S3Reader

from lab.engine.run import Context, search
from lab.home import Home
from lab.ingest.pipeline import Request, ingest
from tests.sources.golden_emission import emitted, pages

NAME = "aws_network_logs"
GOLDEN = Path(__file__).parent / "golden" / NAME
PAIRS = sorted(path.stem for path in GOLDEN.glob("*.log"))
DAY = "2026/01/05"
FLOWS = f"AWSLogs/111122223333/vpcflowlogs/eu-central-1/{DAY}/111122223333_vpcflowlogs_eu-central-1"
FLOW_KEY = FLOWS + "_fl-0a1b_20260105T1010Z_0a1b2c3d.log.gz"
QUERY_KEY = (
    f"AWSLogs/111122223333/vpcdnsquerylogs/vpc-0abc/{DAY}/"
    "vpc-0abc_vpcdnsquerylogs_111122223333_20260105T1010Z_0a1b2c3d.log.gz"
)
HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start "
    "end action log-status"
)
ROW = "2 111122223333 eni-{} 192.0.2.1 198.51.100.7 40000 443 6 5 420 17676072{:02d} 1767607299 ACCEPT OK"


def key_of(pair: str) -> str:
    return QUERY_KEY if pair == "resolver" else FLOW_KEY


@pytest.mark.parametrize("pair", PAIRS)
def test_a_native_file_becomes_exactly_this_stream(pair):
    native = (GOLDEN / f"{pair}.log").read_bytes()
    expected = (GOLDEN / f"{pair}.xml").read_bytes()
    assert without_time(emitted(NAME, gzip.compress(native), key_of(pair))) == expected


def test_interpreters_of_splunk_emit_the_same(app_python):
    script = Path(__file__).parent / "golden_emission.py"
    files = [part for pair in PAIRS for part in (str(GOLDEN / f"{pair}.log"), key_of(pair))]
    done = subprocess.run([app_python, str(script), NAME, *files], capture_output=True, check=True)
    expected = b"".join((GOLDEN / f"{pair}.xml").read_bytes() for pair in PAIRS)
    assert without_time(done.stdout) == expected


def test_every_pair_is_whole():
    assert sorted(path.stem for path in GOLDEN.glob("*.xml")) == PAIRS


def without_time(stream: bytes) -> bytes:
    """Quarantine events carry the time of the run."""
    stream = re.sub(rb'"time": [\d.]+', b'"time": 0', stream)
    return re.sub(rb"<time>\d+\.\d{3}</time>", b"<time>0</time>", stream)


@pytest.mark.parametrize("pair", ["vpc_default", "vpc_custom_order", "resolver"])
def test_resuming_anywhere_gives_the_rest_and_nothing_twice(pair):
    native = (GOLDEN / f"{pair}.log").read_bytes()

    def got(found):
        events = [event for page in found for event in page.events]
        return events, [bad.excerpt for page in found for bad in page.bad]

    whole = got(pages(NAME, native, key_of(pair)))
    found = pages(NAME, native, key_of(pair), page_bytes=50)
    assert got(found) == whole and len(found) > 1
    for count in range(1, len(found) + 1):
        done = found[:count]
        rest = pages(NAME, native, key_of(pair), page_bytes=170, cursor=done[-1].cursor)
        events, bad = got(done)
        assert (events + got(rest)[0], bad + got(rest)[1]) == whole


def test_a_header_in_the_middle_and_blank_lines_are_no_records():
    text = "\r\n".join([HEADER, ROW.format(1, 1), "", HEADER, ROW.format(2, 2), ""])
    (page,) = pages(NAME, text.encode(), FLOW_KEY)
    assert page.events == [("1767607201", ROW.format(1, 1)), ("1767607202", ROW.format(2, 2))]
    assert page.bad == [] and page.filtered == 0


def test_a_gzip_stream_that_breaks_off_costs_its_last_line():
    text = "\n".join([HEADER, *(ROW.format(n, n % 60) for n in range(400))]).encode()
    found = pages(NAME, gzip.compress(text)[:-200], FLOW_KEY, page_bytes=4096)
    events = [event for page in found for event in page.events]
    (bad,) = [bad for page in found for bad in page.bad]
    assert 0 < len(events) < 400
    assert bad.reason.startswith("truncated gzip") and bad.excerpt.startswith("2 1111")


def test_an_endless_line_costs_itself_and_no_memory():
    rows = [HEADER.encode(), b"x" * (3 << 20), ROW.format(1, 1).encode()]
    found = pages(NAME, gzip.compress(b"\n".join(rows)), FLOW_KEY)
    (bad,) = [bad for page in found for bad in page.bad]
    assert (bad.size, len(bad.excerpt)) == (1 + (3 << 20), 4096)
    assert [event for page in found for event in page.events] == [("1767607201", ROW.format(1, 1))]


@pytest.mark.parametrize(
    "content, key, reason",
    [
        (b"", FLOW_KEY, "the object is empty"),
        (b"", QUERY_KEY, "the object is empty"),
        (b"irrelevant", FLOW_KEY.replace(".log.gz", ".log.parquet"), "a Parquet file"),
        (ROW.format(1, 1).encode(), FLOW_KEY, "the first line is no line of field names"),
    ],
)
def test_what_cannot_be_read_is_refused_once_with_what_to_change(content, key, reason):
    (page,) = pages(NAME, content, key)
    (bad,) = page.bad
    assert bad.reason.startswith(reason) and page.cursor.done and page.events == []
    assert bad.detail["key"] == key


@pytest.mark.parametrize(
    "key, filtered",
    [
        ("AWSLogs/111122223333/elasticloadbalancing/eu-central-1/a.log.gz", 1),
        ("AWSLogs/111122223333/CloudTrail-Digest/eu-central-1/a.json.gz", 1),
        ("AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=x/a.log.gz", 0),
        ("copied/111122223333_vpcflowlogs_eu-central-1_fl-1_20260105T1010Z_a.log.gz", 0),
    ],
)
def test_a_key_says_what_an_object_is(key, filtered):
    (page,) = pages(NAME, f"{HEADER}\n{ROW.format(1, 1)}".encode(), key)
    assert (page.filtered, len(page.events)) == (filtered, 1 - filtered)


def test_the_cursor_counts_lines_with_the_header():
    text = "\n".join([HEADER, ROW.format(1, 1), "wrong", ROW.format(2, 2)]).encode()
    found = pages(NAME, text, FLOW_KEY, cursor=Cursor(3))
    assert [event for page in found for event in page.events] == [("1767607202", ROW.format(2, 2))]
    assert not any(page.bad for page in found)


class Body:
    def close(self) -> None:
        """Nothing is held."""


class Answering:
    """An Aws whose S3 gives one answer."""

    def __init__(self, **answer):
        self.answer = {"ContentLength": 3, "Body": Body(), **answer}

    def client(self, *_, **__):
        return self

    def get_object(self, **_):
        return self.answer


@pytest.mark.parametrize("answer", [{}, {"ETag": '"another"'}])
def test_a_foreign_answer_with_status_200_is_not_taken_for_the_log(answer):
    """A captive portal's or proxy's page would be quarantined, and the message be deleted."""
    reader = S3Reader(Answering(**answer), lambda obj: "")
    with pytest.raises(Retriable, match="what answered is not S3"):
        list(reader.pieces(S3Object("logs", FLOW_KEY, etag="abc"), 100))
    reader.close()


@pytest.mark.parametrize("passing, fate", [(True, "leave"), (False, "delete")])
def test_an_outage_makes_no_sound_object_be_given_up(passing, fate):
    """Without a dead-letter queue, giving up deletes the message: not for what will pass."""
    obj = S3Object("logs", FLOW_KEY)
    shard = Shard(obj.identity, obj.uri, s3_queue.ObjectWork(obj, None))
    shard.outcome, shard.reason, shard.passing = "failed", "AWS answered", passing
    work = s3_queue._Work(Message("id", "receipt", "{}", receives=7, held_since=0.0), [shard])
    context = SimpleNamespace(arguments={"max_receives": 5}, log=Log(io.StringIO()))
    steps = s3_queue._fate(context, SimpleNamespace(redrive=0), work)
    with pytest.raises(StopIteration) as ended:
        while True:
            next(steps).outcome = "done"
    assert ended.value.value == fate


@pytest.fixture(scope="module")
def fields(tmp_path_factory, app_root):
    """Fields by pair and source type, of all golden events in one home."""
    scratch = tmp_path_factory.mktemp("fields")
    home = Home(scratch / "home")
    app = home.app(app_root)
    for pair in PAIRS:
        stream = ElementTree.fromstring(
            b"<stream>" + (GOLDEN / f"{pair}.xml").read_bytes() + b"</stream>"
        )
        for number, event in enumerate(stream):
            sourcetype = event.findtext("sourcetype")
            path = scratch / f"{number}.log"
            path.write_text(event.findtext("data") + "\n", encoding="utf-8")
            place = Request(
                index="cloud_network", sourcetype=sourcetype, source=event.findtext("source"),
                host=pair.replace("_", "-"),
            )
            if sourcetype != "ciw:quarantine":
                ingest(home, app, [path], place)

    def of(pair: str) -> list[dict]:
        spl = f"search index=cloud_network host={pair.replace('_', '-')} | sort 0 _time"
        return search(spl, Context(home=home, app=app, now=4e9)).rows

    return of


def picked(row: dict, names: str) -> list:
    return [row.get(name) for name in names.split()]


TIME = "2026-01-05T10:00:00.000+00:00"
FLOW = "src dest src_port dest_port protocol bytes packets action vendor_account vendor_region"
CREATED = ["10.0.0.5", "198.51.100.7", "49152", "443", "tcp", "4249", "20", "allowed",
           "111122223333", "eu-central-1"]


def test_fields_of_the_default_format(fields):
    rows = fields("vpc_default")
    first = next(row for row in rows if row.get("dest_port") == "443")
    assert picked(first, FLOW) == CREATED
    assert picked(first, "object_id dvc start_time end_time duration cloud") == [
        "eni-0a1b2c3d4e5f60001", "eni-0a1b2c3d4e5f60001", "1767607200", "1767607260", "60", "aws",
    ]
    refused = next(row for row in rows if row.get("dest_port") == "3389")
    assert picked(refused, "action src") == ["blocked", "203.0.113.12"]
    six = next(row for row in rows if row.get("dest_port") == "22")
    assert picked(six, "src dest") == [
        "2001:db8:1234:a100:8d6e:3477:df66:f105", "2001:db8:1234:a102:3304:8879:34cf:4071",
    ]
    empty = next(row for row in rows if row["log_status"] == "NODATA")
    assert picked(empty, FLOW) == [None] * 8 + ["111122223333", "eu-central-1"]
    skipped = next(row for row in rows if row["log_status"] == "SKIPDATA")
    assert skipped["vendor_account"] == "111122223333", "the account of the file, for unknown"


def test_fields_of_all_columns_in_either_order(fields):
    (row,) = fields("vpc_version_5")
    assert picked(row, FLOW) == CREATED
    assert picked(row, "object_id direction vpc_id pkt_dst_aws_service traffic_path") == [
        "i-0a1b2c3d4e5f60001", "outbound", "vpc-0abc", "S3", "8",
    ]
    (row,) = fields("vpc_version_5_by_name")
    assert picked(row, FLOW) == [
        "203.0.113.12", "10.0.0.5", "33000", "3389", "tcp", "40", "1", "blocked", "111122223333",
        "eu-central-1",
    ]
    assert picked(row, "object_id direction _time") == [
        "i-0a1b2c3d4e5f60001", "inbound", TIME,
    ]


def test_fields_of_any_other_order(fields):
    created, empty = fields("vpc_custom_order")
    assert picked(created, FLOW) == [*CREATED[:3], "3333", *CREATED[4:]]
    assert picked(created, "object_id direction vpc_id format_version ecs_cluster_name _time") == [
        "i-0a1b2c3d4e5f60001", "outbound", "vpc-0abc", "8", "-", TIME,
    ]
    assert picked(empty, "object_id src action log_status") == [
        "eni-0a1b2c3d4e5f60002", None, None, "NODATA",
    ]


def test_fields_of_a_format_without_the_default_columns(fields):
    row = next(row for row in fields("vpc_few_fields") if row.get("src"))
    assert picked(row, FLOW) == [
        "10.0.0.5", "10.0.1.9", None, "3333", "tcp", "4249", None, None, "111122223333",
        "eu-central-1",
    ]
    assert picked(row, "object_id pkt_dstaddr") == ["i-0a1b2c3d4e5f60001", "198.51.100.7"]


def test_fields_of_transit_gateways(fields):
    (row,) = fields("transit_gateway")
    assert picked(row, FLOW) == [
        "10.0.0.5", "10.20.0.9", "49152", "443", "tcp", "4249", "20", None, "111122223333",
        "eu-central-1",
    ]
    assert picked(row, "object_id tgw_dst_vpc_id packets_lost_no_route direction _time") == [
        "tgw-0a1b2c3d4e5f60001", "vpc-0def", "0", "outbound", TIME,
    ]
    (row,) = fields("transit_gateway_custom")
    assert picked(row, "src dest bytes object_id packets_lost_blackhole") == [
        "2001:db8::5", "2001:db8:20::9", "4249", "tgw-0a1b2c3d4e5f60001", "7",
    ]


def test_fields_of_resolver_queries(fields):
    rows = fields("resolver")
    blocked = next(row for row in rows if row["query"] == "pool.example.com")
    assert blocked["answer"] == ["203.0.113.9", "203.0.113.10"]
    assert picked(
        blocked, "src src_port record_type reply_code answer_count transport action object_id"
    ) == ["10.0.0.5", "56067", "A", "NOERROR", "2", "udp", "blocked", "i-0a1b2c3d4e5f60001"]
    assert picked(blocked, "vendor_account vendor_region _time") == [
        "111122223333", "eu-central-1", TIME,
    ]
    other = next(row for row in rows if row["reply_code"] == "NXDOMAIN")
    assert picked(other, "query answer answer_count object_id action") == [
        "_dns-sd._udp.ünter.example.com", None, "0", "rslvr-in-0a1b2c3d", None,
    ]
