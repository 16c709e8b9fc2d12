"""storage/passwords: the app's stored secrets, kept in HOME/passwords.json (key `secrets`).

The lab keeps them in clear text in a file only its owner can read: it is for made-up secrets.
"""

from __future__ import annotations

import json
from typing import Any

from lab.server import atom
from lab.server.call import Call, Reply, Route
from lab.server.errors import RestError
from lab.server.objects import quoted
from lab.server.sessions import passwords_lock, write_private


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace(":", "\\:")


def _title(secret: dict[str, str]) -> str:
    return f"{_escaped(secret['realm'])}:{_escaped(secret['username'])}:"


def _load(call: Call) -> dict[str, Any]:
    file = call.state.home.passwords
    return json.loads(file.read_text("utf-8")) if file.is_file() else {}


def _entry(call: Call, secret: dict[str, str]) -> atom.Entry:
    name = _title(secret)
    href = f"/servicesNS/nobody/{call.state.app.name}/storage/passwords/{quoted(name)}"
    return atom.Entry(
        name,
        href,
        {
            "username": secret["username"],
            "realm": secret["realm"] or None,
            "clear_password": secret["password"],
            "encr_password": "********",
            "password": "********",
        },
        atom.acl(call.state.app.name, can_write=True),
    )


def list_all(call: Call) -> Reply:
    return atom.feed(call, "passwords", [_entry(call, s) for s in _load(call).get("secrets", [])])


def _names(secret: dict[str, str]) -> set[str]:
    """What it may be called by: its title, the same without escapes, as splunk-sdk sends it, and
    without a realm the user name alone."""
    realm, username = secret["realm"], secret["username"]
    own = {_title(secret), f"{realm}:{username}:"}
    return own if realm else own | {username, f"{username}:", f"{_escaped(username)}:"}


def _find(stored: dict[str, Any], name: str) -> dict[str, str]:
    secrets = stored.get("secrets", [])
    exact = [secret for secret in secrets if _title(secret) == name]
    found = exact or [secret for secret in secrets if name in _names(secret)]
    if not found:
        raise RestError(404, f"Could not find object id={name}")
    return found[0]


def look(call: Call, name: str) -> Reply:
    return atom.feed(call, "passwords", [_entry(call, _find(_load(call), name))], paged=False)


def create(call: Call) -> Reply:
    secret = {
        "username": call.require("name"),
        "password": call.require("password"),
        "realm": call.get("realm"),
    }
    with passwords_lock:
        stored = _load(call)
        secrets = stored.setdefault("secrets", [])
        if any(_title(known) == _title(secret) for known in secrets):
            raise RestError(
                409, "Cannot create credential: a credential with this name and realm exists"
            )
        secrets.append(secret)
        write_private(call.state.home.passwords, stored)
    return atom.feed(call, "passwords", [_entry(call, secret)], 201, paged=False)


def update(call: Call, name: str) -> Reply:
    with passwords_lock:
        stored = _load(call)
        secret = _find(stored, name)
        secret["password"] = call.require("password")
        write_private(call.state.home.passwords, stored)
    return atom.feed(call, "passwords", [_entry(call, secret)], paged=False)


def delete(call: Call, name: str) -> Reply:
    with passwords_lock:
        stored = _load(call)
        stored["secrets"].remove(_find(stored, name))
        write_private(call.state.home.passwords, stored)
    return list_all(call)


_NAME = r"storage/passwords/(?P<name>[^/]+)"
ROUTES = [
    Route("GET", "storage/passwords", list_all, "list_storage_passwords"),
    Route("POST", "storage/passwords", create, "edit_storage_passwords"),
    Route("GET", _NAME, look, "list_storage_passwords"),
    Route("POST", _NAME, update, "edit_storage_passwords"),
    Route("DELETE", _NAME, delete, "edit_storage_passwords"),
]
