"""`python -m lab.demo`: the app at work on invented data, served at a printed address.

A prepared past is ingested and backfilled, as on the day of installing. The last hours, with
three attacks in them, lie gzipped in moto's S3, announced through SQS, and are collected by the
real bin/aws_cloudtrail.py. Then the shipped searches run over those hours, simulated, and
splunkd's REST and the pages are served. `--check` ends after asking each page once.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.app import App
from lab.conf import Stanza
from lab.home import Home
from lab.ingest.pipeline import Request, ingest
from lab.scenarios import get, records
from lab.scenarios.aws import benign_day
from lab.scenarios.aws import organisation as org
from lab.scenarios.model import Record
from lab.scenarios.writer import DELIVERY_SECONDS, deliveries, encode

REPOSITORY = Path(__file__).resolve().parents[1]
MARKER = "made-by-lab-demo"
AUDIT_INDEX = "cloud_audit"
SEED = 11
PAST_DAYS = 21
HOURS = 2
# (scenario, hours after the beginning of the recent span)
ATTACKS = (("aws_leaked_key_launch", 0.0), ("aws_snapshot_exfiltration", 0.4),
           ("aws_logging_impaired", 0.8))


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
    return sorted(benign_day.build(SEED, start, int(end - start)), key=lambda record: record.time)


def recent(start: float, end: float) -> list[Record]:
    """The benign life of the last hours, and the attacks, up to `end`."""
    found = list(benign_day.build(SEED + 1, start, int(end - start)))
    for name, hours in ATTACKS:
        found += records(get(name), SEED, start + hours * 3600)
    return sorted((record for record in found if start <= record.time < end),
                  key=lambda record: record.time)


# --- the organisation's lists ----------------------------------------------------------------


def write_lists(home: Home, app: App, seen: Iterable[Record]) -> int:
    """What operators of that organisation would have filled in, as CSVs over the app's own."""
    rows: dict[str, list[dict[str, str]]] = {
        "ciw_known_networks": [
            {"src": f"{org.OFFICE}0/24", "label": "office and VPN", "owner": "network-team"},
            {"src": f"{org.PIPELINE}/32", "label": "deployment runners", "owner": "platform"}],
        "ciw_approved_creators": [
            {"cloud": "aws", "vendor_account": "*", "user": "*:role/platform-deploy",
             "reason": "deployment pipeline", "owner": "platform"},
            {"cloud": "aws", "vendor_account": "*", "user": "*/AWSServiceRoleForAutoScaling",
             "reason": "scaling groups", "owner": "web-platform"}],
        "ciw_approved_regions": [
            {"cloud": "aws", "vendor_account": "*", "vendor_region": region,
             "reason": "region of the organisation", "owner": "platform"}
            for region in org.HOME_REGIONS],
        "ciw_change_requests": list(_changes(seen)),
    }
    for name, content in rows.items():
        shipped = app.path / "lookups" / f"{name}.csv"
        if not shipped.is_file():
            raise DemoError(f"the app has no lookups/{name}.csv, which the demo fills in")
        with open(shipped, newline="", encoding="utf-8-sig") as handle:
            header = next(csv.reader(handle))
        with open(home.lookups_dir / f"{name}.csv", "w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, header, lineterminator="\n", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(content)
    return sum(len(content) for content in rows.values())


def _changes(seen: Iterable[Record]) -> Iterator[dict[str, str]]:
    """One change request for each reference that a deployment carries."""
    done = set()
    for record in seen:
        for reference in re.findall(r"CHG\d{7}", json.dumps(record.body["requestParameters"])):
            if reference in done:
                continue
            done.add(reference)
            yield {
                "change_ref": reference, "cloud": "aws", "vendor_account": record.account,
                "vendor_region": record.region, "user": "*:role/platform-deploy", "project": "*",
                "instance_types": "t3.medium", "max_count": "2",
                "valid_from": _iso(record.time - 3600), "valid_to": _iso(record.time + 3600),
                "summary": "scheduled deployment", "owner": "platform"}


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


# --- the way in ------------------------------------------------------------------------------


def ingest_past(home: Home, app: App, found: Sequence[Record]) -> int:
    folder = home.path / "past"
    files = []
    for name, group in deliveries(found, SEED).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(group))
        files.append(path)
    report = ingest(home, app, files, Request(AUDIT_INDEX, "aws:cloudtrail"))
    if report.indexed != len(found):
        raise DemoError(f"{report.indexed} of {len(found)} records of the past were indexed")
    return report.indexed


def delivered(moment: float) -> float:
    """When CloudTrail's file with an event of that time arrives: at the end of its window."""
    return (moment // DELIVERY_SECONDS + 1) * DELIVERY_SECONDS


def collect_recent(home: Home, app: App, found: Sequence[Record],
                   say: Callable[[str], None]) -> int:
    """Through S3 and SQS by the shipped input. Its own log lines are kept in index _internal."""
    from lab.clouds.aws import AwsStandIn
    from lab.modular_input import run_stanza
    from lab.server import start

    with AwsStandIn() as cloud, start(home, app, 0) as server:
        trail = cloud.trail("organisation-trail")
        for name, group in deliveries(found, SEED).items():
            cloud.put(trail, name, encode(group))
        os.environ.update(cloud.environment)
        file = home.path / "inputs.conf"
        settings = trail.stanza(index=AUDIT_INDEX)
        file.write_text("[aws_cloudtrail://organisation]\n" + "".join(
            f"{key} = {value}\n" for key, value in settings.items()), "utf-8")
        stanza = Stanza("aws_cloudtrail://organisation", file, 1, settings)
        report = run_stanza(home, app, stanza, server.url, server.system_token,
                            index_time=delivered)
    say(report.sentence())
    if not report.succeeded or report.indexed.get(AUDIT_INDEX) != len(found):
        raise DemoError(f"the input should have brought {len(found)} records: {report.sentence()}")
    return report.events


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
    parser.add_argument("--past-days", type=int, default=PAST_DAYS)
    parser.add_argument("--check", action="store_true", help="ask the pages once, then end")
    arguments = parser.parse_args(words)
    try:
        return run(arguments)
    except DemoError as error:
        print(f"lab demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopping")
        return 0


def run(arguments: argparse.Namespace) -> int:
    from lab.scheduler import run_backfill, run_schedule
    from lab.server import start

    steps, began = Steps(), time.monotonic()
    end = time.time() // 300 * 300
    last = end - DELIVERY_SECONDS
    turn = last - arguments.hours * 3600
    first = turn - arguments.past_days * 86400
    with steps.step("an empty home, the organisation's lists") as say:
        home = fresh_home(Path(arguments.home))
        app = home.app(arguments.app)
        before, now = past(first, turn), recent(turn, last)
        say(f"{write_lists(home, app, [*before, *now])} rows filled in")
    with steps.step(f"{arguments.past_days} days of the past") as say:
        say(f"{ingest_past(home, app, before)} records indexed")
    with steps.step("backfill over the past") as say:
        for line in run_backfill(home, app, first, turn).lines():
            say(line)
    with steps.step(f"the last {arguments.hours:g} hours, through S3, SQS and the input") as say:
        collect_recent(home, app, now, say)
    with steps.step("the shipped searches over those hours") as say:
        for line in run_schedule(home, app, turn, end).lines():
            say(line)
    with steps.step("splunkd's REST and the pages"):
        server = start(home, app, 0 if arguments.check else arguments.port)
    with server:
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
