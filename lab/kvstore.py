"""The KV store: collections of JSON documents in one SQLite file (WAL), as splunkd offers them.

A document has `_key` (text, unique in its collection) and `_user`. A write replaces the whole
document; there is no compare-and-swap, but an insert of a key that exists is refused. Several
processes and threads may read and write at once; each write is one transaction.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.app import Collection as Definition
from lab.kvquery import BadQuery, Document, compile_query, order, project, wanted_keys

__all__ = ["BadQuery", "Collection", "DuplicateKey", "InvalidDocument", "KVStore", "NoSuchKey"]

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024      # limits of the KV store, as documented
REST_MAX_ROWS = 50_000
MAX_BATCH_DOCUMENTS = 1_000


class DuplicateKey(Exception):
    """An insert whose `_key` is there already (HTTP 409)."""


class NoSuchKey(KeyError):
    """A replace of a key that is not there (HTTP 404)."""


class InvalidDocument(ValueError):
    """A document that is no JSON object, too large, or of wrong types (HTTP 400)."""


_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    position INTEGER PRIMARY KEY, collection TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (collection, key));
CREATE TABLE IF NOT EXISTS versions (collection TEXT PRIMARY KEY, version INTEGER NOT NULL);
"""


class KVStore:
    """`define` gives the collections' types, as collections.conf has them."""

    def __init__(self, path: Path | str):
        self.path = Path(path)
        self._local = threading.local()
        self._definitions: dict[str, Definition] = {}
        self._cache: dict[str, tuple[int, list[Document]]] = {}
        self.tables: dict[tuple[str, tuple[str, ...]], tuple[list[Document], Any]] = {}
        """What lookups made of documents, by collection and fields (lab/lookups.py)."""

    def define(self, definitions: Mapping[str, Definition]) -> None:
        self._definitions.update(definitions)

    def collection(self, name: str) -> Collection:
        return Collection(self, name, self._definitions.get(name, Definition(name, {})))

    @property
    def connection(self) -> sqlite3.Connection:
        """One connection for each thread."""
        found = getattr(self._local, "connection", None)
        if found is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            found = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=NORMAL")
            found.executescript(_SCHEMA)
            self._local.connection = found
        return found

    @contextmanager
    def writing(self, collection: str) -> Iterator[sqlite3.Connection]:
        """One transaction, which also moves the collection's version on."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute(
                "INSERT INTO versions VALUES (?, 1) ON CONFLICT (collection)"
                " DO UPDATE SET version = version + 1", (collection,))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def version(self, collection: str) -> int:
        """Grows with each write to the collection, whichever process makes it."""
        row = self.connection.execute(
            "SELECT version FROM versions WHERE collection = ?", (collection,)).fetchone()
        return row[0] if row else 0

    def documents(self, collection: str) -> list[Document]:
        """All documents in order of insertion; shared and not to be changed by the caller."""
        version = self.version(collection)
        cached = self._cache.get(collection)
        if cached is not None and cached[0] == version:
            return cached[1]
        rows = self.connection.execute(
            "SELECT body FROM documents WHERE collection = ? ORDER BY position", (collection,))
        found = [json.loads(body) for (body,) in rows]
        # A write between the two reads makes the cached copy newer than its number: harmless,
        # since the number no longer matches at the next look.
        self._cache[collection] = (version, found)
        return found


def _typed(value: Any, kind: str) -> Any:
    """The value as a field of that type; ValueError where it cannot be one."""
    if value is None or kind in ("array", "cidr"):
        return value
    if isinstance(value, list):
        return [_typed(member, kind) for member in value]
    if kind in ("number", "time"):
        if isinstance(value, bool):
            raise ValueError("a boolean is no number")
        if isinstance(value, (int, float)):
            return value
        number = float(str(value))
        return int(number) if number.is_integer() and "." not in str(value) else number
    if kind == "bool":
        if isinstance(value, bool):
            return value
        words = {"1": True, "true": True, "t": True, "0": False, "false": False, "f": False}
        if str(value).lower() not in words:
            raise ValueError("not a boolean")
        return words[str(value).lower()]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


class Collection:
    def __init__(self, store: KVStore, name: str, definition: Definition):
        self.store = store
        self.name = name
        self.definition = definition

    # --- reading -----------------------------------------------------------------------------

    def find(self, query: Any = None, sort: str | Sequence[str] | None = None, skip: int = 0,
             limit: int = 0, fields: str | Sequence[str] | None = None) -> list[Document]:
        """Matching documents; `limit` 0 means all. Raises BadQuery."""
        test = compile_query(query)
        keys = wanted_keys(query)
        if keys is not None:
            candidates = [found for key in dict.fromkeys(keys) if (found := self.get(key))]
        else:
            candidates = self.store.documents(self.name)
        found = [document for document in candidates if test(document)]
        if sort:
            found = order(found, sort)
        found = found[skip:skip + limit] if limit else found[skip:]
        return project(found, fields) if fields else [dict(document) for document in found]

    def get(self, key: str) -> Document | None:
        row = self.store.connection.execute(
            "SELECT body FROM documents WHERE collection = ? AND key = ?", (self.name, key)
        ).fetchone()
        return json.loads(row[0]) if row else None

    def count(self) -> int:
        return self.store.connection.execute(
            "SELECT count(*) FROM documents WHERE collection = ?", (self.name,)).fetchone()[0]

    # --- writing -----------------------------------------------------------------------------

    def insert(self, document: Document) -> str:
        """Raises DuplicateKey where the `_key` exists; makes one where there is none."""
        key, body = self._encoded(document)
        try:
            with self.store.writing(self.name) as connection:
                connection.execute(
                    "INSERT INTO documents (collection, key, body) VALUES (?, ?, ?)",
                    (self.name, key, body))
        except sqlite3.IntegrityError as error:
            raise DuplicateKey(f"{self.name}: a document with the key {key!r} exists") from error
        return key

    def replace(self, key: str, document: Document) -> None:
        """Raises NoSuchKey."""
        _, body = self._encoded({**document, "_key": key})
        with self.store.writing(self.name) as connection:
            done = connection.execute(
                "UPDATE documents SET body = ? WHERE collection = ? AND key = ?",
                (body, self.name, key))
            if done.rowcount == 0:
                raise NoSuchKey(f"{self.name}: no document with the key {key!r}")

    def upsert_many(self, documents: Iterable[Document]) -> list[str]:
        """Inserts, or replaces whole; all or nothing. The keys, in order."""
        encoded = [self._encoded(document) for document in documents]
        with self.store.writing(self.name) as connection:
            self._upsert(connection, encoded)
        return [key for key, _ in encoded]

    def insert_new(self, documents: Iterable[Document]) -> list[str]:
        """Inserts those whose key is not there yet and leaves the others; the keys inserted."""
        encoded = [self._encoded(document) for document in documents]
        inserted = []
        with self.store.writing(self.name) as connection:
            for key, body in encoded:
                done = connection.execute(
                    "INSERT OR IGNORE INTO documents (collection, key, body) VALUES (?, ?, ?)",
                    (self.name, key, body))
                if done.rowcount:
                    inserted.append(key)
        return inserted

    def replace_all(self, documents: Iterable[Document]) -> list[str]:
        """These documents in place of all that were there, in one transaction."""
        encoded = [self._encoded(document) for document in documents]
        with self.store.writing(self.name) as connection:
            connection.execute("DELETE FROM documents WHERE collection = ?", (self.name,))
            self._upsert(connection, encoded)
        return [key for key, _ in encoded]

    def delete(self, query: Any = None) -> int:
        """Deletes what matches (everything without a query); the number deleted."""
        with self.store.writing(self.name) as connection:
            keys = [document["_key"] for document in self.find(query)]
            connection.executemany(
                "DELETE FROM documents WHERE collection = ? AND key = ?",
                [(self.name, key) for key in keys])
        return len(keys)

    def _upsert(self, connection: sqlite3.Connection, encoded: list[tuple[str, str]]) -> None:
        connection.executemany(
            "INSERT INTO documents (collection, key, body) VALUES (?, ?, ?)"
            " ON CONFLICT (collection, key) DO UPDATE SET body = excluded.body",
            [(self.name, key, body) for key, body in encoded])

    def _encoded(self, document: Any) -> tuple[str, str]:
        if not isinstance(document, dict):
            raise InvalidDocument(f"{self.name}: a document is a JSON object")
        own = dict(document)
        key = own.get("_key")
        if key in (None, ""):
            key = secrets.token_hex(12)
        if not isinstance(key, str):
            raise InvalidDocument(f"{self.name}: _key {key!r} is not a string")
        own["_key"] = key
        own.setdefault("_user", "nobody")
        for name, kind in self.definition.types.items():
            if name not in own:
                continue
            try:
                own[name] = _typed(own[name], kind)
            except ValueError as error:
                if self.definition.enforce_types:
                    raise InvalidDocument(
                        f"{self.name}: field {name!r} = {own[name]!r} is not a {kind}"
                    ) from error
                del own[name]
        body = json.dumps(own, ensure_ascii=False, separators=(",", ":"))
        if len(body.encode("utf-8", "surrogatepass")) > MAX_DOCUMENT_BYTES:
            raise InvalidDocument(f"{self.name}: document {key!r} is over 16 MB")
        return key, body
