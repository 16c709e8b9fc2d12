"""Checkpoints in the KV store, and splunkd in trouble: down, slow, restarted, the lease taken over.

An input of a queue and one with a lease, in the soak one of each kind: nothing is lost, and what has
been sent does not come again.
"""

from __future__ import annotations

import importlib
from collections import Counter

import pytest

from tests.faults.kill_rounds import SOAK, Rounds
from tests.faults.splunkd import Splunkd
from tests.sources.runner import configuration, run

CASES = ["gcp_audit", "gcp_inventory"]
if SOAK:
    CASES += ["azure_activity", "azure_network_logs"]


@pytest.fixture
def splunkd(tmp_path):
    with Splunkd(tmp_path / "kv") as made:
        yield made


@pytest.fixture(params=CASES)
def case(request, tmp_path):
    (tmp_path / "cloud").mkdir()
    made = importlib.import_module(f"tests.promises.cases.{request.param}").Case(tmp_path / "cloud")
    yield made
    made.close()


class Runs:
    """Runs of a case's input on one checkpoint directory, and all that came out of them."""

    def __init__(self, case, splunkd, directory):
        self.case, self.splunkd, self.directory = case, splunkd, directory
        self.received: Counter = Counter()
        directory.mkdir()

    def document(self) -> bytes:
        return configuration(
            self.directory,
            {**self.case.stanza, "checkpoint": "kvstore", "index": "example"},
            scheme=self.case.scheme, server_uri=self.splunkd.url, session_key=self.splunkd.key,
        )

    def __call__(self):
        outcome = run(self.document(), self.case.environment)
        assert "Traceback" not in outcome.log, outcome.log
        self.received += self.case.identities(outcome)
        return outcome

    def finish(self, wanted: list[str]) -> None:
        """Everything works again: what is left comes, and nothing a second time."""
        self.splunkd.let_time_pass()
        wanted = wanted + self.case.put(3)
        for _ in range(2):
            self.case.pass_time(400)
            outcome = self()
            assert outcome.status == 0, outcome.log
        assert self.received == Counter(wanted)
        assert self.case.remaining() == 0


@pytest.fixture
def runs(case, splunkd, tmp_path):
    return Runs(case, splunkd, tmp_path / "checkpoints")


def test_a_kv_store_that_is_down_at_the_start(case, splunkd, runs):
    wanted = case.put(12)
    splunkd.kv.down = True
    outcome = runs()
    assert outcome.status == 2
    assert outcome.events == []
    assert "the KV store is down or starting" in outcome.log
    splunkd.kv.down = False
    runs.finish(wanted)


def test_a_kv_store_that_goes_down_midway(case, splunkd, runs):
    wanted = case.put(12)
    splunkd.after_saves(1, lambda: setattr(splunkd.kv, "down", True))
    outcome = runs()
    assert outcome.status == 2
    assert "the KV store is down or starting" in outcome.log
    splunkd.kv.down = False
    runs.finish(wanted)


def test_a_restart_of_splunkd_midway(case, splunkd, runs):
    wanted = case.put(12)
    splunkd.after_saves(1, splunkd.restart)
    outcome = runs()
    assert outcome.status == 2
    assert "the session key is not valid any more" in outcome.log
    runs.finish(wanted)


def test_a_slow_kv_store(case, splunkd, runs):
    wanted = case.put(12)
    splunkd.delay = 0.1
    outcome = runs()
    assert outcome.status == 0, outcome.log
    splunkd.delay = 0.0
    runs.finish(wanted)


def test_a_lease_that_is_lost_midway(case, splunkd, runs):
    if case.kind == "queue":
        pytest.skip("a queue gives each process its own messages: there is no lease")
    wanted = case.put(12)
    splunkd.after_saves(1, splunkd.take_over)
    outcome = runs()
    assert outcome.status == 2
    assert "was taken over by another process" in outcome.log
    runs.finish(wanted)


def test_kills_with_the_kv_store(request, case, splunkd, runs, tmp_path):
    """What the killed process had sent and not saved is in its journal."""
    name = f"{request.node.callspec.params['case']}, KV store"
    rounds = Rounds(name, case, runs.document, tmp_path / "notes", splunkd.let_time_pass)
    rounds.work(50 if SOAK else 3)
