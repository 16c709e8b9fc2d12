"""services/collector: event, raw, ack and health, with HEC's answers and codes.

Splunk's manual Getting Data In: "Format events for HTTP Event Collector", "HTTP Event Collector
REST API endpoints", "About HTTP Event Collector Indexer Acknowledgment", "Troubleshoot HTTP Event
Collector" (codes 0 to 18, 27).
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import uuid
import zlib
from typing import Any

from lab.ingest.hec import (
    INCORRECT_INDEX,
    INVALID_DATA_FORMAT,
    NO_DATA,
    Defaults,
    HecError,
    HecEvent,
    deliver,
    parse_events,
    parse_raw,
)
from lab.ingest.pipeline import IngestError
from lab.server.call import Call, Reply, Route, json_reply
from lab.server.hec.acks import Busy, synced
from lab.server.hec.tokens import Token, content_bytes, event_bytes, find, is_enabled

log = logging.getLogger(__name__)
SUCCESS = {"text": "Success", "code": 0}


class Refusal(Exception):
    """An answer other than success: HTTP status, HEC's code and text."""

    def __init__(self, status: int, code: int, text: str, **more: Any):
        super().__init__(text)
        self.status, self.body = status, {"text": text, "code": code, **more}


def _header_token(call: Call) -> str:
    """The token of the Authorization header: `Splunk <token>`, or Basic's password."""
    header = call.headers.get("authorization", "").strip()
    given = [value for name, value in call.query if name == "token"]
    if not header and given:
        return given[0]
    if not header:
        raise Refusal(401, 2, "Token is required")
    kind, _, value = header.partition(" ")
    if kind.lower() == "splunk" and value.strip():
        return value.strip()
    if kind.lower() == "basic":
        try:
            words = base64.b64decode(value.strip(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise Refusal(401, 3, "Invalid authorization") from None
        password = words.partition(":")[2]
        if password:
            return password
    raise Refusal(401, 3, "Invalid authorization")


def _token(call: Call) -> Token:
    value = _header_token(call)
    token = find(call.state.app, call.state.hec_token, value)
    if token is None:
        raise Refusal(403, 4, "Invalid token")
    if token.disabled or not is_enabled(call.state.app):
        raise Refusal(403, 1, "Token disabled")
    if not call.headers.get("authorization") and not token.query_string:
        raise Refusal(400, 16, "Query string authorization is not enabled")
    return token


def _channel(call: Call, needed: bool) -> str:
    """The channel's GUID, from the header or the query; "" where none is given nor needed."""
    given = call.headers.get("x-splunk-request-channel") or next(
        (value for name, value in call.query if name == "channel"), "")
    if not given:
        if needed:
            raise Refusal(400, 10, "Data channel is missing")
        return ""
    try:
        return str(uuid.UUID(given.strip()))
    except ValueError:
        raise Refusal(400, 11, "Invalid data channel") from None


def _body(call: Call) -> bytes:
    """The payload, decompressed; bounded by max_content_length either way."""
    limit = content_bytes(call.state.app)
    body = call.body
    encoding = call.headers.get("content-encoding", "").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        body = _decompressed(body, limit)
    elif encoding not in ("", "identity"):
        raise Refusal(415, 6, f"Invalid data format: Content-Encoding {encoding} is not gzip")
    if len(body) > limit:
        raise Refusal(413, 27, f"Request entity too large: more than {limit} bytes"
                      " (limits.conf, [http_input] max_content_length)")
    return body


def _decompressed(data: bytes, limit: int) -> bytes:
    """Every member of a gzip file, as gunzip does it; one byte more than `limit` at most."""
    out = bytearray()
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            out += member.decompress(data, limit + 1 - len(out))
        except zlib.error:
            raise Refusal(400, *INVALID_DATA_FORMAT) from None
        if len(out) > limit:
            break
        if not member.eof:
            raise Refusal(400, *INVALID_DATA_FORMAT)
        data = member.unused_data
    return bytes(out)


def _indexed(call: Call, events: list[HecEvent], defaults: Defaults, durably: bool) -> None:
    state = call.state
    root = state.home.store.root
    names = {event.index or defaults.index for event in events}
    before = {name: {p.name for p in (root / name).glob("*.parquet")} for name in names}
    delivery = deliver(state.home, state.app, events, defaults, state.clock())
    for sentence in delivery.dropped:
        log.warning("HTTP Event Collector: %s", sentence)
    if durably:
        for name in delivery.indexed:
            synced(root / name, before[name])


def _accept(call: Call, token: Token, channel: str, events: list[HecEvent],
            defaults: Defaults) -> dict[str, Any]:
    """Indexes the events at once, or behind an ackId where the token acknowledges."""
    if not token.use_ack:
        _indexed(call, events, defaults, durably=False)
        return dict(SUCCESS)
    try:
        number = call.state.acks.submit(
            token.name, channel, lambda: _indexed(call, events, defaults, durably=True))
    except Busy:
        raise Refusal(503, 9, "Server is busy") from None
    return {**SUCCESS, "ackId": number}


def _received(call: Call, read: Any) -> Reply:
    """`read(token, body)` gives the events and the defaults they are indexed with."""
    token = _token(call)
    channel = _channel(call, token.use_ack)
    if not token.allows(token.index, call.state.app):
        raise Refusal(400, *INCORRECT_INDEX)
    body = _body(call)
    try:
        events, defaults = read(token, body)
    except HecError as error:
        if error.accepted:
            _indexed(call, error.accepted, token.defaults(), durably=False)
        raise Refusal(400, error.code, error.text, **{
            key: value for key, value in error.body().items() if key not in ("code", "text")
        }) from None
    return json_reply(_accept(call, token, channel, events, defaults))


def events(call: Call) -> Reply:
    largest = event_bytes(call.state.app)

    def read(token: Token, body: bytes) -> tuple[list[HecEvent], Defaults]:
        if not body.strip():
            raise HecError(NO_DATA)
        found = parse_events(body, lambda index: token.allows(index, call.state.app))
        for number, event in enumerate(found):
            if len(event.raw) > largest or len(event.raw.encode("utf-8", "replace")) > largest:
                raise HecError(INVALID_DATA_FORMAT, number, found[:number])
        return found, token.defaults()

    return _received(call, read)


def raw(call: Call) -> Reply:
    """host, source, sourcetype and index of the query go before the token's."""
    given = {name: value for name, value in call.query if value}

    def read(token: Token, body: bytes) -> tuple[list[HecEvent], Defaults]:
        own = token.defaults()
        defaults = Defaults(
            given.get("index", own.index), given.get("sourcetype", own.sourcetype),
            given.get("source", own.source), given.get("host", own.host),
        )
        if not token.allows(defaults.index, call.state.app):
            raise HecError(INCORRECT_INDEX)
        try:
            return parse_raw(body, call.state.app, defaults), defaults
        except IngestError as error:
            raise Refusal(500, 8, f"Internal server error: {error}") from None

    return _received(call, read)


def ack(call: Call) -> Reply:
    token = _token(call)
    if not token.use_ack:
        raise Refusal(400, 14, "ACK is disabled")
    channel = _channel(call, True)
    try:
        asked = json.loads(_body(call))["acks"]
        if not isinstance(asked, list) or not all(type(number) is int for number in asked):
            raise TypeError("acks is not a list of whole numbers")
    except (ValueError, KeyError, TypeError):
        raise Refusal(400, *INVALID_DATA_FORMAT) from None
    return json_reply({"acks": call.state.acks.told(token.name, channel, asked)})


def health(call: Call) -> Reply:
    if not is_enabled(call.state.app):
        raise Refusal(503, 18, "HEC is unhealthy, it is disabled")
    return json_reply({"text": "HEC is healthy", "code": 17})


def _answering(handler: Any) -> Any:
    def answer(call: Call) -> Reply:
        try:
            return handler(call)
        except Refusal as refusal:
            return json_reply(refusal.body, refusal.status)

    return answer


ROUTES = [
    Route("POST", r"collector(?:/event)?(?:/1\.0)?", _answering(events), anonymous=True),
    Route("POST", r"collector/raw(?:/1\.0)?", _answering(raw), anonymous=True),
    Route("POST", r"collector/ack(?:/1\.0)?", _answering(ack), anonymous=True),
    Route("GET", r"collector/health(?:/1\.0)?", _answering(health), anonymous=True),
]
