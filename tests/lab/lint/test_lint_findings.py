"""How findings are placed, accepted and shown; and that the app itself has none."""

from __future__ import annotations

import json

import pytest

from lab import cli
from lab.app import App
from lab.lint.check import Accepted, accepted_findings, check
from tests.lab.lint.lint_support import found, small_app


def test_the_app_is_clean():
    outcome = check(App(cli.REPOSITORY), accepted_findings())
    assert not outcome.open, "\n".join(outcome.open[0].lines())
    assert not outcome.stale


def test_a_finding_says_where_and_what_happens(tmp_path):
    finding, = found(tmp_path, "index=a\n| eval x=1\n| stats count BY user", "group-by-null")
    lines = finding.lines()
    assert lines[0].startswith("default/savedsearches.conf:14: saved search example: rows without")
    assert lines[1:4] == ["  at character 22, line 3", "  | stats count BY user",
                          "    ^^^^^^^^^^^^^^^^^^^"]
    assert [line.split(":")[0].strip() for line in lines[4:]] == ["On Splunk", "Mend", "See"]


def test_a_finding_in_a_macro_is_the_macros(tmp_path):
    macros = "[grouped]\ndescription = d\ndefinition = eval x=1 \\\n| stats count BY user\n"
    finding, = found(tmp_path, {"macros": macros, "search": "index=a | `grouped`"},
                     "group-by-null")
    assert finding.place.kind == "macro"
    assert finding.place.name == "grouped"
    assert finding.place.line == 12
    assert finding.text[finding.span.start:finding.span.end] == "BY user"


def test_a_chain_search_is_marked_in_its_own_text(tmp_path):
    view = json.dumps({"dataSources": {
        "a": {"type": "ds.search", "options": {"query": "index=a | fields user"}},
        "b": {"type": "ds.chain", "options": {"extend": "a", "query": "stats count BY user"}}}})
    finding, = found(tmp_path, {"view": view}, "group-by-null")
    assert finding.place.name == "page: b"
    assert finding.text[finding.span.start:finding.span.end] == "stats count BY user"


def test_a_chain_search_goes_on_from_its_base(tmp_path):
    view = json.dumps({"dataSources": {
        "b": {"type": "ds.chain", "options": {"extend": "a", "query": "| stats count BY user"}},
        "a": {"type": "ds.search", "options": {"query": "index=a user=* | fields user"}}}})
    assert not found(tmp_path, {"view": view}, "group-by-null")


def test_accepted_findings_are_left_out_and_stale_ones_are_told(tmp_path):
    app = small_app(tmp_path, "index=a | stats count BY user")
    right = Accepted("group-by-null", "example", "meant")
    stale = Accepted("join", "example", "gone")
    before = check(app, [])
    after = check(app, [right, stale])
    assert len(before.open) == len(after.open) + 1
    assert after.stale == [stale]
    narrowed = check(app, [Accepted("group-by-null", "example", "meant", words="without host")])
    assert len(narrowed.open) == len(before.open)


@pytest.mark.parametrize("row", ["- {rule: nonesuch, place: x, reason: y}",
                                 "- {rule: join, place: x, reason: ''}"])
def test_an_accepted_finding_needs_a_rule_and_a_reason(tmp_path, row):
    path = tmp_path / "accepted.yaml"
    path.write_text(row, "utf-8")
    with pytest.raises(ValueError, match="accepted.yaml"):
        accepted_findings(path)


def test_the_command_fails_with_findings(tmp_path, capsys):
    small_app(tmp_path / "app", "index=a | stats count BY user")
    words = ["--home", str(tmp_path / "home"), "--app", str(tmp_path / "app"), "lint"]
    assert cli.main([*words, "--format", "json"]) == cli.FAILED
    records = json.loads(capsys.readouterr().out)
    record = next(one for one in records if one["rule"] == "group-by-null")
    assert record["name"] == "example"
    assert record["search"][record["start"]:record["end"]] == "stats count BY user"
    assert cli.main(words) == cli.FAILED
    assert "[group-by-null]" in capsys.readouterr().out


def test_the_command_passes_on_the_app(tmp_path, capsys):
    assert cli.main(["--home", str(tmp_path), "lint"]) == 0
    assert capsys.readouterr().out == ""
