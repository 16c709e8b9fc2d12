"""Google's polling inputs in special cases, and Google's own client against the same stand-ins."""

from __future__ import annotations

import json
import time
from collections import Counter

import google.auth.credentials
import pytest
from google.api_core.client_options import ClientOptions
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from lab.clouds.google_assets import Assets
from lab.clouds.google_logging import Logging, log_name
from lab.clouds.google_monitoring import Monitoring, Sample
from lab.clouds.google_pubsub import PubSub
from tests.sources.runner import configuration, run

PROJECT = "example-project"
SCOPE = "organizations/123456789012"
SLICE = 1_795_000_000 // 900 * 900
CPU = "compute.googleapis.com/instance/cpu/utilization"


class Token(google.auth.credentials.Credentials):
    def __init__(self, token: str):
        super().__init__()
        self.token = token

    def refresh(self, request):
        """The stand-in's tokens last for an hour."""


def client(stand_in, api: str, version: str):
    """Google's discovery-based client, of the documents that come with it."""
    return build(
        api, version, credentials=Token(stand_in.give()), static_discovery=True,
        client_options=ClientOptions(api_endpoint=stand_in.url),
    )


def started(stand_in, scheme: str, directory, **stanza):
    stanza = {"checkpoint": "file", "index": "main", "log_level": "DEBUG", **stanza}
    return run(configuration(directory, stanza, scheme=scheme), stand_in.environment)


def audit_entry(resource: str, number: int, moment: float, log: str = "activity") -> dict:
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
    return {
        "logName": log_name(resource, log), "insertId": f"i{number}",
        "timestamp": f"{text}.{number:09d}Z", "protoPayload": {"methodName": "x"},
    }


# Google's own client, once for each stand-in.


def test_googles_client_reads_entries_page_by_page():
    with Logging() as stand_in:
        stand_in.page_size = 2
        resource = "projects/" + PROJECT
        stand_in.entries[resource] = [
            audit_entry(resource, n, stand_in.clock() - 60) for n in range(5)
        ]
        entries = client(stand_in, "logging", "v2").entries()
        body = {
            "resourceNames": [resource], "orderBy": "timestamp asc",
            "filter": '(log_id("cloudaudit.googleapis.com/activity")) AND '
            'timestamp>="2020-01-01T00:00:00Z" AND timestamp<"2100-01-01T00:00:00Z"',
        }
        found, sizes = [], []
        request = entries.list(body=body)
        while request is not None:
            answer = request.execute()
            found += [entry["insertId"] for entry in answer.get("entries", [])]
            sizes.append(len(answer.get("entries", [])))
            request = None
            if "nextPageToken" in answer:
                request = entries.list(body={**body, "pageToken": answer["nextPageToken"]})
        assert found == ["i0", "i1", "i2", "i3", "i4"] and sizes == [2, 2, 1]
        with pytest.raises(HttpError, match="400"):
            entries.list(body={**body, "filter": "logName:activity"}).execute()


def test_googles_client_pulls_and_acknowledges():
    with PubSub() as stand_in:
        name = f"projects/{PROJECT}/subscriptions/audit"
        stand_in.subscription(name)
        stand_in.publish(name, b"text")
        subscriptions = client(stand_in, "pubsub", "v1").projects().subscriptions()
        answer = subscriptions.pull(subscription=name, body={"maxMessages": 9}).execute()
        ids = [each["ackId"] for each in answer["receivedMessages"]]
        subscriptions.acknowledge(subscription=name, body={"ackIds": ids}).execute()
        assert len(ids) == 1 and not stand_in.subscription(name).messages


def test_googles_client_lists_series_assets_and_roles():
    with Monitoring() as stand_in:
        end = stand_in.clock() // 300 * 300 - 600
        labels = {"project_id": PROJECT, "zone": "us-central1-b", "instance_id": "7"}
        stand_in.samples[PROJECT] = [
            Sample(CPU, end - 120, 0.25, labels), Sample(CPU, end - 60, 0.75, labels),
        ]
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))
        request = client(stand_in, "monitoring", "v3").projects().timeSeries().list(
            name="projects/" + PROJECT,
            filter=f'metric.type = "{CPU}" AND resource.type = "gce_instance"',
            interval_startTime=text.replace(text[:4], "2020", 1), interval_endTime=text,
            aggregation_alignmentPeriod="300s", aggregation_perSeriesAligner="ALIGN_MEAN",
            aggregation_crossSeriesReducer="REDUCE_MEAN",
            aggregation_groupByFields=["resource.labels.instance_id"],
        )
        (series,) = request.execute()["timeSeries"]
        assert series["points"][0]["value"] == {"doubleValue": 0.5}
    with Assets() as stand_in:
        stand_in.assets[SCOPE] = inventory()
        stand_in.roles["roles/compute.admin"] = ["compute.instances.create"]
        assets = client(stand_in, "cloudasset", "v1").assets()
        answer = assets.list(
            parent=SCOPE, contentType="IAM_POLICY",
            assetTypes=["cloudresourcemanager.googleapis.com/.*"],
        ).execute()
        assert len(answer["assets"]) == 2
        role = client(stand_in, "iam", "v1").roles().get(name="roles/compute.admin").execute()
        assert role["includedPermissions"] == ["compute.instances.create"]


