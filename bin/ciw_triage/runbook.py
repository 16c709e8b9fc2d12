"""The runbook of a case: the commands of its cloud, with what the case and the ledger know put in.

The texts are in lookups/ciw_runbook.csv; a word in braces stands for a value. Values come from
logs and are hostile: each is quoted as one word of a POSIX shell, and one that a command would not
take as it stands (a dash begins an option, @ and file:// the name of a file) or that holds characters
which cannot be seen is not put in at all. What is not known stays as <words>, to be filled in before
the command is run, and is named in `missing`. The texts `why` name values too, as text.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import shlex
from datetime import datetime, timezone
from urllib.parse import quote

from ciw_triage.check import UNSEEN, shipped
from ciw_triage.parameters import first, texts
from ciw_triage.watchable import watchable

INSTANCES = "ciw_instances"
MOST_INSTANCES = 20
PLACE = re.compile(r"\{([a-z_]+)\}")
SHELL = (
    "Values are quoted for POSIX shells: bash, zsh, the clouds' shells in the browser. PowerShell"
    " and cmd quote otherwise: run the commands in one of those."
)

# What the app does not know, and where to find it.
UNKNOWN = {
    "instance": "the instance: the case names none, or its id cannot be put into a command",
    "region": "the region of the instance",
    "account": "the subscription: none is known, as where a case is of the directory",
    "network": "the network of the instance: the inventory tells it",
    "network_mark": "a mark for each network, so that its rules have names of their own",
    "groups": "the security groups that it had before: the inventory tells them",
    "group": "the name of the scaling group",
    "group_place": "the zone or region of the instance group: --zone= or --region=",
    "isolation_group": "the id of the isolating security group, one for each network: the first"
    " command prints it",
    "isolation_nsg": "the id of the isolating network security group: the first command prints it",
    "role": "the name of the role",
    "user_name": "the name of the user",
    "issuing_user": "the name of the user who called GetFederationToken: its record tells it",
    "principal": "the principal",
    "principal_project": "the project of the service account: its id, as gcloud takes no number",
    "identity_project": "the project of the service account: its id, as gcloud takes no number",
    "revoke_url": "the address that ends the person's sessions: it holds their name",
    "member": "the person, as user:name@example.com",
    "role_held": "the role that the person holds: the first command prints it",
    "access_key": "the id of the access key: the first command prints it",
    "association": "the id of the association: the first command prints it",
    "identity": "the instance profile or service account of the instance: the inventory tells it",
    "machine_identity": "the identity of the machine: the first command prints it",
    "snapshot": "the id of each snapshot: the command prints them",
    "disk": "the disk: the first command prints each",
    "disk_number": "a number for each disk, so that each snapshot has a name of its own",
    "key": "the id of the key: the first command prints it",
    "resource_group": "the resource group of the machine",
    "scale_set": "the name of the scale set",
    "number": "the number of the instance in its scale set",
    "interface": "the network interface of the machine: the inventory tells it",
    "name": "the name of the instance: the ledger knows its number only",
    "zone": "the zone of the instance",
    "project": "the project of the instance",
    "network_project": "the project of the network",
}
OF_PRINCIPAL = ("role", "user", "root", "federated", "person", "service")
GROUP_NOTE = "It belongs to a scaling group, which would replace it: take it out of that first."
SET_NOTE = (
    "It belongs to a flexible scale set, which may replace it: switch off the set's automatic"
    " instance repairs and autoscale first."
)

AWS_PRINCIPAL = re.compile(
    r"arn:(aws[\w-]*):(?:iam|sts)::(\d+):(?:(role|user|assumed-role|federated-user)/(.+)|root)\Z"
)
# Accounts of Google's own services, which a customer cannot disable:
# https://cloud.google.com/iam/docs/service-account-types#service-agents
# Their projects are named one by one: anybody may call an account service-1@ in a project of theirs.
GOOGLE_AGENT = re.compile(
    r"\Aservice-[^@]+@(?:gcp-sa-[^@.]+|cloudcomposer-accounts|cloud-filer|cloud-redis|cloud-tpu"
    r"|compute-system|container-engine-robot|containerregistry|dataflow-service-producer-prod"
    r"|dataproc-accounts|(?:cloud-ml|gae-api-prod)\.google\.com|gcf-admin-robot|gcp-gae-service"
    r"|gs-project-accounts|serverless-robot-prod|service-networking)"
    r"(?:\.iam\.gserviceaccount\.com)?\Z"
    r"|@cloudservices\.gserviceaccount\.com\Z|\Asystem@google\.com\Z"
)
GOOGLE_ACCOUNT = re.compile(
    r"[^@]+@([^@]+)\.iam\.gserviceaccount\.com\Z|([^@]+)@appspot\.gserviceaccount\.com\Z"
)
GOOGLE_INSTANCE = re.compile(r"projects/([^/]+)/zones/([^/]+)/instances/([^/]+)\Z")
GOOGLE_GROUP = re.compile(
    r"projects/([^/]+)/(zones|regions)/([^/]+)/instanceGroupManagers/([^/]+)\Z"
)
AZURE_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)/", re.IGNORECASE)
AZURE_MACHINE = re.compile(
    r"/subscriptions/([^/]+)/resourcegroups/([^/]+)/providers/microsoft\.compute/"
    r"(?:virtualmachines/[^/]+|virtualmachinescalesets/([^/]+)/virtualmachines/([^/]+))\Z",
    re.IGNORECASE,
)
SHAPES = {
    "aws": re.compile(r"m?i-[0-9a-f]+\Z"),
    "azure": re.compile(r"(?i).*/virtualmachines/[^/]+\Z"),
    "gcp": re.compile(r"[0-9]{15,}\Z|.*/instances/[^/]+\Z"),
}


@functools.lru_cache(maxsize=1)
def STEPS():
    """Ids of all steps of the runbook and the review."""
    return frozenset(line["step"] for line in shipped("ciw_runbook") + shipped("ciw_review"))


def read(case, reader, now):
    """The runbook of a case, as the desk shows it."""
    cloud = first(case.get("cloud"))
    rows, left_out = _instances(case, cloud, reader)
    living = [row for row in rows if row.get("state") not in ("terminated", "gone")]
    machines = [_machine(case, cloud, row) for row in living]
    if not rows:
        machines = [_machine(case, cloud, {})]
    principal = _principal(case, cloud, living, now)
    steps = [
        _step(line, machines, principal)
        for line in shipped("ciw_runbook")
        if line["cloud"] == cloud
    ]
    return {
        "case_id": case["case_id"],
        "cloud": cloud,
        "instances": [row["object_id"] for row in living],
        "gone": [row["object_id"] for row in rows if row not in living],
        "left_out": left_out,
        "shell": SHELL,
        "watchable": watchable(case, rows),
        "steps": [step for step in steps if step],
        "review": [{"id": line["step"], "title": line["title"]} for line in shipped("ciw_review")],
    }


def _step(line, machines, principal):
    """One step for all machines that it applies to; None where it applies to none."""
    when = line["when"]
    if when in OF_PRINCIPAL:
        if when not in principal["is"]:
            return None
        facts = [principal]
    elif when == "always":
        # Who signs in to several ends in the case's own, where the principal's steps belong.
        own = principal["account"]
        facts = sorted(machines, key=lambda machine: machine["account"] == own)
        if own or not facts:
            facts.append(principal)
    else:
        facts = [
            dict(principal, **machine) for machine in machines if not when or when in machine["is"]
        ]
        if not facts:
            return None
    missing = {}
    commands = _render(line["command"], facts, missing)
    undo = _render(line["undo"], facts, missing)
    risk = line["risk"]
    of_machines = when in ("", "standalone") and line["phase"] in ("isolate", "stop", "terminate")
    if of_machines and any("group" in fact["is"] for fact in facts):
        risk += "\n" + (SET_NOTE if line["cloud"] == "azure" else GROUP_NOTE)
    return {
        "id": line["step"],
        "phase": line["phase"],
        "title": line["title"],
        "why": PLACE.sub(functools.partial(_told_in, facts), line["why"]),
        "risk": risk,
        "commands": commands,
        "undo": undo,
        "missing": list(missing),
    }


def _render(template, facts, missing):
    """Each line of the template for each of the facts; equal lines once."""
    lines = []
    for line in template.splitlines():
        for known in facts:
            lines.append(PLACE.sub(functools.partial(_word, known, missing), line))
    return list(dict.fromkeys(lines))


def _word(known, missing, match):
    name = match.group(1)
    values = known.get(name)
    values = values if isinstance(values, list) else [values]
    if not values or not all(_may_stand(value) for value in values):
        missing[UNKNOWN[name]] = True
        return "<" + name.replace("_", "-") + ">"
    return " ".join(shlex.quote(value) for value in values)


def _told_in(facts, match):
    """What a text names: each of the values once, or the word to look for."""
    name = match.group(1)
    values = [fact.get(name) for fact in facts if _may_stand(fact.get(name))]
    return ", ".join(dict.fromkeys(values)) or "<" + name.replace("_", "-") + ">"


def _may_stand(value):
    """Whether a value can be a word of a command without being an option or hiding something."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= 2048
        and not UNSEEN.search(value)
        and not value.lower().startswith(("@", "file://", "fileb://"))
        and (value[0] != "-" or value.startswith(("--zone=", "--region=")))
    )


