"""Rows of the lists (and decisions on baselines), each change recorded before it is made.

A change of a row is claimed by inserting the record `list:row:number` into ciw_list_history, with
what the row is to be; splunkd refuses a second insert, so of two changes at once one wins. Then the
row is made what the newest record says. A process that dies in between leaves a record that is not
done, and the next reading does it. Whoever writes a row looks for a newer record afterwards and
follows that: a process that slept cannot bring back what somebody removed meanwhile.
"""

from __future__ import annotations

import json

from ciw_triage.kv import DuplicateKey

HISTORY = "ciw_list_history"


class Keep:
    """`reader` acts with the caller's token, `writer` with the system's."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    def records(self, collection, key):
        """The changes of one row, oldest first."""
        found = self._reader.find(HISTORY, {"list": collection, "row_key": key})
        return sorted(found, key=lambda record: int(record["number"]))

    def turn(self, collection, key):
        """The number of the next change of a row, to be asked before the row is read: whoever
        changes the row meanwhile takes it."""
        self._settle(collection, key, again=False)
        return len(self.records(collection, key)) + 1

    def change(self, collection, key, number, action, before, after, who, reason, now):
        """Claims and makes a change. Raises DuplicateKey where another change came first.

        A `number` of 1: the row is new and must never have been.
        """
        claim = record(collection, key, number, action, before, after, who, reason, now)
        self._writer.insert(HISTORY, claim)
        self._settle(collection, key)

    def ensure(self, collection, key, after, who, reason, now):
        """Makes a row that follows from a case, once: one that somebody removed stays away."""
        if not self.records(collection, key):
            try:
                self.change(collection, key, 1, "add", None, after, who, reason, now)
                return
            except DuplicateKey:
                # Another reader of the same case was quicker: the record says what is to be.
                pass
        self._settle(collection, key, again=False)

    def add_all(self, collection, rows, action, who, reason, now):
        """Many new rows at once: {key: row}."""
        claims = [
            record(collection, key, 1, action, None, row, who, reason, now)
            for key, row in rows.items()
        ]
        self._writer.put_many(HISTORY, claims)
        self._writer.put_many(collection, [dict(row, _key=key) for key, row in rows.items()])
        later = self._reader.find(HISTORY, {"list": collection, "number": {"$gte": 2}}, ("row_key",))
        for key in sorted({found["row_key"] for found in later} & set(rows)):
            self._settle(collection, key)
        self._writer.put_many(HISTORY, [dict(claim, done="yes") for claim in claims])

    def finish(self, collection):
        """Does what dead processes left undone in this list."""
        left = self._reader.find(HISTORY, {"list": collection, "done": "no"})
        for key in sorted({record["row_key"] for record in left}):
            self._settle(collection, key)

    def _settle(self, collection, key, again=True):
        records = self.records(collection, key)
        if not records or not again and all(record["done"] == "yes" for record in records):
            return
        while True:
            newest = records[-1]
            after = json.loads(newest["after"])
            if after is None:
                self._writer.delete(collection, key)
            else:
                self._writer.put(collection, dict(after, _key=key))
            records = self.records(collection, key)
            if records[-1]["number"] == newest["number"]:
                break
        for entry in records:
            if entry["done"] != "yes":
                self._writer.put(HISTORY, dict(entry, done="yes"))


def record(collection, key, number, action, before, after, who, reason, now):
    return {
        "_key": f"{collection}:{key}:{number}",
        "list": collection,
        "row_key": key,
        "number": number,
        "time": int(now),
        "who": who,
        "action": action,
        "reason": reason,
        "before": json.dumps(before, sort_keys=True),
        "after": json.dumps(after, sort_keys=True),
        "done": "no",
    }
