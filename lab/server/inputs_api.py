"""data/inputs and data/modular-inputs: the app's modular inputs and their stanzas.

A stanza is checked as splunkd does it when it is created or edited: against the scheme that the
script prints, then by the script's own --validate-arguments.
"""

from __future__ import annotations

from pathlib import Path

from lab.conf import Stanza
from lab.modular_input import (
    STANDARD_SETTINGS,
    InputError,
    check_arguments,
    read_scheme,
    script_of,
    validate,
)
from lab.server import atom, objects
from lab.server.call import Call, Reply, Route
from lab.server.errors import RestError
from lab.server.objects import Kind

_ACTIONS = ("_reload", "disable")


def kind_of(scheme: str) -> Kind:
    return Kind(f"data/inputs/{scheme}", "inputs", "inputs", "admin_all_objects")


def _script(call: Call, scheme: str) -> Path:
    try:
        return script_of(call.state.app, scheme)
    except InputError as error:
        raise RestError(404, str(error)) from None


def schemes(call: Call) -> list[str]:
    """The inputs of the app: those of inputs.conf that have a script."""
    found = {name.partition("://")[0] for name in call.state.app.inputs}
    folder = call.state.app.path / "bin"
    return sorted(name for name in found if (folder / f"{name}.py").is_file())


def _stanzas(call: Call, scheme: str) -> dict[str, Stanza]:
    """Instances by name; `[scheme]` gives the defaults."""
    inputs = call.state.app.inputs
    common = inputs[scheme].settings if scheme in inputs else {}
    found = {}
    for name, stanza in inputs.items():
        kind, mark, instance = name.partition("://")
        if kind == scheme and mark:
            settings = {**common, **stanza.settings}
            found[instance] = Stanza(name, stanza.file, stanza.line, settings, stanza.lines)
    return found


def _known(call: Call, scheme: str) -> None:
    if scheme not in schemes(call):
        raise RestError(404, f"no input of the kind {scheme}: the app has"
                        f" {', '.join(schemes(call)) or 'none'}")


def kinds(call: Call) -> Reply:
    """Each with the link `create`, by which clients know a kind that holds inputs."""
    entries = []
    for scheme in ["http", *schemes(call)]:
        entry = atom.Entry(
            scheme, f"/servicesNS/nobody/{call.state.app.name}/data/inputs/{scheme}", {},
            atom.acl(call.state.app.name), actions=("create",),
        )
        entry.links["create"] = f"{entry.href}/_new"
        entries.append(entry)
    return atom.feed(call, "inputs", entries)


def _entry(call: Call, scheme: str, name: str, stanza: Stanza) -> atom.Entry:
    content = {"disabled": False, **stanza.settings}
    content["disabled"] = stanza.boolean("disabled", False)
    shown = objects.entry(call, kind_of(scheme), name, content, _ACTIONS)
    shown.acl = objects.acl_of(call, kind_of(scheme), f"{scheme}://{name}")
    shown.acl["removable"] = shown.acl["removable"] and call.user.may("admin_all_objects")
    return shown


def listed(call: Call, scheme: str) -> Reply:
    _known(call, scheme)
    entries = [_entry(call, scheme, name, s) for name, s in _stanzas(call, scheme).items()]
    return atom.feed(call, scheme, entries)


def _one(call: Call, scheme: str, name: str) -> Stanza:
    _known(call, scheme)
    found = _stanzas(call, scheme).get(name)
    if found is None:
        raise RestError(404, f"Could not find object id={name}")
    return found


def look(call: Call, scheme: str, name: str) -> Reply:
    stanza = _one(call, scheme, name)
    return atom.feed(call, scheme, [_entry(call, scheme, name, stanza)], paged=False)


def _validated(call: Call, scheme: str, name: str, settings: dict[str, str]) -> None:
    """400 where the scheme or the script refuses the stanza."""
    home = call.state.home
    common = call.state.app.inputs.get(scheme)
    full = {**(common.settings if common else {}), **settings}
    stanza = Stanza(f"{scheme}://{name}", objects.local_file(call, "inputs"), 0, full)
    script = _script(call, scheme)
    try:
        check_arguments(stanza, read_scheme(home, script))
        validate(home, script, stanza, call.state.rest_uri, call.state.sessions.system.key)
    except InputError as error:
        raise RestError(
            400, f'Encountered the following error while trying to save: {error}'
        ) from None


