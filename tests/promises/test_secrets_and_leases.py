"""What needs splunkd: credentials that appear nowhere, and one writer at a time."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections import Counter

import pytest
from ciw.emit import STREAM_END

from lab.clouds.stand_in import Response
from tests.core.test_outlet_hec import TOKEN, Collector
from tests.promises.chosen import SOAK
from tests.promises.conftest import Input, checkpoints, store
from tests.promises.credentials import number_of_ways, ways
from tests.promises.faults import OFTEN
from tests.promises.relay import Relay
from tests.promises.table import NAMES

# Names of stanzas: one KV store has the checkpoints of all.
_NUMBERS = itertools.count(1)


@pytest.fixture
def member(case, splunkd, session, tmp_path):
    """Makes an instance of the input with a directory of its own, as on a cluster's members."""
    store(splunkd, session, case.secrets)
    name = f"pair{next(_NUMBERS)}"

    def make(which: str) -> Input:
        directory = tmp_path / which
        directory.mkdir()
        where = {"server_uri": splunkd.url, "session_key": session, "name": name}
        return Input(case, directory, where)

    return make


@pytest.mark.faults("two instances at once")
def test_two_processes_at_once_fetch_nothing_twice(case, member, session):
    """The same stanza, the same KV store. A queue gives each process its own messages; of pollers
    one works, and the other says who does."""
    wanted = case.put(40)
    first, second = member("a"), member("b")
    ended = threading.Event()
    if case.kind != "queue":
        # The first is in the middle of its work until the second has ended, however long it takes.
        first.environment = {**case.environment, "HURRIED_TIMEOUT": "120"}
        case.stand_in.fault("slow", path=case.faulty_path, times=OFTEN, then=lambda: ended.wait(120))
    process = first.start(checkpoint="kvstore")
    if case.kind != "queue":
        _until(lambda: case.stand_in.faults[0].struck)
    outcome = second.hurry(checkpoint="kvstore")
    ended.set()
    assert outcome.status == 0, outcome.log
    case.stand_in.faults.clear()
    stream, log = process.communicate(timeout=120)
    assert first.take(process.returncode, stream, log).status == 0, first.log
    for _ in range(2):
        # What was still held, or failed.
        case.pass_time(30)
        if first.received() + second.received() == Counter(wanted):
            break
        first.hurry(checkpoint="kvstore")
    assert first.received() + second.received() == Counter(wanted)
    if case.kind != "queue":
        assert "event=lease_held" in second.log and "holds the lease" in second.log
        assert second.received() == Counter()
    assert session not in first.log + second.log


def _until(happened) -> None:
    deadline = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < deadline, "the first has asked for nothing"
        time.sleep(0.02)


@pytest.mark.faults("stale writer")
def test_a_holder_that_slept_past_its_lease_sends_nothing_more(case, member, splunkd, session):
    """SIGSTOP takes the holder for longer than contenders wait; then it goes on (I9)."""
    wanted = case.put(40)
    stale, other = member("stale"), member("other")
    # What takes over waits no longer than this for a sign of life.
    other.environment = {**case.environment, "HURRIED_PATIENCE": "3"}
    stopped = threading.Event()

    def stop(request, response):
        os.kill(process.pid, signal.SIGSTOP)
        stopped.set()
        return response

    skip = 0 if "page token refused" in case.without else 2
    case.stand_in.fault("changed", path=case.faulty_path, change=stop, skip=skip)
    process = stale.start(checkpoint="kvstore")
    received, log = bytearray(), []

    def read():
        while piece := process.stdout.read1(1 << 20):
            received.extend(piece)

    readers = [
        threading.Thread(target=read),
        threading.Thread(target=lambda: log.append(process.stderr.read())),
    ]
    for reader in readers:
        reader.start()
    assert stopped.wait(120), "the holder has not asked for so many pages"
    # What it had handed to its outlet goes out.
    time.sleep(0.5)
    for _ in range(3):
        outcome = other.hurry(checkpoint="kvstore")
        assert outcome.status == 0, outcome.log
        # A last sign of life may have been under way.
        if "lease_held" not in outcome.log:
            break
    both = other.received()
    sent = bytes(received)
    before = checkpoints(splunkd, session)
    process.send_signal(signal.SIGCONT)
    process.wait(120)
    for reader in readers:
        reader.join()
    outcome = stale.take(process.returncode, bytes(received), log[0])
    # It ends with nothing done where it found that the other has done all of it.
    refused = outcome.status == 2 and "was taken over by another process" in outcome.log
    assert refused or (outcome.status == 0 and len(outcome.stream) - len(sent) <= len(STREAM_END))
    assert outcome.stream[len(sent):] in (b"", STREAM_END), "it sent something more"
    first = stale.received()
    assert before == checkpoints(splunkd, session), "it recorded something more"
    # Each came; twice only what the holder had sent and not told before it slept.
    assert set(first) | set(both) == set(wanted)
    assert max((first + both).values()) <= 2
    assert sum(first.values()) < len(wanted)
    again = other.hurry(checkpoint="kvstore")
    assert again.status == 0
    assert max(other.received().values()) == 1 and set(other.received()) <= set(wanted)


