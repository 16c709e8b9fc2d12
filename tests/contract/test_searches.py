"""The shape of savedsearches.conf and macros.conf, and what a schedule must state."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from lab import conf
from tests.contract.repository import DEFAULT, place, read, relative, report

WIDTH = 100
RUNS_AN_HOUR = 12
KINDS = (
    "collect",
    "backfill",
    "signal",
    "case",
    "baseline",
    "ledger",
    "coverage",
    "question",
    "investigate",
    "notify",
    "prune",
    "merge",
    "overview",
    "list",
)


def searches() -> dict[str, conf.Stanza]:
    return read("savedsearches")


def scheduled() -> list[conf.Stanza]:
    return [s for s in searches().values() if s.boolean("enableSched", False)]


def outside_quotes(line: str, keep: str = "") -> str:
    """`line` without what stands in quotes, in subsearch brackets, in backticks or comments."""
    line = re.sub(r"```.*?```", keep, line)
    line = re.sub(r'"(?:\\.|[^"\\])*"', keep, line)
    line = re.sub(r"`[^`]*`", keep, line)
    before = None
    while before != line:
        before, line = line, re.sub(r"\[[^\[\]]*\]", keep, line)
    return line


def line_problems(where: str, lines: list[str]) -> list[str]:
    """What is wrong with the form of a conf's lines: width, blanks at the end, pipes."""
    problems = []
    key, continued = "", False
    for number, line in enumerate(lines, 1):
        here = f"{where}:{number}"
        if len(line) > WIDTH:
            problems.append(f"{here}: {len(line)} columns, {WIDTH} at most")
        if line != line.rstrip():
            problems.append(
                f"{here}: blanks at the end"
                + (" hide the backslash from Splunk" if line.rstrip().endswith("\\") else "")
            )
        value = line
        if not continued:
            key, _, value = line.partition("=")
        if key.strip() in ("search", "definition"):
            text = outside_quotes(value).strip()
            if "|" in text.lstrip("[").strip()[1:]:
                problems.append(f"{here}: a pipe starts a line of its own")
        continued = line.endswith("\\") and not line.lstrip().startswith("#")
    return problems


@pytest.mark.parametrize("name", ["savedsearches", "macros"])
def test_lines_are_readable(name):
    """At most 100 columns and one pipe a line; the backslash is the last character."""
    path = DEFAULT / f"{name}.conf"
    if not path.is_file():
        pytest.fail(f"default/{name}.conf is missing", pytrace=False)
    report(line_problems(relative(path), path.read_text("utf-8").splitlines()))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("search = a | b", "a pipe starts"),
        ("search = a \\ ", "hide the backslash"),
        ("search = a ", "blanks at the end"),
        ("search = " + "a" * 100, "109 columns"),
        ('search = a "x|y" [| inputlookup z | fields z]', None),
        ("search = | `m(a|b)`", None),
        ("description = a | b", None),
    ],
)
def test_bad_lines_are_found(line, problem):
    found = line_problems("x.conf", [line])
    assert (not found) if problem is None else (len(found) == 1 and problem in found[0]), found


def test_keys_come_in_one_order():
    """Any two settings come in the same order in every saved search."""
    seen: dict[tuple[str, str], conf.Stanza] = {}
    problems = []
    for stanza in searches().values():
        for first, second in combinations(stanza.settings, 2):
            if (second, first) in seen:
                other = seen[second, first]
                problems.append(
                    f"{place(stanza, second)}: [{stanza.name}] has {first} before "
                    f"{second}, [{other.name}] at {place(other)} the other way"
                )
            seen.setdefault((first, second), stanza)
    report(problems)


def test_names_say_what_a_search_does():
    report(
        [
            f"{place(s)}: [{s.name}]: a name is ciw_<kind>_<what>, kind one of {', '.join(KINDS)}"
            for s in searches().values()
            if not re.fullmatch(rf"ciw_({'|'.join(KINDS)})_[a-z0-9_]+", s.name)
        ]
    )


def test_every_search_is_described():
    report(
        [
            f"{place(s)}: [{s.name}] has no description"
            for s in searches().values()
            if not s.get("description")
        ]
    )


def test_scheduled_searches_state_when_and_over_what():
    problems = []
    for stanza in scheduled():
        for key in ("cron_schedule", "dispatch.earliest_time", "dispatch.latest_time"):
            if not stanza.get(key):
                problems.append(f"{place(stanza)}: [{stanza.name}] is scheduled without {key}")
            elif stanza.get(key).startswith("rt"):
                problems.append(f"{place(stanza, key)}: [{stanza.name}] is a real-time search")
        minutes = minutes_of(stanza.get("cron_schedule").split(" ")[0])
        if len(minutes) > RUNS_AN_HOUR:
            problems.append(
                f"{place(stanza, 'cron_schedule')}: [{stanza.name}] runs "
                f"{len(minutes)} times an hour, {RUNS_AN_HOUR} at most"
            )
    for stanza in searches().values():
        if "cron_schedule" in stanza.settings and not stanza.boolean("enableSched", False):
            problems.append(
                f"{place(stanza, 'cron_schedule')}: [{stanza.name}] has a schedule "
                "that enableSched does not switch on"
            )
    report(problems)


