"""The runbook: real commands, each value of a log one word of the shell, nothing made up."""

from __future__ import annotations

import json
import re
import shlex
import subprocess

import botocore.session
import pytest
from botocore import xform_name
from ciw_triage import runbook
from ciw_triage.check import shipped

from tests.triage.splunkd import NOW, case

ID = f"{1:016x}"
LINES = shipped("ciw_runbook")
PHASES = ("isolate", "credentials", "preserve", "stop", "terminate")
VM = ("/subscriptions/sub-1/resourcegroups/rg-1/providers/microsoft.compute/virtualmachines/vm-1")
MEMBER = ("/subscriptions/sub-1/resourcegroups/rg-1/providers/microsoft.compute/"
          "virtualmachinescalesets/set-1/virtualmachines/3")
NIC = "/subscriptions/sub-1/resourcegroups/rg-1/providers/microsoft.network/networkinterfaces/nic-1"
GOOGLE = "projects/p-1/zones/europe-west1-b/instances/vm-1"
ROLE = "arn:aws:iam::111122223333:role/ci/deploy"
CASES = {
    "aws": (
        {"user": ROLE, "object_id": ["i-1", "i-2", "vol-1"]},
        [
            {"object_id": "i-1", "vendor_region": "eu-west-1", "network": "vpc-1",
             "groups": ["sg-1", "sg-2"], "identity": "arn:aws:iam::1:instance-profile/web"},
            {"object_id": "i-2", "vendor_region": "eu-north-1", "groups": "none",
             "parent_id": ["ami-1", "workers"]},
        ],
    ),
    "azure": (
        {"user": "ann@example.com", "object_id": [VM, MEMBER]},
        [
            {"object_id": VM, "vendor_region": "westeurope", "alias": [NIC, "00AA"],
             "groups": "/g/nsg-1"},
            {"object_id": MEMBER, "vendor_region": "westeurope"},
        ],
    ),
    "gcp": (
        {"user": "ci@p-2.iam.gserviceaccount.com", "object_id": ["1234567890123456789"],
         "vendor_account": "p-1"},
        [
            {"object_id": "1234567890123456789", "vendor_account": "p-1", "alias": [GOOGLE],
             "vendor_region": "europe-west1", "network": "projects/host-1/global/networks/n-1",
             "parent_id": ["projects/p-1/regions/europe-west1/instanceGroupManagers/mig-1"]},
        ],
    ),
}  # fmt: skip


def read(splunkd, cloud, known=None, ledger=None):
    own, rows = CASES[cloud]
    splunkd.add("ciw_cases", case(1, **{"cloud": cloud} | own | (known or {})))
    for number, row in enumerate(rows if ledger is None else ledger):
        splunkd.add("ciw_instances", {"cloud": cloud, "_key": str(number)} | row)
    status, reply = splunkd.ask("vera", "GET", "runbook", [("case_id", ID)])
    assert status == 200
    return reply


def steps(reply):
    return {step["id"]: step for step in reply["steps"]}


def words(reply):
    return [
        shlex.split(line) for step in reply["steps"] for line in step["commands"] + step["undo"]
    ]


def test_every_step_is_told_whole_and_in_order():
    ids = [(line["cloud"], line["step"]) for line in LINES]
    assert len(ids) == len(set(ids))
    for line in LINES:
        assert line["phase"] in PHASES
        for told in ("title", "why", "risk", "command"):
            assert line[told], line["step"]
        if not line["undo"] and line["step"] not in ("check_root_key", "sign_in"):
            assert "no undo" in line["risk"], line["step"]
    for cloud in ("aws", "azure", "gcp"):
        phases = [line["phase"] for line in LINES if line["cloud"] == cloud]
        assert list(dict.fromkeys(phases)) == list(PHASES)
    for name in re.findall(r"\{([a-z_]+)\}", " ".join(x["command"] + x["undo"] for x in LINES)):
        made = ("case", "revoke_policy", "deny_policy")
        assert name in runbook.UNKNOWN or name in made
    # UNKNOWN calls it the subscription.
    assert {x["cloud"] for x in LINES if "{account}" in x["command"] + x["undo"]} == {"azure"}


