"""The lists behind the endpoint: what there is, the rows of one, and changes of them.

Rows are in two places: the collection, which is edited here, and the file of the same name, which
whoever manages by file edits there. Both count.
"""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta

from ciw_triage.change import text
from ciw_triage.check import row, today
from ciw_triage.errors import BadRequest, Conflict, NotFound, TriageError
from ciw_triage.keep import HISTORY, Keep
from ciw_triage.kv import DuplicateKey
from ciw_triage.lists import LISTS
from ciw_triage.machine import EDIT_LISTS
from ciw_triage.parameters import texts, whole

ACTIONS = ("add", "change", "remove", "import")
KEY = re.compile(r"[\w.:-]{1,200}\Z")
EXPIRING_DAYS = 14
MOST_ROWS = 1000
HISTORY_SHOWN = 20
# What the desk draws a field for; everything else is text to it.
SHOWN_KINDS = ("text", "cidr", "date", "number", "timezone", "choice")


def overview(reader, writer, caller, now):
    """Every list with its columns, how many rows it has, and how many end or have ended."""
    problem, from_files = "", {}
    try:
        from_files = reader.file_rows(tuple(LISTS))
    except TriageError as error:
        problem = f"The rows of the files could not be read: {error}"
    why = caller.lacks(EDIT_LISTS)
    found = []
    for listing in LISTS.values():
        rows = reader.find(listing.name, fields=(_end(listing) or "_key",))
        rows = rows + from_files.get(listing.name, [])
        ends = [_ending(listing, document, now) for document in rows]
        found.append(
            {
                "name": listing.name,
                "label": listing.label,
                "meaning": listing.meaning,
                "columns": [_column(column) for column in listing.columns],
                "rows": len(rows),
                "expiring": ends.count("expiring"),
                "expired": ends.count("expired"),
                "may_edit": not why,
                "why": why,
            }
        )
    return {"lists": found, "problem": problem}


def read(given, reader, writer, now):
    """One page of a list's rows, and the newest changes of it."""
    unknown = set(given) - {"name", "text", "offset", "count", "output_mode"}
    if unknown:
        raise BadRequest(f"A list has no parameter {min(unknown)[:40]}.")
    listing = _listing(given.get("name"))
    offset = whole(given, "offset", 0, 1000000)
    count = whole(given, "count", 100, MOST_ROWS)
    words = text("text", given.get("text", ""), needed=False)[:200].lower().split()
    Keep(reader, writer).finish(listing.name)
    rows = [_shown(listing, document, "app", now) for document in reader.find(listing.name)]
    problem = ""
    try:
        for number, document in enumerate(reader.file_rows((listing.name,))[listing.name], 1):
            document = dict(document, _key=f"file:{number}")
            rows.append(_shown(listing, document, "file", now))
    except TriageError as error:
        problem = f"The rows of lookups/{listing.name}.csv could not be read: {error}"
    names = [column.name for column in listing.columns]
    kept = [
        found
        for found in rows
        if all(word in " ".join(found[name] for name in names).lower() for word in words)
    ]
    kept.sort(key=lambda found: ([found[name].lower() for name in names], found["key"]))
    return {
        "name": listing.name,
        "rows": kept[offset : offset + count],
        "total": len(kept),
        "offset": offset,
        "count": count,
        "history": _history(listing, reader),
        "problem": problem,
    }


def change(body, reader, writer, caller, now):
    """Carries a change out and gives the rows as they are then."""
    caller.must(EDIT_LISTS, "edit lists")
    known = {"name", "action", "key", "row", "rows", "was", "reason"}
    if not isinstance(body, dict) or set(body) - known:
        raise BadRequest("The body must be an object of: {}.".format(", ".join(sorted(known))))
    listing = _listing(body.get("name"))
    action = body.get("action")
    if action not in ACTIONS:
        raise BadRequest("action must be one of: {}.".format(", ".join(ACTIONS)), "action")
    if not isinstance(body.get("reason"), str):
        raise BadRequest("reason must be text: it stands in the history of the list.", "reason")
    reason = text("reason", body["reason"], needed=True)
    keep = Keep(reader, writer)
    keep.finish(listing.name)
    doing = {"add": _add, "change": _change, "remove": _remove, "import": _import}[action]
    rows, skipped = doing(listing, body, keep, reader, caller.name, reason, now)
    return {"rows": rows, "problems": [], "skipped": skipped}


def _add(listing, body, keep, reader, who, reason, now):
    kept = _sound(listing, body.get("row"), now)
    if _as_known(listing, kept) in _known(listing, reader):
        raise Conflict("The list has this row already.", "row")
    key = uuid.uuid4().hex
    keep.change(listing.name, key, 1, "add", None, kept, who, reason, now)
    return [_shown(listing, dict(kept, _key=key), "app", now)], []


def _change(listing, body, keep, reader, who, reason, now):
    key, number, before = _as_read(listing, body, keep, reader)
    kept = _sound(listing, body.get("row"), now)
    _claimed(keep, listing, key, number, "change", before, kept, who, reason, now)
    return [_shown(listing, dict(kept, _key=key), "app", now)], []


