"""Flow logs of virtual networks and network security groups: one event for each flow tuple.

Shapes and fields: "Virtual network flow logs" and "Flow logging for network security groups"
(learn.microsoft.com/azure/network-watcher). A file is `{"records":[…]}`, to which records are
added before its closing brackets ("Read flow logs"). A tuple is a string of values in a fixed
order:

    VNet, version 4   time (ms), source, destination, their ports, protocol (IANA number),
                      direction (I, O), state (B begin, C continuing, E end, D deny), encryption,
                      packets and bytes sent, packets and bytes received
    NSG, version 1    time (s), source, destination, their ports, protocol (T, U),
                      direction (I, O), decision (A allowed, D denied)
    NSG, version 2    the same, then state (B, C, E), packets and bytes sent, then received

An event is JSON: the tuple's values by name, then what the record, its list of rules and its rule
say of it, in Microsoft's names. Counters that a tuple leaves empty (a flow that begins) are left
out. What a later version adds behind the known values is kept as `more`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Callable

from .bad_record import BadRecord
from .blob_polling import Parsed
from .declare import Bad
from .json_records import records

_LIST = "records"
_HEAD = b'{"records":['
_LIMIT = 32 << 20
_EXCERPT = 4096

_ADDRESS = r"([0-9A-Fa-f:.]{2,45})"
_PORT = r"(0|[1-9]\d{0,4})"
_COUNTER = r"((?:0|[1-9]\d{0,18})?)"
_COUNTERS = ",".join([_COUNTER] * 4)
_FIVE = rf"(\d{{9,13}}),{_ADDRESS},{_ADDRESS},{_PORT},{_PORT}"
# Printable ASCII without quotes and backslashes: what needs no escaping in JSON nor in XML.
_MORE = r'(?:,([ !#-\[\]-~]*))?'
_VNET = re.compile(
    rf"{_FIVE},(\d{{1,3}}),([IO]),([A-Z]),([A-Z_]*),{_COUNTERS}{_MORE}", re.ASCII
).fullmatch
# Many tuples at once, a line each, where all have a time in milliseconds and counters.
_NUMBER = r"(0|[1-9]\d{0,18})"
_VNET_LINES = re.compile(
    rf"^(\d{{10}})(\d{{3}}),{_ADDRESS},{_ADDRESS},{_PORT},{_PORT},(\d{{1,3}}),([IO]),([A-Z]),([A-Z_]*),"
    + ",".join([_NUMBER] * 4)
    + "$",
    re.ASCII | re.MULTILINE,
).findall
_VNET_EVENT = (
    '{"time":%s%s,"src_ip":"%s","dest_ip":"%s","src_port":%s,"dest_port":%s,"protocol_code":"%s",'
    '"flowDirection":"%s","flowState":"%s","flowEncryption":"%s","packetsSent":%s,"bytesSent":%s,'
    '"packetsReceived":%s,"bytesReceived":%s,'
)
_NSG = re.compile(
    rf"{_FIVE},([A-Z]{{1,4}}),([IO]),([AD])(?:,([A-Z]?),{_COUNTERS}{_MORE})?", re.ASCII
).fullmatch
# What is the same in every record of a log (category, operationName) or says the same once more
# (flowLogGUID) is left out: an event is bytes to index.
_VNET_FIELDS = ("flowLogVersion", "macAddress", "flowLogResourceID", "targetResourceID")
_NSG_FIELDS = ("systemId", "resourceId")


def is_record(value: dict[str, Any]) -> bool:
    """Tells a record from an object inside one."""
    return "time" in value and ("flowRecords" in value or "properties" in value)


def parse(pieces: Iterable[bytes], offset: int, growing: bool, where: str) -> Iterator[Parsed]:
    """The tuples of each piece's records; behind `offset` there is a record or the list's end."""
    shift = 0
    if offset:
        pieces, shift = _from_inside(pieces, offset)
    batches = records(
        pieces, 0, is_record, lambda value: _events(value, where), _LIMIT, _LIST, growing
    )
    for batch in batches:
        taken = batch.values
        tuples = sum(count for _, _, count in taken)
        yield Parsed(
            list(chain.from_iterable(events for events, _, _ in taken)),
            [*chain.from_iterable(bad for _, bad, _ in taken), *_bad_records(batch.bad, shift, where)],
            batch.end + shift,
            tuples + len(batch.bad),
            clean=True,
        )


def _from_inside(pieces: Iterable[bytes], offset: int) -> tuple[Iterator[bytes], int]:
    """The pieces as a document of their own, and what to add to its offsets.

    The comma before the next record may follow any blanks.
    """
    iterator = iter(pieces)
    first = b""
    for first in iterator:
        break
    kept = first.lstrip(b", \t\r\n")
    shift = offset + len(first) - len(kept) - len(_HEAD)
    return chain([_HEAD + kept], iterator), shift


def _bad_records(found: list[BadRecord], shift: int, where: str) -> list[Bad]:
    return [
        Bad(
            where, f"{bad.reason} ({where})", bad.offset + shift, bad.size,
            bad.digest.hexdigest(), bad.excerpt,
        )
        for bad in found
    ]


def _events(record: dict[str, Any], where: str) -> tuple[list[tuple[str, str]], list[Bad], int]:
    """(events, bad tuples, number of tuples) of one record; one that is neither log's is bad as a
    whole."""
    count = 0
    events: list[tuple[str, str]] = []
    bad: list[Bad] = []
    try:
        if "flowRecords" in record:
            common = _json(record, _VNET_FIELDS)
            for flow in record["flowRecords"]["flows"]:
                acl = common + _json(flow, ("aclID",))
                for group in flow["flowGroups"]:
                    end = acl + _json(group, ("rule",)) + _recorded(record)
                    tuples = group["flowTuples"]
                    count += len(tuples)
                    known = _at_once(tuples, end)
                    if known is not None:
                        events += known
                    else:
                        _add(events, bad, tuples, _VNET, _vnet, end, where)
        else:
            properties = record["properties"]
            version = '"flowLogVersion":' + json.dumps(properties.get("Version")) + ","
            common = version + _json(record, _NSG_FIELDS)
            for rule in properties["flows"]:
                named = common + _json(rule, ("rule",))
                for flow in rule["flows"]:
                    mac = '"macAddress":' + json.dumps(flow.get("mac")) + ","
                    end = named + mac + _recorded(record)
                    count += len(flow["flowTuples"])
                    _add(events, bad, flow["flowTuples"], _NSG, _nsg, end, where)
    except (KeyError, TypeError, AttributeError):
        reason = "a record that lacks the members of a flow log"
        return [], [_bad(where, reason, json.dumps(record))], 1
    return events, bad, count


def _at_once(tuples: list[str], end: str) -> list[tuple[str, str]] | None:
    """The events of a rule's tuples; None where one of them has to be looked at alone."""
    try:
        lines = "\n".join(tuples)
    except TypeError:
        return None
    found = _VNET_LINES(lines)
    if len(found) != len(tuples) or lines.count("\n") != len(tuples) - 1:
        return None
    event = _VNET_EVENT + end.replace("%", "%%")
    return [(f"{values[0]}.{values[1]}", event % values) for values in found]