def test_aws_options_are_those_of_the_cli():
    """The AWS CLI makes its options of botocore's models; a flag has a form with no-."""
    session = botocore.session.get_session()
    known_globals = {"--region", "--query", "--output"}
    for line in LINES:
        if line["cloud"] != "aws":
            continue
        for command in (line["command"] + "\n" + line["undo"]).split("\n"):
            if not command:
                continue
            program, service, operation, *rest = shlex.split(command)
            assert program == "aws"
            model = session.get_service_model(service)
            found = {xform_name(name, "-"): name for name in model.operation_names}
            shape = model.operation_model(found[operation]).input_shape
            members = {"--" + xform_name(name, "-") for name in shape.members} if shape else set()
            needed = {"--" + xform_name(n, "-") for n in shape.required_members} if shape else set()
            given = {word for word in rest if word.startswith("--")}
            positive = {word.replace("--no-", "--", 1) for word in given} - known_globals
            assert positive <= members, command
            assert needed <= positive, command
            assert ("--region" in given) == (service not in ("iam", "sts")), command


def test_aws_commands_that_the_texts_name_are_those_of_the_cli():
    session = botocore.session.get_session()
    inline = re.compile(r"aws (ec2|autoscaling|iam) ([a-z-]+)((?: --[a-z-]+)+)")
    texts = " ".join(line["why"] + " " + line["risk"] for line in LINES)
    assert len(inline.findall(texts)) == texts.count("aws ")
    for service, operation, options in inline.findall(texts):
        model = session.get_service_model(service)
        found = {xform_name(name, "-"): name for name in model.operation_names}
        members = model.operation_model(found[operation]).input_shape.members
        flags = {"--" + xform_name(name, "-") for name in members}
        assert {flag.replace("--no-", "--", 1) for flag in options.split()} <= flags


def test_the_account_to_sign_in_to_is_told(splunkd):
    told = steps(read(splunkd, "aws", {"vendor_account": "111122223333"}))
    assert told["sign_in"]["why"].endswith("has to be 111122223333.")
    assert told["revoke_role_sessions"]["why"].endswith("of account 111122223333.")
    unknown = steps(read(splunkd, "aws", {"vendor_account": ""}))
    assert "has to be <account>." in unknown["sign_in"]["why"]
    gone = read(splunkd, "aws", ledger=[{"object_id": f"i-{n}", "state": "gone"} for n in (1, 2)])
    assert {"sign_in", "revoke_role_sessions"} == set(steps(gone))


def test_what_denies_a_user_is_of_the_users_partition(splunkd):
    denied = steps(read(splunkd, "aws", {"user": "arn:aws-cn:iam::1:user/ann"}))["deny_user"]
    assert denied["commands"][0].endswith(" --policy-arn arn:aws-cn:iam::aws:policy/AWSDenyAll")


def test_values_come_from_case_and_ledger(splunkd):
    found = steps(read(splunkd, "aws"))
    assert found["stop_instance"]["commands"] == [
        "aws ec2 stop-instances --region eu-west-1 --instance-ids i-1",
        "aws ec2 stop-instances --region eu-north-1 --instance-ids i-2",
    ]
    isolate = found["isolate_instance"]
    assert isolate["undo"][0].endswith("--instance-id i-1 --groups sg-1 sg-2")
    assert isolate["undo"][1].endswith("--instance-id i-2 --groups <groups>")
    assert any("isolating security group" in told for told in isolate["missing"])
    assert any("--vpc-id vpc-1" in line for line in isolate["commands"])
    assert any("--vpc-id <network>" in line for line in isolate["commands"])
    assert "scaling group" in isolate["risk"] and "scaling group" in found["stop_instance"]["risk"]
    assert "--auto-scaling-group-name workers --instance-ids i-2" in found["leave_group"]["commands"][1]
    assert len(found["remove_instance_profile"]["undo"]) == 1
    revoke = shlex.split(found["revoke_role_sessions"]["commands"][0])
    assert revoke[revoke.index("--role-name") + 1] == "deploy"
    policy = json.loads(revoke[revoke.index("--policy-document") + 1])
    assert policy["Statement"]["Condition"] == {
        "DateLessThan": {"aws:TokenIssueTime": "2023-11-14T22:13:20Z"}
    }
    assert "disable_access_key" not in found


