"""Google's records into a bench, and the rows of the operation log that come of them."""

from __future__ import annotations

from tests.detections.google_records import sourcetype


def log_of(record: dict) -> str:
    return record.get("data", record)["logName"].rpartition("%2F")[2]


def take(bench, records: list[dict], index_time: float | None = None) -> None:
    for log in sorted({log_of(record) for record in records}):
        bench.take_json([record for record in records if log_of(record) == log],
                        sourcetype(log), index_time)


def rows_of(bench, *records: dict) -> list[dict]:
    """The rows of these records in the order of their times."""
    take(bench, list(records))
    bench.collect()
    return bench.search("`ciw_changes` | sort 0 _time")


def of_each(bench, *operations: list[dict] | dict) -> list[dict]:
    """The row of each operation, in this order: collected in one run, told apart by their times,
    which the operations must have in this order, too."""
    records = [record for found in operations
               for record in (found if isinstance(found, list) else [found])]
    rows = rows_of(bench, *records)
    assert len(rows) == len(operations)
    return rows


def only(bench, *records: dict) -> dict:
    [row] = rows_of(bench, *records)
    return row


def seen(rows: list[dict], *names: str) -> list[tuple]:
    return [tuple(row.get(name) for name in names) for row in rows]


def content(row: dict) -> dict:
    """What a row says, without when and how it came."""
    return {name: value for name, value in row.items()
            if not name.startswith("_") and name not in ("version", "host")}


def delta(action: str, member: str, role: str = "roles/owner") -> dict:
    return {"policyDelta": {"bindingDeltas": [{"action": action, "member": member, "role": role}]}}
