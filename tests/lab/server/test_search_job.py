"""@splunk/search-job, the library of Splunk's own pages, against the server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.lab.server.live import SLOW

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def seen(live):
    ready = shutil.which("node") and (ROOT / "node_modules" / "@splunk" / "search-job").is_dir()
    if not ready:
        reason = "needs node and npm ci"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    script = Path(__file__).with_name("search_job.mjs")
    done = subprocess.run(
        ["node", str(script), live.server.url, "admin", live.server.users["admin"], SLOW],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_progress_ends_with_the_job_done(seen):
    assert seen["progress"][-1] == ["DONE", 1, 2]


def test_results_by_page_column_and_preview(seen):
    assert seen["results"]["results"] == [{"host": "web-02", "count": "5"}]
    assert seen["columns"]["columns"] == [["web-01", "web-02"], ["5", "5"]]
    assert seen["preview"]["results"] == [{"host": "web-01", "count": "5"},
                                          {"host": "web-02", "count": "5"}]


def test_events(seen):
    (event,) = seen["events"]["results"]
    assert event["n"] == "3" and event["host"] == "web-02"


def test_a_bad_search_says_why(seen):
    assert "nonsense" in seen["wrong"]


def test_a_saved_search(seen):
    assert {row["index"] for row in seen["saved"]["results"]} == {"web", "secret"}


def test_cancel_is_taken(seen):
    assert seen["cancelled"] is None
    assert seen["calls"][-1].startswith("POST") and seen["calls"][-1].endswith("/control 200")
