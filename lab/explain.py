"""What the lab would do with a search: its macros put in, its plan, the fields it reads, the SQL.

Commands that have to see rows (a subsearch, a materialised step) run while the SQL is made, as they
would in the search itself; effects (outputlookup, collect) are planned and never carried out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pyarrow as pa

from lab.engine.demand import demanded
from lab.engine.events import expand as fetch_fields
from lab.engine.frame import Frame
from lab.engine.pipeline import continue_pipeline, run_pipeline
from lab.engine.run import Context
from lab.engine.scope import indexes_of
from lab.engine.session import Session
from lab.lint.flow import subpipelines
from lab.spl import nodes
from lab.spl.errors import SPLError
from lab.spl.macros import expand
from lab.spl.parse import parse
from lab.spl.text import SourceText, closing_bracket, split_pipes

WIDTH = 100
_BREAKS = re.compile(r"\s+(?=(?:FROM|WHERE|GROUP BY|ORDER BY|UNION ALL|LEFT JOIN|JOIN|HAVING|LIMIT)\b)")


@dataclass
class Recorder(Session):
    """A session that notes what each command defined and executed."""

    log: list[tuple[str, str]] = field(default_factory=list)

    def define(self, sql: str) -> str:
        name = super().define(sql)
        self.log.append((name, sql))
        return name

    def execute(self, sql: str) -> None:
        self.log.append(("executed while planning", sql))
        super().execute(sql)

    def table(self, table: pa.Table) -> str:
        name = super().table(table)
        self.log.append((name, f"{table.num_rows} rows in memory"))
        return name


def explain(spl: str, context: Context, analyze: bool = False) -> str:
    """The whole text. SPLError where the search is wrong or not supported."""
    pipeline = parse(spl, context.app)
    text = expand(spl, context.app).text
    session = Recorder(replace(context, write=True))
    try:
        frame, made = _planned(session, pipeline)
        frame = fetch_fields(session, frame)
        parts = [f"{column.sql} AS {_label(name)}" for name, column in frame.columns.items()]
        select = (f"SELECT {', '.join(parts) or '1 AS nothing'} FROM {frame.relation}"
                  f"{frame.order_by}")
        lines = ["Search, macros put in", *(f"  {line}" for line in _commands_of(text)), "",
                 "Plan", *_tree(pipeline, text, context), "",
                 f"Read: {session.scanned} rows{_sources(session, pipeline)}", *(f"  {note}" for note in session.messages), "",
                 "SQL"]
        for node, (after, entries) in zip(pipeline.commands, made):
            lines.append(f"  -- {_name(node)}")
            fields = [f"{column.id} {name}" for name, column in after.columns.items()]
            lines += _wrapped(f"gives {', '.join(fields) or 'no field'}", "  --   ")
            for name, sql in entries:
                lines += _statement(name, sql)
        lines += ["  -- result", *(f"  {line}" for line in _formatted(select))]
        if session.effects:
            lines += ["", f"Effects, not carried out: {len(session.effects)}"]
        if analyze:
            statement = session.sql(frame.relation, select)
            profile = session.fetch("EXPLAIN ANALYZE " + statement)
            lines += ["", "Profile", *(line for row in profile for line in row[-1].splitlines())]
        return "\n".join(lines)
    finally:
        session.close()


def _sources(session: Session, pipeline: nodes.Pipeline) -> str:
    """The indexes and tables that the search reads, those of its subsearches too."""
    names: dict[str, None] = {}
    pending = [pipeline]
    while pending:
        for node in pending.pop().commands:
            if isinstance(node, nodes.Search) and node.generating:
                names.update((f"index {name}", None) for name in indexes_of(
                    session, node.predicate))
            elif isinstance(node, nodes.Tstats) and node.dataset is None:
                names.update((f"index {name}", None) for name in indexes_of(session, node.where))
            elif isinstance(node, (nodes.Inputlookup, nodes.Lookup)):
                names[f"lookup {node.table}"] = None
            pending += [inner for _, inner in subpipelines(node)]
    return f" of events, from {', '.join(names)}" if names else ""


def _planned(session: Recorder, pipeline: nodes.Pipeline
             ) -> tuple[Frame, list[tuple[Frame, list[tuple[str, str]]]]]:
    """Each command on its own, so that what it adds can be told apart: its rows and entries."""
    first, rest = pipeline.commands[0], pipeline.commands[1:]
    made = []
    frame = run_pipeline(session, nodes.Pipeline((first,), span=pipeline.span), rest)
    made.append((frame, session.log[:]))
    for number, node in enumerate(rest, 1):
        seen = len(session.log)
        frame = continue_pipeline(session, frame, (node,), rest[number:])
        made.append((frame, session.log[seen:]))
    return frame, made


# --- the plan --------------------------------------------------------------------------------


def _commands_of(text: str) -> list[str]:
    """One line a command, blanks reduced outside of what matters to no one."""
    return [part if number == 0 and not text.lstrip().startswith("|") else f"| {part}"
            for number, part in enumerate(_parts(text))]


def _parts(text: str) -> list[str]:
    source = SourceText.plain(text)
    parts = [" ".join(text[begin:end].split()) for begin, end in split_pipes(source, 0, len(text))]
    return parts[1:] if len(parts) > 1 and not parts[0] else parts


def _brackets(text: str) -> Iterator[str]:
    source, position = SourceText.plain(text), 0
    while (match := re.compile(r'"(?:[^"\\]|\\.)*"|\[').search(text, position)) is not None:
        position = match.end()
        if match[0] == "[":
            position = closing_bracket(source, match.start(), len(text)) + 1
            yield text[match.start() + 1:position - 1]


def _tree(pipeline: nodes.Pipeline, text: str, context: Context, indent: str = "  "
          ) -> list[str]:
    lines = []
    try:
        parts = _parts(text)
    except SPLError:
        parts = []
    for number, node in enumerate(pipeline.commands):
        words = parts[number] if len(parts) == len(pipeline.commands) else ""
        needs = demanded(pipeline.commands[number:])
        names = sorted(needs.names) + (["every other field"] if needs.everything else [])
        lines.append(f"{indent}{_name(node)}" + (f": {_short(words)}" if words else ""))
        if number or isinstance(node, nodes.Search):
            lines += _wrapped(f"reads {', '.join(names) or 'no field'}", indent + "    ")
        inner = [pipeline for _, pipeline in subpipelines(node)]
        if isinstance(node, nodes.Savedsearch):
            texts = [expand(context.app.saved_search(node.name) or "", context.app).text]
        else:
            texts = list(_brackets(words))
        for at, below in enumerate(inner):
            lines.append(f"{indent}  with")
            lines += _tree(below, texts[at] if len(texts) == len(inner) else "", context,
                           indent + "    ")
    return lines


def _name(node: nodes.Command) -> str:
    word = getattr(node, "mode", "") if isinstance(node, (nodes.Stats, nodes.Chart)) else ""
    return word or type(node).__name__.lower()


def _short(text: str) -> str:
    return text if len(text) <= WIDTH else text[:WIDTH - 1] + "…"


def _wrapped(text: str, indent: str) -> list[str]:
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(indent) + len(line) + len(word) >= WIDTH:
            lines.append(indent + line)
            line = ""
        line = f"{line} {word}" if line else word
    return [*lines, indent + line]


# --- the SQL ---------------------------------------------------------------------------------


def _label(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _statement(name: str, sql: str) -> list[str]:
    if name.startswith("m"):
        return [f"  {name}: {sql}"]
    if not re.fullmatch(r"r\d+", name):
        return [f"  -- {name}", *(f"  {line}" for line in _formatted(sql))]
    return [f"  {name} AS (", *(f"    {line}" for line in _formatted(sql)), "  )"]


def _formatted(sql: str) -> list[str]:
    """A line a clause; a list longer than a line is broken at its commas."""
    lines = []
    for clause in _outside(sql, _BREAKS):
        if len(clause) <= WIDTH:
            lines.append(clause)
            continue
        items = _outside(clause, re.compile(r"(?<=,)\s+"))
        lines += [items[0], *(f"  {item}" for item in items[1:])]
    return lines


def _outside(sql: str, breaks: re.Pattern[str]) -> list[str]:
    """`sql` cut at the breaks that stand in no quotes and no parentheses."""
    pieces, begin, depth, quote = [], 0, 0, ""
    cuts = {match.start(): match.end() for match in breaks.finditer(sql)}
    for position, character in enumerate(sql):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif depth == 0 and position in cuts and position >= begin:
            pieces.append(sql[begin:position])
            begin = cuts[position]
    return [*pieces, sql[begin:]]
