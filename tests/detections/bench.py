"""One home of the lab for a test of content: records in, searches run, tables out."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import datetime
from pathlib import Path

from lab.app import App
from lab.engine.run import Context, search
from lab.home import Home
from lab.ingest.pipeline import Request, ingest
from lab.runs import bind, context, saved_search

HOUR = 3600
DAY = 24 * HOUR


class Bench:
    """`now` is when searches run; it follows the newest record by ten minutes."""

    def __init__(self, root: Path, app_root: Path):
        self.root = root
        self.home = Home(root / "home")
        self.app: App = self.home.app(app_root)
        self.now = 0.0
        self._files = 0

    def copy(self, root: Path) -> Bench:
        """The same home once more, for a test that changes it; `root` does not hold one yet."""
        shutil.copytree(self.home.path, root / "home")
        other = Bench(root, self.app.path)
        other.now = self.now
        return other

    def take(self, records: list[dict], index_time: float | None = None) -> None:
        """Indexes CloudTrail records; each arrives when it happened, unless index_time says else."""
        self._files += 1
        path = self.root / f"records-{self._files}.json"
        path.write_text(json.dumps({"Records": records}), encoding="utf-8")
        self.take_files([path], index_time)

    def take_files(self, paths: list[Path], index_time: float | None = None) -> None:
        ingest(self.home, self.app, paths,
               Request(index="cloud_audit", sourcetype="aws:cloudtrail", index_time=index_time))
        times = [record["eventTime"] for path in paths
                 for record in json.loads(path.read_text("utf-8"))["Records"]]
        newest = index_time or datetime.fromisoformat(max(times)).timestamp()
        self.now = max(self.now, newest + 600)

    def take_json(self, records: list[dict], sourcetype: str, index_time: float | None = None,
                  index: str = "cloud_audit") -> None:
        """Indexes records as JSON lines of any source type of audit records."""
        self._files += 1
        path = self.root / f"records-{self._files}.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        ingest(self.home, self.app, [path],
               Request(index=index, sourcetype=sourcetype, index_time=index_time))
        [newest] = self.search(f"| tstats max(_time) AS newest WHERE index={index}")
        self.now = max(self.now, (index_time or float(newest["newest"])) + 600)

    def collect(self) -> None:
        """The operation log of everything that was taken, by the backfill."""
        self.run("ciw_backfill_operations", span=(0, self.now + DAY))

    def run(self, name: str, span: tuple[float, float] | None = None, **arguments: str):
        """The rows of one run of a saved search at `now`."""
        saved = saved_search(self.app, name)
        return search(bind(saved, arguments),
                      context(self.home, self.app, saved, self.now, span=span)).rows

    def search(self, spl: str):
        return search(spl, Context(home=self.home, app=self.app, now=self.now or 4e9)).rows

    def documents(self, collection: str) -> list[dict]:
        return self.home.kv.collection(collection).find()

    def put(self, collection: str, documents: list[dict]) -> None:
        self.home.kv.collection(collection).upsert_many(documents)

    def list(self, file: str, rows: list[list[str]]) -> None:
        """Rows after those that the app ships in this file."""
        shipped = (self.app.path / "lookups" / file).read_text("utf-8")
        self.home.lookups_dir.mkdir(parents=True, exist_ok=True)
        with (self.home.lookups_dir / file).open("w", encoding="utf-8", newline="") as out:
            out.write(shipped)
            csv.writer(out, lineterminator="\n").writerows(rows)
