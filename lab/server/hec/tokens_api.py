"""data/inputs/http: HEC's tokens over REST. Their entries are named http://<name>, as splunkd's."""

from __future__ import annotations

import uuid

from lab.server import atom, objects
from lab.server.call import Call, Reply, Route
from lab.server.errors import RestError
from lab.server.hec.tokens import OWN, PREFIX, configured
from lab.server.objects import Kind

KIND = Kind("data/inputs/http", "inputs", "inputs", "edit_token_http")
_SETTINGS = frozenset({
    "description", "disabled", "host", "index", "indexes", "source", "sourcetype", "token",
    "useACK", "allowQueryStringAuth",
})


def _entry(call: Call, name: str) -> atom.Entry:
    token = configured(call.state.app)[name]
    content = {
        **call.state.app.inputs[PREFIX + name].settings,
        "disabled": token.disabled, "index": token.index, "indexes": list(token.indexes),
        "token": token.value, "useACK": token.use_ack,
    }
    return objects.entry(call, KIND, PREFIX + name, content, ("_reload", "disable"))


def _known(call: Call, name: str) -> str:
    plain = name.removeprefix(PREFIX)
    if plain not in configured(call.state.app):
        raise RestError(404, f"Could not find object id={name}")
    return plain


def _settings(call: Call) -> dict[str, str]:
    settings = objects.settings_of(call)
    for name, value in settings.items():
        if name not in _SETTINGS:
            raise RestError(400, f'Argument "{name}" is not supported by this handler.')
        if name in ("index", "indexes"):
            unknown = [i for i in value.split(",") if i and i not in call.state.app.indexes]
            if unknown:
                raise RestError(400, f"{name}: there is no index {', '.join(unknown)}")
    if "token" in settings:
        try:
            uuid.UUID(settings["token"])
        except ValueError:
            raise RestError(400, "token must be a GUID") from None
    return settings


def listed(call: Call) -> Reply:
    return atom.feed(call, "http", [_entry(call, name) for name in configured(call.state.app)])


def look(call: Call, name: str) -> Reply:
    return atom.feed(call, "http", [_entry(call, _known(call, name))], paged=False)


def create(call: Call) -> Reply:
    name = call.require("name").removeprefix(PREFIX)
    objects.demand_write(call, KIND, PREFIX + name)
    if name in configured(call.state.app) or name == OWN:
        raise RestError(409, f"Token {name!r} exists already")
    settings = {"token": str(uuid.uuid4()), **_settings(call)}
    objects.change(call, KIND, PREFIX + name, settings)
    return atom.feed(call, "http", [_entry(call, name)], 201, paged=False)


def update(call: Call, name: str) -> Reply:
    plain = _known(call, name)
    objects.demand_write(call, KIND, PREFIX + plain)
    objects.change(call, KIND, PREFIX + plain, _settings(call))
    return look(call, plain)


def switch(call: Call, name: str, verb: str) -> Reply:
    plain = _known(call, name)
    objects.demand_write(call, KIND, PREFIX + plain)
    value = "1" if verb == "disable" else "0"
    objects.change(call, KIND, PREFIX + plain, {"disabled": value})
    return look(call, plain)


def delete(call: Call, name: str) -> Reply:
    objects.remove(call, KIND, PREFIX + _known(call, name))
    return listed(call)


_NAME = r"data/inputs/http/(?P<name>[^/]+)"
ROUTES = [
    Route("GET", "data/inputs/http", listed, "list_token_http"),
    Route("POST", "data/inputs/http", create, "edit_token_http"),
    Route("GET", _NAME, look, "list_token_http"),
    Route("POST", _NAME, update, "edit_token_http"),
    Route("DELETE", _NAME, delete, "edit_token_http"),
    Route("POST", _NAME + "/(?P<verb>enable|disable)", switch, "edit_token_http"),
]