def minutes_of(field: str) -> set[int]:
    """The minutes that a cron field names: `*/5`, `3-59/10`, `7,22`, `*`."""
    minutes: set[int] = set()
    for part in filter(None, field.split(",")):
        span, _, step = part.partition("/")
        first, _, last = ("0", "-", "59") if span == "*" else span.partition("-")
        stop = int(last or (59 if step else first))
        minutes.update(range(int(first), stop + 1, int(step or 1)))
    return minutes


def test_cron_minutes():
    assert len(minutes_of("*/5")) == 12
    assert minutes_of("3-59/20") == {3, 23, 43}
    assert minutes_of("7,22") == {7, 22}
    assert minutes_of("2/30") == {2, 32}


def test_what_analysts_decide_counts_for_the_signals_of_the_same_five_minutes():
    """Most signals run at 2 of every five minutes: what is merged then is merged at 1."""
    for name in ("exceptions", "monitoring", "baseline_decisions"):
        field = searches()[f"ciw_merge_{name}"].get("cron_schedule").split(" ")[0]
        assert minutes_of(field) == set(range(1, 60, 5)), name
    often = [
        minutes_of(stanza.get("cron_schedule").split(" ")[0])
        for stanza in scheduled()
        if stanza.name.startswith("ciw_signal_")
    ]
    often = [minutes for minutes in often if len(minutes) > 4]
    assert len(often) > 20
    assert {minute % 5 for minutes in often for minute in minutes} == {2}


def test_no_search_calls_another_by_name():
    """Splunk's spec: `| savedsearch` does not work with multi-line search strings; use macros."""
    report(
        [
            f"{place(s, key)}: [{s.name}] uses the savedsearch command on multi-line searches"
            for name in ("savedsearches", "macros")
            for s in read(name).values()
            for key in ("search", "definition")
            if re.search(r"\|\s*savedsearch\b", s.get(key))
        ]
    )


def test_a_dollar_sign_is_an_argument():
    """Splunk replaces $...$ in a search dispatched with arguments, so a pattern ends with \\z."""
    report(
        [
            f"{place(s, 'search')}: [{s.name}] has a dollar sign that is no $case_id$"
            for s in searches().values()
            if "$" in s.get("search").replace("$case_id$", "")
        ]
    )


def test_what_people_dispatch_runs_with_their_own_rights():
    """The spec's default is the owner's rights: nobody's, that is the system's."""
    report(
        [
            f"{place(s)}: [{s.name}] takes an argument and lacks dispatchAs = user"
            for s in searches().values()
            if "$case_id$" in s.get("search") and s.get("dispatchAs") != "user"
        ]
    )


def test_several_sort_fields_are_told_apart():
    """Search Reference, sort: the sign stands at its field, commas between fields."""
    report(
        [
            f"{place(s, key)}: [{s.name}] `{found[0].strip()}`: write -field, -field"
            for name in ("savedsearches", "macros")
            for s in read(name).values()
            for key in ("search", "definition")
            for found in re.finditer(r"\|\s*sort\s+(?:\d+\s+)?([^|\n]+)", s.get(key))
            if len(found[1].replace(",", " ").split()) > 1
            and (", " not in found[1] or re.search(r"[-+]\s", found[1]))
        ]
    )


def test_signal_searches_have_the_common_frame():
    """A signal search begins with a source macro and ends with the signal macro."""
    problems = []
    for stanza in searches().values():
        if not stanza.name.startswith("ciw_signal_"):
            continue
        text = re.sub(r"```.*?```", "", stanza.get("search"), flags=re.DOTALL).strip()
        if not re.match(r"(\|\s*)?`", text):
            problems.append(
                f"{place(stanza, 'search')}: [{stanza.name}] does not begin with a source macro"
            )
        if not re.search(
            r"`ciw_signal\w*(\(.*\))?`$", text.splitlines()[-1].strip() if text else ""
        ):
            problems.append(
                f"{place(stanza, 'search')}: [{stanza.name}] does not end with the "
                "macro `ciw_signal...`"
            )
        if "`ciw_exceptions" not in text:
            problems.append(f"{place(stanza, 'search')}: [{stanza.name}] never filters exceptions")
    report(problems)


def test_macros_are_described():
    report(
        [
            f"{place(s)}: [{s.name}] has no description"
            for s in read("macros").values()
            if not s.get("description")
        ]
    )