def test_azure_machines_and_members_of_scale_sets_differ(splunkd):
    found = steps(read(splunkd, "azure"))
    assert found["stop_instance"]["commands"] == [f"az vm deallocate --ids {VM}"]
    assert found["stop_member"]["commands"] == [
        "az vmss deallocate --subscription sub-1 --resource-group rg-1 --name set-1 --instance-ids 3"
    ]
    assert found["isolate_instance"]["undo"][0] == (
        f"az network nic update --ids {NIC} --network-security-group /g/nsg-1")
    assert found["disable_person"]["commands"][1].endswith(
        "https://graph.microsoft.com/v1.0/users/ann%40example.com/revokeSignInSessions")
    assert "disable_service_principal" not in found


def test_azure_identities_are_taken_from_the_machine_or_from_the_whole_set(splunkd):
    assigned = VM.replace("microsoft.compute/virtualmachines/vm-1",
                          "microsoft.managedidentity/userassignedidentities/id-1")  # fmt: skip
    own = "6f1c0f9e-7a77-4b0e-9c41-0123456789ab"
    found = steps(read(splunkd, "azure", ledger=[
        {"object_id": VM, "identity": [own, assigned]}, {"object_id": MEMBER, "identity": own},
    ]))  # fmt: skip
    assert found["remove_identity"]["commands"][1:] == [
        f"az vm identity remove --ids {VM} --identities '[system]' {assigned}"
    ]
    assert found["remove_set_identity"]["commands"][1] == (
        "az vmss identity remove --subscription sub-1 --resource-group rg-1 --name set-1"
        " --identities '[system]'"
    )
    odd = steps(read(splunkd, "azure", ledger=[{"object_id": VM, "identity": [own, "other"]}]))
    assert odd["remove_identity"]["commands"][1].endswith(" --identities <machine-identity>")


def test_an_interface_without_a_group_gets_back_none(splunkd):
    row = {"object_id": VM, "vendor_region": "westeurope", "alias": [NIC], "groups": "none"}
    undo = steps(read(splunkd, "azure", ledger=[row]))["isolate_instance"]["undo"]
    assert undo[0] == f"az network nic update --ids {NIC} --network-security-group null"


def test_a_group_of_each_cloud_is_told_apart(splunkd):
    row = {"object_id": VM, "parent_id": MEMBER.rsplit("/", 2)[0]}
    flexible = steps(read(splunkd, "azure", ledger=[row]))
    assert flexible["stop_instance"]["risk"].endswith(runbook.SET_NOTE)
    assert steps(read(splunkd, "gcp"))["stop_instance"]["risk"].endswith(runbook.GROUP_NOTE)
    assert "group" not in steps(read(splunkd, "gcp"))["sign_in"]["risk"]


def test_google_names_come_from_the_aliases(splunkd):
    found = steps(read(splunkd, "gcp"))
    assert found["stop_instance"]["commands"] == [
        "gcloud compute instances stop vm-1 --zone=europe-west1-b --project=p-1"
    ]
    assert found["leave_group"]["commands"] == [
        "gcloud compute instance-groups managed abandon-instances mig-1 "
        + "--region=europe-west1 --project=p-1 --instances=vm-1"
    ]
    assert "--project=host-1 --network=projects/host-1/global/networks/n-1" in (
        found["isolate_instance"]["commands"][0])
    assert found["disable_service_account"]["commands"] == [
        "gcloud iam service-accounts disable ci@p-2.iam.gserviceaccount.com --project=p-2"
    ]


def test_rules_of_two_networks_have_names_of_their_own(splunkd):
    ids = ["1234567890123456789", "1234567890123456780"]
    rows = [{"object_id": key, "network": f"projects/host-1/global/networks/n-{key[-1]}"}
            for key in ids]  # fmt: skip
    found = steps(read(splunkd, "gcp", {"object_id": ids}, rows))["isolate_instance"]
    names = [line.split()[4] for line in found["commands"] if " create " in line]
    assert len(names) == len(set(names)) == 4
    deleted = [word for line in found["undo"] if " delete " in line for word in line.split()[4:6]]
    assert sorted(deleted) == sorted(names)


