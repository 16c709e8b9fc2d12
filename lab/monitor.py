"""The log directory that every Splunk monitors: $SPLUNK_HOME/var/log/splunk, into _internal.

Splunk's own inputs.conf monitors the directory; a file gets its source type from a [source::…]
stanza with `sourcetype` ("props.conf.spec": it can only be set for such a stanza), here from the
app's props. A file without one gets a source type made from its name, as Splunk learns it. How
far each file has been read is kept beside the indexes, by inode, as splunkd's fishbucket does.
"""

from __future__ import annotations

import fcntl
import json
import time
from pathlib import Path

from lab.app import App
from lab.engine.store import Event
from lab.home import Home
from lab.ingest.pipeline import Dater

INDEX = "_internal"


def directory(home: Home) -> Path:
    path = home.path / "var" / "log" / "splunk"
    path.mkdir(parents=True, exist_ok=True)
    return path


def read_new(home: Home, app: App, host: str = "lab") -> int:
    """Indexes the whole lines that the files have got since the last call; their number. One reader
    at a time: inputs that end together would index the same lines twice."""
    with (home.path / "fishbucket.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _read_new(home, app, host)


def _read_new(home: Home, app: App, host: str) -> int:
    ledger = home.path / "fishbucket.json"
    known: dict[str, int] = json.loads(ledger.read_text("utf-8")) if ledger.is_file() else {}
    events: list[Event] = []
    for path in sorted(directory(home).glob("*.log*")):
        mark = str(path.stat().st_ino)
        with path.open("rb") as handle:
            handle.seek(known.get(mark, 0))
            content = handle.read()
        whole = content[:content.rfind(b"\n") + 1]
        known[mark] = known.get(mark, 0) + len(whole)
        events += _events(app, path, whole, host)
    if events:
        home.store.append(INDEX, events)
        ledger.write_text(json.dumps(known), "utf-8")
    return len(events)


def _events(app: App, path: Path, content: bytes, host: str) -> list[Event]:
    source = str(path)
    sourcetype = dict(app.props("", source, host)).get("sourcetype", path.stem)
    dater, now = Dater(app, sourcetype, source, host), time.time()
    made = []
    for line in content.decode("utf-8", "replace").splitlines():
        if line.strip():
            moment = dater.recogniser.find(line)
            made.append(Event(now if moment is None else moment, now, dater.cut(line), sourcetype,
                              source, host))
    return made
