"""AWS credentials and clients: the default chain or stored keys, then roles one after another."""

from __future__ import annotations

import email.utils
import json
import re
from typing import Any

from . import VERSION
from .aws_throttling import watch
from .declare import Argument, Permission
from .errors import AuthError, InputError, Retriable, ShardError
from .proxy import ARGUMENTS as PROXY_ARGUMENTS
from .proxy import proxies

ACCOUNT = r"\d{12}"
ROLE = r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}"
_CHAIN = ROLE + r"(\s*>\s*" + ROLE + ")*"
REALM = "ciw_aws"

REGION_PATTERN = r"[a-z]{2,4}(-[a-z]+)+-\d"
REGION_SHAPE = "an AWS region such as eu-central-1"

ARGUMENTS = (
    Argument(
        "credential",
        "Stored credential",
        "Name of the entry of realm ciw_aws in storage/passwords whose password is JSON with "
        "access_key_id, secret_access_key and, if there is one, session_token. Empty: the "
        "default chain (environment, shared profile, container or instance role)",
        pattern=r"[\w.@ -]{1,128}",
    ),
    Argument(
        "role_chain",
        "Role chain",
        "Role ARNs assumed one after the other before anything else, written with > between them",
        pattern=_CHAIN,
        shape="role ARNs joined by >",
    ),
    Argument(
        "account_roles",
        "Roles by account",
        "For other accounts, ACCOUNT=ROLE_ARN (several roles joined by >), with "
        "commas between accounts; assumed after the role chain",
        kind="list",
        pattern=ACCOUNT + "=" + _CHAIN,
        shape="ACCOUNT=ROLE_ARN",
    ),
    Argument(
        "external_id",
        "External id",
        "External id that the roles' trust policies ask for",
        pattern=r"[\w+=,.@:/-]{2,1224}",
    ),
) + PROXY_ARGUMENTS

PERMISSION = Permission("sts:AssumeRole", "the roles of role_chain and account_roles", "roles")

