"""CloudTrail's event history: accounts, regions, quota, retention, and what an event may hold."""

from __future__ import annotations

import calendar
import gzip
import json
import time

import pytest

from lab.clouds.aws import delivery_key, s3_message
from lab.clouds.aws_api import ACCOUNT, REGION
from lab.clouds.aws_event_history import EventHistory
from tests.sources.runner import configuration, run, start
from tests.sources.test_aws_cloudtrail import FILE, document, record

OTHER = "444455556666"
ROLE = f"arn:aws:iam::{OTHER}:role/reader"


@pytest.fixture
def history():
    """The stand-in, its clock early in a slice of a quarter of an hour."""
    ahead = 900 - time.time() % 900 + 300
    with EventHistory(lambda: time.time() + ahead) as made:
        yield made
        assert made.violations == []


@pytest.fixture
def collect(history, tmp_path):
    def run_input(**arguments):
        stanza = {
            "mode": "lookup", "regions": REGION, "backfill_days": "0", "checkpoint": "file",
            "log_level": "DEBUG", **arguments,
        }
        return run(configuration(tmp_path, stanza), history.environment)

    return run_input


def add(history, name: str, seconds_ago: float = 60, **more) -> dict:
    at = history.clock() - seconds_ago
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    made = {"eventVersion": "1.11", "eventTime": moment, "eventID": name, "x": "grün 😀"}
    history.add(at, made, **more)
    return made


def _moment(text: str) -> time.struct_time:
    return time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def test_the_text_of_the_record_is_the_event(history, collect):
    made = add(history, "id-1")
    outcome = collect()
    assert outcome.status == 0, outcome.log
    (event,) = outcome.events
    assert event.values["data"] == json.dumps(made, separators=(",", ":"))
    assert event.values["sourcetype"] == "aws:cloudtrail"
    assert event.values["source"] == f"cloudtrail_lookup:{ACCOUNT}/{REGION}"
    assert event.values["time"] == str(calendar.timegm(_moment(made["eventTime"])))


def test_every_account_and_region_is_read_and_one_refusal_costs_itself(history, collect):
    add(history, "own", account=OTHER)
    add(history, "us", account=OTHER, region="us-east-1")
    history.denied = {"777788889999", f"{OTHER}/ap-south-1"}
    roles = f"{OTHER}={ROLE}, 777788889999=arn:aws:iam::777788889999:role/gone"
    outcome = collect(account_roles=roles, regions=f"ap-south-1, {REGION}, us-east-1")
    assert sorted(outcome.event_ids) == ["own", "us"], outcome.log
    assert outcome.status == 0
    assert outcome.counts["failed"] == 2
    assert "777788889999:role/gone" in outcome.log
    assert f"{OTHER} ap-south-1" in outcome.log
    assert {call.account for call in history.called("LookupEvents")} == {OTHER}


def test_a_role_of_another_account_is_refused(history, collect):
    add(history, "id-1", account=OTHER)
    outcome = collect(account_roles=f"111122223333={ROLE}")
    assert outcome.event_ids == []
    assert f"the role of account 111122223333 is of {OTHER}" in outcome.log


def test_the_quota_is_kept(history, collect):
    for number in range(9):
        add(history, f"id-{number}")
    history.page_size = 2
    outcome = collect()
    assert len(outcome.event_ids) == 9
    # On its way to a loaded machine one call may be overtaken by the pace; without a pace there
    # are two that are refused.
    refused = outcome.counts["retried"]
    assert refused <= 1
    assert len(history.called("LookupEvents")) - refused == 6, "the clock, and five pages"


def test_an_event_that_is_listed_late_comes_once(history, collect):
    add(history, "early")
    add(history, "late", listed_at=history.clock() + 600)
    assert collect().event_ids == ["early"]
    clock = history.clock
    history.clock = lambda: clock() + 1200
    assert collect().event_ids == ["late"]
    assert collect().event_ids == []


def test_what_is_no_record_is_quarantined(history, collect):
    add(history, "cut", text='{"eventVersion":')
    add(history, "list", text="[1]")
    add(history, "")
    add(history, "good")
    outcome = collect()
    assert outcome.event_ids == ["good"]
    assert sorted(bad["reason"].split(":")[0] for bad in outcome.quarantined) == [
        "event cut of the event history",
        "event list of the event history",
        "event without an id of the event history",
    ]


def test_a_stretch_beyond_the_retention_is_told_and_left(history, collect, tmp_path):
    """The input was off for longer than the event history reaches back."""
    add(history, "id-1")
    assert collect().event_ids == ["id-1"]
    clock = history.clock
    history.clock = lambda: clock() + 90 * 86400 + 5400
    # Nearly 8,640 slices at two calls a second: the test looks at the first, then stops.
    stanza = {"mode": "lookup", "regions": REGION, "backfill_days": "0", "checkpoint": "file"}
    process = start(configuration(tmp_path, stanza), history.environment)
    deadline = time.monotonic() + 120
    while len(history.called("LookupEvents")) < 6 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.terminate()
    _, log = process.communicate(timeout=120)
    assert b"event=beyond_retention" in log
    assert process.returncode == 0, log


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"regions": ""}, "argument regions is required in mode lookup"),
        ({"backfill_days": "91"}, "event history holds 90 days"),
        ({"mode": "queue"}, "argument queue_url is required in mode queue"),
        ({"mode": "trail"}, "argument mode: 'trail' is not one of queue, lookup"),
        ({"regions": "Frankfurt"}, "argument regions: 'Frankfurt' is not an AWS region"),
    ],
)
def test_validation_names_the_argument(changes, message):
    import aws_cloudtrail
    from ciw.errors import InvalidArgument

    stanza = {"mode": "lookup", "regions": REGION, **changes}
    with pytest.raises(InvalidArgument, match=message):
        aws_cloudtrail.SOURCE.read_arguments(stanza)


def test_only_the_event_history_needs_a_lease():
    import aws_cloudtrail

    assert aws_cloudtrail.SOURCE.exclusive({"mode": "lookup"})
    assert not aws_cloudtrail.SOURCE.exclusive({"mode": "queue"})


def test_an_organisations_trail_is_read_for_all_its_accounts(aws, tmp_path):
    """Its files are below the organisation's id: AWSLogs/o-…/account/CloudTrail/…"""
    trail = aws.trail(notify=False)
    for account, number in ((ACCOUNT, 1), (OTHER, 2)):
        file = FILE.replace("111122223333", account)
        key = delivery_key(file).replace("AWSLogs/", "AWSLogs/o-exampleorgid/")
        aws.put(trail, key, gzip.compress(document(record(number, recipientAccountId=account))))
        aws.send(trail, s3_message(trail.bucket, key))
        digest = key.replace("/CloudTrail/", "/CloudTrail-Digest/")
        aws.put(trail, digest, gzip.compress(b'{"awsAccountId":"x"}'))
        aws.send(trail, s3_message(trail.bucket, digest))
    outcome = run(configuration(tmp_path, trail.stanza(checkpoint="file")), aws.environment)
    assert sorted(outcome.event_ids) == ["id-1", "id-2"], outcome.log
    assert outcome.quarantined == []
    assert outcome.counts["filtered"] == 2


def test_every_call_is_declared(history, collect):
    import aws_cloudtrail

    collect(account_roles=f"{OTHER}={ROLE}")
    called = {f"{call.service}:{call.operation}" for call in history.operations}
    assert called == {"sts:AssumeRole", "sts:GetCallerIdentity", "cloudtrail:LookupEvents"}
    assert called <= {permission.action for permission in aws_cloudtrail.SOURCE.permissions}
