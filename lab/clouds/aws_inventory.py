"""EC2, IAM and CloudTrail as an inventory reads them, with paging, refusals and partial data.

moto has these calls too, and the tests read it as an independent stand-in; what it leaves out is
here: small pages, a region or an operation that is refused, a resource that vanishes while it is
being listed, a credential report that takes its time.
"""

from __future__ import annotations

import csv
import io
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from lab.clouds.aws_api import ApiCall, AwsApi, Refusal, page

_LISTS = {
    "DescribeVolumes": "Volumes",
    "DescribeSnapshots": "Snapshots",
    "DescribeImages": "Images",
    "DescribeSecurityGroups": "SecurityGroups",
    "DescribeNetworkInterfaces": "NetworkInterfaces",
    "DescribeAddresses": "Addresses",
    "DescribeVpcs": "Vpcs",
    "DescribeSubnets": "Subnets",
    "DescribeFlowLogs": "FlowLogs",
}
_DETAILS = {
    "User": "UserDetailList",
    "Role": "RoleDetailList",
    "Group": "GroupDetailList",
    "LocalManagedPolicy": "Policies",
}


class Inventory(AwsApi):
    """`resources` by (account, region, list name); `iam` by (account, kind of _DETAILS);
    `permissions` are the answers of the attribute calls by resource; `vanished` resources are
    listed and then not found."""

    page_size = 500

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.resources: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
        self.iam: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        self.permissions: dict[str, list[dict[str, str]]] = {}
        self.vanished: set[str] = set()
        self.report: list[dict[str, str]] = []
        self.report_delay = 0
        for operation in _LISTS:
            setattr(self, f"ec2_{operation}", self._describe)

    def _describe(self, call: ApiCall) -> dict[str, Any]:
        name = _LISTS[call.operation]
        found = self.resources[(call.account, call.region, name)]
        size = min(call.parameters.get("MaxResults", 1000), self.page_size)
        if call.operation == "DescribeAddresses":
            return {name: found}
        part, token = page(found, call.parameters.get("NextToken"), size)
        return {name: part, **({"NextToken": token} if token else {})}

    def ec2_DescribeInstances(self, call: ApiCall) -> dict[str, Any]:
        found = self.resources[(call.account, call.region, "Instances")]
        size = min(call.parameters.get("MaxResults", 1000), self.page_size)
        part, token = page(found, call.parameters.get("NextToken"), size)
        reservations = [
            {"ReservationId": f"r-{number}", "OwnerId": call.account, "Instances": [one]}
            for number, one in enumerate(part)
        ]
        return {"Reservations": reservations, **({"NextToken": token} if token else {})}

    def ec2_DescribeSnapshotAttribute(self, call: ApiCall) -> dict[str, Any]:
        name = call.parameters["SnapshotId"]
        if name in self.vanished:
            raise Refusal("InvalidSnapshot.NotFound", f"The snapshot '{name}' does not exist.")
        return {"SnapshotId": name, "CreateVolumePermissions": self.permissions.get(name, [])}

    def ec2_DescribeImageAttribute(self, call: ApiCall) -> dict[str, Any]:
        name = call.parameters["ImageId"]
        if name in self.vanished:
            raise Refusal("InvalidAMIID.Unavailable", f"The image ID '{name}' is not available")
        return {"ImageId": name, "LaunchPermissions": self.permissions.get(name, [])}

    def cloudtrail_DescribeTrails(self, call: ApiCall) -> dict[str, Any]:
        return {"trailList": self.resources[(call.account, call.region, "trailList")]}

    def cloudtrail_GetTrailStatus(self, call: ApiCall) -> dict[str, Any]:
        return {"IsLogging": True, "LatestDeliveryTime": 1795000000.0}

    def cloudtrail_GetEventSelectors(self, call: ApiCall) -> dict[str, Any]:
        return {
            "TrailARN": call.parameters["TrailName"],
            "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}],
        }

    def iam_GetAccountAuthorizationDetails(self, call: ApiCall) -> dict[str, Any]:
        kinds = [kind for kind in _DETAILS if kind in call.parameters.get("Filter", _DETAILS)]
        found = [(kind, one) for kind in kinds for one in self.iam[(call.account, kind)]]
        size = min(call.parameters.get("MaxItems", 100), self.page_size)
        part, marker = page(found, call.parameters.get("Marker"), size)
        answer: dict[str, Any] = {name: [] for name in _DETAILS.values()}
        for kind, one in part:
            answer[_DETAILS[kind]].append(one)
        answer["IsTruncated"] = bool(marker)
        return {**answer, **({"Marker": marker} if marker else {})}

    def iam_GenerateCredentialReport(self, call: ApiCall) -> dict[str, Any]:
        self.report_delay -= 1
        return {"State": "STARTED" if self.report_delay >= 0 else "COMPLETE"}

    def iam_GetCredentialReport(self, call: ApiCall) -> dict[str, Any]:
        names = [
            "user", "arn", "user_creation_time", "password_enabled", "password_last_used",
            "access_key_1_active", "access_key_1_last_used_date", "access_key_2_active",
            "access_key_2_last_used_date",
        ]
        text = io.StringIO()
        writer = csv.DictWriter(text, names, restval="N/A", lineterminator="\n")
        writer.writeheader()
        root = {
            "user": "<root_account>",
            "arn": f"arn:aws:iam::{call.account}:root",
            "user_creation_time": "2020-01-01T00:00:00+00:00",
            "password_last_used": "no_information",
        }
        writer.writerows([root, *self.report])
        return {"Content": text.getvalue().encode(), "ReportFormat": "text/csv"}
