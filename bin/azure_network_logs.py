"""Flow logs of Azure's virtual networks and network security groups, from storage accounts."""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ciw import azure, azure_flows, blob_polling, polling
from ciw.azure import Azure
from ciw.azure_blobs import ARGUMENT as ACCOUNTS
from ciw.azure_blobs import READ_BLOBS, Container
from ciw.declare import Argument, Cursor, Meta, Page, Permission, Shard, Source
from ciw.main import main

# "Virtual network flow logs", "Flow logging for network security groups" (learn.microsoft.com).
CONTAINERS = {
    "vnet": "insights-logs-flowlogflowevent",
    "nsg": "insights-logs-networksecuritygroupflowevent",
}
SOURCETYPES = {
    CONTAINERS["vnet"]: "mscs:vnet:flow",
    CONTAINERS["nsg"]: "mscs:nsg:flow",
}

ARGUMENTS = (
    replace(ACCOUNTS, required=True),
    Argument(
        "flow_logs",
        "Flow logs",
        "Which flow logs the accounts hold, with commas: vnet (of virtual networks), nsg (of "
        "network security groups, which Azure retires in 2027)",
        kind="list",
        default="vnet",
        pattern="vnet|nsg",
        shape="vnet or nsg",
    ),
    *polling.ARGUMENTS,
    *azure.ARGUMENTS,
)


def shards(context: Any) -> Iterator[Shard]:
    client = Azure(context)
    try:
        for account in context.arguments["storage_accounts"]:
            for kind in dict.fromkeys(context.arguments["flow_logs"]):
                container = Container(client, account, CONTAINERS[kind])
                yield from blob_polling.shards(context, container)
    finally:
        client.close()


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    url = shard.payload.url
    meta = Meta(SOURCETYPES[shard.payload.container.name], source=url, index=context.index)

    def parse(pieces: Any, offset: int, growing: bool) -> Iterator[blob_polling.Parsed]:
        return azure_flows.parse(pieces, offset, growing, url)

    return blob_polling.pages(context, shard, cursor, parse, meta)


SOURCE = Source(
    name="azure_network_logs",
    title="Azure flow logs (Cloud Instance Watch)",
    description="Flow logs of Azure's virtual networks and network security groups, read from the "
    "storage accounts they are written to while they grow. Each flow tuple becomes one event: "
    "JSON with the tuple's values by name, its network interface, rule and resource.",
    arguments=ARGUMENTS,
    sourcetypes=tuple(SOURCETYPES.values()),
    cursor="blob_offset",
    permissions=(
        Permission(READ_BLOBS, "the storage accounts", "listing and reading the logs", "data"),
    ),
    exclusive=lambda arguments: True,
    index="cloud_network",
    interval=300,
    shards=shards,
    pages=pages,
    check=azure.check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
