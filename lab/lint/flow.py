"""What is certain of the rows before each command of a pipeline.

`State.known` are fields that no row lacks; everything else may be missing. The walk only ever
claims what the commands guarantee, so what it calls possible (a null, an empty result) may still
never happen: that is what an accepted finding's reason is for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lab.lint.certainty import implied, implied_by_search, never_null
from lab.lint.knowledge import Knowledge
from lab.spl import nodes

ALWAYS = frozenset({"_time", "_raw", "_indextime", "index", "sourcetype", "source", "host",
                    "splunk_server", "linecount"})
COUNTS = frozenset({"count", "dc", "distinct_count", "estdc"})


@dataclass(frozen=True)
class State:
    """`known`: never null; `every`: no field is null. `made`: given by a command or a table.

    `ordered`: the order of the rows means something. `empty`: there may be no row at all.
    `events`: whole events are at hand. `several`: outputs of lookups that take several matches.
    `most`: there are no more rows than that, where something says so.
    """

    known: frozenset[str] = frozenset()
    every: bool = False
    made: frozenset[str] = frozenset()
    ordered: bool = True
    empty: bool = False
    events: bool = False
    several: frozenset[str] = frozenset()
    most: int | None = None

    def has(self, name: str) -> bool:
        return self.every or name in self.known

    def learn(self, names: Any) -> State:
        return replace(self, known=self.known | frozenset(names))

    def write(self, name: str, certain: bool) -> State:
        known = self.known | {name} if certain else self.known - {name}
        return replace(self, known=known, every=self.every and certain,
                       made=self.made | {name}, several=self.several - {name})


START = State()


@dataclass(frozen=True)
class Step:
    """One command: the state of the rows it gets, its place, what follows it.

    `role` says what the pipeline is: search, terms (a subsearch in a search), append, join…
    """

    node: nodes.Command
    before: State
    following: tuple[nodes.Command, ...]
    role: str
    first: bool


def walk(pipeline: nodes.Pipeline, knowledge: Knowledge, state: State = START,
         role: str = "search") -> tuple[list[Step], State]:
    """Every step, those of subsearches before the command that holds them, and the end state."""
    steps: list[Step] = []
    commands = pipeline.commands
    for number, node in enumerate(commands):
        ends = {}
        for inner_role, inner in subpipelines(node):
            begin = state if isinstance(node, nodes.Appendpipe) else START
            inner_steps, ends[inner_role] = walk(inner, knowledge, begin, inner_role)
            if not isinstance(node, nodes.Savedsearch):
                steps += inner_steps
        steps.append(Step(node, state, commands[number + 1:], role, number == 0))
        state = _after(node, state, ends, knowledge)
    return steps, state


def subpipelines(node: nodes.Command) -> Iterator[tuple[str, nodes.Pipeline]]:
    """The pipelines inside a command, with what they are to it."""
    role = type(node).__name__.lower()
    if isinstance(getattr(node, "pipeline", None), nodes.Pipeline):
        yield role, node.pipeline
    for inner in getattr(node, "pipelines", ()):
        yield role, inner
    for name in ("predicate", "where"):
        predicate = getattr(node, name, None)
        if isinstance(predicate, nodes.Predicate):
            for part in predicates(predicate):
                if isinstance(part, nodes.SubsearchTerms):
                    yield "terms", part.pipeline


def predicates(node: nodes.Predicate) -> Iterator[nodes.Predicate]:
    yield node
    for part in getattr(node, "parts", ()):
        yield from predicates(part)
    if isinstance(node, nodes.Not):
        yield from predicates(node.part)


# --- from state to state ---------------------------------------------------------------------

Ends = dict[str, State]
Handler = Callable[[Any, State, Ends, Knowledge], State]


def _after(node: nodes.Command, state: State, ends: Ends, knowledge: Knowledge) -> State:
    handler = _HANDLERS.get(type(node))
    return state if handler is None else handler(node, state, ends, knowledge)


def _search(node: nodes.Search, state: State, ends: Ends, knowledge: Knowledge) -> State:
    names = implied_by_search(node.predicate)
    if not node.generating:
        return replace(state.learn(names), empty=True)
    found = ALWAYS | names | knowledge.required_of(node.predicate)
    return State(known=found, made=ALWAYS | knowledge.calculated(node.predicate), empty=True,
                 events=True)


def _tstats(node: nodes.Tstats, state: State, ends: Ends, knowledge: Knowledge) -> State:
    source = State(known=ALWAYS | knowledge.required_of(node.where)
                   | implied_by_search(node.where), empty=True)
    return _grouped(node.aggregations, node.by, source)


def _stats(node: nodes.Stats, state: State, ends: Ends, knowledge: Knowledge) -> State:
    if node.mode == "stats":
        return _grouped(node.aggregations, node.by, state)
    for one in node.aggregations:
        grouped = all(state.has(name) for name in node.by)
        certain = grouped and _certain(one, state) and node.mode == "eventstats"
        state = state.write(one.alias, certain)
    return state


def _grouped(aggregations: tuple[nodes.Aggregation, ...], by: tuple[str, ...], state: State
             ) -> State:
    known, made = set(by), set(by)
    for one in aggregations:
        if one.alias == "*":
            known |= {name for name in state.known if not name.startswith("_")}
            made |= {name for name in state.made if not name.startswith("_")}
            continue
        made.add(one.alias)
        if one.function in COUNTS or _certain(one, state) and (by or not state.empty):
            known.add(one.alias)
    return State(known=frozenset(known), made=frozenset(made), ordered=not by, most=None if by else 1,
                 empty=bool(by) and state.empty, every=state.every and not state.empty)


def _certain(one: nodes.Aggregation, state: State) -> bool:
    """Whether an aggregation over at least one row has a value."""
    if one.function in COUNTS:
        return True
    if one.function in ("stdev", "stdevp", "var", "varp", "rate"):
        return False
    return one.argument is not None and never_null(one.argument, state.has)


def _eval(node: nodes.Eval, state: State, ends: Ends, knowledge: Knowledge) -> State:
    for name, expression in node.assignments:
        state = state.write(name, never_null(expression, state.has))
    return state


def _where(node: nodes.Where, state: State, ends: Ends, knowledge: Knowledge) -> State:
    return replace(state.learn(implied(node.condition)), empty=True)


def _fields(node: Any, state: State, ends: Ends, knowledge: Knowledge) -> State:
    def covered(name: str) -> bool:
        return any(re.fullmatch(re.escape(p).replace(r"\*", ".*"), name) for p in node.names)

    if isinstance(node, nodes.Fields) and not node.keep:
        gone = frozenset(name for name in state.known | state.made if covered(name))
        return replace(state, known=state.known - gone, made=state.made - gone)
    hidden = frozenset({"_time", "_raw"}) if isinstance(node, nodes.Fields) else frozenset()
    return replace(
        state, known=frozenset(n for n in state.known if covered(n) or n in hidden),
        made=frozenset(n for n in state.made if covered(n) or n in hidden)
        | frozenset(n for n in node.names if "*" not in n), events=False)


def _rename(node: nodes.Rename, state: State, ends: Ends, knowledge: Knowledge) -> State:
    certain = {new: state.has(old) for old, new in node.pairs}
    old = frozenset(name for name, _ in node.pairs)
    state = replace(state, known=state.known - old, made=state.made - old)
    for name, known in certain.items():
        if "*" not in name:
            state = state.write(name, known)
    return state


def _fillnull(node: nodes.Fillnull, state: State, ends: Ends, knowledge: Knowledge) -> State:
    if not node.names:
        return replace(state, every=True)
    return replace(state.learn(node.names), made=state.made | frozenset(node.names))


def _lookup(node: nodes.Lookup, state: State, ends: Ends, knowledge: Knowledge) -> State:
    outputs = [one.event_field for one in node.outputs] or [
        name for name in knowledge.columns(node.table) or ()
        if name not in {one.lookup_field for one in node.inputs}]
    for name in outputs:
        state = state.write(name, state.has(name) and not node.overwrite)
    if knowledge.takes_several(node.table):
        state = replace(state, several=state.several | frozenset(outputs))
    return state


def _inputlookup(node: nodes.Inputlookup, state: State, ends: Ends, knowledge: Knowledge) -> State:
    rows = State(known=knowledge.required_in(node.table),
                 made=frozenset(knowledge.columns(node.table) or ()), ordered=False, empty=True)
    if node.where is not None:
        rows = rows.learn(implied_by_search(node.where))
    return _stacked(state, rows) if node.append else rows


def _stacked(one: State, other: State) -> State:
    return State(known=frozenset(name for name in one.known | other.known
                                 if one.has(name) and other.has(name)),
                 every=one.every and other.every, made=one.made | other.made, ordered=False,
                 empty=one.empty and other.empty, events=one.events and other.events,
                 several=one.several | other.several)


def _append(node: Any, state: State, ends: Ends, knowledge: Knowledge) -> State:
    return _stacked(state, next(iter(ends.values())))


def _join(node: nodes.Join, state: State, ends: Ends, knowledge: Knowledge) -> State:
    other = ends["join"]
    if node.kind == "inner":
        state = state.learn(other.known | frozenset(node.names))
    return replace(state, made=state.made | other.made, empty=True)


def _chart(node: nodes.Chart, state: State, ends: Ends, knowledge: Knowledge) -> State:
    over = frozenset({node.over} if node.over else ())
    return State(known=over, made=over | frozenset(a.alias for a in node.aggregations),
                 ordered=node.mode == "timechart", empty=state.empty)


def _top(node: nodes.Top, state: State, ends: Ends, knowledge: Knowledge) -> State:
    names = frozenset((*node.names, *node.by, node.countfield, node.percentfield))
    return State(known=names, made=names, empty=state.empty)


def _dedup(node: nodes.Dedup, state: State, ends: Ends, knowledge: Knowledge) -> State:
    return state if node.keepempty or node.keepevents else state.learn(node.names)


def _rex(node: nodes.Rex, state: State, ends: Ends, knowledge: Knowledge) -> State:
    return replace(state, made=state.made | frozenset(group_names(node.pattern)))


def group_names(pattern: str) -> list[str]:
    return re.findall(r"\(\?P?<([A-Za-z_]\w*)>", pattern)


def _sort(node: nodes.Sort, state: State, ends: Ends, knowledge: Knowledge) -> State:
    return replace(state, ordered=True, most=node.limit or state.most)


def _head(node: Any, state: State, ends: Ends, knowledge: Knowledge) -> State:
    return replace(state, most=node.limit or state.most)


def _mvexpand(node: nodes.Mvexpand, state: State, ends: Ends, knowledge: Knowledge) -> State:
    return replace(state, most=None)


def _bin(node: nodes.Bin, state: State, ends: Ends, knowledge: Knowledge) -> State:
    return state.write(node.alias, state.has(node.name))


def _makeresults(node: nodes.Makeresults, state: State, ends: Ends, knowledge: Knowledge) -> State:
    names = frozenset({"_time"} | {name for row in node.rows or () for name, _ in row})
    return State(known=names, made=names, most=node.count)


def _spath(node: nodes.Spath, state: State, ends: Ends, knowledge: Knowledge) -> State:
    name = node.output_field or node.path
    return state if name is None else replace(state, made=state.made | {name})


def _foreach(node: nodes.Foreach, state: State, ends: Ends, knowledge: Knowledge) -> State:
    written = frozenset(re.findall(r"(?:eval|,)\s+([A-Za-z_]\w*)\s*=", node.template))
    return replace(state, made=state.made | written)


def _savedsearch(node: nodes.Savedsearch, state: State, ends: Ends, knowledge: Knowledge) -> State:
    return ends["savedsearch"]


def _events(node: Any, state: State, ends: Ends, knowledge: Knowledge) -> State:
    return State(known=frozenset({"_time"}), empty=True, events=True)


_HANDLERS: dict[type, Handler] = {
    nodes.Search: _search, nodes.Tstats: _tstats, nodes.Stats: _stats, nodes.Eval: _eval,
    nodes.Where: _where, nodes.Fields: _fields, nodes.Table: _fields, nodes.Rename: _rename,
    nodes.Fillnull: _fillnull, nodes.Lookup: _lookup, nodes.Inputlookup: _inputlookup,
    nodes.Append: _append, nodes.Appendpipe: _append, nodes.Join: _join, nodes.Chart: _chart,
    nodes.Top: _top, nodes.Dedup: _dedup, nodes.Rex: _rex, nodes.Sort: _sort, nodes.Bin: _bin,
    nodes.Makeresults: _makeresults, nodes.Spath: _spath, nodes.Foreach: _foreach,
    nodes.Savedsearch: _savedsearch, nodes.Multisearch: _events, nodes.Union: _events,
    nodes.Datamodel: _events, nodes.Head: _head, nodes.Tail: _head, nodes.Mvexpand: _mvexpand,
}
