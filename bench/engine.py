"""The lab's engine over a million CloudTrail-like records, beside DuckDB SQL and the row evaluator.

Each pair is a search and the SQL a person would write for it (`bench/pairs.py`), in one process,
in turns; the times are medians, wall and CPU. Three states of the same events:

- `memory`: both have the fields' columns in memory (a DuckDB table; the engine's own columns);
- `parquet`: both read Parquet files that hold the fields already;
- `text`: nothing is extracted yet; the engine reads `_raw`, the SQL asks it for the fields with
  `json_extract_string`. Measured once, since it takes long.

The row evaluator gets CIW_BENCH_ROWS events (20,000) and is scaled up in proportion, which favours
it where it sorts. CIW_BENCH_ENGINE_EVENTS sets the million, CIW_BENCH_TURNS the turns (5).
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench.app_searches import Ran, run_all
from bench.events import START, USERS, records, write_files
from bench.pairs import PAIRS, Pair, cold
from bench.timing import Spent, in_turns, peak_mib

ROOT = Path(__file__).resolve().parent.parent
EVENTS = int(os.environ.get("CIW_BENCH_ENGINE_EVENTS", "1000000"))
SAMPLE = int(os.environ.get("CIW_BENCH_ROWS", "20000"))
TURNS = int(os.environ.get("CIW_BENCH_TURNS", "5"))
AIM = 1.5
APP_AIM = 30.0


def _home(path: Path):
    from lab.home import Home

    home = Home(path)
    home.conf_dir.joinpath("transforms.conf").write_text(
        "[bench_owners]\nfilename = bench_owners.csv\n", encoding="utf-8")
    home.lookups_dir.joinpath("bench_owners.csv").write_text("user,team\n" + "".join(
        f"role-{user:03d},team-{user % 25:02d}\n" for user in range(USERS)), encoding="utf-8")
    return home, home.app(ROOT)


def _context(home, app):
    from lab.engine.run import Context

    return Context(home=home, app=app, now=START + 2 * 86_400)


def load(directory: Path) -> dict[str, float]:
    """Writes the records and indexes them; bytes and seconds."""
    from lab.ingest.pipeline import Request, ingest

    files = directory / "files"
    files.mkdir()
    paths, size = write_files(files, EVENTS)
    home, app = _home(directory / "home")
    spent = Spent()
    request = Request(index="cloud_audit", sourcetype="aws:cloudtrail")
    report = spent.once(lambda: ingest(home, app, paths, request))
    shutil.rmtree(files)
    wall, cpu = spent.typical
    return {"events": report.indexed, "bytes": size, "wall": wall, "cpu": cpu,
            "stored": sum(path.stat().st_size for path in home.path.rglob("*.parquet")),
            "peak": peak_mib()}


def load_indexed(directory: Path) -> None:
    """The same number of events with indexed fields, for tstats."""
    import json

    from lab.engine.store import Event

    home, _ = _home(directory / "indexed")

    def events():
        for line in records(EVENTS):
            record = json.loads(line)
            number = int(record["eventID"][:8], 16)
            yield Event(START + number * 86_400 // EVENTS, START, "", "stash_hec", "bench", "bench", {
                "user": record["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"],
                "command": record["eventName"], "src": record["sourceIPAddress"],
                "status": "failure" if "errorCode" in record else "success"})

    home.store.append("ciw_operations", events())


def _parquet(home, app, directory: Path) -> str:
    """The stored events with the fields of all pairs beside them, a file for each segment."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from lab.engine import segments

    names = {name for pair in PAIRS if not pair.indexed for name in pair.fields}
    directory.mkdir(exist_ok=True)
    for segment in home.store.segments("cloud_audit"):
        rules, group = segments.groups(segment, app)
        columns = segments.stored(segment, ["_time", "_indextime"])
        columns |= segments.extracted(segment, names, rules, group)
        pq.write_table(pa.table(columns), directory / f"{segment.name}.parquet",
                       compression="zstd", compression_level=1)
    return f"{directory}/*.parquet"


