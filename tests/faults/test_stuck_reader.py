"""splunkd does not read for a while, or the checkpoint cannot be written: the input still ends."""

from __future__ import annotations

import array
import fcntl
import gzip
import json
import os
import signal
import subprocess
import sys
import termios
import time

import pytest

from tests.sources.runner import SCRIPT, configuration, environment, outcome, run, start


def unread(fd: int) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return count[0]


def until_stuck(fd: int) -> None:
    """Waits until the pipe takes no more."""
    before, same = -1, 0
    while same < 5:
        time.sleep(0.1)
        now = unread(fd)
        same = same + 1 if now == before and now > 0 else 0
        before = now


@pytest.fixture
def stanza(aws):
    """A trail with more events than a pipe and an outlet hold."""
    trail = aws.trail(visibility=2)
    for number in range(4):
        records = [
            {
                "eventVersion": "1.09",
                "eventTime": "2026-01-05T10:00:00Z",
                "eventID": f"id-{number}-{index}",
                "userAgent": "x" * 1000,
            }
            for index in range(1500)
        ]
        content = gzip.compress(json.dumps({"Records": records}).encode())
        aws.put(trail, f"AWSLogs/111122223333/CloudTrail/x/{number}.json.gz", content)
    return trail.stanza(checkpoint="file", visibility_timeout="2", wait_seconds="4")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_an_end_does_not_wait_for_a_reader_that_does_not_read(aws, stanza, tmp_path, how):
    """The outlet gives up what it could not send: the next run has the lock and sends it."""
    document = configuration(tmp_path, stanza)
    process = start(document, aws.environment)
    fd = process.stdout.fileno()
    os.set_blocking(fd, False)
    until_stuck(fd)
    process.send_signal(how)
    process.wait(timeout=120)
    log = process.stderr.read()
    assert process.returncode == (0 if how == signal.SIGTERM else -signal.SIGKILL), log
    second = run(document, aws.environment)
    assert second.status == 0, second.log
    first = b""
    while piece := os.read(fd, 1 << 20):
        first += piece
    assert second.events
    ids = outcome(None, first, b"").event_ids + second.event_ids
    assert len(ids) == len(set(ids)) == 6000


def test_a_full_disk_is_called_by_its_name(aws, stanza, tmp_path):
    """The limit on file sizes stands for the disk: the journal cannot grow."""
    limited = (
        "import resource, runpy, sys;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300));"
        "sys.path.insert(0, sys.argv[1].rpartition('/')[0]); del sys.argv[0];"
        "runpy.run_path(sys.argv.pop(0), run_name='__main__')"
    )
    process = subprocess.Popen(
        [sys.executable, "-B", "-c", limited, str(SCRIPT), "input"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(aws.environment),
    )
    stream, log = process.communicate(configuration(tmp_path, stanza), timeout=120)
    assert process.returncode == 2, log.decode()
    assert b"kind=CheckpointError" in log
    assert b"the checkpoint journal" in log
    assert b"cannot be written" in log
    assert stream.endswith(b"</stream>\n")
