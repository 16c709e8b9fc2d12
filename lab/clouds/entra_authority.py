"""Entra ID's token endpoint on this machine: client secrets, certificates, federated tokens.

"Microsoft identity platform and the OAuth 2.0 client credentials flow" (learn.microsoft.com/entra/
identity-platform/v2-oauth2-client-creds-grant-flow) and OpenID Connect's discovery document. MSAL
speaks to an authority over HTTPS only, so there is a certificate, signed by itself and made for
the occasion: its file is what REQUESTS_CA_BUNDLE must name.
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from lab.clouds.azure_tokens import AzureTokens
from lab.clouds.stand_in import Request, Response, StandIn, route

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def make_certificate(path: Path, name: str = "localhost") -> None:
    """Writes a key and a certificate that it signs itself, valid for a day (PEM)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=2))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))


class EntraAuthority(StandIn):
    """Issues tokens that `service` accepts to the clients it knows.

    `secret`, `certificate` (PEM with the public certificate) and `federated` (the token of another
    issuer) are what a client of `tenant` may prove itself with.
    """

    def __init__(
        self,
        directory: Path,
        service: AzureTokens,
        tenant: str,
        client: str,
        secret: str = "",
        certificate: bytes = b"",
        federated: str = "",
        clock: Callable[[], float] = time.time,
    ):
        super().__init__(clock)
        self.service = service
        self.tenant = tenant
        self.client = client
        self.secret = secret
        self.certificate = certificate
        self.federated = federated
        self.lifetime = 3600
        self.bundle = directory / "authority.pem"
        make_certificate(self.bundle)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.bundle)
        accept = self._server.get_request

        def accept_encrypted() -> Any:
            connection, address = accept()
            return context.wrap_socket(connection, server_side=True), address

        self._server.get_request = accept_encrypted
        self.url = f"https://localhost:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CIW_ENDPOINT_AZURE_AUTHORITY": self.url,
            "REQUESTS_CA_BUNDLE": str(self.bundle),
        }

    @route("GET", "/([^/]+)/v2.0/.well-known/openid-configuration")
    def discovery(self, request: Request, tenant: str) -> Response:
        base = f"{self.url}/{tenant}"
        return Response(
            {
                "issuer": base + "/v2.0",
                "authorization_endpoint": base + "/oauth2/v2.0/authorize",
                "token_endpoint": base + "/oauth2/v2.0/token",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            }
        )

    @route("POST", "/([^/]+)/oauth2/v2.0/token")
    def issue(self, request: Request, tenant: str) -> Response:
        form = dict(parse_qsl(request.body.decode()))
        scope = form.get("scope", "")
        if tenant != self.tenant or form.get("client_id") != self.client:
            return self._refuse("unauthorized_client", "AADSTS700016: application not found")
        if form.get("grant_type") != "client_credentials" or not scope.endswith("/.default"):
            return self._refuse("invalid_request", "AADSTS900144: not a client credentials grant")
        if not self._proved(form):
            return self._refuse("invalid_client", "AADSTS7000215: invalid client secret provided")
        token = self.service.issue(scope[: -len("/.default")], self.lifetime)
        return Response(
            {"token_type": "Bearer", "expires_in": self.lifetime, "access_token": token}
        )

    def _proved(self, form: dict[str, str]) -> bool:
        if "client_secret" in form:
            return bool(self.secret) and form["client_secret"] == self.secret
        assertion = form.get("client_assertion", "")
        if form.get("client_assertion_type") != _ASSERTION or not assertion:
            return False
        return assertion == self.federated if self.federated else self._signed(assertion)

    def _signed(self, assertion: str) -> bool:
        """Whether the certificate's key signed a JWT of this client for this endpoint."""
        from cryptography import x509
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        certificate = x509.load_pem_x509_certificate(self.certificate)
        head, body, signature = assertion.split(".")
        header, claims = (json.loads(_decode(part)) for part in (head, body))
        kind = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH) \
            if header["alg"] == "PS256" else padding.PKCS1v15()
        try:
            certificate.public_key().verify(
                _decode(signature), f"{head}.{body}".encode(), kind, hashes.SHA256()
            )
        except InvalidSignature:
            return False
        ends = claims["exp"] > time.time()
        thumbprint = header.get("x5t#S256") or header.get("x5t")
        known = {
            base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).decode().rstrip("=")
            for algorithm in (hashes.SHA1(), hashes.SHA256())
        }
        return ends and claims["iss"] == self.client and thumbprint.rstrip("=") in known

    def _refuse(self, code: str, text: str) -> Response:
        return Response({"error": code, "error_description": text}, 401)


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
