"""No row that the endpoint takes is a bad row for the searches: drawn rows, through both."""

from __future__ import annotations

import random

from ciw_triage import check
from ciw_triage.lists import LISTS

from tests.detections.bench import Bench
from tests.detections.records import epoch

NOW = epoch("2026-03-10T12:00:00")
ROWS = 60

# Pieces from which cells are drawn, right ones and such as are nearly right.
PIECES = {
    "text": ["", "*", "a", "*role/x", "ci*", " b ", "a;b", "**", "nothing", "x|y", "n: m", "'q\""],
    "choice": ["", "*", "aws", "AWS", " gcp", "azure", "a*", "amazon"],
    "cidr": ["", "*", "192.0.2.1", "192.0.2.0/24", "10.0.0.0/33", "192.0.2.01", "0.0.0.0/0",
             "2001:db8::/32", "::1", ":::", "2001:DB8::1/128", "::ffff:192.0.2.1", "a", "1.2.3.4/"],
    "date": ["", "*", "2026-03-10", "2026-03-09", "2099-12-31", "2026-02-30", "2026-3-1",
             "2026-03-11T10:00", "0001-01-01", "2026-12-25"],
    "number": ["", "*", "4", "04", "-1", "4.5", "999999", "1000000"],
    "timezone": ["", "*", "UTC", "utc", "Europe/Berlin", "europe/berlin", "+02:00", "-14:00",
                 "+15:00", "+2:00", "Berlin"],
    "days": ["", "*", "1-5", "5-1", "1;2;3", "1; 2", "1,2", "8", "7"],
    "time": ["", "*", "08:00", "8:00", "18:00", "24:00", "23:59", "24:01", "00:00"],
    "signal": ["", "*", "cpu_spike", "cpu_*", "*_drift", "cpu_spikes", "CPU_SPIKE", "cpu_?pike"],
    "indicator": ["", "*", "192.0.2.1", "192.0.2.0/24", "a.example", "A.Example", "a", "3333",
                  "2001:db8::1", "x_y.example.org", "1.2.3", "*.example.org"],
}  # fmt: skip


def drawn(dice, column):
    if column.kind == "choice" and column.name != "cloud":
        return dice.choice([*column.choices, column.choices[0].upper(), "", "other"])
    some = [dice.choice(PIECES[column.kind]) for _ in range(dice.choice((1, 1, 1, 2)))]
    return ";".join(some) if column.several else some[0]


def rows(listing):
    """Drawn rows that the endpoint takes, and how many were drawn for them."""
    dice, found, tried = random.Random(listing.name), [], 0
    while len(found) < ROWS:
        tried += 1
        given = {column.name: drawn(dice, column) for column in listing.columns}
        kept, problems = check.row(listing, given, NOW)
        if not problems:
            found.append(kept)
    return found, tried


def test_no_row_that_is_taken_is_bad_for_the_searches(tmp_path, app_root):
    bench = Bench(tmp_path, app_root)
    bench.now = NOW
    tried = 0
    for name, listing in LISTS.items():
        taken, draws = rows(listing)
        tried += draws
        bench.put(name, [dict(row, _key=f"{name}-{n}") for n, row in enumerate(taken)])
    bench.run("ciw_coverage_lists")
    told = [(p["place"], p["column"], p["problem"]) for p in bench.documents("ciw_list_problems")]
    assert told == []
    assert tried > 2 * ROWS * len(LISTS), "most that is drawn is nearly right"


def test_a_bad_row_is_told_by_the_search_that_the_test_relies_on(tmp_path, app_root):
    bench = Bench(tmp_path, app_root)
    bench.now = NOW
    bench.put("ciw_business_hours", [{"_key": "1", "timezone": "Berlin", "start": "08:00", "end": "9"}])
    bench.run("ciw_coverage_lists")
    assert {row["column"] for row in bench.documents("ciw_list_problems")} == {"timezone", "end"}
