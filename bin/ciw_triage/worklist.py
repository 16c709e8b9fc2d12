"""The queue: cases joined with their states, filtered, counted, sorted, paged.

Reads a narrow index of all cases first, with the fields that this filter and this order look at
and no other, and the full documents of one page after, so that 10,000 cases cost little.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from heapq import nsmallest

from ciw_triage.cases import CASES, HISTORY, STATES, Cases
from ciw_triage.change import USER_NAME, text
from ciw_triage.errors import BadRequest
from ciw_triage.history import fresh
from ciw_triage.machine import OPEN_STATES
from ciw_triage.machine import STATES as ALL_STATES
from ciw_triage.parameters import several, whole

SEVERITIES = ("critical", "high", "medium", "low")
RANKS = {name: rank for rank, name in enumerate(reversed(SEVERITIES), 1)}
CLOUDS = ("aws", "azure", "gcp")
LARGEST_PAGE = 200
# A crash between claim and state document shows in the history; the queue looks back this far,
# and a case's own page looks at all of it.
MEND_WINDOW = 24 * 3600
MENDS_PER_READING = 20
# Less is left than this until the deadline, or it has passed: the desk shows it in colour too.
SOON = 3600

# Each is counted or ordered by, whatever the filter.
INDEX_FIELDS = ("severity", "sla_due")
SORT_FIELDS = {"newest": ("opened",), "oldest": ("opened",), "updated": ("updated",)}
STATE_FIELDS = ("_key", "state", "owner", "version")
TEXT_FIELDS = (
    "case_id",
    "vendor_account",
    "user",
    "subject",
    "reason",
    "signals",
    "object_id",
    "src",
)

SORTS = {
    "severity": lambda row: (-_rank(row), _due(row), row["case_id"]),
    "sla": lambda row: (_due(row), -_rank(row), row["case_id"]),
    "newest": lambda row: (-_number(row.get("opened")), row["case_id"]),
    "oldest": lambda row: (_number(row.get("opened")), row["case_id"]),
    "updated": lambda row: (-_number(row.get("updated")), row["case_id"]),
}


@dataclass(frozen=True)
class Filter:
    states: tuple[str, ...] = OPEN_STATES
    severities: tuple[str, ...] = ()
    clouds: tuple[str, ...] = ()
    owner: str = ""
    soon: bool = False
    words: tuple[str, ...] = ()
    sort: str = "severity"
    offset: int = 0
    count: int = 50


def parse(query):
    """A Filter of the query's (name, value) pairs. Raises BadRequest naming the parameter."""
    given = {}
    for name, value in query:
        if name != "output_mode":
            given[name] = value
    unknown = set(given) - {
        "state", "severity", "cloud", "owner", "due", "text", "sort", "offset", "count",
    }  # fmt: skip
    if unknown:
        raise BadRequest(f"The queue has no parameter {min(unknown)[:40]}.")
    states = several(given, "state", ALL_STATES + ("open", "all"))
    if "all" in states:
        states = ALL_STATES
    elif "open" in states or not states:
        states = OPEN_STATES + tuple(s for s in states if s == "closed")
    owner = given.get("owner", "")
    if owner and owner not in ("-me-", "-nobody-") and not USER_NAME.match(owner):
        raise BadRequest("owner must be a user name, -me- or -nobody-.", "owner")
    if given.get("due", "") not in ("", "soon"):
        raise BadRequest("due must be soon, or left out.", "due")
    sort = given.get("sort") or "severity"
    if sort not in SORTS:
        raise BadRequest("sort must be one of: {}.".format(", ".join(SORTS)), "sort")
    words = text("text", given.get("text", ""), needed=False)[:200].lower().split()
    return Filter(
        states=states,
        severities=several(given, "severity", SEVERITIES),
        clouds=several(given, "cloud", CLOUDS),
        owner=owner,
        soon=bool(given.get("due")),
        words=tuple(words),
        sort=sort,
        offset=whole(given, "offset", 0, 1000000),
        count=whole(given, "count", 50, LARGEST_PAGE),
    )


