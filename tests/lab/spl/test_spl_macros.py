"""Comments, macros and the way back to the text as written."""

from __future__ import annotations

from lab.spl import nodes
from lab.spl.errors import Span, render
from lab.spl.parse import parse
from tests.lab.spl.spl_support import Knowledge, commands, last, marked, refusal


def test_a_comment_leaves_no_trace_but_keeps_positions():
    text = "index=a ```why | this``` user=b"
    (search,) = commands(text)
    assert [part.field_name for part in search.predicate.parts] == ["index", "user"]
    span = search.predicate.parts[1].span
    assert text[span.start : span.end] == "user=b"


def test_backticks_inside_quotes_are_text():
    # Knowledge Manager Manual: "Macros inside of quoted values are not expanded".
    (search,) = commands('"audit`users`local" "a```b```"')
    assert [part.text for part in search.predicate.parts] == ["audit`users`local", "a```b```"]


def test_an_open_comment_and_an_open_macro_are_refused_at_their_place():
    error = refusal("index=a ```never closed")
    assert "comment" in error.message and error.span == Span(8, 11)
    error = refusal("index=a `never closed")
    assert "macro" in error.message and error.span == Span(8, 9)


def test_arguments_positional_named_and_quoted():
    knowledge = Knowledge()
    knowledge.add("pair", 'a="$x$" b="$y$"', "x", "y")

    def values(call: str) -> list[str]:
        return [part.value for part in commands(f"`pair({call})`", knowledge)[0].predicate.parts]

    assert values("1, 2") == ["1", "2"]
    assert values("y=2, x=1") == ["1", "2"]
    assert values('"one, two", "(three"') == ["one, two", "(three"]
    assert values("f(1,2), 3") == ["f(1,2)", "3"]


def test_escaped_quotes_in_an_argument_reach_the_text():
    knowledge = Knowledge()
    knowledge.add("say", "message=$text$", "text")
    (search,) = commands(r'`say("\"hello there\"")`', knowledge)
    assert search.predicate.value == "hello there"


def test_named_and_positional_arguments_do_not_mix():
    knowledge = Knowledge()
    knowledge.add("pair", "a=$x$ b=$y$", "x", "y")
    assert "mixed" in refusal("`pair(x=1, 2)`", knowledge).message


def test_an_equals_sign_whose_left_is_no_argument_is_positional():
    knowledge = Knowledge()
    knowledge.add("only", "index=a $filter$", "filter")
    (search,) = commands("`only(user=bob)`", knowledge)
    assert search.predicate.parts[1].field_name == "user"


def test_macros_are_found_by_number_of_arguments():
    knowledge = Knowledge()
    knowledge.add("m", "zero=1")
    knowledge.add("m", "one=$x$", "x")
    assert commands("`m`", knowledge)[0].predicate.field_name == "zero"
    assert commands("`m()`", knowledge)[0].predicate.field_name == "zero"
    assert commands("`m(2)`", knowledge)[0].predicate.field_name == "one"
    error = refusal("`m(1, 2)`", knowledge)
    assert error.construct == "m" and "takes 0 or 1" in error.hint


def test_a_missing_macro_is_named_and_marked():
    text = "index=a | where x > `limit`"
    error = refusal(text)
    assert error.construct == "limit" and marked(text, error) == "`limit`"


def test_what_comes_from_a_macro_carries_its_call_and_its_trail():
    knowledge = Knowledge()
    knowledge.add("inner", "where x >")
    knowledge.add("outer", "stats count | `inner`")
    text = "index=a | `outer`"
    error = refusal(text, knowledge)
    assert marked(text, error) == "`outer`"
    assert error.span.macro == "outer > inner"
    assert "in the text of the macro outer > inner" in render(error, text)


def test_a_macro_that_calls_itself_is_refused():
    knowledge = Knowledge()
    knowledge.add("a", "`b`")
    knowledge.add("b", "`a`")
    assert "calls itself" in refusal("`a`", knowledge).message


def test_macros_that_double_are_stopped():
    knowledge = Knowledge()
    for number in range(60):
        knowledge.add(f"m{number}", f"`m{number + 1}``m{number + 1}`")
    knowledge.add("m60", "")
    assert "more than" in refusal("index=a `m0`", knowledge).message


