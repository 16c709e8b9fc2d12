"""`python -m lab.demo`: the app at work on invented data, served at a printed address.

A prepared past of three clouds is ingested and backfilled, as on the day of installing. The last
hours, with attacks and with harmless things that look like some, lie in stand-ins of AWS, Azure and
Google Cloud and are collected by the shipped inputs. Then the shipped searches run as scheduled over
the last minutes, simulated; splunkd's REST and the pages are served, and analysts have decided some
of the cases through the app's endpoint. `--check` ends after asking each page once.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.app import App, SavedSearch
from lab.conf import Stanza
from lab.demo_clouds import Collected, Span, aws, azure, google
from lab.demo_desk import Refused, decide
from lab.demo_lists import ListMissing, write_lists
from lab.engine.store import Event
from lab.home import Home
from lab.ingest.pipeline import Request, ingest
from lab.modular_input import RunReport, run_stanza
from lab.places import write_places
from lab.scenarios import get, records
from lab.scenarios.aws import benign_day, recovery_exercise, small_account
from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.writer import DELIVERY_SECONDS, deliveries, encode
from lab.scenarios.azure import benign_day as azure_day
from lab.scenarios.events import audited
from lab.scenarios.google import benign_day as google_day
from lab.scenarios.model import Record

REPOSITORY = Path(__file__).resolve().parents[1]
MARKER = "made-by-lab-demo"
AUDIT_INDEX = "cloud_audit"
SEED = 11
PAST_DAYS = 21
HOURS = 4
MINUTES = 20
SANDBOX_DAYS = 4
# (scenario, hours after the beginning of the recent span)
INCIDENTS = (("aws_leaked_key_launch", 0.0), ("google_leaked_key_mining", 0.05),
             ("aws_new_hire_launch", 0.1), ("aws_first_spot_launch", 0.2),
             ("azure_helpdesk_takeover", 0.2), ("aws_logging_impaired", 0.3),
             ("aws_snapshot_exfiltration", 0.4), ("aws_denied_prober", 0.6),
             ("azure_snapshot_exfiltration", 0.8), ("google_logging_impaired", 1.0),
             ("aws_logging_maintenance", 1.2), ("aws_recovery_exercise", 1.4),
             ("aws_contractor_launch", 1.6), ("aws_public_snapshot", 2.4))


class DemoError(Exception):
    """A step that did not do what the demo needs; the text says which and what it found."""


@dataclass
class Steps:
    """Prints each step with the time it took."""

    number: int = 0

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        self.number += 1
        began, said = time.monotonic(), []
        print(f"[{self.number}] {title} …", end="", flush=True)
        try:
            yield said.append
        except BaseException:
            print(" failed", flush=True)
            raise
        print(f" {time.monotonic() - began:.1f} s", flush=True)
        for text in said:
            print(f"    {text}", flush=True)


def fresh_home(path: Path) -> Home:
    """An empty home; only a folder that an earlier demo made is ever removed."""
    if path.exists() and any(path.iterdir()):
        if not (path / MARKER).is_file():
            raise DemoError(f"--home {path} holds something that is not a demo: name a new folder")
        shutil.rmtree(path)
    path.mkdir(parents=True, exist_ok=True)
    (path / MARKER).touch()
    return Home(path)


def past(start: float, end: float) -> list[Record]:
    """The sandbox is a few days old; recovery was exercised on two earlier occasions."""
    length = int(end - start)
    found = [*benign_day.build(SEED, start, length), *small_account.build(SEED, start, length),
             *azure_day.build(SEED, start, length), *google_day.build(SEED, start, length)]
    sandbox = min(length, SANDBOX_DAYS * 86400)
    found += small_account.build(SEED, end - sandbox, sandbox, org.SANDBOX)
    for days in (20, 16):
        found += recovery_exercise.build(SEED, end - days * 86400)
    return _within(found, start, end)


def recent(start: float, end: float) -> list[Record]:
    """The benign life of the last hours, and what happened in them, up to `end`."""
    length = int(end - start)
    found = [*benign_day.build(SEED + 1, start, length),
             *azure_day.build(SEED + 1, start, length), *google_day.build(SEED + 1, start, length)]
    for account in (org.STAGING, org.SANDBOX):
        found += small_account.build(SEED + 1, start, length, account)
    for name, hours in INCIDENTS:
        found += records(get(name), SEED, start + hours * 3600)
    return _within(found, start, end)


def _within(found: Iterable[Record], start: float, end: float) -> list[Record]:
    return sorted((record for record in found if start <= record.time < end),
                  key=lambda record: record.time)


# --- the way in ------------------------------------------------------------------------------


def ingest_past(home: Home, app: App, found: Sequence[Record]) -> int:
    """CloudTrail's files by `lab ingest`; what the other clouds' inputs would have emitted."""
    folder = home.path / "past"
    trail = [record for record in found if record.form == "cloudtrail"]
    others = [record for record in found if record.form != "cloudtrail"]
    files = []
    for name, group in deliveries(trail, SEED).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(group))
        files.append(path)
    report = ingest(home, app, files, Request(AUDIT_INDEX, "aws:cloudtrail"))
    if report.indexed != len(trail):
        raise DemoError(f"{report.indexed} of {len(trail)} records of the past were indexed")
    batches: dict[str, list[Event]] = {}
    for one in audited(others):
        batches.setdefault(one.index, []).append(Event(
            one.time, delivered(one.time), one.text, one.sourcetype, one.source, "lab"))
    return report.indexed + sum(home.store.append(index, events)
                                for index, events in batches.items())


def delivered(moment: float) -> float:
    """When a record of that time arrives: at the end of CloudTrail's window, for all clouds."""
    return (moment // DELIVERY_SECONDS + 1) * DELIVERY_SECONDS


def collect_recent(home: Home, app: App, before: Sequence[Record], now: Sequence[Record],
                   span: Span, say: Callable[[str], None]) -> int:
    """Through every shipped input, two at a time. Their log lines are kept in index _internal."""
    from concurrent.futures import ThreadPoolExecutor

    from lab.server import start

    found = [*before, *now]
    with (start(home, app, 0) as server, aws(found, now, span, SEED) as amazon,
          azure(found, now, span) as microsoft, google(found, now, span) as alphabet,
          ThreadPoolExecutor(2) as pool):
        jobs = [(one, pool.submit(run_input, home, app, one, server))
                for one in (*amazon, *microsoft, *alphabet)]
        reports = [(one, job.result()) for one, job in jobs]
    for one, report in reports:
        say(f"{report.sentence()}; {report.seconds:.1f} s")
        if not report.succeeded or one.events not in (-1, report.events):
            raise DemoError(f"{one.scheme} should have brought"
                            f" {one.events if one.events >= 0 else 'events'}: {report.sentence()}")
        if not report.events:
            raise DemoError(f"{one.scheme} brought nothing")
    return sum(report.events for _, report in reports)


def run_input(home: Home, app: App, one: Collected, server: Any) -> RunReport:
    """One stanza, with the defaults that the app ships."""
    name = f"{one.scheme}://{one.name}"
    settings = {**app.inputs[one.scheme].settings, **one.settings}
    file = home.path / f"inputs_{one.scheme}.conf"
    file.write_text(f"[{name}]\n" + "".join(
        f"{key} = {value}\n" for key, value in settings.items()), "utf-8")
    return run_stanza(home, app, Stanza(name, file, 1, settings), server.url, server.system_token,
                      index_time=delivered, more=one.environment)


def schedule_recent(home: Home, app: App, start: float, end: float) -> list[str]:
    """What runs twice an hour or more seldom and what merges lists, once as the span begins; then
    every run in it; then what tells of coverage, which had seen nothing of the span where it was not
    due within it, and of the inputs, which have run since."""
    from lab.engine.run import search
    from lab.runs import bind, context
    from lab.scheduler import RunFailed, due, run_schedule
    from lab.spl.errors import SPLError

    def once(found: Iterable[SavedSearch], now: float, before: float | None) -> None:
        for saved in found:
            spl = bind(saved, {})
            try:
                search(spl, context(home, app, saved, now, visible_before=before))
            except SPLError as error:
                raise RunFailed(saved.name, now, error, spl) from error

    scheduled = [saved for saved in app.saved_searches.values()
                 if saved.scheduled and not saved.disabled]
    runs = Counter(saved.name for _, saved in due(app, start - 3600, start))
    seldom = [saved for saved in scheduled
              if runs[saved.name] <= 2 or saved.name.startswith("ciw_merge_")]
    once(seldom, start, start)
    lines = run_schedule(home, app, start, end).lines()
    once((saved for saved in scheduled if saved.name.startswith("ciw_coverage_")), end, None)
    once([app.saved_searches["ciw_coverage_inputs"]], time.time(), None)
    return [f"{len(seldom)} searches that run twice an hour or more seldom", *lines]


# --- serving ---------------------------------------------------------------------------------


def check_pages(server: object, app: App) -> list[str]:
    """Logs in as an L1 analyst and asks each view once. DemoError names what does not answer."""
    import http.cookiejar
    import urllib.error
    import urllib.parse
    import urllib.request

    name = "ciw_l1" if "ciw_l1" in server.users else "admin"
    opener = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    said = []

    def ask(path: str, data: bytes | None = None) -> bytes:
        try:
            with opener.open(server.url + path, data, timeout=60) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise DemoError(f"{path} answers {error.code}") from error

    login = urllib.parse.urlencode({"username": name, "password": server.users[name]}).encode()
    token = re.search(rb"<sessionKey>([^<]+)</sessionKey>", ask("/services/auth/login", login))
    if token is None:
        raise DemoError(f"the login of {name} gives no session key")
    opener.addheaders = [("Authorization", "Splunk " + token[1].decode())]
    for collection in ("ciw_signals", "ciw_cases"):
        found = json.loads(ask(f"/servicesNS/nobody/{app.name}/storage/collections/data/{collection}"))
        if not found:
            raise DemoError(f"the collection {collection} is empty")
        said.append(f"{collection}: {len(found)} documents")
    opener.addheaders = []
    ask("/en-US/account/login", login)
    for view in app.views:
        page = ask(f"/en-US/app/{app.name}/{view}")
        if b"account/login" in page[:4000] or len(page) < 500:
            raise DemoError(f"view {view} shows no page to {name}")
        said.append(f"view {view} answers ({len(page)} bytes)")
    return said


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.demo", description=__doc__)
    parser.add_argument("--home", default=str(REPOSITORY / ".lab" / "demo"))
    parser.add_argument("--app", default=str(REPOSITORY))
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--hours", type=float, default=HOURS, help="length of the recent span")
    parser.add_argument("--minutes", type=float, default=MINUTES,
                        help="how many of them the shipped searches run over as scheduled")
    parser.add_argument("--past-days", type=int, default=PAST_DAYS)
    parser.add_argument("--check", action="store_true", help="ask the pages once, then end")
    arguments = parser.parse_args(words)
    try:
        return run(arguments)
    except (DemoError, ListMissing, Refused) as error:
        print(f"lab demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopping")
        return 0


def run(arguments: argparse.Namespace) -> int:
    from lab.scheduler import run_backfill
    from lab.server import start

    steps, began = Steps(), time.monotonic()
    end = time.time() // 300 * 300
    last = end - DELIVERY_SECONDS
    turn = last - arguments.hours * 3600
    first = turn - arguments.past_days * 86400
    scheduled = max(turn, end - arguments.minutes * 60)
    with steps.step("an empty home, the organisation's lists") as say:
        home = fresh_home(Path(arguments.home))
        app = home.app(arguments.app)
        write_places(home.path)
        before, now = past(first, turn), recent(turn, last)
        say(f"{write_lists(home, app, [*before, *now], turn, last)} rows filled in")
    with steps.step(f"{arguments.past_days} days of the past of three clouds") as say:
        say(f"{ingest_past(home, app, before)} records indexed")
    with steps.step(f"the last {arguments.hours:g} hours, through the inputs") as say:
        collect_recent(home, app, before, now, Span(turn, last), say)
    with steps.step("backfill, as an admin does after installing") as say:
        for line in run_backfill(home, app, first, scheduled).lines():
            say(line)
    with steps.step(f"the shipped searches over the last {arguments.minutes:g} minutes") as say:
        for line in schedule_recent(home, app, scheduled, end):
            say(line)
    with steps.step("splunkd's REST and the pages"):
        server = start(home, app, 0 if arguments.check else arguments.port)
    with server:
        with steps.step("what analysts have decided") as say:
            for line in decide(server.url, app.name, server.users):
                say(line)
        if arguments.check:
            with steps.step("every page once") as say:
                for text in check_pages(server, app):
                    say(text)
            print(f"the demo works; {time.monotonic() - began:.0f} s in all")
            return 0
        print(f"\n{server.url}/en-US/app/{app.name}\n")
        for name, password in server.users.items():
            print(f"  {name:<14} {password}")
        print(f"\n({time.monotonic() - began:.0f} s in all; Ctrl-C ends it)", flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    sys.exit(main())
