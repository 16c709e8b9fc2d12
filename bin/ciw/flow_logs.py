"""VPC and Transit Gateway flow log files of AWS: columns in the order of the file's own header.

Facts: "Flow log records" and "Flow log files" in AWS's VPC user guide, "Transit Gateway Flow Log
records" in its Transit Gateway guide; Splunk_TA_aws's props.conf and decoders for what existing
content expects. Each file begins with a line of field names; a custom format has any of them in
any order, and `-` stands for what does not apply.

The add-on's source type aws:cloudwatchlogs:vpcflow knows three orders and takes no header:
the default (version 2), all fields of versions 2 to 5 in AWS's order, and the same by name.
Lines of these, and of Transit Gateway's default order, go out as AWS wrote them. Of any other
order nothing in a line says what a column means, so its values are put where they are
understood, unchanged:
  - where the default fields are all there: these first, in the default order, which the add-on
    parses as a record of version 2; then the others as name=value, with `format_version` for the
    version that AWS gave the custom format;
  - else every field as name=value.
The names are those that the add-on gives the fields, so that its aliases and content written for
it find them. One source type serves all forms: what a form lacks is absent, not misread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Callable

VPC = "aws:cloudwatchlogs:vpcflow"
TRANSIT_GATEWAY = "aws:transitgateway:flowlogs"


def _fields(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DEFAULT = _fields(
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start "
    "end action log-status"
)
VERSION_5 = DEFAULT + _fields(
    "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id "
    "sublocation-type sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction "
    "traffic-path"
)
TRANSIT_GATEWAY_DEFAULT = _fields(
    "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id "
    "tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id "
    "tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr "
    "srcport dstport protocol packets bytes start end log-status type packets-lost-no-route "
    "packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired tcp-flags region "
    "flow-direction pkt-src-aws-service pkt-dst-aws-service"
)
_AS_THEY_ARE = {
    DEFAULT: VPC,
    VERSION_5: VPC,
    tuple(sorted(VERSION_5)): VPC,
    TRANSIT_GATEWAY_DEFAULT: TRANSIT_GATEWAY,
}
# Names that the add-on gives fields; the others are AWS's with underscores.
_NAMES = {
    "srcaddr": "src_ip",
    "dstaddr": "dest_ip",
    "srcport": "src_port",
    "dstport": "dest_port",
    "protocol": "protocol_code",
    "start": "start_time",
    "end": "end_time",
    "action": "vpcflow_action",
}
_FIELD = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

# Makes the texts of events of the values of rows.
Render = Callable[[Any], Any]


@dataclass(frozen=True)
class Layout:
    """How the lines of a file are read: `width` columns, times in the columns `times`.

    `render` makes the events' texts of the rows' values; None: the lines are the texts.
    """

    sourcetype: str
    header: str
    width: int
    times: tuple[int, ...]
    render: Render | None = None


def layout_of(header: str) -> Layout | None:
    """The layout that a file's first line gives; None where it is no line of field names."""
    fields = tuple(header.split(" "))
    if not all(_FIELD.fullmatch(name) for name in fields):
        return None
    times = tuple(fields.index(name) for name in ("start", "end") if name in fields)
    sourcetype = _AS_THEY_ARE.get(fields)
    if sourcetype is not None:
        return Layout(sourcetype, header, len(fields), times)
    if "tgw-id" in fields or "tgw-attachment-id" in fields:
        render = _renderer(fields, TRANSIT_GATEWAY_DEFAULT, "")
        return Layout(TRANSIT_GATEWAY, header, len(fields), times, render)
    render = _renderer(fields, DEFAULT, "2")
    return Layout(VPC, header, len(fields), times, render)


def _renderer(fields: tuple[str, ...], order: tuple[str, ...], version: str) -> Render:
    """Puts values in `order` and the rest behind as pairs; all as pairs where one of it is missing.

    `version` stands in the column of that name; empty: the row's own.
    """
    if not set(order) <= set(fields):
        return _formatter(fields, [_pair(name) for name in fields], fields)
    rest = tuple(name for name in fields if name not in order)
    parts = ["%s"] * len(order) + [_pair(name) for name in rest]
    if not version:
        return _formatter(fields, parts, order + rest)
    parts[0] = version
    parts.insert(len(order), "format_version=%s")
    return _formatter(fields, parts, order[1:] + ("version",) + rest)


def _pair(name: str) -> str:
    return _NAMES.get(name, name.replace("-", "_")) + "=%s"


def _formatter(fields: tuple[str, ...], parts: list[str], names: tuple[str, ...]) -> Render:
    template, pick = " ".join(parts), itemgetter(*map(fields.index, names))
    return lambda rows: [template % pick(row) for row in rows]
