"""Calls of AWS's APIs, account by account and region by region, as the polling inputs make them.

Each account is first asked who it is (sts:GetCallerIdentity needs no permission): that names the
account of the credentials, shows a refused role once and not for each region, and tells a region
that the account has not enabled from credentials that are wrong. The service's Date header is the
only clock that polling trusts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .aws import PERMISSION as ASSUME_ROLE
from .aws import REGION_PATTERN, REGION_SHAPE, Aws, date_of, translate
from .aws_throttling import was_throttled
from .declare import Argument, Permission
from .errors import AuthError, InputError, Retriable, ShardError, Stopped
from .retry import delays

# The core reads a shard again, and the next run comes soon.
_SDK_ATTEMPTS = 3
_ATTEMPTS = 5
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 8.0

REGIONS = Argument(
    "regions",
    "Regions",
    "AWS regions to read, with commas, for example eu-central-1, us-east-1. All of them are read "
    "in each account: those of account_roles, or where that is empty the credentials' own",
    kind="list",
    required=True,
    pattern=REGION_PATTERN,
    shape=REGION_SHAPE,
)
PERMISSIONS = (
    ASSUME_ROLE,
    Permission(
        "sts:GetCallerIdentity", "every account", "its number (AWS grants this to everyone)"
    ),
)


@dataclass(frozen=True)
class Account:
    """An account to read: its number, and `role_of`, what Aws.client knows it by ("": the own).

    `failure` says why it cannot be read; its number is then that of account_roles, or "own".
    `partition` is that of its ARNs (aws, aws-us-gov, aws-cn), `server_time` AWS's clock as it
    answered.
    """

    number: str
    role_of: str = ""
    failure: str = ""
    partition: str = "aws"
    server_time: float = 0.0


def accounts(context: Any, aws: Aws) -> Iterator[Account]:
    """The accounts, each asked who it is. Raises AuthError where nothing can be read at all."""
    for configured in aws.accounts or ("",):
        calls = Calls(context, aws, "sts", Account("", configured), "")
        try:
            identity = calls.call("get_caller_identity")
        except (Retriable, ShardError) as error:
            yield Account(configured or "own", configured, str(error))
            continue
        number = identity["Account"]
        failure = ""
        if configured and number != configured:
            failure = f"argument account_roles: the role of account {configured} is of {number}"
        partition = identity["Arn"].split(":")[1]
        yield Account(configured or number, configured, failure, partition, calls.server_time)


class Calls:
    """One service in one account and region. `server_time` is the service's clock, 0 before it
    has answered; `per_second` keeps this process below a quota."""

    def __init__(
        self, context: Any, aws: Aws, service: str, account: Account, region: str,
        per_second: float = 0.0,
    ):
        self._context = context
        self._aws = aws
        self._service = service
        self._account = account
        self._region = region
        self._pause = 1.0 / per_second if per_second else 0.0
        self._next = 0.0
        self.server_time = 0.0

    @property
    def place(self) -> str:
        return " ".join(part for part in (self._account.number, self._region) if part)

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The answer of `operation`, named as the SDK's method. Raises the core's errors."""
        what = f"{self._service}:{operation} in {self.place or 'the home region'}"
        waits = delays(_ATTEMPTS, _FIRST_DELAY, _LONGEST_DELAY)
        while True:
            self._wait()
            try:
                answer = getattr(self._client(), operation)(**parameters)
            except Exception as error:
                failure = self._translated(error, what)
                delay = next(waits, None)
                if not isinstance(failure, Retriable) or delay is None or _was_retried(error):
                    raise failure from error
                if was_throttled(error):
                    self._context.count("throttled_seconds", delay)
                self.pause(delay)
            else:
                self._note(answer.get("ResponseMetadata", {}))
                return answer

    def pages(
        self, operation: str, token: str = "NextToken", answer_token: str = "", **parameters: Any
    ) -> Iterator[dict[str, Any]]:
        """The answers of a listing, page after page, by its token's name in request and answer.

        A token that comes back would be an endless loop: Retriable.
        """
        known = set()
        while True:
            answer = self.call(operation, **parameters)
            yield answer
            following = answer.get(answer_token or token)
            if not following:
                return
            if following in known:
                raise Retriable(
                    f"{self._service}:{operation} in {self.place}: the same page came a second time"
                )
            known.add(following)
            parameters[token] = following

    def pause(self, seconds: float) -> None:
        """Waits for the service to finish something. Raises Stopped."""
        if self._context.stop.wait(seconds):
            raise Stopped("asked to stop")

    def _client(self) -> Any:
        client = self._aws.client(
            self._service, self._account.role_of, self._region, _SDK_ATTEMPTS
        )
        client.meta.events.register("before-parse", _demand_text, unique_id="ciw-text")
        if client.meta.service_model.resolved_protocol == "json":
            client.meta.events.register("after-call", _demand_json, unique_id="ciw-json")
        return client

    def _wait(self) -> None:
        early = self._next - time.monotonic()
        if early > 0:
            self.pause(early)
        self._next = time.monotonic() + self._pause

    def _note(self, metadata: dict[str, Any]) -> None:
        retried = metadata.get("RetryAttempts", 0)
        self._context.count("retried", retried)
        if retried or not self.server_time:
            # It went out later than it was paced: after a retry, or behind what the first one of
            # all sets up. The next would follow too closely.
            self._next = time.monotonic() + self._pause
        self.server_time = max(self.server_time, date_of({"ResponseMetadata": metadata}))

    def _translated(self, error: Exception, what: str) -> InputError:
        failure = translate(error, what)
        if isinstance(failure, AuthError) and self._service != "sts":
            # The credentials are good, for they have told their account.
            return ShardError(f"{failure} (is the region enabled for the account?)")
        return failure


def _was_retried(error: Exception) -> bool:
    """Whether botocore has asked again; it does not for a 429, nor for an unreadable answer."""
    from botocore.exceptions import ClientError, HTTPClientError

    if isinstance(error, ClientError):
        return bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts"))
    return isinstance(error, HTTPClientError)


def _demand_text(response_dict: dict[str, Any], **_: Any) -> None:
    """botocore falls over bytes that are no UTF-8: they cost one record its characters."""
    body = response_dict.get("body")
    if isinstance(body, bytes):
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            response_dict["body"] = body.decode("utf-8", "replace").encode("utf-8")


def _demand_json(http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
    """botocore takes a body that is no JSON for an answer without members: nothing to read."""
    if http_response.status_code < 300 and not http_response.content.lstrip().startswith(b"{"):
        raise Retriable(f"{model.service_model.service_name}:{model.name}: the answer is not JSON")