def test_two_networks_that_are_not_known_are_not_taken_for_one(splunkd):
    ids = ["1234567890123456789", "1234567890123456780"]
    rows = [{"object_id": key} for key in ids]
    isolate = steps(read(splunkd, "gcp", {"object_id": ids}, rows))["isolate_instance"]
    for line in isolate["commands"][:2] + isolate["undo"][-1:]:
        assert f" ciw-isolate-{ID}-<network-mark>-" in line
    assert runbook.UNKNOWN["network_mark"] in isolate["missing"]


TENANT = "6f1c0f9e-7a77-4b0e-9c41-0123456789ab"


@pytest.mark.parametrize("account", [TENANT, "entra", "unknown"])
def test_a_tenant_is_not_taken_for_a_subscription(splunkd, account):
    """Neither where the case has no instances nor where all of them are gone."""
    known = {"vendor_account": account, "object_id": TENANT}
    bare = read(splunkd, "azure", known, [])
    assert account not in [word for line in words(bare) for word in line]
    sign_in = steps(bare)["sign_in"]
    assert sign_in["commands"][0] == "az account set --subscription <account>"
    assert sign_in["missing"] == [runbook.UNKNOWN["account"]]
    gone = read(splunkd, "azure", known | {"object_id": VM}, [{"object_id": VM, "state": "gone"}])
    assert steps(gone)["sign_in"]["commands"][0] == "az account set --subscription sub-1"


def test_the_ledger_names_the_subscription_of_a_machine_that_has_no_whole_id(splunkd):
    row = {"object_id": "rg-1/virtualmachines/vm-1", "vendor_account": "sub-2"}
    known = {"vendor_account": TENANT, "object_id": row["object_id"]}
    sign_in = steps(read(splunkd, "azure", known, [row]))["sign_in"]
    assert sign_in["commands"][0] == "az account set --subscription sub-2"


@pytest.mark.parametrize(
    ("cloud", "step", "told"),
    [("aws", "sign_in", "has to be <account>."), ("azure", "sign_in", "subscription <account>."),
     ("gcp", "sign_in", "the project <project>.")],
)  # fmt: skip
def test_what_the_collector_writes_for_no_account_is_none(splunkd, cloud, step, told):
    known = {"vendor_account": "unknown", "object_id": ""}
    assert steps(read(splunkd, cloud, known, []))[step]["why"].endswith(told)


@pytest.mark.parametrize("gone", [False, True])
def test_signing_in_to_several_ends_in_the_subscription_of_the_case(splunkd, gone):
    """Whatever the order of its instances, and where it has none there any more."""
    ids = [VM.replace("sub-1", name) for name in ("sub-1", "sub-2", "sub-3")]
    rows = [{"object_id": key, "state": "gone" if gone and "sub-2" in key else "running"}
            for key in ids]  # fmt: skip
    found = steps(read(splunkd, "azure", {"object_id": ids, "vendor_account": "sub-2"}, rows))
    commands = found["sign_in"]["commands"]
    assert [line.split()[-1] for line in commands[:-1]] == ["sub-1", "sub-3", "sub-2"]
    assert commands[-1].startswith("az account show ")


@pytest.mark.parametrize(
    ("user", "project"),
    [("ci@p-2.iam.gserviceaccount.com", "p-2"), ("p-2@appspot.gserviceaccount.com", "p-2"),
     ("ci@p-2.example.com.iam.gserviceaccount.com", "example.com:p-2"),
     ("123456789012-compute@developer.gserviceaccount.com", "<principal-project>")],
)  # fmt: skip
def test_the_project_of_a_service_account_is_in_its_address(splunkd, user, project):
    found = steps(read(splunkd, "gcp", {"user": user}))
    command = found["disable_service_account"]["commands"][0]
    assert command == f"gcloud iam service-accounts disable {user} --project={project}"
    assert all("--project=" in line for line in found["disable_account_keys"]["commands"])


def test_accounts_of_googles_own_services_are_not_to_be_disabled(splunkd):
    for user in ("123@cloudservices.gserviceaccount.com", "system@google.com",
                 "service-123@compute-system.iam.gserviceaccount.com"):  # fmt: skip
        phases = {step["phase"] for step in read(splunkd, "gcp", {"user": user})["steps"]}
        assert "credentials" not in phases