def test_validation_by_boolean_and_by_message():
    knowledge = Knowledge()
    knowledge.add(
        "days", "earliest=-$n$d", "n", validation="isnum($n$)", errormsg="days must be a number"
    )
    assert commands("`days(7)`", knowledge)[0].window.earliest == "-7d"
    assert "days must be a number" in refusal('`days("\\"a\\"")`', knowledge).message
    knowledge.add(
        "port",
        "port=$p$",
        "p",
        validation='validate(isint($p$), "not an integer", $p$ < 65536, "too large")',
    )
    assert commands("`port(443)`", knowledge)[0].predicate.value == "443"
    assert "too large" in refusal("`port(70000)`", knowledge).message


def test_a_validation_that_needs_more_than_the_lab_has_is_refused_by_name():
    knowledge = Knowledge()
    knowledge.add("m", "x", "a", validation='cidrmatch("10.0.0.0/8", "$a$")')
    assert refusal("`m(1)`", knowledge).construct == "cidrmatch"


def test_an_eval_definition_gives_the_text():
    knowledge = Knowledge()
    knowledge.add("idx", 'if("$env$"="prod", "index=main", "index=dev")', "env", iseval=True)
    assert commands("`idx(prod)` x", knowledge)[0].predicate.parts[0].value == "main"
    knowledge.add("number", "1+1", iseval=True)
    assert "no string" in refusal("`number`", knowledge).message


def test_a_quoted_definition_keeps_its_quotes():
    # Published detections write relative_time(now(), `window`) over definition = "-70m@m".
    knowledge = Knowledge()
    knowledge.add("window", '"-70m@m"')
    where = last("| makeresults | where _time > relative_time(now(), `window`)", knowledge)
    assert where.condition.right.arguments[1].value == "-70m@m"


def test_a_generating_macro_needs_its_leading_pipe():
    knowledge = Knowledge()
    knowledge.add("counted", "tstats count where index=a by user")
    assert isinstance(last("| `counted`", knowledge), nodes.Tstats)
    # Without the pipe Splunk puts `search` in front: the words are looked for in events.
    (search,) = commands("`counted`", knowledge)
    assert isinstance(search, nodes.Search)
    knowledge.add("piped", "| tstats count where index=a")
    error = refusal("`piped`", knowledge)
    assert "must be the first command" in error.message and "leading pipe" in error.hint


def test_terms_behind_a_macro_that_ends_in_search_belong_to_it():
    knowledge = Knowledge()
    knowledge.add("changes", "index=log | dedup id | search")
    parsed = commands("`changes` action=created | stats count", knowledge)
    assert [type(command).__name__ for command in parsed] == ["Search", "Dedup", "Search", "Stats"]
    assert parsed[2].predicate == nodes.Compare("action", "=", "created")


def test_a_saved_search_is_parsed_with_its_arguments():
    knowledge = Knowledge(searches={"q": "index=a case=$case_id$ | stats count"})
    text = '| savedsearch q case_id="0123"'
    (command,) = commands(text, knowledge)
    assert command.arguments == (("case_id", "0123"),)
    assert command.pipeline.commands[0].predicate.parts[1].value == "0123"
    assert "unknown saved search" in refusal("| savedsearch nope", knowledge).message
    knowledge.searches["loop"] = "| savedsearch loop"
    assert "calls itself" in refusal("| savedsearch loop", knowledge).message
    knowledge.searches["bad"] = "index=a | evil"
    error = refusal("| savedsearch bad", knowledge)
    assert "'bad'" in error.message and error.construct == "evil"


def test_every_node_of_a_search_has_its_place():
    text = "index=a user=b\n| where len(user) > 3\n| stats count BY user"
    pipeline = parse(text, Knowledge())
    places = [text[c.span.start : c.span.end] for c in pipeline.commands]
    assert places == ["index=a user=b", "where len(user) > 3", "stats count BY user"]
    call = pipeline.commands[1].condition.left
    assert text[call.span.start : call.span.end] == "len(user)"
