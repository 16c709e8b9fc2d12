"""configs/conf-*, properties: the .conf files, read in their layers and written to HOME/local."""

from __future__ import annotations

import re
from typing import Any

from lab.server import atom, objects
from lab.server.call import Call, Reply, Route
from lab.server.errors import RestError
from lab.server.objects import Kind

# Files whose stanzas are objects of another kind than the file's name, or ask for a capability.
_META = {"transforms": "transforms", "times": "times"}
_NEEDS = {
    "authorize": "edit_roles", "authentication": "change_authentication",
    "indexes": "indexes_edit", "inputs": "admin_all_objects", "restmap": "admin_all_objects",
    "server": "edit_server", "web": "edit_web_settings", "limits": "admin_all_objects",
}
_FILE_NAME = re.compile(r"[A-Za-z0-9_-]+")


def kind_of(file: str) -> Kind:
    if file == "passwords":
        raise RestError(403, "passwords.conf is not read here: use storage/passwords")
    return Kind(f"configs/conf-{file}", file, _META.get(file, file), _NEEDS.get(file, ""))


def _files(call: Call) -> list[str]:
    folders = [call.state.app.path / "default", call.state.home.conf_dir]
    return sorted({path.stem for folder in folders for path in folder.glob("*.conf")})


def _known(call: Call, file: str) -> Kind:
    if file not in _files(call):
        raise RestError(404, f"No such conf file: {file}")
    return kind_of(file)


def _stanza(call: Call, kind: Kind, name: str) -> Any:
    found = call.state.app.conf(kind.conf).get(name)
    objects.demand_read(call, kind, name, found is not None)
    return found


def _entry(call: Call, kind: Kind, name: str) -> atom.Entry:
    settings = call.state.app.conf(kind.conf)[name].settings
    return objects.entry(
        call, kind, name, {"disabled": settings.get("disabled", "0"), **settings},
        ("_reload", "disable"),
    )


# --- configs ---------------------------------------------------------------------------------


def stanzas(call: Call, file: str) -> Reply:
    kind = kind_of(file)
    names = [n for n in call.state.app.conf(file) if objects.readable(call, kind, n)]
    return atom.feed(call, f"conf-{file}", [_entry(call, kind, name) for name in names])


def stanza(call: Call, file: str, name: str) -> Reply:
    kind = kind_of(file)
    _stanza(call, kind, name)
    return atom.feed(call, f"conf-{file}", [_entry(call, kind, name)], paged=False)


def create(call: Call, file: str) -> Reply:
    kind, name = kind_of(file), call.require("name")
    known = name in call.state.app.conf(file)
    objects.create(call, kind, name, objects.settings_of(call), known)
    return atom.feed(call, f"conf-{file}", [_entry(call, kind, name)], 201, paged=False)


def update(call: Call, file: str, name: str) -> Reply:
    kind = kind_of(file)
    _stanza(call, kind, name)
    objects.demand_write(call, kind, name)
    objects.change(call, kind, name, objects.settings_of(call))
    return stanza(call, file, name)


def delete(call: Call, file: str, name: str) -> Reply:
    kind = kind_of(file)
    _stanza(call, kind, name)
    objects.remove(call, kind, name)
    return stanzas(call, file)


def switch(call: Call, file: str, name: str, verb: str) -> Reply:
    kind = kind_of(file)
    _stanza(call, kind, name)
    if verb != "_reload":
        objects.demand_write(call, kind, name)
        objects.change(call, kind, name, {"disabled": "1" if verb == "disable" else "0"})
    return stanza(call, file, name)


def access(call: Call, file: str, name: str) -> Reply:
    kind = kind_of(file)
    _stanza(call, kind, name)
    if call.method == "POST":
        objects.demand_write(call, kind, name)
        objects.change_acl(call, kind, name)
    return atom.feed(call, f"conf-{file}", [objects.entry(call, kind, name, {})], paged=False)


# --- properties ------------------------------------------------------------------------------


def _property(path: str, name: str, value: Any) -> atom.Entry:
    return atom.Entry(name, f"/services/{path}/{objects.quoted(name)}", {name: value}, atom.acl())


