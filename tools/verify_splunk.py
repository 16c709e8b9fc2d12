"""Run the conformance cases against a Splunk and print where it differs from its documentation.

    SPLUNK_URL=https://splunk.example:8089 SPLUNK_TOKEN=... python tools/verify_splunk.py

Only searches over rows made by makeresults are sent: nothing is written, no index is read. The
token is an authentication token of a user who may search. SPLUNK_INSECURE=1 accepts a certificate
that cannot be verified. Exit code 0: no difference, 1: differences, 2: wrong arguments or no
connection.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from splunklib import client, results
from splunklib.binding import AuthenticationError, HTTPError

from lab.conformance import Case, differences, load

CASES = ROOT / "tests" / "lab" / "conformance" / "cases"
NOT_UTC = "expects times in UTC, and the user's time zone is another"


@dataclass
class Report:
    """`differing` and `open` hold a case and what was seen; `skipped` a reason for each case."""

    same: int = 0
    differing: list[tuple[Case, str]] = field(default_factory=list)
    open: list[tuple[Case, str]] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def connect(url: str, token: str, insecure: bool = False) -> client.Service:
    """A service to search with. ValueError for an address without scheme, host and port."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.port:
        raise ValueError(f"{url!r} is not an address like https://splunk.example:8089")
    return client.connect(scheme=parts.scheme, host=parts.hostname, port=parts.port,
                          splunkToken=token, verify=not insecure)


def ask(service: client.Service, spl: str) -> tuple[list[dict[str, Any]], str]:
    """The rows of a search, or why Splunk refused it ("" if it did not)."""
    text = spl if spl.lstrip().startswith("|") else f"search {spl}"
    try:
        stream = service.jobs.oneshot(text, output_mode="json", count=0)
        found = list(results.JSONResultsReader(stream))
    except HTTPError as error:
        if error.status != 400:
            raise
        return [], str(error)
    refusals = [item.message for item in found
                if isinstance(item, results.Message) and item.type in ("FATAL", "ERROR")]
    return [item for item in found if isinstance(item, dict)], "; ".join(refusals)


def verify(service: client.Service, cases: Iterable[Case]) -> Report:
    report = Report()
    (zone,), _ = ask(service, '| makeresults | eval zone=strftime(0, "%z") | table zone')
    for case in cases:
        reason = case.elsewhere
        if not reason and "utc" in case.flags and zone.get("zone") != "+0000":
            reason = NOT_UTC
        if reason:
            report.skipped[reason] += 1
            continue
        (spl,) = case.searches
        rows, refused = ask(service, spl)
        if case.expect is None and not case.fails:
            report.open.append((case, refused or str(rows)))
            continue
        if case.fails:
            seen = "" if refused else f"the page calls it an error, and it gives {rows}"
        else:
            seen = f"refused: {refused}" if refused else differences(case, rows)
        if seen:
            report.differing.append((case, seen))
        else:
            report.same += 1
    return report


def show(report: Report) -> None:
    for title, entries in (("DIFFERS", report.differing), ("LEFT OPEN by the page", report.open)):
        for case, seen in entries:
            print(f"{title}: {case.family}: {case.name}\n  {case.page}: {case.rule}"
                  f"\n  {case.searches[-1]}\n  " + seen.replace("\n", "\n  "))
    print(f"{report.same} as documented, {len(report.differing)} differ,"
          f" {len(report.open)} left open by the documentation,"
          f" {sum(report.skipped.values())} not run")
    for reason, count in report.skipped.most_common():
        print(f"  {count} not run: {reason}")


def main() -> int:
    url, token = os.environ.get("SPLUNK_URL", ""), os.environ.get("SPLUNK_TOKEN", "")
    if not url or not token:
        print("set SPLUNK_URL (https://host:8089) and SPLUNK_TOKEN", file=sys.stderr)
        return 2
    try:
        service = connect(url, token, os.environ.get("SPLUNK_INSECURE") == "1")
        report = verify(service, load(CASES))
    except (ValueError, OSError, HTTPError, AuthenticationError) as error:
        print(f"{url}: {error}", file=sys.stderr)
        return 2
    show(report)
    return 1 if report.differing else 0


if __name__ == "__main__":
    sys.exit(main())
