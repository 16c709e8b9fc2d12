"""Slices of time: late events once, a frontier that only moves over what is done, no local clock."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ciw.declare import Cursor, Meta
from ciw.polling import Item, pages, slices
from hypothesis import given, settings
from hypothesis import strategies as st

META = Meta("st")
HOUR = 3600.0
NOW = 1_700_000_000.0 - 1_700_000_000.0 % HOUR


class Checkpoint:
    def __init__(self):
        self.cursors = {}

    def get(self, key):
        return self.cursors.get(key)

    def commit(self, key, cursor):
        self.cursors[key] = cursor


def make_context(checkpoint=None, **arguments):
    counts = {}
    return SimpleNamespace(
        arguments={"overlap_minutes": 30, "backfill_days": 1, **arguments},
        checkpoint=checkpoint or Checkpoint(),
        counts=counts,
        count=lambda name, number: counts.update({name: counts.get(name, 0) + number}),
        stopping=lambda: False,
        page_bytes=1000,
        log=SimpleNamespace(info=lambda *_, **__: None),
    )


def run(context, service, server_time, fail=lambda shard: False):
    """One run of an input whose service holds {id: time}; the ids sent, in order."""
    sent = []
    for shard in slices(context, "p", server_time):
        cursor = context.checkpoint.get(shard.key)
        if cursor is not None and cursor.done:
            shard.outcome = "already_done"
            continue
        if fail(shard):
            shard.outcome = "failed"
            continue
        inside = [
            Item(name, str(at), name)
            for name, at in service.items()
            if shard.payload.start <= at < shard.payload.end
        ]
        last = cursor or Cursor(0.0)
        for page in pages(context, cursor, [inside], META):
            sent += [text for _, text in page.events]
            last = page.cursor
            context.checkpoint.commit(shard.key, last)
        if not shard.endless:
            context.checkpoint.commit(shard.key, Cursor(last.position, done=True))
        shard.outcome = "done"
    return sent


def frontier(context):
    return context.checkpoint.get("frontier\0p\0900").position


def test_the_first_run_goes_back_and_stops_at_the_servers_time():
    context = make_context(backfill_days=2)
    shards = list(slices(context, "p", NOW + 100))
    assert shards[0].payload.start == NOW - 2 * 24 * HOUR
    assert shards[-1].payload.start <= NOW + 100 < shards[-1].payload.end + 1
    assert len(shards) == 2 * 24 * 4 + 1


def test_what_comes_late_comes_once():
    context = make_context()
    service = {"a": NOW - 600}
    assert run(context, service, NOW) == ["a"]
    service["late"] = NOW - 599
    assert run(context, service, NOW + 300) == ["late"]
    assert run(context, service, NOW + 2 * HOUR) == []


def test_the_frontier_stays_before_a_slice_that_failed():
    context = make_context()
    service = {"a": NOW - 20 * HOUR, "b": NOW - 10 * HOUR}
    broken = lambda shard: shard.payload.start <= service["a"] < shard.payload.end
    assert run(context, service, NOW, fail=broken) == ["b"]
    assert frontier(context) <= service["a"]
    assert run(context, service, NOW) == ["a"]


def test_the_frontier_never_passes_the_overlap():
    context = make_context()
    run(context, {}, NOW)
    assert frontier(context) <= NOW - 30 * 60


def test_a_page_commits_only_what_it_and_those_before_it_hold():
    context = make_context()
    items = [Item(str(n), "1", "x" * 400, meta=Meta("st" if n % 2 else "other")) for n in range(9)]
    sent, found = 0, []
    for page in pages(context, None, [items], META):
        assert sum(len(text) for _, text in page.events) <= 1000
        sent += len(page.events)
        assert len(page.cursor.state["ids"]) == sent == page.cursor.position
        found.append(page.meta.sourcetype)
    assert sent == 9 and set(found) == {"st", "other"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5 * 3600), st.integers(0, 25 * 60)), max_size=40
    ),
    st.lists(st.integers(1, 4000), min_size=1, max_size=12),
    st.data(),
)
def test_every_event_once_whenever_the_runs_are(events, pauses, data):
    """Whatever the pauses, failures and delays (shorter than the overlap), nothing is lost."""
    context = make_context(backfill_days=1)
    sent, now = [], NOW
    for pause in [*pauses, 8 * 3600, 10]:
        now += pause
        service = {
            f"e{n}": NOW + at for n, (at, delay) in enumerate(events) if NOW + at + delay <= now
        }
        broken = data.draw(st.sampled_from([None, 0, 1, 2])) if pause != 10 else None
        seen = []

        def fail(shard, broken=broken, seen=seen):
            seen.append(shard)
            return broken is not None and len(seen) % 3 == broken

        sent += run(context, service, now, fail)
    assert sorted(sent) == sorted(f"e{n}" for n in range(len(events)))


def test_the_same_id_twice_in_an_answer_is_sent_once():
    context = make_context()
    answer = [Item("a", "1", "x"), Item("a", "1", "x")]
    (page,) = pages(context, None, [answer], META)
    assert len(page.events) == 1 and context.counts["repeated"] == 1
    assert pytest.approx(page.cursor.position) == 1