def _instances(case, cloud, reader):
    """(ledger rows of the case's instances, or bare ones; how many were left out)."""
    shape = SHAPES.get(cloud)
    ids = [key for key in texts(case.get("object_id")) if shape and shape.match(key)]
    some = ids[:MOST_INSTANCES]
    known = {}
    for row in reader.find_of(INSTANCES, "object_id", some, {"cloud": cloud}):
        known.setdefault(first(row.get("object_id")), row)
    return [dict(known.get(key, {}), object_id=key) for key in some], len(ids) - len(some)


def _machine(case, cloud, row):
    """The values of one instance that commands may name, and what it `is`."""
    instance = row.get("object_id", "")
    facts = {
        "instance": instance,
        "case": case["case_id"],
        "account": _account(case, row),
        "region": first(row.get("vendor_region")) or first(case.get("vendor_region")),
        "network": _told(row.get("network")),
        "groups": [name for name in texts(row.get("groups")) if name != "none"],
        "is": [],
    }
    identity = [name for name in texts(row.get("identity")) if name != "none"]
    if identity:
        facts["is"].append("identity")
        facts["identity"] = identity[0]
    {"aws": _of_aws, "azure": _of_azure, "gcp": _of_google}.get(cloud, _of_none)(facts, row)
    return facts