def test_an_account_that_is_only_called_like_googles_own_is_to_be_disabled(splunkd):
    user = "service-123@victim-project.iam.gserviceaccount.com"
    assert "disable_service_account" in steps(read(splunkd, "gcp", {"user": user}))


def test_a_federated_principal_is_a_member_as_it_stands(splunkd):
    user = "principal://iam.googleapis.com/locations/global/workforcePools/p/subject/ann"
    found = steps(read(splunkd, "gcp", {"user": user}))
    assert f"--member={user} " in found["remove_person"]["commands"][1]


@pytest.mark.parametrize(
    ("user", "step"),
    [("arn:aws:iam::1:user/x/ann", "disable_access_key"), ("arn:aws:iam::1:root", "check_root_key"),
     ("arn:aws:sts::1:assumed-role/deploy/session", "revoke_role_sessions")],
)  # fmt: skip
def test_what_a_principal_is_decides_its_steps(splunkd, user, step):
    found = steps(read(splunkd, "aws", {"user": user}))
    others = {"disable_access_key", "check_root_key", "revoke_role_sessions"} - {step}
    assert step in found and not others & set(found)


def test_a_federated_session_ends_with_the_user_who_issued_it(splunkd):
    reply = read(splunkd, "aws", {"user": "arn:aws:sts::111122223333:federated-user/bob"})
    told = [step for step in reply["steps"] if step["phase"] == "credentials"]
    assert [step["id"] for step in told] == ["deny_issuing_user", "remove_instance_profile"]
    assert told[0]["commands"] == [
        "aws iam attach-user-policy --user-name <issuing-user>"
        + " --policy-arn arn:aws:iam::aws:policy/AWSDenyAll"
    ]
    assert "the name bob." in told[0]["why"] and "account 111122223333." in told[0]["why"]
    assert told[0]["missing"] == [runbook.UNKNOWN["issuing_user"]]


def test_what_is_not_known_is_a_placeholder_and_named(splunkd):
    reply = read(splunkd, "aws", {"user": "unknown", "object_id": ""}, [])
    assert {step["phase"] for step in reply["steps"]} == {"isolate", "preserve", "stop", "terminate"}
    stop = steps(reply)["stop_instance"]
    assert stop["commands"] == ["aws ec2 stop-instances --region us-east-1 --instance-ids <instance>"]
    assert stop["missing"] == [runbook.UNKNOWN["instance"]]


def test_what_is_gone_is_not_to_be_stopped(splunkd):
    reply = read(splunkd, "aws", ledger=[{"object_id": "i-1", "state": "terminated"}])
    assert (reply["gone"], reply["instances"]) == (["i-1"], ["i-2"])
    assert len(steps(reply)["stop_instance"]["commands"]) == 1


def test_many_instances_are_counted(splunkd):
    reply = read(splunkd, "aws", {"object_id": [f"i-{n}" for n in range(33)]})
    assert (len(reply["instances"]), reply["left_out"]) == (20, 13)


def test_what_can_be_watched_comes_from_case_and_ledger(splunkd):
    """The names of the case first; none that a watch would refuse."""
    ledger = [
        {"object_id": "i-1", "image_id": "ami-1", "user": ROLE, "vendor_account": "111122223333"},
        {"object_id": "i-2", "image_id": ["ami-1", "ami-2", "ami-*", "a;b", "x\u202ey", "z" * 1001],
         "user": "unknown", "vendor_account": "444455556666"},
        {"object_id": "i-2", "image_id": "none", "user": "arn:aws:iam::111122223333:user/ann"},
    ]  # fmt: skip
    assert read(splunkd, "aws", {"object_id": ["i-1", "i-2"]}, ledger[:2])["watchable"] == {
        "user": [ROLE], "account": ["111122223333", "444455556666"], "image": ["ami-1", "ami-2"],
    }  # fmt: skip
    later = read(splunkd, "aws", {"user": "unknown", "object_id": ["i-2"]}, [ledger[2]])
    assert later["watchable"]["user"] == ["arn:aws:iam::111122223333:user/ann"]
    assert later["watchable"]["image"] == []


