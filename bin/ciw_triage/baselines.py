"""Baselines: values that principals are known by, and what analysts decide about them.

A decision is kept in ciw_baseline_decisions, which is written here alone. Two searches write
ciw_baseline and put decisions into it: ciw_merge_baseline_decisions each five minutes, and the
hourly ciw_baseline_creators. So no decision is lost: one that a run of theirs overwrites, the next
puts in again. What is shown here is the value with its decision already applied.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from ciw_triage.cases import CASES, STATES
from ciw_triage.change import text
from ciw_triage.errors import BadRequest, Conflict, NotFound
from ciw_triage.keep import Keep
from ciw_triage.kv import DuplicateKey
from ciw_triage.lists import CLOUDS
from ciw_triage.machine import DECIDE_BASELINES
from ciw_triage.parameters import number, several, texts, whole

BASELINE = "ciw_baseline"
DECISIONS = "ciw_baseline_decisions"
VALUE_STATES = ("candidate", "learning", "trusted", "rejected", "expired")
DIMENSIONS = ("creator", "region", "type", "image", "hour", "country", "network", "source")
RULINGS = {"approve": "trusted", "reject": "rejected", "expire": "expired"}
NAMES = ("cloud", "vendor_account", "user", "dimension", "value")
FIELDS = NAMES + (
    "state",
    "first_seen",
    "last_seen",
    "distinct_days",
    "decided_by",
    "decided_time",
    "reason",
)
LARGEST_PAGE = 200
KEY = re.compile(r"[\w.:-]{1,128}\Z")
# ciw_trust_days where the macro cannot be read.
TRUST_DAYS = 5

SORTS = {
    "evidence": lambda row: (
        VALUE_STATES.index(row["state"]),
        -row["distinct_days"],
        -row["last_seen"],
        row["key"],
    ),
    "newest": lambda row: (-row["first_seen"], row["key"]),
    "seen": lambda row: (-row["last_seen"], row["key"]),
    "user": lambda row: (row["user"].lower(), row["dimension"], row["value"], row["key"]),
}


@dataclass(frozen=True)
class Filter:
    states: tuple[str, ...] = ()
    clouds: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    sort: str = "evidence"
    offset: int = 0
    count: int = 50


def parse(given):
    """A Filter of the query's parameters. Raises BadRequest naming the parameter."""
    known = {"state", "cloud", "dimension", "text", "sort", "offset", "count", "output_mode"}
    unknown = set(given) - known
    if unknown:
        raise BadRequest(f"Baselines have no parameter {min(unknown)[:40]}.")
    sort = given.get("sort") or "evidence"
    if sort not in SORTS:
        raise BadRequest("sort must be one of: {}.".format(", ".join(SORTS)), "sort")
    return Filter(
        states=several(given, "state", VALUE_STATES),
        clouds=several(given, "cloud", CLOUDS),
        dimensions=several(given, "dimension", DIMENSIONS),
        words=tuple(text("text", given.get("text", ""), needed=False)[:200].lower().split()),
        sort=sort,
        offset=whole(given, "offset", 0, 1000000),
        count=whole(given, "count", 50, LARGEST_PAGE),
    )


def read(wanted, reader, writer, caller, wanted_days=TRUST_DAYS):
    """One page of values; the counts of a dimension ignore the filter on that dimension."""
    Keep(reader, writer).finish(DECISIONS)
    decisions = {row["_key"]: row for row in reader.find(DECISIONS)}
    states, dimensions, kept = Counter(), Counter(), []
    for document in reader.find(BASELINE, fields=FIELDS):
        row = shown(document, decisions.get(document["_key"]))
        if wanted.clouds and row["cloud"] not in wanted.clouds:
            continue
        haystack = " ".join(row[name] for name in NAMES).lower()
        if not all(word in haystack for word in wanted.words):
            continue
        in_states = not wanted.states or row["state"] in wanted.states
        in_dimensions = not wanted.dimensions or row["dimension"] in wanted.dimensions
        states[row["state"]] += in_dimensions
        dimensions[row["dimension"]] += in_states
        if in_states and in_dimensions:
            kept.append(row)
    kept.sort(key=SORTS[wanted.sort])
    page = kept[wanted.offset : wanted.offset + wanted.count]
    _about(page, reader)
    for row in page:
        row["wanted_days"] = wanted_days
    why = caller.lacks(DECIDE_BASELINES)
    return {
        "rows": page,
        "total": len(kept),
        "offset": wanted.offset,
        "count": wanted.count,
        "states": {name: states.get(name, 0) for name in VALUE_STATES},
        "dimensions": {name: dimensions.get(name, 0) for name in DIMENSIONS},
        "may_decide": not why,
        "why": why,
    }


