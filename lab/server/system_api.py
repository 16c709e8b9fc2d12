"""Login, who am I, users, server, apps, confs, views, time presets, inputs: what clients look up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lab.conf import Conf
from lab.server import atom
from lab.server.call import Call, Reply, Route, json_reply
from lab.server.errors import RestError

_PRESETS = json.loads((Path(__file__).parent / "time_presets.json").read_text("utf-8"))


# --- sessions --------------------------------------------------------------------------------


def login(call: Call) -> Reply:
    user = call.state.users.check(call.get("username"), call.get("password"))
    if user is None:
        raise RestError(401, "Login failed", "WARN")
    session = call.state.sessions.open(user)
    if atom.output_mode(call).startswith("json"):
        return json_reply({"sessionKey": session.key, "message": "", "code": ""})
    return atom.xml_reply(
        f"<response><sessionKey>{session.key}</sessionKey>"
        '<messages><msg code=""></msg></messages></response>'
    )


def _user_entry(call: Call, name: str, path: str) -> atom.Entry:
    user = call.state.users.get(name) or call.user.user
    return atom.Entry(
        user.name,
        f"/services/{path}/{user.name}",
        {
            "username": user.name,
            "realname": user.name,
            "email": "",
            "tz": "UTC",
            "roles": list(user.roles),
            "capabilities": sorted(user.capabilities),
            "defaultApp": call.state.app.name,
            "defaultAppIsUserOverride": False,
            "type": "Splunk",
            "locked-out": False,
            "restart_background_jobs": True,
        },
        atom.acl(),
        author="system",
    )


def context(call: Call) -> Reply:
    entry = _user_entry(call, call.user.user.name, "authentication/current-context")
    entry.name = "context"
    return atom.feed(call, "current-context", [entry], paged=False)


def _visible_users(call: Call) -> list[str]:
    """All for those who may list users, else only the caller."""
    everybody = call.user.may("edit_user") or call.user.may("list_all_users")
    return call.state.users.names() if everybody else [call.user.user.name]


def users(call: Call) -> Reply:
    entries = [_user_entry(call, name, "authentication/users") for name in _visible_users(call)]
    return atom.feed(call, "users", entries)


def user(call: Call, name: str) -> Reply:
    if name not in _visible_users(call):
        raise RestError(404, f"Could not find object id={name}")
    return atom.feed(call, "users", [_user_entry(call, name, "authentication/users")], paged=False)


def capabilities(call: Call) -> Reply:
    return atom.feed(
        call,
        "capabilities",
        [
            atom.Entry(
                "capabilities",
                "/services/authorization/capabilities",
                {"capabilities": sorted(call.user.user.capabilities)},
                atom.acl(),
            )
        ],
        paged=False,
    )


# --- server and apps -------------------------------------------------------------------------


def server_info(call: Call) -> Reply:
    """Says what it is: version of the REST surface it follows, product_type of the lab."""
    return atom.feed(
        call,
        "server-info",
        [
            atom.Entry(
                "server-info",
                "/services/server/info",
                {
                    "version": atom.VERSION,
                    "build": atom.BUILD,
                    "product_type": "cloud_instance_watch_lab",
                    "instance_type": "lab",
                    "serverName": "lab",
                    "host": "lab",
                    "isFree": False,
                    "isTrial": False,
                    "mode": "normal",
                    "kvStoreStatus": "ready",
                    "server_roles": ["indexer", "search_head", "kv_store"],
                    "guid": "00000000-0000-0000-0000-000000000000",
                    "startup_time": call.state.started,
                },
                atom.acl(),
            )
        ],
        paged=False,
    )


def _app_entry(call: Call) -> atom.Entry:
    conf = call.state.app.conf("app")
    launcher, ui = conf.get("launcher"), conf.get("ui")
    return atom.Entry(
        call.state.app.name,
        f"/servicesNS/nobody/system/apps/local/{call.state.app.name}",
        {
            "label": ui.get("label") if ui else call.state.app.name,
            "version": launcher.get("version") if launcher else "",
            "visible": True,
            "disabled": False,
            "configured": True,
        },
        atom.acl(call.state.app.name),
    )


def apps(call: Call) -> Reply:
    return atom.feed(call, "localapps", [_app_entry(call)])


def app(call: Call, name: str) -> Reply:
    if name != call.state.app.name:
        raise RestError(404, f"Could not find object id={name}")
    return atom.feed(call, "localapps", [_app_entry(call)], paged=False)


# --- confs -----------------------------------------------------------------------------------


def _conf(call: Call, file: str) -> Conf:
    conf = call.state.app.conf(file)
    if not conf:
        raise RestError(404, f"No such conf file: {file}")
    return conf


def _stanza_entry(call: Call, file: str, name: str, settings: dict[str, str]) -> atom.Entry:
    href = f"/servicesNS/nobody/{call.state.app.name}/configs/conf-{file}/{name}"
    return atom.Entry(
        name,
        href,
        {"disabled": settings.get("disabled", "0"), **settings, "eai:appName": call.state.app.name},
        atom.acl(call.state.app.name),
    )


def conf_stanzas(call: Call, file: str) -> Reply:
    return atom.feed(
        call,
        f"conf-{file}",
        [
            _stanza_entry(call, file, name, stanza.settings)
            for name, stanza in _conf(call, file).items()
        ],
    )


def conf_stanza(call: Call, file: str, stanza: str) -> Reply:
    found = _conf(call, file).get(stanza)
    if found is None:
        raise RestError(404, f"Could not find object id={stanza}")
    return atom.feed(
        call, f"conf-{file}", [_stanza_entry(call, file, stanza, found.settings)], paged=False
    )


def _property_entry(path: str, name: str, value: Any) -> atom.Entry:
    return atom.Entry(name, f"/services/{path}/{name}", {name: value}, atom.acl())


def property_files(call: Call) -> Reply:
    folder = call.state.app.path / "default"
    names = sorted(path.stem for path in folder.glob("*.conf"))
    return atom.feed(call, "properties", [_property_entry("properties", n, "") for n in names])


def property_stanzas(call: Call, file: str) -> Reply:
    entries = [_property_entry(call.path, name, "") for name in _conf(call, file)]
    return atom.feed(call, file, entries)


def property_keys(call: Call, file: str, stanza: str) -> Reply:
    found = _conf(call, file).get(stanza)
    if found is None:
        raise RestError(404, f"Could not find object id={stanza}")
    return atom.feed(
        call,
        stanza,
        [_property_entry(call.path, key, value) for key, value in found.settings.items()],
        paged=False,
    )


def property_value(call: Call, file: str, stanza: str, key: str) -> Reply:
    found = _conf(call, file).get(stanza)
    if found is None or key not in found.settings:
        raise RestError(404, f"Could not find object id={stanza}/{key}")
    return Reply(found.settings[key].encode("utf-8"), "text/plain; charset=UTF-8")


# --- pages and inputs ------------------------------------------------------------------------


def times(call: Call) -> Reply:
    return atom.feed(
        call,
        "times-conf",
        [
            atom.Entry(
                preset["name"],
                f"/servicesNS/nobody/search/data/ui/times/{preset['name']}",
                {key: value for key, value in preset.items() if key != "name"},
                atom.acl("search"),
            )
            for preset in _PRESETS
        ],
    )


def _view_entry(call: Call, view: Any) -> atom.Entry:
    from lab.server.views import Page

    page = Page.of(view)
    href = f"/servicesNS/nobody/{call.state.app.name}/data/ui/views/{view.name}"
    return atom.Entry(
        view.name,
        href,
        {
            "label": page.label,
            "isDashboard": True,
            "isVisible": True,
            "version": page.version,
            "rootNode": page.root,
            "eai:type": "views",
            "eai:data": view.xml,
            "eai:appName": call.state.app.name,
        },
        atom.acl(call.state.app.name),
    )


def views(call: Call) -> Reply:
    return atom.feed(
        call,
        "views",
        [
            _view_entry(call, view)
            for view in call.state.app.views.values()
            if call.state.access.of("views", view.name).permits(call.user, "read")
        ],
    )


def view(call: Call, name: str) -> Reply:
    found = call.state.app.views.get(name)
    if found is None or not call.state.access.of("views", name).permits(call.user, "read"):
        raise RestError(404, f"Could not find object id={name}")
    return atom.feed(call, "views", [_view_entry(call, found)], paged=False)


def _inputs(call: Call) -> dict[str, dict[str, dict[str, str]]]:
    """scheme → instance → settings; a scheme stanza `[scheme]` gives the defaults."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    conf = call.state.app.inputs
    for name, stanza in conf.items():
        scheme, separator, instance = name.partition("://")
        instances = found.setdefault(scheme, {})
        if separator:
            common = conf[scheme].settings if scheme in conf else {}
            instances[instance] = {**common, **stanza.settings}
    return found


