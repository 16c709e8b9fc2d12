"""Every input killed, cut off from its reader, out of disk, or with a damaged checkpoint.

SIGKILL takes the input's process, its outlet, or both. The outlet finishes what it has received
whole, so that a killed input loses nothing and repeats nothing. Where the outlet dies, only the one
chunk that had not been recorded may come twice, and the next run says so (promises I1 to I4).
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from tests.faults.kill_rounds import SOAK, Rounds
from tests.sources.runner import ROOT, environment

KILLS = 100 if SOAK else 3


@pytest.mark.faults("kill -9")
def test_kills_lose_nothing_and_repeat_nothing(case, an_input, tmp_path):
    """Nothing but, where the outlet died, the one chunk that it had not recorded (I3)."""
    name = type(case).__module__.rpartition(".")[2]
    Rounds(name, case, an_input.document, tmp_path / "notes").work(KILLS)


@pytest.mark.faults("reader goes away")
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


@pytest.mark.faults("disk full")
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


@pytest.mark.faults("damaged checkpoint")
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
