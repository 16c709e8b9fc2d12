"""The way out through the HTTP Event Collector: recorded when the indexers have acknowledged.

Order for a chunk: announce, post, keep its record back; when its acknowledgement has come, and
those of all chunks before it, append the record. `sync` waits for all. A chunk without an
acknowledgement is posted again, so that the way to the indexers is at least once from end to end.
Endpoints and codes: "HTTP Event Collector REST API endpoints", "About HTTP Event Collector Indexer
Acknowledgment" (docs.splunk.com).
"""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .declare import Argument, Meta
from .errors import AuthError, CheckpointError, InvalidArgument, Stopped
from .hec_events import LARGEST_EVENT, NO_DEFAULTS, HecEncoder
from .journal import Journal
from .retry import delays
from .tls import context_for

REALM = "ciw_hec"
_TIMEOUT = 60
_ATTEMPTS = 6
_LONGEST_DELAY = 30.0
# Chunks that may wait for their acknowledgement, in bytes.
_WINDOW = 16 << 20
_ACK_PAUSE = 0.5
_RESENDS = 2
# In place of the number of an acknowledgement that will not come.
_VOID = 1 << 62
# HEC's codes ("Troubleshoot HTTP Event Collector") and what to do about them.
_REFUSALS = {
    6: "it takes no such payload: is an event larger than its maxEventSize?",
    7: "it does not take the index: allow the input's index and quarantine_index for the token",
    10: "it has no channel: it is no HTTP Event Collector that acknowledges",
    14: "switch on indexer acknowledgement (useACK) for the token",
}

ARGUMENTS = (
    Argument(
        "output",
        "Output",
        "xml: the stream that splunkd reads from the input. hec: the HTTP Event Collector with "
        "indexer acknowledgement; what has been read is then recorded only when it is indexed",
        kind="choice",
        default="xml",
        choices=("xml", "hec"),
    ),
    Argument(
        "hec_url",
        "Collector's URL",
        "With output = hec: https://HOST:8088",
        pattern=r"https?://[\w.-]+(:\d{1,5})?",
        shape="https://HOST:PORT",
    ),
    Argument(
        "hec_credential",
        "Collector's token",
        "With output = hec: name of the entry of realm ciw_hec in storage/passwords whose password "
        "is the token; the token must use indexer acknowledgement",
        pattern=r"[\w.@ -]{1,128}",
    ),
    Argument(
        "hec_ack_seconds",
        "Wait for acknowledgement",
        "With output = hec: seconds after which a chunk without an acknowledgement is posted "
        "again; after the third time the run ends, and its events come again",
        kind="integer",
        default="120",
        minimum=1,
        maximum=3600,
    ),
    Argument(
        "hec_max_event_mb",
        "Largest event",
        "With output = hec: the collector's maxEventSize in MB (inputs.conf, [http]); an event "
        "that is larger would be refused with its whole chunk, and is quarantined instead",
        kind="integer",
        default=str(LARGEST_EVENT >> 20),
        minimum=1,
        maximum=64,
    ),
)


def check(arguments: dict[str, Any]) -> None:
    """Raises InvalidArgument for what single arguments cannot tell."""
    if arguments["output"] != "hec":
        return
    for name in ("hec_url", "hec_credential"):
        if not arguments[name]:
            raise InvalidArgument(f"argument {name} is required with output = hec")
    parts = urlsplit(arguments["hec_url"])
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise InvalidArgument(f"argument hec_url: only https is accepted, not {parts.hostname}")


@dataclass
class _Chunk:
    """A chunk on its way; `ack` is its number on the channel."""

    data: bytes
    record: bytes
    ack: int
    posted: float
    resends: int = 0


