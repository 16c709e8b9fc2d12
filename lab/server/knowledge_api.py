"""Knowledge and data: lookups and their files, macros, event types, indexes, data models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.lookups import csv_path
from lab.server import atom, objects
from lab.server.call import Call, Reply, Route
from lab.server.errors import RestError
from lab.server.objects import Kind

LOOKUPS = Kind("data/transforms/lookups", "transforms", "transforms")
FILES = Kind("data/lookup-table-files", "lookups", "lookups", "upload_lookup_files")
EVENTTYPES = Kind("saved/eventtypes", "eventtypes", "eventtypes")
MACROS = Kind("admin/macros", "macros", "macros")
INDEXES = Kind("data/indexes", "indexes", "indexes", "indexes_edit")
_INDEX_SETTINGS = frozenset({
    "datatype", "frozenTimePeriodInSecs", "maxTotalDataSizeMB", "maxDataSize", "maxHotBuckets",
    "maxWarmDBCount", "homePath", "coldPath", "thawedPath", "disabled", "metric.timestampResolution",
    "enableTsidxReduction", "timePeriodInSecBeforeTsidxReduction", "repFactor", "tstatsHomePath",
})


# --- objects of one .conf file ---------------------------------------------------------------


def _stanza_routes(kind: Kind, names: Any, title: str) -> list[Route]:
    """CRUD of stanzas. `names(call)` gives those of the conf file that are objects of the kind."""

    def show(call: Call, name: str, status: int = 200) -> Reply:
        objects.demand_read(call, kind, name, name in names(call))
        return atom.feed(call, title, [_entry(call, name)], status, paged=False)

    def _entry(call: Call, name: str) -> atom.Entry:
        settings = call.state.app.conf(kind.conf)[name].settings
        content = {"disabled": settings.get("disabled", "0"), **settings}
        if kind is LOOKUPS:
            content["type"] = "kvstore" if settings.get("external_type") else "file"
        return objects.entry(call, kind, name, content, ("_reload", "disable"))

    def listed(call: Call) -> Reply:
        shown = [n for n in names(call) if objects.readable(call, kind, n)]
        return atom.feed(call, title, [_entry(call, name) for name in shown])

    def create(call: Call) -> Reply:
        name = call.require("name")
        known = name in call.state.app.conf(kind.conf)
        objects.create(call, kind, name, objects.settings_of(call), known)
        return show(call, name, 201)

    def update(call: Call, name: str) -> Reply:
        objects.demand_read(call, kind, name, name in names(call))
        objects.demand_write(call, kind, name)
        objects.change(call, kind, name, objects.settings_of(call))
        return show(call, name)

    def delete(call: Call, name: str) -> Reply:
        objects.demand_read(call, kind, name, name in names(call))
        objects.remove(call, kind, name)
        return listed(call)

    one = kind.path + r"/(?P<name>[^/]+)"
    return [
        Route("GET", kind.path, listed), Route("POST", kind.path, create),
        Route("GET", one, show), Route("POST", one, update), Route("DELETE", one, delete),
        *objects.switch_routes(kind, lambda call, name: name in names(call), show),
    ]


# --- lookup files ----------------------------------------------------------------------------


def _files(call: Call) -> list[str]:
    folders = [call.state.app.path / "lookups", call.state.home.lookups_dir]
    names = {path.name for folder in folders for path in folder.glob("*.csv")}
    found = []
    for name in sorted(names):
        if name.startswith(".") or not objects.readable(call, FILES, name):
            continue
        if csv_path(call.state.home, call.state.app, name) is not None:
            found.append(name)
    return found


def _file_entry(call: Call, name: str) -> atom.Entry:
    path = csv_path(call.state.home, call.state.app, name)
    content = {"disabled": False, "eai:data": f"lookups/{name}"}
    entry = objects.entry(call, FILES, name, content, ("_reload",))
    entry.acl["removable"] = entry.acl["can_write"] and _is_own(call, path)
    entry.updated = path.stat().st_mtime
    return entry


def _is_own(call: Call, path: Path) -> bool:
    return path.parent == call.state.home.lookups_dir


def lookup_files(call: Call) -> Reply:
    return atom.feed(call, "lookup-table-files", [_file_entry(call, n) for n in _files(call)])


def lookup_file(call: Call, name: str) -> Reply:
    objects.demand_read(call, FILES, name, name in _files(call))
    return atom.feed(call, "lookup-table-files", [_file_entry(call, name)], paged=False)


def delete_lookup_file(call: Call, name: str) -> Reply:
    objects.demand_read(call, FILES, name, name in _files(call))
    objects.demand_write(call, FILES, name)
    path = csv_path(call.state.home, call.state.app, name)
    if not _is_own(call, path):
        raise RestError(400, f"{name} is a file of the app, which REST does not remove")
    path.unlink()
    return lookup_files(call)


def upload_lookup_file(call: Call, name: str = "") -> Reply:
    raise RestError(
        400,
        "the lab takes no files from the server's staging folder ($SPLUNK_HOME/var/run/splunk/"
        "lookup_tmp): write the table with outputlookup, or put the CSV into the home's lookups/",
    )


# --- indexes ---------------------------------------------------------------------------------


def _index_entry(call: Call, name: str) -> atom.Entry:
    app, store = call.state.app, call.state.home.store
    segments = store.segments(name)
    stanza = app.conf("indexes").get(name)
    content: dict[str, Any] = {
        "datatype": app.indexes[name].datatype,
        "frozenTimePeriodInSecs": 188697600,
        "maxTotalDataSizeMB": 500000,
        "defaultDatabase": "main",
        **(stanza.settings if stanza else {}),
        "disabled": False,
        "isInternal": name.startswith("_"),
        "totalEventCount": sum(segment.rows for segment in segments),
        "currentDBSizeMB": round(sum(s.path.stat().st_size for s in segments) / 1048576) or 1,
        "minTime": atom.iso(min(s.time_min for s in segments)) if segments else "",
        "maxTime": atom.iso(max(s.time_max for s in segments)) if segments else "",
        "sync": 0,
    }
    return objects.entry(call, INDEXES, name, content, ("_reload", "disable"))


def _indexes(call: Call) -> list[str]:
    """Event indexes by default; datatype=metric or all asks for others."""
    wanted = call.get("datatype", "event") or "event"
    if wanted not in ("event", "metric", "all"):
        raise RestError(400, f"datatype={wanted} is not one of event, metric, all")
    known = call.state.app.indexes
    return [n for n in sorted(known) if wanted in ("all", known[n].datatype)]


def indexes(call: Call) -> Reply:
    return atom.feed(call, "indexes", [_index_entry(call, name) for name in _indexes(call)])


def index(call: Call, name: str) -> Reply:
    if name not in call.state.app.indexes:
        raise RestError(404, f"Could not find object id={name}")
    return atom.feed(call, "indexes", [_index_entry(call, name)], paged=False)


def _index_settings(call: Call) -> dict[str, str]:
    settings = objects.settings_of(call)
    for name in settings:
        if name not in _INDEX_SETTINGS:
            raise RestError(400, f'Argument "{name}" is not supported by this handler.')
    return settings


def create_index(call: Call) -> Reply:
    name = call.require("name")
    settings = _index_settings(call)
    try:
        call.state.home.store.segments(name)
    except ValueError as error:
        raise RestError(400, str(error)) from None
    for key, folder in (("homePath", "db"), ("coldPath", "colddb"), ("thawedPath", "thaweddb")):
        settings.setdefault(key, f"$SPLUNK_DB/{name}/{folder}")
    objects.demand_write(call, INDEXES, name)
    if name in call.state.app.indexes:
        raise RestError(409, f"Index name={name} already exists")
    objects.change(call, INDEXES, name, settings)
    return atom.feed(call, "indexes", [_index_entry(call, name)], 201, paged=False)


def change_index(call: Call, name: str) -> Reply:
    if name not in call.state.app.indexes:
        raise RestError(404, f"Could not find object id={name}")
    objects.demand_write(call, INDEXES, name)
    settings = _index_settings(call)
    settings.pop("datatype", None)
    objects.change(call, INDEXES, name, settings)
    return index(call, name)


def delete_index(call: Call, name: str) -> Reply:
    if name not in call.state.app.indexes:
        raise RestError(404, f"Could not find object id={name}")
    if call.state.home.store.segments(name):
        raise RestError(400, f"the lab removes no index that holds events: {name}")
    objects.remove(call, INDEXES, name)
    return indexes(call)


# --- data models -----------------------------------------------------------------------------


def _models(call: Call) -> dict[str, Path]:
    folders = [call.state.app.path / "default" / "data" / "models",
               call.state.home.conf_dir / "data" / "models"]
    found = {path.stem: path for folder in folders for path in sorted(folder.glob("*.json"))}
    kind = Kind("datamodel/model", "datamodels", "models")
    return {name: path for name, path in found.items() if objects.readable(call, kind, name)}


def _model_entry(call: Call, name: str, path: Path) -> atom.Entry:
    kind = Kind("datamodel/model", "datamodels", "models")
    stanza = call.state.app.conf("datamodels").get(name)
    accelerated = stanza.boolean("acceleration", False) if stanza else False
    content = {"eai:data": path.read_text("utf-8"), "eai:type": "models",
               "acceleration": {"enabled": accelerated}}
    return objects.entry(call, kind, name, content)


def models(call: Call) -> Reply:
    entries = [_model_entry(call, name, path) for name, path in _models(call).items()]
    return atom.feed(call, "datamodelmodel", entries)


def model(call: Call, name: str) -> Reply:
    found = _models(call)
    if name not in found:
        raise RestError(404, f"Could not find object id={name}")
    return atom.feed(call, "datamodelmodel", [_model_entry(call, name, found[name])], paged=False)


def _lookup_names(call: Call) -> list[str]:
    return list(call.state.app.lookups)


_ONE_FILE = r"data/lookup-table-files/(?P<name>[^/]+)"
_INDEX = r"data/indexes/(?P<name>[^/]+)"
ROUTES = [
    *_stanza_routes(LOOKUPS, _lookup_names, "transforms-lookup"),
    *_stanza_routes(EVENTTYPES, lambda call: list(call.state.app.conf("eventtypes")), "eventtypes"),
    *_stanza_routes(MACROS, lambda call: list(call.state.app.conf("macros")), "macros"),
    Route("GET", "data/lookup-table-files", lookup_files),
    Route("POST", "data/lookup-table-files", upload_lookup_file, "upload_lookup_files"),
    Route("GET", _ONE_FILE, lookup_file),
    Route("POST", _ONE_FILE, upload_lookup_file, "upload_lookup_files"),
    Route("DELETE", _ONE_FILE, delete_lookup_file),
    Route("GET", "data/indexes", indexes),
    Route("POST", "data/indexes", create_index, "indexes_edit"),
    Route("GET", _INDEX, index),
    Route("POST", _INDEX, change_index, "indexes_edit"),
    Route("DELETE", _INDEX, delete_index, "indexes_edit"),
    Route("GET", "(?:datamodel/model|data/models)", models),
    Route("GET", "(?:datamodel/model|data/models)/(?P<name>[^/]+)", model),
]
