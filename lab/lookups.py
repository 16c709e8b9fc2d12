"""Lookup tables: CSV files and KV collections, read and written as the lookup commands do.

A CSV of HOME/lookups goes before the app's own of that name, and only that overlay is ever
written. A multivalue cell is kept the way Splunk keeps it: the readable cell, with the exact
values in a column `__mv_<field>` as `$a$;$b$`.
Sources: the Search Reference on outputlookup and inputlookup.
"""

from __future__ import annotations

import csv
import fcntl
import gzip
import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.app import App, LookupDefinition
from lab.home import Home
from lab.spl.errors import SPLError, nearest
from lab.spl.nodes import Outputlookup

Row = dict[str, "str | list[str]"]

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

_CSV_NAME = re.compile(r"[^/\\\0]+\.csv(\.gz)?\Z")
# What every event carries for Splunk's own use; outputlookup does not keep it.
_HIDDEN = re.compile(r"_(bkt|cd|indextime|serial|si|sourcetype|subsecond|eventtype_color)\Z|__mv_")


class UnknownLookup(Exception):
    """No lookup definition and no CSV file of that name."""


@dataclass(frozen=True)
class Table:
    """`rows` hold no nulls: an empty cell is left out of its row."""

    fields: list[str]
    rows: list[Row]


def definition(app: App, name: str) -> LookupDefinition:
    """The definition of that name, or one made for a CSV file named directly."""
    if name in app.lookups:
        return app.lookups[name]
    if _CSV_NAME.match(name):
        return LookupDefinition(name=name, filename=name)
    near = nearest(name, app.lookups)
    raise UnknownLookup(
        f"lookup {name!r} is neither a definition of transforms.conf nor a file name ending in"
        " .csv" + (f"; {near}" if near else "")
    )


def _whiteout(home: Home, filename: str) -> Path:
    """Marks a file that was deleted in the overlay while the app still ships it."""
    return home.lookups_dir / f".deleted.{filename}"


def csv_path(home: Home, app: App, filename: str) -> Path | None:
    """The file that counts: the overlay's, else the app's; None where there is none."""
    own = home.lookups_dir / filename
    if own.is_file():
        return own
    shipped = app.lookup_file(filename)
    if shipped.is_file() and not _whiteout(home, filename).exists():
        return shipped
    return None


def signature(home: Home, app: App, name: str) -> tuple[Any, ...]:
    """Changes whenever the table's content may have changed; cheap to get."""
    found = definition(app, name)
    if found.collection is not None:
        return ("kv", found.collection, home.kv.version(found.collection))
    path = csv_path(home, app, found.filename)
    if path is None:
        return ("csv", found.filename, None)
    stat = path.stat()
    return ("csv", str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino)


_TABLES: dict[str, tuple[tuple[Any, ...], Table]] = {}


def read(home: Home, app: App, name: str) -> Table:
    """The whole table, by definition or file name. Raises UnknownLookup."""
    found = definition(app, name)
    if found.collection is not None:
        return _read_collection(home, found)
    path = csv_path(home, app, found.filename)
    if path is None:
        raise UnknownLookup(f"lookup {name!r}: there is no file lookups/{found.filename}")
    mark = signature(home, app, name)
    cached = _TABLES.get(str(path))
    if cached is None or cached[0] != mark:
        _TABLES[str(path)] = cached = (mark, _read_csv(path))
    return cached[1]


def _read_collection(home: Home, found: LookupDefinition) -> Table:
    """The table of the documents at hand; these are another list after every write."""
    documents = home.kv.documents(found.collection)
    cached = home.kv.tables.get((found.collection, found.fields_list))
    if cached is not None and cached[0] is documents:
        return cached[1]
    table = _table_of(documents, found)
    home.kv.tables[found.collection, found.fields_list] = documents, table
    return table


def _table_of(documents: Sequence[dict[str, Any]], found: LookupDefinition) -> Table:
    rows: list[Row] = []
    for document in documents:
        row: Row = {}
        for name in found.fields_list:
            value = document.get(name)
            if isinstance(value, list):
                members = [_text(member) for member in value if member is not None]
                if members:
                    row[name] = members if len(members) > 1 else members[0]
            elif value is not None:
                row[name] = _text(value)
        rows.append(row)
    return Table(list(found.fields_list), rows)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float):
        return repr(value)
    return str(value)


def _read_csv(path: Path) -> Table:
    data = path.read_bytes()
    if path.name.endswith(".gz"):
        data = gzip.decompress(data)
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    header = next(reader, [])
    fields = [name for name in header if not name.startswith("__mv_")]
    rows: list[Row] = []
    for cells in reader:
        if not any(cells):
            continue
        if len(cells) > len(header):
            raise UnknownLookup(
                f"{path.name}:{reader.line_num}: {len(cells)} cells under {len(header)} columns"
            )
        whole = dict(zip(header, cells))
        row: Row = {}
        for name in fields:
            exact = whole.get(f"__mv_{name}", "")
            if exact:
                row[name] = _decode_multivalue(exact)
            elif whole.get(name, "") != "":
                row[name] = whole[name]
        rows.append(row)
    return Table(fields, rows)


def _decode_multivalue(text: str) -> list[str]:
    return [part.replace("$$", "$") for part in re.findall(r"\$((?:[^$]|\$\$)*)\$(?:;|\Z)", text)]


def _encode_multivalue(values: Sequence[str]) -> str:
    return ";".join("$" + value.replace("$", "$$") + "$" for value in values)


