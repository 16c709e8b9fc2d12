"""What exists in Google Cloud's projects at a moment, as Cloud Asset Inventory lists it.

"Supported asset types" and "Resource" (cloud.google.com/asset-inventory).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from lab.scenarios.google import organisation as org
from lab.scenarios.model import Machine

EDITOR = "roles/compute.instanceAdmin.v1"
_API = "https://www.googleapis.com/compute/v1/"


def assets(found: Iterable[Machine], at: float) -> dict[str, list[dict[str, Any]]]:
    """Scope → assets, at that time (epoch seconds)."""
    scope = f"organizations/{org.ORGANISATION}"
    made = [_project(project) for project in org.PROJECTS]
    subnets: set[tuple[str, str]] = set()
    for machine in found:
        if machine.start <= at < machine.until:
            made.append(_instance(machine))
            subnets.add((machine.account, machine.region))
    for project, region in sorted(subnets):
        path = f"projects/{project}/regions/{region}/subnetworks/default"
        made.append(_asset(path, "compute.googleapis.com/Subnetwork", project, region, {
            "id": org.number(path), "name": "default", "ipCidrRange": "10.128.0.0/9",
            "enableFlowLogs": project != org.SANDBOX}))
    for project in org.PROJECTS:
        made.append({
            "name": f"//logging.googleapis.com/projects/{org.PROJECTS[project]}/sinks/audit-archive",
            "assetType": "logging.googleapis.com/LogSink", "ancestors": _ancestors(project),
            "resource": {"version": "v2", "data": {
                "name": "audit-archive", "disabled": False, "filter": "",
                "destination": f"pubsub.googleapis.com/projects/{org.PRODUCTION}/topics/audit"}}})
    return {scope: made}


def roles() -> dict[str, list[str]]:
    """Role → the permissions it holds, of those that policies here give."""
    return {EDITOR: ["compute.instances.create", "compute.instances.delete"],
            "roles/viewer": ["compute.instances.get"]}


def _project(project: str) -> dict[str, Any]:
    name = f"//cloudresourcemanager.googleapis.com/projects/{org.PROJECTS[project]}"
    deploy = org.deploy(project).email
    return {
        "name": name, "assetType": "cloudresourcemanager.googleapis.com/Project",
        "ancestors": _ancestors(project),
        "resource": {"version": "v3", "location": "global", "data": {
            "projectId": project, "name": f"projects/{org.PROJECTS[project]}",
            "state": "ACTIVE"}},
        "iamPolicy": {"bindings": [
            {"role": EDITOR, "members": [f"serviceAccount:{deploy}",
                                         "user:user-0141@example.com"]},
            {"role": "roles/viewer", "members": ["group:engineers@example.com"]}]}}


def _instance(machine: Machine) -> dict[str, Any]:
    place = f"projects/{machine.account}/zones/{machine.zone}"
    return _asset(
        f"{place}/instances/{machine.name}", "compute.googleapis.com/Instance", machine.account,
        machine.zone, {
            "id": machine.id, "name": machine.name, "status": "RUNNING",
            "machineType": f"{_API}{place}/machineTypes/{machine.kind}",
            "zone": f"{_API}{place}", "creationTimestamp": _iso(machine.start),
            "labels": dict(machine.tags),
            "disks": [{"boot": True, "source": f"{_API}{place}/disks/{machine.name}"}],
            "networkInterfaces": [{
                "name": machine.interface, "networkIP": machine.address,
                "network": f"{_API}projects/{machine.account}/global/networks/default"}]})


def _asset(path: str, kind: str, project: str, location: str,
           data: dict[str, Any]) -> dict[str, Any]:
    return {"name": "//compute.googleapis.com/" + path, "assetType": kind,
            "ancestors": _ancestors(project),
            "resource": {"version": "v1", "location": location, "data": data}}


def _ancestors(project: str) -> list[str]:
    return [f"projects/{org.PROJECTS[project]}", f"organizations/{org.ORGANISATION}"]


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000-00:00", time.gmtime(at))
