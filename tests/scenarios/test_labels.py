"""Files of scenarios: the same seed gives the same bytes; labels lie apart, out of any search."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys

import pytest

from lab import scenarios
from lab.home import Home
from lab.ingest.pipeline import Request, ingest
from lab.scenarios.model import SEVERITIES
from tests.scenarios.conftest import START, every

TRAIL = re.compile(
    r"AWSLogs/(\d{12})/CloudTrail/([a-z0-9-]+)/\d{4}/\d\d/\d\d/"
    r"\1_CloudTrail_\2_\d{8}T\d{4}Z_[0-9a-f]{16}\.json\.gz\Z")
TELLS = re.compile(r"malicious|attack|scenario|\bbenign\b|\"step\"|expected_signals")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def plain(name, content):
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode()


@every
def test_what_is_written(scenario, tmp_path):
    """The same seed gives the same bytes, another seed others; the truth is in one file alone."""
    written = scenarios.write(scenario, tmp_path / "a", 7, START)
    scenarios.write(scenario, tmp_path / "b", 7, START)
    first = contents(tmp_path / "a")
    assert first == contents(tmp_path / "b")
    scenarios.write(scenario, tmp_path / "c", 8, START)
    assert first != contents(tmp_path / "c")

    truth = json.loads(first.pop("labels.json"))
    assert written.labels == tmp_path / "a" / "labels.json"
    assert written.files == len(first)
    told = "".join(plain(name, content) for name, content in first.items())
    assert not TELLS.search(told) and not TELLS.search("\n".join(first))
    assert truth["records"] == written.records
    for entry in truth["malicious"]:
        assert json.dumps(entry["eventID"]) in told, entry
    for path in written.logs:
        assert TRAIL.match(str(path.relative_to(tmp_path / "a")))


@every
def test_labels_are_whole(scenario):
    found = scenarios.records(scenario, 1, START)
    malicious = [record for record in found if record.step]
    assert scenario.signals or not malicious
    assert bool(scenario.techniques) == bool(malicious)
    assert SEVERITIES.index(scenario.at_least) <= SEVERITIES.index(scenario.at_most)
    if not malicious:
        assert scenario.at_least == "none"
    assert len({scenario.id for scenario in scenarios.all_scenarios()}) == \
        len(scenarios.all_scenarios())


def test_a_scenario_can_be_ingested_and_its_labels_are_out_of_reach(tmp_path, app_root):
    """Neither an index nor a lookup of the home has them, wherever the files were written."""
    home = Home(tmp_path / "home")
    app = home.app(app_root)
    written = scenarios.write(scenarios.get("aws_leaked_key_launch"), tmp_path / "s", 1, START)
    report = ingest(home, app, list(written.logs), Request("cloud_audit", "aws:cloudtrail"))
    assert (report.indexed, report.quarantined) == (written.records, [])
    command = [sys.executable, "-m", "lab.cli", "--home", str(home.path), "--app", str(app_root)]
    for spl in ("search index=* (malicious OR expected_signals OR \"denied launch\")",
                "| inputlookup labels.json"):
        done = subprocess.run([*command, "search", "--format", "json", spl], capture_output=True,
                              text=True, check=False)
        assert done.stdout.strip() in ("", "[]"), done.stdout
        assert done.returncode == (3 if "inputlookup" in spl else 0), done.stderr
    assert not [path for path in home.path.rglob("*labels*")]


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(scenarios.ScenarioError, match="not empty"):
        scenarios.write(scenarios.get("aws_benign_day"), tmp_path, 1, START)


def test_unknown_names_are_listed():
    with pytest.raises(scenarios.ScenarioError, match="aws_benign_day"):
        scenarios.get("nope")