# --- writing ---------------------------------------------------------------------------------


def write_outputlookup(home: Home, app: App, node: Outputlookup, fields: Sequence[str],
                       rows: Sequence[Row]) -> str:
    """Does what an outputlookup does; a sentence of what changed. Raises SPLError.

    Defaults: append=false replaces the whole table (with `key_field` append=true adds to it),
    override_if_empty=true with create_empty=false deletes a CSV (empties a collection) when there
    are no rows, allow_updates=true. `key_field` and `allow_updates` are the KV store's alone. In
    a CSV several values become one with spaces between, unless output_format=splunk_mv_csv.
    """
    try:
        found = definition(app, node.table)
    except UnknownLookup as error:
        raise SPLError(str(error), node.span, "outputlookup",
                       "add a lookup definition or name a .csv file") from error
    rows = list(rows[:node.max] if node.max is not None else rows)
    if found.collection is not None:
        return _write_collection(home, found, node, rows)
    if node.key_field is not None or not node.allow_updates:
        raise SPLError(f"{node.table} is a CSV; key_field and allow_updates are for KV store"
                       " lookups", node.span, "outputlookup")
    kept = [name for name in fields if not _HIDDEN.match(name)]
    with _locked(home, found.filename):
        return _write_csv(home, app, found.filename, node, kept, rows)


def _write_collection(home: Home, found: LookupDefinition, node: Outputlookup,
                      rows: Sequence[Row]) -> str:
    collection = home.kv.collection(found.collection)
    if not rows:
        if node.append or not node.override_if_empty:
            return f"outputlookup {node.table}: no rows, nothing changed"
        collection.replace_all([])
        return f"outputlookup {node.table}: no rows, the collection was emptied"
    documents = [_document(found, node, row) for row in rows]
    if not node.append:
        keys = collection.replace_all(documents)
        return f"outputlookup {node.table}: replaced by {len(set(keys))} rows"
    if node.allow_updates:
        collection.upsert_many(documents)
        return f"outputlookup {node.table}: {len(documents)} rows written"
    inserted = collection.insert_new(documents)
    return f"outputlookup {node.table}: {len(inserted)} of {len(documents)} rows were new"


def _document(found: LookupDefinition, node: Outputlookup, row: Row) -> dict[str, Any]:
    # A multivalue with one value is a plain value to Splunk: only several become an array.
    document: dict[str, Any] = {
        name: row[name][0] if isinstance(row[name], list) and len(row[name]) == 1 else row[name]
        for name in found.fields_list if row.get(name) not in (None, "", [])
    }
    if node.key_field is not None:
        key = row.get(node.key_field)
        if isinstance(key, list):
            if len(key) != 1:
                raise SPLError(f"key_field {node.key_field} has {len(key)} values in one row",
                               node.span, "outputlookup")
            key = key[0]
        if key:
            document["_key"] = key
    elif row.get("_key"):
        document["_key"] = row["_key"]
    return document


def _write_csv(home: Home, app: App, filename: str, node: Outputlookup, fields: list[str],
               rows: Sequence[Row]) -> str:
    target = home.lookups_dir / filename
    if not rows:
        if node.append or not node.override_if_empty:
            return f"outputlookup {node.table}: no rows, nothing changed"
        if node.create_empty:
            _replace(target, b"")
            return f"outputlookup {node.table}: no rows, the file was emptied"
        target.unlink(missing_ok=True)
        if (app.path / "lookups" / filename).is_file():
            _whiteout(home, filename).touch()
        return f"outputlookup {node.table}: no rows, the file was deleted"
    before = csv_path(home, app, filename) if node.append else None
    if before is not None and filename.endswith(".gz"):
        raise SPLError(f"{filename}: a .gz file cannot be appended to", node.span, "outputlookup")
    if before is not None:
        old = _read_csv(before)
        if old.fields:
            # Appending keeps the header that is there: other fields are not written.
            fields = old.fields
        rows = [*old.rows, *rows]
    several = node.output_format == "splunk_mv_csv"
    _replace(target, _csv_bytes(filename, fields, rows, several))
    _whiteout(home, filename).unlink(missing_ok=True)
    return f"outputlookup {node.table}: the file has {len(rows)} rows"


def _csv_bytes(filename: str, fields: Sequence[str], rows: Sequence[Row], several: bool) -> bytes:
    multivalued = [name for name in fields if several
                   and any(isinstance(row.get(name), list) and len(row[name]) > 1 for row in rows)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*fields, *(f"__mv_{name}" for name in multivalued)])
    for row in rows:
        cells = []
        for name in fields:
            value = row.get(name, "")
            delimiter = "\n" if several else " "
            cells.append(delimiter.join(value) if isinstance(value, list) else value)
        for name in multivalued:
            value = row.get(name)
            exact = isinstance(value, list) and len(value) > 1
            cells.append(_encode_multivalue(value) if exact else "")
        writer.writerow(cells)
    data = text.getvalue().encode("utf-8", "surrogatepass")
    return gzip.compress(data, mtime=0) if filename.endswith(".gz") else data


def _replace(target: Path, data: bytes) -> None:
    """Readers see the old file or the new one, never a part."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    fresh.write_bytes(data)
    os.replace(fresh, target)


@contextmanager
def _locked(home: Home, filename: str) -> Iterator[None]:
    with open(home.lookups_dir / f".{filename}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
