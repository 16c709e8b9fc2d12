"""Runs an input as splunkd does: configuration XML on standard input, the stream from a pipe."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from lab.xmlstream import StreamEvent, StreamParser

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "bin" / "aws_cloudtrail.py"
PACKAGED_LIBRARIES = ROOT / "build" / "package" / "cloud_instance_watch" / "lib"
SESSION_KEY = "canary-session-key-000001"


@dataclass
class Outcome:
    """What splunkd would have of a run: complete events, log lines and the exit status."""

    status: int | None
    stream: bytes
    log: str
    events: list[StreamEvent] = field(default_factory=list)

    def of(self, sourcetype: str) -> list[str]:
        """The data of the events of one source type."""
        return [e.values["data"] for e in self.events if e.values["sourcetype"] == sourcetype]

    @property
    def records(self) -> list[dict]:
        return [json.loads(text) for text in self.of("aws:cloudtrail")]

    @property
    def event_ids(self) -> list[str]:
        return [record["eventID"] for record in self.records]

    @property
    def quarantined(self) -> list[dict]:
        return [json.loads(text) for text in self.of("ciw:quarantine")]

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of the run's last log line."""
        line = next(line for line in self.log.splitlines() if "event=run_end" in line)
        pairs = (word.split("=", 1) for word in line.split() if "=" in word)
        return {key: int(value) for key, value in pairs if value.isdigit()}


def configuration(
    checkpoint_dir: Path,
    parameters: Mapping[str, str],
    name: str = "main",
    server_uri: str = "",
    session_key: str = SESSION_KEY,
    scheme: str = "aws_cloudtrail",
) -> bytes:
    """The document splunkd writes to an input's standard input."""
    written = "".join(
        f"<param name={quoteattr(key)}>{escape(value)}</param>" for key, value in parameters.items()
    )
    return (
        "<input><server_host>here</server_host>"
        f"<server_uri>{escape(server_uri)}</server_uri><session_key>{session_key}</session_key>"
        f"<checkpoint_dir>{escape(str(checkpoint_dir))}</checkpoint_dir><configuration>"
        f'<stanza name="{scheme}://{name}" app="cloud_instance_watch">{written}</stanza>'
        "</configuration></input>"
    ).encode()


def environment(extra: Mapping[str, str], python: str = sys.executable) -> dict[str, str]:
    """The process's environment; another interpreter gets the package's own libraries."""
    clouds = ("AWS_", "AZURE_", "GOOGLE_", "CIW_ENDPOINT_")
    keep = {key: value for key, value in os.environ.items() if not key.startswith(clouds)}
    keep.update(extra)
    if python != sys.executable:
        keep["PYTHONPATH"] = str(PACKAGED_LIBRARIES)
    return keep


def start(document: bytes, env: Mapping[str, str], python: str = sys.executable):
    """The input's process, of the scheme that the document names, with its output on a pipe."""
    scheme = re.search(rb'<stanza name="(\w+)://', document).group(1).decode()
    process = subprocess.Popen(
        [python, str(ROOT / "bin" / f"{scheme}.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(env, python),
    )
    process.stdin.write(document)
    process.stdin.close()
    process.stdin = None
    return process


def run(
    document: bytes, env: Mapping[str, str], python: str = sys.executable, timeout: float = 120
) -> Outcome:
    """A run to its end. Raises lab.xmlstream.StreamError when the stream is malformed.

    Whatever was done to it, what it read and what came of that are the same number.
    """
    process = start(document, env, python)
    stream, log = process.communicate(timeout=timeout)
    assert b"event=counts_differ" not in log, log.decode()
    return outcome(process.returncode, stream, log)


def outcome(status: int | None, stream: bytes, log: bytes) -> Outcome:
    parser = StreamParser()
    events = list(parser.feed(stream)) if stream else []
    return Outcome(status, stream, log.decode(), events)
