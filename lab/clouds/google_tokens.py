"""Google's three ways to a token on this machine: metadata server, signed JWT, federation.

"Authenticate workloads to Google Cloud APIs using service accounts" (metadata server), "Using
OAuth 2.0 for server to server applications" (the JWT and its claims) and "Workload identity
federation" with the Security Token Service's and IAM credentials' REST references.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from lab.clouds.stand_in import Request, Response, StandIn, route

_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
# google-auth names Google's own address, whatever the key's token_uri says.
_AUDIENCE = "https://oauth2.googleapis.com/token"
_METADATA = {"Metadata-Flavor": "Google"}


class GoogleTokens(StandIn):
    """`tokens` are those given out, with the times they end; `subjects` the foreign tokens that
    the federation takes, by audience; `accounts` the service accounts that have keys."""

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.tokens: dict[str, float] = {}
        self.subjects: dict[str, str] = {}
        self.accounts: dict[str, rsa.RSAPublicKey] = {}

    def give(self) -> str:
        token = "stand-in-token-" + secrets.token_hex(8)
        self.tokens[token] = self.clock() + 3600
        return token

    def key(self, email: str = "reader@stand-in.iam.gserviceaccount.com") -> dict[str, Any]:
        """A service-account key as the console gives it, with this stand-in's token address."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.accounts[email] = private.public_key()
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "project_id": "stand-in",
            "private_key_id": secrets.token_hex(20),
            "private_key": pem.decode(),
            "client_email": email,
            "client_id": "100000000000000000001",
            "token_uri": self.url + "/token",
        }

    def federation(self, file: str, subject: str, impersonate: bool = False) -> dict[str, Any]:
        """A credential configuration whose subject token stands in a file."""
        audience = (
            "//iam.googleapis.com/projects/123456789/locations/global/workloadIdentityPools/"
            "pool/providers/provider"
        )
        self.subjects[audience] = subject
        document = {
            "type": "external_account",
            "audience": audience,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": self.url + "/v1/token",
            "credential_source": {"file": file},
        }
        if impersonate:
            document["service_account_impersonation_url"] = (
                f"{self.url}/v1/projects/-/serviceAccounts/"
                "reader@stand-in.iam.gserviceaccount.com:generateAccessToken"
            )
        return document

    @route("GET", "/computeMetadata/v1/instance/service-accounts/[^/]+/token")
    def metadata_token(self, request: Request) -> Response:
        if request.headers.get("metadata-flavor") != "Google":
            return self.error(403, "PERMISSION_DENIED", "no Metadata-Flavor header")
        body = {"access_token": self.give(), "expires_in": 3599, "token_type": "Bearer"}
        return Response(body, headers=_METADATA)

    @route("GET", "/computeMetadata/v1/instance/service-accounts/[^/]+/")
    def metadata_account(self, request: Request) -> Response:
        body = {"email": "reader@stand-in.iam.gserviceaccount.com", "scopes": [], "aliases": []}
        return Response(body, headers=_METADATA)

    @route("GET", "/(?:computeMetadata/v1/(?:universe/universe-domain|universe/universe_domain)?)?")
    def metadata(self, request: Request) -> Response:
        body = b"googleapis.com" if "universe" in request.path else b""
        return Response(body, headers={**_METADATA, "Content-Type": "application/text"})

    @route("POST", "/token")
    def signed(self, request: Request) -> Response:
        form = _form(request)
        if form.get("grant_type") != _JWT:
            return _refusal("unsupported_grant_type", "a JWT is taken here")
        header, claims, signature = form.get("assertion", "..").split(".")
        problem = self._problem(f"{header}.{claims}".encode(), _bytes(claims), _bytes(signature))
        if problem:
            return _refusal("invalid_grant", problem)
        body = {"access_token": self.give(), "expires_in": 3599, "token_type": "Bearer"}
        return Response(body)

    def _problem(self, signed: bytes, content: bytes, signature: bytes) -> str:
        claims = json.loads(content or b"{}")
        public = self.accounts.get(claims.get("iss", ""))
        if public is None:
            return "Invalid grant: account not found"
        if claims.get("aud") != _AUDIENCE or not claims.get("scope"):
            return "Invalid JWT: aud and scope are needed"
        if not claims["iat"] - 600 <= self.clock() <= claims["exp"] <= claims["iat"] + 3600:
            return "Invalid JWT: Token must be a short-lived token (60 minutes)"
        try:
            public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return "Invalid JWT Signature."
        return ""

    @route("POST", "/v1/token")
    def exchange(self, request: Request) -> Response:
        form = _form(request)
        if form.get("grant_type") != _EXCHANGE:
            return _refusal("unsupported_grant_type", "a token exchange is taken here")
        if self.subjects.get(form.get("audience", "")) != form.get("subject_token"):
            return _refusal("invalid_grant", "The subject token is not of this provider")
        return Response(
            {
                "access_token": self.give(),
                "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
                "token_type": "Bearer",
                "expires_in": 3599,
            }
        )

    @route("POST", "/v1/projects/-/serviceAccounts/[^/]+:generateAccessToken")
    def impersonate(self, request: Request) -> Response:
        if self.tokens.get(request.bearer, 0) < self.clock():
            return self.error(401, "UNAUTHENTICATED", "the token is not valid")
        ends = datetime.fromtimestamp(time.time() + 3600, timezone.utc)
        expire = ends.strftime("%Y-%m-%dT%H:%M:%SZ")
        return Response({"accessToken": self.give(), "expireTime": expire})


def _form(request: Request) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _refusal(code: str, description: str) -> Response:
    return Response({"error": code, "error_description": description}, 400)
