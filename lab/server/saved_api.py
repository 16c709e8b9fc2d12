"""saved/searches: get, list, dispatch with arguments, history."""

from __future__ import annotations

from typing import Any

from lab.runs import UnknownSavedSearch, bind
from lab.server import atom
from lab.server.call import Call, Reply, Route
from lab.server.errors import RestError
from lab.server.jobs import Request
from lab.server.search_api import entry as job_entry
from lab.server.search_api import sid_reply


def _saved(call: Call, name: str) -> Any:
    found = call.state.app.saved_searches.get(name)
    if found is None or not call.state.access.of("savedsearches", name).permits(call.user, "read"):
        raise RestError(404, f"Could not find object id={name}")
    return found


def _entry(call: Call, saved: Any) -> atom.Entry:
    state = call.state
    access = state.access.of("savedsearches", saved.name)
    href = f"/servicesNS/nobody/{state.app.name}/saved/searches/{saved.name}"
    content = {
        "search": saved.search,
        "qualifiedSearch": saved.search,
        "disabled": saved.disabled,
        "is_scheduled": saved.scheduled,
        "cron_schedule": saved.cron_schedule,
        "is_visible": True,
        "dispatchAs": "owner",
        "dispatch.earliest_time": saved.earliest or "",
        "dispatch.latest_time": saved.latest or "",
        **{k: v for k, v in saved.settings.items() if k not in ("search", "enableSched")},
    }
    return atom.Entry(
        saved.name,
        href,
        content,
        atom.acl(state.app.name, "nobody", access.read, access.write, False),
        links={"dispatch": f"{href}/dispatch", "history": f"{href}/history"},
    )


def list_saved(call: Call) -> Reply:
    entries = [
        _entry(call, saved)
        for saved in call.state.app.saved_searches.values()
        if call.state.access.of("savedsearches", saved.name).permits(call.user, "read")
    ]
    wanted = call.get("search")
    if wanted:
        raise RestError(400, "the lab does not filter saved searches by `search`")
    return atom.feed(call, "savedsearch", entries)


def look(call: Call, name: str) -> Reply:
    return atom.feed(call, "savedsearch", [_entry(call, _saved(call, name))], paged=False)


def dispatch(call: Call, name: str) -> Reply:
    """Runs it with `args.<name>` put in for `$args.<name>$` and `$<name>$`.

    Stricter than splunkd, which would run a search with a token left in it: the arguments must be
    those the search names.
    """
    saved = _saved(call, name)
    if saved.disabled:
        raise RestError(400, f"saved search {name} is disabled")
    arguments = {key[len("args.") :]: value for key, value in call.pairs if key.startswith("args.")}

    def window(key: str, own: str | None) -> str:
        values = [value for given, value in call.pairs if given == f"dispatch.{key}"]
        return values[0] if values else own or ""

    try:
        search = bind(saved, arguments)
    except UnknownSavedSearch as error:
        raise RestError(400, str(error)) from None
    request = Request(
        search=search,
        saved=name,
        label=name,
        parameters=arguments,
        earliest=window("earliest_time", saved.earliest),
        latest=window("latest_time", saved.latest),
        index_earliest=window("index_earliest", saved.index_earliest),
        index_latest=window("index_latest", saved.index_latest),
    )
    return sid_reply(call, call.state.jobs.start(call.user, call.state.app.name, request))


def history(call: Call, name: str) -> Reply:
    """The jobs of this saved search that are still kept, newest first."""
    _saved(call, name)
    jobs = [job for job in call.state.jobs.list(call.user) if job.request.saved == name]
    entries = [job_entry(job) for job in jobs]
    for job, shown in zip(jobs, entries, strict=True):
        shown.name = job.sid
    return atom.feed(call, "savedsearch_history", entries)


_NAME = r"saved/searches/(?P<name>[^/]+)"
ROUTES = [
    Route("GET", "saved/searches", list_saved),
    Route("GET", _NAME, look),
    Route("POST", _NAME + "/dispatch", dispatch, "search"),
    Route("GET", _NAME + "/history", history),
]
