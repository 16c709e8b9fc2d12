"""The server, its messages, apps, views and time presets: what clients look up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lab.server import atom
from lab.server.call import Call, Reply, Route
from lab.server.errors import RestError

_PRESETS = json.loads((Path(__file__).parent / "time_presets.json").read_text("utf-8"))


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


def server_settings(call: Call) -> Reply:
    state = call.state
    content = {
        "SPLUNK_DB": "indexes", "SPLUNK_HOME": "lab", "enableSplunkWebSSL": False,
        "host": "lab", "httpport": state.port, "kvStoreDisabled": False, "kvStorePort": 0,
        "mgmtHostPort": state.port, "minFreeSpace": 0, "pass4SymmKey": "********",
        "serverName": "lab", "sessionTimeout": "1h", "startwebserver": True,
        "trustedIP": None,
    }
    entry = atom.Entry("settings", "/services/server/settings/settings", content, atom.acl())
    return atom.feed(call, "server-settings", [entry], paged=False)


def fixed_settings(call: Call) -> Reply:
    raise RestError(400, "the lab's server settings are fixed; start it with other arguments")


def fixed_apps(call: Call, name: str | None) -> Reply:
    raise RestError(400, "the lab serves one app, which it reads from its folder: apps are neither"
                    " installed, changed nor removed over REST")


def restart(call: Call) -> Reply:
    raise RestError(400, "the lab does not restart itself; changes over REST hold at once")


def loggers(call: Call, name: str | None) -> Reply:
    """None that can be set: the lab logs to standard error."""
    if name:
        raise RestError(404, f"Could not find object id={name}")
    return atom.feed(call, "logger", [])


def _message_entry(call: Call, name: str) -> atom.Entry:
    kept = call.state.bulletins[name]
    content = {"message": kept["value"], "severity": kept["severity"], "server": "lab",
               "timeCreated_epochSecs": int(kept["time"]), name: kept["value"]}
    return atom.Entry(name, f"/services/messages/{quote(name, safe='')}", content,
                      atom.acl("system"), updated=kept["time"], author="system",
                      actions=("remove",))


def messages(call: Call) -> Reply:
    entries = [_message_entry(call, name) for name in list(call.state.bulletins)]
    return atom.feed(call, "messages", entries)


def message(call: Call, name: str) -> Reply:
    if name not in call.state.bulletins:
        raise RestError(404, f"Could not find object id={name}")
    return atom.feed(call, "messages", [_message_entry(call, name)], paged=False)


def create_message(call: Call) -> Reply:
    name, severity = call.require("name"), call.get("severity", "info") or "info"
    if severity not in ("info", "warn", "error"):
        raise RestError(400, f"severity={severity} is not one of info, warn, error")
    call.state.bulletins[name] = {
        "value": call.require("value"), "severity": severity, "time": call.state.clock()}
    return atom.feed(call, "messages", [_message_entry(call, name)], 201, paged=False)


def delete_message(call: Call, name: str) -> Reply:
    if call.state.bulletins.pop(name, None) is None:
        raise RestError(404, f"Could not find object id={name}")
    return messages(call)


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


ROUTES = [
    Route("GET", "server/info(?:/server-info)?", server_info),
    Route("GET", "server/settings(?:/settings)?", server_settings, "list_settings"),
    Route("POST", "server/settings/settings", fixed_settings, "edit_server"),
    Route("GET", "server/logger(?:/(?P<name>[^/]+))?", loggers, "list_settings"),
    Route("GET", "messages", messages),
    Route("POST", "messages", create_message, "admin_all_objects"),
    Route("GET", "messages/(?P<name>[^/]+)", message),
    Route("DELETE", "messages/(?P<name>[^/]+)", delete_message, "delete_messages"),
    Route("GET", "apps/local", apps),
    Route("GET", "apps/local/(?P<name>[^/]+)", app),
    Route("POST", "apps/local(?:/(?P<name>[^/]+))?", fixed_apps, "edit_local_apps"),
    Route("DELETE", "apps/local/(?P<name>[^/]+)", fixed_apps, "edit_local_apps"),
    Route("POST", "server/control/restart", restart, "restart_splunkd"),
    Route("GET", "data/ui/times", times),
    Route("GET", "data/ui/views", views),
    Route("GET", "data/ui/views/(?P<name>[^/]+)", view),
]
