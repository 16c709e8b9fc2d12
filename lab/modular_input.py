"""Running a modular input the way splunkd does.

The script bin/<scheme>.py is asked for its scheme, then to validate the stanza, then run with its
configuration as XML on standard input; its XML stream is indexed as it comes, its standard error
goes to index _internal as splunkd.log, and so do its own log files (lab.monitor). Each stanza runs
once, to its end.

As splunkd: an event that the stream's end cuts off is discarded; a malformed stream ends the run
(what was complete before it stays); an event for an unknown index is dropped and said so.
Unbroken events are taken as they are; LINE_BREAKER is not applied to them.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from lab import conf, monitor
from lab.app import App
from lab.engine.store import Event
from lab.home import Home
from lab.ingest.metrics import MetricError
from lab.ingest.pipeline import Dater, event_fields, metric_event
from lab.ingest.timestamp import parse_time
from lab.xmlstream import StreamError, StreamEvent, StreamParser

# Settings of any input stanza, which splunkd knows beside the scheme's own arguments.
STANDARD_SETTINGS = frozenset({
    "disabled", "host", "index", "interval", "queue", "source", "sourcetype", "python.version",
    "python.required", "start_by_shell", "run_introspection", "run_only_one", "passAuth"})
_NOT_SENT = frozenset({"python.version", "python.required", "start_by_shell", "queue",
                       "run_introspection", "run_only_one"})
BATCH_EVENTS = 20_000
BATCH_CHARACTERS = 64 << 20
CHUNK = 1 << 18
VALIDATION_SECONDS = 60
_LEVEL = re.compile(r"(DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b[:\s]*")


class InputError(Exception):
    """The stanza cannot be run; the text names file, stanza and argument."""


@dataclass(frozen=True)
class Scheme:
    """`arguments` maps a name to whether it is required; `about` to what the scheme says of it."""

    name: str
    title: str
    arguments: dict[str, bool]
    single_instance: bool
    description: str = ""
    about: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class RunReport:
    """What one stanza's run did; `levels` counts the lines of its log, `refused` says which
    events their index cannot hold."""

    stanza: str
    indexed: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    discarded: int = 0
    exit_code: int | None = None
    problem: str = ""
    levels: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def events(self) -> int:
        return sum(self.indexed.values())

    @property
    def succeeded(self) -> bool:
        return not self.problem and self.exit_code == 0 and not self.dropped \
            and not self.refused

    def sentence(self) -> str:
        where = ", ".join(f"{count} in {name}" for name, count in sorted(self.indexed.items()))
        parts = [f"{self.stanza}: {self.events} events indexed" + (f" ({where})" if where else "")]
        if self.dropped:
            parts.append("dropped for unknown indexes: " + ", ".join(
                f"{count} for {name}" for name, count in sorted(self.dropped.items())))
        if self.refused:
            parts.append(f"{len(self.refused)} refused, the first: {self.refused[0]}")
        if self.discarded:
            parts.append("an incomplete last event was discarded")
        if self.levels:
            parts.append("log: " + ", ".join(
                f"{count} {name}" for name, count in sorted(self.levels.items())))
        parts.append(self.problem or f"exit code {self.exit_code}")
        return "; ".join(parts)


# --- stanza, scheme and validation -----------------------------------------------------------


def read_stanzas(app: App, path: Path) -> list[conf.Stanza]:
    """The enabled stanzas of the file, over the app's own defaults for their scheme."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    found = []
    for stanza in conf.read(path).values():
        scheme, mark, name = stanza.name.partition("://")
        if not mark or not name:
            raise InputError(f"{stanza.where()}: [{stanza.name}] is not [scheme://name]")
        defaults = app.inputs.get(scheme)
        if defaults is not None:
            for key, value in defaults.settings.items():
                stanza.settings.setdefault(key, value)
        if not stanza.boolean("disabled", False):
            found.append(stanza)
    if not found:
        raise InputError(f"{path}: it has no enabled stanza")
    return found


def script_of(app: App, scheme: str) -> Path:
    script = app.path / "bin" / f"{scheme}.py"
    if not re.fullmatch(r"[A-Za-z0-9_]+", scheme) or not script.is_file():
        raise InputError(f"scheme {scheme!r}: the app has no bin/{scheme}.py")
    return script.resolve()


