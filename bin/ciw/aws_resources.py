"""What exists in an account and region, as EC2, CloudTrail and IAM describe it.

Each listing yields lists of Found, page by page (EC2 and CloudTrail API Reference). What a resource
needs a call of its own for (whom a snapshot is shared with) is put into it under the name that the
API has for it. A resource that is gone by then is left out and counted; a refusal is the listing's.
"""

from __future__ import annotations

import csv
import io
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Callable

from . import iam_policies
from .aws_calls import Account, Calls
from .errors import Retriable, ShardError
from .iam_policies import BadPolicy, Statement

_GONE = ("NotFound", "InvalidAMIID.Unavailable", "NoSuchEntity")
_PAGE = 500
# Descriptions of one resource at a time must leave others their share of EC2's request rate.
_PER_SECOND = 10.0


@dataclass(frozen=True)
class Found:
    """A resource, its id, and what this app says of it beside the provider's description."""

    id: Any
    resource: dict[str, Any]
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where to list: the account, and the clients of one of its regions by service."""

    account: Account
    region: str
    calls: Callable[[str, float], Calls]

    def client(self, service: str, per_second: float = 0.0) -> Calls:
        return self.calls(service, per_second)


Listing = Callable[[Place, Counter], Iterator["list[Found]"]]


def described(operation: str, list_name: str, id_name: str, paged: bool = True,
              **parameters: Any) -> Listing:
    """A listing that is one Describe operation of EC2."""

    def listing(place: Place, gone: Counter[str]) -> Iterator[list[Found]]:
        sizes = {"MaxResults": _PAGE} if paged else {}
        for answer in place.client("ec2").pages(operation, **sizes, **parameters):
            found = answer.get(list_name, ())
            yield [Found(resource.get(id_name), resource) for resource in found]

    return listing


def instances(place: Place, gone: Counter[str]) -> Iterator[list[Found]]:
    """OwnerId is the reservation's, as the vendor add-on writes it into each instance."""
    for answer in place.client("ec2").pages("describe_instances", MaxResults=_PAGE):
        yield [
            Found(one.get("InstanceId"), {**one, "OwnerId": reservation.get("OwnerId")})
            for reservation in answer.get("Reservations", ())
            for one in reservation.get("Instances", ())
        ]


def _with_attribute(
    listing: Listing, operation: str, argument: str, attribute: str, name: str
) -> Listing:
    """Each resource with an attribute that has to be asked for one by one."""

    def complete(place: Place, gone: Counter[str]) -> Iterator[list[Found]]:
        calls = place.client("ec2", _PER_SECOND)
        for page in listing(place, gone):
            kept = []
            for found in page:
                if found.id:
                    asked = {argument: found.id, "Attribute": attribute}
                    answer = _unless_gone(calls, operation, gone, **asked)
                    if answer is None:
                        continue
                    found.resource[name] = answer.get(name, [])
                kept.append(found)
            yield kept

    return complete


def _unless_gone(
    calls: Calls, operation: str, gone: Counter[str], **parameters: Any
) -> dict[str, Any] | None:
    try:
        return calls.call(operation, **parameters)
    except ShardError as error:
        if any(code in str(error) for code in _GONE):
            gone["it was deleted while it was being listed"] += 1
            return None
        raise


def networks(operation: str, list_name: str, id_name: str) -> Listing:
    """VPCs and subnets with the flow logs that see their traffic: their own, and for a subnet
    those of its VPC."""

    def listing(place: Place, gone: Counter[str]) -> Iterator[list[Found]]:
        logs: dict[str, list[dict[str, Any]]] = {}
        for page in flow_logs(place, gone):
            for found in page:
                logs.setdefault(found.resource.get("ResourceId", ""), []).append(found.resource)
        for answer in place.client("ec2").pages(operation, MaxResults=_PAGE):
            page = []
            for one in answer.get(list_name, ()):
                seen_by = {one.get(id_name): None, one.get("VpcId"): None}
                mine = [log for name in seen_by for log in logs.get(name or "", ())]
                page.append(Found(one.get(id_name), {**one, "FlowLogs": mine}))
            yield page

    return listing


