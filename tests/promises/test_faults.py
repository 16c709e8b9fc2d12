"""Every input under every fault of a network and of a busy service: all of it, each once.

The identities of what was put into the cloud are compared with those that came out, whatever went
wrong in between (promises I1, I3, I6, I8, I11, I12; the stream is parsed, so it was well-formed).
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

RETRY = {"Retry-After": "0"}
FAULTS = {
    "429 with Retry-After": ("status", {"status": 429, "headers": RETRY, "times": 2}),
    "429 without": ("status", {"status": 429}),
    "429 absurd": ("status", {"status": 429, "headers": {"Retry-After": "soonish"}}),
    "500": ("status", {"status": 500, "times": 2}),
    "503": ("status", {"status": 503, "headers": RETRY}),
    "reset": ("reset", {"times": 2}),
    "cut body": ("cut", {}),
    "slow body": ("slow", {"times": 3}),
    "no JSON": ("garbage", {}),
    "for the whole run": ("status", {"status": 503, "headers": RETRY, "times": 60}),
}
# Those that pass, one after the other in one run; the soak has each alone, and a service that is
# away for a whole run.
TOGETHER = {"everything that passes": tuple(name for name in FAULTS if name != "for the whole run")}
if os.environ.get("CIW_SOAK"):
    TOGETHER.update({"none": (), **{name: (name,) for name in FAULTS}})


def balanced(outcome) -> bool:
    counts = outcome.counts
    return counts["fetched"] == counts["emitted"] + counts["quarantined"] + counts["filtered"]


@pytest.mark.parametrize("faults", TOGETHER)
def test_everything_comes_once(case, an_input, faults):
    wanted = case.put(12)
    for name in TOGETHER[faults]:
        kind, more = FAULTS[name]
        case.stand_in.fault(kind, path=case.faulty_path, **more)
    outcome = an_input.run()
    assert balanced(outcome), outcome.log
    case.stand_in.faults.clear()
    wanted += case.put(3)
    case.pass_time(400)
    outcome = an_input.run()
    assert outcome.status == 0 and balanced(outcome), outcome.log
    assert an_input.received() == Counter(wanted)
    assert case.remaining() == 0


def test_a_bad_record_costs_one_record(case, an_input):
    wanted = case.put(5)
    case.put_bad()
    wanted += case.put(5)
    outcome = an_input.run()
    assert an_input.received() == Counter(wanted), outcome.log
    assert len(outcome.quarantined) == 1
    assert "event=quarantined" in outcome.log
    case.pass_time(400)
    again = an_input.run()
    # A snapshot is whole: each tells what is wrong in it.
    told = 1 if case.kind == "snapshot" else 0
    assert len(again.quarantined) == told, "it was told once"


def test_a_refusal_for_good_ends_without_a_storm(case, an_input):
    """403 is not retried for ever; health shows it (I8)."""
    case.put(3)
    case.stand_in.fault("status", path=case.faulty_path, status=403, times=1000)
    outcome = an_input.run()
    refused = [call for call in case.stand_in.calls if call.status == 403]
    assert 0 < len(refused) < 300
    assert "403" in outcome.log or "AccessDenied" in outcome.log or "Forbidden" in outcome.log
    assert an_input.received() == Counter()
