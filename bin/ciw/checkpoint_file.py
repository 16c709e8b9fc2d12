"""The file store of checkpoints: 256 JSON files by the key's first two digits.

Each is replaced atomically (write beside, fsync, rename, fsync of the directory). A few are kept
in memory, so that memory stays bounded however many shards are remembered.
"""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from typing import Any

from .errors import CheckpointError

_KEPT = 16


class FileStore:
    """Documents by key under `directory`, which one process uses at a time."""

    eager = False

    def __init__(self, directory: str):
        self._directory = self.place = directory
        self._buckets: OrderedDict[str, dict[str, Any]] = OrderedDict()
        # Looking for a file that is not there, shard after shard, costs more than the shard.
        self._absent: set[str] = set()
        try:
            os.makedirs(directory, mode=0o700, exist_ok=True)
        except OSError as error:
            raise CheckpointError(
                f"the checkpoint directory {directory} cannot be made: {error.strerror}"
            )

    def confirm(self) -> None:
        """The journal's lock lets in one process at a time."""

    def load(self, key: str) -> dict[str, Any] | None:
        return self._bucket(key[:2]).get(key)

    def save(self, documents: dict[str, dict[str, Any]]) -> None:
        by_bucket: dict[str, dict[str, Any]] = {}
        for key, document in documents.items():
            by_bucket.setdefault(key[:2], {})[key] = document
        for name, changes in by_bucket.items():
            bucket = dict(self._bucket(name))
            bucket.update(changes)
            self._replace(name, bucket)
        _sync_directory(self._directory)

    def prune(self, before: float) -> int:
        removed = 0
        for number in range(256):
            name = f"{number:02x}"
            bucket = self._bucket(name)
            kept = {
                key: document
                for key, document in bucket.items()
                if not (document["done"] and document["updated"] < before)
            }
            if len(kept) < len(bucket):
                removed += len(bucket) - len(kept)
                self._replace(name, kept)
        _sync_directory(self._directory)
        return removed

    def _path(self, name: str) -> str:
        return os.path.join(self._directory, name + ".json")

    def _bucket(self, name: str) -> dict[str, Any]:
        if name in self._buckets:
            self._buckets.move_to_end(name)
            return self._buckets[name]
        if name in self._absent:
            return {}
        try:
            with open(self._path(name), encoding="ascii") as file:
                bucket = json.load(file)
        except FileNotFoundError:
            self._absent.add(name)
            return {}
        except (OSError, ValueError) as error:
            raise CheckpointError(
                f"the checkpoint file {self._path(name)} cannot be read ({error}): move it away to start without it "
                "(what it recorded may then be read twice)"
            )
        self._keep(name, bucket)
        return bucket

    def _keep(self, name: str, bucket: dict[str, Any]) -> None:
        self._absent.discard(name)
        self._buckets[name] = bucket
        self._buckets.move_to_end(name)
        while len(self._buckets) > _KEPT:
            self._buckets.popitem(last=False)

    def _replace(self, name: str, bucket: dict[str, Any]) -> None:
        path = self._path(name)
        beside = path + ".new"
        try:
            with open(beside, "w", encoding="ascii") as file:
                json.dump(bucket, file, separators=(",", ":"))
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except OSError as error:
            raise CheckpointError(f"the checkpoint file {path} cannot be written: {error.strerror}")
        self._keep(name, bucket)


def _sync_directory(directory: str) -> None:
    if os.name == "nt":
        return  # a directory cannot be opened there; os.replace is all there is
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