def _forget(home, disk: bool) -> None:
    """What the engine keeps of extracted fields: in memory, and on disk too."""
    from lab.engine import segments

    segments.forget()
    if disk:
        for folder in home.path.glob("indexes/*/.fields"):
            shutil.rmtree(folder)


def _same(pair: Pair, rows: list[dict], expected: list[tuple]) -> None:
    """The benchmark is void where both do not do the same work."""
    if len(rows) != len(expected):
        raise SystemExit(f"{pair.name}: the search gives {len(rows)} rows, the SQL {len(expected)}")
    ours = [sum(float(v) for v in _numbers(row.values())) for row in rows]
    theirs = [sum(float(v) for v in _numbers(row)) for row in expected]
    if abs(sum(ours) - sum(theirs)) > 1e-9 * abs(sum(theirs)):
        raise SystemExit(f"{pair.name}: the numbers of the search and of the SQL differ")


def _numbers(values) -> list[float]:
    found = []
    for value in values:
        if isinstance(value, (int, float)) or isinstance(value, str) and value.isdigit():
            found.append(float(value))
    return found


def pairs(directory: Path) -> list[tuple[str, str, dict[str, tuple[float, float]]]]:
    """(pair, state, way → (wall, CPU)) for every pair and state."""
    import duckdb

    from lab.engine.run import search

    home, app = _home(directory / "home")
    second, _ = _home(directory / "indexed")
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        files = _parquet(home, app, Path(scratch) / "flat")
        raw = f"{home.path}/indexes/cloud_audit/*.parquet"
        connection = duckdb.connect(f"{scratch}/hand.duckdb")
        connection.execute("SET threads = 2; SET enable_progress_bar = false; SET TimeZone = 'UTC'")
        log = f"(SELECT _time, s_user AS \"user\", s_command AS command, s_status AS status FROM" \
              f" read_parquet('{second.path}/indexes/ciw_operations/*.parquet'))"
        owners = f"read_csv('{home.lookups_dir}/bench_owners.csv')"
        connection.execute(f"CREATE TABLE events AS FROM read_parquet('{files}')")
        connection.execute(f"CREATE TABLE log AS FROM {log}")

        def sql(pair: Pair, events: str, table: str) -> Callable[[], list[tuple]]:
            text = pair.sql.format(events=events, log=table, owners=owners)
            return lambda: connection.execute(text).fetchall()

        found = []
        for pair in PAIRS:
            where = second if pair.indexed else home
            spl = pair.spl
            context = _context(where, where.app(ROOT))

            def engine(spl=spl, context=context):
                return search(spl, context).rows

            def afresh(where=where, engine=engine):
                _forget(where, False)
                return engine()

            def from_text(where=where, engine=engine):
                _forget(where, True)
                return engine()

            in_memory = sql(pair, "events", "log")
            _same(pair, engine(), in_memory())
            states = [("memory", engine, in_memory, TURNS),
                      ("parquet", afresh, sql(pair, f"read_parquet('{files}')", log), TURNS)]
            if not pair.indexed:
                text = f"WITH cold AS MATERIALIZED {cold(pair.fields, raw)} " \
                    + pair.sql.format(events="cold", log="", owners=owners)
                states.append(("text", from_text,
                               lambda text=text: connection.execute(text).fetchall(), 1))
            for state, ours, theirs, turns in states:
                spent = in_turns({"engine": ours, "sql": theirs}, turns)
                found.append((pair.name, state,
                              {way: one.typical for way, one in spent.items()}))
        connection.close()
    return found


