"""The measurement of detection quality: how stories share a home, how they are judged, a sample."""

from __future__ import annotations

import os

import pytest

from lab.evaluate import ground, laying, tables
from lab.evaluate.__main__ import SAMPLE, SMALL, record, run
from lab.evaluate.month import Month
from lab.evaluate.outcome import Watch, judge
from lab.evaluate.running import Run
from lab.evaluate.stories import Story, all_stories, conflict, together
from lab.scenarios import get


def story(name: str) -> Story:
    return Story(get(name))


def test_every_story_has_a_place():
    groups = together(all_stories())
    assert sorted(one.name for group in groups for one in group) == sorted(
        one.name for one in all_stories())
    assert len(groups) < 10


@pytest.mark.parametrize(("one", "other", "why"), [
    ("aws_config_reverted", "aws_group_redirected", "principal"),
    ("aws_bulk_transfer", "aws_logging_impaired", "volumes of"),
    ("azure_tls_mining", "aws_tls_mining", "name of"),
    ("azure_new_batch_application", "azure_slow_instance", "twin"),
    ("google_project_keys", "google_project_keys_rotated", "twin"),
])
def test_what_keeps_stories_apart(one, other, why):
    assert conflict(story(one), story(other)).startswith(why)


def test_stories_of_different_accounts_share():
    assert conflict(story("aws_denied_prober"), story("azure_denied_prober")) == ""


def signal(name: str, at: float, user: str, account: str = "123456789012") -> dict:
    return {"signal_id": name, "signal": name, "time": at, "user": user,
            "vendor_account": account, "reason": name}


def test_a_story_is_judged_by_its_own_signals():
    """By principal and account; what lay there before it began, or is somebody else's, is not."""
    one = story("aws_denied_prober")
    who, at = "arn:aws:iam::123456789012:user/ci-test-runner", one.start + 1800
    signals = [signal("denied_instance_creation", at, who),
               signal("unseen_image", one.start - 60, who),
               signal("quota_probed", at, who, "111122223333"),
               signal("instance_burst", at, "arn:aws:iam::123456789012:user/runner")]
    cases = [{"case_id": "c1", "severity": "medium", "verdict": "refused_creation",
              "signal_ids": "denied_instance_creation"},
             {"case_id": "c2", "severity": "critical", "verdict": "other",
              "signal_ids": ["quota_probed"]}]
    watch = Watch()
    watch.look(one.first_step + 600, [{"case_id": "c1", "severity": "low"}])
    watch.look(one.first_step + 900, cases)
    found = judge(one, signals, cases, watch, [("123456789012", who)])
    assert (found.raised, found.severity, found.faults) == (
        ("denied_instance_creation",), "medium", [])
    assert (found.to_case, found.to_severity, found.first_seen) == (10.0, 15.0, True)


def test_what_is_missing_is_named():
    found = judge(story("aws_denied_prober"), [], [], Watch(), [])
    assert found.faults == ["signal denied_instance_creation was not raised",
                            "severity none, at least medium was to be seen"]
    loud = judge(story("aws_wrong_image"), [signal("x", 2e9, "…:user/ci-test-runner")], [
        {"case_id": "c1", "severity": "high", "verdict": "v", "signal_ids": ["x"]}], Watch(), [])
    assert loud.faults == ["severity high, at most low was to be seen (v: x)"]
    month = Month(2, 150, loud=[{}, {}])
    told = list(tables.faults([found, loud], month))
    assert told[0] == "aws_denied_prober: signal denied_instance_creation was not raised"
    assert told[-1].startswith("benign_month: 1.33 cases of medium or more")
    assert record([found], month)["faults"]


def test_a_sample_is_as_its_labels_say(tmp_path):
    """A story and its twin of each cloud, and a day of the month."""
    stories = [one for one in all_stories() if one.name in SAMPLE]
    outcomes, month = run(stories, SMALL, tmp_path / "homes")
    text = "\n".join(tables.everything(outcomes, month))
    assert list(tables.faults(outcomes, month)) == [], text
    assert month.creations > 25
    assert "Recall of signals by cloud" in text


def comparable(documents: list[dict]) -> list[dict]:
    """Without the times of writing, which follow the run."""
    return sorted(({name: value for name, value in one.items() if name != "updated"}
                   for one in documents), key=lambda one: one["_key"])


@pytest.mark.skipif(not os.environ.get("CIW_SOAK"), reason="every run of some hours: make soak")
def test_what_is_left_out_changes_nothing(tmp_path, app_root):
    """The same signals and cases, with the same times of opening, with all runs and without."""
    past = ground.make(tmp_path / "past", app_root, 15, 0.1)
    group = [story("azure_denied_prober"), story("google_snapshot_exfiltration")]
    found = []
    for name, leave_out in (("some", True), ("all", False)):
        home, app, begin = laying.laid(past, app_root, tmp_path / name, group)
        run = Run(home, app, leave_out)
        run.schedule(begin, begin + 4 * 3600)
        found.append([comparable(home.kv.collection(kept).find())
                      for kept in ("ciw_signals", "ciw_cases", "ciw_baseline", "ciw_instances")])
        assert bool(run.left_out) is leave_out
    assert found[0] == found[1]
    assert found[0][0]
