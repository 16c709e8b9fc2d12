"""What comes by the HTTP Event Collector is what comes by the stream, and comes through its faults.

Every case of the suite of promises is run once each way into a lab of its own, at a clock that
stands; the indexes of both labs then hold the same: raw text, time, source type, source, host,
indexed fields. Faults: the collector busy or down, a connection cut, no acknowledgement, a token
that is refused.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter

import pytest

from lab.xmlstream import StreamEvent
from tests.promises.conftest import NAMES, case_class
from tests.sources.hec import Between, Splunkd
from tests.sources.runner import Outcome, start

# AWS's stand-in for inventories is a process of its own, whose clock goes on.
_MOVING = re.compile(r'("snapshot_id\\*": \\*"|"snapshot_id\\*":\\*")[^"\\]+|"_time": [\d.]+')
_PORT = re.compile(r"127\.0\.0\.1:\d+")


@pytest.fixture
def splunkd(tmp_path):
    made = []

    def one(name: str) -> Splunkd:
        made.append(Splunkd(tmp_path / name))
        return made[-1]

    yield one
    for each in made:
        each.close()


@pytest.fixture
def cloud(tmp_path):
    made = []

    def one(name: str):
        directory = tmp_path / f"cloud{len(made)}"
        directory.mkdir()
        made.append(case_class(name)(directory))
        return made[-1]

    yield one
    for each in made:
        each.close()


def hec(url: str, **more: str) -> dict[str, str]:
    return {"output": "hec", "hec_url": url, "hec_credential": "splunk", **more}


def comparable(name: str, events: list[tuple]) -> list[tuple]:
    texts = [(index, _PORT.sub("127.0.0.1", text)) for index, text in events]
    if name == "aws_inventory":
        texts = [(index, _MOVING.sub("", text)) for index, text in texts]
    # A quarantine event tells when it was made.
    quarantine = re.compile(r'"_raw": "\{\\"time\\": [\d.]+|"_time": [\d.]+')
    return sorted(
        (index, quarantine.sub("", text) if "ciw:quarantine" in text else text)
        for index, text in texts
    )


@pytest.mark.parametrize("name", NAMES)
def test_both_ways_give_the_same(name, splunkd, cloud, monkeypatch):
    found = []
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    for way in ("xml", "hec"):
        lab, case = splunkd(way), cloud(name)
        lab.store(case.secrets)
        case.put(8)
        case.put_bad()
        settings = {} if way == "xml" else hec(lab.server.url)
        outcome = lab.run(case, settings)
        assert outcome.status == 0 and bool(outcome.events) == (way == "xml"), outcome.log
        found.append(comparable(name, lab.events()))
    assert len(found[0]) > 8 and any("ciw:quarantine" in text for _, text in found[0])
    assert not set(found[0]) ^ set(found[1])
    assert found[0] == found[1]


# A listing that is polled, and a queue that is acknowledged.
KINDS = ("azure_activity", "gcp_audit")


@pytest.fixture(params=KINDS)
def setting(request, splunkd, cloud):
    """(a lab, what lies before its collector, a case with eight events)."""
    lab, case = splunkd("lab"), cloud(request.param)
    with Between(lab.server.url) as between:
        yield lab, between, case, Counter(case.put(8))


def indexed(lab, case) -> Counter:
    """How often each of the case's identities is in the lab's indexes."""
    rows = [json.loads(text) for _, text in lab.events()]
    events = [
        StreamEvent(values={"data": row["_raw"], "sourcetype": row["sourcetype"]}) for row in rows
    ]
    return case.identities(Outcome(0, b"", "", events))


def committed(lab) -> list[str]:
    """Shards of which a run has announced a chunk and recorded it."""
    (journal,) = lab.home.path.rglob("journal-*")
    entries = [json.loads(line.partition(" ")[2]) for line in journal.read_text().splitlines()]
    announced = {entry["k"] for entry in entries if "i" in entry}
    assert announced
    return [entry["k"] for entry in entries if "d" in entry and entry["k"] in announced]


def test_a_collector_that_stumbles_costs_nothing(setting):
    """Busy, a connection cut before and after it took a chunk, acknowledgements that tarry."""
    lab, between, case, wanted = setting
    events = "/services/collector/event"
    between.fault("status", path=events, status=503, times=2)
    between.fault("reset", path=events)
    between.fault("cut", path=events)
    between.withheld = 5
    outcome = lab.run(case, hec(between.url, hec_ack_seconds="1"))
    assert outcome.status == 0 and "output_busy=2" in outcome.log, outcome.log
    found = indexed(lab, case)
    assert set(found) == set(wanted) and case.remaining() == 0
    # What was sent twice is the same text, so that a search tells it by its own identity.
    assert len({text for _, text in lab.events()}) == len(wanted)
    between.faults.clear()
    case.pass_time(400)
    again = lab.run(case, hec(between.url))
    assert again.status == 0 and indexed(lab, case) == found, "it was recorded, and comes no more"


def test_nothing_is_recorded_without_acknowledgement(setting):
    lab, between, case, wanted = setting
    between.withheld = 10**6
    outcome = lab.run(case, hec(between.url, hec_ack_seconds="1"))
    assert outcome.status == 2 and "hec_ack_seconds" in outcome.log, outcome.log
    assert "event=run_end" in outcome.log and "result=failed" in outcome.log
    assert not committed(lab)
    assert case.kind != "queue" or case.remaining() == len(wanted), "the queue was told too early"
    between.withheld = 0
    case.pass_time(400)
    assert lab.run(case, hec(between.url)).status == 0
    assert set(indexed(lab, case)) == set(wanted) and case.remaining() == 0


def test_a_collector_that_is_down_holds_up_no_stop(setting):
    lab, between, case, wanted = setting
    down = between.fault("status", path="/services/collector.*", status=503, times=1000)
    process = start(lab.document(case, hec(between.url)), case.environment)
    try:
        while down.times > 998:
            time.sleep(0.05)
        process.terminate()
        _, log = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0 and b"result=stopped" in log, log
    assert not indexed(lab, case)
    between.faults.clear()
    case.pass_time(400)
    assert lab.run(case, hec(between.url)).status == 0
    assert indexed(lab, case) == wanted


@pytest.mark.parametrize(
    ("credential", "reason"), [("wrong", "refuses the token"), ("deaf", "useACK")]
)
def test_a_token_that_will_not_do_is_named_and_gets_nothing(
    splunkd, cloud, credential, reason
):
    lab, case = splunkd("lab"), cloud("gcp_audit")
    names = case.put(3)
    outcome = lab.run(case, {**hec(lab.server.url), "hec_credential": credential})
    assert outcome.status == 2 and reason in outcome.log
    fatal = next(line for line in outcome.log.splitlines() if line.startswith("FATAL"))
    assert "stanza=gcp_audit://case" in fatal and f"hec_credential: entry '{credential}'" in fatal
    assert not lab.events() and case.remaining() == len(names)