def _account(case, row):
    """The account, subscription or project of a row, else of the case; empty where it is unknown.

    What a case of Azure has for an account may be a tenant: a subscription is what an id names, or
    what the ledger has for its row.
    """
    told = [name for name in texts(row.get("vendor_account")) if name != "unknown"]
    of_case = [name for name in texts(case.get("vendor_account")) if name != "unknown"]
    if first(case.get("cloud")) != "azure":
        return first(told + of_case)
    ids = texts(row.get("object_id")) or texts(case.get("object_id"))
    named = [found.group(1) for found in map(AZURE_SUBSCRIPTION.match, ids) if found]
    return first([name for name in named if name in of_case] + named + told)


def _of_none(facts, row):
    """A cloud without a runbook."""


def _of_aws(facts, row):
    made_of = re.compile(r"(ami|snap|vol|lt|i|eni)-")
    groups = [name for name in texts(row.get("parent_id")) if not made_of.match(name)]
    if groups or row.get("channel") == "autoscaling":
        facts["is"].append("group")
        facts["group"] = groups[0] if len(groups) == 1 else ""


def _of_azure(facts, row):
    found = AZURE_MACHINE.match(facts["instance"])
    if found:
        facts["resource_group"] = found.group(2)
    if found and found.group(3):
        facts["is"] += ["member", "group"]
        facts["scale_set"], facts["number"] = found.group(3), found.group(4)
        if "identity" in facts["is"]:
            facts["is"].remove("identity")
            facts["is"].append("member_identity")
    else:
        facts["is"].append("standalone")
        _isolation_nsg(facts)
        sets = [
            name
            for name in texts(row.get("parent_id"))
            if "/virtualmachinescalesets/" in name.lower()
        ]
        if sets:
            facts["is"].append("group")
    interfaces = [name for name in texts(row.get("alias")) if "/networkinterfaces/" in name.lower()]
    facts["interface"] = interfaces
    if texts(row.get("groups")) == ["none"]:
        facts["groups"] = ["null"]
    elif len(facts["groups"]) != 1:
        # Each interface has one group, and which had which is not known.
        facts["groups"] = []
    facts["machine_identity"] = _assigned(texts(row.get("identity")))


