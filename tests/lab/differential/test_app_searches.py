"""Every saved search that the app ships, under both evaluators, on a home made of scenarios.

The row evaluator goes first and writes nothing; then the engine runs and writes, so that later
searches find signals, cases and baselines. Compared are the rows of the result, and the rows
handed to each outputlookup and collect.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import lookups
from lab.engine.commands import writing
from lab.engine.run import search as engine_search
from lab.rows.run import search as rows_search
from lab.runs import bind, context, saved_search
from lab.scenarios import get, records
from lab.scenarios.aws import small_account
from lab.scenarios.writer import encode
from lab.spl import nodes
from tests.detections.bench import DAY, Bench
from tests.lab.differential.compare import near

START = 1_699_920_000.0
SEED = 5
INCIDENTS = ("aws_leaked_key_launch", "aws_snapshot_exfiltration", "aws_logging_impaired",
             "aws_denied_prober", "aws_public_snapshot", "aws_new_hire_launch")
# Searches with an argument are run for as many cases.
CASES = 2


class Recorder:
    """What the engine hands to outputlookup and collect, before it is applied."""

    def __init__(self, patch: pytest.MonkeyPatch):
        self.writes: list[tuple[str, list]] = []
        write, events = lookups.write_outputlookup, writing.events_of

        def outputlookup(home, app, node: nodes.Outputlookup, fields, rows):
            self.writes.append((node.table, list(rows)))
            return write(home, app, node, fields, rows)

        def collected(rows, node: nodes.Collect, where):
            self.writes.append((node.index, list(rows)))
            return events(rows, node, where)

        patch.setattr(lookups, "write_outputlookup", outputlookup)
        patch.setattr(writing, "events_of", collected)


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Bench:
    root: Path = tmp_path_factory.mktemp("app_searches")
    bench = Bench(root, Path(__file__).resolve().parents[3])
    found = list(small_account.build(SEED, START - 2 * DAY, 2 * DAY + 3600))
    for name in INCIDENTS:
        found += records(get(name), SEED, START)
    path = root / "records.json.gz"
    path.write_bytes(encode(found))
    from lab.ingest.pipeline import Request, ingest

    ingest(bench.home, bench.app, [path], Request(index="cloud_audit", sourcetype="aws:cloudtrail"))
    bench.now = max(record.time for record in found) + 600
    return bench


def arguments(bench: Bench, saved) -> list[dict[str, str]]:
    if "$case_id$" not in saved.search and "$args.case_id$" not in saved.search:
        return [{}]
    cases = sorted(document["case_id"] for document in bench.documents("ciw_cases"))
    return [{"case_id": case} for case in cases[:CASES]]


def test_every_shipped_search_gives_the_same_rows(bench, monkeypatch):
    recorder = Recorder(monkeypatch)
    problems, seen, answered, written = [], 0, set(), 0
    for name in bench.app.saved_searches:
        saved = saved_search(bench.app, name)
        span = (0, bench.now + DAY) if name.startswith(("ciw_backfill", "ciw_collect")) else None
        if name == "ciw_collect_operations":
            continue  # ciw_backfill_operations is the same search over any span
        for given in arguments(bench, saved):
            where = context(bench.home, bench.app, saved, bench.now, span=span)
            spl = bind(saved, given)
            recorder.writes.clear()
            rows = rows_search(spl, where)
            engine = engine_search(spl, where)
            seen += 1
            answered |= {name} if engine.rows else set()
            written += len(recorder.writes)
            problems += differences(name, engine, rows, recorder.writes)
    assert not problems, "\n".join(problems[:12])
    assert seen >= len(bench.app.saved_searches) - 1
    assert len(answered) > 0.6 * len(bench.app.saved_searches), sorted(
        set(bench.app.saved_searches) - answered)
    assert written > 10


def differences(name: str, engine, rows, writes) -> list[str]:
    pairs = [(f"{name}: rows", engine.rows, rows.rows)]
    if len(writes) != len(rows.writes):
        return [f"{name}: {len(writes)} and {len(rows.writes)} writes"]
    for (table, given), (_, _, other) in zip(writes, rows.writes):
        pairs.append((f"{name}: written to {table}", given, other))
    problems = []
    for title, first, second in pairs:
        first, second = [shown(row) for row in first], [shown(row) for row in second]
        if first == second:
            continue
        at = next((i for i, pair in enumerate(zip(first, second)) if pair[0] != pair[1]), None)
        detail = "" if at is None else "".join(
            f"\n    {key}: {first[at].get(key)!r} / {second[at].get(key)!r}"
            for key in sorted({*first[at], *second[at]})
            if first[at].get(key) != second[at].get(key))
        problems.append(f"{title}: {len(first)} and {len(second)} rows, first at {at}{detail}")
    return problems


def shown(row: dict) -> dict:
    """Times come as numbers to what is written, and as ISO 8601 in a result."""
    return {key: near(value if not isinstance(value, list) or len(value) > 1 else value[0])
            for key, value in row.items() if key != "_time"}
