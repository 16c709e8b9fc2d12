"""chart and timechart: rows by one field, columns by another."""

from __future__ import annotations

from lab.rows.aggregates import aggregate, expanded
from lab.rows.commands.bins import cut, floor_time, next_time
from lab.rows.commands.columns import assign
from lab.rows.state import Row, Rows, State
from lab.rows.values import number, text, texts
from lab.spl import nodes
from lab.spl.errors import SPLError

# timechart without a span takes the least of these that gives no more than 100 buckets.
SPANS = ("1s", "5s", "10s", "30s", "1m", "5m", "10m", "30m", "1h", "1d", "1mon")
BINS = 100
_ZERO = frozenset(["count", "dc"])


def chart(node: nodes.Chart, rows: Rows, state: State) -> Rows:
    aggregations = expanded(node.aggregations, rows.fields)
    for aggregation in aggregations:
        argument = aggregation.argument
        if isinstance(argument, nodes.FieldRef) and argument.name in (node.over, node.by):
            raise SPLError(f"{argument.name!r} is split by and the field of a function too",
                           node.span, argument.name)
    if any(a.function.startswith("per_") for a in aggregations):
        raise SPLError("the row evaluator's timechart has no per_ functions", node.span, "per_")
    for bucket in (node.bucket, node.by_bucket):
        if bucket.aligntime is not None:
            raise SPLError("the row evaluator's charts have no aligntime", node.span, "aligntime")
    if node.where is not None:
        raise SPLError("the row evaluator's charts have no where", node.span, "where")
    if node.dedup_splitvals:
        raise SPLError("the row evaluator's charts have no dedup_splitvals", node.span,
                       "dedup_splitvals")
    over = node.over
    given, span = rows.rows, None
    if node.mode == "timechart":
        given = [row for row in given if number(row.get("_time")) is not None]
        span = node.bucket.span or _span(node, given, state)
        given = [{**row, "_time": float(floor_time(number(row["_time"]), span, node))}
                 for row in given]
    elif node.bucket != nodes.Bucket():
        given = [{**row, over: cut(row[over], over, node.bucket, node)}
                 for row in given if row.get(over) is not None]
    if node.by_bucket != nodes.Bucket():
        given = [{**row, node.by: cut(row[node.by], node.by, node.by_bucket, node)}
                 if row.get(node.by) is not None else row for row in given]
    points = _points(given, over)
    order = sorted(points, key=_rank)
    if node.mode == "timechart":
        order = _filled(node, list(points), span, state)
    if node.by is None:
        return _plain(node, aggregations, points, order, state)
    return _split(node, aggregations, points, order, given, state)


def _points(rows: list[Row], over: str) -> dict:
    points: dict = {}
    for row in rows:
        values = [row[over]] if isinstance(row.get(over), float) else texts(row.get(over))
        for value in values:
            points.setdefault(value if over == "_time" else _name(value), []).append(row)
    return points


def _name(value) -> str:
    return text(value)


def _rank(value) -> tuple:
    """Times by size, anything else by code point."""
    return (value, "") if isinstance(value, float) else (0.0, str(value))


def _span(node: nodes.Chart, rows: list[Row], state: State) -> str:
    if node.bucket.bins is not None or node.bucket.minspan is not None:
        raise SPLError("the row evaluator's timechart has neither bins nor minspan", node.span,
                       "bins")
    times = [number(row["_time"]) for row in rows]
    low = state.earliest if state.earliest is not None else min(times, default=0.0)
    high = state.latest if state.latest is not None else max(times, default=0.0)
    sizes = {"s": 1, "m": 60, "h": 3600, "d": 86400, "mon": 30 * 86400}
    for span in SPANS:
        amount = int("".join(c for c in span if c.isdigit()))
        unit = "".join(c for c in span if c.isalpha())
        if (high - low) / (amount * sizes[unit]) <= BINS:
            return span
    return SPANS[-1]


