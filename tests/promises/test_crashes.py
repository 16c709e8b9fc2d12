"""Every input killed, cut off from its reader, out of disk, or with a damaged checkpoint.

SIGKILL takes the input's process; its outlet finishes what it has received whole. What was put into
the cloud comes out, each once, whatever is killed when (promises I1 to I4).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter

from tests.faults.killing import run_and_kill
from tests.sources.runner import ROOT, environment, run

KILLS = 100 if os.environ.get("CIW_SOAK") else 3
# Bytes of the stream after which a kill may come: a few pages.
UPTO = 25_000


def test_kills_lose_nothing_and_repeat_nothing(case, an_input):
    chance = random.Random(case.scheme)
    wanted, received, kills, rounds = [], Counter(), 0, 0
    while kills < KILLS and rounds < 3 * KILLS:
        rounds += 1
        wanted += case.put(15)
        seen, killed = run_and_kill(an_input.document(), case.environment, chance, UPTO)
        received += case.identities(seen)
        kills += killed
        case.pass_time(400)
    assert kills, "every run ended before it could be killed"
    for _ in range(3):
        received += case.identities(run(an_input.document(), case.environment))
        case.pass_time(400)
    assert received == Counter(wanted)
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
