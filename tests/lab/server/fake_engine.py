"""A stand-in for lab.engine.run that knows a handful of searches."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import SimpleNamespace

from lab.spl.errors import SPLError, render
from lab.spl.timemodifier import resolve

HOSTILE = '<img src=x onerror="document.title=1">'


@dataclass
class Result:
    fields: list[str]
    rows: list[dict]
    is_events: bool = False
    messages: list[str] = field(default_factory=list)
    scanned: int = 0
    effects: list[str] = field(default_factory=list)


class FakeEngine:
    """`| rows` three rows, one hostile; `| echo X` its argument; `| slow` waits for `release`,
    `| late` fails as it runs."""

    def __init__(self):
        self.contexts = []
        self.release = threading.Event()

    def context(self, **values):
        self.contexts.append(SimpleNamespace(**values))
        return self.contexts[-1]

    def check(self, spl, context):
        command = spl.lstrip("| ").partition(" ")[0]
        if command not in ("search", "makeresults", "rows", "echo", "slow", "late", "crash"):
            raise SPLError(f"unknown command '{command}'", construct=command)

    def search(self, spl, context):
        command, _, rest = spl.lstrip("| ").partition(" ")
        if command == "search":
            return Result(["_time", "_raw"], [{"_time": "1700000000.5", "_raw": "a <event>"}], True)
        if command == "makeresults":
            count = int(rest.partition("=")[2] or 1)
            return Result(["_time"], [{"_time": "1700000000"}] * count)
        if command == "rows":
            rest = rest.replace('"', "")
            hosts = ["web-01", "db-02", HOSTILE]
            rows = [
                {"host": name, "count": str(5 - n), "tag": ["a", "b"]}
                for n, name in enumerate(hosts)
                if rest in ("host=all", f"host={name}")
            ]
            return Result(["host", "count", "tag"], rows)
        if command == "echo":
            return Result(["said"], [{"said": rest}])
        if command == "slow":
            for _ in range(12_000):
                context.interruption.check()
                if self.release.wait(0.01):
                    break
            return Result(["x"], [{"x": "1"}])
        if command == "crash":
            raise KeyError("inside")
        raise SPLError("wrong only in its rows", construct=command)

    def post_process(self, spl, base, context):
        if spl.strip().lstrip("| ").startswith("head 1"):
            return Result(base.fields, base.rows[:1])
        if spl.strip().startswith("| boom"):
            raise SPLError("unknown command 'boom'", construct="boom")
        return base

    def resolve(self, modifier, now):
        return resolve(modifier, now)

    def describe(self, error, spl):
        return render(error, spl) if isinstance(error, SPLError) else None