def environment(home: Home, more: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """What the script gets: the lab's own (AWS_* and proxies included), less Python's; `more`."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("PYTHON") and name != "VIRTUAL_ENV"}
    monitor.directory(home)
    return {**kept, **more, "SPLUNK_HOME": str(home.path.resolve()),
            "SPLUNK_DB": str((home.path / "indexes").resolve())}


def read_scheme(home: Home, script: Path) -> Scheme:
    done = subprocess.run([sys.executable, str(script), "--scheme"], capture_output=True,
                          env=environment(home), timeout=VALIDATION_SECONDS, check=False,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise InputError(f"{script.name} --scheme: exit code {done.returncode}:"
                         f" {done.stderr.decode('utf-8', 'replace').strip()[-400:]}")
    try:
        root = ElementTree.fromstring(done.stdout)
    except ElementTree.ParseError as error:
        raise InputError(f"{script.name} --scheme does not print XML: {error}") from error
    if root.tag != "scheme":
        raise InputError(f"{script.name} --scheme prints <{root.tag}>, not <scheme>")
    if root.findtext("streaming_mode", "simple") != "xml":
        raise InputError(f"{script.name}: the lab runs streaming_mode xml only")
    arguments = {
        node.get("name", ""): node.findtext("required_on_create", "true").strip() in ("true", "1")
        for node in root.iterfind("endpoint/args/arg")}
    about = {
        node.get("name", ""): {part.tag: (part.text or "").strip() for part in node}
        for node in root.iterfind("endpoint/args/arg")}
    return Scheme(script.stem, root.findtext("title", ""), arguments,
                  root.findtext("use_single_instance", "true").strip() in ("true", "1"),
                  root.findtext("description", ""), about)


def check_arguments(stanza: conf.Stanza, scheme: Scheme) -> None:
    for key in stanza.settings:
        if key not in scheme.arguments and key not in STANDARD_SETTINGS:
            raise InputError(
                f"{stanza.where(key)}: [{stanza.name}] sets {key}, which is not an argument of"
                f" {scheme.name}: {', '.join(scheme.arguments)}")
    for name, required in scheme.arguments.items():
        if required and name != "name" and not stanza.get(name):
            raise InputError(f"{stanza.where()}: [{stanza.name}] needs {name}")


def _parameters(stanza: conf.Stanza) -> str:
    return "".join(f"<param name={quoteattr(key)}>{escape(value)}</param>"
                   for key, value in stanza.settings.items() if key not in _NOT_SENT)


def _head(home: Home, scheme: str, server_uri: str, session_key: str) -> str:
    checkpoints = home.checkpoints_dir / scheme
    checkpoints.mkdir(exist_ok=True)
    return ("<server_host>lab</server_host>"
            f"<server_uri>{escape(server_uri)}</server_uri>"
            f"<session_key>{escape(session_key)}</session_key>"
            f"<checkpoint_dir>{escape(str(checkpoints.resolve()))}</checkpoint_dir>")


_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def configuration(home: Home, stanza: conf.Stanza, server_uri: str, session_key: str) -> bytes:
    """What splunkd writes to a run's standard input."""
    scheme = stanza.name.partition("://")[0]
    return (f"{_DECLARATION}<input>{_head(home, scheme, server_uri, session_key)}"
            f"<configuration><stanza name={quoteattr(stanza.name)} app=\"\">"
            f"{_parameters(stanza)}</stanza></configuration></input>\n").encode()


def validate(home: Home, script: Path, stanza: conf.Stanza, server_uri: str,
             session_key: str) -> None:
    """Raises InputError with the script's own message where it refuses the stanza."""
    scheme, _, name = stanza.name.partition("://")
    document = (f"{_DECLARATION}<items>{_head(home, scheme, server_uri, session_key)}"
                f"<item name={quoteattr(name)}>{_parameters(stanza)}</item></items>\n").encode()
    done = subprocess.run([sys.executable, str(script), "--validate-arguments"], input=document,
                          capture_output=True, env=environment(home), check=False,
                          timeout=VALIDATION_SECONDS)
    if done.returncode == 0:
        return
    message = done.stdout.decode("utf-8", "replace").strip()
    with contextlib.suppress(ElementTree.ParseError):
        # Scripts that die before they can answer print something that is not XML: show that.
        message = ElementTree.fromstring(message).findtext("message") or message
    message = message or done.stderr.decode("utf-8", "replace").strip()[-400:]
    raise InputError(f"{stanza.where()}: [{stanza.name}] is refused by {script.name}: {message}")


# --- running ---------------------------------------------------------------------------------


class _Indexer:
    """Puts stream events into the store, in batches, with the stanza's defaults."""

    def __init__(self, home: Home, app: App, stanza: conf.Stanza, report: RunReport,
                 index_time: Callable[[float], float] | None):
        self._home, self._app, self._stanza, self._report = home, app, stanza, report
        self._index_time = index_time
        self._batches: dict[str, list[Event]] = {}
        self._events = self._characters = 0
        self._daters: dict[tuple[str, str, str], Dater] = {}

    def add(self, event: StreamEvent) -> None:
        get, stanza = event.values.get, self._stanza
        scheme = stanza.name.partition("://")[0]
        index = get("index") or stanza.get("index") or "default"
        index = "main" if index == "default" else index
        if index not in self._app.indexes:
            self._report.dropped[index] = self._report.dropped.get(index, 0) + 1
            return
        host = get("host") or stanza.get("host") or "lab"
        host = "lab" if host == "$decideOnStartup" else host
        source = get("source") or stanza.get("source") or stanza.name
        sourcetype = get("sourcetype") or stanza.get("sourcetype") or scheme
        key = (sourcetype, source, host)
        dater = self._daters.get(key)
        if dater is None:
            if len(self._daters) > 5000:
                self._daters.clear()
            dater = self._daters[key] = Dater(self._app, *key)
        text = get("data", "").rstrip("\r\n")
        now = time.time()
        try:
            if self._app.indexes[index].datatype == "metric":
                raw, (found, fields) = "", metric_event(text, dater)
            else:
                raw, fields = dater.cut(text), event_fields(text, dater)
                found = None if get("time") else dater.recogniser.find(raw)
        except MetricError as error:
            self._report.refused.append(f"{index}: {error}")
            return
        moment = parse_time(get("time")) if get("time") else found
        moment = now if moment is None else moment
        indextime = now if self._index_time is None else self._index_time(moment)
        self._batches.setdefault(index, []).append(
            Event(moment, indextime, raw, sourcetype, source, host, fields))
        self._events += 1
        self._characters += len(raw)
        if self._events >= BATCH_EVENTS or self._characters >= BATCH_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        for index, events in self._batches.items():
            count = self._home.store.append(index, events)
            self._report.indexed[index] = self._report.indexed.get(index, 0) + count
        self._batches = {}
        self._events = self._characters = 0


def _read_log(stream: Any, stanza: str, script: Path, lines: list[Event],
              report: RunReport, say: Callable[[str], None]) -> None:
    """Standard error, line by line, as ExecProcessor logs it: without a level it is an ERROR."""
    for data in stream:
        text = data.decode("utf-8", "replace").rstrip("\n")
        if not text:
            continue
        match = _LEVEL.match(text)
        level = {"WARNING": "WARN", "CRITICAL": "FATAL"}.get(match[1], match[1]) if match else "ERROR"
        report.levels[level] = report.levels.get(level, 0) + 1
        now = time.time()
        stamp = datetime.fromtimestamp(now, timezone.utc).strftime("%m-%d-%Y %H:%M:%S.%f")[:-3]
        raw = (f'{stamp} +0000 {level} ExecProcessor - message from "python {script.name}"'
               f" {text}")
        lines.append(Event(now, now, raw, "splunkd", "splunkd.log", "lab"))
        if level != "DEBUG":
            say(f"{stanza}: {text}")


def run_stanza(home: Home, app: App, stanza: conf.Stanza, server_uri: str, session_key: str,
               say: Callable[[str], None] = lambda text: None,
               index_time: Callable[[float], float] | None = None,
               started: Callable[[subprocess.Popen], None] = lambda process: None,
               more: Mapping[str, str] = MappingProxyType({})) -> RunReport:
    """One run to its end. `index_time` maps an event's time to its index time (default: now).

    `started` gets the process, for a test that means to stop or kill it; `more` is added to the
    process's environment.
    """
    script = script_of(app, stanza.name.partition("://")[0])
    check_arguments(stanza, read_scheme(home, script))
    validate(home, script, stanza, server_uri, session_key)
    report, lines = RunReport(stanza.name), []
    indexer, parser = _Indexer(home, app, stanza, report, index_time), StreamParser()
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=environment(home, more), cwd=home.path)
    started(process)
    log = threading.Thread(target=_read_log, daemon=True,
                           args=(process.stderr, stanza.name, script, lines, report, say))
    log.start()
    try:
        with contextlib.suppress(BrokenPipeError):
            # A script that ended before it read its configuration is told by its exit code.
            process.stdin.write(configuration(home, stanza, server_uri, session_key))
            process.stdin.close()
        _read_stream(process, parser, indexer, report)
    except BaseException:
        process.kill()
        raise
    finally:
        report.exit_code = process.wait()
        log.join()
        for pipe in (process.stdout, process.stderr):
            pipe.close()
        indexer.flush()
        report.seconds = time.monotonic() - began
        if report.problem:
            raw = f"ERROR ExecProcessor - Invalid XML from {script.name}: {report.problem}"
            now = time.time()
            lines.append(Event(now, now, raw, "splunkd", "splunkd.log", "lab"))
        if lines:
            home.store.append("_internal", lines)
        monitor.read_new(home, app)
    return report


def _read_stream(process: subprocess.Popen, parser: StreamParser, indexer: _Indexer,
                 report: RunReport) -> None:
    descriptor = process.stdout.fileno()
    while chunk := os.read(descriptor, CHUNK):
        try:
            events = parser.feed(chunk)
        except StreamError as error:
            report.problem = f"malformed stream: {error}"
            events = parser.recovered()
            process.kill()
        for event in events:
            indexer.add(event)
        if report.problem:
            return
    report.discarded = int(parser.inside_event)


@contextlib.contextmanager
def _server(home: Home, app: App) -> Iterator[tuple[str, str]]:
    """splunkd's REST for the time of the run: its address and a session key of the system."""
    from lab.server import start

    with start(home, app, 0) as server:
        yield server.url, server.system_token


def run_stanzas(home: Home, app: App, path: Path, say: Callable[[str], None] = lambda text: None,
                index_time: Callable[[float], float] | None = None) -> list[RunReport]:
    """Every enabled stanza of the file, one after the other. Raises InputError."""
    stanzas = read_stanzas(app, path)
    with _server(home, app) as (server_uri, session_key):
        return [run_stanza(home, app, stanza, server_uri, session_key, say, index_time)
                for stanza in stanzas]
