"""saved/searches: CRUD, dispatch with arguments, history, schedule, suppression."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

from lab import cron
from lab.runs import UnknownSavedSearch, bind
from lab.server import atom, objects, saved_settings
from lab.server.call import Call, Reply, Route
from lab.server.errors import RestError
from lab.server.jobs import Request
from lab.server.objects import Kind
from lab.server.search_api import entry as job_entry
from lab.server.search_api import sid_reply

KIND = Kind("saved/searches", "savedsearches", "savedsearches")
_ACTIONS = ("_reload", "acl", "disable", "dispatch", "history", "scheduled_times", "suppress")
_DAYS_AHEAD = 366


def _saved(call: Call, name: str) -> Any:
    found = call.state.app.saved_searches.get(name)
    objects.demand_read(call, KIND, name, found is not None)
    return found


def _next_time(call: Call, saved: Any) -> str:
    if not saved.scheduled or saved.disabled:
        return ""
    now = call.state.clock()
    times = cron.parse(saved.cron_schedule).times(now, now + _DAYS_AHEAD * 86400)
    moment = next(iter(times), None)
    if moment is None:
        return ""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def _entry(call: Call, name: str) -> atom.Entry:
    saved = call.state.app.saved_searches[name]
    content = {
        **saved_settings.shown(saved.settings),
        "qualifiedSearch": saved.search,
        "next_scheduled_time": _next_time(call, saved),
        "triggered_alert_count": 0,
    }
    return objects.entry(call, KIND, name, content, _ACTIONS)


def list_saved(call: Call) -> Reply:
    """With earliest_time and latest_time each entry has its scheduled_times between them."""
    names = [n for n in call.state.app.saved_searches if objects.readable(call, KIND, n)]
    entries = [_entry(call, name) for name in names]
    if call.get("earliest_time") or call.get("latest_time"):
        for name, shown in zip(names, entries, strict=True):
            shown.content["scheduled_times"] = _times(call, call.state.app.saved_searches[name])
    return atom.feed(call, "savedsearch", entries)


def look(call: Call, name: str) -> Reply:
    _saved(call, name)
    return atom.feed(call, "savedsearch", [_entry(call, name)], paged=False)


def _settings(call: Call) -> dict[str, str]:
    """Checked; scheduling asks for the capability schedule_search."""
    settings = saved_settings.checked(objects.settings_of(call))
    if settings.get("enableSched") == "1" and not call.user.may("schedule_search"):
        raise RestError(
            403,
            f"You (user={call.user.user.name}) do not have permission to schedule searches"
            " (requires capability: schedule_search).",
        )
    return settings


def create(call: Call) -> Reply:
    name = call.require("name")
    call.require("search")
    objects.create(call, KIND, name, _settings(call), name in call.state.app.saved_searches)
    return atom.feed(call, "savedsearch", [_entry(call, name)], 201, paged=False)


def update(call: Call, name: str) -> Reply:
    _saved(call, name)
    objects.demand_write(call, KIND, name)
    objects.change(call, KIND, name, _settings(call))
    return look(call, name)


def delete(call: Call, name: str) -> Reply:
    _saved(call, name)
    objects.remove(call, KIND, name)
    return list_saved(call)


def dispatch(call: Call, name: str) -> Reply:
    """Runs it with `args.<name>` put in for `$args.<name>$` and `$<name>$`.

    With dispatchAs = owner, the default, it has its owner's rights; nobody's, which the app's own
    searches are, are the system's. Stricter than splunkd, which would run a search with a token
    left in it: the arguments must be those the search names.
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
        now=window("now", None),
        earliest=window("earliest_time", saved.earliest),
        latest=window("latest_time", saved.latest),
        index_earliest=window("index_earliest", saved.index_earliest),
        index_latest=window("index_latest", saved.index_latest),
    )
    job = call.state.jobs.start(call.user, call.state.app.name, request, _runner(call, saved))
    return sid_reply(call, job)


