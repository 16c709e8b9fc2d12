"""One small app and home for all generated searches: they only read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.app import App
from lab.engine.run import Context
from lab.engine.store import Event
from lab.home import Home

NOW = 1_700_000_000.0
CONFS = {
    "app": "[package]\nid = differential\n",
    "indexes": "[audit]\n[hec]\n",
    "props": "[audit:json]\nKV_MODE = json\n",
    "transforms": """
[exact]
filename = exact.csv
max_matches = 1

[loose]
filename = exact.csv
case_sensitive_match = false

[nets]
filename = nets.csv
match_type = CIDR(net)
max_matches = 1
min_matches = 1
default_match = nowhere

[wild]
filename = wild.csv
match_type = WILDCARD(pattern)
max_matches = 2
""",
}
LOOKUPS = {
    "exact.csv": "key,label,rank\nfoo,one,1\nFoo,two,2\na,three,\nb,four,4\nfoo,five,5\nk1,six,6\n",
    "nets.csv": "net,label,rank\n10.0.0.0/24,office,1\n10.0.0.0/8,inside,2\n",
    "wild.csv": "pattern,label,rank\nf*,eff,1\n*o,oh,2\nk?,mark,3\n",
}
EVENTS = [
    {"i": 1, "user": "alice", "action": "run", "bytes": 10, "tags": ["a", "b"]},
    {"i": 2, "user": "Bob", "action": "stop", "bytes": 9},
    {"i": 3, "user": "alice", "action": "Run", "bytes": 2.5, "tags": ["b"]},
    {"i": 4, "user": "é", "action": "alice run", "tags": ["c", "a", "a"]},
    {"i": 5, "action": "stop", "bytes": 0},
    {"i": 6, "user": "k1", "action": "run", "bytes": -4, "tags": "10"},
]


@pytest.fixture(scope="session")
def context(tmp_path_factory) -> Context:
    root: Path = tmp_path_factory.mktemp("differential")
    app = root / "app"
    (app / "default").mkdir(parents=True)
    (app / "lookups").mkdir()
    for name, text in CONFS.items():
        (app / "default" / f"{name}.conf").write_text(text)
    for name, text in LOOKUPS.items():
        (app / "lookups" / name).write_text(text)
    home = Home(root / "home")
    plain, indexed = [], []
    for position, body in enumerate(EVENTS):
        when = NOW - 70 * position - 5
        raw = json.dumps(body, ensure_ascii=False)
        plain.append(Event(when, when + 1, raw, "audit:json", "src", "h", {}))
        fields = {name: [str(one) for one in value] if isinstance(value, list) else str(value)
                  for name, value in body.items()}
        indexed.append(Event(when, when + 1, raw, "stash_hec", "src", "h", fields))
    home.store.append("audit", plain)
    home.store.append("hec", indexed[:3])
    home.store.append("hec", indexed[3:])
    return Context(home, App(app), NOW)
