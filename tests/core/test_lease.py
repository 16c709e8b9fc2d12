"""One of two processes polls; a stale one cannot record; what it recorded last is not undone."""

from __future__ import annotations

import pytest
from ciw import lease as module
from ciw.checkpoint_kv import COLLECTION, KVStore
from ciw.errors import CheckpointError
from ciw.lease import PATIENCE_SECONDS, Held, Lease

from tests.core.kv import KV

STANZA = "azure_activity://main"


class Clock:
    """A clock that only moves when somebody waits."""

    def __init__(self):
        self.now = 0.0
        self.stopped = False
        self.meanwhile = []

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds
        for act in self.meanwhile:
            act()
        return self.stopped


@pytest.fixture
def kv(tmp_path):
    return KV(tmp_path / "kv.sqlite")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def another(kv, clock):
    return lambda: Lease(kv, STANZA, clock.wait, clock)


def document(position, done=False):
    return {"position": position, "done": done, "state": {}, "updated": 1.0}


def test_a_living_holder_keeps_the_others_out(another, clock):
    first = another()
    first.claim()
    clock.meanwhile.append(lambda: first._tell(released=False))
    with pytest.raises(Held, match="works"):
        another().claim()
    assert clock.now < PATIENCE_SECONDS


def test_a_released_lease_is_taken_at_once(another, clock):
    first, second = another(), another()
    first.claim()
    first.release()
    second.claim()
    assert (clock.now, first.fence, second.fence) == (0.0, 1, 2)


def test_a_silent_holder_is_replaced_and_may_record_nothing_more(another, clock, kv):
    first, second = another(), another()
    first.claim()
    stale = KVStore(kv, STANZA, first)
    stale.save({"shard": document(5)})
    second.claim()
    assert clock.now >= PATIENCE_SECONDS
    fresh = KVStore(kv, STANZA, second)
    assert fresh.load("shard")["position"] == 5
    with pytest.raises(CheckpointError, match="taken over"):
        stale.save({"shard": document(9)})
    assert fresh.load("shard")["position"] == 5


def test_what_a_stale_holder_slips_in_does_not_undo_progress(another, kv, monkeypatch):
    """Between its look at the lease and its save another may have claimed and gone further."""
    first, second = another(), another()
    first.claim()
    second.claim()
    fresh = KVStore(kv, STANZA, second)
    fresh.save({"shard": document(100)})
    monkeypatch.setattr(first, "check", lambda: None)
    KVStore(kv, STANZA, first).save({"shard": document(80)})
    assert fresh.load("shard")["position"] == 100


def test_a_stale_holder_sends_nothing_more(another, clock):
    """Also where its own beat was the first thing to wake up."""
    first, second = another(), another()
    first.claim()
    first.confirm()
    second.claim()
    with pytest.raises(CheckpointError, match="taken over"):
        first.confirm()
    assert clock.now >= PATIENCE_SECONDS


def test_the_store_asks_the_lease_before_anything_is_sent(another, kv):
    first, second = another(), another()
    first.claim()
    store = KVStore(kv, STANZA, first)
    store.confirm()
    second.claim()
    with pytest.raises(CheckpointError, match="taken over"):
        store.confirm()


def test_a_beat_finds_out_that_the_lease_was_taken(another, kv, clock, monkeypatch):
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.01)
    first, second = another(), another()
    first.claim()
    second.claim()
    first.start()
    while not first._lost:
        assert first._thread.is_alive()
    clock.now = first._told
    with pytest.raises(CheckpointError, match="taken over"):
        first.confirm()
    first.release()


def test_documents_of_earlier_holders_do_not_pile_up(another, kv):
    """Every run is a holder: a frontier that moves in each would leave a document each time."""
    for run in range(5):
        lease = another()
        lease.claim()
        store = KVStore(kv, STANZA, lease)
        store.load("frontier")
        store.save({"frontier": document(run), "other": document(1)})
        lease.release()
    left = list(kv.store.collection(COLLECTION).find({"shard": "frontier"}))
    assert [row["position"] for row in left] == [4]


def test_what_a_late_holder_recorded_beyond_is_kept(another, kv):
    first, second = another(), another()
    first.claim()
    KVStore(kv, STANZA, first).save({"shard": document(80)})
    second.claim()
    fresh = KVStore(kv, STANZA, second)
    fresh._old.add("shard")
    fresh.save({"shard": document(70)})
    assert fresh.load("shard")["position"] == 80


def test_of_two_claims_at_the_same_moment_one_fails(another, kv, monkeypatch):
    first, second = another(), another()
    monkeypatch.setattr(second, "_last", lambda: None)
    first.claim()
    with pytest.raises(Held, match="same moment"):
        second.claim()


def test_a_stop_ends_the_watch(another, clock):
    another().claim()
    clock.stopped = True
    with pytest.raises(Held, match="asked to stop"):
        another().claim()


def test_the_beat_goes_on_until_the_release(another, kv, monkeypatch):
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.01)
    lease = another()
    lease.claim()
    lease.start()
    while lease._beat < 3:
        assert lease._thread.is_alive()
    lease.release()
    (left,) = kv.store.collection(module.COLLECTION).find({})
    assert left["released"] and not lease._thread.is_alive()


def test_a_store_that_is_down_lets_nobody_poll(another, kv):
    kv.down = True
    with pytest.raises(CheckpointError, match="503"):
        another().claim()
