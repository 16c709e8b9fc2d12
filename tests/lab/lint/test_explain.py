"""What `lab explain` shows of a search, and that it changes nothing."""

from __future__ import annotations

import pytest

from lab import cli
from lab.app import App
from lab.engine.run import Context
from lab.explain import explain
from lab.home import Home

APP = App(cli.REPOSITORY)
SHIPPED = ["ciw_collect_operations", "ciw_baseline_status", "ciw_baseline_creators",
           "ciw_merge_known_networks", "ciw_signal_instance_created_by_new_principal",
           "ciw_signal_snapshot_to_instance_chain", "ciw_case_builder", "ciw_prune_signals",
           "ciw_overview_coverage", "ciw_overview_creations", "ciw_overview_sources"]


def explained(tmp_path, spl: str, analyze: bool = False) -> str:
    return explain(spl, Context(home=Home(tmp_path / "home"), app=APP, now=1_700_000_000.0), analyze)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_searches_are_explained(tmp_path, name):
    text = explained(tmp_path, APP.saved_searches[name].search)
    for head in ("Search, macros put in", "Plan", "Read: 0 rows", "SQL", "  -- result"):
        assert f"\n{head}" in "\n" + text, head
    assert "`" not in text.split("\nPlan\n")[0], "a macro was left in"
    assert "SELECT" in text


def test_the_parts(tmp_path):
    text = explained(tmp_path, 'index=cloud_audit user=x | where status="success"'
                               " | stats count BY user | append [| makeresults | eval user=\"y\"]")
    plan = text[text.index("Plan"):text.index("Read:")].splitlines()
    assert plan[1:5] == [
        "  search: index=cloud_audit user=x", "      reads index, status, user",
        '  where: where status="success"', "      reads status, user"]
    assert "      makeresults: makeresults" in plan
    assert "Read: 0 rows of events, from index cloud_audit" in text
    assert "GROUP BY" in text
    sql = text[text.index("\nSQL"):]
    heads = [line[5:] for line in sql.splitlines() if line.startswith("  -- ") and line[5] != " "]
    assert [head for head in heads if not head.startswith("executed")] == [
        "search", "where", "stats", "append", "result"]
    assert "gives " in sql


def test_nothing_is_written(tmp_path):
    text = explained(tmp_path, "| makeresults | eval _key=1, case_id=2"
                               " | outputlookup append=true key_field=_key ciw_cases")
    assert "Effects, not carried out: 1" in text
    assert not (tmp_path / "home" / "kvstore.sqlite").exists()


def test_the_profile(tmp_path):
    text = explained(tmp_path, "| makeresults count=3 | stats count", True)
    assert "\nProfile\n" in text


def test_the_command_line(tmp_path, capsys):
    home = ["--home", str(tmp_path)]
    assert cli.main([*home, "explain", "| makeresults | eval x=1"]) == 0
    assert "-- makeresults" in capsys.readouterr().out
    assert cli.main([*home, "explain", "index=a | fit x"]) == cli.BAD_SPL
    assert "'fit' is refused" in capsys.readouterr().err
