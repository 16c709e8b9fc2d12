"""CloudTrail records for tests: the fields that every record has, and the launch that most need."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from itertools import count

ACCOUNT = "111122223333"
_NUMBERS = count(1)


def role(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def record(name: str, moment: float, request: object = None, response: object = None,
           who: str = "deploy", account: str = ACCOUNT, service: str = "ec2",
           region: str = "eu-west-1", address: str = "203.0.113.10", error: str = "",
           session: str = "", **more: object) -> dict:
    """A call by a role; its session is new each time unless named."""
    number = next(_NUMBERS)
    session = session or f"session-{number}"
    found = {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole", "principalId": f"AROAEXAMPLE:{session}", "accountId": account,
            "arn": f"arn:aws:sts::{account}:assumed-role/{who}/{session}",
            "sessionContext": {"sessionIssuer": {
                "type": "Role", "arn": role(who, account), "accountId": account, "userName": who}},
        },
        "eventTime": iso(moment), "eventSource": f"{service}.amazonaws.com", "eventName": name,
        "awsRegion": region, "sourceIPAddress": address, "userAgent": "aws-cli/2.15.0",
    }
    if error:
        found["errorCode"] = error
    return found | {
        "requestParameters": request, "responseElements": None if error else response,
        "eventID": str(uuid.uuid5(uuid.NAMESPACE_URL, f"event-{number}")),
        "eventType": "AwsApiCall", "recipientAccountId": account,
    } | more


def launch(moment: float, instance: str = "", tags: dict[str, str] | None = None,
           request: dict | None = None, **more: object) -> dict:
    instance = instance or f"i-{next(_NUMBERS):017x}"
    asked: dict = {"instancesSet": {"items": [{"imageId": "ami-0a1b2c3d4e5f60001", "minCount": 1,
                                               "maxCount": 1}]},
                   "instanceType": "t3.micro"}
    if tags:
        asked["tagSpecificationSet"] = {"items": [{"resourceType": "instance", "tags": [
            {"key": key, "value": value} for key, value in tags.items()]}]}
    return record("RunInstances", moment, asked | (request or {}),
                  {"instancesSet": {"items": [{"instanceId": instance}]}}, **more)


def stop_trail(moment: float, **more: object) -> dict:
    return record("StopLogging", moment, {"name": "main"}, service="cloudtrail", **more)
