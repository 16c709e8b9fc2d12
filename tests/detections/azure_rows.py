"""From Azure's records to the rows that the collector makes of them, for tests."""

from __future__ import annotations

from tests.detections.azure_records import REST, Row
from tests.detections.records import epoch

NOON = epoch("2026-03-10T12:00:00")
LOG = "`ciw_changes` | sort 0 str(operation_id) | fields - _indextime, _raw, version, index, host"


def take(bench, rows: list[Row], shape: str = REST, text: bool = False,
         index_time: float | None = None) -> None:
    events = [row.rest() if shape == REST else row.export(text) for row in rows]
    bench.take_json(events, shape, index_time)


def row_of(bench, rows: list[Row], shape: str = REST, text: bool = False) -> dict:
    take(bench, rows, shape, text)
    bench.collect()
    [row] = bench.search("`ciw_changes`")
    return row


def rows_of(bench, stories: dict[str, list[Row]], shape: str = REST) -> dict[str, dict]:
    """Each story's row, of one run of the collector; a story is told by its user session."""
    for name, rows in stories.items():
        for row in rows:
            row.claims = {**row.claims, "uti": name}
    take(bench, [row for rows in stories.values() for row in rows], shape)
    bench.collect()
    found = {row["user_session"]: row for row in bench.search("`ciw_changes`")}
    assert set(found) == set(stories)
    return found
