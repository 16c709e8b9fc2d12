"""One measurement in one interpreter: `python one_way.py KIND WAY DIRECTORY`, result as JSON.

Runs on Python 3.9 as well: it is started with each interpreter that Splunk ships. Every way reads
the same gzip files and, but for `gunzip`, writes splunkd's XML stream into a pipe that another
process empties.
"""

from __future__ import annotations

import glob
import gzip
import importlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "bin"))


def gunzip(kind, files):
    """Decompression alone."""
    for path in files:
        with gzip.open(path) as file:
            file.read()


def cloudtrail_records(file):
    for record in json.load(file)["Records"]:
        yield record["eventTime"], json.dumps(record)


def flow_records(file):
    """Lines behind the header; the time in its column of the default format."""
    lines = io.TextIOWrapper(file, "utf-8")
    next(lines)
    for line in lines:
        line = line.rstrip("\n")
        yield line.split(" ")[10], line


def query_records(file):
    for line in io.TextIOWrapper(file, "utf-8"):
        record = json.loads(line)
        yield record["query_timestamp"], json.dumps(record)


VNET_FIELDS = (
    "time", "src_ip", "dest_ip", "src_port", "dest_port", "protocol_code", "flowDirection",
    "flowState", "flowEncryption", "packetsSent", "bytesSent", "packetsReceived", "bytesReceived",
)


def vnet_tuples(file):
    for record in json.load(file)["records"]:
        common = {name: value for name, value in record.items() if name != "flowRecords"}
        for flow in record["flowRecords"]["flows"]:
            for group in flow["flowGroups"]:
                common.update(aclID=flow["aclID"], rule=group["rule"])
                for text in group["flowTuples"]:
                    values = dict(zip(VNET_FIELDS, text.split(",")))
                    yield values["time"][:10], json.dumps({**common, **values})


# By kind: the input, its source type, its index, how the SDK's way reads a file.
KINDS = {
    "cloudtrail": ("aws_cloudtrail", "aws:cloudtrail", "cloud_audit", cloudtrail_records),
    "flows": ("aws_network_logs", "aws:cloudwatchlogs:vpcflow", "cloud_network", flow_records),
    "custom_flows": ("aws_network_logs", "aws:cloudwatchlogs:vpcflow", "cloud_network", flow_records),
    "vnet_flows": ("azure_network_logs", "mscs:vnet:flow", "cloud_network", vnet_tuples),
    "queries": ("aws_network_logs", "aws:route53:resolver", "cloud_network", query_records),
}


def event_writer(kind, files):
    """json (or a split line) and the EventWriter of Splunk's SDK, the way of existing add-ons."""
    from splunklib.modularinput import Event, EventWriter

    _, sourcetype, index, records = KINDS[kind]
    writer = EventWriter(sys.stdout, sys.stderr)
    for path in files:
        with gzip.open(path) as file:
            for moment, text in records(file):
                writer.write_event(
                    Event(data=text, time=moment, sourcetype=sourcetype, source=path, index=index)
                )
    writer.close()


def ours(kind, files):
    """The input's own source, run loop, checkpoint and outlet; only the cloud is left out."""
    from ciw.azure_blobs import Blob
    from ciw.blob_polling import Work
    from ciw.checkpoint import Checkpoint
    from ciw.checkpoint_file import FileStore
    from ciw.declare import Shard, Source
    from ciw.gunzip import plain_pieces
    from ciw.journal import Journal
    from ciw.log import Log
    from ciw.outlet import Outlet
    from ciw.run import Context, Run
    from ciw.s3_notification import S3Object

    class LocalObject:
        def __init__(self, path):
            self.path = path
            # Network logs are told by their keys.
            folder = "vpcdnsquerylogs" if kind == "queries" else "vpcflowlogs"
            self.object = S3Object("bench", path if kind == "cloudtrail" else folder + path)

        def pieces(self, size):
            with open(self.path, "rb") as file:
                yield from plain_pieces(iter(lambda: file.read(1 << 18), b""), size)

    class LocalBlob(LocalObject):
        """A container of one blob, and what would fetch it ahead."""

        name = "insights-logs-flowlogflowevent"

        @property
        def container(self):
            return self

        def blob_url(self, blob):
            return "https://bench.blob.core.windows.net/" + blob.name

        def read(self, blob, start):
            for piece in self.pieces(1 << 20):
                yield piece, "etag"

    def shards(context):
        for path in files:
            payload = LocalObject(path)
            if kind == "vnet_flows":
                payload = Work(Blob(path, "etag", 1, 0.0), LocalBlob(path))
            yield Shard(path, path, payload)

    module, _, index, _ = KINDS[kind]
    found = importlib.import_module(module).SOURCE
    declared = {name: getattr(found, name) for name in found.__dataclass_fields__}
    source = Source(**{**declared, "shards": shards})
    with tempfile.TemporaryDirectory() as directory:
        stop = threading.Event()
        journal = Journal(os.path.join(directory, "journal"))
        outlet = Outlet(sys.stdout.fileno(), journal, stop.is_set)
        store = FileStore(os.path.join(directory, "cursors"))
        checkpoint = Checkpoint("bench", store, journal, outlet)
        log = Log(stream=io.StringIO())
        context = Context("bench", {}, log, None, checkpoint, outlet, stop, index)
        Run(source, context).execute()
        checkpoint.close()
        outlet.close()


WAYS = {"gunzip": gunzip, "event_writer": event_writer, "ours": ours}


def cpu_seconds():
    own, children = (
        resource.getrusage(resource.RUSAGE_SELF),
        resource.getrusage(resource.RUSAGE_CHILDREN),
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main():
    kind, way, directory = sys.argv[1:]
    files = sorted(glob.glob(os.path.join(directory, "*.gz")))
    result = os.fdopen(os.dup(1), "w")
    reader = subprocess.Popen(["wc", "-c"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    os.dup2(reader.stdin.fileno(), 1)
    reader.stdin.close()
    started, cpu = time.perf_counter(), cpu_seconds()
    WAYS[way](kind, files)
    sys.stdout.flush()
    seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    os.close(1)
    written = int(reader.stdout.read())
    reader.wait()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    json.dump({"seconds": seconds, "cpu": cpu, "written": written, "peak_kib": peak}, result)
    result.write("\n")
    result.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
