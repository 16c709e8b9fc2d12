"""Writing CloudTrail records: the envelope that every record has, and ids from a seed.

Shape: the CloudTrail User Guide, "CloudTrail record contents", eventVersion 1.11.
"""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timezone
from typing import Any

from lab.scenarios.aws.organisation import Principal
from lab.scenarios.model import Machine, Record

READ_ONLY = ("Describe", "Get", "List", "Lookup", "AssumeRole")


class Trail:
    """Makes records; the same seed makes the same ids in the same order."""

    def __init__(self, seed: int, name: str):
        self.random = random.Random(f"{name}/{seed}")

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def id(self, prefix: str) -> str:
        """An id as EC2 gives them, such as i-0123456789abcdef0."""
        return f"{prefix}-0{self.random.getrandbits(64):016x}"

    def call(self, at: float, who: Principal, region: str, event: str, request: Any = None,
             response: Any = None, *, source: str = "ec2", error: str = "", message: str = "",
             step: str = "", resources: list[dict[str, str]] | None = None,
             machines: tuple[Machine, ...] = (), ended: tuple[str, ...] = ()) -> Record:
        """One API call. `error` makes it a failure, which has no response."""
        moment = datetime.fromtimestamp(int(at), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        request_id = self.uuid()
        if response is not None and source == "ec2":
            response = {"requestId": request_id, **response}
        body: dict[str, Any] = {
            "eventVersion": "1.11", "userIdentity": who.identity(moment), "eventTime": moment,
            "eventSource": f"{source}.amazonaws.com", "eventName": event, "awsRegion": region,
            "sourceIPAddress": who.address, "userAgent": who.agent}
        if error:
            body["errorCode"], body["errorMessage"] = error, message
        body.update({
            "requestParameters": request, "responseElements": None if error else response,
            "requestID": request_id, "eventID": self.uuid(),
            "readOnly": event.startswith(READ_ONLY)})
        if resources:
            body["resources"] = resources
        body.update({"eventType": "AwsApiCall", "managementEvent": True,
                     "recipientAccountId": who.account, "eventCategory": "Management"})
        if not who.service:
            body["tlsDetails"] = {
                "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": f"{source}.{region}.amazonaws.com"}
            if "Mozilla" in who.agent:
                body["sessionCredentialFromConsole"] = "true"
        return Record(int(at), who.account, region, body, step, machines=machines, ended=ended)

    def console_login(self, at: float, who: Principal, region: str) -> Record:
        record = self.call(at, who, region, "ConsoleLogin", None, {"ConsoleLogin": "Success"},
                           source="signin")
        record.body.update({
            "eventType": "AwsConsoleSignIn", "readOnly": False,
            "additionalEventData": {
                "LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No",
                "MFAUsed": "Yes" if who.mfa else "No"}})
        return record