def _add(
    events: list[tuple[str, str]],
    bad: list[Bad],
    tuples: list[str],
    match: Callable[[str], Any],
    event: Callable[[Any, str], tuple[str, str]],
    end: str,
    where: str,
) -> None:
    for text in tuples:
        found = match(text) if text.__class__ is str else None
        if found is None:
            bad.append(_bad(where, "a flow tuple that is not of its version's form", text))
        else:
            events.append(event(found.groups(), end))


def _vnet(values: Any, end: str) -> tuple[str, str]:
    (
        time, source, destination, port, other, protocol, direction, state, encryption,
        sent, sent_bytes, received, received_bytes, more,
    ) = values
    counters = ""
    if sent or received:
        counters = (
            f'"packetsSent":{sent or 0},"bytesSent":{sent_bytes or 0},'
            f'"packetsReceived":{received or 0},"bytesReceived":{received_bytes or 0},'
        )
    if more is not None:
        counters += f'"more":"{more}",'
    return _seconds(time), (
        f'{{"time":{time},"src_ip":"{source}","dest_ip":"{destination}","src_port":{port},'
        f'"dest_port":{other},"protocol_code":"{protocol}","flowDirection":"{direction}",'
        f'"flowState":"{state}","flowEncryption":"{encryption}",{counters}{end}'
    )


def _nsg(values: Any, end: str) -> tuple[str, str]:
    (
        time, source, destination, port, other, protocol, direction, decision, state,
        sent, sent_bytes, received, received_bytes, more,
    ) = values
    counters = f'"flowState":"{state}",' if state else ""
    if sent or received:
        counters += (
            f'"packetsSent":{sent or 0},"bytesSent":{sent_bytes or 0},'
            f'"packetsReceived":{received or 0},"bytesReceived":{received_bytes or 0},'
        )
    if more is not None:
        counters += f'"more":"{more}",'
    return _seconds(time), (
        f'{{"time":{time},"src_ip":"{source}","dest_ip":"{destination}","src_port":{port},'
        f'"dest_port":{other},"protocol_code":"{protocol}","flowDirection":"{direction}",'
        f'"flowDecision":"{decision}",{counters}{end}'
    )


def _seconds(time: str) -> str:
    """Epoch seconds: 13 digits are milliseconds, as version 4 writes them."""
    return time if len(time) < 12 else f"{time[:-3]}.{time[-3:]}"


def _json(holder: dict[str, Any], names: tuple[str, ...]) -> str:
    """Members of an object as JSON text with a comma behind each, where it has them."""
    return "".join(f'"{name}":{json.dumps(holder[name])},' for name in names if name in holder)


def _recorded(record: dict[str, Any]) -> str:
    return f'"recordTime":{json.dumps(record.get("time"))}}}'


def _bad(where: str, reason: str, text: Any) -> Bad:
    content = str(text).encode("utf-8", "surrogatepass")
    return Bad(
        where, reason, 0, len(content), hashlib.sha256(content).hexdigest(),
        str(text)[:_EXCERPT],
    )
