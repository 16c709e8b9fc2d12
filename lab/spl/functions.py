"""Eval's functions as data: how many arguments each takes.

Sources: searchbnf.conf [eval-function], Search Reference ("Evaluation functions").

Which of them an evaluator implements is the evaluator's affair; here are all that Splunk has.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from lab.spl.errors import Span, SPLError
from lab.spl.usage import function_usage


@dataclass(frozen=True)
class Function:
    """`maximum` None: any number. `even`: arguments come in pairs. `kind` is what it returns."""

    minimum: int
    maximum: int | None
    kind: str
    even: bool = False


def _table(kind: str, text: str) -> dict[str, Function]:
    """`name:min-max`, `name:count` or `name:min-` (no maximum); a trailing `e` means pairs."""
    table = {}
    for entry in text.split():
        name, _, counts = entry.partition(":")
        even = counts.endswith("e")
        low, dash, high = counts.rstrip("e").partition("-")
        maximum = (int(high) if high else None) if dash else int(low)
        table[name] = Function(int(low), maximum, kind, even)
    return table


FUNCTIONS: dict[str, Function] = {
    **_table("any", "case:2-e coalesce:1- if:3 validate:2-e nullif:2 null:0 mvindex:2-3 max:1-"
                    " min:1- spath:2 json:1"),
    **_table("boolean", "cidrmatch:2 in:2- like:2 match:2 searchmatch:1 true:0 false:0 isbool:1"
                        " isint:1 isnotnull:1 isnull:1 isnum:1 isstr:1 isdouble:1"
                        " ismv:1 json_valid:1 json_has_key_exact:2"),
    **_table("number", "abs:1 ceiling:1 exact:1 exp:1 floor:1 ln:1 log:1-2 pi:0 pow:2 round:1-2"
                       " sigfig:1 sqrt:1 sum:1- avg:1- acos:1 acosh:1 asin:1 asinh:1 atan:1"
                       " atan2:2 atanh:1 cos:1 cosh:1 hypot:2 sin:1 sinh:1 tan:1 tanh:1"
                       " len:1 mvcount:1 mvfind:2 now:0 time:0 relative_time:2 strptime:2"
                       " tonumber:1-2 todouble:1-2 toint:1-2 bit_and:2- bit_or:2- bit_xor:2-"
                       " bit_not:1-2 bit_shift_left:2-3 bit_shift_right:2-3"),
    **_table("string", "ipmask:2 printf:1- tostring:1-2 lower:1 upper:1 ltrim:1-2 rtrim:1-2"
                       " trim:1-2 replace:3 substr:2-3 urldecode:1 md5:1 sha1:1 sha256:1"
                       " sha512:1 strftime:2 typeof:1 mvjoin:2 json_array:0- json_object:0-e"
                       " json_append:3- json_extend:3- json_set:3- json_set_exact:3-"
                       " json_delete:2- json_keys:1 json_extract:1-"
                       " json_extract_exact:1- mv_to_json_array:1-2"),
    **_table("multivalue", "mvappend:1- mvdedup:1 mvfilter:1 mvmap:2-3 mvrange:2-3"
                           " mvreverse:1 mvsort:1 mvzip:2-3 split:2 json_array_to_mv:1-2 tomv:1"),
}

ALIASES = {"ceil": "ceiling", "ifnull": "coalesce", "length": "len"}

REFUSED = {
    "random": "random() gives another answer at every run, so no test could hold it",
    "cluster": "no page says how the similarity of two texts is reckoned",
    "commands": "no page says which words of a search it lists; searches belong in the search log",
    "lookup": "use the lookup command, which gives the same values as fields",
    "isarray": "fields of the lab are text, so JSON arrays have no type; use json_valid()",
    "isobject": "fields of the lab are text, so JSON objects have no type; use json_valid()",
    "toarray": "fields of the lab are text; use mv_to_json_array() or json_array()",
    "tobool": "fields hold no Booleans; compare with = instead",
    "toobject": "fields of the lab are text; use json_object() or json_extract()",
    "tojson": "as an eval function no page gives its result; use json_object()",
    "json_entries": "no page of SPL gives the form of its entries; use json_keys() and spath",
    "json_has_key": "Search Reference knows json_has_key_exact()",
}


def check_call(name: str, count: int, span: Span) -> str:
    """The canonical name of a function called with `count` arguments; SPLError if it cannot be."""
    lowered = ALIASES.get(name.lower(), name.lower())
    if lowered in REFUSED:
        raise SPLError(
            f"the function {name}() is refused: {REFUSED[lowered]}", span, construct=name
        )
    function = FUNCTIONS.get(lowered)
    if function is None:
        near = get_close_matches(lowered, FUNCTIONS, 1)
        raise SPLError(
            f"unknown function {name}()", span, construct=name,
            hint=f"did you mean {near[0]}()?" if near
            else "a function of Splunk's Search Reference, Evaluation functions",
        )
    wrong = count < function.minimum or (
        function.maximum is not None and count > function.maximum
    )
    if wrong or (function.even and count % 2):
        raise SPLError(
            f"{name.lower() if name.isupper() else name}() takes {_arity(function)}, {count} given",
            span, construct=name.lower() if name.isupper() else name,
            hint=function_usage(lowered),
        )
    return lowered


def kind(name: str) -> str:
    """What a function returns: any, boolean, number, string or multivalue."""
    return FUNCTIONS[name].kind


def _arity(function: Function) -> str:
    if function.maximum is None:
        pairs = " in pairs" if function.even else ""
        return f"{function.minimum} or more arguments{pairs}"
    if function.maximum != function.minimum:
        return f"{function.minimum} to {function.maximum} arguments"
    return f"{function.minimum} argument{'' if function.minimum == 1 else 's'}"
