"""storage/collections/config: the KV store's collections, their field types and accelerations."""

from __future__ import annotations

import json
import re

from lab.server import atom, objects
from lab.server.call import Call, Reply, Route
from lab.server.errors import RestError
from lab.server.objects import Kind

KIND = Kind("storage/collections/config", "collections", "collections")
_NAME_TEXT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_SETTINGS = ("enforceTypes", "replicate", "replication_dump_strategy", "disabled",
             "replication_dump_maximum_file_size", "profilingEnabled", "profilingThresholdMs", "type")


def _checked(call: Call) -> dict[str, str]:
    """The settings of a call; accelerated fields are JSON objects of 1 and -1."""
    settings = objects.settings_of(call)
    for name, value in settings.items():
        if name.startswith("accelerated_fields."):
            try:
                keys = json.loads(value)
            except ValueError:
                keys = None
            if not isinstance(keys, dict) or not keys or not set(keys.values()) <= {1, -1}:
                raise RestError(
                    400, f'{name} is a JSON object of fields with 1 or -1: {{"a": 1}}, not {value}'
                )
        elif not name.startswith("field.") and name not in _SETTINGS:
            raise RestError(400, f'Argument "{name}" is not supported by this handler.')
    return settings


def _entry(call: Call, name: str) -> atom.Entry:
    definition = call.state.app.collections[name]
    content = {
        "disabled": False,
        "replicate": definition.replicate,
        "enforceTypes": definition.enforce_types,
        **call.state.app.conf("collections")[name].settings,
    }
    return objects.entry(call, KIND, name, content, ("_reload", "disable"))


def configs(call: Call) -> Reply:
    names = [n for n in call.state.app.collections if objects.readable(call, KIND, n)]
    return atom.feed(call, "collections-conf", [_entry(call, name) for name in names])


def _demand(call: Call, name: str) -> None:
    if name not in call.state.app.collections:
        raise RestError(404, f"Could not find object id={name}")
    call.state.access.demand(call.user, "read", KIND.meta, name)


def config(call: Call, name: str) -> Reply:
    _demand(call, name)
    return atom.feed(call, "collections-conf", [_entry(call, name)], paged=False)


def create(call: Call) -> Reply:
    name = call.require("name")
    if not _NAME_TEXT.fullmatch(name):
        raise RestError(400, f"name={name!r}: a collection's name has letters, digits, _, - and .")
    objects.create(call, KIND, name, _checked(call), name in call.state.app.collections)
    return atom.feed(call, "collections-conf", [_entry(call, name)], 201, paged=False)


def update(call: Call, name: str) -> Reply:
    _demand(call, name)
    objects.demand_write(call, KIND, name)
    objects.change(call, KIND, name, _checked(call))
    return config(call, name)


def delete(call: Call, name: str) -> Reply:
    """The documents go with the collection."""
    _demand(call, name)
    objects.remove(call, KIND, name)
    if name not in call.state.app.collections:
        call.state.home.kv.collection(name).delete()
    return configs(call)


_ONE = r"storage/collections/config/(?P<name>[^/]+)"
ROUTES = [
    Route("GET", "storage/collections/config", configs),
    Route("POST", "storage/collections/config", create),
    Route("GET", _ONE, config),
    Route("POST", _ONE, update),
    Route("DELETE", _ONE, delete),
    *objects.switch_routes(KIND, lambda call, name: name in call.state.app.collections, config),
]
