"""Eval's operators and functions, one line each, on Splunk's documented semantics."""

from __future__ import annotations

import pytest

from lab.spl.errors import SPLError

CASES = [
    # numbers and text
    ("1+2", "3"),
    ("7/2", "3.5"),
    ("6/2", "3"),
    ("1/0", None),
    ("7%4", "3"),
    ('"a"."b"', "ab"),
    ('1 . "a"', "1a"),
    ('"a"+"b"', "ab"),
    ("1/3", "0.3333333333333333"),
    ("-3", "-3"),
    ('"5"+1', "6"),
    ('"x"+1', None),
    ("10000000000", "10000000000"),
    # conditions
    ('if(1<2,"y","n")', "y"),
    ('if(null()=1,"y","n")', "n"),
    ('if("b">"a","y","n")', "y"),
    ('case(1=2,"a",true(),"b")', "b"),
    ('case(1=2,"a")', None),
    ('coalesce(null(),"x")', "x"),
    ('nullif("a","a")', None),
    ('nullif("a","b")', "a"),
    ('if(in("b","a","b"),1,0)', "1"),
    ('if("abc" LIKE "a%","y","n")', "y"),
    ('if(like("abc","A%"),"y","n")', "n"),
    ('if(match("abc","^a.c$"),"y","n")', "y"),
    ('if(match("ac","a(?=c)"),"y","n")', "y"),
    ('if(cidrmatch("10.0.0.0/8","10.1.2.3"),"y","n")', "y"),
    ('if(cidrmatch("2001:db8::/32","2001:db8::1"),"y","n")', "y"),
    ('validate(1=1,"first",1=2,"second")', "second"),
    ('if(isnum("5"),"y","n")', "n"),
    ('if(isnum(5),"y","n")', "y"),
    ("typeof(12)", "Number"),
    ('typeof("a")', "String"),
    ("typeof(1=1)", "Bool"),
    ("typeof(nosuch)", "Invalid"),
    ('if(true() XOR false(),"y","n")', "y"),
    # text
    ('lower("ABC")', "abc"),
    ('len("abc")', "3"),
    ('substr("abcdef",2,3)', "bcd"),
    ('substr("abcdef",-3)', "def"),
    ('trim("  a ")', "a"),
    ('ltrim("xxa","x")', "a"),
    ('replace("a1b2","\\\\d","#")', "a#b#"),
    ('replace("1/2/2020","^(\\\\d+)/(\\\\d+)","\\\\2/\\\\1")', "2/1/2020"),
    ('urldecode("a%20b")', "a b"),
    ('md5("a")', "0cc175b9c0f1b6a831c399e269772661"),
    ('sha1("a")', "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
    ('printf("%05.2f|%s|%d", 3.14159, "x", 7)', "03.14|x|7"),
    ('tostring(1234567.891,"commas")', "1,234,567.89"),
    ('tostring(615,"duration")', "00:10:15"),
    ('tostring(255,"hex")', "0xFF"),
    ("tostring(1=1)", "True"),
    ('tonumber("ff",16)', "255"),
    ('tonumber(substr("x", 1))', None),
    ('tonumber("0.50")', "0.5"),
    # mathematics
    ("round(2.5)", "3"),
    ("round(-2.5)", "-3"),
    ("round(3.14159,2)", "3.14"),
    ("floor(-1.5)", "-2"),
    ("ceil(1.2)", "2"),
    ("abs(-4)", "4"),
    ("pow(2,10)", "1024"),
    ("sqrt(16)", "4"),
    ("ln(0)", None),
    ("log(100)", "2"),
    ("max(1,3,2)", "3"),
    ('max(1,"a")', "a"),
    ('min(1,"a")', "1"),
    ("exp(0)", "1"),
    # times
    ('strftime(0,"%Y-%m-%dT%H:%M:%S.%3N%z")', "1970-01-01T00:00:00.000+0000"),
    ('strptime("2023-07-10T11:42:00Z","%Y-%m-%dT%H:%M:%SZ")', "1688989320"),
    ('strptime("nonsense","%Y")', None),
    ('relative_time(1688989320,"@d")', "1688947200"),
    ("now()", "1700000000"),
    ('strptime("2023-07-10 11:42:00.250","%F %T.%3N")', "1688989320.25"),
    # multivalues
    ('mvappend("a","b","a")', ["a", "b", "a"]),
    ('mvcount(mvappend("a","b"))', "2"),
    ("mvcount(null())", None),
    ('mvindex(split("a,b,c",","),1)', "b"),
    ('mvindex(split("a,b,c",","),-1)', "c"),
    ('mvindex(split("a,b,c",","),7)', None),
    ('mvindex(split("a,b,c",","),0,1)', ["a", "b"]),
    ('mvjoin(split("a,b",","),"-")', "a-b"),
    ('mvdedup(split("b,a,b",","))', ["b", "a"]),
    ('mvsort(split("b,a",","))', ["a", "b"]),
    ('mvzip(split("a,b",","),split("1,2",","))', ["a,1", "b,2"]),
    ("mvrange(1,4)", ["1", "2", "3"]),
    ('mvfind(split("a,bc",","),"b")', "1"),
    ('mvindex("one",0)', "one"),
    ('mvindex("one",1)', None),
    # JSON
    ('json_object("a",1,"b","x")', '{"a":1,"b":"x"}'),
    ('json_array("a",2)', '["a",2]'),
    ('json_extract("{\\"a\\":{\\"b\\":[1,2]}}","a.b{1}")', "2"),
    ('json_extract("{\\"a\\":[{\\"b\\":1},{\\"b\\":2}]}","a{}.b")', "[1,2]"),
    ('if(json_valid("{x"),"y","n")', "n"),
    ('json_keys("{\\"a\\":1,\\"b\\":2}")', '["a","b"]'),
    ('spath("{\\"a\\":[{\\"b\\":\\"1.10\\"},{\\"b\\":null}]}","a{}.b")', ["1.10", "null"]),
    ('spath("{\\"a\\":{\\"b\\":1.10}}","a.b")', "1.10"),
]


@pytest.mark.parametrize(("expression", "expected"), CASES, ids=[case[0] for case in CASES])
def test_eval(bench, expression, expected):
    assert bench.value(expression.replace("\\\\", "\\")) == expected


FIELD_CASES = [
    # a field's text acts as a number where it looks like one
    ("x+1", {"x": "5"}, "6"),
    ("x+y", {"x": "5", "y": "6"}, "11"),
    ("x+y", {"x": "a", "y": "6"}, "a6"),
    ('if(x>9,"y","n")', {"x": "10"}, "y"),
    ('if(x<y,"y","n")', {"x": "9", "y": "10"}, "y"),
    ('if(x<y,"y","n")', {"x": "9", "y": "b"}, "y"),
    ('if(x="10","y","n")', {"x": "10.0"}, "n"),
    ('if(x=10,"y","n")', {"x": "10.0"}, "y"),
    ('if(isnum(x),"y","n")', {"x": "10"}, "y"),
    ('if(isstr(x),"y","n")', {"x": "1_0"}, "y"),
    ('x . ""', {"x": "1.10"}, "1.10"),
    ("'a.b'", {"a.b": "dotted"}, "dotted"),
    ('if(isnull(x),"y","n")', {"x": ""}, "n"),
    ("X", {"x": "lower", "X": "upper"}, "upper"),
]


@pytest.mark.parametrize(("expression", "fields", "expected"), FIELD_CASES)
def test_eval_over_fields(bench, expression, fields, expected):
    assert bench.value(expression, **fields) == expected


def test_multivalues_compare_by_any_value(bench):
    made = '| makeresults | eval m=split("a,b",",") '
    assert len(bench.rows(made + '| where m="b"')) == 1
    assert len(bench.rows(made + '| where m="c"')) == 0
    assert len(bench.rows(made + "| search m=B")) == 1


def test_mvmap_sees_other_fields(bench):
    (row,) = bench.rows(
        '| makeresults | eval m=split("a,b",","), k="x", r=mvmap(m, m.k), f=mvfilter(match(m,"b"))'
    )
    assert row["r"] == ["ax", "bx"] and row["f"] == "b"


def test_several_values_where_one_is_needed_are_refused(bench):
    with pytest.raises(SPLError, match="several values"):
        bench.rows('| makeresults | eval m=split("a,b",","), n=m+1')


def test_nulls_pass_through_comparisons(bench):
    assert bench.rows("| makeresults | where nosuch=1") == []
    assert bench.rows("| makeresults | where NOT nosuch=1") == []
    assert len(bench.rows("| makeresults | where isnull(nosuch)")) == 1


def test_assignments_see_the_ones_before(bench):
    (row,) = bench.rows("| makeresults | eval a=1, b=a+1, a=b+1, c=a | fields a b c")
    assert (row["a"], row["b"], row["c"]) == ("3", "2", "3")
