"""What a checkpoint on disk and in the KV store says, read without the core's own code."""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from typing import Any

from tests.core.simulation.kv import CHECKPOINTS, KV

Documents = dict[str, dict[str, Any]]


def key_of(stanza: str, shard: str) -> str:
    return hashlib.sha256((stanza + "\0" + shard).encode()).hexdigest()[:40]


def order(document: dict[str, Any]) -> tuple[float, bool]:
    return (document["position"], bool(document["done"]))


def of_files(files: dict[str, bytes]) -> Documents:
    """The file store with its journal over it."""
    found: Documents = {}
    for path, content in files.items():
        if path.endswith(".json"):
            found.update(json.loads(content or b"{}"))
    found.update(of_journal(files))
    return found


def of_journal(files: dict[str, bytes]) -> Documents:
    found: Documents = {}
    for path, content in files.items():
        if not os.path.basename(path).startswith("journal-"):
            continue
        for line in content.split(b"\n")[:-1]:
            crc, _, text = line.partition(b" ")
            if b"%08x" % zlib.crc32(text) != crc:
                break
            entry = json.loads(text)
            if "d" in entry:
                found[entry["k"]] = entry["d"]
    return found


def of_kv(kv: KV) -> Documents:
    """The furthest document of each shard."""
    found: Documents = {}
    rows = sorted(kv.rows[CHECKPOINTS].values(), key=lambda row: (*order(row), row["updated"]))
    for row in rows:
        found[row["shard"]] = {**row, "state": json.loads(row["state"])}
    return found


def of_kv_and_journal(kv: KV, files: dict[str, bytes]) -> Documents:
    """What the member with these files goes on from."""
    found = of_kv(kv)
    for key, document in of_journal(files).items():
        if key not in found or order(document) >= order(found[key]):
            found[key] = document
    return found
