"""Pub/Sub in special cases: what comes again, what waits, what is too much at once."""

from __future__ import annotations

import base64
import binascii
import json
import time
from types import SimpleNamespace

import pytest
from ciw.declare import Cursor
from ciw.errors import Retriable, ShardError
from ciw.log_entries import _attributes
from ciw.pubsub import Subscription, _decoded, _Ledger
from ciw.text import compact
from hypothesis import given
from hypothesis import strategies as st

from lab.clouds.google_pubsub import PubSub
from tests.sources.runner import configuration, run

NAME = "projects/example-project/subscriptions/audit"


@pytest.fixture
def service():
    with PubSub(lambda: time.time() + service_clock[0]) as made:
        service_clock[0] = 0.0
        made.subscription(NAME)
        yield made


service_clock = [0.0]


def entry(number: int) -> bytes:
    log = "projects/example-project/logs/cloudaudit.googleapis.com%2Factivity"
    return json.dumps(
        {"logName": log, "insertId": f"i{number}", "timestamp": "2026-01-05T10:00:00Z"}
    ).encode()


def started(service, directory, **stanza):
    stanza = {"checkpoint": "file", "index": "main", "subscription": NAME, **stanza}
    return run(configuration(directory, stanza, scheme="gcp_audit"), service.environment)


def ids(outcome) -> list[str]:
    texts = outcome.of("google:gcp:pubsub:audit:admin_activity")
    return [json.loads(text)["data"]["insertId"] for text in texts]


def test_an_acknowledgement_that_is_lost_brings_no_event_twice(service, tmp_path):
    for number in range(3):
        service.publish(NAME, entry(number))
    service.fault("status", path=".*:acknowledge", status=403)
    outcome = started(service, tmp_path)
    assert sorted(ids(outcome)) == ["i0", "i1", "i2"] and outcome.status == 2
    assert len(service.subscription(NAME).messages) == 3
    service.faults.clear()
    service_clock[0] = 120
    again = started(service, tmp_path)
    assert ids(again) == [] and again.counts["repeated"] == 3
    assert not service.subscription(NAME).messages


def test_what_was_read_goes_out_before_the_next_pull_that_may_wait(service, tmp_path):
    service.publish(NAME, entry(1))
    pull, left = service.methods["pubsub.projects.subscriptions.pull"], []

    def watched(parameters, body):
        left.append(len(service.subscription(NAME).messages))
        return pull(parameters, body)

    service.methods["pubsub.projects.subscriptions.pull"] = watched
    assert ids(started(service, tmp_path)) == ["i1"]
    assert left == [1, 0], "sent and acknowledged before the second pull"


def test_exactly_once_delivery_refuses_what_has_expired_and_the_run_goes_on(service, tmp_path):
    service.exactly_once = True
    service.publish(NAME, entry(1))
    acknowledge = service.methods["pubsub.projects.subscriptions.acknowledge"]

    def expired(parameters, body):
        service.methods["pubsub.projects.subscriptions.acknowledge"] = acknowledge
        service_clock[0] += 100
        return acknowledge(parameters, body)

    service.methods["pubsub.projects.subscriptions.acknowledge"] = expired
    outcome = started(service, tmp_path)
    assert ids(outcome) == ["i1"] and outcome.status == 0, outcome.log
    assert "event=messages_not_acknowledged" in outcome.log
    assert outcome.counts["repeated"] == 1, "it came again and was known"
    assert not service.subscription(NAME).messages


def test_what_a_run_did_not_acknowledge_is_known_behind_many_new_messages():
    """It comes again when its deadline has passed, and meanwhile there may be many pulls."""
    arguments = {"ack_deadline": 60, "max_messages": 2}
    cursor = Cursor(3, state={"sent": [["old"], ["a", "b"], ["c"]]})
    ledger = _Ledger(cursor, arguments)
    for number in range(20):
        ledger.begin_batch()
        ledger.add([f"new {number}"])
        ledger.begin_batch()
    assert {"a", "b", "c", "new 19"} <= ledger.known and "new 1" not in ledger.known
    again = _Ledger(Cursor(9, state=ledger.state), arguments)
    assert len(again.known) <= 8


def test_a_subscription_that_is_not_there_is_an_error_of_configuration(service, tmp_path):
    outcome = started(service, tmp_path, subscription=NAME + "-2")
    assert outcome.status == 2 and "Resource not found" in outcome.log


def test_line_ends_inside_a_message_do_not_break_its_event(service, tmp_path):
    service.publish(NAME, json.dumps(json.loads(entry(1)), indent=2).encode())
    outcome = started(service, tmp_path)
    (text,) = outcome.of("google:gcp:pubsub:audit:admin_activity")
    assert "\n" not in text and json.loads(text)["data"]["insertId"] == "i1"


def test_an_answer_that_is_too_large_is_asked_for_in_parts():
    asked = []

    def answer(method, url, body, what, patience):
        asked.append((body["maxMessages"], patience > 0))
        if body["maxMessages"] > 3:
            raise ShardError("the answer is larger than 67108864 bytes")

    google = SimpleNamespace(http=SimpleNamespace(json=answer), url=lambda name: "http://x")
    subscription = Subscription(google, NAME, 60, 10)
    for _ in range(2):
        with pytest.raises(Retriable, match="are asked for from now on"):
            subscription.receive()
    assert subscription.receive() == ([], [])
    assert asked == [(10, True), (5, True), (2, True)]


@given(st.binary(max_size=20), st.integers(0, 28), st.sampled_from(["", "", "=", "!", "\n", "A", "\0==="]))
def test_only_what_is_base64_throughout_is_taken_for_it(data, at, foreign):
    encoded = base64.b64encode(data).decode()
    encoded = encoded[:at] + foreign + encoded[at:]
    try:
        expected = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        with pytest.raises(binascii.Error):
            _decoded(encoded)
    else:
        assert _decoded(encoded) == expected


@pytest.mark.parametrize(
    "values", [{}, {"a": 'b"\x01\u00e9', "c\n": ""}, {"a": 1}, {"a": {"b": []}}, [], ["a"], None, "a"]
)
def test_attributes_are_written_as_json_whatever_they_are(values):
    assert _attributes(values) == compact(values)
