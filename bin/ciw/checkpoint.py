"""How far every shard has been read: one interface, a journal in front of one of two stores.

The outlet records each chunk in the journal, in the stanza's checkpoint directory, as soon as it is
sent. `sync` makes that durable: on this disk for the file store, for every member of the cluster
for the KV store. An acknowledgement to the cloud comes after `sync` only.
A chunk is announced before it is sent. Where everything ended between the announcement and the
record, the next run knows which events may come twice and says so.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from .declare import Cursor
from .errors import CheckpointError
from .journal import Journal, encode

# Age at which a finished shard that is still asked for is remembered anew, in seconds: half the
# least that `checkpoint_days` may be.
_RENEWED = 43200.0

# Size at which the file store takes over the journal's entries, in bytes.
_JOURNAL_LIMIT = 4 << 20


@dataclass(frozen=True)
class InDoubt:
    """A chunk that was announced but not committed: positions after `start` up to `end`."""

    label: str
    start: float
    end: float


def shard_key(stanza: str, shard: str) -> str:
    """The checkpoint's key of a shard: 40 hexadecimal digits of SHA-256."""
    return hashlib.sha256((stanza + "\0" + shard).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def to_document(cursor: Cursor, updated: float) -> dict[str, Any]:
    return {
        "position": cursor.position,
        "done": cursor.done,
        "state": cursor.state,
        "updated": updated,
    }


def from_document(document: dict[str, Any]) -> Cursor:
    return Cursor(document["position"], document["done"], document["state"])


class Checkpoint:
    """Cursors of one stanza.

    `store` has `eager` (save on every sync), `load(key)` -> document or None,
    `save({key: document})` (durable when it returns), `prune(before)` -> number removed,
    `confirm()`, which raises CheckpointError where this process may send nothing more, and
    `place`, its name in messages.
    A shard's position never goes back: what a crash left behind does not undo another's progress.
    """

    def __init__(self, stanza: str, store: Any, journal: Journal, outlet: Any):
        self._stanza = stanza
        self._journal = journal
        self._outlet = outlet
        self._size = journal.size()
        self._store = store
        self._pending: dict[str, dict[str, Any]] = {}
        # Other processes see what is synced: a shard's end is worth telling them.
        self.shared = bool(store.eager)
        self.in_doubt = self._replay()

    def _replay(self) -> list[InDoubt]:
        intents: dict[str, InDoubt] = {}
        for entry in self._journal.read():
            key = entry["k"]
            if "i" in entry:
                intents[key] = InDoubt(entry["l"], entry["i"][0], entry["i"][1])
                continue
            intents.pop(key, None)
            if "d" in entry:
                self._pending[key] = entry["d"]
        if self._store.eager:
            self._drop_overtaken()
            self._flush()
        else:
            # Said once; the journal goes on.
            for key in intents:
                self._journal.append(encode({"k": key}))
        return list(intents.values())

    def get(self, shard: str) -> Cursor | None:
        key = shard_key(self._stanza, shard)
        document = self._pending.get(key) or self._store.load(key)
        if not document:
            return None
        try:
            cursor, updated = from_document(document), float(document["updated"])
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"the checkpoint of {shard!r} is not in a form that this version knows ({error!r}): "
                f"move {self._store.place} away to start without it (what it recorded may then "
                "be read twice)"
            ) from error
        if cursor.done and time.time() - updated > _RENEWED:
            self._renew(key, document)
        return cursor

    def _renew(self, key: str, document: dict[str, Any]) -> None:
        """Keeps a finished shard from being forgotten while somebody asks for it: what lies
        before a shard that cannot be read, or is announced again, would come a second time."""
        self._record(key, {**document, "updated": round(time.time(), 3)})

    def send(self, shard: str, label: str, start: float, cursor: Cursor, data: bytes = b"") -> None:
        """Sends a chunk that holds the events after `start` and records `cursor` behind it.

        Raises Stopped, BrokenPipeError, CheckpointError.
        """
        key = shard_key(self._stanza, shard)
        announcement = b""
        if data:
            self._store.confirm()
            announcement = encode({"k": key, "l": label, "i": [start, cursor.position]})
        self._record(key, to_document(cursor, round(time.time(), 3)), data, announcement)

    def _record(
        self, key: str, document: dict[str, Any], data: bytes = b"", announcement: bytes = b""
    ) -> None:
        record = encode({"k": key, "d": document})
        self._outlet.send(data, announcement, record)
        self._pending[key] = document
        self._size += len(announcement) + len(record)

    def commit(self, shard: str, cursor: Cursor) -> None:
        """Records that everything up to `cursor` has been sent."""
        self.send(shard, "", 0, cursor)

    def sync(self) -> None:
        """Makes every commit durable. Raises CheckpointError."""
        self._outlet.sync()
        if self._pending and (self._store.eager or self._size > _JOURNAL_LIMIT):
            self._flush()

    def _drop_overtaken(self) -> None:
        """After a crash another member may have gone on from where this one was."""
        for key, document in list(self._pending.items()):
            stored = self._store.load(key)
            if stored is not None and _order(stored) > _order(document):
                del self._pending[key]

    def _flush(self) -> None:
        if self._pending:
            self._store.save(self._pending)
        self._journal.reset()
        self._size = 0
        self._pending.clear()

    def prune(self, before: float) -> int:
        """Forgets finished shards last touched before `before` (epoch seconds)."""
        return self._store.prune(before)

    def close(self) -> None:
        """Ends with everything durable; what the store has not taken stays in the journal."""
        self.sync()


def _order(document: dict[str, Any]) -> Any:
    return (document["position"], bool(document["done"]))
