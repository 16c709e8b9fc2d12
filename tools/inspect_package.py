"""Run Splunk AppInspect on the package in dist/ and hold its result against docs/appinspect.md.

    python tools/inspect_package.py

Prints the counts of each run. Fails on any error, failure or future failure, on a warning that
docs/appinspect.md does not give a reason for, and on a reason whose warning no longer comes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REASONS = ROOT / "docs" / "appinspect.md"
COMMAND = ROOT / ".venv-inspect" / "bin" / "splunk-appinspect"

# Two runs: "future" holds only the checks that are announced.
RUNS = {"today": ("cloud", "private_victoria"), "future": ("future",)}
BAD = ("error", "failure", "future_failure")


class InspectError(Exception):
    """AppInspect could not be run, or did not say what it should."""


def package() -> Path:
    found = sorted((ROOT / "dist").glob("*.tar.gz"))
    if len(found) != 1:
        raise InspectError(f"expected one package in dist/, found {len(found)}: run `make package`")
    return found[0]


def inspect(target: Path, tags: tuple[str, ...], report: Path) -> dict:
    """AppInspect's JSON report on `target` for the checks that carry one of `tags`."""
    if not COMMAND.is_file():
        raise InspectError("AppInspect is not installed: run `make inspect`")
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    included = [argument for tag in tags for argument in ("--included-tags", tag)]
    done = subprocess.run(
        [
            str(COMMAND),
            "inspect",
            str(target),
            "--mode",
            "precert",
            *included,
            "--ci",
            "--data-format",
            "json",
            "--output-file",
            str(report),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.is_file():
        raise InspectError(f"AppInspect exited {done.returncode} without a report:\n{done.stderr}")
    return json.loads(report.read_text("utf-8"))


def outcomes(report: dict, results: tuple[str, ...]) -> dict[str, list[str]]:
    """Check name -> messages, of the checks in `report` whose result is one of `results`."""
    checks = (c for r in report["reports"] for group in r["groups"] for c in group["checks"])
    return {
        check["name"]: [m["message"] for m in check["messages"] if m["result"] in results]
        for check in checks
        if check["result"] in results
    }


def reasons() -> set[str]:
    """Names of the checks whose warning docs/appinspect.md explains (its table's first column)."""
    return set(re.findall(r"^\| `(check_\w+)` \|", REASONS.read_text("utf-8"), re.MULTILINE))


def main() -> int:
    target = package()
    problems: list[str] = []
    warned: set[str] = set()
    for name, tags in RUNS.items():
        report = inspect(target, tags, ROOT / "build" / f"appinspect-{name}.json")
        counts = ", ".join(f"{count} {result}" for result, count in report["summary"].items())
        version = report["reports"][0]["run_parameters"]["appinspect_version"]
        print(f"AppInspect {version}, {name} ({', '.join(tags)}): {counts}")
        for check, messages in outcomes(report, BAD).items():
            problems += [f"{check}: {message}" for message in messages or ["no message"]]
        warned |= set(outcomes(report, ("warning",)))
    explained = reasons()
    problems += [
        f"{check}: warns, and docs/appinspect.md does not say why it may"
        for check in sorted(warned - explained)
    ]
    problems += [
        f"{check}: docs/appinspect.md explains a warning that does not come: remove it"
        for check in sorted(explained - warned)
    ]
    print(
        f"{len(warned)} kinds of warning, reasons in docs/appinspect.md: "
        + ", ".join(sorted(warned))
    )
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except InspectError as error:
        sys.exit(f"make inspect: {error}")
