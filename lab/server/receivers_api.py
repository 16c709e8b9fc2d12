"""receivers/simple: one event, or lines, into an index (REST API Reference Manual, Input)."""

from __future__ import annotations

from lab.ingest.hec import Defaults, HecError, deliver, parse_raw
from lab.ingest.pipeline import IngestError
from lab.server import atom
from lab.server.call import Call, Reply, Route
from lab.server.errors import RestError


def simple(call: Call) -> Reply:
    """The body is broken and dated by the source type's props."""
    given = dict(call.query)
    defaults = Defaults(
        given.get("index") or "main", given.get("sourcetype") or "httpevent",
        given.get("source") or "www", given.get("host") or call.remote,
    )
    if defaults.index not in call.state.app.indexes:
        raise RestError(400, f"supplied index {defaults.index!r} does not exist")
    try:
        events = parse_raw(call.body, call.state.app, defaults)
    except HecError:
        raise RestError(400, "the body is empty: it is the event's text") from None
    except IngestError as error:
        raise RestError(400, str(error)) from None
    delivery = deliver(call.state.home, call.state.app, events, defaults, call.state.clock())
    if delivery.dropped:
        raise RestError(400, delivery.dropped[0])
    told = {"_index": defaults.index, "bytes": str(len(call.body)), "host": defaults.host,
            "source": defaults.source, "sourcetype": defaults.sourcetype}
    fields = "".join(f"<field k='{name}'><value><text>{atom.text(value)}</text></value></field>"
                     for name, value in told.items())
    return atom.xml_reply(f"<response><results><result>{fields}</result></results></response>")


def stream(call: Call) -> Reply:
    raise RestError(400, "the lab takes no streams: use receivers/simple or the HTTP Event"
                    " Collector (services/collector)")


ROUTES = [
    Route("POST", "receivers/simple", simple, "edit_tcp"),
    Route("POST", "receivers/stream", stream, "edit_tcp"),
]