def test_the_review_and_the_words_about_shells(splunkd):
    reply = read(splunkd, "gcp")
    assert len(reply["review"]) == len(shipped("ciw_review")) and "POSIX" in reply["shell"]
    assert {one["id"] for one in reply["review"]} <= runbook.STEPS()


HOSTILE = [
    "i-1; touch pwned", "i-1$(touch pwned)", "i-1`touch pwned`", "i-1' ; touch pwned; '",
    'i-1" ; touch pwned; "', "i-1 && touch pwned", "i-1 | tee pwned", "i-1 > pwned",
    "i-1\\", "i-1 --endpoint-url=http://example.com", "i-1 {region} {case}", "i-1!!", "i-*?[a-z]~",
    "i-" + "x" * 1000, "i-1 \U0001f4a5", "i-1 ${HOME}", "i-1 #",
]  # fmt: skip
REFUSED = ["--endpoint-url=http://example.com", "-rf", "i-1\ntouch pwned", "i-1\x1b[2J", "i-\u202e1",
           "@/etc/passwd", "file:///etc/passwd", "FileB://x"]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("cloud", ["aws", "azure", "gcp"])
def test_a_hostile_value_is_one_word_of_the_command(splunkd, cloud, value, tmp_path):
    """As shlex splits it, and as a shell does that prints its arguments; nothing is run."""
    name = {"aws": value, "azure": VM + value, "gcp": f"projects/p-1/zones/z/instances/{value}"}[cloud]
    name = name.replace("/", "_") if cloud == "aws" else name
    row = {"object_id": name, "groups": value, "network": value, "identity": value,
           "vendor_region": value, "vendor_account": value, "parent_id": value}  # fmt: skip
    user = {"aws": f"arn:aws:iam::1:role/{value}", "azure": value, "gcp": value}[cloud]
    tame = {"object_id": {"aws": "i-0", "azure": VM, "gcp": GOOGLE}[cloud], "groups": "g",
            "network": "n", "identity": "d", "vendor_region": "r", "vendor_account": "a",
            "parent_id": "p"}  # fmt: skip
    hostile = read(splunkd, cloud, {"object_id": name, "user": user}, [row])
    splunkd.documents("ciw_instances").clear()
    kind = {"aws": "arn:aws:iam::1:role/r", "azure": "u", "gcp": "u"}[cloud]
    plain = read(splunkd, cloud, {"object_id": tame["object_id"], "user": kind}, [tame])
    shapes = {step["id"]: [len(shlex.split(line)) for line in step["commands"] + step["undo"]]
              for step in plain["steps"]}  # fmt: skip
    for step in hostile["steps"]:
        found = [shlex.split(line) for line in step["commands"] + step["undo"]]
        if step["id"] in shapes:
            assert [len(line) for line in found] == shapes[step["id"]], step["id"]
    lines = [line for step in hostile["steps"] for line in step["commands"] + step["undo"]]
    lines = [line for line in lines if not re.search(r"<[a-z-]+>", line)]
    script = "".join(f"printf '%s\\0' {line}\nprintf '\\n\\0'\n" for line in lines)
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, check=True)
    shown = done.stdout.decode().split("\n\0")[:-1]
    assert [line.split("\0")[:-1] for line in shown] == [shlex.split(line) for line in lines]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", REFUSED)
def test_what_would_be_an_option_or_hides_something_is_left_out(splunkd, value):
    row = {"object_id": "i-1", "vendor_region": value, "groups": value, "network": value}
    reply = read(splunkd, "aws", {"user": f"arn:aws:iam::1:role/{value}"}, [row])
    assert value not in json.dumps([word for line in words(reply) for word in line])
    assert "--region <region> " in steps(reply)["stop_instance"]["commands"][0]
    assert runbook.UNKNOWN["region"] in steps(reply)["stop_instance"]["missing"]


def test_the_time_is_the_clocks(splunkd):
    splunkd.now = NOW + 86400
    found = steps(read(splunkd, "aws"))
    assert "2023-11-15T22:13:20Z" in found["revoke_role_sessions"]["commands"][0]
