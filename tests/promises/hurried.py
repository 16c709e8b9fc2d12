"""Runs an input with short waits: `python hurried.py bin/<input>.py`, its configuration on stdin.

What it waits between attempts is a second at most, for an answer HURRIED_TIMEOUT seconds (2), for
another holder of its lease HURRIED_PATIENCE (30), and pages are small; everything else is the
input's own.
"""

from __future__ import annotations

import os
import runpy
import sys


def main(script: str) -> None:
    sys.path.insert(0, os.path.dirname(script))
    from ciw import aws, aws_calls, azure_blobs, cloudtrail_lookup, http, lease, pubsub, run

    run.FIRST_DELAY = http._FIRST_DELAY = aws_calls._FIRST_DELAY = 0.02
    patience = float(os.environ.get("HURRIED_TIMEOUT", "2"))
    http._TIMEOUT = aws._TIMEOUT = (patience, patience)
    # Longer than a busy machine takes for an answer: silence would count as an empty subscription.
    pubsub._PATIENCE = 3.0
    lease.BEAT_SECONDS, lease._FRESH_SECONDS = 0.5, 1.0
    # Nor is a holder taken for dead that a busy machine lets wait.
    lease.PATIENCE_SECONDS = float(os.environ.get("HURRIED_PATIENCE", "30"))
    cloudtrail_lookup._PER_SECOND = 1000.0
    azure_blobs._NAMES = 1
    sys.argv = [script]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1])