flow_logs = described("describe_flow_logs", "FlowLogs", "FlowLogId")


def trails(place: Place, gone: Counter[str]) -> Iterator[list[Found]]:
    """The trails that record this region, those of other regions and of the organisation too.

    A member account may see an organisation's trail and not its selectors: then that is said.
    """
    calls = place.client("cloudtrail")
    found = []
    for trail in calls.call("describe_trails", includeShadowTrails=True).get("trailList", ()):
        name = trail.get("TrailARN")
        if name:
            status = _unless_gone(calls, "get_trail_status", gone, Name=name)
            if status is None:
                continue
            trail["Status"] = _plain(status)
            try:
                trail["Selectors"] = _plain(calls.call("get_event_selectors", TrailName=name))
            except ShardError as error:
                found.append(Found(name, trail, {"unknowns": [f"its event selectors: {error}"]}))
                continue
        found.append(Found(name, trail))
    yield found


def _plain(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


REGIONAL: dict[str, Listing] = {
    "ec2_instances": instances,
    "ec2_volumes": described("describe_volumes", "Volumes", "VolumeId"),
    "ebs_snapshots": _with_attribute(
        described("describe_snapshots", "Snapshots", "SnapshotId", OwnerIds=["self"]),
        "describe_snapshot_attribute", "SnapshotId", "createVolumePermission",
        "CreateVolumePermissions",
    ),
    "ec2_images": _with_attribute(
        described("describe_images", "Images", "ImageId", Owners=["self"], IncludeDeprecated=True),
        "describe_image_attribute", "ImageId", "launchPermission", "LaunchPermissions",
    ),
    "ec2_security_groups": described("describe_security_groups", "SecurityGroups", "GroupId"),
    "network_interfaces": described(
        "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"
    ),
    "ec2_addresses": described("describe_addresses", "Addresses", "AllocationId", paged=False),
    "vpcs": networks("describe_vpcs", "Vpcs", "VpcId"),
    "vpc_subnets": networks("describe_subnets", "Subnets", "SubnetId"),
    "flow_logs": flow_logs,
    "cloudtrail_trails": trails,
}


class _Policies:
    """What the account's policies and groups say about the creation of instances."""

    def __init__(self, place: Place):
        self._place = place
        self._managed: dict[str, list[Statement]] = {}
        self._groups: dict[str, tuple[list[Statement], list[str]]] = {}
        self._unread: dict[str, str] = {}
        groups = []
        for answer in details(place, "LocalManagedPolicy", "AWSManagedPolicy", "Group"):
            for policy in answer.get("Policies", ()):
                self._take(policy)
            groups += answer.get("GroupDetailList", ())
        for group in groups:
            through = "group " + group["GroupName"]
            self._groups[group["GroupName"]] = self._held(group, "GroupPolicyList", through)

    def _take(self, policy: dict[str, Any]) -> None:
        arn = policy["Arn"]
        for version in policy.get("PolicyVersionList", ()):
            if version.get("IsDefaultVersion"):
                try:
                    self._managed[arn] = iam_policies.statements(version.get("Document"), arn, "")
                except BadPolicy as error:
                    self._unread[arn] = str(error)

    def _held(
        self, owner: dict[str, Any], inline: str, through: str
    ) -> tuple[list[Statement], list[str]]:
        """(statements, what could not be read) of a principal's or group's own policies."""
        held, unread = [], []
        for policy in owner.get(inline, ()):
            try:
                held += iam_policies.statements(
                    policy.get("PolicyDocument"), policy["PolicyName"], through or "inline"
                )
            except BadPolicy as error:
                unread.append(str(error))
        for attached in owner.get("AttachedManagedPolicies", ()):
            arn = attached["PolicyArn"]
            if arn not in self._managed:
                unread.append(self._unread.get(arn, f"policy {arn} was not given"))
            for one in self._managed.get(arn, ()):
                held.append(
                    Statement(
                        one.name, through or "attached", one.allows, one.actions, one.resources,
                        one.inverted, one.conditions,
                    )
                )
        return held, unread

    def judge(self, principal: dict[str, Any], inline: str) -> dict[str, Any]:
        held, unread = self._held(principal, inline, "")
        for name in principal.get("GroupList", ()):
            theirs, open_ones = self._groups.get(name, ([], [f"group {name} was not given"]))
            held, unread = held + theirs, unread + open_ones
        boundary = None
        arn = principal.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        if arn:
            boundary = self._managed.get(arn)
            if boundary is None:
                unread.append(f"permissions boundary {arn} was not given")
        account = self._place.account
        verdict = iam_policies.judge(held, account.number, account.partition, unread, boundary)
        return {
            "may_create_instances": verdict.may,
            "creating_actions": verdict.actions,
            "via": verdict.via,
            "unknowns": verdict.unknowns,
            "not_evaluated": iam_policies.NOT_EVALUATED,
        }


def details(place: Place, *kinds: str) -> Iterator[dict[str, Any]]:
    return place.client("iam").pages(
        "get_account_authorization_details", token="Marker", Filter=list(kinds), MaxItems=200
    )


def users(place: Place, gone: Counter[str]) -> Iterator[list[Found]]:
    """Users, and the root user, with what the credential report knows of their last use."""
    report = _credential_report(place.client("iam"))
    policies = _Policies(place)
    root = report.pop("<root_account>", None)
    if root is not None:
        said = {
            "created": _moment(root.get("user_creation_time")),
            "last_used": _last_used(root),
            "may_create_instances": iam_policies.YES,
            "creating_actions": dict.fromkeys(iam_policies.CREATING, iam_policies.YES),
            "via": [{"policy": "the root user", "through": "root"}],
            "unknowns": [],
            "not_evaluated": iam_policies.NOT_EVALUATED,
        }
        yield [Found(root.get("arn"), {"CredentialReport": root}, said)]
    for answer in details(place, "User"):
        page = []
        for user in answer.get("UserDetailList", ()):
            row = report.get(user.get("UserName", ""))
            verdict = policies.judge(user, "UserPolicyList")
            if row is None:
                verdict["unknowns"].append("last use: the credential report is older than the user")
            said = {
                "created": user.get("CreateDate"), "last_used": _last_used(row or {}), **verdict,
            }
            page.append(Found(user.get("Arn"), {**user, "CredentialReport": row}, said))
        yield page


def roles(place: Place, gone: Counter[str]) -> Iterator[list[Found]]:
    policies = _Policies(place)
    for answer in details(place, "Role"):
        yield [
            Found(
                role.get("Arn"),
                role,
                {
                    "created": role.get("CreateDate"),
                    "last_used": role.get("RoleLastUsed", {}).get("LastUsedDate"),
                    **policies.judge(role, "RolePolicyList"),
                },
            )
            for role in answer.get("RoleDetailList", ())
        ]


GLOBAL: dict[str, Listing] = {"iam_users": users, "iam_roles": roles}
_REPORT_WAIT = 2.0
_REPORT_ATTEMPTS = 15


def _credential_report(calls: Calls) -> dict[str, dict[str, str]]:
    """The rows by user name. AWS makes a new report every four hours at most."""
    for _ in range(_REPORT_ATTEMPTS):
        if calls.call("generate_credential_report").get("State") == "COMPLETE":
            break
        calls.pause(_REPORT_WAIT)
    else:
        raise Retriable(f"iam in {calls.place}: the credential report is still being made")
    content = calls.call("get_credential_report").get("Content", b"")
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"))))
        return {row["user"]: row for row in rows}
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        raise Retriable(f"iam in {calls.place}: the credential report is not CSV ({error})")


def _last_used(row: dict[str, str]) -> str | None:
    """The latest use of the password and of both keys; None where there was none."""
    names = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")
    used = [moment for moment in (_moment(row.get(name)) for name in names) if moment]
    return max(used, default=None)


def _moment(text: str | None) -> str | None:
    """`N/A`, `no_information` and the like are no time; all times of the report are in UTC."""
    try:
        moment = time.strptime((text or "")[:19], "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", moment)