def _runner(call: Call, saved: Any) -> Any:
    """Whose rights the run has."""
    if saved.settings.get("dispatchAs", "owner") == "user":
        return call.user
    owner = call.state.access.of(KIND.meta, saved.name).owner
    if owner == "nobody":
        return call.state.sessions.system
    user = call.state.users.get(owner)
    if user is None:
        raise RestError(
            400, f"saved search {saved.name} is orphaned: its owner {owner} is no user (dispatchAs)"
        )
    return call.state.sessions.acting_as(user)


def history(call: Call, name: str) -> Reply:
    """The jobs of this saved search that are still kept, newest first."""
    _saved(call, name)
    jobs = [job for job in call.state.jobs.list(call.user) if job.request.saved == name]
    entries = [job_entry(job) for job in jobs]
    for job, shown in zip(jobs, entries, strict=True):
        shown.name = job.sid
    return atom.feed(call, "savedsearch_history", entries)


def _times(call: Call, saved: Any) -> list[int]:
    """When it would run, epoch seconds; splunkd's span is the next hour."""
    now = call.state.clock()
    bounds = [
        call.state.jobs.moment(call.get(name, otherwise) or otherwise, now, name)
        for name, otherwise in (("earliest_time", "now"), ("latest_time", "+1h"))
    ]
    if not saved.scheduled or saved.disabled:
        return []
    if None in bounds or bounds[1] - bounds[0] > _DAYS_AHEAD * 86400:
        raise RestError(400, f"scheduled_times: the span is {_DAYS_AHEAD} days at most")
    return [int(t) for t in cron.parse(saved.cron_schedule).times(bounds[0], bounds[1])]


def scheduled_times(call: Call, name: str) -> Reply:
    saved, shown = _saved(call, name), _entry(call, name)
    shown.content["scheduled_times"] = _times(call, saved)
    return atom.feed(call, "savedsearch", [shown], paged=False)


def suppression(call: Call, name: str) -> Reply:
    """For how long alerts of it are held back; the lab sends none, and only keeps the time."""
    _saved(call, name)
    left = max(0, round(call.state.suppressed.get(name, 0.0) - time.monotonic()))
    content = {"suppressed": left > 0, "expiration": left}
    return atom.feed(call, "savedsearch", [objects.entry(call, KIND, name, content)], paged=False)


def suppress(call: Call, name: str) -> Reply:
    _saved(call, name)
    seconds = call.integer("expiration", -1)
    if seconds < 0:
        raise RestError(400, "expiration must be given, in seconds; 0 ends a suppression")
    call.state.suppressed[name] = time.monotonic() + seconds
    return suppression(call, name)


def acknowledge(call: Call, name: str) -> Reply:
    _saved(call, name)
    call.state.suppressed.pop(name, None)
    return look(call, name)


def fired_alerts(call: Call, name: str | None) -> Reply:
    """None: the lab runs no alert actions. `-` stands for every search."""
    if name not in (None, "-"):
        _saved(call, name)
    return atom.feed(call, "alerts", [])


_NAME = r"saved/searches/(?P<name>[^/]+)"
ROUTES = [
    Route("GET", "saved/searches", list_saved),
    Route("POST", "saved/searches", create, "search"),
    Route("GET", _NAME, look),
    Route("POST", _NAME, update, "search"),
    Route("DELETE", _NAME, delete),
    Route("POST", _NAME + "/dispatch", dispatch, "search"),
    Route("GET", _NAME + "/history", history),
    Route("GET", _NAME + "/scheduled_times", scheduled_times),
    Route("GET", _NAME + "/suppress", suppression),
    Route("POST", _NAME + "/suppress", suppress),
    Route("POST", _NAME + "/acknowledge", acknowledge),
    Route("GET", "alerts/fired_alerts(?:/(?P<name>[^/]+))?", fired_alerts),
    *objects.switch_routes(KIND, lambda call, name: name in call.state.app.saved_searches, look),
]