def rows(directory: Path) -> dict[str, tuple[float, float, float]]:
    """Pair → (seconds of the row evaluator, of the engine) over the sample; both have the
    fields extracted."""
    from lab.engine.run import search
    from lab.engine.store import Event
    from lab.ingest.pipeline import Request, ingest
    from lab.rows.run import search as by_rows

    home, app = _home(directory / "sample")
    path = directory / "sample.jsonl"
    path.write_text("\n".join(records(SAMPLE)) + "\n", encoding="utf-8")
    ingest(home, app, [path], Request(index="cloud_audit", sourcetype="aws:cloudtrail"))
    home.store.append("ciw_operations", (
        Event(START + number, START, "", "stash_hec", "bench", "bench",
              {"user": f"role-{number % USERS:03d}", "command": f"Command{number % 30}",
               "status": "success"}) for number in range(SAMPLE)))
    context = _context(home, app)
    found = {}
    for pair in PAIRS:
        def engine(pair=pair):
            return search(pair.spl, context)

        def evaluator(pair=pair):
            return by_rows(pair.spl, context)

        engine()
        spent = in_turns({"rows": evaluator, "engine": engine}, 1)
        found[pair.name] = (spent["rows"].typical[0], spent["engine"].typical[0])
    return found


def whole_app(directory: Path) -> tuple[list[Ran], float]:
    """Every shipped search with nothing extracted yet; and this process's peak."""
    home, app = _home(directory / "home")
    _forget(home, True)
    return run_all(home, app), peak_mib()


def peaked(stage: str, directory: Path):
    """(result, peak MiB) of a stage, as a process of its own runs it."""
    return globals()[stage](directory), peak_mib()


def _stage(stage: str, directory: Path):
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(peaked, stage, directory).result()


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="ciw-bench-") as name:
        directory = Path(name)
        print(f"\nThe engine over {EVENTS:,} events; {os.cpu_count()} cores,"
              f" Python {platform.python_version()}")
        loaded, peak = _stage("load", directory)
        print(f"load: {loaded['events'] / loaded['wall']:,.0f} events/s"
              f" ({loaded['events'] / loaded['cpu']:,.0f} by CPU time),"
              f" {loaded['bytes'] / 1e6:,.0f} MB of JSON into {loaded['stored'] / 1e6:,.0f} MB;"
              f" peak {peak:,.0f} MiB\n")
        searches, peak = _stage("whole_app", directory)
        _show_app(searches[0], peak)
        _stage("load_indexed", directory)
        found, peak = _stage("pairs", directory)
        _show_pairs(found, peak)
        sampled, peak = _stage("rows", directory)
        print(f"\nrow evaluator, {SAMPLE:,} events (times of a million: in proportion)")
        for pair, (evaluator, engine) in sampled.items():
            print(f"{pair:<18} {evaluator:>8.2f} s  a million: {evaluator * 1e6 / SAMPLE:>7.0f} s"
                  f"  {evaluator / engine:>7.1f} times the engine's on the sample")
    return 0


def _show_app(searches: list[Ran], peak: float) -> None:
    wall, cpu = sum(one.wall for one in searches), sum(one.cpu for one in searches)
    print(f"the app's {len(searches)} searches, nothing extracted before: {wall:.1f} s"
          f" (aim {APP_AIM:.0f}), {cpu:.1f} s of CPU time; peak {peak:,.0f} MiB")
    for one in sorted(searches, key=lambda one: -one.wall)[:8]:
        print(f"  {one.name:<48} {one.wall:>6.2f} s {one.cpu:>6.2f} CPU {one.rows:>8,} rows")
    print()


def _show_pairs(found, peak: float) -> None:
    print(f"{'search':<18} {'state':<8} {'engine s':>9} {'SQL s':>7} {'ratio':>6}"
          f" {'CPU: engine':>12} {'SQL':>6} {'ratio':>6}   (aim {AIM})")
    for pair, state, ways in found:
        (wall, cpu), (sql_wall, sql_cpu) = ways["engine"], ways["sql"]
        print(f"{pair:<18} {state:<8} {wall:>9.3f} {sql_wall:>7.3f} {wall / sql_wall:>6.2f}"
              f" {cpu:>12.3f} {sql_cpu:>6.3f} {cpu / sql_cpu:>6.2f}")
    print(f"peak of both together: {peak:,.0f} MiB")


if __name__ == "__main__":
    sys.exit(main())
