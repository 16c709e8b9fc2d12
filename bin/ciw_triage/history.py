"""The state of a case as a fold over its history.

The history is the truth and the state document a copy of its sum, kept so that the queue need not
read the history. A process that dies between the claim (the history record) and the state
document leaves the copy behind; `fold` gives the state that the document should hold.
"""

from __future__ import annotations

import json

from ciw_triage.machine import transition

STATE_FIELDS = (
    "case_id",
    "state",
    "owner",
    "disposition",
    "version",
    "updated",
    "updated_by",
    "closed_time",
    "reason",
)


def key(case_id, version):
    """The key of a history record: inserting it is the claim of that version."""
    return f"{case_id}:{version}"


def fresh(case_id):
    """The state of a case nobody has touched."""
    return {
        "case_id": case_id,
        "state": "new",
        "owner": "",
        "disposition": "",
        "version": 0,
        "updated": 0,
        "updated_by": "",
        "closed_time": 0,
        "reason": "",
    }


def record(state, change, who, now, effects=()):
    """The history record that carries out `change` on a case in `state`; None if impossible."""
    step = transition(change.verb, state["state"])
    if step is None:
        return None
    version = state["version"] + 1
    detail = {name: value for name, value in change.values.items() if name != "reason"}
    if step.takes and not state["owner"]:
        detail["owner"] = who
    if effects:
        detail["effects"] = list(effects)
    return {
        "_key": key(change.case_id, version),
        "case_id": change.case_id,
        "version": version,
        "time": now,
        "who": who,
        "verb": change.verb,
        "from_state": state["state"],
        "to_state": step.to_state or state["state"],
        "reason": change.values.get("reason", ""),
        "detail": json.dumps(detail, sort_keys=True),
    }


def fold(case_id, records):
    """The state document that the records add up to."""
    state = fresh(case_id)
    for entry in ordered(records):
        values = detail(entry)
        state["version"] = int(entry["version"])
        state["state"] = entry["to_state"]
        state["updated"] = entry["time"]
        state["updated_by"] = entry["who"]
        if "owner" in values:
            state["owner"] = values["owner"]
        # Why somebody is watched is not why the case stands where it does.
        if entry.get("reason") and entry["verb"] not in ("watch", "unwatch"):
            state["reason"] = entry["reason"]
        if entry["verb"] == "close":
            state["disposition"] = values.get("disposition", "undetermined")
            state["closed_time"] = entry["time"]
        elif entry["verb"] == "reopen":
            state["disposition"] = ""
            state["closed_time"] = 0
    return state


def answers(records):
    """The analysts' latest answer to each question: {question: {answer, note, who, time, …}}."""
    found = {}
    for entry in ordered(records):
        if entry["verb"] == "answer":
            values = detail(entry)
            values.update(who=entry["who"], time=entry["time"], version=int(entry["version"]))
            found[values["question"]] = values
    return found


def steps(records):
    """What was ticked last: {step: {done, who, time, note}}."""
    found = {}
    for entry in ordered(records):
        if entry["verb"] == "step":
            values = detail(entry)
            found[values["step"]] = {
                "done": values["done"],
                "who": entry["who"],
                "time": entry["time"],
                "note": values.get("note", ""),
            }
    return found


def ordered(records):
    return sorted(records, key=lambda entry: int(entry["version"]))


def detail(entry):
    """The detail of a record as an object; records are only written by `record`."""
    return json.loads(entry.get("detail") or "{}")
