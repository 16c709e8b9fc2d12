"""The core against a model of everything around it, in stories that Hypothesis makes up.

The model is in tests/core/simulation: services of each kind, a disk that forgets what was not
synced, a KV store, both ways out, clocks; a run is ended at any point where something outlives it.
CIW_SOAK=1 tells many more and longer stories, and other ones every time.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.core.simulation.story import (
    FAULTS,
    KINDS,
    MOST_BEFORE,
    OUTPUTS,
    PAGES,
    SKEWS,
    STORES,
    Story,
)

ROOT = Path(__file__).resolve().parent.parent.parent
SOAK = bool(os.environ.get("CIW_SOAK"))
PROFILE = settings(
    max_examples=500 if SOAK else 25,
    stateful_step_count=40 if SOAK else 14,
    derandomize=not SOAK,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
MEMBERS = st.integers(0, 1)
KINDS_OF_POINT = st.integers(0, 100)
BEFORE = st.integers(0, MOST_BEFORE)
NUMBERS = st.integers(1, 7)
VARIANTS = st.integers(0, 7)


class Machine(RuleBasedStateMachine):
    """One stanza's life; the story checks the promises at every step."""

    kind = ""

    def __init__(self):
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.story: Story | None = None

    @initialize(
        store=st.sampled_from(STORES), output=st.sampled_from(OUTPUTS), skew=st.sampled_from(SKEWS)
    )
    def begin(self, store, output, skew):
        self.story = Story(self.kind, store, output, Path(self.directory.name), skew)

    @rule(number=NUMBERS, variant=VARIANTS)
    def events_appear(self, number, variant):
        self.story.put(number, variant)

    @rule(what=st.one_of(
        st.tuples(st.just("pass_time"), st.sampled_from([1, 6, 25, 70])),
        st.tuples(st.just("skew"), st.sampled_from(SKEWS)),
        st.tuples(st.just("slow"), st.sampled_from([0.0, 1.5])),
        st.tuples(st.just("fault"), st.sampled_from(FAULTS), st.integers(1, 6)),
        st.tuples(st.just("upgrade"), st.sampled_from(PAGES)),
    ))
    def the_world_changes(self, what):
        name, *values = what
        getattr(self.story, name)(*values)

    @rule(member=MEMBERS)
    def it_runs(self, member):
        self.story.run(member)

    @rule(
        what=st.sampled_from(["kill", "kill", "lose_power", "stop", "overtake"]),
        member=MEMBERS, kind=KINDS_OF_POINT, before=BEFORE, left=st.integers(0, 1000),
        number=NUMBERS, variant=VARIANTS,
    )
    def something_happens_to_a_run(self, what, member, kind, before, left, number, variant):
        story = self.story
        story.put(number, variant)
        at = (story.points[kind % len(story.points)], before)
        if what == "lose_power":
            story.lose_power(member, at, lambda most: left % (most + 1))
        else:
            getattr(story, what)(member, at)

    @invariant()
    def nothing_counts_as_sent_that_has_not_arrived(self):
        if self.story is not None:
            self.story.installation.check()

    def teardown(self):
        try:
            if self.story is not None:
                self.story.end()
        finally:
            self.directory.cleanup()


@pytest.mark.parametrize("kind", KINDS)
def test_the_promises_hold_whatever_happens(kind):
    machine = type(f"{kind.title()}Machine", (Machine,), {"kind": kind})
    run_state_machine_as_test(machine, settings=PROFILE)


def test_the_promises_hold_on_the_interpreters_of_splunk(app_python):
    """The same stories by chance, told by what needs the standard library alone."""
    stories, steps = ("400", "30") if SOAK else ("12", "14")
    done = subprocess.run(
        [app_python, "-B", "-m", "tests.core.simulation.walk", stories, steps],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "bin")},
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith(f"{stories} stories")
