"""Messages stay held while they are worked on, and a lost one is known to be lost."""

from __future__ import annotations

import io
import threading

from ciw.heartbeat import Heartbeat, Message
from ciw.log import Log


class FakeQueue:
    visibility = 0.1
    url = "queue"

    def __init__(self, fail_after: int):
        self.renewals = 0
        self.enough = threading.Event()
        self._fail_after = fail_after

    def hold(self, messages, seconds):
        self.renewals += 1
        assert seconds == self.visibility
        for message in messages:
            message.lost = self.renewals > self._fail_after
            message.held_since = float("inf")
        if self.renewals >= 3:
            self.enough.set()


def message() -> Message:
    return Message("id", "receipt", "body", 1, held_since=float("inf"))


def test_a_held_message_is_renewed_until_it_is_dropped():
    queue, held = FakeQueue(fail_after=100), message()
    with Heartbeat(queue, Log(io.StringIO())) as heartbeat:
        heartbeat.hold([held])
        assert queue.enough.wait(90)
        heartbeat.drop([held])
    assert not held.lost


def test_a_message_the_queue_took_back_is_lost_and_said_so():
    queue, held, stream = FakeQueue(fail_after=0), message(), io.StringIO()
    lost = threading.Event()

    class Watched(Log):
        def warning(self, event, **fields):
            super().warning(event, **fields)
            lost.set()

    with Heartbeat(queue, Watched(stream)) as heartbeat:
        heartbeat.hold([held])
        assert lost.wait(90)
    assert held.lost
    assert "event=message_lost" in stream.getvalue()
    assert queue.renewals == 1, "a lost message is not renewed again"


def test_a_process_that_slept_longer_than_the_hold_knows(monkeypatch):
    """Stopped and continued, it must not go on with what another may be reading by now."""
    now = [100.0]
    monkeypatch.setattr("ciw.heartbeat.time.monotonic", lambda: now[0])
    held = Message("id", "receipt", "body", 1, held_since=100.0)
    assert not held.is_lost(30)
    now[0] += 30
    assert held.is_lost(30) and held.lost
