"""The KV store of checkpoints: collection ciw_input_checkpoints, shared by a cluster's members."""

from __future__ import annotations

import json
from typing import Any

from .errors import CheckpointError
from .splunkd import Splunkd

COLLECTION = "ciw_input_checkpoints"
_PATH = "storage/collections/data/" + COLLECTION
# The KV store takes at most this many documents in one batch_save (limits.conf, [kvstore]).
_BATCH = 1000


class KVStore:
    """Documents by key; `state` is kept as JSON text, for a collection has no nested types."""

    eager = True

    def __init__(self, splunkd: Splunkd, stanza: str):
        self._splunkd = splunkd
        self._stanza = stanza
        self.probe()

    def probe(self) -> None:
        """Raises CheckpointError where the collection cannot be used at all.

        A missing document and a missing collection are both 404: this tells them apart once.
        """
        status, answer = self._splunkd.call("GET", _PATH, {"limit": "1"})
        if status != 200:
            raise self._refused(status, answer)

    def load(self, key: str) -> dict[str, Any] | None:
        status, answer = self._splunkd.call("GET", _PATH + "/" + key)
        if status == 404:
            return None
        if status != 200:
            raise self._refused(status, answer)
        return {
            "position": answer["position"],
            "done": bool(answer["done"]),
            "state": json.loads(answer["state"]),
            "updated": answer["updated"],
        }

    def save(self, documents: dict[str, dict[str, Any]]) -> None:
        rows: list[dict[str, Any]] = [
            {
                "_key": key,
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
                raise self._refused(status, answer)

    def prune(self, before: float) -> int:
        query = json.dumps({"input": self._stanza, "done": True, "updated": {"$lt": before}})
        status, answer = self._splunkd.call("DELETE", _PATH, {"query": query})
        if status != 200:
            raise self._refused(status, answer)
        return 0

    @staticmethod
    def _refused(status: int, answer: Any) -> CheckpointError:
        hint = {
            401: "the session key is not valid any more",
            403: "this user may not use the collection",
            404: "the collection is missing: is collections.conf of the app installed here?",
            503: "the KV store is down or starting; a heavy forwarder without one needs "
            "checkpoint = file",
        }.get(status, "unexpected answer")
        return CheckpointError(
            f"KV store collection {COLLECTION}: HTTP {status}, {hint} ({json.dumps(answer)[:200]})"
        )
