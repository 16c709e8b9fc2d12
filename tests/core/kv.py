"""splunkd's KV endpoints in this process, on the lab's KV store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lab.kvstore import DuplicateKey, KVStore, NoSuchKey

PREFIX = "storage/collections/data/"


class KV:
    """What `ciw.splunkd.Splunkd` offers, answered by a store on disk. `down` makes it 503."""

    def __init__(self, path: Path):
        self.store = KVStore(path)
        self.down = False
        self.secrets: dict[tuple[str, str], str] = {}

    def secret(self, realm: str, name: str) -> str:
        return self.secrets[realm, name]

    def call(
        self, method: str, path: str, query: dict[str, str] | None = None, document: Any = None
    ) -> tuple[int, Any]:
        if self.down:
            return 503, {"messages": [{"text": "the KV store is down"}]}
        name, _, key = path[len(PREFIX) :].partition("/")
        collection = self.store.collection(name)
        query = query or {}
        if method == "GET":
            if key:
                found = collection.get(key)
                return (200, found) if found is not None else (404, None)
            where = json.loads(query.get("query", "{}"))
            limit = int(query.get("limit", 0))
            return 200, list(collection.find(where, sort=query.get("sort"), limit=limit))
        if method == "DELETE":
            collection.delete(json.loads(query["query"]))
            return 200, None
        if key == "batch_save":
            collection.upsert_many(document)
            return 200, [row["_key"] for row in document]
        try:
            if key:
                collection.replace(key, {**document, "_key": key})
            else:
                collection.insert(document)
        except DuplicateKey:
            return 409, {"messages": [{"text": "a document of this key exists"}]}
        except NoSuchKey:
            return 404, None
        return 200 if key else 201, {}
