"""The CloudTrail input against the AWS stand-in, as splunkd runs it."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from lab.clouds.aws import (
    ACCOUNT,
    delivery_key,
    event_bridge_message,
    s3_message,
    s3_test_message,
    sns_message,
)
from tests.sources.runner import (
    PACKAGED_LIBRARIES,
    SCRIPT,
    configuration,
    environment,
    run,
)

FILE = "111122223333_CloudTrail_eu-central-1_20260105T1010Z_AbCdEfGh12345678.json"


def record(number: int, **more) -> dict:
    return {
        "eventVersion": "1.09",
        "eventTime": f"2026-01-05T10:00:{number % 60:02d}Z",
        "eventName": "RunInstances",
        "eventID": f"id-{number}",
        **more,
    }


def document(*records) -> bytes:
    """A CloudTrail file; bytes among the records go in as they are."""
    texts = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in records]
    return b'{"Records":[' + b",".join(texts) + b"]}"


@pytest.fixture
def trail(aws):
    return aws.trail(dead_letter_after=5)


@pytest.fixture
def collect(aws, trail, tmp_path):
    """Runs the input on the trail with further arguments."""

    def run_input(env=None, **arguments):
        stanza = trail.stanza(checkpoint="file", index="cloud_audit", **arguments)
        return run(configuration(tmp_path, stanza), {**aws.environment, **(env or {})})

    return run_input


def balanced(outcome) -> bool:
    counts = outcome.counts
    parts = counts["emitted"] + counts["quarantined"] + counts["filtered"]
    return counts["fetched"] == parts and counts["emitted"] == len(outcome.records)


def test_real_files_arrive_whole_and_in_their_original_bytes(aws, trail, collect, real_data):
    files = sorted((real_data / "cloudtrail-invictus").glob("*.json"))
    keys = aws.deliver_files(trail, files)
    outcome = collect()
    assert outcome.status == 0
    assert len(set(outcome.event_ids)) == len(outcome.event_ids) == 2900
    assert outcome.counts["fetched"] == 2901, "2,900 records and S3's test message"
    assert balanced(outcome)
    sent = b"".join(path.read_bytes() for path in files).decode()
    assert all(text in sent for text in outcome.of("aws:cloudtrail"))
    first = outcome.events[0].values
    assert first["source"] == f"s3://{trail.bucket}/{keys[0]}"
    assert first["index"] == "cloud_audit"
    assert first["time"] == "1688989356"
    assert json.loads(first["data"])["eventTime"] == "2023-07-10T11:42:36Z"
    assert aws.waiting(trail.queue_url) == 0


def test_runs_on_splunks_interpreters(aws, trail, tmp_path, app_python):
    if not PACKAGED_LIBRARIES.is_dir():
        pytest.skip("the package's libraries are not built: run `make package`")
    aws.deliver(trail, FILE, document(record(1), record(2, userAgent="grün <&>")))
    stanza = trail.stanza(checkpoint="file")
    outcome = run(configuration(tmp_path, stanza), aws.environment, app_python)
    assert outcome.status == 0, outcome.log
    assert outcome.event_ids == ["id-1", "id-2"]
    scheme = subprocess.run(
        [app_python, str(SCRIPT), "--scheme"], capture_output=True, check=True, timeout=120
    )
    assert ElementTree.fromstring(scheme.stdout).findtext("streaming_mode") == "xml"


@pytest.mark.parametrize("shape", ["s3", "sns", "event_bridge", "sns_of_cloudtrail"])
def test_every_shape_of_notification(aws, tmp_path, shape):
    trail = aws.trail(notify=False)
    key = "AWSLogs/111122223333/CloudTrail/eu-central-1/a b+c%20ü.json.gz"
    aws.put(trail, key, gzip.compress(document(record(1))))
    aws.send(
        trail,
        {
            "s3": s3_message(trail.bucket, key),
            "sns": sns_message(s3_message(trail.bucket, key)),
            "event_bridge": event_bridge_message(trail.bucket, key),
            "sns_of_cloudtrail": sns_message(
                json.dumps({"s3Bucket": trail.bucket, "s3ObjectKey": [key]})
            ),
        }[shape],
    )
    outcome = run(configuration(tmp_path, trail.stanza(checkpoint="file")), aws.environment)
    assert outcome.event_ids == ["id-1"], outcome.log
    assert aws.waiting(trail.queue_url) == 0


def test_notifications_that_name_nothing_to_read_are_filtered(aws, trail, collect):
    aws.send(trail, s3_test_message(trail.bucket))
    aws.send(trail, sns_message("CloudTrail validation message."))
    key = delivery_key(FILE).replace("/CloudTrail/", "/CloudTrail-Digest/")
    aws.put(trail, key, gzip.compress(b'{"awsAccountId":"111122223333"}'))
    aws.put(trail, "AWSLogs/111122223333/Config/eu-central-1/x.json.gz", gzip.compress(b"{}"))
    aws.deliver(trail, FILE, document(record(1)))
    outcome = collect()
    assert outcome.event_ids == ["id-1"]
    assert outcome.quarantined == []
    assert outcome.counts["filtered"] == 5, "three messages (one by the stand-in) and two objects"
    assert aws.waiting(trail.queue_url) == 0


def test_an_object_announced_twice_is_read_once(aws, trail, collect):
    key = aws.deliver(trail, FILE, document(record(1), record(2)))
    etag = aws.client("s3").head_object(Bucket=trail.bucket, Key=key)["ETag"].strip('"')
    assert collect().event_ids == ["id-1", "id-2"]
    aws.send(trail, s3_message(trail.bucket, key, etag))
    again = collect()
    assert again.event_ids == []
    assert again.counts["duplicates"] == again.counts["filtered"] == 1


def test_a_truncated_gzip_gives_what_came_before_the_cut(aws, trail, collect):
    whole = gzip.compress(document(*(record(n, userAgent="x" * 200) for n in range(2000))))
    key = delivery_key(FILE)
    aws.put(trail, key, whole[: len(whole) // 2])
    outcome = collect()
    assert outcome.event_ids == [f"id-{n}" for n in range(len(outcome.event_ids))]
    assert len(outcome.event_ids) > 500
    (bad,) = outcome.quarantined
    assert "truncated gzip at offset" in bad["reason"]
    assert bad["bucket"] == trail.bucket
    assert bad["key"] == key
    assert bad["record"] == len(outcome.event_ids)
    assert bad["sha256"]
    assert f"s3://{trail.bucket}/{key}" in outcome.log
    assert balanced(outcome)
    assert aws.waiting(trail.queue_url) == 0, "the rest cannot come: the message is done"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x00\x01 no JSON at all", "not a JSON object"),
        (b"<html>gateway timeout</html>", "not a JSON object"),
        (b'["a list"]', "not a JSON object"),
        (b'{"configurationItems":[]}', "without a list 'Records'"),
        (b"", "the object is empty"),
    ],
)
def test_an_object_that_is_no_cloudtrail_file(aws, trail, collect, content, reason):
    aws.put(trail, "elsewhere/" + FILE, content)
    aws.deliver(trail, FILE, document(record(1)))
    outcome = collect()
    assert outcome.event_ids == ["id-1"]
    (bad,) = outcome.quarantined
    assert reason in bad["reason"]
    assert bad["where"] == f"s3://{trail.bucket}/elsewhere/{FILE}"
    assert balanced(outcome)


def test_one_bad_record_costs_one_record(aws, trail, collect):
    aws.deliver(
        trail,
        FILE,
        document(record(1), b'{"eventVersion":"1.09","eventID":oops}', record(2), b"7", record(3)),
    )
    outcome = collect()
    assert outcome.event_ids == ["id-1", "id-2", "id-3"]
    assert [bad["record"] for bad in outcome.quarantined] == [1, 3]
    assert outcome.quarantined[0]["excerpt"].startswith('{"eventVersion":"1.09","eventID":oops}')
    assert outcome.counts["quarantined"] == 2
    assert balanced(outcome)


def test_characters_that_xml_cannot_carry(aws, trail, collect):
    from ciw.text import restore

    nasty = b'{"eventVersion":"1","eventID":"id-2","a":"\x00\x0b \xed\xa0\x80 \xef\xbf\xbf"}'
    escaped = record(3, userAgent="\ud800 \u0000 \ufffe")
    aws.deliver(trail, FILE, document(record(1), nasty, escaped))
    outcome = collect()
    assert outcome.event_ids == ["id-1", "id-2", "id-3"]
    came_back = restore(outcome.of("aws:cloudtrail")[1])
    assert came_back.encode("utf-8", "surrogateescape") == nasty
    assert outcome.records[2]["userAgent"] == "\ud800 \u0000 \ufffe", "JSON's own escapes stay"
    assert outcome.counts["sanitised"] == 6
    assert outcome.quarantined == []


def test_a_record_of_twelve_megabytes(aws, trail, collect):
    aws.deliver(trail, FILE, document(record(1), record(2, blob="y" * 12_000_000), record(3)))
    outcome = collect()
    assert outcome.event_ids == ["id-1", "id-2", "id-3"]
    assert len(outcome.records[1]["blob"]) == 12_000_000
    warning = next(line for line in outcome.log.splitlines() if "event=large_record" in line)
    assert delivery_key(FILE) in warning


def test_a_bucket_that_is_not_allowed_is_refused(aws, trail, collect):
    aws.client("s3").create_bucket(Bucket="somebody-else")
    aws.client("s3").put_object(
        Bucket="somebody-else", Key="x.json.gz", Body=gzip.compress(document(record(9)))
    )
    aws.send(trail, s3_message("somebody-else", "x.json.gz"))
    aws.deliver(trail, FILE, document(record(1)))
    outcome = collect()
    assert outcome.event_ids == ["id-1"]
    (bad,) = outcome.quarantined
    assert "bucket somebody-else is not in the argument buckets: refused" in bad["reason"]
    assert aws.waiting(trail.queue_url) == 1, "left for the queue's redrive policy"


def test_a_bucket_of_another_account_is_refused(aws, trail, collect):
    """EventBridge names the owner; S3 itself checks it by ExpectedBucketOwner."""
    aws.send(trail, event_bridge_message(trail.bucket, "x.json", account="999999999999"))
    outcome = collect(buckets=f"{trail.bucket}@{ACCOUNT}")
    (bad,) = outcome.quarantined
    assert "belongs to account 999999999999" in bad["reason"]


def test_a_message_that_is_no_notification(aws, trail, collect):
    for body in ("not json", "[1]", '{"Records":[{"s3":{}}]}', '{"hello":"world"}'):
        aws.send(trail, body)
    aws.deliver(trail, FILE, document(record(1)))
    outcome = collect()
    assert outcome.event_ids == ["id-1"]
    assert [bad["excerpt"] for bad in outcome.quarantined] == [
        "not json",
        "[1]",
        '{"Records":[{"s3":{}}]}',
        '{"hello":"world"}',
    ]
    assert balanced(outcome)


def test_an_unreadable_object_is_given_up_and_left_to_the_dead_letter_queue(aws, trail, collect):
    aws.send(trail, s3_message(trail.bucket, "gone.json.gz", size=10))
    aws.deliver(trail, FILE, document(record(1)))
    outcomes = [collect(visibility_timeout="2", max_receives="3", wait_seconds="3")]
    while aws.waiting(trail.queue_url):
        outcomes.append(collect(visibility_timeout="2", max_receives="3", wait_seconds="3"))
        assert len(outcomes) < 10
    assert [name for outcome in outcomes for name in outcome.event_ids] == ["id-1"]
    (bad,) = [bad for outcome in outcomes for bad in outcome.quarantined]
    assert "given up after 3 receives" in bad["reason"]
    assert "NoSuchKey" in bad["reason"]
    assert aws.waiting(trail.dead_letter_url) == 1


def test_without_a_dead_letter_queue_nothing_loops_and_nothing_vanishes(aws, tmp_path):
    trail = aws.trail("lonely", dead_letter_after=0)
    aws.send(trail, s3_message(trail.bucket, "gone.json.gz", size=10))
    aws.send(trail, "not json")
    stanza = trail.stanza(
        checkpoint="file", visibility_timeout="2", max_receives="2", wait_seconds="3"
    )
    outcome = run(configuration(tmp_path, stanza), aws.environment)
    assert "event=queue_without_dead_letter_queue" in outcome.log
    assert sorted(bad["reason"][:20] for bad in outcome.quarantined) == [
        "given up after 2 rec",
        "the message is not J",
    ]
    assert aws.waiting(trail.queue_url) == 0
    assert balanced(outcome)


def test_missing_credentials_end_the_run_with_a_message(aws, trail, collect, tmp_path):
    outcome = collect(
        env={
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
            "AWS_CONFIG_FILE": str(tmp_path / "none"),
        }
    )
    assert outcome.status == 2
    assert "no AWS credentials" in outcome.log
    assert "credential" in outcome.log
    assert outcome.stream == b"<stream>\n</stream>\n", "the stream stays well-formed"


def test_roles_reach_other_accounts(aws, tmp_path):
    """moto isolates accounts: the bucket exists only in the account the role belongs to."""
    role = "arn:aws:iam::444455556666:role/reader"
    session = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    other = aws.client("s3", session)
    other.create_bucket(Bucket="their-logs")
    key = delivery_key(FILE)
    other.put_object(Bucket="their-logs", Key=key, Body=gzip.compress(document(record(1))))
    trail = aws.trail(notify=False)
    aws.send(trail, s3_message("their-logs", key))
    stanza = trail.stanza(
        checkpoint="file",
        buckets=f"{trail.bucket}, their-logs@444455556666",
        account_roles=f"444455556666={role}",
        external_id="ciw-external",
    )
    outcome = run(configuration(tmp_path, stanza), aws.environment)
    assert outcome.event_ids == ["id-1"], outcome.log


def test_a_stop_ends_cleanly_and_gives_messages_back(aws, trail, tmp_path, real_data):
    import signal
    import time

    from tests.sources.runner import outcome as read_outcome
    from tests.sources.runner import start

    aws.deliver_files(trail, sorted((real_data / "cloudtrail-invictus").glob("*.json")))
    stanza = trail.stanza(checkpoint="file", wait_seconds="20")
    process = start(configuration(tmp_path, stanza), aws.environment)
    # Unbuffered: what is read here is all that communicate() does not see.
    head = os.read(process.stdout.fileno(), 100_000)
    process.send_signal(signal.SIGTERM)
    rest, log = process.communicate(timeout=120)
    first = read_outcome(process.returncode, head + rest, log)
    assert first.status == 0, first.log
    assert first.stream.endswith(b"</stream>\n")
    time.sleep(0.2)
    second = run(configuration(tmp_path, {**stanza, "wait_seconds": "0"}), aws.environment)
    assert sorted(first.event_ids + second.event_ids) == sorted(
        set(first.event_ids + second.event_ids)
    )
    assert len(first.event_ids + second.event_ids) == 2900


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"queue_url": ""}, "argument queue_url is required"),
        ({"queue_url": "https://example.com/x"}, "argument queue_url: "),
        ({"queue_url": "http://sqs.example.com/123456789012/q"}, "only https is accepted"),
        ({"queue_url": "http://localhost:1@sqs.example.com/123456789012/q"}, "argument queue_url"),
        ({"region": "Frankfurt"}, "argument region: 'Frankfurt' is not an AWS region"),
        ({"visibility_timeout": "1"}, "argument visibility_timeout: '1' is not a whole number"),
        ({"checkpoint": "redis"}, "argument checkpoint: 'redis' is not one of kvstore, file"),
        ({"role_chain": "admin"}, "argument role_chain: 'admin' is not role ARNs"),
        (
            {"account_roles": "444455556666=arn:aws:iam::444455556666:role/r"},
            "account 444455556666 owns none of the buckets",
        ),
    ],
)
def test_validation_names_the_argument(trail, changes, message):
    parameters = "".join(
        f'<param name="{key}">{value}</param>'
        for key, value in {**trail.stanza(), **changes}.items()
    )
    text = f'<items><item name="aws_cloudtrail://main">{parameters}</item></items>'
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--validate-arguments"],
        input=text.encode(),
        capture_output=True,
        env=environment({}),
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert message in ElementTree.fromstring(done.stdout).findtext("message")


def test_a_good_stanza_is_valid(trail):
    parameters = "".join(
        f'<param name="{key}">{value}</param>' for key, value in trail.stanza().items()
    )
    text = f'<items><item name="aws_cloudtrail://main">{parameters}</item></items>'
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--validate-arguments"],
        input=text.encode(),
        capture_output=True,
        env=environment({}),
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"")


def test_no_secret_leaves_the_process(aws, trail, collect):
    aws.send(trail, s3_message(trail.bucket, "gone.json.gz", size=10))
    outcome = collect(log_level="DEBUG", max_receives="1")
    canaries = ["stand-in-secret", "canary-session-key-000001"]
    for canary in canaries:
        assert canary not in outcome.log
        assert canary.encode() not in outcome.stream
    assert re.search(r"event=object_not_read .*NoSuchKey", outcome.log)
