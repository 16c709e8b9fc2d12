"""Every az and gcloud command of the runbook, filled, is one that the vendor's reference has."""

from __future__ import annotations

import re

import pytest
from ciw_triage import runbook
from ciw_triage.check import shipped

from tests.triage import cli

LINES = [line for line in shipped("ciw_runbook") if line["cloud"] != "aws"]
IN_GROUP = "/subscriptions/1a2b/resourcegroups/rg-1/providers"
MACHINE = IN_GROUP + "/microsoft.compute/virtualmachines/vm-1"
MEMBER = IN_GROUP + "/microsoft.compute/virtualmachinescalesets/set-1/virtualmachines/3"
ASSIGNED = IN_GROUP + "/microsoft.managedidentity/userassignedidentities/id-1"
INSTANCE = "projects/p-1/zones/europe-west1-b/instances/vm-1"
LEDGER = {
    "azure": [
        {"object_id": MACHINE, "vendor_region": "westeurope",
         "alias": [IN_GROUP + "/microsoft.network/networkinterfaces/nic-1", "00AA"],
         "groups": IN_GROUP + "/microsoft.network/networksecuritygroups/nsg-1",
         "identity": ["6f1c0f9e-7a77-4b0e-9c41-0123456789ab", ASSIGNED]},
        {"object_id": MEMBER, "vendor_region": "westeurope", "identity": ASSIGNED},
    ],
    "gcp": [
        {"object_id": "1234567890123456789", "vendor_account": "p-1", "alias": [INSTANCE],
         "vendor_region": "europe-west1", "network": "projects/host-1/global/networks/n-1",
         "identity": "run@p-1.iam.gserviceaccount.com",
         "parent_id": ["projects/p-1/regions/europe-west1/instanceGroupManagers/mig-1"]},
    ],
}  # fmt: skip
USERS = {
    "azure": ("ann@example.com", "6f1c0f9e-7a77-4b0e-9c41-0123456789ac"),
    "gcp": ("ann@example.com", "ci@p-2.iam.gserviceaccount.com"),
}
# What no ledger knows: a command of the same step prints it, or whoever runs it chooses it.
PRINTED = {"<disk>", "<disk-number>", "<key>", "<role-held>"}


class Rows:
    """The ledger, as the runbook reads it."""

    def __init__(self, rows):
        self.rows = rows

    def find_of(self, _collection, field, values, _more):
        return [row for row in self.rows if row[field] in values]


def filled(cloud, user, rows, **case):
    """The steps for a case with these rows of the ledger."""
    ids = [row["object_id"] for row in rows]
    known = {"case_id": f"{7:016x}", "cloud": cloud, "user": user, "object_id": ids} | case
    return runbook.read(known, Rows(rows), 1_700_000_000)["steps"]


EVERYTHING = {
    (cloud, user): filled(cloud, user, LEDGER[cloud], vendor_account="p-1")
    for cloud, users in USERS.items()
    for user in users
}


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line['cloud']}-{line['step']}")
def test_each_command_and_undo_is_one_of_the_reference(line):
    found = [
        step
        for (cloud, _user), steps in EVERYTHING.items()
        for step in steps
        if (cloud, step["id"]) == (line["cloud"], line["step"])
    ]
    assert found, "no case of this test reaches the step"
    for command in [one for step in found for one in step["commands"] + step["undo"]]:
        assert cli.problems(command) == []
        unknown = set(cli.UNKNOWN.findall(command))
        assert unknown <= PRINTED and "{" not in cli.UNKNOWN.sub("", command.split(" --query ")[0])
    names = {f"<{name.replace('_', '-')}>": told for name, told in runbook.UNKNOWN.items()}
    for step in found:
        unknown = set(cli.UNKNOWN.findall(" ".join(step["commands"] + step["undo"])))
        assert {names[one] for one in unknown} == set(step["missing"])


@pytest.mark.parametrize("cloud", sorted(USERS))
def test_commands_of_which_nothing_is_known_keep_their_form(cloud):
    for user in ("", *USERS[cloud]):
        for step in filled(cloud, user, []):
            for command in step["commands"] + step["undo"]:
                assert cli.problems(command) == []


INLINE = re.compile(r"\b(az|gcloud)((?: [a-z][a-z-]*)+)((?: (?:--[a-z-]+)(?:=\S+)?)+)")


def test_commands_that_the_texts_name_are_of_the_reference():
    told = 0
    for line in LINES:
        for program, words, options in INLINE.findall(line["why"] + " " + line["risk"]):
            path = program + words
            assert path in cli.REFERENCE, line["step"]
            for option in re.findall(r"--[a-z-]+", options):
                assert cli.kind_of(path, option), f"{line['step']}: {path} {option}"
                told += 1
    assert told >= 4


def test_the_reference_holds_what_is_used_and_names_its_pages():
    texts = " ".join(" ".join(line.values()) for line in LINES)
    for name, entry in cli.REFERENCE.items():
        assert entry["page"].startswith(
            ("https://learn.microsoft.com/en-us/cli/azure/", "https://cloud.google.com/sdk/gcloud/")
        )
        assert name in texts, f"{name} is not used"


VM = f"--ids {MACHINE}"
KEYS = "gcloud iam service-accounts keys disable 1a2b"
WRONG = {
    f"az vm deallocat {VM}": "no such command",
    f"az vm deallocate {VM} --quiet": "no option --quiet",
    "az vm deallocate --subscription s --name vm-1": "needs",
    "az vm deallocate --ids vm-1": "has not the form",
    "az vm deallocate --ids": "takes several",
    f"az vm deallocate vm-1 {VM}": "words without an option",
    "az network nsg delete --resource-group rg-1 --name nsg-1": "names no subscription",
    "az lock create --name n --lock-type Delete --resource " + MACHINE: "cannot be Delete",
    f"{KEYS} --iam-account=ci@p-2.iam.gserviceaccount.com": "names no project",
    f"{KEYS} --project=p-2": "needs",
    "gcloud compute instances stop vm-1 --zone=europe-west1-b --project=123456789012": "form",
    "gcloud compute instances stop vm-1 --project=p-1": "names no zone",
    "gcloud compute instances stop --zone=europe-west1-b --project=p-1": "without an option",
    "gcloud compute instances stop vm-1 --no-zone --zone=europe-west1-b --project=p-1": "--no-zone",
    "gcloud compute instances stop vm-1 --zone= --project=p-1": "takes one",
    "gcloud compute firewall-rules create r --action=DENY --project=p-1": "needs",
}


@pytest.mark.parametrize("line", WRONG)
def test_what_the_programs_refuse_is_found(line):
    assert any(WRONG[line] in one for one in cli.problems(line)), cli.problems(line)
