"""What the stand-ins of Azure's APIs share: tokens of a managed identity, checked by audience.

"How to use managed identities for App Service and Azure Functions" (learn.microsoft.com): a GET
of IDENTITY_ENDPOINT with the header X-IDENTITY-HEADER, resource and api-version 2019-08-01.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from lab.clouds.stand_in import Request, Response, StandIn, route

IDENTITY_SECRET = "stand-in-identity-header"


@dataclass
class Token:
    """`expires` by the stand-in's own clock."""

    audience: str
    expires: float


class AzureTokens(StandIn):
    """Refuses a request whose token is unknown, expired or meant for another service.

    `environment` makes azure-identity take this for App Service's managed identity.
    """

    services: tuple[str, ...] = ()
    """The services of bin/ciw/endpoints.csv that the stand-in takes the place of."""

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.tokens: dict[str, Token] = {}

    @property
    def environment(self) -> dict[str, str]:
        led = {f"CIW_ENDPOINT_AZURE_{service.upper()}": self.url for service in self.services}
        return {
            "IDENTITY_ENDPOINT": self.url + "/msi/token",
            "IDENTITY_HEADER": IDENTITY_SECRET,
            **led,
        }

    def audience_of(self, path: str) -> str:
        """The audience that a request for `path` needs."""
        return self.url

    def issue(self, audience: str, seconds: float = 3600) -> str:
        token = "stand-in-token-" + secrets.token_hex(8)
        self.tokens[token] = Token(audience, self.clock() + seconds)
        return token

    def answer(self, request: Request) -> Response:
        if request.path != "/msi/token":
            token = self.tokens.get(request.bearer)
            if token is None or token.expires < self.clock():
                return self.error(401, "ExpiredAuthenticationToken", "the token is not valid")
            if token.audience.rstrip("/") != self.audience_of(request.path):
                return self.error(
                    401, "InvalidAuthenticationToken",
                    f"the token is for {token.audience}, not {self.audience_of(request.path)}",
                )
        return super().answer(request)

    @route("GET", "/msi/token")
    def token(self, request: Request) -> Response:
        if request.headers.get("x-identity-header") != IDENTITY_SECRET:
            return self.error(401, "unauthorized_client", "no identity header")
        if set(request.query) - {"resource", "api-version", "client_id"}:
            return self.error(400, "invalid_request", "an unknown parameter")
        audience = request.query.get("resource", "")
        return Response(
            {
                "access_token": self.issue(audience),
                "expires_on": str(int(time.time() + 3600)),
                "resource": audience,
                "token_type": "Bearer",
            }
        )

    def wrong_parameters(
        self, request: Request, known: set[str], required: set[str], versions: set[str]
    ) -> Response | None:
        """The refusal of a request with a parameter too many or too few, or another version."""
        version = request.query.get("api-version")
        if versions and version not in versions:
            return self.error(
                400, "InvalidApiVersionParameter", f"the api-version {version!r} is not supported"
            )
        names = set(request.query) - {"api-version"}
        if names - known:
            return self.error(400, "BadRequest", f"unknown parameters {sorted(names - known)}")
        if required - names:
            return self.error(400, "BadRequest", f"missing parameters {sorted(required - names)}")
        return None
