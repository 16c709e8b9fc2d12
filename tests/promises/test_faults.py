"""Every input under every fault of a network and of a busy service: all of it, each once.

The identities of what was put into the cloud are compared with those that came out, whatever went
wrong in between (promises I1, I3, I5 to I8, I11, I12; the stream is parsed, so it was well-formed).
`make test` has faults in groups, the soak has each alone.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.promises.chosen import SOAK
from tests.promises.faults import ALL, CONTENT, PASSING

LIMIT_MB = 200
ROUNDS = 8


def groups(faults):
    """The parameters of a test of faults with these names: together, in a soak each alone."""
    together = tuple(faults)
    alone = [(name,) for name in together] if SOAK else [together]
    return pytest.mark.parametrize("faults", alone, ids=lambda names: names[0] if SOAK else "all")


def applying(case, faults):
    return [ALL[name] for name in faults if not ALL[name].why_not(case)]


def balanced(outcome) -> bool:
    counts = outcome.counts
    return counts["fetched"] == counts["emitted"] + counts["quarantined"] + counts["filtered"]


def again(case) -> None:
    """As long as it takes until the input has something to ask for again."""
    case.pass_time(400 if case.kind == "snapshot" else 30)


def finish(case, an_input, wanted):
    """What comes later comes too; then everything has come, each once."""
    case.stand_in.faults.clear()
    wanted = wanted + case.put(3)
    case.pass_time(400)
    outcome = an_input.hurry()
    assert outcome.status == 0 and balanced(outcome), an_input.log
    assert an_input.received() == Counter(wanted), an_input.log


@groups(fault.name for fault in PASSING)
def test_everything_comes_once(case, an_input, faults):
    wanted = case.put(12)
    for fault in applying(case, faults):
        fault.plan(case)
    planned = list(case.stand_in.faults)
    for _ in range(ROUNDS):
        outcome = an_input.hurry()
        assert "run_end" not in outcome.log or balanced(outcome), outcome.log
        again(case)
        if all(fault.struck for fault in planned):
            break
        wanted += case.put(12)
    assert all(fault.struck for fault in planned), [f for f in planned if not f.struck]
    finish(case, an_input, wanted)
    assert case.remaining() == 0


@groups(fault.name for fault in CONTENT)
def test_what_is_bad_costs_itself(case, an_input, faults):
    """The good records come; of the others each comes, or is told in quarantine, and once."""
    wanted = case.put(5)
    doubtful = [name for fault in applying(case, faults) for name in fault.plan(case)]
    wanted += case.put(5)
    # Those that strike once come first; the others stay until the end.
    planned = case.stand_in.faults
    planned.sort(key=lambda fault: fault.times)
    told = []
    for number in range(ROUNDS):
        outcome = an_input.hurry()
        assert balanced(outcome), outcome.log
        told += outcome.quarantined
        if number > 1 and all(fault.struck for fault in planned):
            break
        again(case)
    assert all(fault.struck for fault in planned), [f for f in planned if not f.struck]
    received = an_input.received()
    doubted = Counter({name: received.pop(name) for name in doubtful if name in received})
    assert received == Counter(wanted), an_input.log
    assert max(doubted.values(), default=1) == 1
    lost = len(set(doubtful) - set(doubted))
    if "malformed record" in faults:
        lost += 1
    assert bool(told) == bool(lost), (told, doubtful, an_input.log)
    # A snapshot is whole: each tells what is wrong in it.
    if case.kind == "snapshot":
        told = []
    places = Counter((bad["where"], bad["offset"], bad["sha256"], bad["excerpt"]) for bad in told)
    assert set(places.values()) <= {1}, "each was told once"
    assert an_input.peak < LIMIT_MB


@pytest.mark.faults("page token refused", "empty page with a next token", "page token loop")
def test_pages_that_do_not_follow(case, an_input):
    wanted = case.put(24)
    ALL["empty page with a next token"].plan(case)
    (empty,) = case.stand_in.faults
    an_input.hurry()
    assert empty.struck and not empty.times, "no page was empty"
    assert an_input.received() == Counter(wanted), an_input.log
    case.stand_in.faults.clear()
    wanted += case.put(12)
    case.pass_time(400)
    for name in ("page token refused", "page token loop"):
        ALL[name].plan(case)
        case.stand_in.calls.clear()
        for _ in case.stand_in.faults:
            an_input.hurry()
            again(case)
        assert all(fault.struck for fault in case.stand_in.faults)
        assert len(case.stand_in.calls) < 400, f"{name}: a storm"
        case.stand_in.faults.clear()
    finish(case, an_input, wanted)


@pytest.mark.faults("hold expires mid-page", "redelivered in another order", "poison message")
def test_messages_that_come_again(case, an_input):
    wanted = case.put(12)
    if case.kind == "queue":
        case.put_poison()
        ALL["hold expires mid-page"].plan(case)
    told = []
    for _ in range(ROUNDS):
        told += an_input.hurry().quarantined
        case.pass_time(30)
        if not case.remaining():
            break
    assert case.remaining() == 0, "a message stays for ever"
    assert len(told) == (case.kind == "queue"), told
    ALL["redelivered in another order"].plan(case)
    an_input.hurry()
    finish(case, an_input, wanted)
    assert case.remaining() == 0


@pytest.mark.parametrize(
    "faults", [("clock an hour ahead", "late events"), ("clock an hour behind", "slow reader")],
    ids=["ahead", "behind"],
)
def test_the_clock_is_off(case, an_input, faults):
    """The local clock against the service's; what comes late; splunkd reads a little at a time."""
    case.pass_time(-3600 if "clock an hour ahead" in faults else 3600)
    wanted = case.put(12)
    an_input.hurry(slowly="slow reader" in faults)
    # Without time having passed these are older than what has been read.
    wanted += case.put(6)
    an_input.hurry()
    finish(case, an_input, wanted)
    # All slices are past now: nothing comes any more.
    case.pass_time(4 * 3600)
    an_input.hurry()
    assert an_input.received() == Counter(wanted) + (an_input.received() - Counter(wanted))
    assert max(an_input.received().values()) == 1


# The status of each answer, and words of which the log has one.
NOT_PASSING = {
    "refused for good": (403, ("403", "AccessDenied", "Forbidden")),
    "an outage of the whole run": (503, ("503", "SlowDown", "Unavailable")),
}


@groups(NOT_PASSING)
def test_what_does_not_pass_ends_without_a_storm(case, an_input, faults):
    """Nothing is retried for ever; health shows it (I8); afterwards everything comes."""
    wanted = case.put(3)
    for name in faults:
        status, words = NOT_PASSING[name]
        case.stand_in.faults.clear()
        case.stand_in.calls.clear()
        case.stand_in.fault(
            "status", path=case.faulty_path, status=status, times=10_000,
            headers={"Retry-After": "0"},
        )
        outcome = an_input.hurry()
        refused = [call for call in case.stand_in.calls if call.status == status]
        assert 0 < len(refused) < 300
        assert any(word in outcome.log for word in words), outcome.log
        assert an_input.received() == Counter()
        again(case)
    finish(case, an_input, wanted)