def create(call: Call, scheme: str) -> Reply:
    _known(call, scheme)
    name, kind = call.require("name"), kind_of(scheme)
    objects.demand_write(call, kind, f"{scheme}://{name}")
    if name in _stanzas(call, scheme):
        raise RestError(409, f"An input of the kind {scheme} named {name!r} exists already")
    settings = objects.settings_of(call)
    _validated(call, scheme, name, settings)
    objects.change(call, kind, f"{scheme}://{name}", settings)
    entry = _entry(call, scheme, name, _one(call, scheme, name))
    return atom.feed(call, scheme, [entry], 201, paged=False)


def update(call: Call, scheme: str, name: str) -> Reply:
    stanza, kind = _one(call, scheme, name), kind_of(scheme)
    objects.demand_write(call, kind, stanza.name)
    settings = objects.settings_of(call)
    _validated(call, scheme, name, {**stanza.settings, **settings})
    objects.change(call, kind, stanza.name, settings)
    return look(call, scheme, name)


def delete(call: Call, scheme: str, name: str) -> Reply:
    stanza = _one(call, scheme, name)
    objects.remove(call, kind_of(scheme), stanza.name)
    return listed(call, scheme)


def switch(call: Call, scheme: str, name: str, verb: str) -> Reply:
    """Enabling checks nothing anew: the stanza was checked when it was saved."""
    stanza, kind = _one(call, scheme, name), kind_of(scheme)
    if verb != "_reload":
        objects.demand_write(call, kind, stanza.name)
        value = "1" if verb == "disable" else "0"
        objects.change(call, kind, stanza.name, {"disabled": value})
    return look(call, scheme, name)


# --- schemes ---------------------------------------------------------------------------------


def _kind_entry(call: Call, scheme: str) -> atom.Entry:
    try:
        found = read_scheme(call.state.home, _script(call, scheme))
    except InputError as error:
        raise RestError(500, str(error)) from None
    arguments = {
        name: {
            "title": name,
            "data_type": "string",
            "required_on_edit": "false",
            **about,
            "required_on_create": "true" if found.arguments[name] else "false",
        }
        for name, about in found.about.items()
    }
    return atom.Entry(
        scheme,
        f"/servicesNS/nobody/{call.state.app.name}/data/modular-inputs/{scheme}",
        {"title": found.title, "description": found.description, "streaming_mode": "xml",
         "endpoint": {"args": arguments}},
        atom.acl(call.state.app.name),
    )


def modular_kinds(call: Call) -> Reply:
    return atom.feed(call, "modular-inputs", [_kind_entry(call, s) for s in schemes(call)])


def modular_kind(call: Call, scheme: str) -> Reply:
    _known(call, scheme)
    return atom.feed(call, "modular-inputs", [_kind_entry(call, scheme)], paged=False)


def new(call: Call, scheme: str) -> Reply:
    """Which arguments a new input takes."""
    _known(call, scheme)
    arguments = _kind_entry(call, scheme).content["endpoint"]["args"]
    required = [name for name, about in arguments.items() if about["required_on_create"] == "true"]
    optional = [name for name in [*arguments, *STANDARD_SETTINGS] if name not in required]
    entry = atom.Entry(
        "_new", f"/services/data/inputs/{scheme}/_new", {}, atom.acl(),
        fields={"requiredFields": sorted(required), "optionalFields": sorted(optional),
                "wildcardFields": []},
    )
    return atom.feed(call, scheme, [entry], paged=False)


_SCHEME = r"data/inputs/(?P<scheme>(?!http(?:/|$))[^/]+)"
_NAME = _SCHEME + r"/(?P<name>[^/]+)"
ROUTES = [
    Route("GET", "data/inputs", kinds, "list_inputs"),
    Route("GET", _SCHEME, listed, "list_inputs"),
    Route("POST", _SCHEME, create, "list_inputs"),
    Route("GET", _SCHEME + "/_new", new, "list_inputs"),
    Route("GET", _NAME, look, "list_inputs"),
    Route("POST", _NAME, update, "list_inputs"),
    Route("DELETE", _NAME, delete, "list_inputs"),
    Route("POST", _NAME + "/(?P<verb>enable|disable|_reload)", switch, "list_inputs"),
    Route("GET", "data/modular-inputs", modular_kinds, "list_inputs"),
    Route("GET", "data/modular-inputs/(?P<scheme>[^/]+)", modular_kind, "list_inputs"),
]
