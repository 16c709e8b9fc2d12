"""Google Cloud's VPC flow logs and Cloud DNS query logs from a log sink's Pub/Sub subscription."""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from collections.abc import Iterator
from typing import Any

from ciw import google, log_entries, pubsub
from ciw.declare import Cursor, Page, Shard, Source
from ciw.errors import InvalidArgument
from ciw.main import main


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    source = shard.payload.subscription.name
    return pubsub.pages(
        context, shard, cursor, lambda message: log_entries.event(message, source, context.index)
    )


def check(arguments: dict[str, Any]) -> None:
    """Raises InvalidArgument for a stanza without a subscription."""
    google.check(arguments)
    if not arguments["subscription"]:
        raise InvalidArgument("argument subscription is required: projects/PROJECT/subscriptions/…")


SOURCE = Source(
    name="gcp_network_logs",
    title="Google Cloud network logs (Cloud Instance Watch)",
    description="VPC flow logs and Cloud DNS query logs from a log sink's Pub/Sub subscription. "
    "The sink's filter: log_id(\"compute.googleapis.com/vpc_flows\") OR "
    "log_id(\"networkmanagement.googleapis.com/vpc_flows\") OR "
    "log_id(\"dns.googleapis.com/dns_queries\").",
    arguments=(*pubsub.ARGUMENTS, *google.ARGUMENTS),
    sourcetypes=tuple(dict.fromkeys((*log_entries.NETWORK.values(), log_entries.OTHER))),
    cursor="lease_ack",
    permissions=pubsub.PERMISSIONS,
    index="cloud_network",
    shards=pubsub.shards,
    pages=pages,
    check=check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
