"""The native shapes of records: which cloud and kind, where they go in Splunk, what names one.

`event` gives a record as the app's inputs would: its source type and text. Azure's rows are those
that Resource Manager lists, Google's entries those of entries.list.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from lab.scenarios.model import Record


@dataclass(frozen=True)
class Form:
    """`kind` is audit, identity, flows, dns, metrics or inventory; `id` names the member that
    identifies a record, `time` the one that dates it."""

    cloud: str
    kind: str
    index: str
    sourcetype: str
    id: str
    time: str
    name: str


FORMS = {
    "cloudtrail": Form("aws", "audit", "cloud_audit", "aws:cloudtrail", "eventID", "eventTime",
                       "eventName"),
    "azure_activity": Form("azure", "audit", "cloud_audit", "mscs:azure:audit", "eventDataId",
                           "eventTimestamp", "operationName"),
    "entra_audit": Form("azure", "identity", "cloud_identity", "azure:aad:audit", "id",
                        "activityDateTime", "activityDisplayName"),
    "entra_sign_in": Form("azure", "identity", "cloud_identity", "azure:aad:signin", "id",
                          "createdDateTime", "appDisplayName"),
    "log_entry": Form("gcp", "audit", "cloud_audit", "google:gcp:pubsub:audit:admin_activity",
                      "insertId", "timestamp", "methodName"),
}


def form(record: Record) -> Form:
    return FORMS[record.form]


def identity(record: Record) -> str:
    return record.body[form(record).id]


def operation(record: Record) -> str:
    """The provider's name of what was done."""
    body = record.body.get("protoPayload", record.body)
    value = body[form(record).name]
    return value["value"] if isinstance(value, dict) else value


def text(record: Record) -> str:
    """One line of JSON, as the input emits the record."""
    return json.dumps(record.body, ensure_ascii=False, separators=(",", ":"))
