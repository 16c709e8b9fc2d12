"""Eval's functions by name, from the Search Reference's "Evaluation functions".

`LAZY` functions get their argument nodes; the others get values, and most of them (`strict`)
are null where an argument is, and take single values only.
"""

from __future__ import annotations

from lab.rows.expressions import evaluate
from lab.rows.functions import conditional, json, mathematics, multivalue, strings, times
from lab.rows.state import Row, State
from lab.rows.values import Value, single
from lab.spl import nodes
from lab.spl.errors import SPLError

LAZY = {**conditional.LAZY, **multivalue.LAZY, **strings.LAZY}
WITH_STATE = {**times.WITH_STATE}
PLAIN = {**conditional.PLAIN, **mathematics.PLAIN, **multivalue.PLAIN, **strings.PLAIN,
         **json.PLAIN}
STRICT = {**mathematics.STRICT, **strings.STRICT, **times.STRICT, **json.STRICT,
          **conditional.STRICT}


def call(node: nodes.Call, row: Row, state: State) -> Value:
    if node.name in LAZY:
        return LAZY[node.name](node.arguments, row, state)
    if node.name in WITH_STATE:
        return WITH_STATE[node.name](state, *(evaluate(a, row, state) for a in node.arguments))
    values = [evaluate(argument, row, state) for argument in node.arguments]
    if node.name in PLAIN:
        return PLAIN[node.name](*values)
    if node.name not in STRICT:
        raise SPLError(f"the row evaluator does not know the function {node.name}()", node.span,
                       node.name)
    values = [single(value) for value in values]
    return None if None in values else STRICT[node.name](*values)
