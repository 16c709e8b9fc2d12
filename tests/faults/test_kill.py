"""kill -9 at random moments, with redelivery: no event is lost and none comes twice.

Guaranteed where the input's process is killed: its outlet finishes what it has received whole.
Where both processes die between the system call that hands a chunk to the pipe and the one that
records it, that one chunk comes again, and the next run says so (`chunk_in_doubt`).
"""

from __future__ import annotations

import os
import random

import pytest

from lab.clouds.aws import AwsStandIn, Trail
from tests.faults import report
from tests.faults.killing import Trial, run_and_kill
from tests.sources.runner import configuration

_VISIBILITY = 2
_PER_RUN = 350_000


def trial(aws: AwsStandIn, trail: Trail, directory, kills: int, seed: int, both=False):
    """Kills the input `kills` times, then lets it finish; the queue redelivers in between."""
    chance = random.Random(seed)
    stanza = trail.stanza(visibility_timeout=str(_VISIBILITY), checkpoint="file")
    # The last runs wait for what the killed ones held.
    patient = {**stanza, "wait_seconds": str(_VISIBILITY + 1)}
    result = Trial()
    while result.kills < kills and aws.waiting(trail.queue_url):
        document = configuration(directory, stanza)
        seen, killed = run_and_kill(document, aws.environment, chance, _PER_RUN, both)
        result.add(seen)
        result.kills += killed
    while aws.waiting(trail.queue_url):
        seen, _ = run_and_kill(configuration(directory, patient), aws.environment, chance, 1 << 62)
        result.add(seen)
    return result


def cloudtrail_files(real_data):
    return sorted((real_data / "cloudtrail-invictus").glob("*.json"))


def test_ten_kills_lose_nothing_and_repeat_nothing(aws, real_data, tmp_path):
    trail = aws.trail(visibility=_VISIBILITY, dead_letter_after=100)
    aws.deliver_files(trail, cloudtrail_files(real_data))
    result = trial(aws, trail, tmp_path, kills=10, seed=7)
    assert result.kills == 10
    assert len(result.received) == 2900
    assert result.twice <= result.in_doubt, "events came twice that no run announced"
    assert result.twice == 0


def test_killing_the_outlet_too_repeats_only_what_is_announced(aws, real_data, tmp_path):
    trail = aws.trail(visibility=_VISIBILITY, dead_letter_after=100)
    aws.deliver_files(trail, cloudtrail_files(real_data))
    result = trial(aws, trail, tmp_path, kills=5, seed=3, both=True)
    assert result.kills == 5
    assert len(result.received) == 2900
    assert result.twice <= result.in_doubt


@pytest.mark.skipif(not os.environ.get("CIW_SOAK"), reason="long: run by `make soak` (CIW_SOAK)")
@pytest.mark.parametrize("both", [False, True], ids=["input", "input_and_outlet"])
@pytest.mark.parametrize("seed", range(3))
def test_sixty_kills_among_real_files(aws, real_data, tmp_path, seed, both):
    trail = aws.trail(visibility=_VISIBILITY, dead_letter_after=1000)
    aws.deliver_files(trail, cloudtrail_files(real_data))
    result = trial(aws, trail, tmp_path, kills=20, seed=seed, both=both)
    what = "input and outlet" if both else "input"
    report.say(
        f"real-files-{what.replace(' ', '-')}-{seed}",
        f"CloudTrail's real files, {what} killed {result.kills} times: received "
        f"{result.received.total()}, twice {result.twice}, announced as in doubt "
        f"{result.in_doubt}\n",
    )
    assert len(result.received) == 2900
    assert result.twice <= result.in_doubt
    assert both or result.twice == 0
