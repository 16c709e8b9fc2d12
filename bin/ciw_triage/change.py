"""A request to change a case, checked field by field before anything is read or written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ciw_triage.check import UNSEEN
from ciw_triage.errors import BadRequest
from ciw_triage.machine import (
    ANSWERS,
    DISPOSITIONS,
    LONGEST_DAYS,
    QUESTIONS,
    TRANSITIONS,
    VERBS,
    WATCH_KINDS,
)

CASE_ID = re.compile(r"[0-9a-f]{16}\Z")
# Splunk user names: no spaces, colons or slashes; SAML and LDAP add @, dots and a backslash.
USER_NAME = re.compile(r"[\w.@+\\-]{1,120}\Z")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
STEP = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
WATCH = re.compile(r"[0-9a-f]{16}:[0-9]{1,7}\Z")
LONGEST_TEXT = 4000
LONGEST_NAME = 1000
HIGHEST_VERSION = 1000000

LISTS = {
    "question": QUESTIONS,
    "answer": ANSWERS,
    "machine_answer": ANSWERS,
    "disposition": DISPOSITIONS,
    "done": ("yes", "no"),
    "watch_kind": WATCH_KINDS,
}


@dataclass(frozen=True)
class Change:
    """`values` holds only the fields the verb takes: reason, note, owner, question, …"""

    case_id: str
    version: int
    verb: str
    values: dict[str, str] = field(default_factory=dict)


def parse(body):
    """A Change of the JSON object of a POST.

    Raises BadRequest naming the field at fault. What the verb requires is the same from every
    state, so it can be checked before the state is known.
    """
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object with case_id, version and verb.")
    verb = body.get("verb")
    if verb not in VERBS:
        raise BadRequest("verb must be one of: {}.".format(", ".join(VERBS)), "verb")
    shape = next(t for t in TRANSITIONS if t.verb == verb)
    known = {"case_id", "version", "verb"} | set(shape.requires) | set(shape.accepts)
    for name in body:
        if name not in known:
            raise BadRequest(
                "{} does not take the field {}; it takes: {}.".format(
                    verb, _show(name), ", ".join(sorted(known))
                ),
                _show(name),
            )
    values = {}
    for name in shape.requires + shape.accepts:
        if body.get(name) is None:
            if name in shape.requires:
                raise BadRequest(f"{verb} needs the field {name}.", name)
            continue
        values[name] = _value(name, body[name], needed=name in shape.requires)
    if values.get("exception_days") and values["disposition"] not in ("benign", "false_positive"):
        raise BadRequest(
            "An exception is for what is benign or a false positive; close without exception_days.",
            "exception_days",
        )
    return Change(case_id(body.get("case_id")), _version(body.get("version")), verb, values)


def case_id(value):
    """The id of a case: 16 lowercase hexadecimal digits, nothing else."""
    if not isinstance(value, str) or not CASE_ID.match(value):
        raise BadRequest("case_id must be 16 lowercase hexadecimal digits.", "case_id")
    return value


def _version(value):
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= HIGHEST_VERSION:
        raise BadRequest(
            "version must be the whole number that the case had when you read it.", "version"
        )
    return value


def _value(name, value, needed):
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be text.", name)
    if name in LISTS:
        if value not in LISTS[name]:
            raise BadRequest("{} must be one of: {}.".format(name, ", ".join(LISTS[name])), name)
        return value
    if name == "owner":
        if value and not USER_NAME.match(value):
            raise BadRequest(
                "owner must be a Splunk user name, or empty to release the case.", "owner"
            )
        return value
    if name in ("days", "exception_days"):
        short = len(value) <= 3 and value.isascii() and value.isdigit()
        if not (short and 1 <= int(value) <= LONGEST_DAYS):
            raise BadRequest(f"{name} must be a whole number from 1 to {LONGEST_DAYS}.", name)
        return str(int(value))
    if name == "step" and not STEP.match(value):
        raise BadRequest("step must be the id of a step of the runbook or the review.", name)
    if name == "watch" and not WATCH.match(value):
        raise BadRequest("watch must be the key of one of this case's watches.", name)
    if name == "watch_value":
        return _name(name, value)
    return text(name, value, needed)


def _name(name, value):
    """The name of a principal, account or image: one line of characters that can be seen."""
    value = value.strip()
    if not value or UNSEEN.search(value) or len(value) > LONGEST_NAME:
        raise BadRequest(
            f"{name} must be one line of at most {LONGEST_NAME} characters that can be seen.", name
        )
    return value


def text(name, value, needed):
    """Free text of an analyst, as typed but for the space around it."""
    if UNPRINTABLE.search(value):
        raise BadRequest(f"{name} holds control characters; paste it as plain text.", name)
    value = value.strip()
    if needed and not value:
        raise BadRequest(f"{name} must not be empty.", name)
    if len(value) > LONGEST_TEXT:
        raise BadRequest(
            f"{name} is {len(value)} characters long; at most {LONGEST_TEXT} are kept.",
            name,
        )
    return value


def _show(name):
    return re.sub(r"[^\w.-]", "?", str(name))[:40]
