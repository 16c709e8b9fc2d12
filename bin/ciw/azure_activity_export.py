"""Azure's activity log as diagnostic settings export it to storage: JSON lines that grow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from . import blob_polling, json_lines
from .azure import Azure
from .azure_blobs import Container
from .declare import Cursor, Meta, Page, Shard
from .moments import iso_seconds

# The container, and the shape of what it holds: "Azure activity log" and "Azure Monitor activity
# log event schema" (learn.microsoft.com/azure/azure-monitor). The source type is the one that
# Splunk's add-on and Data Manager give events of this shape.
CONTAINER = "insights-activity-logs"
SOURCETYPE = "azure:monitor:activity"
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)/", re.IGNORECASE)


def shards(context: Any) -> Iterator[Shard]:
    wanted = {name.lower() for name in context.arguments["subscriptions"]}

    def is_wanted(folder: str) -> bool:
        match = _SUBSCRIPTION.search(folder)
        return not wanted or match is None or match.group(1).lower() in wanted

    client = Azure(context)
    try:
        for account in context.arguments["storage_accounts"]:
            container = Container(client, account, CONTAINER)
            yield from blob_polling.shards(context, container, is_wanted)
    finally:
        client.close()


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    url = shard.payload.url
    meta = Meta(SOURCETYPE, source=url, index=context.index)

    def parse(pieces: Any, offset: int, growing: bool) -> Iterator[blob_polling.Parsed]:
        return json_lines.parse(pieces, offset, growing, _moment, url)

    return blob_polling.pages(context, shard, cursor, parse, meta)


def _moment(record: dict[str, Any]) -> str:
    return iso_seconds(record.get("time"))
