"""Paths, methods and statuses of the endpoint `ciw_triage` (default/restmap.conf).

| path | method | does |
|---|---|---|
| ciw_triage/whoami | GET | the caller, their capabilities here, and the state machine |
| ciw_triage/queue | GET | one page of the queue; parameters in `worklist.parse` |
| ciw_triage/case?case_id= | GET | one case with state, history, signals and choices |
| ciw_triage/case | POST | a change, as JSON (`change.parse`); 409 if the case moved on |
| ciw_triage/runbook?case_id= | GET | commands to contain the case, and the review |
| ciw_triage/similar?case_id= | GET | cases like this one and how they ended |
| ciw_triage/report?case_id=&form= | GET | the case as Markdown or JSON, for a ticket |
| ciw_triage/lists | GET | the lists that people fill in, with their columns |
| ciw_triage/list?name= | GET | one page of a list's rows and its newest changes |
| ciw_triage/list | POST | a change of a list, as JSON: add, change, remove, import |
| ciw_triage/baseline | GET | one page of values; parameters in `baselines.parse` |
| ciw_triage/baseline | POST | a decision on a value, as JSON |
"""

from __future__ import annotations

import json
import logging
import time

from ciw_triage import baselines, change, edit, machine, report, runbook, similar, worklist
from ciw_triage.caller import identify
from ciw_triage.cases import Cases
from ciw_triage.errors import BadRequest, MethodNotAllowed, NotFound, TriageError
from ciw_triage.kv import KVStore

BASE = "ciw_triage"
LONGEST_BODY = 64 * 1024
LONGEST_IMPORT = 4 * 1024 * 1024

log = logging.getLogger("ciw_triage")


def respond(in_string, store=KVStore, clock=time.time):
    """The reply to one request in splunkd's JSON. `store` and `clock` are for tests."""
    try:
        status, payload = 200, _answer(json.loads(in_string), store, clock)
    except TriageError as error:
        status, payload = error.status, error.reply()
    except Exception as error:  # the boundary to splunkd: it must get a reply, the log the trace
        log.exception("ciw_triage failed")
        text = f"The triage endpoint failed ({type(error).__name__}); see splunkd's log."
        status, payload = 500, {"messages": [{"type": "ERROR", "text": text}]}
    return {
        "status": status,
        "payload": payload,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
    }


def _answer(request, store, clock):
    path, method = _path(request), request.get("method", "GET").upper()
    if path not in ROUTES:
        raise NotFound(f"There is no {BASE}/{path[:40]}; there are: {_paths()}.")
    if method not in ROUTES[path]:
        raise MethodNotAllowed("{}/{} takes {}.".format(BASE, path, ", ".join(ROUTES[path])))
    address = request["server"]["rest_uri"]
    reader = store(address, request["session"]["authtoken"])
    writer = store(address, request["system_authtoken"])
    caller = identify(reader)
    return ROUTES[path][method](request, reader, writer, caller, clock)


def _whoami(request, reader, writer, caller, clock):
    return {
        "user": caller.name,
        "roles": list(caller.roles),
        "capabilities": sorted(caller.capabilities),
        "states": list(machine.STATES),
        "verbs": list(machine.VERBS),
        "dispositions": list(machine.DISPOSITIONS),
        "questions": list(machine.QUESTIONS),
        "now": int(clock()),
    }


def _queue(request, reader, writer, caller, clock):
    return worklist.read(worklist.parse(_query(request)), reader, writer, caller, clock)


def _case(request, reader, writer, caller, clock):
    case_id = change.case_id(dict(_query(request)).get("case_id"))
    return Cases(reader, writer, caller, clock).read(case_id)


def _runbook(request, reader, writer, caller, clock):
    case_id = change.case_id(dict(_query(request)).get("case_id"))
    return runbook.read(Cases(reader, writer, caller, clock).case(case_id), reader, clock())


def _similar(request, reader, writer, caller, clock):
    case_id = change.case_id(dict(_query(request)).get("case_id"))
    return similar.read(Cases(reader, writer, caller, clock).case(case_id), reader)


def _report(request, reader, writer, caller, clock):
    given = dict(_query(request))
    page = Cases(reader, writer, caller, clock).read(change.case_id(given.get("case_id")))
    return report.read(page, given.get("form") or "markdown", reader, clock())


def _lists(request, reader, writer, caller, clock):
    return edit.overview(reader, writer, caller, clock())


def _list(request, reader, writer, caller, clock):
    return edit.read(dict(_query(request)), reader, writer, clock())


def _edit(request, reader, writer, caller, clock):
    return edit.change(_body(request, LONGEST_IMPORT), reader, writer, caller, clock())


def _baseline(request, reader, writer, caller, clock):
    wanted = baselines.parse(dict(_query(request)))
    days = reader.macro("ciw_trust_days") or baselines.TRUST_DAYS
    return baselines.read(wanted, reader, writer, caller, days)


def _decide(request, reader, writer, caller, clock):
    return baselines.decide(_body(request, LONGEST_BODY), reader, writer, caller, clock())


def _change(request, reader, writer, caller, clock):
    return Cases(reader, writer, caller, clock).change(change.parse(_body(request, LONGEST_BODY)))


ROUTES = {
    "whoami": {"GET": _whoami},
    "queue": {"GET": _queue},
    "case": {"GET": _case, "POST": _change},
    "runbook": {"GET": _runbook},
    "similar": {"GET": _similar},
    "report": {"GET": _report},
    "lists": {"GET": _lists},
    "list": {"GET": _list, "POST": _edit},
    "baseline": {"GET": _baseline, "POST": _decide},
}


def _body(request, longest):
    """The JSON of a POST."""
    payload = request.get("payload") or ""
    if len(payload) > longest:
        raise BadRequest(f"The body is longer than {longest} bytes.")
    try:
        return json.loads(payload)
    except RecursionError as error:
        raise BadRequest("The body is nested too deeply.") from error
    except ValueError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from error


def _path(request):
    """What follows ciw_triage/ in the address: splunkd gives it as path_info."""
    return (request.get("path_info") or "").strip("/")


def _query(request):
    return [(str(name), str(value)) for name, value in request.get("query") or ()]


def _paths():
    return ", ".join(BASE + "/" + path for path in ROUTES)
