"""splunkd in memory: KV collections and users, behind the interface of ciw_triage.kv.KVStore.

Reads and writes are checked as splunkd would check them: only the system token may write the
state and the history.
"""

from __future__ import annotations

import configparser
import copy
import functools
import json
from pathlib import Path

from ciw_triage.errors import Forbidden
from ciw_triage.kv import DuplicateKey
from ciw_triage.routes import respond

APP = Path(__file__).resolve().parents[2]
SYSTEM = "system-token"
NOW = 1_700_000_000


def capabilities_of(role: str) -> set[str]:
    """The capabilities of a role in default/authorize.conf, imported ones included."""
    return set(_capabilities(role))


@functools.cache
def _capabilities(role: str) -> frozenset[str]:
    conf = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    conf.read(APP / "default" / "authorize.conf")
    section = f"role_{role}"
    if not conf.has_section(section):
        return frozenset()
    held = {name for name, value in conf.items(section) if value == "enabled"}
    for imported in conf.get(section, "importRoles", fallback="").split(";"):
        held |= capabilities_of(imported.strip()) if imported.strip() else set()
    return frozenset(held)


class Splunkd:
    def __init__(self) -> None:
        self.collections: dict[str, dict[str, dict]] = {}
        self.users: dict[str, tuple[str, set[str]]] = {}
        self.now = NOW
        self.fail_put = False
        self.writes_left = None
        self.file_rows: dict[str, list[dict]] = {}
        self.before_insert = None

    def user(self, name: str, role: str) -> str:
        self.users[name] = (role, capabilities_of(role))
        return name

    def add(self, collection: str, *documents: dict) -> None:
        for document in documents:
            self.collections.setdefault(collection, {})[document["_key"]] = document

    def documents(self, collection: str) -> dict[str, dict]:
        return self.collections.setdefault(collection, {})

    def ask(self, user: str, method: str, path: str, query=(), body=None, raw=None):
        """(status, payload) of one request as splunkd would hand it over."""
        request = {
            "method": method,
            "rest_path": "/ciw_triage",
            "path_info": path,
            "query": [list(pair) for pair in query],
            "payload": raw if raw is not None else json.dumps(body) if body is not None else "",
            "session": {"user": user, "authtoken": user},
            "system_authtoken": SYSTEM,
            "server": {"rest_uri": "https://127.0.0.1:8089"},
        }
        reply = respond(
            json.dumps(request), lambda _, token: Store(self, token), lambda: float(self.now)
        )
        assert json.loads(json.dumps(reply)) == reply
        return reply["status"], reply["payload"]

    def change(self, user: str, case_id: str, version: int, verb: str, **values):
        body = {"case_id": case_id, "version": version, "verb": verb, **values}
        return self.ask(user, "POST", "case", body=body)


class Store:
    def __init__(self, splunkd: Splunkd, token: str) -> None:
        self.splunkd, self.token = splunkd, token

    def find(self, collection, query=None, fields=None):
        rows = []
        for document in copy.deepcopy(list(self.splunkd.documents(collection).values())):
            if matches(document, query or {}):
                if fields:
                    document = {k: v for k, v in document.items() if k in fields or k == "_key"}
                rows.append(document)
        return rows

    def get(self, collection, key):
        return copy.deepcopy(self.splunkd.documents(collection).get(key))

    def get_many(self, collection, keys):
        found = {key: self.get(collection, key) for key in keys}
        return {key: document for key, document in found.items() if document}

    def find_of(self, collection, field, values, also, fields=None):
        query = dict(also, **{"$or": [{field: value} for value in values]})
        return self.find(collection, query, fields) if values else []

    def put_many(self, collection, documents):
        self._may_write()
        for document in documents:
            self.splunkd.documents(collection)[document["_key"]] = copy.deepcopy(document)

    def delete(self, collection, key):
        self._may_write()
        self.splunkd.documents(collection).pop(key, None)

    def insert(self, collection, document):
        self._may_write()
        if self.splunkd.before_insert:
            hook, self.splunkd.before_insert = self.splunkd.before_insert, None
            hook()
        if document["_key"] in self.splunkd.documents(collection):
            raise DuplicateKey(document["_key"])
        self.splunkd.documents(collection)[document["_key"]] = copy.deepcopy(document)

    def put(self, collection, document):
        self._may_write()
        if self.splunkd.fail_put:
            raise RuntimeError("killed between claim and state")
        self.splunkd.documents(collection)[document["_key"]] = copy.deepcopy(document)

    def newest(self, collection, query, field, count):
        return sorted(self.find(collection, query), key=lambda row: -row[field])[:count]

    def file_rows(self, names):
        return {name: copy.deepcopy(self.splunkd.file_rows.get(name, [])) for name in names}

    def macro(self, name):
        return None

    def current_user(self):
        role, capabilities = self.splunkd.users[self.token]
        return {"username": self.token, "roles": [role], "capabilities": sorted(capabilities)}

    def _may_write(self):
        """Only the system writes; a test may have the process die at its n-th write."""
        if self.token != SYSTEM:
            raise Forbidden("only the system writes states and history")
        if self.splunkd.writes_left is not None:
            if self.splunkd.writes_left == 0:
                raise RuntimeError("killed")
            self.splunkd.writes_left -= 1


def matches(document, query):
    for name, wanted in query.items():
        if name == "$or":
            if not any(matches(document, option) for option in wanted):
                return False
        elif isinstance(wanted, dict) and "$gte" in wanted:
            if not document.get(name, 0) >= wanted["$gte"]:
                return False
        elif document.get(name) != wanted:
            return False
    return True


def case(number: int, **values) -> dict:
    """A machine-made case; `number` makes its id."""
    case_id = f"{number:016x}"
    document = {
        "_key": case_id,
        "case_id": case_id,
        "subject": f"principal-{number}",
        "cloud": "aws",
        "vendor_account": "111122223333",
        "vendor_region": ["us-east-1"],
        "user": f"principal-{number}",
        "severity": "high",
        "severity_rank": 3,
        "signals": ["denied_instance_creation"],
        "signal_ids": [],
        "signal_count": 1,
        "reason": f"principal-{number} was denied 6 instance launches.",
        "opened": NOW - 3600 - number,
        "updated": NOW - 1800,
        "sla_due": NOW + 3600 + number,
        "previous_case_id": "",
    }
    document.update(values)
    return document
