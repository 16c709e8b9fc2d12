"""What exists in AWS accounts, who may create instances there, and what is being logged.

Events are of the source type of the vendor add-on's metadata input, aws:metadata (the successor of
aws:description), and in its shape: the resource's own fields at the top, as the API names them,
times as it writes them. Content made for it reads these events; before the resource's fields stand
this app's own, which the inventories of all clouds have in common.
"""

from __future__ import annotations

import datetime
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ciw import aws, aws_calls, snapshot
from ciw.aws import Aws
from ciw.aws_calls import Account, Calls
from ciw.aws_resources import GLOBAL, REGIONAL, Found, Listing, Place
from ciw.declare import Bad, Cursor, Meta, Page, Permission, Shard, Source
from ciw.main import main
from ciw.polling import Item
from ciw.snapshot import End, Snapshot

SOURCETYPE = "aws:metadata"
_SOURCE = "aws_inventory:"
_GLOBAL = "global"


@dataclass(frozen=True)
class Work:
    """A part: a type of resources in one account and region."""

    kind: str
    listing: Listing
    place: Place


def shards(context: Any) -> Iterator[Shard]:
    client = Aws(context, context.arguments["regions"][0])
    accounts = list(aws_calls.accounts(context, client))
    now = max((account.server_time for account in accounts), default=0.0)
    for account in accounts:
        if not now:
            reason = account.failure or "the answers have no Date header: the clock is not known"
            yield Shard("account\0" + account.number, account.number, failure=reason)
            continue
        yield from _account(context, client, account, now)


def _account(context: Any, client: Aws, account: Account, now: float) -> Iterator[Shard]:
    for region in (*context.arguments["regions"], _GLOBAL):
        listings = GLOBAL if region == _GLOBAL else REGIONAL
        place = Place(account, region, _calls(context, client, account, region))
        label = f"{account.number}/{region}"
        parts: list[tuple[str, Any]] = [
            (f"{label}/{kind}", account.failure or Work(kind, listing, place))
            for kind, listing in listings.items()
        ]
        yield from snapshot.shards(
            context, f"aws_inventory/{label}", now, parts,
            cloud="aws", vendor_account=account.number, vendor_region=region,
        )


def _calls(context: Any, client: Aws, account: Account, region: str) -> Any:
    def calls(service: str, per_second: float) -> Calls:
        return Calls(
            context, client, service, account, "" if region == _GLOBAL else region, per_second
        )

    return calls


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    if isinstance(shard.payload, End):
        return snapshot.end_pages(context, shard, cursor, _SOURCE + "snapshot_end")
    work: Work = shard.payload.payload
    meta = Meta(SOURCETYPE, source=_SOURCE + work.kind, index=context.index)
    answers = (
        [_item(work, shard.payload.snapshot, found, meta) for found in page]
        for page in work.listing(work.place, shard.payload.filtered)
    )
    return snapshot.pages(context, shard, cursor, answers, meta)


def _item(work: Work, current: Snapshot, found: Found, meta: Meta) -> Item:
    name = found.id or found.resource.get("PublicIp")
    event = {
        "snapshot_id": current.id,
        "resource_type": work.kind,
        "cloud": "aws",
        "vendor_account": work.place.account.number,
        "vendor_region": work.place.region,
        "object_id": name,
        **found.said,
        **found.resource,
    }
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"), default=_written)
    if not isinstance(name, str) or not name:
        where = f"{meta.source}:{work.place.account.number}/{work.place.region}"
        bad = Bad(where, "a resource has no id", excerpt=text, size=len(text))
        return Item("bad:" + text, "", "", bad, meta)
    return Item(name, current.time, text, None, meta)


def _written(value: Any) -> str:
    """Times as the vendor add-on writes them: 2026-01-05T10:00:00.000Z."""
    if isinstance(value, datetime.datetime):
        utc = value.astimezone(datetime.timezone.utc)
        return utc.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return str(value)


def _describe(what: str, why: str) -> Permission:
    return Permission("ec2:Describe" + what, "*", why)


SOURCE = Source(
    name="aws_inventory",
    title="AWS inventory (Cloud Instance Watch)",
    description="What exists in accounts and regions, snapshot by snapshot: instances, volumes, "
    "snapshots and images with whom they are shared with, networks with their rules, addresses and "
    "flow logs, trails; users and roles with their last use and whether they may create instances.",
    arguments=(aws_calls.REGIONS, snapshot.ARGUMENT, *aws.ARGUMENTS),
    sourcetypes=(SOURCETYPE, snapshot.SOURCETYPE),
    cursor="snapshot",
    permissions=(
        _describe("Instances", "instances"),
        _describe("Volumes", "volumes"),
        _describe("Snapshots", "snapshots"),
        _describe("SnapshotAttribute", "whom snapshots are shared with"),
        _describe("Images", "images"),
        _describe("ImageAttribute", "whom images are shared with"),
        _describe("SecurityGroups", "rules of networks"),
        _describe("NetworkInterfaces", "network interfaces"),
        _describe("Addresses", "public addresses"),
        _describe("Vpcs", "networks"),
        _describe("Subnets", "networks"),
        _describe("FlowLogs", "which networks are logged"),
        Permission("cloudtrail:DescribeTrails", "*", "trails"),
        Permission("cloudtrail:GetTrailStatus", "every trail", "whether it is logging"),
        Permission("cloudtrail:GetEventSelectors", "every trail", "what it logs"),
        Permission("iam:GetAccountAuthorizationDetails", "*", "who may create instances"),
        Permission("iam:GenerateCredentialReport", "*", "last use of passwords and keys"),
        Permission("iam:GetCredentialReport", "*", "last use of passwords and keys"),
        *aws_calls.PERMISSIONS,
    ),
    aws_services=("cloudtrail", "ec2", "iam", "sts"),
    exclusive=lambda arguments: True,
    index="cloud_inventory",
    interval=300,
    shards=shards,
    pages=pages,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
