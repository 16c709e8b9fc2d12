"""The run loop with sources, clocks and outlets of the test's own."""

from __future__ import annotations

import threading
from typing import ClassVar

import pytest
from ciw.declare import Bad, Cursor, Meta, Page, Shard, Source
from ciw.emit import STREAM_END, STREAM_START, encode_page
from ciw.errors import AuthError, CheckpointError, OutputClosed, Retriable, ShardError
from ciw.log import Log
from ciw.run import ATTEMPTS, Context, Run


class Recorder:
    """An outlet and a checkpoint in memory: what was sent, in the order of the calls."""

    opening, ending = STREAM_START, STREAM_END
    encode = staticmethod(encode_page)
    page_bytes = 1000
    shared = True
    in_doubt = ()
    counts: ClassVar[dict] = {}

    def __init__(self):
        self.sent: list[bytes] = []
        self.cursors: dict[str, Cursor] = {}
        self.calls: list[str] = []

    def get(self, shard):
        return self.cursors.get(shard)

    def send(self, *arguments):
        if len(arguments) == 1:
            return
        shard, _, _, cursor, data = arguments
        self.calls.append("send")
        self.sent.append(data)
        self.cursors[shard] = cursor

    def commit(self, shard, cursor):
        self.calls.append("commit")
        self.cursors[shard] = cursor

    def sync(self):
        self.calls.append("sync")


class Lines:
    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        """Nothing is held back."""


def each(*given):
    def shards(context):
        yield from given

    return shards


def make(pages, shards=None):
    """(run, recorder, context, waits, log) of a source made of these generators."""
    recorder, log, waits, stop = Recorder(), Lines(), [], threading.Event()
    source = Source(
        name="test",
        title="",
        description="",
        arguments=(),
        sourcetypes=("st",),
        cursor="queue_ledger",
        permissions=(),
        shards=shards or each(Shard("a", "a")),
        pages=pages,
    )
    context = Context("test://x", {}, Log(log), None, recorder, recorder, stop)
    return Run(source, context, waits.append), recorder, context, waits, log


def page(position, *texts, **more):
    return Page(Meta("st"), [("1", text) for text in texts], Cursor(position), **more)


def test_counts_balance_and_the_last_page_ends_the_shard():
    def pages(context, shard, cursor):
        context.count("read", 2)
        yield page(2, "one", "two")
        context.count("read", 5)
        context.count("repeated", 1)
        yield page(4, "three", bad=[Bad("w", "r")], filtered=2)

    run, recorder, context, _, log = make(pages)
    run.execute()
    assert recorder.cursors["a"] == Cursor(4, done=True)
    counts = context.counts
    assert (counts["emitted"], counts["quarantined"], counts["filtered"]) == (3, 1, 2)
    assert counts["fetched"] == 6
    assert "counts_differ" not in log.text
    assert "event=quarantined object=w reason=r" in log.text
    assert recorder.calls[-1] == "sync"


@pytest.mark.parametrize(("read", "missing"), [(3, 1), (1, -1)])
def test_a_record_that_was_read_and_did_not_come_out_is_told(read, missing):
    def pages(context, shard, cursor):
        context.count("read", read)
        yield page(2, "one", "two")

    run, _, context, _, log = make(pages)
    run.execute()
    assert f"ERROR event=counts_differ object=a missing={missing}" in log.text
    counts = context.counts
    assert counts["fetched"] - counts["emitted"] == missing


def test_what_a_broken_reading_leaves_in_hand_is_not_fetched_yet():
    attempts = []

    def pages(context, shard, cursor):
        attempts.append(1)
        context.count("read", 2)
        yield page(len(attempts), "one")
        if len(attempts) == 1:
            raise Retriable("connection reset in the body")
        yield page(3, "three")

    run, _, context, _, log = make(pages)
    run.execute()
    counts = context.counts
    assert "counts_differ" not in log.text
    assert (counts["read"], counts["unsent"], counts["fetched"], counts["emitted"]) == (4, 1, 3, 3)


def test_a_passing_failure_goes_on_from_the_last_commit():
    seen = []

    def pages(context, shard, cursor):
        seen.append(cursor.position if cursor else 0)
        if len(seen) == 1:
            yield page(1, "one")
            yield page(2, "two")
            raise Retriable("connection reset in the body")
        yield page(3, "three")

    run, recorder, context, waits, log = make(pages)
    run.execute()
    assert seen == [0, 2]
    assert b"".join(recorder.sent).count(b"<event") == 3
    assert len(waits) == 1
    assert context.counts["emitted"] == 3
    assert "event=retry" in log.text


