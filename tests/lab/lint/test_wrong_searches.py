"""Wrong searches: each is refused with its construct, the right place and what would be valid."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lab import cli
from lab.app import App
from lab.engine.run import Context, search
from lab.home import Home
from lab.spl.errors import SPLError, render
from tests.lab.lint.lint_support import small_app

ROWS = yaml.safe_load((Path(__file__).parent / "wrong_searches.yaml").read_text("utf-8"))
APP = App(cli.REPOSITORY)


def refused(app: App, home: Path, spl: str) -> SPLError:
    with pytest.raises(SPLError) as caught:
        search(spl, Context(home=Home(home), app=app, now=1_700_000_000.0))
    return caught.value


@pytest.mark.parametrize("row", ROWS, ids=[row["search"][:50] for row in ROWS])
def test_the_error_names_places_and_helps(row, tmp_path):
    spl = row["search"]
    error = refused(APP, tmp_path, spl)
    assert error.construct == row["construct"]
    assert row["says"] in error.message
    assert row.get("hint", "") in error.hint
    # A refusal gives its reason in the message; everything else says what would be valid.
    assert error.hint or "refused" in error.message or "did you mean" in error.message
    assert (error.span.start + 1, spl[error.span.start:error.span.end]) == (
        row["column"], row["marked"])
    mark = render(error, spl).splitlines()[3]
    assert mark.index("^") - 2 == row["column"] - 1


@pytest.mark.parametrize("spl", ["index=a | statz", "index=a | fit x", "index=a | `nonesuch`",
                                 "| inputlookup nonesuch", "| savedsearch nonesuch", 'index=a "'])
def test_the_exit_code(spl, tmp_path, capsys):
    assert cli.main(["--home", str(tmp_path), "search", spl]) == cli.BAD_SPL
    assert "^" in capsys.readouterr().err


def test_an_error_in_a_macro_says_which_and_what_stands_there(tmp_path):
    macros = ("[outer]\ndescription = d\ndefinition = where x=1 | `inner`\n\n"
              "[inner]\ndescription = d\ndefinition = statz count BY user\n")
    app = small_app(tmp_path / "app", {"macros": macros})
    spl = "index=a | `outer`"
    lines = render(refused(app, tmp_path / "home", spl), spl).splitlines()
    assert lines[0] == "SPL: unknown command 'statz'"
    assert lines[3] == " " * 12 + "^" * len("`outer`")
    assert lines[4] == "  in the text of the macro outer > inner: statz"
    assert lines[5] == "  did you mean stats?"


def test_an_error_in_a_saved_search_says_which_and_what_stands_there(tmp_path):
    app = small_app(tmp_path / "app", "index=a | eval x=lenn(user)")
    spl = "| savedsearch example"
    text = render(refused(app, tmp_path / "home", spl), spl)
    assert "in the saved search 'example': unknown function lenn()" in text
    assert "in the text of the saved search example: lenn(user)" in text


def test_near_misses_of_names_that_the_app_gives(tmp_path):
    for spl, name in (("index=a | `ciw_lates`", "ciw_latest"),
                      ("| savedsearch ciw_overview_coverag", "ciw_overview_coverage"),
                      ("| inputlookup ciw_casez", "ciw_cases"),
                      ("index=a | lookup ciw_operation cloud", "ciw_operations")):
        error = refused(APP, tmp_path, spl)
        assert f"did you mean {name}?" in error.message + error.hint


def test_an_unknown_index_is_told_with_its_near_miss(tmp_path):
    found = search("index=cloud_audti", Context(home=Home(tmp_path), app=APP, now=1.7e9))
    assert any("did you mean cloud_audit?" in message for message in found.messages)
