"""The report of a case for a ticket, as Markdown or JSON.

What stands in it comes from logs and analysts, and is text: in Markdown values of logs stand in
code spans, sentences are escaped, so that nothing becomes markup, a link, a mention or HTML.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone

from ciw_triage.check import shipped
from ciw_triage.errors import BadRequest
from ciw_triage.history import detail
from ciw_triage.parameters import first, number, texts
from ciw_triage.runbook import INSTANCES

FORMS = {"markdown": "md", "json": "json"}
MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&@$^!()])")
# Words that become a link or a mention by themselves: a scheme, www, a mail address, a name.
LINKS = re.compile(r"(?i).*(:/|www\.|@|mailto:|xmpp:).*")
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
LONGEST_VALUE = 2000
MOST_VALUES = 50
LEDGER = (
    "object_id",
    "vendor_region",
    "instance_type",
    "image_id",
    "created",
    "user",
    "src",
    "channel",
    "authorisation",
    "provenance",
    "exposure",
    "identity",
    "groups",
    "state",
)


def read(page, form, reader, now):
    """The report of what `Cases.read` gives. Raises BadRequest for another form."""
    if form not in FORMS:
        raise BadRequest("form must be one of: {}.".format(", ".join(FORMS)), "form")
    facts = _facts(page, reader, now)
    case_id = page["state"]["case_id"]
    told = (
        json.dumps(facts, indent=2, sort_keys=True) + "\n" if form == "json" else _markdown(facts)
    )
    return {
        "case_id": case_id,
        "form": form,
        "name": f"case-{case_id}.{FORMS[form]}",
        "version": facts["state"]["version"],
        "written": facts["written"],
        "text": told,
    }


def _facts(page, reader, now):
    case, state = page["case"], page["state"]
    cloud = first(case.get("cloud"))
    # A step of one name is another in each cloud.
    book = [line for line in shipped("ciw_runbook") if line["cloud"] == cloud]
    titles = {line["step"]: line["title"] for line in book}
    titles.update({line["step"]: line["title"] for line in shipped("ciw_review")})
    objects = texts(case.get("object_id"))[:MOST_VALUES]
    ledger = []
    if objects:
        rows = reader.find_of(INSTANCES, "object_id", objects, {"cloud": cloud}, LEDGER)
        ledger = sorted(rows, key=lambda row: first(row.get("object_id")))
    return {
        "case": {name: value for name, value in case.items() if name[0] != "_"},
        "state": state,
        "signals": [_public(signal) for signal in page["signals"]],
        "missing_signals": len(page["missing_signals"]),
        "instances": [_public(row) for row in ledger],
        "answers": page["answers"],
        "steps": [
            dict(values, id=step, title=titles.get(step, step))
            for step, values in sorted(page["steps"].items(), key=lambda one: one[1]["time"])
        ],
        "watches": page["watches"],
        "exceptions": page["exceptions"],
        "history": [dict(_public(entry), detail=detail(entry)) for entry in page["history"]],
        "followed_by": page["followed_by"],
        "written": int(now),
    }


def _public(document):
    return {name: value for name, value in document.items() if name[0] != "_"}


def _markdown(facts):
    case, state = facts["case"], facts["state"]
    lines = [f"# Case {code(state['case_id'])}", "", _as_of(facts), ""]
    lines += _table(
        [
            ("What", sentence(first(case.get("reason")))),
            ("Severity", code(first(case.get("severity")))),
            ("Verdict", code(first(case.get("verdict")))),
            ("State", code(state["state"])),
            ("Disposition", code(state["disposition"])),
            ("Why", sentence(state["reason"])),
            ("Owner", code(state["owner"])),
            ("Cloud", values(case.get("cloud"))),
            ("Account", values(case.get("vendor_account"))),
            ("Region", values(case.get("vendor_region"))),
            ("Principal", values(case.get("user"))),
            ("Resources", values(case.get("object_id"))),
            ("Addresses", values(case.get("src"))),
            ("ATT\\&CK", values(case.get("mitre_id"))),
            ("Authorisation", code(first(case.get("authorisation")))),
            ("First and last signal", span(case.get("first_time"), case.get("last_time"))),
            ("Opened, decision due", span(case.get("opened"), case.get("sla_due"))),
            ("Closed", moment(state["closed_time"])),
            ("Exercise", code("yes") if "true" in texts(case.get("drill")) else ""),
        ]
    )
    lines += _section(
        "Signals",
        [
            "{} {}, weight {}: {}".format(
                moment(signal.get("time")),
                code(first(signal.get("signal"))),
                code(number(signal.get("weight"))),
                sentence(first(signal.get("reason"))),
            )
            for signal in facts["signals"]
        ],
        "No signal of the case is kept any more.",
    )
    if facts["missing_signals"]:
        lines += ["{} older signals are no longer kept.".format(facts["missing_signals"]), ""]
    lines += _section(
        "Instances",
        [_instance(row) for row in facts["instances"]],
        "The ledger knows none of the case's resources as an instance.",
    )
    lines += _section(
        "Answers of the analysts",
        [
            "{}: {} ({}, {}){}".format(
                code(name),
                code(found.get("answer")),
                code(found.get("who")),
                moment(found.get("time")),
                ": " + sentence(found["note"]) if found.get("note") else "",
            )
            for name, found in sorted(facts["answers"].items())
        ],
        "None was confirmed or overridden.",
    )
    lines += _section(
        "Containment and review",
        [
            "[{}] {} ({}, {}){}".format(
                "x" if step["done"] == "yes" else " ",
                sentence(step["title"]),
                code(step["who"]),
                moment(step["time"]),
                ": " + sentence(step["note"]) if step["note"] else "",
            )
            for step in facts["steps"]
        ],
        "No step was ticked.",
    )
    lines += _section(
        "Heightened watch",
        [
            "{} {} until {}{}: {}".format(
                sentence(watch["kind"]),
                code(watch["value"]),
                code(watch["expires"]),
                "" if watch["active"] else " (no longer active)",
                sentence(watch["reason"]),
            )
            for watch in facts["watches"]
        ],
        "Nobody and nothing was put under watch from this case.",
    )
    lines += _section(
        "Exceptions",
        [
            "{} until {}{}".format(
                code(found["signal"]),
                code(found["expires"]),
                "" if found["active"] else " (no longer active)",
            )
            for found in facts["exceptions"]
        ],
        "None.",
    )
    lines += _section(
        "Who did what, when",
        [_entry(entry) for entry in facts["history"]],
        "Nobody has touched this case yet.",
    )
    links = [code(case.get("previous_case_id"))] if case.get("previous_case_id") else []
    lines += _section("Case before", links, "None.")
    lines += _section("Cases after", [code(key) for key in facts["followed_by"]], "None.")
    return "\n".join(lines) + "\n"


def _as_of(facts):
    """First, so that whoever reads the ticket later knows what it cannot hold yet."""
    version, written = facts["state"]["version"], moment(facts["written"])
    return (
        f"As of version {version} of the case, written {written} by Cloud Instance Watch."
        " Times are UTC."
    )


def _table(pairs):
    """Facts as a list, those that are not known left out."""
    return [f"- {name}: {told}" for name, told in pairs if told] + [""]


def _section(title, lines, empty):
    return [f"## {title}", "", *([f"- {line}" for line in lines] or [empty]), ""]


def _instance(row):
    told = []
    for name in LEDGER[1:]:
        value = moment(row.get(name)) if name == "created" else values(row.get(name))
        if value:
            told.append("{} {}".format(name.replace("_", " "), value))
    return "{}: {}".format(code(first(row.get("object_id"))), ", ".join(told))


def _entry(entry):
    more = {
        name: value
        for name, value in entry["detail"].items()
        if name not in ("effects", "note") and isinstance(value, str)
    }
    told = "{} {} {}".format(moment(entry["time"]), code(entry["who"]), code(entry["verb"]))
    if entry["to_state"] != entry["from_state"]:
        told += " ({} to {})".format(code(entry["from_state"]), code(entry["to_state"]))
    for name, value in sorted(more.items()):
        told += ", {} {}".format(name.replace("_", " "), code(value))
    for words in (entry.get("reason"), entry["detail"].get("note")):
        told += ": " + sentence(words) if words else ""
    return told


def code(value):
    """A value as a code span: whatever is in it is text."""
    told = _seen("" if value is None else str(value))
    if not told:
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", told)), default=0))
    pad = " " if told[0] in "` " or told[-1] in "` " else ""
    return f"{fence}{pad}{told}{pad}{fence}"


def values(value):
    found = texts(value)
    told = ", ".join(code(one) for one in found[:MOST_VALUES] if one)
    left = len(found) - MOST_VALUES
    return told + (f" and {left} more" if left > 0 else "")


def sentence(value):
    """Words of people and searches as one line of plain text."""
    words = _seen("" if value is None else str(value)).split(" ")
    return " ".join(
        code(word) if LINKS.match(word) else MARKUP.sub(r"\\\1", word) for word in words
    )


def _seen(value):
    """One line, in which what cannot be seen is told by its number."""
    value = " ".join(value.split())
    value = UNSEEN.sub(lambda m: f"U+{ord(m[0]):04X}", value)
    return value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 3] + "..."


def moment(value):
    at = number(value)
    if not 0 < at < 32503680000:
        return ""
    return datetime.fromtimestamp(int(at), timezone.utc).strftime("%Y-%m-%d %H:%M")


def span(start, end):
    return " to ".join(told for told in (moment(first(start)), moment(first(end))) if told)