def files(call: Call) -> Reply:
    return atom.feed(
        call, "properties", [_property("properties", name, "") for name in _files(call)]
    )


def create_file(call: Call) -> Reply:
    """303 where the file is there already."""
    name = call.require("__conf")
    if not _FILE_NAME.fullmatch(name):
        raise RestError(400, f"__conf={name!r} is no name of a .conf file")
    where = {"Location": f"/services/properties/{name}"}
    if name in _files(call):
        return Reply(b"", status=303, headers=where)
    objects.demand_shared(call)
    objects.demand_write(call, kind_of(name), "")
    objects.local_file(call, name).touch()
    return Reply(b"", status=201, headers=where)


def file_stanzas(call: Call, file: str) -> Reply:
    _known(call, file)
    names = call.state.app.conf(file)
    return atom.feed(call, file, [_property(call.path, name, "") for name in names])


def create_stanza(call: Call, file: str) -> Reply:
    kind, name = _known(call, file), call.require("__stanza")
    where = {"Location": f"/services/properties/{file}/{objects.quoted(name)}"}
    if name in call.state.app.conf(file):
        return Reply(b"", status=303, headers=where)
    objects.create(call, kind, name, {}, known=False)
    return Reply(b"", status=201, headers=where)


def keys(call: Call, file: str, name: str) -> Reply:
    found = _stanza(call, _known(call, file), name)
    entries = [_property(call.path, key, value) for key, value in found.settings.items()]
    return atom.feed(call, name, entries, paged=False)


def set_keys(call: Call, file: str, name: str) -> Reply:
    kind = _known(call, file)
    _stanza(call, kind, name)
    objects.demand_write(call, kind, name)
    objects.change(call, kind, name, objects.settings_of(call))
    return atom.messages(call, RestError(200, f"Successfully modified {name}.", "INFO"))


def value(call: Call, file: str, name: str, key: str) -> Reply:
    found = _stanza(call, _known(call, file), name)
    if key not in found.settings:
        raise RestError(404, f"Could not find object id={name}/{key}")
    return Reply(found.settings[key].encode("utf-8"), "text/plain; charset=UTF-8")


def set_value(call: Call, file: str, name: str, key: str) -> Reply:
    kind = _known(call, file)
    _stanza(call, kind, name)
    objects.demand_write(call, kind, name)
    objects.change(call, kind, name, {key: call.get("value")})
    return atom.messages(call, RestError(200, f"Successfully modified {name}/{key}.", "INFO"))


_FILE = r"(?P<file>[\w-]+)"
_ONE = r"(?P<name>[^/]+)"
_CONFIG = f"configs/conf-{_FILE}"
_PROPERTY = f"properties/{_FILE}"
_GET, _SET = "rest_properties_get", "rest_properties_set"
ROUTES = [
    Route("GET", _CONFIG, stanzas, _GET),
    Route("POST", _CONFIG, create, _SET),
    Route("GET", f"{_CONFIG}/{_ONE}", stanza, _GET),
    Route("POST", f"{_CONFIG}/{_ONE}", update, _SET),
    Route("DELETE", f"{_CONFIG}/{_ONE}", delete, _SET),
    Route("POST", f"{_CONFIG}/{_ONE}/(?P<verb>enable|disable|_reload)", switch, _SET),
    Route("GET", f"{_CONFIG}/{_ONE}/acl", access, _GET),
    Route("POST", f"{_CONFIG}/{_ONE}/acl", access, _SET),
    Route("GET", "properties", files, _GET),
    Route("POST", "properties", create_file, _SET),
    Route("GET", _PROPERTY, file_stanzas, _GET),
    Route("POST", _PROPERTY, create_stanza, _SET),
    Route("GET", f"{_PROPERTY}/{_ONE}", keys, _GET),
    Route("POST", f"{_PROPERTY}/{_ONE}", set_keys, _SET),
    Route("GET", f"{_PROPERTY}/{_ONE}/(?P<key>[^/]+)", value, _GET),
    Route("POST", f"{_PROPERTY}/{_ONE}/(?P<key>[^/]+)", set_value, _SET),
]
