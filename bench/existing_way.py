"""The way of existing add-ons: json (or a split line) and the EventWriter of Splunk's SDK.

Each reader takes an open file and yields (time, text) of its events; on Python 3.9 as well.
"""

from __future__ import annotations

import base64
import io
import json

VNET_FIELDS = (
    "time", "src_ip", "dest_ip", "src_port", "dest_port", "protocol_code", "flowDirection",
    "flowState", "flowEncryption", "packetsSent", "bytesSent", "packetsReceived", "bytesReceived",
)
NSG_FIELDS = (
    "time", "src_ip", "dest_ip", "src_port", "dest_port", "protocol_code", "flowDirection",
    "flowDecision", "flowState", "packetsSent", "bytesSent", "packetsReceived", "bytesReceived",
)


def cloudtrail(file):
    for record in json.load(file)["Records"]:
        yield record["eventTime"], json.dumps(record)


def flow_lines(file):
    """Lines behind the header; the time in its column of the default format."""
    lines = io.TextIOWrapper(file, "utf-8")
    next(lines)
    for line in lines:
        line = line.rstrip("\n")
        yield line.split(" ")[10], line


def json_lines(moment):
    def read(file):
        for line in io.TextIOWrapper(file, "utf-8"):
            record = json.loads(line)
            yield record[moment], json.dumps(record)

    return read


def values(name, moment):
    """The records of a list in one JSON document."""

    def read(file):
        for record in json.load(file)[name]:
            yield record.get(moment, ""), json.dumps(record)

    return read


def vnet_tuples(file):
    for record in json.load(file)["records"]:
        common = {name: value for name, value in record.items() if name != "flowRecords"}
        for flow in record["flowRecords"]["flows"]:
            for group in flow["flowGroups"]:
                common.update(aclID=flow["aclID"], rule=group["rule"])
                for text in group["flowTuples"]:
                    fields = dict(zip(VNET_FIELDS, text.split(",")))
                    yield fields["time"][:10], json.dumps({**common, **fields})


def nsg_tuples(file):
    for record in json.load(file)["records"]:
        common = {name: value for name, value in record.items() if name != "properties"}
        for rule in record["properties"]["flows"]:
            for flow in rule["flows"]:
                common.update(rule=rule["rule"], mac=flow["mac"])
                for text in flow["flowTuples"]:
                    fields = dict(zip(NSG_FIELDS, text.split(",")))
                    yield fields["time"], json.dumps({**common, **fields})


def messages(file):
    """Pub/Sub's messages in the Google add-on's envelope."""
    for received in json.load(file)["receivedMessages"]:
        message = received["message"]
        entry = json.loads(base64.b64decode(message["data"]))
        yield entry["timestamp"], json.dumps(
            {
                "publish_time": message["publishTime"],
                "data": entry,
                "attributes": message["attributes"],
            }
        )


def points(file):
    for series in json.load(file)["timeSeries"]:
        labels = series["resource"]["labels"]
        for point in series["points"]:
            yield point["interval"]["endTime"], json.dumps(
                {
                    "vendor_account": labels["project_id"],
                    "vendor_region": labels["zone"],
                    "object_id": labels["instance_id"],
                    "instance_type": series["metadata"]["systemLabels"]["machine_type"],
                    series["metric"]["type"]: point["value"]["doubleValue"],
                }
            )


READERS = {
    "cloudtrail": cloudtrail,
    "flows": flow_lines,
    "custom_flows": flow_lines,
    "queries": json_lines("query_timestamp"),
    "activity": values("value", "eventTimestamp"),
    "activity_export": json_lines("time"),
    "entra": values("value", "activityDateTime"),
    "vnet_flows": vnet_tuples,
    "nsg_flows": nsg_tuples,
    "gcp_audit": messages,
    "gcp_flows": messages,
    "metrics": points,
    "inventory": values("assets", "updateTime"),
}
