"""A fault proxy before moto: AWS's own answers, and the faults that every stand-in can have.

Faults are planned by path `/<service>/<Operation>` (/sqs/ReceiveMessage) or, for S3, which names
its operations by method and address, `/s3/<bucket>/<key>`. moto neither throttles nor breaks.
"""

from __future__ import annotations

import http.client
import json
import threading
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

from lab.clouds.stand_in import Fault, Request, Response, StandIn

# Of one hop: the proxy has its own.
_OF_THE_HOP = {"connection", "content-length", "date", "host", "keep-alive", "server",
               "transfer-encoding"}
# Error codes of the services, from "Common Errors" in SQS's and "Error responses" in S3's API
# Reference.
_CODES = {
    "sqs": {403: "AccessDeniedException", 429: "RequestThrottled", 500: "InternalFailure",
            503: "ServiceUnavailable"},
    "s3": {403: "AccessDenied", 429: "SlowDown", 500: "InternalError", 503: "SlowDown"},
}


class AwsFaultProxy(StandIn):
    """Forwards to `upstream`, the address of moto's server.

    `receipts` are the handles of the messages that went through it, by message id: with them a
    test can let the time pass after which messages come again.
    """

    def __init__(self, upstream: str):
        self._upstream = urlsplit(upstream)
        self._of_this_request = threading.local()
        self.receipts: dict[str, str] = {}
        super().__init__()

    def take_fault(self, request: Request) -> Fault | None:
        here = self._of_this_request
        here.service, path = _address(request)
        here.fault = super().take_fault(replace(request, path=path))
        return here.fault

    def error(self, status: int, code: str, message: str, **headers: str) -> Response:
        """An error as the service that is asked writes it."""
        service = self._of_this_request.service
        if code == "Fault":
            code = _CODES.get(service, _CODES["sqs"]).get(status, code)
        if service == "s3":
            text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            return Response(text.encode(), status, {"Content-Type": "application/xml"})
        return Response({"__type": f"com.amazonaws.sqs#{code}", "message": message}, status)

    def answer(self, request: Request) -> Response:
        fault = self._of_this_request.fault
        if fault is not None and fault.kind == "garbage":
            # Somebody else answers: nothing of AWS is in it.
            return Response(b"", 200, {"Content-Type": "text/html"})
        response = self._forward(request)
        if request.headers.get("x-amz-target") == "AmazonSQS.ReceiveMessage":
            for message in json.loads(response.content).get("Messages", ()):
                self.receipts[message["MessageId"]] = message["ReceiptHandle"]
        return response

    def _forward(self, request: Request) -> Response:
        connection = http.client.HTTPConnection(self._upstream.netloc, timeout=60)
        try:
            target = request.path + ("?" + urlencode(request.query) if request.query else "")
            connection.request(request.method, target, request.body, _passed_on(request.headers))
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        return Response(body, answer.status, _passed_on(dict(answer.getheaders())))


def _passed_on(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_THE_HOP}


def _address(request: Request) -> tuple[str, str]:
    """(service, path by which faults are planned)."""
    _, _, target = request.headers.get("x-amz-target", "").partition("AmazonSQS.")
    if target:
        return "sqs", "/sqs/" + target
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return "sts", "/sts/" + parse_qs(request.body.decode()).get("Action", [""])[0]
    return "s3", "/s3" + request.path
