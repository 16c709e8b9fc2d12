"""Late records, repeated ones, any order and any number of runs leave the same signals and cases.

The reference is a story of each cloud whose records all arrive on time, and the schedule over it. The
same records then arrive up to three hours late, some of them twice, in any order; at the same time in
the end all that tells signals and cases runs again, and then every scheduled search. CIW_SOAK=1 draws
many such disturbances, of more stories and with arrivals every half hour; without it there is one.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from lab import scenarios
from lab.scenarios import forms
from tests.detections.arrivals import HOUR, SETTLED, Desk, Disturbance, on_time, story
from tests.detections.records import epoch, launch

SOAK = bool(os.environ.get("CIW_SOAK"))
START = epoch("2026-03-10T09:00:00")
SPAN = 5 * HOUR
STORIES = ("aws_leaked_key_launch", "azure_gpu_mining", "google_snapshot_exfiltration")
MORE = ("aws_snapshot_exfiltration", "aws_config_reverted", "aws_group_redirected",
        "azure_snapshot_exfiltration", "azure_helpdesk_takeover", "google_leaked_key_mining",
        "google_config_reverted")
NAMES = (*STORIES, *MORE) if SOAK else STORIES
EVERY = HOUR // 2 if SOAK else SPAN
DELAYS = tuple(range(0, 3 * HOUR + 1, EVERY)) if SOAK else (0, 3 * HOUR)
SIMULATED = settings(
    max_examples=10 if SOAK else 1, derandomize=True, database=None, deadline=None,
    phases=(Phase.explicit, Phase.generate) if SOAK else (Phase.explicit,),
    suppress_health_check=list(HealthCheck))

COMPARED = {
    "ciw_signals": {},
    "ciw_cases": dict.fromkeys(
        ("opened", "updated", "sla_due"),
        "when it was first written, written last, and is due: that follows when its records came"),
    "ciw_case_state": {},
    "ciw_case_history": {},
    "ciw_instances": {
        "updated": "when it was written last",
        "state_time": "of an operation that its cloud tells in several records: the ledger keeps"
                      " the time at which the state was first read, the log the first record's",
        "sized_at": "the same, of the operation that gave the size",
        "content": "a digest, of these times too"},
}
"""Collection → fields that may differ, and why. All others may not."""
END = START + SPAN + DELAYS[-1] + SETTLED + 60
VOLUME = re.compile(r"\d+(\.\d+)?(?= (GiB|MiB|KiB|minute\(s\)|hour\(s\)))|\d+(?=%)")
"""Numbers in a sentence that are sums or means over telemetry."""


def accounts() -> set[tuple[str, str]]:
    return {(forms.form(record).cloud, record.account) for name in NAMES
            for record in scenarios.records(scenarios.get(name), 1, START)}


def arrivals():
    return on_time([one for name in NAMES for one in story(name, START, SPAN)], START, EVERY)


class Outcome(dict[str, dict[str, dict]]):
    """Collection → key → what is compared of the document."""

    def __repr__(self) -> str:
        return ", ".join(f"{len(rows)} of {name}" for name, rows in self.items())


def outcome(desk: Desk) -> Outcome:
    return Outcome({collection: {
        key: {name: value for name, value in row.items() if name not in left_out}
        for key, row in desk.documents(collection).items()}
        for collection, left_out in COMPARED.items()})


def lived(root: Path, app_root: Path, came: list) -> Desk:
    """A desk after all of it, and after what tells signals and cases has run again in the end."""
    desk = Desk(root, app_root, accounts(), START)
    desk.live(came)
    desk.again(END, all_of_them=False)
    return desk


def same(wanted: Outcome, seen: Outcome) -> None:
    found = differences(wanted, seen)
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def differences(wanted: Outcome, seen: Outcome) -> list[str]:
    """One line for each row that is missing, there too many, or other in a field."""
    found = []
    for collection, rows in wanted.items():
        for key in sorted({*rows, *seen[collection]}):
            one, two = rows.get(key), seen[collection].get(key)
            if one is None or two is None:
                about = one or two
                found.append(f"{collection}: {'more' if one is None else 'missing'}:"
                             f" {about.get('signal', '')} {about.get('reason', about)}")
            else:
                found += [f"{collection}: {one.get('signal', key)}: {name}: {one.get(name)!r} is"
                          f" {two.get(name)!r}" for name in sorted({*one, *two})
                          if one.get(name) != two.get(name)]
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, app_root):
    return outcome(lived(tmp_path_factory.mktemp("on-time"), app_root, arrivals()))


def test_each_cloud_has_something_to_disturb(undisturbed):
    signals = undisturbed["ciw_signals"].values()
    assert {row["cloud"] for row in signals} == {"aws", "azure", "gcp"}
    assert {"cpu_spike", "mining_egress", "bulk_transfer_new_instance", "instance_burst",
            "snapshot_to_instance_chain", "denied_instance_creation"} <= {
        row["signal"] for row in signals}
    assert len(undisturbed["ciw_cases"]) >= 3 and undisturbed["ciw_instances"]


@SIMULATED
@given(st.builds(Disturbance, st.integers(0, 10**6), st.just(DELAYS), st.floats(0, 1),
                 st.floats(0, 0.5)))
@example(Disturbance(1, DELAYS))
def test_arrival_changes_nothing(undisturbed, app_root, disturbance):
    with tempfile.TemporaryDirectory() as name:
        desk = lived(Path(name), app_root, disturbance(arrivals()))
        seen = outcome(desk)
        same(undisturbed, seen)
        desk.again(END + 300)
        same(seen, outcome(desk))


@pytest.mark.skipif(not SOAK, reason="CIW_SOAK=1 is not set: twice the time for what sums say")
def test_telemetry_that_comes_twice_changes_sums_alone(undisturbed, app_root, tmp_path):
    """A flow record that is indexed a second time counts a second time (docs/signals.md): nothing
    but a second reading of raw records could tell. It must not make or lose a signal or a case."""
    seen = outcome(lived(tmp_path, app_root,
                         Disturbance(2, DELAYS, telemetry=True)(arrivals())))
    for result in (undisturbed, seen):
        for row in (*result["ciw_signals"].values(), *result["ciw_cases"].values()):
            row["reason"] = VOLUME.sub("#", row["reason"])
            row.pop("content", None)
    same(undisturbed, seen)


def test_an_approval_takes_no_signal_back(bench):
    """What was told stays told, as it was when it was told: a list that is filled in later keeps
    further operations from being told, and is no decision about those that were."""
    day = epoch("2026-03-10T12:00:00")
    name = "ciw_signal_instance_created_by_new_principal"
    bench.take([launch(day)])
    bench.collect()
    bench.run(name)
    before = bench.documents("ciw_signals")
    assert [row["authorisation"] for row in before] == ["unknown"]
    bench.put("ciw_approved_creators", [{
        "cloud": "aws", "vendor_account": "*", "user": "*", "regions": "*", "instance_types": "*",
        "networks": "*", "reason": "agreed", "owner": "platform", "expires": "*"}])
    bench.run("ciw_merge_approved_creators")
    bench.take([launch(day + 3600, region="eu-west-2")])
    bench.collect()
    bench.run(name)
    assert bench.documents("ciw_signals") == before
