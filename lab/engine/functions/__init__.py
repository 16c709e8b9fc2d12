"""Eval's functions: tables of data (name → argument kinds, result, SQL) and special compilers.

`Simple.parameters` gives a letter for each argument: n number, s text, l list of values,
lower case where it must be given, upper case where it may be left out. `sql` is a template with
`{0}`, `{1}`…; `python` a row-wise function instead. `each` applies the function to every value
when its first argument is a multivalue; `any_of` is the same for conditions: true for any value.
A `strict` Python function is not asked about rows where an argument is missing: they give none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.engine.expressions import NULL, Compiler, Typed, many, none_if_empty, number, text
from lab.spl import nodes
from lab.spl.errors import SPLError

PARAMETER_TYPES = {"n": "DOUBLE", "s": "VARCHAR", "l": "VARCHAR[]"}
RESULT_TYPES = {"num": "DOUBLE", "str": "VARCHAR", "mv": "VARCHAR[]", "bool": "BOOLEAN"}
_CONVERT = {"n": number, "s": text, "l": many}


@dataclass(frozen=True)
class Simple:
    parameters: str
    result: str
    sql: str = ""
    python: Callable[..., Any] | None = None
    each: bool = False
    any_of: bool = False
    defaults: tuple[str, ...] = ()
    strict: bool = False


Special = Callable[[Compiler, nodes.Call], Typed]

SIMPLE: dict[str, Simple] = {}
SPECIAL: dict[str, Special] = {}


def special(*names: str) -> Callable[[Special], Special]:
    def register(body: Special) -> Special:
        for name in names:
            SPECIAL[name] = body
        return body

    return register


def call(compiler: Compiler, node: nodes.Call) -> Typed:
    """The SQL of a function call; SPLError for a function the engine does not have."""
    if node.name in SPECIAL:
        return SPECIAL[node.name](compiler, node)
    simple = SIMPLE.get(node.name)
    if simple is None:
        raise SPLError(f"the lab does not support the function {node.name}()", node.span,
                       node.name)
    arguments = [compiler.compile(argument) for argument in node.arguments]
    if (simple.each or simple.any_of) and arguments and arguments[0].kind == "mv":
        variable = compiler.session.new("v")
        inner = apply(compiler, node, simple, [Typed(variable, "str"), *arguments[1:]])
        mapped = f"list_transform({arguments[0].sql}, lambda {variable}: {inner.sql})"
        if simple.any_of:
            return Typed(f"spl_any({mapped})", "bool")
        as_text = f"list_transform({arguments[0].sql}, lambda {variable}: {text(inner)})"
        kept = compiler.session.new("v")
        return Typed(none_if_empty(f"list_filter({as_text}, lambda {kept}: {kept} IS NOT NULL)"),
                     "mv")
    return apply(compiler, node, simple, arguments)


def apply(compiler: Compiler, node: nodes.Call, simple: Simple, arguments: list[Typed]) -> Typed:
    letters = simple.parameters
    converted = []
    for position, letter in enumerate(letters):
        if position < len(arguments):
            span = node.arguments[position].span
            converted.append(_CONVERT[letter.lower()](arguments[position], span))
        elif letter.isupper():
            converted.append(simple.defaults[position - _required(letters)])
    if simple.python is not None:
        types = [PARAMETER_TYPES[letter.lower()] for letter in letters]
        name = compiler.session.function(
            f"py_{node.name}", simple.python, types, RESULT_TYPES[simple.result], simple.strict
        )
        casts = [f"CAST({sql} AS {kind})" for sql, kind in zip(converted, types)]
        return Typed(f"{name}({', '.join(casts)})", simple.result)
    return Typed(simple.sql.format(*converted), simple.result)


def _required(letters: str) -> int:
    return sum(letter.islower() for letter in letters)


def constant_text(node: nodes.Expression) -> str | None:
    """The text of a quoted string (also of strings joined by dots); None for anything else."""
    if isinstance(node, nodes.Literal) and isinstance(node.value, str):
        return node.value
    if isinstance(node, nodes.Binary) and node.operator == ".":
        left, right = constant_text(node.left), constant_text(node.right)
        return None if left is None or right is None else left + right
    return None


from lab.engine.functions import (
    conditional,
    json_functions,
    mathematics,
    multivalue,
    strings,
    times,
)

__all__ = [
    "NULL", "SIMPLE", "SPECIAL", "Simple", "call", "conditional", "constant_text",
    "json_functions", "mathematics", "multivalue", "special", "strings", "times",
]
