"""One case: reading it with its history, changing it, repairing its state document.

A change is claimed by inserting the history record `case_id:(version+1)`; splunkd refuses a second
insert of that key, so of two analysts one wins and the other gets a Conflict that names the first.
Then the state document is written. A process that dies in between leaves the change in the
history and an old state document; every reading compares the two and rewrites the document. What
a change does to the lists (`effects`) is made between the two, and mended with the document.
"""

from __future__ import annotations

from ciw_triage import effects, history
from ciw_triage.errors import BadRequest, Conflict, NotFound
from ciw_triage.kv import DuplicateKey
from ciw_triage.machine import ADD_EXCEPTION, choices, from_states, label, transition
from ciw_triage.parameters import texts
from ciw_triage.runbook import STEPS

CASES = "ciw_cases"
STATES = "ciw_case_state"
HISTORY = "ciw_case_history"
SIGNALS = "ciw_signals"


class Cases:
    """`reader` acts with the caller's token, `writer` with the system's (for states and history)."""

    def __init__(self, reader, writer, caller, clock):
        self._reader = reader
        self._writer = writer
        self._caller = caller
        self._clock = clock

    def read(self, case_id):
        """Everything the page of a case shows but the answers of the searches."""
        case = self.case(case_id)
        records = self._records(case_id)
        state = self._mended(case_id, records)
        reply = self._view(state, records)
        signal_ids = texts(case.get("signal_ids"))
        signals = self._reader.get_many(SIGNALS, signal_ids)
        reply["case"] = case
        reply["signals"] = sorted(signals.values(), key=lambda s: -_number(s.get("weight")))
        reply["missing_signals"] = [key for key in signal_ids if key not in signals]
        reply["followed_by"] = self._followers(case_id)
        return reply

    def change(self, change):
        """Carries the change out and returns the new state, history and choices."""
        case = self.case(change.case_id)
        records = self._records(change.case_id)
        state = history.fold(change.case_id, records)
        if change.version != state["version"]:
            raise _moved_on(change, state, records)
        step = transition(change.verb, state["state"])
        if step is None:
            raise Conflict(
                "The case is {}; {} is possible from: {}.".format(
                    label(state["state"]),
                    change.verb,
                    ", ".join(label(s) for s in from_states(change.verb)),
                ),
                "verb",
                state=state,
            )
        self._caller.must(step.capability, change.verb + " this case")
        if change.values.get("exception_days"):
            self._caller.must(ADD_EXCEPTION, "close this case with an exception")
        if change.verb == "reopen":
            self._refuse_if_followed(change.case_id)
        if change.verb == "step" and change.values["step"] not in STEPS():
            raise BadRequest("step must be the id of a step of the runbook or the review.", "step")
        if change.verb == "unwatch":
            effects.must_be_watched(change, records)
        now, who = int(self._clock()), self._caller.name
        planned = effects.plan(case, change, state["version"] + 1, who, now)
        claim = history.record(state, change, who, now, planned)
        try:
            self._writer.insert(HISTORY, claim)
        except DuplicateKey:
            records = self._records(change.case_id)
            raise _moved_on(change, history.fold(change.case_id, records), records) from None
        records.append(claim)
        state = history.fold(change.case_id, records)
        effects.carry_out(records, self._reader, self._writer, now)
        self._write(state)
        return self._view(state, records)

    def mend(self, case_id):
        """The state of the case by its history, written to the state document if that differs."""
        return self._mended(case_id, self._records(case_id))

    def _view(self, state, records):
        return {
            "state": state,
            "history": history.ordered(records),
            "answers": history.answers(records),
            "steps": history.steps(records),
            "watches": effects.watches(records, self._reader, self._clock()),
            "exceptions": effects.exceptions(records, self._reader, self._clock()),
            "choices": choices(state["state"], self._caller.capabilities),
            "now": int(self._clock()),
        }

    def _mended(self, case_id, records):
        state = history.fold(case_id, records)
        if records:
            kept = self._reader.get(STATES, case_id) or {}
            # A change that came after the records were read has written a newer document.
            behind = int(kept.get("version") or 0) <= state["version"]
            if behind and any(kept.get(name) != state[name] for name in history.STATE_FIELDS):
                effects.carry_out(records, self._reader, self._writer, self._clock())
                self._write(state)
        return state

    def _write(self, state):
        self._writer.put(STATES, dict(state, _key=state["case_id"]))

    def case(self, case_id):
        """What the machine knows of the case."""
        case = self._reader.get(CASES, case_id)
        if case is None:
            raise NotFound(
                f"There is no case {case_id}; it may have been removed by the retention of closed "
                "cases.",
                "case_id",
            )
        return case

    def _records(self, case_id):
        return self._reader.find(HISTORY, {"case_id": case_id})

    def _followers(self, case_id):
        """Ids of the cases that were opened for the same subject after this one was closed."""
        found = self._reader.find(CASES, {"previous_case_id": case_id}, ("case_id",))
        return [case["case_id"] for case in found]

    def _refuse_if_followed(self, case_id):
        followers = self._followers(case_id)
        states = self._reader.get_many(STATES, followers)
        for follower in followers:
            if states.get(follower, {}).get("state") != "closed":
                raise Conflict(
                    f"Case {follower} follows this one and is open; work there.",
                    "case_id",
                    followed_by=follower,
                )


def _moved_on(change, state, records):
    """The Conflict of a stale version: says who did what, and when, since then."""
    later = [entry for entry in history.ordered(records) if int(entry["version"]) > change.version]
    if not later:
        return Conflict(
            "The case has version {}, not {}; reload it.".format(state["version"], change.version),
            "version",
            state=state,
        )
    who = ", ".join(dict.fromkeys(entry["who"] for entry in later))
    what = ", ".join(dict.fromkeys(entry["verb"] for entry in later))
    return Conflict(
        f"{who} changed this case ({what}) after you read it. Nothing of yours was written.",
        "version",
        state=state,
        since=later,
    )



def _number(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
