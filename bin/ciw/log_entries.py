"""Entries of Cloud Logging: what they are called in Splunk, and the wrapping of the Google add-on.

A log's name is `PARENT/logs/ID`: PARENT is a project (domain-scoped ones hold a colon), folder,
organisation or billing account, ID is percent-encoded ("LogEntry", Cloud Logging's REST
reference). The source types are those of the Splunk Add-on for Google Cloud Platform, which has
one of its own for audit logs, access transparency and VPC flows only; everything else that a
Google service writes (Cloud DNS's queries, say) is `google:gcp:pubsub:platform` there.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from typing import Any
from urllib.parse import unquote

from .declare import Meta
from .moments import iso_seconds
from .pubsub import Received
from .text import compact

AUDIT = {
    "cloudaudit.googleapis.com/activity": "google:gcp:pubsub:audit:admin_activity",
    "cloudaudit.googleapis.com/data_access": "google:gcp:pubsub:audit:data_access",
    "cloudaudit.googleapis.com/system_event": "google:gcp:pubsub:audit:system_event",
    "cloudaudit.googleapis.com/policy": "google:gcp:pubsub:audit:policy_denied",
    "cloudaudit.googleapis.com/access_transparency": "google:gcp:pubsub:access_transparency",
}
# Network Management writes flows of what belongs to no subnetwork (interconnects, tunnels).
NETWORK = {
    "compute.googleapis.com/vpc_flows": "google:gcp:compute:vpc_flows",
    "networkmanagement.googleapis.com/vpc_flows": "google:gcp:compute:vpc_flows",
}
OTHER = "google:gcp:pubsub:platform"
_SOURCETYPES = {**AUDIT, **NETWORK}
_RAW = json.JSONDecoder().raw_decode
_ASCII = json.JSONEncoder().encode
_LOG_NAME = re.compile(r"(?:projects|folders|organizations|billingAccounts)/[^/]+/logs/([^/]+)")


@lru_cache(maxsize=1024)
def sourcetype(log_name: str) -> str:
    match = _LOG_NAME.fullmatch(log_name)
    return _SOURCETYPES.get(unquote(match.group(1)), OTHER) if match else OTHER


@lru_cache(maxsize=1024)
def meta_of(log_name: str, source: str, index: str) -> Meta:
    return Meta(sourcetype(log_name), source=source, index=index)


def event(message: Received, source: str, index: str) -> tuple[Meta, str, str]:
    """(meta, time, text) of a message that a log sink published. Raises ValueError.

    The text is what the Google Cloud add-on writes: the entry as it came, in `data`, nothing cut.
    """
    entry, text = _entry(message.data)
    moment = entry.get("timestamp") or entry.get("receiveTimestamp")
    text = (
        f'{{"publish_time":{_ASCII(message.published)},"data":{text},'
        f'"attributes":{_attributes(message.attributes)}}}'
    )
    return meta_of(entry["logName"], source, index), iso_seconds(moment), text


def _attributes(values: dict[str, str]) -> str:
    """`compact` of a few strings by names: quoting each is done before an encoder has begun."""
    try:
        pairs = [f"{_quoted(name)}:{_quoted(value)}" for name, value in values.items()]
    except (AttributeError, TypeError):
        # Not what Pub/Sub documents.
        return compact(values)
    return "{" + ",".join(pairs) + "}"


def _entry(text: str) -> tuple[dict[str, Any], str]:
    """The entry and its text, without line ends: at those splunkd would break the event."""
    text = text.strip(" \t\r\n")
    try:
        entry, end = _RAW(text)
        if end < len(text):
            raise ValueError(f"something follows its end at character {end}")
    except ValueError as error:
        raise ValueError(f"the message is not JSON: {error}") from error
    except RecursionError:
        raise ValueError("the message is JSON nested too deeply") from None
    name = entry.get("logName") if isinstance(entry, dict) else None
    if not name or name.__class__ is not str:
        raise ValueError("the message is no log entry: it has no logName")
    if "\n" in text or "\r" in text:
        text = compact(entry)
    return entry, text
