"""Who reads raw records, and how often: told by the rows that each search reads of each index."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.app_searches import Ran, timed
from bench.organisation import RAW, write
from bench.suite import COLLECTORS, Measured, raw_rows, report
from lab.home import Home
from lab.runs import bind, context
from tests.detections.arrivals import HOUR, Arrival, Desk, story
from tests.detections.records import epoch

START = epoch("2026-03-10T09:00:00")
ARRIVED = START + 2 * HOUR
STORIES = ("aws_leaked_key_launch", "azure_gpu_mining", "google_gpu_mining")
SPLIT = ("mscs:azure:audit", "google:gcp:")
"""Source types of clouds that tell one operation in several records."""
TIMES_ALONE = ("ciw_coverage_",)
"""Coverage reads raw indexes by tstats, which opens no raw record: when the last one came."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory, app_root):
    """(records of each index and source type, search → its run): the collectors when all has just
    arrived, the backfills, and then each scheduled search."""
    desk = Desk(tmp_path_factory.mktemp("day"), app_root, [("aws", "444455556666")], START)
    arrivals = [Arrival(one, ARRIVED) for name in STORIES
                for one in story(name, START, 2 * HOUR, instances=1)]
    desk.take(arrivals)
    found = {}
    for saved in desk.app.saved_searches.values():
        now, span = ARRIVED + HOUR, None
        if saved.name in COLLECTORS:
            now = ARRIVED + 300
            span = (START, now) if saved.name.startswith("ciw_backfill_") else None
        elif not saved.scheduled or saved.name.startswith("ciw_merge_"):
            continue
        found[saved.name] = timed(saved.name, bind(saved, {}), context(
            desk.home, desk.app, saved, now, visible_before=now, span=span))
    return Counter((one.event.index, one.event.sourcetype) for one in arrivals), found


@pytest.mark.parametrize("name", ["ciw_collect_operations", "ciw_backfill_operations"])
def test_the_operations_collector_reads_each_record_once(ran, name):
    """Those of Azure and Google a second time, for the operations that they are of: which of them
    the log knows already cannot be asked without their ids."""
    came, found = ran
    rows = {kind: count for (index, kind), count in came.items() if index == "cloud_audit"}
    split = sum(count for kind, count in rows.items() if kind.startswith(SPLIT))
    assert rows["aws:cloudtrail"] and split
    assert found[name].read["cloud_audit"] == sum(rows.values()) + split


@pytest.mark.parametrize("name", ["ciw_collect_flows", "ciw_backfill_flows"])
def test_the_flow_collector_reads_each_record_once(ran, name):
    came, found = ran
    rows = sum(count for (index, _), count in came.items() if index == "cloud_network")
    assert rows and found[name].read == {"cloud_network": rows}


def test_the_rest_reads_the_logs_alone(ran):
    _, found = ran
    others = {name: one for name, one in found.items()
              if name not in COLLECTORS and not name.startswith(TIMES_ALONE)}
    assert {name: one.read for name, one in others.items() if raw_rows(one)} == {}
    signals = {name: one.read for name, one in others.items() if name.startswith("ciw_signal_")}
    assert len(signals) > 20
    assert [name for name, read in signals.items() if not read] == [], \
        "a signal that read nothing shows nothing"


def test_the_measured_day_has_the_records_that_it_says(tmp_path, app_root):
    home = Home(tmp_path)
    written = write(home, home.app(app_root), 10_000)
    assert sum(written.get(index, 0) for index in RAW) == 10_000
    assert {index: home.store.count(index) for index in written} == written
    assert {"cloud_audit", "cloud_identity", "cloud_network", "cloud_metrics"} <= written.keys()
    runs = [Ran("ciw_collect_operations", 2.0, 1.0, 5, {"cloud_audit": written["cloud_audit"]}),
            Ran("ciw_signal_cpu_spike", 2.0, 1.0, 5, {"ciw_operations": 70})]
    runs.append(Ran("ciw_backfill_inventory", 2.0, 1.0, 5, {}))
    told = "\n".join(report([Measured(written, 1.0, runs, 100.0)]))
    assert "there are none" in told
    assert "others that read raw rows: none" in told and "10,000 raw records" in told
