"""What a change of a case does beside the case: rows in the lists that the detections read.

Watching adds a row to ciw_monitoring, closing with an exception one a signal to ciw_exceptions.
What the rows are is worked out before the change is claimed and stands in its history record
(`effects`), so that they follow from the history alone: a process that dies after the claim leaves
them to the next reading of the case.
"""

from __future__ import annotations

from ciw_triage.check import UNSEEN, day_after, means_any, row, today
from ciw_triage.errors import BadRequest, Conflict
from ciw_triage.history import detail, key, ordered
from ciw_triage.keep import Keep
from ciw_triage.kv import DuplicateKey
from ciw_triage.lists import LISTS
from ciw_triage.parameters import first, texts

MONITORING = "ciw_monitoring"
EXCEPTIONS = "ciw_exceptions"
LONGEST_REASON = 400
MOST_OBJECTS = 40


def plan(case, change, version, who, now):
    """The effects of a change: [{"list", "key", "row"}], or with "row" None to take one away.

    Raises BadRequest where the case's own values cannot stand in a list.
    """
    this = key(change.case_id, version)
    if change.verb == "watch":
        return [{"list": MONITORING, "key": this, "row": _watch(case, change, who, now)}]
    if change.verb == "unwatch":
        return [{"list": MONITORING, "key": change.values["watch"], "row": None}]
    if change.verb == "close" and change.values.get("exception_days"):
        return [
            {"list": EXCEPTIONS, "key": f"{this}:{values['signal']}", "row": values}
            for values in _exceptions(case, change, who, now)
        ]
    return []


def carry_out(records, reader, writer, now):
    """Makes the rows that the history tells of and that are not yet there (or not yet gone)."""
    keep = Keep(reader, writer)
    told = [
        (entry, effect) for entry in ordered(records) for effect in detail(entry).get("effects", ())
    ]
    gone = {effect["key"] for _, effect in told if effect["row"] is None}
    for entry, effect in told:
        where = effect["list"], effect["key"]
        if effect["row"] is not None:
            if effect["key"] not in gone and effect["row"]["expires"] >= today(now).isoformat():
                keep.ensure(*where, effect["row"], entry["who"], entry["reason"], entry["time"])
        else:
            _take_away(keep, reader, where, entry)


def _take_away(keep, reader, where, entry):
    """A watch that was ended: gone, and recorded as what would otherwise bring it back."""
    told = entry["who"], entry["reason"], entry["time"]
    while True:
        number = keep.turn(*where)
        records = keep.records(*where)
        if records and records[-1]["action"] == "remove":
            return
        row_ = reader.get(*where) or {}
        before = {name: value for name, value in row_.items() if name[0] != "_"}
        try:
            keep.change(*where, number, "remove", before or None, None, *told)
            return
        except DuplicateKey:
            # Another reader of the case was quicker, or somebody who edits the list.
            continue


def watches(records, reader, now):
    """The watches of a case: [{key, kind, value, reason, owner, expires, active}]."""
    return [
        {
            "key": effect["key"],
            "kind": detail(entry)["watch_kind"],
            "value": detail(entry)["watch_value"],
            "reason": entry["reason"],
            "owner": entry["who"],
            "expires": row_["expires"],
            "active": active,
        }
        for entry, effect, row_, active in _made("watch", records, reader, now)
    ]


def exceptions(records, reader, now):
    """The exceptions of a case: [{key, signal, expires, active}]."""
    return [
        {
            "key": effect["key"],
            "signal": row_["signal"],
            "expires": row_["expires"],
            "active": active,
        }
        for _, effect, row_, active in _made("close", records, reader, now)
    ]


def _made(verb, records, reader, now):
    """Each row that the history made, as it stands in its list now, and whether it counts."""
    told = [
        (entry, effect)
        for entry in ordered(records)
        if entry["verb"] == verb
        for effect in detail(entry).get("effects", ())
    ]
    by_list = {}
    for _, effect in told:
        by_list.setdefault(effect["list"], []).append(effect["key"])
    there = {name: reader.get_many(name, keys) for name, keys in by_list.items()}
    for entry, effect in told:
        found = there[effect["list"]].get(effect["key"])
        row_ = dict(effect["row"], **(found or {}))
        expires = str(row_.get("expires") or "")
        yield entry, effect, row_, bool(found) and expires[:10] >= today(now).isoformat()


def must_be_watched(change, records):
    """Refuses to end what is no watch of this case, or was ended already."""
    made = {
        effect["key"]
        for entry in records
        if entry["verb"] == "watch"
        for effect in detail(entry).get("effects", ())
    }
    if change.values["watch"] not in made:
        raise BadRequest("watch must be the key of one of this case's watches.", "watch")
    for entry in records:
        if entry["verb"] == "unwatch" and detail(entry)["watch"] == change.values["watch"]:
            raise Conflict("{} has ended this watch already.".format(entry["who"]), "watch")


def _watch(case, change, who, now):
    kind, value = change.values["watch_kind"], change.values["watch_value"]
    if "*" in value or (kind == "image" and ";" in value):
        raise BadRequest(
            f"watch_value must name one {kind}, without * or ;. Wildcards go into the list of"
            " heightened watches.",
            "watch_value",
        )
    column = {"user": "user", "account": "vendor_account", "image": "image_id"}[kind]
    values = {
        "cloud": first(case.get("cloud")),
        column: value,
        "reason": _cell(change.values["reason"]),
        "owner": who,
        "expires": day_after(now, int(change.values["days"])),
    }
    return _sound(MONITORING, values, now, "watch_value")


def _exceptions(case, change, who, now):
    """One row a kind of signal, for the principal or, where none is known, for the resources."""
    values = {
        "cloud": first(case.get("cloud")),
        "vendor_account": first(case.get("vendor_account")),
        "reason": _cell(change.values["reason"]),
        "owner": who,
        "expires": day_after(now, int(change.values["exception_days"])),
    }
    user, objects = first(case.get("user")), texts(case.get("object_id"))
    named = [user] if user not in ("", "unknown") else objects
    if not named or any(means_any(name) for name in named):
        raise BadRequest(
            "The case names neither principal nor resource, so an exception would silence"
            " everything in the account. Close without one.",
            "exception_days",
        )
    if any("*" in name or ";" in name for name in named) or len(named) > MOST_OBJECTS:
        raise BadRequest(
            "An exception for this case would silence more than the case: its names hold * or ;,"
            f" or it has more than {MOST_OBJECTS} resources. Close without one, and add a row to"
            " the list of exceptions.",
            "exception_days",
        )
    if user not in ("", "unknown"):
        values["user"] = user
    else:
        values["object_id"] = ";".join(objects)
    return [
        _sound(EXCEPTIONS, dict(values, signal=signal), now, "exception_days")
        for signal in sorted(set(texts(case.get("signals"))))
    ]


def _sound(name, values, now, field):
    kept, problems = row(LISTS[name], values, now)
    if problems:
        raise BadRequest(f"What the case says cannot stand in {name}: {problems[0][1]}", field)
    return kept


def _cell(text):
    """Free text as one line of a list's cell; the whole stays in the history of the case."""
    text = " ".join(UNSEEN.sub(" ", text).split())
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 3] + "..."