def some_ways(case) -> set[int]:
    """In `make test` each input has one way in turn, so that each way has an input; in a soak
    all."""
    number = number_of_ways(case)
    name = type(case).__module__.rpartition(".")[2]
    return set(range(number)) if SOAK else {NAMES.index(name) % number}


@pytest.mark.faults("canary in every credential")
def test_a_secret_appears_nowhere(case, splunkd, session, tmp_path):
    """Not in the log, the events, either checkpoint, a traceback or an error (I10)."""
    chosen = some_ways(case)
    for number, way in enumerate(ways(case, tmp_path / "cloud")):
        if number in chosen:
            directory = tmp_path / str(number)
            directory.mkdir()
            _try(case, way, splunkd, session, directory)
        for end in way.ends:
            end.close()


def _try(case, way, splunkd, session, directory):
    password = "canary-proxy-password"
    proxied = {"proxy_credential": "through", **way.stanza}
    secrets = {
        **way.secrets, ("ciw_proxy", "through"): "operator:" + password,
        ("ciw_hec", "collector"): TOKEN,
    }
    store(splunkd, session, secrets)
    where = {
        "server_uri": splunkd.url, "session_key": session, "name": f"w{next(_NUMBERS)}",
    }
    one = Input(case, directory, where)
    one.environment = way.environment
    wanted = case.put(4)
    # Errors with bodies, answers of another shape (which are unexpected errors), then good ones.
    case.stand_in.fault("status", path=case.faulty_path, status=500, times=2)
    case.stand_in.fault("changed", path=case.faulty_path, change=_another_shape, times=2)
    case.stand_in.fault("status", path=case.faulty_path, status=403)
    planned = list(case.stand_in.faults)
    for _ in range(4):
        one.hurry(**way.stanza)
        # An answer of another shape may be one without anything: the next snapshot has it.
        case.pass_time(400 if case.kind == "snapshot" else 30)
        if all(fault.struck and not fault.times for fault in planned) \
                and one.received() == Counter(wanted):
            break
    assert Counter(wanted) == one.received(), one.log
    assert any(fault.struck for fault in planned)
    case.stand_in.faults.clear()
    case.put(2)
    collector, first = Collector(), one
    (directory / "kvstore").mkdir()
    one = Input(case, directory / "kvstore", {**where, "name": where["name"] + "-kv"})
    one.environment = way.environment
    with Relay() as relay:
        outcome = one.hurry(
            checkpoint="kvstore", output="hec", hec_url=collector.url, hec_credential="collector",
            proxy=relay.url, **proxied,
        )
    collector.server.shutdown()
    collector.server.server_close()
    assert outcome.status == 0, outcome.log
    assert collector.posted and "operator:" + password in relay.credentials
    store(splunkd, session, way.broken)
    if way.broken:
        assert first.hurry(**way.stanza).status == 2
    outcomes = first.outcomes + one.outcomes
    seen = "".join(outcome.log for outcome in outcomes).encode()
    seen += b"".join(outcome.stream for outcome in outcomes) + b"".join(collector.posted)
    seen += checkpoints(splunkd, session, "ciw_input_leases")
    seen += b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
    tokens = list(getattr(case.stand_in, "tokens", {}))
    for canary in (*way.canaries, *tokens, password, TOKEN, session):
        assert canary.encode() not in seen, f"{way.name}: {canary[:12]}"


def _another_shape(request, response):
    return Response(b'{"value": 7, "entries": "text", "Events": 7}', 200, response.headers)