def _remove(listing, body, keep, reader, who, reason, now):
    key, number, before = _as_read(listing, body, keep, reader)
    _claimed(keep, listing, key, number, "remove", before, None, who, reason, now)
    return [_shown(listing, dict(before, _key=key), "app", now)], []


def _claimed(keep, listing, key, number, action, before, after, who, reason, now):
    try:
        keep.change(listing.name, key, number, action, before, after, who, reason, now)
    except DuplicateKey:
        raise Conflict(
            "Somebody else changed this row at the same moment. Nothing of yours was written.",
            "key",
        ) from None


def _import(listing, body, keep, reader, who, reason, now):
    """All rows or none; those that the list has already, or that stand twice, are skipped."""
    given = body.get("rows")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_ROWS:
        raise BadRequest(f"rows must be a list of 1 to {MOST_ROWS} rows.", "rows")
    checked = [row(listing, one, now) for one in given]
    problems = [
        {"row": number, "field": name, "text": told}
        for number, (_, found) in enumerate(checked, 1)
        for name, told in found
    ]
    if problems:
        bad = len({problem["row"] for problem in problems})
        raise BadRequest(
            f"{bad} of {len(given)} rows cannot be taken; nothing was imported.",
            problems[0]["field"],
            problems=problems,
        )
    known, new, skipped = _known(listing, reader), {}, []
    for number, (kept, _) in enumerate(checked, 1):
        this = _as_known(listing, kept)
        if this in known:
            skipped.append(number)
            continue
        known.add(this)
        new[uuid.uuid4().hex] = kept
    keep.add_all(listing.name, new, "import", who, reason, now)
    return [_shown(listing, dict(kept, _key=key), "app", now) for key, kept in new.items()], skipped


def _as_read(listing, body, keep, reader):
    """(key, number of the change, row) of what is to be changed, if it is still what the caller
    read."""
    key, was = body.get("key"), body.get("was")
    if isinstance(key, str) and key.startswith("file:"):
        raise BadRequest(
            f"This row is of the file: edit lookups/{listing.name}.csv where you manage it.", "key"
        )
    if not isinstance(key, str) or not KEY.match(key):
        raise BadRequest("key must be the key of a row, as the list gives it.", "key")
    if not isinstance(was, dict):
        raise BadRequest("was must be the row as you read it.", "was")
    number = keep.turn(listing.name, key)
    document = reader.get(listing.name, key)
    if document is None:
        raise NotFound("The row is gone; read the list again.", "key")
    before = _columns(listing, document)
    if any(before[name].strip() != str(was.get(name) or "").strip() for name in before):
        raise Conflict(
            "Somebody changed this row after you read it. Nothing of yours was written.",
            "was",
            row=_shown(listing, document, "app", 0),
        )
    return key, number, before


def _sound(listing, given, now):
    kept, problems = row(listing, given, now)
    if problems:
        told = [{"row": 1, "field": name, "text": said} for name, said in problems]
        raise BadRequest(problems[0][1], problems[0][0], problems=told)
    return kept


def _listing(name):
    if not isinstance(name, str) or name not in LISTS:
        raise BadRequest("name must be one of: {}.".format(", ".join(LISTS)), "name")
    return LISTS[name]


def _columns(listing, document):
    """The columns of a document as text; several values as a cell lists them."""
    return {column.name: ";".join(texts(document.get(column.name))) for column in listing.columns}


def _as_known(listing, document):
    """What makes two rows the same: an empty cell means the same as a star."""
    cells = _columns(listing, document)
    return tuple(
        value if value != "*" else "" for value in (cells[c.name].strip() for c in listing.columns)
    )


def _known(listing, reader):
    return {_as_known(listing, document) for document in reader.find(listing.name)}


def _shown(listing, document, origin, now):
    found = {
        "key": document["_key"],
        "origin": origin,
        "expires_state": _ending(listing, document, now),
    }
    found.update(_columns(listing, document))
    return found


def _end(listing):
    """The column that says until when a row counts, if the list has one."""
    names = {column.name for column in listing.columns}
    return next((name for name in ("expires", "valid_to") if name in names), "")


def _ending(listing, document, now):
    """expired, expiring (within 14 days) or empty."""
    last = ";".join(texts(document.get(_end(listing))))[:10]
    if not re.match(r"\d{4}-\d\d-\d\d\Z", last):
        return ""
    if last < today(now).isoformat():
        return "expired"
    return "expiring" if last <= (today(now) + timedelta(days=EXPIRING_DAYS)).isoformat() else ""


def _column(column):
    choices = list(column.choices)
    return {
        "name": column.name,
        "meaning": column.meaning,
        "needed": column.needed,
        "kind": column.kind if column.kind in SHOWN_KINDS else "text",
        "choices": choices,
    }


def _history(listing, reader):
    return [
        {
            "time": entry["time"],
            "who": entry["who"],
            "action": entry["action"],
            "key": entry["row_key"],
            "reason": entry["reason"],
            "before": json.loads(entry["before"]),
            "after": json.loads(entry["after"]),
        }
        for entry in reader.newest(HISTORY, {"list": listing.name}, "time", HISTORY_SHOWN)
    ]