def _isolation_nsg(facts):
    """The id that the group will have which the first command of the step makes."""
    parts = [facts.get(name) for name in ("account", "resource_group", "case", "region")]
    if all(_may_stand(part) for part in parts):
        facts["isolation_nsg"] = (
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Network"
            "/networkSecurityGroups/ciw-isolate-{}-{}".format(*parts)
        )


def _assigned(identities):
    """Identities as `az vm identity` takes them: ids of resources, and [system] for its own."""
    assigned = [name for name in identities if name.lower().startswith("/subscriptions/")]
    own = [name for name in identities if re.match(r"[0-9a-f-]{36}\Z", name, re.IGNORECASE)]
    known = len(assigned) + len(own) == len(identities)
    return (["[system]"] if own else []) + assigned if known else []


def _of_google(facts, row):
    for name in [facts["instance"]] + texts(row.get("alias")):
        found = GOOGLE_INSTANCE.search(name)
        if found:
            facts["project"], facts["zone"], facts["name"] = found.groups()
            break
    else:
        facts["project"], facts["zone"] = facts["account"], _zone(facts["region"])
    for name in texts(row.get("parent_id")):
        found = GOOGLE_GROUP.search(name)
        if found:
            facts["is"].append("group")
            facts["group"] = found.group(4)
            facts["group_place"] = f"--{found.group(2)[:-1]}={found.group(3)}"
    network = facts["network"] or ""
    facts["network_project"] = network.split("/")[1] if network.startswith("projects/") else ""
    # Names of firewall rules are a project's, not a network's.
    mark = hashlib.sha256(network.encode()).hexdigest()[:6]
    facts["network_mark"] = mark if network else ""
    account = facts.get("identity", "")
    facts["identity_project"] = _project_of(account)
    if account.endswith("-compute@developer.gserviceaccount.com"):
        facts["identity_project"] = facts["project"]


def _project_of(account):
    """The project in a service account's address; example.com:name where it is of a domain."""
    found = GOOGLE_ACCOUNT.match(account)
    if not found:
        return ""
    project, _, domain = (found.group(1) or found.group(2)).partition(".")
    return f"{domain}:{project}" if domain else project


def _zone(region):
    """A place that is a zone: europe-west1-b; a region is none."""
    return region if re.search(r"-[a-z]\Z", region or "") else ""


def _principal(case, cloud, rows, now):
    user = first(case.get("user"))
    facts = {"principal": user, "case": case["case_id"], "is": []}
    facts["account"] = facts["project"] = _account(case, {})
    if user in ("", "unknown"):
        facts["principal"] = ""
        return facts
    if cloud == "aws":
        _aws_principal(facts, user, now)
    elif cloud == "azure":
        facts["is"] = ["person"] if "@" in user else ["service"]
        graph = "https://graph.microsoft.com/v1.0/users/{}/revokeSignInSessions"
        facts["revoke_url"] = graph.format(quote(user, safe=""))
    elif cloud == "gcp":
        service = user.endswith(".gserviceaccount.com")
        if not GOOGLE_AGENT.search(user):
            facts["is"] = ["service"] if service else ["person"]
        facts["member"] = user if user.startswith("principal://") else "user:" + user
        facts["principal_project"] = _project_of(user)
    return facts


def _aws_principal(facts, user, now):
    found = AWS_PRINCIPAL.match(user)
    if found:
        partition, facts["principal_account"], kind, path = found.groups()
        facts["deny_policy"] = f"arn:{partition}:iam::aws:policy/AWSDenyAll"
        if kind == "user":
            facts["is"] = ["user"]
            facts["user_name"] = path.rsplit("/", 1)[-1]
        elif kind == "federated-user":
            facts["is"] = ["federated"]
            facts["session_name"] = path
        elif kind:
            facts["is"] = ["role"]
            parts = path.split("/")
            facts["role"] = parts[0] if kind == "assumed-role" else parts[-1]
        else:
            facts["is"] = ["root"]
    before = datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": before}},
        },
    }
    facts["revoke_policy"] = json.dumps(policy)


def _told(value):
    found = first(value)
    return "" if found == "none" else found