def input_kinds(call: Call) -> Reply:
    return atom.feed(
        call,
        "inputs",
        [
            atom.Entry(
                scheme,
                f"/servicesNS/nobody/{call.state.app.name}/data/inputs/{scheme}",
                {},
                atom.acl(call.state.app.name),
            )
            for scheme in _inputs(call)
        ],
    )


def _input_entry(call: Call, scheme: str, name: str, settings: dict[str, str]) -> atom.Entry:
    href = f"/servicesNS/nobody/{call.state.app.name}/data/inputs/{scheme}/{name}"
    return atom.Entry(name, href, settings, atom.acl(call.state.app.name))


def input_list(call: Call, scheme: str) -> Reply:
    found = _inputs(call).get(scheme)
    if found is None:
        raise RestError(404, f"no input of the kind {scheme}")
    return atom.feed(
        call,
        scheme,
        [_input_entry(call, scheme, name, settings) for name, settings in found.items()],
    )


def input_one(call: Call, scheme: str, name: str) -> Reply:
    settings = _inputs(call).get(scheme, {}).get(name)
    if settings is None:
        raise RestError(404, f"Could not find object id={name}")
    return atom.feed(call, scheme, [_input_entry(call, scheme, name, settings)], paged=False)


_FILE = r"(?P<file>[\w-]+)"
_STANZA = r"(?P<stanza>[^/]+)"
ROUTES = [
    Route("POST", "auth/login", login, anonymous=True),
    Route("GET", "authentication/current-context(?:/context)?", context),
    Route("GET", "authentication/users", users),
    Route("GET", "authentication/users/(?P<name>[^/]+)", user),
    Route("GET", "authorization/capabilities", capabilities),
    Route("GET", "server/info(?:/server-info)?", server_info),
    Route("GET", "apps/local", apps),
    Route("GET", "apps/local/(?P<name>[^/]+)", app),
    Route("GET", f"configs/conf-{_FILE}", conf_stanzas, "rest_properties_get"),
    Route("GET", f"configs/conf-{_FILE}/{_STANZA}", conf_stanza, "rest_properties_get"),
    Route("GET", "properties", property_files, "rest_properties_get"),
    Route("GET", f"properties/{_FILE}", property_stanzas, "rest_properties_get"),
    Route("GET", f"properties/{_FILE}/{_STANZA}", property_keys, "rest_properties_get"),
    Route(
        "GET", f"properties/{_FILE}/{_STANZA}/(?P<key>[^/]+)", property_value, "rest_properties_get"
    ),
    Route("GET", "data/ui/times", times),
    Route("GET", "data/ui/views", views),
    Route("GET", "data/ui/views/(?P<name>[^/]+)", view),
    Route("GET", "data/inputs", input_kinds, "list_inputs"),
    Route("GET", "data/inputs/(?P<scheme>[^/]+)", input_list, "list_inputs"),
    Route("GET", "data/inputs/(?P<scheme>[^/]+)/(?P<name>[^/]+)", input_one, "list_inputs"),
]
