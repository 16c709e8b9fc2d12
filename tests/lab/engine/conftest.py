"""A small app and a home to search in."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lab.app import App
from lab.engine.run import Context, Result, post_process, search
from lab.engine.store import Event
from lab.home import Home

NOW = 1_700_000_000.0

CONFS = {
    "app": "[package]\nid = engine_test\n",
    "indexes": "[audit]\n[log]\n",
    "props": r"""
[audit:json]
KV_MODE = json
EXTRACT-area = "region":"(?<area>[a-z]+)-
FIELDALIAS-who = actor AS user
EVAL-status = if(isnull(error), "success", "failure")
EVAL-twice = status . "!"
EVAL-deep = spath(_raw, "request.items{}.id")
LOOKUP-kind = kinds command OUTPUT kind

[audit:kv]
KV_MODE = auto
REPORT-parts = parts

[audit:none]
KV_MODE = none
""",
    "transforms": r"""
[kinds]
filename = kinds.csv
max_matches = 1

[many]
filename = kinds.csv

[nets]
filename = nets.csv
match_type = CIDR(net)
max_matches = 1

[wild]
filename = wild.csv
match_type = WILDCARD(pattern)
case_sensitive_match = false
max_matches = 1
min_matches = 1
default_match = none

[store]
external_type = kvstore
collection = store
fields_list = _key, id, n, names

[parts]
REGEX = part=(\w+)
FORMAT = part::$1
MV_ADD = true
""",
    "collections": "[store]\nfield.n = number\n",
    "eventtypes": "[failed]\nsearch = sourcetype=audit:json error=*\n",
    "tags": "[eventtype=failed]\nwatch = enabled\n",
}
LOOKUPS = {
    "kinds.csv": "command,kind\nRun,create\nStop,halt\nRun,again\n",
    "nets.csv": "net,label\n10.0.0.0/8,inside\n0.0.0.0/0,world\n",
    "wild.csv": "pattern,label\narn:*:ROOT,root\narn:*,other\n",
}


@dataclass
class Bench:
    home: Home
    app: App

    def context(self, **changes) -> Context:
        return replace(Context(self.home, self.app, NOW), **changes)

    def search(self, spl: str, **changes) -> Result:
        return search(spl, self.context(**changes))

    def rows(self, spl: str, **changes) -> list[dict]:
        return self.search(spl, **changes).rows

    def value(self, expression: str, **fields: str):
        """What an eval expression gives on one row with those fields; None for null."""
        rows = json.dumps([fields]).replace("\\", "\\\\").replace('"', '\\"')
        made = f'| makeresults format=json data="{rows}"' if fields else "| makeresults"
        (row,) = self.rows(f"{made} | eval result={expression} | fields result")
        return row.get("result")

    def add(
        self,
        *events: dict,
        sourcetype: str = "audit:json",
        index: str = "audit",
        indexed: dict | None = None,
    ) -> None:
        """Events whose `t` is the time (seconds before NOW) and `raw`, if given, the text."""
        made = []
        for event in events:
            body = {k: v for k, v in event.items() if k not in ("t", "raw", "indexed")}
            time = NOW - event.get("t", 0)
            made.append(
                Event(
                    time,
                    time,
                    event.get("raw", json.dumps(body, separators=(",", ":"))),
                    sourcetype,
                    "src",
                    "h",
                    event.get("indexed", indexed or {}),
                )
            )
        self.home.store.append(index, made)

    def post_process(self, spl: str, base: Result) -> Result:
        return post_process(spl, base, self.context())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    app = tmp_path / "app"
    (app / "default").mkdir(parents=True)
    (app / "lookups").mkdir()
    for name, text in CONFS.items():
        (app / "default" / f"{name}.conf").write_text(text)
    for name, text in LOOKUPS.items():
        (app / "lookups" / name).write_text(text)
    return Bench(Home(tmp_path / "home"), App(app))
