"""AWS APIs on this machine by their service models: requests decoded, answers checked and encoded.

A subclass has one method `<service>_<Operation>(call)` for each operation, which gives the answer
as the SDK would show it. Requests are decoded with moto's parsers, both sides are validated against
botocore's shapes: an answer that AWS could not give, or a parameter AWS does not know, is an error
of the test (500, and told in `violations`). Faults are planned by path `/<service>/<Operation>`.
moto itself is used where it is faithful (lab/clouds/aws.py); these are the APIs it lacks, or whose
paging, throttling and partial answers it leaves out.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from lab.clouds.stand_in import Fault, Request, Response, StandIn

ACCOUNT = "123456789012"
REGION = "eu-central-1"
_ACCESS_KEY = "AKIASTANDINFORTESTS0"
_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
# The codes that AWS's services have in common ("Common Errors" of each API Reference).
_CODES = {
    403: "AccessDeniedException",
    429: "ThrottlingException",
    500: "InternalFailure",
    503: "ServiceUnavailable",
}
# Where the name in the signature is not that of botocore's model.
_SIGNED_AS = {"monitoring": "cloudwatch"}


class Refusal(Exception):
    """An answer that is an error of the service."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class ApiCall:
    """An operation, who calls it, where, and its parameters as the SDK names them."""

    service: str
    operation: str
    account: str
    region: str
    parameters: Mapping[str, Any]


@cache
def _model(service: str) -> Any:
    from moto.core.utils import get_service_model

    return get_service_model(service)


class AwsApi(StandIn):
    """The base: AWS's protocols, credentials, AssumeRole and GetCallerIdentity.

    Access keys of an assumed role carry its account, so that each account sees its own things.
    `denied` holds "service:Operation" that answer AccessDenied, "account" or "account/region" too.
    """

    def __init__(self, clock: Callable[[], float] = time.time):
        self.denied: set[str] = set()
        self.violations: list[str] = []
        self.operations: list[ApiCall] = []
        self._protocol = threading.local()
        super().__init__(clock)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": _ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": "stand-in-secret",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def called(self, operation: str) -> list[ApiCall]:
        return [call for call in self.operations if call.operation == operation]

    def take_fault(self, request: Request) -> Fault | None:
        service, operation, _, _ = _address(request)
        self._protocol.name = _protocol(service, request)
        return super().take_fault(replace(request, path=f"/{service}/{operation}"))

    def error(self, status: int, code: str, message: str, **headers: str) -> Response:
        """An error in the protocol of the service that this thread answers for."""
        protocol = getattr(self._protocol, "name", "json")
        code = _CODES.get(status, code) if code == "Fault" else code
        if protocol == "json":
            return Response(
                {"__type": code, "message": message}, status,
                {"Content-Type": "application/x-amz-json-1.1"},
            )
        inner = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        form = {"ec2": "<Response><Errors>{}</Errors><RequestID>r</RequestID></Response>"}
        wrapped = form.get(protocol, "<ErrorResponse>{}<RequestId>r</RequestId></ErrorResponse>")
        return Response(wrapped.format(inner).encode(), status, {"Content-Type": "text/xml"})

    def answer(self, request: Request) -> Response:
        service, operation, region, key = _address(request)
        handler = getattr(self, f"{service}_{operation}", None)
        if handler is None:
            return self.error(400, "InvalidAction", f"no stand-in for {service} {operation}")
        try:
            parameters = _decode(service, operation, request)
            call = ApiCall(service, operation, _account(key), region, parameters)
            self.operations.append(call)
            self._admit(call)
            result = handler(call)
            _check(_model(service).operation_model(operation).output_shape, result, operation)
        except Refusal as refusal:
            return self.error(refusal.status, refusal.code, str(refusal))
        except _Violation as violation:
            self.violations.append(str(violation))
            return self.error(500, "StandInViolation", "see the stand-in's violations")
        return _encode(service, operation, _protocol(service, request), result)

    def _admit(self, call: ApiCall) -> None:
        places = {call.account, f"{call.account}/{call.region}"}
        if call.service == "sts":
            places = {call.account}
        if f"{call.service}:{call.operation}" in self.denied or places & self.denied:
            code = "UnauthorizedOperation" if call.service == "ec2" else "AccessDeniedException"
            status = 403 if call.service in ("ec2", "iam", "sts") else 400
            raise Refusal(code, f"not authorized to perform {call.operation}", status)

    def sts_GetCallerIdentity(self, call: ApiCall) -> dict[str, Any]:
        return {
            "Account": call.account,
            "Arn": f"arn:aws:sts::{call.account}:assumed-role/reader/stand-in",
            "UserId": "AROAEXAMPLE:stand-in",
        }

    def sts_AssumeRole(self, call: ApiCall) -> dict[str, Any]:
        account = call.parameters["RoleArn"].split(":")[4]
        if account in self.denied:
            raise Refusal("AccessDenied", "is not authorized to perform: sts:AssumeRole", 403)
        return {
            "Credentials": {
                "AccessKeyId": "ASIA" + account,
                "SecretAccessKey": "stand-in-secret-of-a-session",
                "SessionToken": "stand-in-session",
                "Expiration": _datetime(time.time() + 3600),
            },
        }


