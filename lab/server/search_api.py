"""search/jobs and search/v2/jobs: create, list, look, results, post-process, control, export."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from lab.server import atom, results
from lab.server.call import Call, Reply, Route, json_reply
from lab.server.errors import RestError
from lab.server.jobs import TTL_SECONDS, Job, Nothing, Request

_TIMES = {
    "earliest_time": "earliest",
    "latest_time": "latest",
    "index_earliest": "index_earliest",
    "index_latest": "index_latest",
}
_EXEC_MODES = ("normal", "blocking", "oneshot")


_SID_TEXT = re.compile(r"[\w.-]{1,200}")
DONE_ACTIONS = {
    "touch": "Search job touched.", "save": "Search job saved.", "unsave": "Search job unsaved.",
    "enablepreview": "Search job results preview enabled.",
    "disablepreview": "Search job results preview disabled.",
}


def request_of(call: Call) -> Request:
    """The search of a create call. Over REST nothing implies the leading `search`."""
    search = call.require("search")
    first = search.lstrip()
    word = first.split(None, 1)[0].lower() if first else ""
    if not first.startswith("|") and word != "search":
        raise RestError(
            400,
            f"Unknown search command '{word}'. A search sent over REST begins"
            " with `search` or with a pipe.",
            "FATAL",
        )
    times = {ours: call.get(theirs) for theirs, ours in _TIMES.items()}
    sid = call.get("id")
    if sid and not _SID_TEXT.fullmatch(sid):
        raise RestError(400, "id has letters, digits, dots, dashes and underscores only", "FATAL")
    if call.get("sample_ratio", "1") not in ("", "1"):
        raise RestError(400, "the lab samples no events: sample_ratio is 1", "FATAL")
    return Request(
        search=search, label=call.get("label"), now=call.get("now"), sid=sid,
        max_seconds=call.integer("max_time", 0), ttl=call.integer("timeout", TTL_SECONDS), **times,
    )


def sid_reply(call: Call, job: Job, status: int = 201) -> Reply:
    if atom.output_mode(call).startswith("json"):
        return json_reply({"sid": job.sid}, status)
    return atom.xml_reply(f"<response><sid>{job.sid}</sid></response>", status)


def create(call: Call) -> Reply:
    mode = call.get("exec_mode", "normal") or "normal"
    if mode not in _EXEC_MODES:
        raise RestError(400, f"exec_mode={mode} is not one of {', '.join(_EXEC_MODES)}")
    if call.get("search_mode", "normal") == "realtime" or "rt" in (
        call.get("earliest_time")[:2],
        call.get("latest_time")[:2],
    ):
        raise RestError(400, "the lab runs no real-time searches", "FATAL")
    job = call.state.jobs.start(call.user, call.app or call.state.app.name, request_of(call))
    if mode == "normal":
        return sid_reply(call, job)
    job.done.wait()
    if mode == "blocking":
        return sid_reply(call, job)
    job.raise_if_failed()
    return results.render(call, job.result, False, job.messages)


def export(call: Call) -> Reply:
    request = request_of(call)
    job = call.state.jobs.start(call.user, call.app or call.state.app.name, request)
    job.done.wait()
    job.raise_if_failed()
    return results.stream_lines(call, job.result, job.messages)


def entry(job: Job) -> atom.Entry:
    rows = len(job.result.rows) if job.result is not None else 0
    scanned = job.result.scanned if job.result is not None else 0
    events = rows if job.result is not None and job.result.is_events else 0
    finished = job.done.is_set()
    context = job.context
    content = {
        "sid": job.sid,
        "search": job.request.search,
        "label": job.request.label,
        "dispatchState": job.shown_state,
        "doneProgress": 1 if finished else 0,
        "isDone": finished,
        "isFailed": job.is_failed,
        "isFinalized": job.finalized,
        "isPaused": job.is_paused,
        "isPreviewEnabled": False,
        "isRealTimeSearch": False,
        "isRemoteTimeline": False,
        "isSaved": job.saved,
        "isSavedSearch": bool(job.request.saved),
        "isZombie": False,
        "isTimeCursored": True,
        "isEventsPreviewEnabled": False,
        "canSummarize": False,
        "resultCount": rows,
        "resultPreviewCount": rows,
        "resultIsStreaming": False,
        "eventCount": events,
        "eventAvailableCount": events,
        "eventIsStreaming": True,
        "eventIsTruncated": False,
        "eventSorting": "desc",
        "scanCount": scanned,
        "dropCount": 0,
        "runDuration": round(job.seconds, 3),
        "ttl": job.ttl,
        "defaultTTL": TTL_SECONDS,
        "priority": job.priority,
        "numPreviews": 0,
        "statusBuckets": 0,
        "reportSearch": "",
        "eventSearch": "",
        "keywords": "",
        "diskUsage": 0,
        "pid": "",
        "cursorTime": atom.iso(0),
        "provenance": "lab",
        "delegate": "",
        "messages": atom.Messages(job.messages),
        "request": {
            "search": job.request.search,
            **{
                theirs: getattr(job.request, ours)
                for theirs, ours in _TIMES.items()
                if getattr(job.request, ours)
            },
        },
        "runtime": {"auto_cancel": "0", "auto_pause": "0"},
    }
    if context.earliest is not None:
        content |= {
            "earliestTime": atom.iso(context.earliest),
            "searchEarliestTime": context.earliest,
        }
    if context.latest is not None:
        content |= {"latestTime": atom.iso(context.latest), "searchLatestTime": context.latest}
    href = f"/services/search/v2/jobs/{job.sid}"
    links = {
        name: f"{href}/{name}"
        for name in ("events", "results", "results_preview", "timeline", "summary", "control")
    }
    return atom.Entry(
        job.request.saved or job.request.search,
        href,
        content,
        {
            **atom.acl(job.app, job.owner, (job.owner,), (job.owner,), True, "global"),
            "ttl": str(job.ttl),
        },
        updated=job.published,
        author=job.owner,
        links=links,
        published=job.published,
    )


def list_jobs(call: Call) -> Reply:
    jobs = call.state.jobs.list(call.user)
    wanted = call.all("id")
    if wanted:
        jobs = [job for job in jobs if job.sid in wanted]
    return atom.feed(call, "jobs", [entry(job) for job in jobs], paged=not wanted)


def look(call: Call, sid: str) -> Reply:
    return atom.bare_entry(call, entry(call.state.jobs.find(sid, call.user)))


def delete(call: Call, sid: str) -> Reply:
    call.state.jobs.cancel(call.state.jobs.find(sid, call.user))
    return _said(call, "Search job cancelled.")


def _said(call: Call, words: str) -> Reply:
    return atom.messages(call, RestError(200, words, "INFO"))


def _processed(call: Call, job: Job) -> Any:
    """The job's rows, or what a post-process search makes of them with its caller's rights."""
    search = call.get("search") or call.get("post_process")
    if not search.strip():
        return job.result
    engine = call.state.jobs.engine
    request = replace(job.request, now=str(job.context.now))
    context = call.state.jobs.context_for(call.user, request)
    try:
        return engine.post_process(search, job.result, context)
    except Exception as error:
        text = engine.describe(error, search)
        if text is None:
            raise
        raise RestError(400, text, "FATAL") from error


def job_results(call: Call, sid: str) -> Reply:
    """Nothing (204) until the job is done."""
    job = call.state.jobs.find(sid, call.user)
    if not job.done.is_set():
        return Reply(b"", status=204)
    job.raise_if_failed()
    return results.render(call, _processed(call, job), False, job.messages)


def preview(call: Call, sid: str) -> Reply:
    """Empty and marked as a preview until the job is done: the lab has no partial results."""
    job = call.state.jobs.find(sid, call.user)
    if not job.done.is_set():
        return results.render(call, Nothing(), True, [])
    job.raise_if_failed()
    return results.render(call, _processed(call, job), False, job.messages)


def events(call: Call, sid: str) -> Reply:
    """The events of a search that ends in events; empty for one that transforms."""
    job = call.state.jobs.find(sid, call.user)
    if not job.done.is_set():
        return Reply(b"", status=204)
    job.raise_if_failed()
    shown = _processed(call, job) if job.result.is_events else Nothing()
    return results.render(call, shown, False, job.messages)


def control(call: Call, sid: str) -> Reply:
    action = call.require("action")
    if action == "cancel" and call.state.jobs.was_cancelled(sid, call.user):
        return _said(call, "Search job cancelled.")
    job = call.state.jobs.find(sid, call.user)
    if action == "cancel":
        call.state.jobs.cancel(job)
        return _said(call, "Search job cancelled.")
    if action == "setttl":
        job.ttl = call.integer("ttl", TTL_SECONDS)
        return _said(call, f"The ttl of the search job was changed to {job.ttl}.")
    if action == "setpriority":
        priority = call.integer("priority", -1)
        if not 0 <= priority <= 10:
            raise RestError(400, "priority must be a whole number from 0 to 10")
        job.priority = priority
        return _said(call, f"The priority of the search job was changed to {priority}.")
    if action in DONE_ACTIONS:
        job.saved = {"save": True, "unsave": False}.get(action, job.saved)
        job.touch()
        return _said(call, DONE_ACTIONS[action])
    return _said(call, _steer(job, action))


def _steer(job: Job, action: str) -> str:
    """pause and unpause take effect between two steps of the search."""
    steps = {
        "pause": (job.interruption.pause, "Search job paused."),
        "unpause": (job.interruption.resume, "Search job continued."),
        "finalize": (job.finalize, "Search job finalized."),
    }
    if action not in steps:
        known = ", ".join(["cancel", "setttl", "setpriority", *DONE_ACTIONS, *steps])
        raise RestError(400, f"Invalid action '{action}': use {known}")
    step, words = steps[action]
    if not job.done.is_set():
        step()
    return words


def job_messages_log(call: Call, sid: str) -> Reply:
    """search.log of a job: its messages, a line each."""
    job = call.state.jobs.find(sid, call.user)
    lines = "".join(f"{m['type']} {m['text']}\n" for m in job.messages)
    return Reply(lines.encode("utf-8", "replace"), "text/plain; charset=UTF-8")


def not_kept(call: Call, sid: str, what: str) -> Reply:
    call.state.jobs.find(sid, call.user)
    raise RestError(
        400, f"the lab keeps no {what} of a search: ask for it with stats, timechart or"
        " fieldsummary in a search of its own"
    )


_JOBS = r"search/(?:v2/)?jobs"
_SID = _JOBS + r"/(?P<sid>[^/]+)"
ROUTES = [
    Route("POST", _JOBS, create, "search"),
    Route("GET", _JOBS, list_jobs),
    Route("POST", _JOBS + "/export", export, "search"),
    Route("GET", _JOBS + "/export", export, "search"),
    Route("GET", _SID, look),
    Route("DELETE", _SID, delete),
    Route("GET", _SID + "/results", job_results),
    Route("POST", _SID + "/results", job_results),
    Route("GET", _SID + "/results_preview", preview),
    Route("POST", _SID + "/results_preview", preview),
    Route("GET", _SID + "/events", events),
    Route("POST", _SID + "/events", events),
    Route("GET", _SID + r"/search\.log", job_messages_log),
    Route("GET", _SID + "/(?P<what>timeline|summary)", not_kept),
    Route("POST", _SID + "/(?P<what>timeline|summary)", not_kept),
    Route("POST", _SID + "/control", control),
]
