"""The inputs over local files: their own decoders, with the cloud's client left out.

`source(kind, files)` is an input whose shards are those files: objects in S3, blobs, answers of an
API. Only the transport (the network, TLS, the SDK's or the session's work) is replaced, in this
process. Runs on Python 3.9 as well.
"""

from __future__ import annotations

import gzip
import importlib
from collections import Counter
from contextlib import suppress
from types import SimpleNamespace

from ciw.declare import Shard, Source
from ciw.gunzip import plain_pieces
from ciw.http import document

START = 1767607200.0
# By kind: the input, its index, arguments that are not the defaults.
INPUTS = {
    "cloudtrail": ("aws_cloudtrail", "cloud_audit", {"mode": "queue"}),
    "flows": ("aws_network_logs", "cloud_network", {}),
    "custom_flows": ("aws_network_logs", "cloud_network", {}),
    "queries": ("aws_network_logs", "cloud_network", {}),
    "activity": ("azure_activity", "cloud_audit", {"mode": "rest"}),
    "activity_export": ("azure_activity", "cloud_audit", {"mode": "storage"}),
    "entra": ("azure_identity", "cloud_identity", {}),
    "vnet_flows": ("azure_network_logs", "cloud_network", {}),
    "nsg_flows": ("azure_network_logs", "cloud_network", {}),
    "gcp_audit": ("gcp_audit", "cloud_audit", {"mode": "pubsub"}),
    "gcp_flows": ("gcp_network_logs", "cloud_network", {}),
    "metrics": ("gcp_metrics", "cloud_metrics", {"period": "300"}),
    "inventory": ("gcp_inventory", "cloud_inventory", {}),
}
_FOLDERS = {"flows": "vpcflowlogs", "custom_flows": "vpcflowlogs", "queries": "vpcdnsquerylogs"}
_CONTAINERS = {
    "vnet_flows": "insights-logs-flowlogflowevent",
    "nsg_flows": "insights-logs-networksecuritygroupflowevent",
    "activity_export": "insights-activity-logs",
}


class LocalObject:
    """An object of S3; of network logs the key tells the kind."""

    def __init__(self, kind, path):
        from ciw.s3_notification import S3Object

        self.path = path
        self.object = S3Object("bench", _FOLDERS.get(kind, "") + path)

    def pieces(self, size):
        with open(self.path, "rb") as file:
            yield from plain_pieces(iter(lambda: file.read(1 << 18), b""), size)


class LocalBlob:
    """A container of one blob, and what would fetch it ahead."""

    def __init__(self, kind, path):
        self.path = path
        self.name = _CONTAINERS[kind]

    @property
    def container(self):
        return self

    def blob_url(self, blob):
        return f"https://bench.blob.core.windows.net/{self.name}{blob.name}"

    def read(self, blob, start):
        with open(self.path, "rb") as file:
            for piece in plain_pieces(iter(lambda: file.read(1 << 18), b""), 1 << 20):
                yield piece, "etag"


class LocalClient:
    """Azure's or Google's client, whose every listing is the one answer in a file."""

    def __init__(self, path):
        self._path = path

    def url(self, service, **_):
        return "https://" + service

    def values(self, service, path, params, what):
        yield answer(self._path)["value"]

    def listing(self, method, url, parameters, what, *_):
        # Of metrics, those that are asked for.
        if "cpu/utilization" in parameters.get("filter", "cpu/utilization"):
            yield answer(self._path), ""


class LocalPubSub:
    """Pub/Sub's endpoint: a pull gives the next file, what is acknowledged is let go."""

    server_time = START

    def __init__(self, files):
        self._files = iter(files)

    @property
    def http(self):
        return self

    def url(self, service):
        return "https://" + service

    def json(self, method, url, body=None, what="", patience=0):
        path = next(self._files, "") if url.endswith(":pull") else ""
        return answer(path) if path else {}


def answer(path):
    with gzip.open(path) as file:
        return document(file.read())


def _payloads(kind, files):
    """(path, payload) of each shard."""
    from ciw.polling import Slice

    module = importlib.import_module(INPUTS[kind][0])
    part = Slice("bench", START, START + 900.0)
    pace = SimpleNamespace(wait=lambda: None)
    for path in files:
        if kind in _CONTAINERS:
            from ciw.azure_blobs import Blob
            from ciw.blob_polling import Work

            yield path, Work(Blob(path, "etag", 1, 0.0), LocalBlob(kind, path))
        elif kind == "activity":
            yield path, module.Work(part, LocalClient(path))
        elif kind == "entra":
            named = Slice("bench/audits", START, START + 900.0)
            yield path, module.Work(named, module.LOGS["audits"], LocalClient(path))
        elif kind == "metrics":
            hour = Slice("bench", START, START + 3600.0)
            yield path, module.Work(hour, LocalClient(path), hour.end)
        elif kind == "inventory":
            from ciw.snapshot import Part, Snapshot

            work = module.Work("RESOURCE", "organizations/1", LocalClient(path), pace)
            yield path, Part(Snapshot("2026-01-05T10:00:00Z", START), work, Counter())
        else:
            yield path, LocalObject(kind, path)


def source(kind, files):
    found = importlib.import_module(INPUTS[kind][0]).SOURCE
    declared = {name: getattr(found, name) for name in found.__dataclass_fields__}
    return Source(**{**declared, "shards": lambda context: _shards(context, kind, files)})


def _shards(context, kind, files):
    if kind in ("gcp_audit", "gcp_flows"):
        from ciw.pubsub import Subscription, Work

        nobody = SimpleNamespace(hold=lambda messages: None, drop=lambda messages: None)
        subscription = Subscription(LocalPubSub(files), "projects/p/subscriptions/s", 60, 500)
        work = Work(subscription, nobody)
        yield Shard("pubsub", "pubsub", work, endless=True)
        cursor = context.checkpoint.get("pubsub")
        work.settle(context, cursor.position if cursor is not None else 0)
        return
    for path, payload in _payloads(kind, files):
        yield Shard(path, path, payload)


def arguments(kind):
    name, _, given = INPUTS[kind]
    declared = importlib.import_module(name).SOURCE.arguments
    return {**{each.name: each.read("") for each in declared if not each.required}, **given}


def warm_up(kind):
    """Imports what a run needs: a forwarder's input starts once and then stays."""
    importlib.import_module(INPUTS[kind][0])
    with suppress(StopIteration):
        next(_payloads(kind, [""]))