# Seconds to connect, and between two pieces of an answer.
_TIMEOUT = (10, 60)
# Error codes of AWS services that more attempts with the same credentials cannot mend.
_AUTH_CODES = {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidToken",
    "MissingAuthenticationToken",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
}
_DENIED_CODES = {"AccessDenied", "AccessDeniedException", "403", "AllAccessDisabled", "Forbidden"}
_PASSING_CODES = {
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "RequestLimitExceeded",
    "RequestTimeout",
    "RequestThrottled",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


def translate(error: Exception, what: str) -> InputError:
    """A botocore exception as one of the core's errors; `what` names the call and its object."""
    import botocore.exceptions as known

    if isinstance(error, InputError):
        return error
    if isinstance(error, (known.NoCredentialsError, known.PartialCredentialsError)):
        return AuthError(
            f"no AWS credentials for {what}: neither the argument credential nor the default chain "
            "(environment, shared profile, container or instance role) gave any"
        )
    if isinstance(error, known.ClientError):
        details = error.response.get("Error", {})
        code = str(details.get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        text = "{}: AWS answered {}: {}".format(what, code, details.get("Message", ""))
        if code in _AUTH_CODES:
            return AuthError(text)
        if code in _PASSING_CODES or status == 429 or status >= 500:
            return Retriable(text)
        if code in _DENIED_CODES or status == 403:
            return ShardError(text + " (is the permission granted, and is it the right account?)")
        return ShardError(text)
    if isinstance(error, (known.ParamValidationError, known.UnsupportedS3ArnError)):
        # The SDK's own refusal of a name: nothing was sent, and nothing will be.
        return ShardError(f"{what}: {error}")
    if isinstance(error, (known.CredentialRetrievalError, known.ProfileNotFound)):
        return AuthError(f"{what}: {error}")
    if isinstance(error, (known.BotoCoreError, OSError)) or _is_transport_error(error):
        return Retriable(f"{what}: {type(error).__name__}: {error}")
    raise error


def _is_transport_error(error: Exception) -> bool:
    """An error of the connection, or an answer that is no answer of the service."""
    from botocore.parsers import ResponseParserError
    from urllib3.exceptions import HTTPError

    return isinstance(error, (HTTPError, ResponseParserError))


def date_of(answer: dict[str, Any]) -> float:
    """The service's clock as the Date header of an answer tells it (epoch seconds), else 0."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        return email.utils.parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (TypeError, ValueError):
        # Without a date the answer tells no time; pollers refuse to guess one.
        return 0.0


class Aws:
    """Clients by service, account and region, each with credentials that renew themselves.

    `region` is the home region: that of the roles and of what is asked for without another.
    """

    def __init__(self, context: Any, region: str):
        self._context = context
        self._arguments = context.arguments
        self._splunkd = context.splunkd
        self._log = context.log
        self._region = region
        self._proxies = proxies(context)
        self._name = "ciw-" + (re.sub(r"[^\w+=,.@-]", "-", context.stanza)[:58] or "input")
        self._roles = dict(entry.split("=", 1) for entry in self._arguments["account_roles"])
        self._sessions: dict[tuple[str, ...], Any] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that roles of their own reach; empty: that of the credentials."""
        return tuple(self._roles)

    def client(
        self, service: str, account: str = "", region: str = "", attempts: int = 5
    ) -> Any:
        """The client of a service with the roles that reach `account` (empty: the base's own).

        `attempts` are the SDK's for one call; who asks first for a client decides.
        """
        key = (service, account, region or self._region)
        if key not in self._clients:
            from botocore.config import Config

            config = Config(
                connect_timeout=_TIMEOUT[0],
                read_timeout=_TIMEOUT[1],
                retries={"mode": "standard", "max_attempts": attempts},
                max_pool_connections=16,
                user_agent_extra="cloud_instance_watch/" + VERSION,
                proxies=self._proxies or None,
            )
            session = self._session(self._chain(account))
            client = session.create_client(service, region_name=key[2], config=config)
            watch(client, self._context.count)
            self._clients[key] = client
        return self._clients[key]

    def _chain(self, account: str) -> tuple[str, ...]:
        chain = self._arguments["role_chain"]
        if account in self._roles:
            chain = ">".join(part for part in (chain, self._roles[account]) if part)
        return tuple(role.strip() for role in chain.split(">") if role.strip())

    def _session(self, chain: tuple[str, ...]) -> Any:
        if chain not in self._sessions:
            self._sessions[chain] = self._assumed(chain) if chain else self._base()
        return self._sessions[chain]

    def _base(self) -> Any:
        from botocore.session import Session

        session = Session()
        keys = self._stored_keys()
        if keys is not None:
            session.set_credentials(*keys)
        return session

    def _stored_keys(self) -> tuple[str, str, str | None] | None:
        name = self._arguments["credential"]
        if not name:
            return None
        password = self._splunkd.secret(REALM, name)
        self._log.redactor.register(password)
        try:
            keys = json.loads(password)
            access, secret = keys["access_key_id"], keys["secret_access_key"]
            token = keys.get("session_token")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise AuthError(
                f"credential {name!r} of realm {REALM} in storage/passwords is not JSON with access_key_id "
                "and secret_access_key"
            )
        if not all(isinstance(key, str) for key in (access, secret, token or "")):
            raise AuthError(
                f"credential {name!r} of realm {REALM} in storage/passwords holds a key that is not text"
            )
        self._log.redactor.register(secret)
        if token:
            self._log.redactor.register(token)
        return access, secret, token

    def _assumed(self, chain: tuple[str, ...]) -> Any:
        """A session of the chain's last role; botocore renews it before it expires."""
        from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
        from botocore.session import Session

        source = self._session(chain[:-1])
        credentials = source.get_credentials()
        if credentials is None:
            raise AuthError(f"no AWS credentials to assume the role {chain[-1]} with")
        extra = {"RoleSessionName": self._name}
        if self._arguments["external_id"]:
            extra["ExternalId"] = self._arguments["external_id"]
        region = self._region
        theirs = len(chain) > len(self._chain(""))

        def create_client(service: str, **options: Any) -> Any:
            options.setdefault("region_name", region)
            return source.create_client(service, **options)

        fetcher = AssumeRoleCredentialFetcher(
            client_creator=create_client,
            source_credentials=credentials,
            role_arn=chain[-1],
            extra_args=extra,
        )

        def fetch() -> dict[str, Any]:
            try:
                return fetcher.fetch_credentials()
            except Exception as error:  # noqa: BLE001
                translated = translate(error, "sts:AssumeRole of " + chain[-1])
                # Without the roles of role_chain there is nothing to do; the role of one account
                # is that account's matter, and the others' objects are still read.
                if isinstance(translated, ShardError) and not theirs:
                    raise AuthError(str(translated))
                raise translated

        session = Session()
        # botocore has no public way to give a session credentials that renew themselves.
        session._credentials = DeferredRefreshableCredentials(
            method="assume-role", refresh_using=fetch
        )
        return session
