"""Writing log entries of Google Cloud's audit logs.

Shapes: "LogEntry", "AuditLog" and "Understand audit logs" (cloud.google.com/logging/docs); a long
operation leaves a first entry with the request and a last one without it.
"""

from __future__ import annotations

import random
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

from lab.scenarios.google.organisation import Principal, number
from lab.scenarios.model import Machine, Record

SERVICES = {"compute": "compute.googleapis.com", "iam": "iam.googleapis.com",
            "logging": "logging.googleapis.com",
            "resourcemanager": "cloudresourcemanager.googleapis.com"}


class AuditLog:
    """Makes entries; the same seed makes the same ids in the same order."""

    def __init__(self, seed: int, name: str):
        self.random = random.Random(f"{name}/{seed}")

    def id(self, prefix: str) -> str:
        return f"{prefix}-{self.random.getrandbits(20):05x}"

    def call(
        self, at: float, who: Principal, project: str, method: str, name: str, *,
        kind: str, labels: dict[str, str], location: str, request: dict[str, Any] | None = None,
        response: dict[str, Any] | None = None, service: str = "compute", permission: str = "",
        seconds: float = 0, error: tuple[int, str] = (0, ""), step: str = "",
        machines: tuple[Machine, ...] = (), ended: tuple[str, ...] = (),
        granted: bool = True, late_error: tuple[int, str] = (0, ""), whole: bool = False,
    ) -> list[Record]:
        """The entries of one call: one, or with `seconds` the first and the last of an operation.

        `name` is its resourceName, `kind` and `labels` the monitored resource. `error` is
        google.rpc.Status (code, message) of a call that is refused at once; `late_error` of an
        operation that fails on the way. `whole` gives the one entry that is the first and the last
        of an operation which another call began: its request is empty.
        """
        operation = (f"operation-{int(at * 1000)}-{self.random.getrandbits(48):012x}"
                     f"-{self.random.getrandbits(32):08x}")
        body: dict[str, Any] = {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "authenticationInfo": who.authentication(),
            "requestMetadata": {
                **({"callerIp": who.address} if who.address else {}),
                "callerSuppliedUserAgent": who.agent,
                "requestAttributes": {"time": _iso(at), "auth": {}}, "destinationAttributes": {}},
            "serviceName": SERVICES[service], "methodName": method, "resourceName": name}
        if location:
            body["resourceLocation"] = {"currentLocations": [location]}
        first = dict(body)
        producer = {"id": operation, "producer": SERVICES[service]}
        if whole:
            first["request"] = {"@type": f"type.googleapis.com/{method.partition('.')[2]}"}
            return [self._record(at, project, location, first, kind, labels, step,
                                 {**producer, "first": True, "last": True}, machines, ended)]
        if permission:
            first["authorizationInfo"] = [{
                "permission": permission, "granted": granted and error[0] != 7, "resource": name,
                "resourceAttributes": {"service": service, "name": name,
                                       "type": permission.rpartition(".")[0]
                                       if kind == "audited_resource" else
                                       f"{service}.{kind.removeprefix('gce_')}s"}}]
        if request is not None:
            first["request"] = request
        if error[0]:
            first["status"] = {"code": error[0], "message": error[1]}
            first["response"] = {
                "@type": "type.googleapis.com/error",
                "error": {"code": {7: 403, 8: 429, 5: 404}.get(error[0], 400),
                          "message": error[1]}}
            return [self._record(at, project, location, first, kind, labels, step, {})]
        if response is not None:
            first["response"] = response
        if not seconds:
            return [self._record(at, project, location, first, kind, labels, step, {}, machines,
                                 ended)]
        first.setdefault("response", {
            "@type": "type.googleapis.com/operation", "id": number(operation), "name": operation,
            "operationType": method.rpartition(".")[2], "status": "RUNNING", "progress": "0",
            "targetLink": f"https://www.googleapis.com/compute/v1/{name}",
            "user": who.email, "zone":
            f"https://www.googleapis.com/compute/v1/projects/{project}/zones/{location}"})
        last = dict(body)
        if late_error[0]:
            last["status"] = {"code": late_error[0], "message": late_error[1]}
            machines, ended = (), ()
        else:
            last["status"] = {}
        return [
            self._record(at, project, location, first, kind, labels, step,
                         {**producer, "first": True}),
            self._record(at + seconds, project, location, last, kind, labels, step,
                         {**producer, "last": True}, machines, ended)]

    def _record(self, at: float, project: str, location: str, body: dict[str, Any], kind: str,
                labels: dict[str, str], step: str, operation: dict[str, Any],
                machines: tuple[Machine, ...] = (), ended: tuple[str, ...] = ()) -> Record:
        failed = bool(body.get("status", {}).get("code"))
        entry = {
            "protoPayload": body,
            "insertId": f"{self.random.getrandbits(48):x}",
            "resource": {"type": kind, "labels": {"project_id": project, **labels}},
            "timestamp": _iso(at), "severity": "ERROR" if failed else "NOTICE",
            "logName": log_name(project), "receiveTimestamp": _iso(at + 1.4)}
        if operation:
            entry["operation"] = operation
        region = location.rpartition("-")[0] if location.count("-") > 1 else location
        return Record(at, project, region or "global", entry, step, "log_entry", machines, ended)


def log_name(project: str, log: str = "cloudaudit.googleapis.com/activity") -> str:
    return f"projects/{project}/logs/{quote(log, safe='')}"


def _iso(at: float) -> str:
    moment = datetime.fromtimestamp(round(at, 3), timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
