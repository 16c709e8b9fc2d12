"""Every input killed, cut off from its reader, out of disk, or with a damaged checkpoint.

SIGKILL takes the input's process, its outlet, or both. The outlet finishes what it has received
whole, so that a killed input loses nothing and repeats nothing. Where the outlet dies, only the one
chunk that had not been recorded may come twice, and the next run says so (promises I1 to I4).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter

from tests.faults import report
from tests.faults.kill_points import VICTIMS, Plan, Tally, points, run_killed
from tests.sources.runner import ROOT, environment, run

SOAK = bool(os.environ.get("CIW_SOAK"))
KILLS = 100 if SOAK else 3
# The moments that were wrong most often in other programs, for the short run.
FEW = [("chunk sent, not recorded", "both"), ("chunk handed over", "input"),
       ("announced, not sent", "outlet")]
# New events before each run, a few pages of them; a snapshot has all of the earlier ones too, and
# LookupEvents takes two calls a second.
PUT, FEWER = 12, 4


def name_of(case) -> str:
    return type(case).__module__.rpartition(".")[2]


def plans(case, size, chance):
    """Every point with every victim, in turn, for ever; in the short run FEW."""
    while True:
        pairs = [(point, victims) for point in points(case.kind) for victims in VICTIMS]
        chance.shuffle(pairs)
        for point, victims in pairs if SOAK else FEW:
            yield size.plan(point, victims, chance) if SOAK else Plan(point, victims)


def test_kills_lose_nothing_and_repeat_nothing(case, an_input, tmp_path):
    """Nothing but, where the outlet died, the one chunk that it had not recorded (I3)."""
    name = name_of(case)
    chance, tally = random.Random(name), Tally(name)
    wanted, received, may_repeat = Counter(), Counter(), Counter()

    def one(plan=None):
        result = run_killed(
            an_input.document(), case.environment, case.stand_in, plan, tmp_path / "notes"
        )
        assert "Traceback" not in result.outcome.log, result.outcome.log
        assert not result.early, "acknowledged before the record was durable"
        seen = case.identities(result.outcome)
        received.update(seen)
        if plan is not None and plan.victims != "input":
            may_repeat.update(seen - case.identities(result.prefix))
        tally.rounds += 1
        tally.kills.update([result.point] if result.point else [])
        tally.victims.update([plan.victims] if result.point else [])
        case.pass_time(400)
        return result

    wanted.update(case.put(PUT))
    size = one().size
    for plan in plans(case, size, chance):
        slow = case.kind == "snapshot" or name == "aws_cloudtrail_lookup"
        wanted.update(case.put(FEWER if slow else PUT))
        one(plan)
        if sum(tally.kills.values()) >= KILLS or tally.rounds > 2 * KILLS:
            break
    # A request of a process that is dead may still be under way, and what it receives is held.
    for finishing in range(10):
        if finishing >= 3 and not case.remaining():
            break
        received += case.identities(run(an_input.document(), case.environment))
        case.pass_time(400)
    tally.events = wanted.total()
    tally.lost = (wanted - received).total()
    tally.twice = (received - wanted).total()
    report.add(tally)
    assert wanted - received == Counter(), "lost"
    assert received - wanted - may_repeat == Counter(), "came twice, though it had been recorded"
    assert sum(tally.kills.values()) >= KILLS, tally.rows()
    assert case.remaining() == 0


def test_a_reader_that_goes_away_costs_nothing(case, an_input):
    """splunkd restarts: the pipe breaks, and the next run goes on (I2)."""
    wanted = case.put(30)
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "bin" / f"{case.scheme}.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(case.environment),
    )
    process.stdout.close()
    _, log = process.communicate(an_input.document(), timeout=120)
    assert process.returncode != 0
    assert b"Traceback" not in log
    case.pass_time(400)
    for _ in range(2):
        an_input.run()
        case.pass_time(400)
    assert an_input.received() == Counter(wanted)


def test_a_full_disk_ends_the_run_and_loses_nothing(case, an_input):
    """The journal cannot be written: nothing is sent that could not be recorded (I2)."""
    wanted = case.put(30)
    script = ROOT / "bin" / f"{case.scheme}.py"
    process = subprocess.Popen(
        ["/bin/sh", "-c", 'ulimit -f 0; exec "$@"', "sh", sys.executable, "-B", str(script)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(case.environment),
    )
    stream, log = process.communicate(an_input.document(), timeout=120)
    assert process.returncode not in (0, 1), log.decode()
    assert b"journal" in log or b"checkpoint" in log, log.decode()
    assert b"<event" not in stream
    case.pass_time(400)
    for _ in range(2):
        an_input.run()
        case.pass_time(400)
    assert an_input.received() == Counter(wanted)


def test_a_damaged_checkpoint_is_named_and_nothing_is_sent(case, an_input):
    case.put(5)
    an_input.run()
    (journal,) = an_input.directory.rglob("journal-*")
    journal.write_bytes(b"00000000 {}\n" + journal.read_bytes() + b"damaged\n00000000 {}\n")
    case.put(5)
    outcome = an_input.run()
    assert outcome.status == 2
    assert str(journal) in outcome.log and "move it away" in outcome.log
    assert case.identities(outcome) == Counter()