class _Violation(Exception):
    """A request or an answer outside the service model."""


def page(items: list[Any], token: str | None, size: int) -> tuple[list[Any], str | None]:
    """(items of the page that `token` names, token of the next or None)."""
    try:
        start = int((token or "page-0").removeprefix("page-"))
    except ValueError as error:
        raise Refusal("InvalidNextToken", "the token is not known") from error
    following = start + size
    return items[start:following], f"page-{following}" if following < len(items) else None


def _datetime(epoch: float) -> Any:
    from datetime import datetime, timezone

    return datetime.fromtimestamp(epoch, timezone.utc)


def _address(request: Request) -> tuple[str, str, str, str]:
    """(service, operation, region, access key) of a signed request."""
    scope = _SCOPE.search(request.headers.get("authorization", ""))
    if scope is None:
        return "", "", "", ""
    key, region, name = scope.groups()
    target = request.headers.get("x-amz-target", "")
    operation = target.rpartition(".")[2]
    if not target:
        operation = parse_qs(request.body.decode()).get("Action", [""])[0]
    return _SIGNED_AS.get(name, name), operation, region, key


def _protocol(service: str, request: Request) -> str:
    """Of several that a service speaks, the client takes its own choice."""
    if not service or "x-amz-target" in request.headers:
        return "json"
    return _model(service).protocol


def _account(key: str) -> str:
    return key[4:] if key.startswith("ASIA") else ACCOUNT


def _decode(service: str, operation: str, request: Request) -> dict[str, Any]:
    from moto.core.parse import PROTOCOL_PARSERS
    from werkzeug.datastructures import Headers, MultiDict

    protocol = _protocol(service, request)
    shape = _model(service).operation_model(operation)
    values = MultiDict()
    if protocol != "json":
        for name, texts in parse_qs(request.body.decode(), keep_blank_values=True).items():
            values.setlist(name, texts)
    parser = PROTOCOL_PARSERS[protocol](shape)
    parsed = parser.parse(
        {
            "body": request.body, "headers": Headers(dict(request.headers)),
            "method": request.method, "url_params": {}, "url_path": request.path, "values": values,
        }
    )
    _check(shape.input_shape, parsed, operation)
    return parsed


def _check(shape: Any, value: Mapping[str, Any], operation: str) -> None:
    """Raises _Violation where the value is not of the shape, or has a member it does not know."""
    from botocore.validate import ParamValidator

    if shape is None:
        return
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        raise _Violation(f"{operation}: {report.generate_report()}")


def _encode(
    service: str, operation: str, protocol: str, result: Mapping[str, Any]
) -> Response:
    from moto.core.serialize import get_serializer_class

    shape = _model(service).operation_model(operation)
    serializer = get_serializer_class(service, protocol)(shape)
    made = serializer.serialize(result)
    body = made["body"]
    return Response(
        body if isinstance(body, bytes) else body.encode(), made["status_code"],
        dict(made["headers"]),
    )