# Cloud Logging.


def test_an_empty_page_is_not_the_end_and_late_entries_come_once(tmp_path):
    ahead = [0.0]
    with Logging(lambda: time.time() + ahead[0]) as stand_in:
        resource = "organizations/123456789012"
        now = stand_in.clock()
        late = audit_entry(resource, 3, now - 600, "policy")
        late["receiveTimestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + 300))
        stand_in.entries[resource] = [
            audit_entry(resource, 1, now - 700), audit_entry(resource, 2, now - 700, "data_access"),
            late,
        ]
        stand_in.empty_pages = 2
        stanza = {"mode": "entries", "resources": resource, "logs": "activity, policy"}
        first = started(stand_in, "gcp_audit", tmp_path, **stanza)
        assert [e.values["sourcetype"] for e in first.events] == \
            ["google:gcp:pubsub:audit:admin_activity"], first.log
        ahead[0] = 400
        again = started(stand_in, "gcp_audit", tmp_path, **stanza)
        assert [e.values["sourcetype"] for e in again.events] == \
            ["google:gcp:pubsub:audit:policy_denied"]


def test_a_resource_without_permission_costs_itself_alone(tmp_path):
    with Logging() as stand_in:
        resource = "projects/" + PROJECT
        stand_in.entries[resource] = [audit_entry(resource, 1, stand_in.clock() - 60)]
        stand_in.fault("status", path="/v2/entries:list", status=403, times=1)
        stanza = {"mode": "entries", "resources": f"folders/1, {resource}", "backfill_days": "1"}
        outcome = started(stand_in, "gcp_audit", tmp_path, **stanza)
        assert len(outcome.events) == 1
        assert "event=shard_failed" in outcome.log and "folders/1" in outcome.log


@pytest.mark.parametrize(
    ("stanza", "said"),
    [
        ({}, "argument subscription is required"),
        ({"mode": "entries"}, "argument resources is required"),
        ({"mode": "entries", "resources": "organisations/1"}, "argument resources"),
        ({"mode": "entries", "resources": "folders/1", "logs": "all"}, "argument logs"),
        ({"subscription": "audit"}, "argument subscription"),
    ],
)
def test_a_way_in_needs_its_arguments(tmp_path, stanza, said):
    with PubSub() as stand_in:
        outcome = started(stand_in, "gcp_audit", tmp_path, **stanza)
    assert outcome.status == 1 and said in outcome.log


# Cloud Monitoring.


def test_points_are_sent_when_their_period_is_closed_and_visible(tmp_path):
    """The service's clock decides; disks are added up, fractions become percents."""
    clock = [SLICE + 660.0]
    with Monitoring(lambda: clock[0]) as stand_in:
        begin = SLICE + 300
        labels = {"project_id": "other-project", "zone": "us-central1-b", "instance_id": "7"}
        read = "compute.googleapis.com/instance/disk/read_bytes_count"
        stand_in.samples[PROJECT] = [
            *(Sample(CPU, begin + 60 * n, 0.1 * n, labels) for n in range(1, 6)),
            Sample(read, begin + 60, 100, labels, {"device_name": "a"}),
            Sample(read, begin + 120, 11, labels, {"device_name": "b"}),
        ]
        stanza = {"projects": PROJECT, "backfill_days": "0"}
        assert started(stand_in, "gcp_metrics", tmp_path, **stanza).events == []
        clock[0] = SLICE + 840
        outcome = started(stand_in, "gcp_metrics", tmp_path, **stanza)
        common = {
            "time": int(begin), "cloud": "gcp", "vendor_account": "other-project",
            "vendor_region": "us-central1", "object_id": "7", "instance_type": "n2-standard-4",
        }
        assert [json.loads(text) for text in outcome.of("ciw:metrics")] == [
            {**common, "cloud.instance.cpu.percent": 30.0},
            {**common, "cloud.instance.disk.read.bytes": 111},
        ], outcome.log
        clock[0] += 300
        assert started(stand_in, "gcp_metrics", tmp_path, **stanza).events == []


def test_a_project_that_is_refused_costs_itself_alone(tmp_path):
    """400 to a question about the local clock's time still tells the service's."""
    with Monitoring(lambda: SLICE + 880.0) as stand_in:
        labels = {"project_id": PROJECT, "zone": "us-central1-b", "instance_id": "7"}
        stand_in.samples[PROJECT] = [Sample(CPU, SLICE + 360, 0.5, labels)]
        stand_in.fault("status", path="/v3/projects/other-project/timeSeries", status=403)
        stand_in.fault("status", path=f"/v3/projects/{PROJECT}/timeSeries", status=400)
        projects = f"other-project, {PROJECT}"
        outcome = started(stand_in, "gcp_metrics", tmp_path, projects=projects, backfill_days="0")
        assert len(outcome.of("ciw:metrics")) == 1, outcome.log
        assert outcome.counts["failed"] == 1 and "other-project" in outcome.log


def test_what_a_region_did_not_answer_is_asked_for_again(tmp_path):
    with Monitoring(lambda: SLICE + 880.0) as stand_in:
        labels = {"project_id": PROJECT, "zone": "us-central1-b", "instance_id": "7"}
        stand_in.samples[PROJECT] = [Sample(CPU, SLICE + 360, 0.5, labels)]
        # The first answer tells the time alone.
        stand_in.unreachable = ["us-east1", "us-east1"]
        outcome = started(stand_in, "gcp_metrics", tmp_path, projects=PROJECT, backfill_days="0")
        assert outcome.status == 0 and len(outcome.of("ciw:metrics")) == 1
        assert any("event=retry" in line and "us-east1" in line
                   for line in outcome.log.splitlines())


# Cloud Asset.


def asset(kind: str, name: str, **more) -> dict:
    return {"name": name, "assetType": kind, **more}


def inventory() -> list[dict]:
    instance = "//compute.googleapis.com/projects/p/zones/europe-west3-a/instances/example-1"
    manager = "//cloudresourcemanager.googleapis.com/"
    condition = {"expression": 'request.time < timestamp("2026-06-01T00:00:00Z")', "title": "t"}
    return [
        asset("compute.googleapis.com/Instance", instance, resource={
            "location": "europe-west3-a", "data": {"id": "1000000000000000001"}}),
        asset("compute.googleapis.com/Subnetwork",
              "//compute.googleapis.com/projects/p/regions/europe-west3/subnetworks/default",
              resource={"location": "europe-west3", "data": {"enableFlowLogs": False}}),
        asset("compute.googleapis.com/Snapshot",
              "//compute.googleapis.com/projects/p/global/snapshots/s",
              iamPolicy={"bindings": [
                  {"role": "roles/compute.storageAdmin", "members": ["allUsers"]}]}),
        asset("cloudresourcemanager.googleapis.com/Project", manager + "projects/123",
              iamPolicy={"bindings": [
                  {"role": "roles/compute.admin", "members": [
                      "user:operator@example.com", "deleted:user:gone@example.com?uid=1"]},
                  {"role": "roles/viewer", "members": ["group:all@example.com"]},
                  {"role": "projects/p/roles/hidden", "members": ["user:other@example.com"]}]}),
        asset("cloudresourcemanager.googleapis.com/Organization", manager + SCOPE,
              iamPolicy={"bindings": [
                  {"role": "roles/compute.admin", "members": ["group:ops@example.com"],
                   "condition": condition}]}),
        asset("storage.googleapis.com/Bucket", "//storage.googleapis.com/b", resource={}),
    ]


@pytest.fixture
def assets():
    with Assets() as stand_in:
        stand_in.assets[SCOPE] = inventory()
        stand_in.roles = {
            "roles/compute.admin": ["compute.instances.create", "compute.instances.delete"],
            "roles/viewer": ["compute.instances.get"],
        }
        yield stand_in


def test_a_snapshot_with_who_may_create_instances(assets, tmp_path):
    outcome = started(assets, "gcp_inventory", tmp_path, scopes=SCOPE)
    events = [json.loads(text) for text in outcome.of("ciw:gcp:inventory")]
    assert Counter(event["resource_type"] for event in events) == {
        "compute.googleapis.com/Instance": 1, "compute.googleapis.com/Subnetwork": 1,
        "iam_policy": 3, "instance_creator": 3,
    }, outcome.log
    assert events[0]["object_id"] == "1000000000000000001"
    assert events[0]["resource_name"] == "projects/p/zones/europe-west3-a/instances/example-1"
    assert (events[0]["vendor_account"], events[0]["vendor_region"]) == ("p", "europe-west3")
    assert events[0]["resource"] == inventory()[0]
    creators = {
        event["user"]: (event["role_name"], event["certainty"], event["role_readable"])
        for event in events if event["resource_type"] == "instance_creator"
    }
    assert creators == {
        "operator@example.com": ("roles/compute.admin", "yes", True),
        "other@example.com": ("projects/p/roles/hidden", "unknown", False),
        "ops@example.com": ("roles/compute.admin", "unknown", True),
    }
    (end,) = [json.loads(text) for text in outcome.of("ciw:snapshot")]
    assert end["complete"] is True and end["inherited_policies"] == "listed"
    assert end["counts"] == {
        "compute.googleapis.com/Instance": 1, "compute.googleapis.com/Subnetwork": 1,
        "iam_policy": 3, "instance_creator": 3,
    }
    assert {event["snapshot_id"] for event in events} == {end["snapshot_id"]}
    assert outcome.counts["filtered"] == 2, "a role that does not allow it, a deleted principal"
    assert started(assets, "gcp_inventory", tmp_path, scopes=SCOPE).events == []


def test_a_part_that_is_refused_makes_the_snapshot_incomplete(assets, tmp_path):
    """No permission on policies: the resources come, and the marker says what is missing."""
    list_assets = assets.methods["cloudasset.assets.list"]

    def without_policies(parameters, body):
        if parameters.get("contentType") == "IAM_POLICY":
            return assets.error(403, "PERMISSION_DENIED", "cloudasset.assets.listIamPolicy")
        return list_assets(parameters, body)

    assets.methods["cloudasset.assets.list"] = without_policies
    outcome = started(assets, "gcp_inventory", tmp_path, scopes=SCOPE)
    (end,) = [json.loads(text) for text in outcome.of("ciw:snapshot")]
    assert end["complete"] is False
    assert [part["part"] for part in end["failed"]] == \
        [f"{SCOPE}/IAM_POLICY", f"{SCOPE}/instance_creator"]
    assert "listIamPolicy" in end["failed"][0]["reason"]
    assets.methods["cloudasset.assets.list"] = list_assets
    again = started(assets, "gcp_inventory", tmp_path, scopes=SCOPE)
    (end,) = [json.loads(text) for text in again.of("ciw:snapshot")]
    assert end["complete"] is True and end["counts"]["compute.googleapis.com/Instance"] == 1
    kinds = {json.loads(text)["resource_type"] for text in again.of("ciw:gcp:inventory")}
    assert kinds == {"iam_policy", "instance_creator"}, "the resources came in the first run"


def test_a_listing_whose_token_has_expired_begins_anew(assets, tmp_path):
    """A run ended in the middle; the next one comes too late for the page's token."""
    assets.page_size = 1
    assets.assets[SCOPE] = [
        asset("compute.googleapis.com/Disk", f"//compute.googleapis.com/projects/p/zones/z/disks/{n}",
              resource={"location": "z", "data": {"sizeGb": "10"}})
        for n in range(4)
    ]
    # The token of the third page is refused, as one of yesterday would be.
    list_assets, calls = assets.methods["cloudasset.assets.list"], []

    def breaking(parameters, body):
        if parameters.get("contentType") == "RESOURCE":
            calls.append(parameters.get("pageToken"))
            if len(calls) == 3:
                assets.round += 1
        return list_assets(parameters, body)

    assets.methods["cloudasset.assets.list"] = breaking
    outcome = started(assets, "gcp_inventory", tmp_path, scopes=SCOPE)
    names = Counter(json.loads(text)["object_id"] for text in outcome.of("ciw:gcp:inventory"))
    assert len(names) == 4 and "event=listing_restarted" in outcome.log
    (end,) = [json.loads(text) for text in outcome.of("ciw:snapshot")]
    assert end["complete"] is True and end["counts"] == {"compute.googleapis.com/Disk": 4}