def decide(body, reader, writer, caller, now):
    """Carries out {"key", "verb", "was_state", "reason"} and gives the value as it is then."""
    caller.must(DECIDE_BASELINES, "decide on baselines")
    if not isinstance(body, dict) or set(body) - {"key", "verb", "was_state", "reason"}:
        raise BadRequest("The body must be an object with key, verb, was_state and reason.")
    key, verb, was = body.get("key"), body.get("verb"), body.get("was_state")
    if not isinstance(key, str) or not KEY.match(key):
        raise BadRequest("key must be the key of a value, as the list of values gives it.", "key")
    if not isinstance(verb, str) or verb not in RULINGS:
        raise BadRequest("verb must be one of: {}.".format(", ".join(RULINGS)), "verb")
    if was not in VALUE_STATES:
        raise BadRequest(
            "was_state must be the state that the value had when you read it: {}.".format(
                ", ".join(VALUE_STATES)
            ),
            "was_state",
        )
    if not isinstance(body.get("reason"), str):
        raise BadRequest("reason must be text.", "reason")
    reason = text("reason", body["reason"], needed=True)
    keep = Keep(reader, writer)
    keep.finish(DECISIONS)
    number = keep.turn(DECISIONS, key)
    document, before = _value(reader, key)
    row = shown(document, before)
    if row["state"] != was:
        who = f" by {row['decided_by']}" if row["decided_by"] else ""
        raise Conflict(
            f"The value is {row['state']} now{who}, not {was}; read it again.", "was_state", row=row
        )
    after = dict(
        {name: _text(document.get(name)) for name in NAMES},
        ruling=RULINGS[verb],
        ruled_by=caller.name,
        ruled_time=int(now),
        ruled_because=reason,
    )
    known = {name: value for name, value in (before or {}).items() if name[0] != "_"}
    try:
        keep.change(DECISIONS, key, number, verb, known or None, after, caller.name, reason, now)
    except DuplicateKey:
        raise Conflict(
            "Somebody else decided on this value at the same moment; read it again.", "was_state"
        ) from None
    found = shown(document, after)
    _about([found], reader)
    return found


def shown(document, decision):
    """A value as the desk shows it, with a decision that is newer than the value's own."""
    row = {name: _text(document.get(name)) for name in NAMES}
    row.update(
        key=document["_key"],
        state=_text(document.get("state")),
        first_seen=number(document.get("first_seen")),
        last_seen=number(document.get("last_seen")),
        distinct_days=number(document.get("distinct_days")),
        wanted_days=TRUST_DAYS,
        decided_by=_text(document.get("decided_by")),
        decided_time=number(document.get("decided_time")),
        reason=_text(document.get("reason")),
        cases=[],
    )
    if row["state"] not in VALUE_STATES:
        row["state"] = "candidate"
    if decision and number(decision.get("ruled_time")) > row["decided_time"]:
        row.update(
            state=_text(decision.get("ruling")),
            decided_by=_text(decision.get("ruled_by")),
            decided_time=number(decision.get("ruled_time")),
            reason=_text(decision.get("ruled_because")),
        )
    return row


def _value(reader, key):
    document = reader.get(BASELINE, key)
    if document is None:
        raise NotFound("There is no such value in the baselines any more; read them again.", "key")
    return document, reader.get(DECISIONS, key)


def _about(rows, reader):
    """Adds to each value the open and true-positive cases of its principal and account."""
    if not rows:
        return
    wanted = {}
    for row in rows:
        wanted.setdefault((row["cloud"], row["vendor_account"], row["user"]), []).append(row)
    fields = ("case_id", "cloud", "vendor_account", "user", "opened")
    found = []
    for case in reader.find(CASES, fields=fields):
        for user in texts(case.get("user")):
            for account in texts(case.get("vendor_account")):
                key = (_text(case.get("cloud")), account, user)
                if key in wanted:
                    found.append((key, case["_key"], number(case.get("opened"))))
    states = reader.get_many(STATES, sorted({case_id for _, case_id, _ in found}))
    for key, case_id, _ in sorted(found, key=lambda one: -one[2]):
        state = states.get(case_id, {})
        if state.get("state") != "closed" or state.get("disposition") == "true_positive":
            for row in wanted[key]:
                if case_id not in row["cases"]:
                    row["cases"].append(case_id)


def _text(value):
    return ", ".join(texts(value))
