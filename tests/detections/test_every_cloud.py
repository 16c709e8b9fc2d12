"""Signals that only look at the operation log, on a cloud that is not AWS.

One home a cloud: an account with a trusted pipeline, and a night on which a stranger creates what
nobody there does. The samples beside the signals tell the finer cases, mostly of AWS.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.detections import azure_records as azure
from tests.detections import google_records as google
from tests.detections.bench import DAY, Bench
from tests.detections.records import epoch

NIGHT = epoch("2026-03-10T02:10:00")
NOON = NIGHT + 10 * 3600
STRANGER, KNOWN = "stranger@example.com", "seldom@example.com"
MANY = 12
FAR, OFFICE = "203.0.113.9", "192.0.2.10"


@dataclass(frozen=True)
class Cloud:
    """What the account's trusted principals do, and what the stranger does instead."""

    cloud: str
    account: str
    region: str
    type: str
    image: str
    elsewhere: str
    gpu: str
    unknown: str


AZURE = Cloud("azure", azure.SUBSCRIPTION, "westeurope", "Standard_D2s_v5",
              "canonical:ubuntu-24_04-lts:server:latest", "brazilsouth", "Standard_NC24rs_v3",
              "miner:all-in-one:gpu:latest")
GOOGLE = Cloud("gcp", google.PROJECT, "europe-west3", "n2-standard-4",
               "projects/debian-cloud/global/images/debian-12-v1", "asia-southeast1",
               "a2-highgpu-2g", "projects/stranger/global/images/all-in-one")
SIGNALS = ("instance_created_by_new_principal", "instance_created_by_new_account",
           "instance_created_from_unusual_location", "instance_created_in_unapproved_region",
           "instance_created_off_hours", "instance_created_without_change_ref",
           "unusual_instance_type", "unseen_image", "instance_burst")


def of_azure(bench: Bench) -> None:
    body = azure.size(AZURE.gpu, {"publisher": "miner", "offer": "all-in-one", "sku": "gpu",
                                  "version": "latest"}) | {"location": AZURE.elsewhere}
    rows = [row for number in range(MANY) for row in azure.operation(
        "Microsoft.Compute/virtualMachines/write", azure.machine(f"gpu-{number}"), NIGHT + number,
        body, body, "Created", claims=azure.person(STRANGER), address=FAR)]
    rows += azure.launch(NOON, "web-9", code="Created", claims=azure.person(KNOWN), address=OFFICE)
    bench.take_json([azure.directory("Add user", NIGHT - 3 * DAY, [
        {"id": "aaaaaaaa-6c92-4234-8c6d-cf6fdfb57f95", "userPrincipalName": STRANGER}])],
        azure.ENTRA)
    bench.take_json([row.rest() for row in rows], azure.REST)


def of_google(bench: Bench) -> None:
    zone = f"{GOOGLE.elsewhere}-b"
    odd = {"machineType": f"projects/{google.PROJECT}/zones/{zone}/machineTypes/{GOOGLE.gpu}",
           "disks": [{"boot": True, "initializeParams": {"sourceImage": GOOGLE.unknown}}]}
    entries = [google.entry(
        "google.admin.AdminService.createUser", NIGHT - 3 * DAY,
        "organizations/123456789012/userSettings", service="admin", project="",
        parent="organizations/123456789012", metadata={"event": [{"parameter": [
            {"name": "USER_EMAIL", "value": STRANGER}]}]})]
    for number in range(MANY):
        entries += google.launch(NIGHT + number, f"gpu-{number}", odd, zone=zone, who=STRANGER,
                                 address=FAR)
    entries += google.launch(NOON, "web-9", who=KNOWN, address=OFFICE)
    bench.take_json(entries, google.sourcetype())


def trusted(cloud: Cloud) -> list[dict]:
    """The baseline of an old account: its creator makes the usual, from Ireland, at noon."""
    values = {"creator": "instance", "country": "Ireland", "region": cloud.region,
              "type": cloud.type, "image": cloud.image, "hour": "12"}
    days = [str(int(NIGHT // DAY) - 60 + number) for number in range(12)]
    return [{"_key": f"{KNOWN}{dimension}", "cloud": cloud.cloud, "vendor_account": cloud.account,
             "user": KNOWN, "dimension": dimension, "value": value, "state": "trusted",
             "distinct_days": len(days), "days": days, "first_seen": NIGHT - 60 * DAY,
             "last_seen": NIGHT - 48 * DAY, "updated": NIGHT - 48 * DAY}
            for dimension, value in values.items()]


@pytest.fixture(scope="module", params=[(AZURE, of_azure), (GOOGLE, of_google)],
                ids=lambda given: given[0].cloud)
def raised(request, tmp_path_factory, app_root):
    """Signal → its documents, of the cloud at hand."""
    cloud, happen = request.param
    bench = Bench(tmp_path_factory.mktemp(cloud.cloud), app_root)
    bench.put("ciw_baseline_status", [{
        "_key": cloud.account, "cloud": cloud.cloud, "vendor_account": cloud.account,
        "state": "mature", "covered_days": 60, "first_seen": NIGHT - 70 * DAY,
        "last_seen": NIGHT}])
    bench.put("ciw_baseline", trusted(cloud))
    bench.list("ciw_business_hours_effective.csv", [
        [cloud.cloud, cloud.account, "*", "+00:00", "1-5", "08:00", "18:00", "*"]])
    bench.list("ciw_change_requests_effective.csv", [
        ["CHG0001234", cloud.cloud, cloud.account, "*", "*", "shop", "*", "9", "2026-03-01",
         "2026-03-31", "scale out", "platform"]])
    happen(bench)
    bench.collect()
    for signal in (*SIGNALS, "instance_created_by_rare_principal"):
        bench.run(f"ciw_signal_{signal}")
    found: dict[str, list[dict]] = {}
    for document in bench.documents("ciw_signals"):
        found.setdefault(document["signal"], []).append(document)
    return cloud, found


@pytest.mark.parametrize("signal", SIGNALS)
def test_the_stranger_is_seen(raised, signal):
    """The known creator, who does at noon what was always done there, is not."""
    cloud, found = raised
    of_stranger = [document for document in found[signal] if document["user"] == STRANGER]
    [document] = of_stranger
    assert (document["cloud"], document["vendor_account"]) == (cloud.cloud, cloud.account)
    assert cloud.elsewhere in document["vendor_region"]
    others = {document["user"] for document in found[signal]} - {STRANGER}
    # The list of changes holds for everybody.
    assert others == ({KNOWN} if signal == "instance_created_without_change_ref" else set())


def test_what_is_said_of_the_stranger(raised):
    cloud, found = raised
    reasons = {signal: [document["reason"] for document in documents
                        if document["user"] == STRANGER]
               for signal, documents in found.items()}
    told = {"instance_created_from_unusual_location": "Singapore",
            "instance_created_in_unapproved_region": cloud.elsewhere,
            "unusual_instance_type": f"{cloud.gpu} (", "unseen_image": cloud.unknown,
            "instance_burst": f"obtained {MANY} instance(s)",
            "instance_created_by_new_account": "was created by"}
    assert not {signal: reasons[signal] for signal, words in told.items()
                if words not in reasons[signal][0]}


def test_a_creator_after_two_months(raised):
    _, found = raised
    assert [document["user"] for document in found["instance_created_by_rare_principal"]] == [KNOWN]
