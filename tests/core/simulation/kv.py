"""splunkd's KV endpoints for the collections of checkpoints and leases, shared by all members."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.core.simulation.world import Broken, World

_PREFIX = "storage/collections/data/"
LEASES = "ciw_input_leases"
CHECKPOINTS = "ciw_input_checkpoints"
_KINDS = {LEASES: "lease", CHECKPOINTS: "kv"}


class KV:
    """What `ciw.splunkd.Splunkd` offers. The fault `kv` makes a call fail before it has effect."""

    def __init__(self, world: World):
        self._world = world
        self.rows: dict[str, dict[str, dict[str, Any]]] = {LEASES: {}, CHECKPOINTS: {}}

    def call(
        self, method: str, path: str, query: dict[str, str] | None = None, document: Any = None
    ) -> tuple[int, Any]:
        name, _, key = path[len(_PREFIX) :].partition("/")
        if method == "GET":
            if self._world.fails("kv"):
                return 503, {"messages": []}
            return self._get(self.rows[name], key, query or {})
        if path.endswith("/batch_save"):
            # Between its look at the lease and this a process may be overtaken: `begun` is later.
            self._look(document)
        self._world.point(f"{_KINDS[name]} begun")
        if self._world.fails("kv"):
            return 503, {"messages": []}
        answer = self._change(method, name, key, query or {}, copy.deepcopy(document))
        self._world.point(f"{_KINDS[name]} finished")
        return answer

    def _get(self, rows: Any, key: str, query: dict[str, str]) -> tuple[int, Any]:
        if key:
            return (200, copy.deepcopy(rows[key])) if key in rows else (404, None)
        where = json.loads(query.get("query", "{}"))
        found = [copy.deepcopy(row) for row in rows.values() if matches(row, where)]
        if "sort" in query:
            assert query["sort"] == "fence:-1"
            found.sort(key=lambda row: -row["fence"])
        return 200, found[: int(query["limit"])] if "limit" in query else found

    def _change(self, method: str, name: str, key: str, query: Any, document: Any) -> Any:
        rows = self.rows[name]
        if method == "DELETE":
            where = json.loads(query["query"])
            for gone in [at for at, row in rows.items() if matches(row, where)]:
                del rows[gone]
            return 200, None
        if key == "batch_save":
            rows.update((row["_key"], row) for row in document)
            return 200, [row["_key"] for row in document]
        if key:
            if key not in rows:
                return 404, None
            rows[key] = {**document, "_key": key}
            return 200, {}
        if document["_key"] in rows:
            return 409, None
        rows[document["_key"]] = document
        if name == LEASES:
            self._world.lease = max(self._world.lease, document["fence"])
            if self._world.process is not None:
                self._world.process.fence = document["fence"]
        return 201, {}

    def _look(self, documents: list[dict[str, Any]]) -> None:
        for row in documents:
            if row["fence"] and row["fence"] < self._world.lease:
                raise Broken("I9: a process whose lease was taken over has recorded something")


_TESTS = {
    "$lt": lambda value, limit: value < limit,
    "$lte": lambda value, limit: value <= limit,
}


def matches(row: dict[str, Any], where: dict[str, Any]) -> bool:
    """The part of the query language that the core uses."""
    for name, wanted in where.items():
        if name == "$and":
            good = all(matches(row, each) for each in wanted)
        elif name == "$or":
            good = any(matches(row, each) for each in wanted)
        elif isinstance(wanted, dict):
            good = name in row and all(
                _TESTS[operator](row[name], limit) for operator, limit in wanted.items()
            )
        else:
            good = row.get(name) == wanted
        if not good:
            return False
    return True
