"""The lab's command line. Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 bad SPL.

Results go to standard output, everything said about them to standard error.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from lab.app import App
from lab.conf import ConfError
from lab.home import Home
from lab.spl.errors import SPLError, render

REPOSITORY = Path(__file__).resolve().parents[1]

FAILED, WRONG_ARGUMENTS, BAD_SPL = 1, 2, 3


class UsageError(Exception):
    """An argument that cannot be used; the text names it."""


def say(text: str) -> None:
    print(text, file=sys.stderr)


def moment(text: str, now: float, option: str) -> float:
    """Epoch seconds from epoch seconds, ISO 8601 or a time modifier."""
    from lab.ingest.timestamp import parse_time
    from lab.spl.timemodifier import resolve

    found = parse_time(text)
    if found is not None:
        return found
    try:
        return resolve(text, now)
    except SPLError as error:
        raise UsageError(f"{option} {text!r}: neither epoch seconds, ISO 8601 nor a time modifier"
                         " such as -24h@h") from error


def _optional(text: str | None, now: float, option: str) -> float | None:
    return None if text is None else moment(text, now, option)


def _now(arguments: argparse.Namespace) -> float:
    return time.time() if arguments.now is None else moment(arguments.now, time.time(), "--now")


def _span(arguments: argparse.Namespace) -> tuple[float, float]:
    now = time.time()
    start, end = moment(arguments.start, now, "--from"), moment(arguments.end, now, "--to")
    if end <= start:
        raise UsageError("--to is not later than --from")
    return start, end


def _output(result: object, form: str) -> None:
    from lab.results import write

    write(result, form, sys.stdout)
    for message in result.messages:
        say(message)
    for effect in result.effects:
        say(effect)


# --- commands --------------------------------------------------------------------------------


def ingest(arguments: argparse.Namespace, home: Home, app: App) -> int:
    from lab.ingest.pipeline import Request
    from lab.ingest.pipeline import ingest as ingest_files

    report = ingest_files(home, app, [Path(name) for name in arguments.files], Request(
        index=arguments.index, sourcetype=arguments.sourcetype, source=arguments.source,
        host=arguments.host, time_field=arguments.time_field,
        index_time=_optional(arguments.index_time, time.time(), "--index-time")), say)
    if report.quarantined:
        say(f"{len(report.quarantined)} pieces quarantined in {home.quarantine_dir}")
    print(report.indexed)
    return 0


def search(arguments: argparse.Namespace, home: Home, app: App) -> int:
    from lab.engine.run import Context
    from lab.engine.run import search as run_search

    now = _now(arguments)
    _output(run_search(arguments.spl, Context(
        home=home, app=app, now=now, earliest=_optional(arguments.earliest, now, "--earliest"),
        latest=_optional(arguments.latest, now, "--latest"))), arguments.format)
    return 0


def savedsearch(arguments: argparse.Namespace, home: Home, app: App) -> int:
    from lab.runs import bind, run, saved_search

    given = {}
    for pair in arguments.arg:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--arg {pair!r} is not name=value")
        given[key] = value
    arguments.spl = bind(saved_search(app, arguments.name), given)
    _output(run(home, app, arguments.name, _now(arguments), given), arguments.format)
    return 0


def schedule(arguments: argparse.Namespace, home: Home, app: App) -> int:
    from lab.scheduler import run_schedule

    start, end = _span(arguments)
    summary = run_schedule(home, app, start, end, not arguments.run_all,
                           say if arguments.verbose else lambda text: None)
    print("\n".join(summary.lines()))
    return 0


def backfill(arguments: argparse.Namespace, home: Home, app: App) -> int:
    from lab.scheduler import run_backfill

    summary = run_backfill(home, app, *_span(arguments), say)
    print("\n".join(summary.lines()))
    return 0


def run_input(arguments: argparse.Namespace, home: Home, app: App) -> int:
    from lab.modular_input import run_stanzas

    reports = run_stanzas(home, app, Path(arguments.stanza), say)
    for report in reports:
        print(report.sentence())
    return 0 if all(report.succeeded for report in reports) else FAILED


def scenario(arguments: argparse.Namespace, home: Home, app: App) -> int:
    from lab import scenarios

    if arguments.action == "list":
        for found in scenarios.all_scenarios():
            print(f"{found.id:<28} {found.title}")
        return 0
    if not arguments.name or not arguments.out:
        raise UsageError("scenario write takes a NAME and --out DIR")
    found = scenarios.get(arguments.name)
    now = time.time()
    start = _optional(arguments.start, now, "--start")
    written = scenarios.write(found, Path(arguments.out), arguments.seed, start)
    print(f"{written.records} records in {written.files} files; labels in {written.labels}")
    return 0


def lint(arguments: argparse.Namespace, home: Home, app: App) -> int:
    import json

    from lab.lint.check import accepted_findings, check

    # What is accepted is accepted of this app; another has its own reasons.
    own = app.path.resolve() == REPOSITORY
    outcome = check(app, accepted_findings() if own else [])
    if arguments.format == "json":
        print(json.dumps([finding.record() for finding in outcome.open], indent=2))
    else:
        print("\n\n".join("\n".join(finding.lines()) for finding in outcome.open), end="\n" * bool(
            outcome.open))
    for one in outcome.stale:
        say(f"accepted.yaml: {one.rule} at {one.place!r} matches no finding any more; remove it")
    say(f"{len(outcome.open)} findings, {outcome.accepted} accepted")
    return FAILED if outcome.open or outcome.stale else 0


def explain(arguments: argparse.Namespace, home: Home, app: App) -> int:
    from lab.engine.run import Context
    from lab.explain import explain as explain_search

    now = _now(arguments)
    print(explain_search(arguments.spl, Context(
        home=home, app=app, now=now, earliest=_optional(arguments.earliest, now, "--earliest"),
        latest=_optional(arguments.latest, now, "--latest"), write=False), arguments.analyze))
    return 0


def serve(arguments: argparse.Namespace, home: Home, app: App) -> int:
    from lab.server import serve as serve_app

    serve_app(home, app, arguments.port)
    return 0


# --- arguments -------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="lab", description="A stand-in for Splunk on one machine, for one app.")
    top.add_argument("--home", default=".lab", help="the lab's data (default: .lab)")
    top.add_argument("--app", default=str(REPOSITORY), help="the app (default: this repository)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Callable, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.set_defaults(run=run)
        return made

    def output(made: argparse.ArgumentParser) -> None:
        made.add_argument("--now", metavar="T", help="the searches' now (default: the clock)")
        made.add_argument("--format", choices=("json", "csv", "table"), default="json")

    def span(made: argparse.ArgumentParser) -> None:
        made.add_argument("--from", dest="start", required=True, metavar="T")
        made.add_argument("--to", dest="end", required=True, metavar="T")

    made = command("ingest", ingest, "index files; prints the number of events")
    made.add_argument("--index", required=True)
    made.add_argument("--sourcetype", required=True)
    made.add_argument("--source", help="default: the file's name as given")
    made.add_argument("--host", default="lab")
    made.add_argument("--time-field", help="JSON field with epoch seconds or ISO 8601")
    made.add_argument("--index-time", metavar="T", help="default: each event's own time")
    made.add_argument("files", nargs="+", metavar="FILE")

    made = command("search", search, "run SPL in the app's context")
    made.add_argument("--earliest", metavar="T")
    made.add_argument("--latest", metavar="T")
    output(made)
    made.add_argument("spl", metavar="SPL")

    made = command("explain", explain, "show the plan of a search and its SQL; nothing is written")
    made.add_argument("--now", metavar="T", help="the search's now (default: the clock)")
    made.add_argument("--earliest", metavar="T")
    made.add_argument("--latest", metavar="T")
    made.add_argument("--analyze", action="store_true", help="run it and show DuckDB's profile")
    made.add_argument("spl", metavar="SPL")

    made = command("lint", lint, "look for Splunk's traps in all of the app's SPL")
    made.add_argument("--format", choices=("text", "json"), default="text")

    made = command("savedsearch", savedsearch, "run one saved search with its side effects")
    made.add_argument("name", metavar="NAME")
    made.add_argument("--arg", action="append", default=[], metavar="NAME=VALUE")
    output(made)

    made = command("schedule", schedule, "run every scheduled search at its times, simulated")
    span(made)
    made.add_argument("--run-all", action="store_true",
                      help="also the runs that provably can change nothing")
    made.add_argument("--verbose", action="store_true", help="say every effect")

    made = command("backfill", backfill, "run the app's backfill searches over past data")
    span(made)

    made = command("input", run_input, "run a modular input as splunkd does")
    made.add_argument("stanza", metavar="STANZA.conf")

    made = command("scenario", scenario, "list the scenarios, or write one")
    made.add_argument("action", choices=("list", "write"))
    made.add_argument("name", nargs="?", metavar="NAME")
    made.add_argument("--out", metavar="DIR")
    made.add_argument("--start", metavar="T", help="when the scenario begins")
    made.add_argument("--seed", type=int, default=1)

    made = command("serve", serve, "serve splunkd's REST, the dashboards and the desk")
    made.add_argument("--port", type=int, default=8000)
    return top


def _failures() -> tuple[type[Exception], ...]:
    """What is told in one sentence; anything else is a fault of the lab and shows its trace."""
    from lab.cron import CronError
    from lab.ingest.pipeline import IngestError
    from lab.lookups import UnknownLookup
    from lab.modular_input import InputError
    from lab.runs import UnknownSavedSearch
    from lab.scenarios import ScenarioError

    return (ConfError, CronError, IngestError, InputError, UnknownLookup, UnknownSavedSearch,
            ScenarioError, OSError)


def main(words: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(words)
    from lab.scheduler import RunFailed

    try:
        home = Home(arguments.home)
        app = home.app(arguments.app)
        return arguments.run(arguments, home, app)
    except UsageError as error:
        say(f"lab {arguments.command}: {error}")
        return WRONG_ARGUMENTS
    except SPLError as error:
        say(render(error, getattr(arguments, "spl", "")))
        return BAD_SPL
    except RunFailed as error:
        say(str(error))
        return BAD_SPL
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except _failures() as error:
        say(f"lab {arguments.command}: {error}")
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