class HecOutlet:
    """Posts chunks; the same interface as the outlets of the XML stream.

    `credential` is the token's name in messages, `defaults` what pages leave to the stanza,
    `patience` the seconds to wait for an acknowledgement. `counts` has how often the collector
    was busy, and the seconds that cost.
    """

    opening = b""
    ending = b""
    page_bytes = 512 * 1024

    def __init__(
        self, url: str, token: str, journal: Journal, stop: Any,
        clock: Callable[[], float] = time.monotonic, credential: str = "",
        defaults: Meta = NO_DEFAULTS, patience: float = 120.0, largest_event: int = LARGEST_EVENT,
    ):
        self.encode = HecEncoder(defaults, largest_event).encode
        self.counts = {"output_busy": 0, "output_busy_seconds": 0.0}
        self._token_at = (
            f"argument hec_credential: entry {credential!r} of realm {REALM} in storage/passwords"
        )
        self._patience = patience
        self._is_checked = False
        self._parts = urlsplit(url)
        self._name = f"the HTTP Event Collector at {self._parts.netloc}"
        self._headers = {
            "Authorization": "Splunk " + token,
            "X-Splunk-Request-Channel": str(uuid.uuid4()),
            "Content-Type": "application/json",
        }
        self._journal = journal
        self._stop = stop
        self._clock = clock
        self._waiting: deque[_Chunk] = deque()
        self._acknowledged: set[int] = set()
        self._size = 0
        self._connection: http.client.HTTPConnection | None = None

    def send(self, data: bytes, announcement: bytes = b"", record: bytes = b"") -> None:
        """Posts a chunk; its record follows its acknowledgement.

        Raises Stopped, AuthError, CheckpointError.
        """
        while data and self._size + len(data) > _WINDOW and self._waiting:
            self._poll()
        if announcement:
            self._journal.append(announcement)
        if data:
            chunk = _Chunk(data, record, _VOID, self._clock())
            self._waiting.append(chunk)
            self._size += len(data)
            self._post_chunk(chunk)
        elif record:
            # Nothing to wait for but what goes before it.
            self._waiting.append(_Chunk(b"", record, -1, self._clock()))
        self._settle()

    def sync(self) -> None:
        """Returns when every chunk is acknowledged and recorded."""
        while self._waiting:
            self._settle()
            if self._waiting:
                self._poll()
        self._journal.sync()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _settle(self) -> None:
        """Records what has been acknowledged, in the order in which it was posted."""
        while self._waiting and (
            self._waiting[0].ack < 0 or self._waiting[0].ack in self._acknowledged
        ):
            chunk = self._waiting.popleft()
            self._acknowledged.discard(chunk.ack)
            self._size -= len(chunk.data)
            if chunk.record:
                self._journal.append(chunk.record)

    def _poll(self) -> None:
        """Asks for acknowledgements once; posts again what has waited for too long."""
        wanted = [chunk.ack for chunk in self._waiting if 0 <= chunk.ack < _VOID]
        answer = self._call("/services/collector/ack", json.dumps({"acks": wanted}).encode())
        found = answer.get("acks", {})
        self._acknowledged.update(number for number in wanted if found.get(str(number)))
        self._settle()
        if not self._waiting:
            return
        first = self._waiting[0]
        if self._clock() - first.posted > self._patience:
            if first.resends >= _RESENDS:
                raise CheckpointError(
                    f"the indexers did not acknowledge a chunk within {self._patience:.0f} s "
                    f"(argument hec_ack_seconds), {_RESENDS + 1} times: it is not recorded and "
                    "comes again"
                )
            first.resends += 1
            self._post_chunk(first)
        elif self._stop.wait(_ACK_PAUSE):
            raise Stopped("asked to stop before the indexers had acknowledged everything")

    def _post_chunk(self, chunk: _Chunk) -> None:
        number = self._post(chunk.data)
        # A collector that was restarted counts from 0 again and knows nothing of what it had: an
        # acknowledgement of the new chunk with that number would be taken for the old one's.
        for other in self._waiting:
            if number <= other.ack < _VOID:
                other.ack, other.posted = _VOID, float("-inf")
        self._acknowledged.discard(number)
        chunk.ack, chunk.posted = number, self._clock()

    def _post(self, data: bytes) -> int:
        if not self._is_checked:
            # Events of a token that acknowledges nothing would be indexed again by every run.
            self._call("/services/collector/ack", b'{"acks":[0]}')
            self._is_checked = True
        # Times stand in the events; only one without a time is looked through for its own.
        target = "/services/collector/event?auto_extract_timestamp=true"
        answer = self._call(target, data)
        if "ackId" not in answer:
            raise CheckpointError(
                "the HTTP Event Collector gave no acknowledgement id: switch on indexer "
                "acknowledgement (useACK) for the token"
            )
        return int(answer["ackId"])

    def _call(self, target: str, body: bytes) -> dict[str, Any]:
        waits = delays(_ATTEMPTS, 1.0, _LONGEST_DELAY)
        while True:
            try:
                connection = self._connect()
                connection.request("POST", target, body=body, headers=self._headers)
                response = connection.getresponse()
                content = response.read()
                if response.status == 200:
                    return json.loads(content)
                failure = f"HTTP {response.status}: {content[:200].decode('utf-8', 'replace')}"
                self._refuse(response.status, content, failure)
                busy = response.status in (429, 503)
            except (OSError, http.client.HTTPException, ValueError) as error:
                failure = f"{type(error).__name__}: {error}"
                busy = False
                self.close()
                self._connection = None
            delay = next(waits, None)
            if delay is None:
                raise CheckpointError(
                    f"{self._name} (argument hec_url) does not take events: {failure}"
                )
            if busy:
                self.counts["output_busy"] += 1
                self.counts["output_busy_seconds"] += delay
            if self._stop.wait(delay):
                raise Stopped("asked to stop while the HTTP Event Collector did not answer")

    def _refuse(self, status: int, content: bytes, failure: str) -> None:
        """Raises for an answer that asking again does not change."""
        if status in (401, 403):
            raise AuthError(f"{self._name} refuses the token: {failure} ({self._token_at})")
        if status == 400:
            try:
                code = json.loads(content).get("code")
            except (ValueError, AttributeError):
                code = None
            advice = _REFUSALS.get(code, "see the collector's codes")
            raise CheckpointError(
                f"{self._name} refuses what is sent: {failure}: {advice} ({self._token_at})"
            )

    def _connect(self) -> http.client.HTTPConnection:
        if self._connection is None:
            host, port = self._parts.hostname or "", self._parts.port or 8088
            if self._parts.scheme == "https":
                self._connection = http.client.HTTPSConnection(
                    host, port, timeout=_TIMEOUT, context=context_for(host)
                )
            else:
                self._connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
        return self._connection