def test_retries_are_bounded():
    attempts = []

    def pages(context, shard, cursor):
        attempts.append(1)
        raise Retriable("503")
        yield

    shards = [Shard("a", "a"), Shard("b", "b")]
    run, _, context, waits, _ = make(pages, each(*shards))
    run.execute()
    assert len(attempts) == 2 * ATTEMPTS
    assert [shard.outcome for shard in shards] == ["failed", "failed"]
    assert all(0 <= wait <= 30 for wait in waits)
    assert context.counts["failed"] == 2


def test_an_auth_error_ends_the_run_at_once():
    attempts = []

    def pages(context, shard, cursor):
        attempts.append(1)
        raise AuthError("expired")
        yield

    run, _, _, waits, log = make(pages, each(Shard("a", "a"), Shard("b", "b")))
    with pytest.raises(AuthError):
        run.execute()
    assert (len(attempts), waits) == (1, [])
    assert "event=run_end" in log.text


def test_what_went_out_before_an_auth_error_is_made_durable():
    """Through a collector nothing is recorded before its acknowledgement is asked for."""

    def pages(context, shard, cursor):
        yield page(1, "one")
        yield page(2, "two")
        raise AuthError("expired")

    run, recorder, _, _, _ = make(pages)
    with pytest.raises(AuthError):
        run.execute()
    assert recorder.calls == ["send", "sync"]


def test_a_shard_that_cannot_be_read_does_not_stop_the_others():
    def pages(context, shard, cursor):
        if shard.key == "a":
            raise ShardError("gone")
        yield page(1, "one")

    shards = [Shard("a", "a"), Shard("b", "b")]
    run, recorder, _, _, _ = make(pages, each(*shards))
    run.execute()
    assert [(shard.outcome, shard.reason) for shard in shards] == [("failed", "gone"), ("done", "")]
    assert "a" not in recorder.cursors


def test_a_shard_that_is_no_longer_held_is_left_alone():
    lost = []

    def pages(context, shard, cursor):
        yield page(1, "one")
        yield page(2, "two")
        lost.append(True)
        yield page(3, "three")

    shard = Shard("a", "a", is_lost=lambda: bool(lost))
    run, recorder, context, _, _ = make(pages, each(shard))
    run.execute()
    assert shard.outcome == "failed"
    assert context.counts["emitted"] == 1
    assert recorder.cursors["a"] == Cursor(1)


def test_a_stop_leaves_the_rest_for_the_next_run():
    def pages(context, shard, cursor):
        yield page(1, "one")
        context.stop.set()
        yield page(2, "two")
        yield page(3, "three")

    shards = [Shard("a", "a"), Shard("b", "b")]
    run, recorder, _, _, _ = make(pages, each(*shards))
    run.execute()
    assert [shard.outcome for shard in shards] == ["stopped", "stopped"]
    assert recorder.cursors == {"a": Cursor(1)}


def test_a_finished_shard_is_not_read_again():
    run, recorder, context, _, _ = make(lambda *_: pytest.fail("was read"))
    recorder.cursors["a"] = Cursor(5, done=True)
    run.execute()
    assert context.counts["duplicates"] == context.counts["filtered"] == 1


@pytest.mark.parametrize("error", [ValueError("odd"), KeyError("odd"), RecursionError("odd")])
def test_a_shard_the_source_stumbles_over_costs_itself(error):
    """Otherwise one object would end every run, and no dead-letter policy would ever see it."""

    def pages(context, shard, cursor):
        if shard.key == "a":
            yield page(1, "one")
            raise error
        yield page(1, "two")

    shards = [Shard("a", "a"), Shard("b", "b")]
    run, recorder, context, waits, log = make(pages, each(*shards))
    run.execute()
    assert [shard.outcome for shard in shards] == ["failed", "done"]
    assert type(error).__name__ in shards[0].reason
    assert recorder.cursors["a"] == Cursor(1)
    assert (context.counts["emitted"], waits) == (2, [])
    assert "event=unexpected_error" in log.text
    assert "Traceback" in log.text


def test_the_stream_is_ended_when_the_checkpoint_fails():
    def pages(context, shard, cursor):
        yield page(1, "one")

    run, recorder, _, _, _ = make(pages)
    ends = []
    recorder.send = lambda *arguments: ends.append(arguments[0])

    def sync():
        raise CheckpointError("the KV store is down")

    recorder.sync = sync
    with pytest.raises(CheckpointError):
        run.execute()
    assert ends[-1] == b"</stream>\n"


def test_a_dead_outlet_found_while_a_page_is_made_ends_the_run():
    """A source makes durable what it acknowledges: that it cannot is no failure of the shard."""

    def pages(context, shard, cursor):
        yield page(1, "one")
        context.sync()
        yield page(2, "two")

    run, recorder, _, _, log = make(pages)

    def sync():
        raise OutputClosed("splunkd closed the input's standard output")

    recorder.sync = sync
    with pytest.raises(OutputClosed):
        run.execute()
    assert "unexpected_error" not in log.text
