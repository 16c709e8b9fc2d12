"""The KV store of checkpoints: collection ciw_input_checkpoints, shared by a cluster's members."""

from __future__ import annotations

import json
from typing import Any

from .errors import CheckpointError
from .lease import Lease
from .splunkd import Splunkd, refused

COLLECTION = "ciw_input_checkpoints"
_PATH = "storage/collections/data/" + COLLECTION
# The KV store takes at most this many documents in one batch_save (limits.conf, [kvstore]).
_BATCH = 1000
# Shards named in one query, which is part of a URL.
_QUERIED = 20


class KVStore:
    """Documents by key; `state` is kept as JSON text, for a collection has no nested types.

    With a lease each holder writes documents of its own, `<key>.<fence>`, and the furthest of a
    shard counts: what a holder that lost the lease saved in its last moment tells what it sent,
    and cannot undo what the next one recorded.
    """

    eager = True

    def __init__(self, splunkd: Splunkd, stanza: str, lease: Lease | None = None):
        self._splunkd = splunkd
        self._stanza = stanza
        self.place = f"the documents of KV store collection {COLLECTION} with input = {stanza}"
        self._lease = lease
        # Shards of which an earlier holder of the lease has left a document.
        self._old: set[str] = set()
        self.probe()

    def confirm(self) -> None:
        """Raises CheckpointError where another process has taken the work over."""
        if self._lease is not None:
            self._lease.confirm()

    def probe(self) -> None:
        """Raises CheckpointError where the collection cannot be used at all.

        A missing document and a missing collection are both 404: this tells them apart once.
        """
        status, answer = self._splunkd.call("GET", _PATH, {"limit": "1"})
        if status != 200:
            raise refused(COLLECTION, status, answer)

    def load(self, key: str) -> dict[str, Any] | None:
        if self._lease is not None:
            return self._furthest(key)
        status, answer = self._splunkd.call("GET", _PATH + "/" + key)
        if status == 404:
            return None
        if status != 200:
            raise refused(COLLECTION, status, answer)
        return _document(answer)

    def _furthest(self, key: str) -> dict[str, Any] | None:
        query = {"query": json.dumps({"shard": key})}
        status, answer = self._splunkd.call("GET", _PATH, query)
        if status != 200:
            raise refused(COLLECTION, status, answer)
        if self._lease is not None and any(row["fence"] != self._lease.fence for row in answer):
            self._old.add(key)
        found = [_document(row) for row in answer]
        return max(found, key=lambda row: (row["position"], row["done"], row["updated"]), default=None)

    def save(self, documents: dict[str, dict[str, Any]]) -> None:
        """Raises CheckpointError, also where the lease has been taken over."""
        fence = 0
        if self._lease is not None:
            self._lease.check()
            fence = self._lease.fence
        rows: list[dict[str, Any]] = [
            {
                "_key": f"{key}.{fence}" if fence else key,
                "shard": key,
                "fence": fence,
                "input": self._stanza,
                "position": document["position"],
                "done": bool(document["done"]),
                "state": json.dumps(document["state"], sort_keys=True),
                "updated": document["updated"],
            }
            for key, document in documents.items()
        ]
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            status, answer = self._splunkd.call("POST", _PATH + "/batch_save", None, batch)
            if status != 200:
                raise refused(COLLECTION, status, answer)
        self._forget_overtaken(documents, fence)

    def _forget_overtaken(self, documents: dict[str, dict[str, Any]], fence: int) -> None:
        """Each run holds the lease anew: without this a document of every run would stay. Those
        that are done are left to `prune`."""
        overtaken = [
            {"shard": key, "position": {"$lte": documents[key]["position"]}}
            for key in sorted(self._old & documents.keys())
        ]
        for start in range(0, len(overtaken), _QUERIED):
            some = overtaken[start : start + _QUERIED]
            query = {"$and": [{"fence": {"$lt": fence}, "done": False}, {"$or": some}]}
            status, answer = self._splunkd.call("DELETE", _PATH, {"query": json.dumps(query)})
            if status != 200:
                raise refused(COLLECTION, status, answer)
            self._old.difference_update(one["shard"] for one in some)

    def prune(self, before: float) -> int:
        """Forgets what was done before `before`; the number removed is not told by splunkd."""
        old = {"input": self._stanza, "done": True, "updated": {"$lt": before}}
        status, answer = self._splunkd.call("DELETE", _PATH, {"query": json.dumps(old)})
        if status != 200:
            raise refused(COLLECTION, status, answer)
        return 0



def _document(row: dict[str, Any]) -> dict[str, Any]:
    try:
        return {
            "position": row["position"],
            "done": bool(row["done"]),
            "state": json.loads(row["state"]),
            "updated": row["updated"],
        }
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"document {row.get('_key')!r} of KV store collection {COLLECTION} is not in a form "
            f"that this version knows ({error!r}): remove it to start without it (what it recorded "
            "may then be read twice)"
        ) from error
