"""The second evaluator: slow, plain Python, one row at a time over `lab.spl.nodes`.

It exists to disagree with `lab.engine`. It was written from Splunk's Search Reference and never
from the way the SQL planner computes things; `tests/lab/differential` holds the two together.

Shared with the engine, and so not cross-checked by it:

- `lab.spl` (parser, nodes, time modifiers) and the knowledge objects of `lab.app`;
- the reading of lookup tables, collections and segments (`lab.lookups`, `lab.home`, the store);
- fields of base events as a search first sees them: extraction, aliases, calculated fields,
  automatic lookups, event types and tags (`lab.rows.events` asks the engine for every event);
- how a value looks: `lab.engine.values` (number of a text, text of a number, `_time`);
- the application of outputlookup and collect, which this evaluator only records.

What it does not cover raises SPLError with the construct's name.
"""