def read(wanted, reader, writer, caller, clock):
    """One page of the queue, how many there are, and the counts per severity and state.

    The counts of a dimension ignore the filter on that dimension, so that they tell what
    choosing another value would show; so do the counts of what is mine, nobody's and due soon.
    """
    now = int(clock())
    since = {"time": {"$gte": now - MEND_WINDOW}}
    cases, kept_states, recent = _at_once(
        lambda: reader.find(CASES, fields=_fields(wanted)),
        lambda: reader.find(STATES, fields=STATE_FIELDS),
        lambda: reader.find(HISTORY, since, ("case_id", "version")),
    )
    states = {state["_key"]: state for state in kept_states}
    _mend(states, recent, Cases(reader, writer, caller, clock))
    severities, per_state, quick, kept = Counter(), Counter(), Counter(), []
    for case in cases:
        case["case_id"] = case["_key"]
        case["severity"] = _flat(case.get("severity"))
        state = states.get(case["case_id"]) or fresh(case["case_id"])
        if not _matches(wanted, case):
            continue
        in_states = state["state"] in wanted.states
        in_severities = not wanted.severities or case["severity"] in wanted.severities
        owner, soon = state.get("owner") or "", _soon(case, state, now)
        if in_states and in_severities:
            quick["mine"] += owner == caller.name
            quick["nobody"] += not owner
            quick["soon"] += soon
        if not _owned(wanted, owner, caller.name) or (wanted.soon and not soon):
            continue
        severities[case["severity"]] += in_states
        per_state[state["state"]] += in_severities
        if in_states and in_severities:
            kept.append(case)
    first = nsmallest(wanted.offset + wanted.count, kept, key=SORTS[wanted.sort])
    page = [case["case_id"] for case in first[wanted.offset :]]
    documents, taken = _at_once(
        lambda: reader.get_many(CASES, page), lambda: reader.get_many(STATES, page)
    )
    return {
        "cases": [
            {"case": dict(documents[key], case_id=key), "state": _public(taken.get(key) or fresh(key))}
            for key in page
            if key in documents
        ],
        "total": len(kept),
        "offset": wanted.offset,
        "count": wanted.count,
        "all_cases": len(cases),
        "severities": {name: severities.get(name, 0) for name in SEVERITIES},
        "states": {name: per_state.get(name, 0) for name in ALL_STATES},
        "quick": {name: quick[name] for name in ("mine", "nobody", "soon")},
        "owners": sorted({s["owner"] for s in states.values() if s.get("owner")}),
        "me": caller.name,
        "now": now,
    }


def _fields(wanted):
    """What is read of every case: 10,000 of a field that nothing looks at are a megabyte."""
    return (
        INDEX_FIELDS
        + SORT_FIELDS.get(wanted.sort, ())
        + (("cloud",) if wanted.clouds else ())
        + (TEXT_FIELDS if wanted.words else ())
    )


def _at_once(*readings):
    """What each gives, in their order: splunkd answers one while the other is on its way."""
    with ThreadPoolExecutor(len(readings)) as pool:
        return [future.result() for future in [pool.submit(reading) for reading in readings]]


def _mend(states, recent, store):
    """Rewrites the state documents that recent history has outrun, here and in the store."""
    behind = {
        entry["case_id"]
        for entry in recent
        if int(entry["version"]) > int(states.get(entry["case_id"], {}).get("version", 0))
    }
    for case_id in sorted(behind)[:MENDS_PER_READING]:
        states[case_id] = store.mend(case_id)


def _matches(wanted, case):
    if wanted.clouds and not set(_flat(case.get("cloud")).split()) & set(wanted.clouds):
        return False
    if wanted.words:
        haystack = " ".join(_flat(case.get(name)) for name in TEXT_FIELDS).lower()
        return all(word in haystack for word in wanted.words)
    return True


def _owned(wanted, owner, me):
    if wanted.owner == "-nobody-":
        return not owner
    return not wanted.owner or owner == (me if wanted.owner == "-me-" else wanted.owner)


def _soon(case, state, now):
    return state["state"] != "closed" and _due(case) < now + SOON


def _public(state):
    return {name: value for name, value in state.items() if name[0] != "_"}


def _flat(value):
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _number(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _rank(row):
    return RANKS.get(row["severity"], 0)


def _due(row):
    return _number(row.get("sla_due")) or float("inf")