def _filled(node: nodes.Chart, times: list[float], span: str, state: State) -> list[float]:
    """Every bucket of the search's window (or of the rows), without holes; none without rows."""
    if not node.cont:
        return sorted(times)
    if not node.partial:
        raise SPLError("the row evaluator's timechart has no partial=f", node.span, "partial")
    begins = list(times)
    if node.fixedrange and state.earliest is not None:
        begins.append(float(floor_time(state.earliest, span, node)))
    ends = list(times)
    if node.fixedrange and state.latest is not None:
        last = float(floor_time(state.latest, span, node))
        if last == state.latest:
            last = float(floor_time(last - 1e-3, span, node))
        ends.append(last)
    if not times:
        return []
    at, stop, found = min(begins), max(ends), []
    while at <= stop:
        found.append(at)
        at = float(next_time(at, span, node))
    return found


def _empty(aggregation: nodes.Aggregation):
    return 0.0 if aggregation.function in _ZERO else None


def _plain(node, aggregations, points, order, state: State) -> Rows:
    made = []
    for point in order:
        row: Row = {node.over: point}
        for aggregation in aggregations:
            value = aggregate(aggregation, points[point], state) if point in points \
                else _empty(aggregation)
            assign(row, aggregation.alias, value)
        made.append(row)
    return Rows([node.over, *(a.alias for a in aggregations)], made)


def _split(node, aggregations, points, order, given, state: State) -> Rows:
    """One column for each value of the split field; the less weighty ones become OTHER."""
    cells: dict = {}
    for point, members in points.items():
        for row in members:
            for series in texts(row.get(node.by)) or [None]:
                cells.setdefault((point, series), []).append(row)
    names = sorted({series for _, series in cells if series is not None}, key=_rank)
    kept = _kept(node, aggregations, cells, names, state)
    if len(kept) < len(names) and node.usenull and any(series is None for _, series in cells):
        raise SPLError("the row evaluator's charts do not say whether rows without the split field"
                       " count against limit", node.span, "limit")
    merged: dict = {}
    for point, members in points.items():
        for row in members:
            for series in texts(row.get(node.by)) or [None]:
                if series is None:
                    target = node.nullstr if node.usenull else None
                else:
                    target = series if series in kept else node.otherstr if node.useother else None
                    if target is not None and target.startswith("_"):
                        target = "VALUE" + target
                if target is not None:
                    merged.setdefault((point, target), []).append(row)
    # "VALUE" goes before a series that begins with an underscore (Search Reference, timechart).
    columns = ["VALUE" + name if name.startswith("_") else name for name in names if name in kept]
    shown = {series for _, series in merged}
    columns += [name for name in (node.otherstr, node.nullstr)
                if name in shown and name not in columns]
    several = len(aggregations) > 1
    made = []
    for point in order:
        row = {node.over: point}
        for aggregation in aggregations:
            for series in columns:
                name = _header(node, aggregation.alias, series) if several else series
                members = merged.get((point, series))
                value = aggregate(aggregation, members, state) if members else _empty(aggregation)
                assign(row, name, value)
        made.append(row)
    headers = [_header(node, a.alias, series) if several else series
               for a in aggregations for series in columns]
    return Rows([node.over, *headers], made)


def _header(node: nodes.Chart, alias: str, series: str) -> str:
    if node.format is not None:
        return node.format.replace("$AGG$", alias).replace("$VAL$", series)
    return f"{alias}{node.sep}{series}"


def _kept(node, aggregations, cells, names, state: State) -> set[str]:
    """The series of the greatest sum; with several aggregations, the most common ones."""
    if not node.limit or len(names) <= node.limit:
        return set(names)
    scored = aggregations[0] if len(aggregations) == 1 else nodes.Aggregation("count", None, "")
    sums = {}
    for name in names:
        values = [aggregate(scored, rows, state)
                  for (_, series), rows in cells.items() if series == name]
        sums[name] = sum(v for v in map(number, values) if v is not None)
    sign = 1 if node.limit_lowest else -1
    return set(sorted(names, key=lambda name: (sign * sums[name], _rank(name)))[:node.limit])


COMMANDS = {nodes.Chart: chart}
