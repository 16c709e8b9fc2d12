"""Expressions of eval and where."""

from __future__ import annotations

import pytest

from lab.spl import nodes
from lab.spl.functions import FUNCTIONS
from lab.spl.parse import parse_eval
from tests.lab.spl.spl_support import Knowledge, last, marked, refusal


def shape(node: nodes.Expression) -> str:
    """An expression with every parenthesis written."""
    if isinstance(node, nodes.Literal):
        return repr(node.value)
    if isinstance(node, nodes.FieldRef):
        return f"<{node.name}>"
    if isinstance(node, nodes.Unary):
        return f"({node.operator} {shape(node.operand)})"
    if isinstance(node, nodes.Binary):
        return f"({shape(node.left)} {node.operator} {shape(node.right)})"
    if isinstance(node, nodes.InList):
        return f"({shape(node.operand)} IN {', '.join(map(shape, node.items))})"
    return f"{node.name}({', '.join(map(shape, node.arguments))})"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Search Manual: in eval and where AND goes before OR, XOR comes last.
        ("a OR b AND c", "(<a> OR (<b> AND <c>))"),
        ("a XOR b OR c", "(<a> XOR (<b> OR <c>))"),
        ("NOT a AND b", "((NOT <a>) AND <b>)"),
        ("NOT a=1 OR b", "((NOT (<a> = 1)) OR <b>)"),
        ("NOT NOT a", "(NOT (NOT <a>))"),
        ("!isnull(a)", "(NOT isnull(<a>))"),
        ("a and b or not c", "((<a> AND <b>) OR (NOT <c>))"),
        ("1+2*3", "(1 + (2 * 3))"),
        ("1-2-3", "((1 - 2) - 3)"),
        ("2*3%4/5", "(((2 * 3) % 4) / 5)"),
        ("-a*b", "((- <a>) * <b>)"),
        ("a--1", "(<a> - (- 1))"),
        ("(1+2)*3", "((1 + 2) * 3)"),
        ('a."x".b', "((<a> . 'x') . <b>)"),
        ('1+2 . "s"', "((1 + 2) . 's')"),
        ("a+1>b*2 AND c", "(((<a> + 1) > (<b> * 2)) AND <c>)"),
        ("a==b", "(<a> = <b>)"),
        ("a!=b", "(<a> != <b>)"),
        ('a LIKE "x%"', "(<a> LIKE 'x%')"),
        ('a like "x%"', "(<a> LIKE 'x%')"),
        ('like(a, "x%")', "(<a> LIKE 'x%')"),
        ('a IN ("x", 2)', "(<a> IN 'x', 2)"),
        ('in(a, "x", 2)', "(<a> IN 'x', 2)"),
        ('NOT a IN ("x")', "(NOT (<a> IN 'x'))"),
        ("a.b", "(<a> . <b>)"),
        ("'a.b{}.c'", "<a.b{}.c>"),
        ("'it''s'", None),
        ("ceil(1.5)", "ceiling(1.5)"),
        ("ifnull(a, 1)", "coalesce(<a>, 1)"),
        ("IF(a=1, 2, 3)", "if((<a> = 1), 2, 3)"),
        ("1.5e3", "1500.0"),
        (".5", "0.5"),
        ("007", "7"),
    ],
)
def test_precedence_and_forms(text, expected):
    if expected is None:
        assert refusal(f"index=x | where {text}")
    else:
        assert shape(parse_eval(text, Knowledge())) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\"b"', 'a"b'),
        (r'"C:\\windows"', r"C:\windows"),
        (r'"C:\\windows\temp"', "C:\\windows\temp"),
        (r'"\d+\.\w"', r"\d+\.\w"),
        (r'"\1"', r"\1"),
        (r'"a\nb"', r"a\nb"),
        ('""', ""),
        ('"it\'s | here"', "it's | here"),
    ],
)
def test_strings(text, value):
    assert parse_eval(text, Knowledge()) == nodes.Literal(value)


def test_eval_assigns_in_order_and_takes_quoted_targets():
    command = last('index=x | eval a=1, "b c"=a+1, \'d.e\'=round(a, 2), f.g="x,y"')
    assert [name for name, _ in command.assignments] == ["a", "b c", "d.e", "f.g"]


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("where a.b{}.c=1", "{", "unexpected character"),
        ("where user-name=1 name=2", "name", "unexpected name"),
        ("where a b", "b", "unexpected b"),
        ("where (a", "", "expected ')'"),
        ("where a=", "", "expected a value"),
        ("where =1", "=", "expected a value"),
        ("where a<b<c", "<", "chained"),
        ("where 2fa=1", "2fa", "neither a number nor"),
        ("where $tok$=1", "$", "$token$"),
        ("where a='b", "'", "never closed"),
        ("where a=[search index=y]", "[", "not supported by the lab yet"),
        ("where nosuch(a)", "nosuch(a)", "unknown function nosuch()"),
        ("where len()>1", "len()", "takes 1 argument, 0 given"),
        ("where if(a,1)=1", "if(a,1)", "takes 3 arguments, 2 given"),
        ("eval a=case(x,1,2)", "case(x,1,2)", "in pairs"),
        ("eval a=random()", "random()", "another answer"),
        ("eval a=true", "true", "bare true"),
        ("eval a=null", "null", "bare null"),
        ("eval a=b=1", "b=1", "Boolean"),
        ("eval a=isnull(b)", "isnull(b)", "Boolean"),
        ("eval a=if(b=1, true(), false())", "if(b=1, true(), false())", "Boolean"),
        ('eval a=replace(b, "(", "")', '"("', "regular expression"),
        ('where match(b, "[a")', '"[a"', "regular expression"),
        ("eval", "eval", "assigns nothing"),
        ("eval a", "a", "expected 'field = expression'"),
        ("eval a=1,", "", "expected 'field = expression'"),
        ("where", "where", "needs a condition"),
    ],
)
def test_refusals_name_and_mark(text, place, word):
    text = f"index=x | {text}"
    error = refusal(text)
    assert word in error.message
    assert marked(text, error) == place


def test_an_unknown_function_is_given_the_nearest_name():
    assert "mvcount" in refusal("index=x | eval a=mvcont(b)").hint


def test_a_number_glued_to_the_dot_that_joins_is_explained():
    error = refusal('index=x | eval a="of ".14." days"')
    assert error.construct == ".14" and "blank on each side" in error.hint
    assert last('index=x | eval a="of " . 14 . " days"')


def test_a_long_expression_nested_too_deep_is_refused_and_a_flat_one_is_not():
    assert "nested" in refusal("index=x | where " + "(" * 500 + "a" + ")" * 500).message
    assert last("index=x | where " + " OR ".join(f"a={n}" for n in range(2000)))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_checks_its_argument_count(name):
    function = FUNCTIONS[name]
    most = function.maximum if function.maximum is not None else function.minimum + 2
    literal = '"a"'
    parse_eval(f"{name}({', '.join([literal] * function.minimum)})", Knowledge())
    parse_eval(f"{name}({', '.join([literal] * (most + most % 2 * function.even))})", Knowledge())
    if function.maximum is not None:
        assert (
            refusal(
                f"index=x | where {name}({', '.join([literal] * (function.maximum + 1))})=1"
            ).construct.lower()
            == name
        )
    if function.minimum:
        assert (
            refusal(
                f"index=x | where {name}({', '.join([literal] * (function.minimum - 1))})=1"
            ).construct.lower()
            == name
        )
