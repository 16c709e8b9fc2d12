"""Events a second of every kind of input from local bytes to the pipe, as a table.

Beside it, on the same files in the same run: gunzip alone, gunzip and parsing alone, and json +
EventWriter (the way of existing add-ons), with each interpreter that Splunk ships, or this one where
neither is found. `times` is the input against json + EventWriter: by the clock, and by CPU time
with the outlet's process counted. A figure is the best of CIW_BENCH_TURNS turns (2), the ways one
after the other in each. CIW_BENCH_EVENTS sets how many events of a kind (40,000 of those with an
aim, a quarter of the others), CIW_BENCH_KINDS which.

The input's own decoder, run loop, checkpoint and outlet are measured; the transport is local files
in the same process. Metrics and inventory are Google's: those of the other clouds go the same ways
(ciw.polling, ciw.snapshot).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from bench.samples import KINDS, ROOT, write

AIM = 6.0
# The kinds for which the aim was set.
AIMED = ("cloudtrail", "flows", "custom_flows", "vnet_flows", "nsg_flows", "gcp_flows")
WAYS = ("gunzip", "parse", "event_writer", "input")
_HEAD = (
    f"{'':<26}{'bytes/':>7}  {'':6} {'gunzip':>10} {'+ parse':>9} {'json+EW':>8} {'input':>9}"
    f" {'times':>6} {'by CPU':>7} {'MiB':>5}  aim\n"
    f"{'kind':<26}{'event':>7}  {'Python':6} {'events/s':>10} {'events/s':>9} {'events/s':>8}"
    f" {'events/s':>9}"
)


def interpreters() -> dict[str, str]:
    """Those that Splunk ships, by version; this one where none of them is here."""
    found = {}
    for version in ("3.9", "3.13"):
        named = os.environ.get("CIW_PYTHON" + version.replace(".", ""))
        search = [str(ROOT / "tools" / "find-python"), version]
        done = subprocess.run(search, capture_output=True, text=True, check=False)
        path = named or (done.stdout.strip() if done.returncode == 0 else "")
        if path:
            found[version] = path
        else:
            print(f"Python {version}: not found here, left out")
    return found or {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}


def measure(python: str, kind: str, way: str, directory: Path) -> dict:
    import splunklib

    # The SDK is pure Python: the one copy serves every interpreter.
    libraries = str(Path(splunklib.__file__).parent.parent)
    script = (
        "import sys, runpy; sys.path.append(sys.argv.pop(1));"
        "runpy.run_path(sys.argv.pop(1), run_name='__main__')"
    )
    command = [python, "-c", script, libraries, str(ROOT / "bench" / "one_way.py")]
    done = subprocess.run(
        [*command, kind.partition("/")[0], way, str(directory)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{kind}, {way} on {python} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def best(python: str, kind: str, directory: Path, count: int, turns: int) -> dict[str, dict]:
    """Of each way the shortest times of its turns."""
    results: dict[str, list[dict]] = {way: [] for way in WAYS}
    for _ in range(turns):
        for way in WAYS:
            result = measure(python, kind, way, directory)
            if result["written"] not in (None, count):
                raise SystemExit(f"{kind}, {way} on {python}: {result['written']} of {count} events")
            results[way].append(result)
    return {
        way: {name: min(each[name] for each in found) for name in ("seconds", "cpu", "peak_kib")}
        for way, found in results.items()
    }


def row(kind: str, version: str, count: int, size: int, results: dict[str, dict]) -> str:
    rates = [count / results[way]["seconds"] for way in WAYS]
    by_clock, by_cpu = (
        results["event_writer"][name] / results["input"][name] for name in ("seconds", "cpu")
    )
    return (
        f"{KINDS[kind].title:<26}{size / count:>7,.0f}  {version:6} {rates[0]:>10,.0f}"
        f" {rates[1]:>9,.0f} {rates[2]:>8,.0f} {rates[3]:>9,.0f} {by_clock:>6.1f} {by_cpu:>7.1f}"
        f" {results['input']['peak_kib'] / 1024:>5.0f}  {f'{AIM:.0f}' if kind in AIMED else '-'}"
    )


def table(kinds: Iterable[str], events: int, turns: int) -> None:
    pythons = interpreters()
    print(_HEAD)
    for kind in kinds:
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            count, size = write(kind, directory, events if kind in AIMED else events // 4)
            for version, python in pythons.items():
                results = best(python, kind, directory, count, turns)
                print(row(kind, version, count, size, results), flush=True)


def main() -> int:
    events = int(os.environ.get("CIW_BENCH_EVENTS", "40000"))
    turns = int(os.environ.get("CIW_BENCH_TURNS", "2"))
    kinds = os.environ.get("CIW_BENCH_KINDS") or ",".join(KINDS)
    started, load = time.monotonic(), os.getloadavg()[0]
    print(f"load {load:.1f} on {os.cpu_count()} processors; best of {turns} turns\n")
    table(kinds.split(","), events, turns)
    print(f"\n{time.monotonic() - started:.0f} s; load at the end {os.getloadavg()[0]:.1f}")
    return 0
