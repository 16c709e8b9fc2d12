"""Google Cloud's audit logs from a log sink's Pub/Sub subscription."""

from __future__ import annotations

import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from ciw import google, pubsub
from ciw.declare import Cursor, Meta, Page, Shard, Source
from ciw.main import main
from ciw.moments import iso_seconds
from ciw.pubsub import Received

# The source types of the Google Cloud add-on, by the last part of logName; the part before it may
# be a project (domain-scoped ones hold a colon), folder, organisation or billing account.
_SOURCETYPES = {
    "cloudaudit.googleapis.com/activity": "google:gcp:pubsub:audit:admin_activity",
    "cloudaudit.googleapis.com/data_access": "google:gcp:pubsub:audit:data_access",
    "cloudaudit.googleapis.com/system_event": "google:gcp:pubsub:audit:system_event",
    "cloudaudit.googleapis.com/policy": "google:gcp:pubsub:audit:policy_denied",
    "cloudaudit.googleapis.com/access_transparency": "google:gcp:pubsub:access_transparency",
}
_OTHER = "google:gcp:pubsub:platform"
_LOG_NAME = re.compile(r"(?:projects|folders|organizations|billingAccounts)/[^/]+/logs/([^/]+)")


def sourcetype(entry: dict[str, Any]) -> str:
    match = _LOG_NAME.fullmatch(str(entry.get("logName", "")))
    return _SOURCETYPES.get(unquote(match.group(1)), _OTHER) if match else _OTHER


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    source = shard.payload.subscription.name

    def event(message: Received) -> tuple[Meta, str, str]:
        entry = _entry(message.data)
        meta = Meta(sourcetype(entry), source=source, index=context.index)
        return meta, iso_seconds(entry.get("timestamp")), envelope(message)

    return pubsub.pages(context, shard, cursor, event)


def envelope(message: Received) -> str:
    """What the Google Cloud add-on writes: the entry as it came, in `data`, nothing cut."""
    attributes = json.dumps(message.attributes, ensure_ascii=False, separators=(",", ":"))
    published = json.dumps(message.published)
    return f'{{"publish_time":{published},"data":{message.data},"attributes":{attributes}}}'


def _entry(text: str) -> dict[str, Any]:
    try:
        entry = json.loads(text)
    except ValueError as error:
        raise ValueError(f"the message is not JSON: {error}") from error
    if not isinstance(entry, dict) or "logName" not in entry:
        raise ValueError("the message is no log entry: it has no logName")
    return entry


SOURCE = Source(
    name="gcp_audit",
    title="Google Cloud audit logs (Cloud Instance Watch)",
    description="Google Cloud's audit logs from a log sink's Pub/Sub subscription.",
    arguments=(*pubsub.ARGUMENTS, *google.ARGUMENTS),
    sourcetypes=tuple(_SOURCETYPES.values()),
    cursor="lease_ack",
    permissions=pubsub.PERMISSIONS,
    shards=pubsub.shards,
    pages=pages,
    check=google.check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
