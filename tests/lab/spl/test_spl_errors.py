"""What people see when SPL is wrong."""

from __future__ import annotations

from lab.spl.errors import Span, SPLError, render
from tests.lab.spl.spl_support import refusal


def test_the_place_is_marked_under_the_search():
    text = "index=a | stats cuont by user"
    assert render(refusal(text), text).splitlines() == [
        "SPL: 'stats' knows no aggregation function 'cuont'",
        "  at character 17",
        "  index=a | stats cuont by user",
        "                  ^^^^^",
        "  did you mean count?",
    ]


def test_a_search_of_several_lines_shows_the_line():
    text = "index=a\n| eval x=1,\n    y=len()\n| head"
    lines = render(refusal(text), text).splitlines()
    assert lines[1] == "  at character 27, line 3"
    assert lines[2] == "      y=len()"
    assert lines[3] == "        ^^^^^"


def test_a_long_line_is_cut_around_the_place():
    text = "index=a " + "x " * 200 + "| nope | head " + "y" * 200
    lines = render(refusal(text), text).splitlines()
    assert len(lines[2]) <= 122
    place = lines[3].index("^")
    assert lines[2][place : place + 4] == "nope"


def test_an_error_at_the_end_is_marked_behind_the_text():
    text = "index=a | where x="
    lines = render(refusal(text), text).splitlines()
    assert lines[3].index("^") == len(lines[2])


def test_an_error_without_a_place_is_one_line():
    assert render(SPLError("the lookup is gone"), "index=a") == "SPL: the lookup is gone"


def test_a_place_beyond_the_text_does_not_break_the_message():
    assert "^" in render(SPLError("odd", Span(90, 95)), "index=a")
