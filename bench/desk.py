"""The desk with 10,000 cases: from the click until it can be worked with, in Chromium.

The cases and their states are in the lab's KV store and the endpoint is the app's. Searches are
answered at once by a stand-in: what they take is the suite's to tell. Each turn loads the desk by the
app's navigation, comes to the queue from another page of the desk, filters it, opens a case and
its L2 tab; median and slowest of the turns are printed. CIW_BENCH_DESK_CASES has the number of
cases, CIW_CHROMIUM the browser.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from lab.home import Home
from lab.server.stand_in import StandIn

ROOT = Path(__file__).resolve().parent.parent
CASES = int(os.environ.get("CIW_BENCH_DESK_CASES", "10000"))
TURNS = 10
AIM = 2000
LONGEST = 900
PASSWORD = "for-measuring-only"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
SEVERITIES = ("critical", "high", "medium", "low")
SIGNALS = ("instance_created_by_new_principal", "unusual_instance_type", "mining_egress",
           "instance_created_in_unapproved_region", "denied_instance_creation")
SEEN = {
    "load": "queue, the page loaded anew",
    "queue": "queue, from another page of the desk",
    "filter": "queue, another filter",
    "l1": "L1: the case and its verdict",
    "l2": "L2: the tab and its first panel",
}


class Engine(StandIn):
    """Every search gives one row that says nothing; the lists' files are empty."""

    def rows_of(self, spl):
        if spl.startswith("| inputlookup"):
            return []
        return [{"answer": "unknown", "why": "Nothing was searched."}]


def documents(count: int, now: int) -> tuple[list[dict], list[dict]]:
    """Cases as the builder writes them, and the states of the six in seven that somebody took."""
    cases, states = [], []
    for number in range(count):
        case_id = f"{number * 2654435761 % 2**64:016x}"
        rank = number % 4
        user = f"arn:aws:iam::{111122223333 + number % 40}:role/worker-{number:05d}"
        opened = now - 300 * number
        signals = [SIGNALS[(number + step) % 5] for step in range(1 + number % 3)]
        cases.append({
            "_key": case_id, "case_id": case_id, "cloud": ("aws", "azure", "gcp")[number % 3],
            "vendor_account": str(111122223333 + number % 40), "vendor_region": ["eu-west-1"],
            "user": user, "object_id": [f"i-0{number:016x}"], "src": ["198.51.100.7"],
            "subject": user, "owner": "payments", "severity": SEVERITIES[3 - rank],
            "severity_rank": rank + 1, "verdict": "unapproved_creation", "mitre_id": ["T1578.002"],
            "signals": signals, "signal_ids": [f"{case_id}{step}" for step in range(len(signals))],
            "reason": "A principal that is new to creating instances created one and no list says"
                      f" whether that was approved: {user} created 2 instance(s).",
            "opened": opened, "first_time": opened, "last_time": opened, "updated": opened,
            "sla_due": opened + 3600 * (1, 4, 24, 72)[3 - rank], "previous_case_id": "",
            "drill": "false"})  # fmt: skip
        if number % 7:
            name = ("new", "in_triage", "escalated", "contained", "closed")[number % 5]
            states.append({
                "_key": case_id, "case_id": case_id, "state": name, "version": 2,
                "owner": f"analyst{number % 12}", "disposition": "benign" if name == "closed" else "",
                "updated": opened, "updated_by": "analyst1", "reason": "planned"})  # fmt: skip
    return cases, states


def measure(folder: Path, browser: str) -> dict:
    os.environ["LAB_PASSWORD"] = PASSWORD
    import lab.server

    home = Home(folder)
    app = home.app(ROOT)
    cases, states = documents(CASES, int(time.time()))
    home.kv.collection("ciw_cases").upsert_many(cases)
    home.kv.collection("ciw_case_state").upsert_many(states)
    with lab.server.start(home, app, engine=Engine()) as server:
        settings = {"url": server.url, "password": PASSWORD, "browser": browser, "turns": TURNS}
        done = subprocess.run(["node", "bench/desk.mjs", json.dumps(settings)], cwd=ROOT,
                              check=True, stdout=subprocess.PIPE, text=True, timeout=LONGEST)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    browser = os.environ.get("CIW_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), "")
    if not browser or not (ROOT / "node_modules").is_dir():
        print("\nThe desk: not measured; it takes Chromium (CIW_CHROMIUM) and `make web`.")
        return 1
    subprocess.run(["node", "web/build-desk.mjs"], cwd=ROOT, check=True, capture_output=True)
    with tempfile.TemporaryDirectory(prefix="ciw-bench-desk-") as name:
        found = measure(Path(name), browser)
    bundle = (ROOT / "appserver" / "static" / "desk.js").read_bytes()
    print(f"\nThe desk with {CASES:,} cases; {os.cpu_count()} cores, load"
          f" {os.getloadavg()[0]:.1f}; ms, {TURNS} turns")
    print(f"{'from the click until usable':<46}{'median':>8}{'slowest':>9}{'aim':>7}")
    for key, what in SEEN.items():
        times = found["times"][key]
        print(f"{what:<46}{median(times):>8.0f}{max(times):>9}{AIM:>7}")
    print(f"bundle: {len(bundle) / 1024:.0f} KiB, {len(gzip.compress(bundle, 6)) / 1024:.0f} KiB"
          f" as sent compressed; requests that left the machine: {found['outside']}")
    return 0 if found["outside"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
