"""lookups/ciw_operations.csv against the provider's own models of its services."""

from __future__ import annotations

import csv
import json
import re

import botocore.session
import pytest

from tests.contract.repository import ROOT, report

PATH = ROOT / "lookups" / "ciw_operations.csv"

# botocore names a service by its package, CloudTrail by its endpoint.
PACKAGES = {"elasticmapreduce": "emr", "servicequotas": "service-quotas"}

# Logged by the service itself and called by nobody, so no API model has them; see
# https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
SERVICE_EVENTS = {"SharedSnapshotCopyInitiated", "SharedSnapshotVolumeCreated"}

ACTIONS = {
    "created",
    "deleted",
    "started",
    "stopped",
    "restarted",
    "modified",
    "attached",
    "detached",
    "shared",
    "unshared",
    "copied",
    "reverted",
    "disabled",
    "read",
}

PATHS = (
    "object_path",
    "object_path_2",
    "parent_path",
    "parent_path_2",
    "parent_path_3",
    "dest_path",
)


def rows() -> list[dict[str, str]]:
    with PATH.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def model():
    session = botocore.session.get_session()
    known: dict[str, object] = {}

    def of(service: str):
        name = service.split(".")[0]
        package = PACKAGES.get(name, name)
        if package not in known:
            known[package] = session.get_service_model(package)
        return known[package]

    return of


def place(row: dict[str, str]) -> str:
    return f"lookups/ciw_operations.csv: {row['service']} {row['command']}"


def test_every_operation_exists_in_the_providers_model(model):
    report(
        [
            f"{place(row)}: botocore's model has no such operation"
            for row in rows()
            if row["cloud"] == "aws"
            and row["command"] not in SERVICE_EVENTS
            and row["command"] not in model(row["service"]).operation_names
        ]
    )


def test_paths_start_at_parameters_that_the_operation_has(model):
    """The first step of a path is a parameter, or the wrapper that newer EC2 operations have."""
    problems = []
    for row in rows():
        if row["cloud"] != "aws" or row["command"] in SERVICE_EVENTS:
            continue
        operation = model(row["service"]).operation_model(row["command"])
        sides = {
            "requestParameters": (operation.input_shape, "Request"),
            "responseElements": (operation.output_shape, "Response"),
        }
        for column in filter(row.get, PATHS):
            side, *steps = row[column].replace("{}", "").split(".")
            shape, suffix = sides[side]
            if steps[0] == row["command"] + suffix:
                steps = steps[1:]
            names = {name.lower() for name in shape.members} | {
                (member.serialization.get("name") or name).lower()
                for name, member in shape.members.items()
            }
            # CloudTrail folds EC2's lists of instances into instancesSet.
            names |= (
                {"instancesset"}
                if names & {"instanceids", "instances", "imageid", "instanceid"}
                else set()
            )
            if steps[0].lower() not in names:
                problems.append(
                    f"{place(row)}: {column} {row[column]}: the operation has no {steps[0]}"
                )
    report(problems)


def test_names_of_azure_are_written_as_they_are_compared():
    """In lower case, the provider's namespace being the service; a path starts in a body."""
    problems = []
    for row in rows():
        if row["cloud"] != "azure" or row["service"] == "entra":
            continue
        if not re.fullmatch(r"microsoft\.[a-z]+(/[a-z]+)+/(write|delete|action)", row["command"]):
            problems.append(f"{place(row)}: no operation of Resource Manager in lower case")
        if row["service"] != row["command"].split("/")[0]:
            problems.append(f"{place(row)}: the namespace is {row['command'].split('/')[0]}")
        if row["command"].endswith("/delete") and row["action"] == "created":
            problems.append(f"{place(row)}: a deletion creates nothing")
    report(problems)


def test_one_row_an_operation_in_order():
    keys = [(row["cloud"], row["service"], row["command"]) for row in rows()]
    report(
        [
            f"lookups/ciw_operations.csv: {' '.join(key)} stands twice"
            for key in sorted({key for key in keys if keys.count(key) > 1})
        ]
    )
    assert keys == sorted(keys), "lookups/ciw_operations.csv is sorted by its first three columns"


def test_values_are_of_the_vocabulary():
    problems = []
    for row in rows():
        if row["action"] not in ACTIONS:
            problems.append(f"{place(row)}: action {row['action']!r} is not in the vocabulary")
        if not row["object_category"]:
            problems.append(f"{place(row)}: no object_category")
        technique = row["mitre_id"]
        if technique and not (technique[0] == "T" and technique[1:].replace(".", "").isdigit()):
            problems.append(f"{place(row)}: mitre_id {technique!r} is no technique")
    report(problems)


# Compute Engine's own: in its system event log, called by nobody ("Compute Engine audit logging").
GOOGLE_SYSTEM_EVENTS = {
    "automaticRestart",
    "guestTerminate",
    "hostError",
    "preempted",
    "terminateOnHostMaintenance",
}
# Those whose methods are named as in their discovery documents; the others log gRPC names.
GOOGLE_REST = ("compute.googleapis.com", "deploymentmanager.googleapis.com")


def google() -> list[dict[str, str]]:
    return [row for row in rows() if row["cloud"] == "gcp"]


def test_operations_of_google_exist_with_the_parameters_that_paths_name():
    known = json.loads((ROOT / "tests/contract/google_methods.json").read_text("utf-8"))["methods"]
    problems = []
    for row in google():
        if row["service"] not in GOOGLE_REST:
            continue
        if row["command"] not in known:
            if row["command"].rpartition(".")[2] not in GOOGLE_SYSTEM_EVENTS:
                problems.append(f"{place(row)}: the discovery document has no such method")
            continue
        for column in filter(row.get, PATHS):
            steps = row[column].replace("{}", "").split(".")
            asked = steps[1:3] if steps[1] == "request" else []
            if asked and asked[1] not in known[row["command"]].split():
                problems.append(f"{place(row)}: {column} {row[column]}: no such parameter")
    report(problems)


def test_names_of_google_are_written_as_they_are_compared():
    """Service, and the last two steps of the method without its version; paths begin where a
    LogEntry has something."""
    problems = []
    for row in google():
        service = row["service"].removesuffix(".googleapis.com")
        if not re.fullmatch(rf"{service}(\.[A-Za-z0-9-]+){{1,2}}", row["command"]):
            problems.append(f"{place(row)}: not {service} and the last steps of a method")
        problems += [
            f"{place(row)}: {column} {row[column]}: begins nowhere in a LogEntry"
            for column in filter(row.get, PATHS)
            if not re.match(
                r"protoPayload\.(resourceName$|request\.|response\.)|resource\.labels\.",
                row[column],
            )
        ]
    report(problems)
