"""Azurite, Microsoft's emulator of the Blob service, with tokens over TLS, and a writer of blobs.

It checks a token's issuer, audience and times, not its signature ("Use the Azurite emulator",
learn.microsoft.com/azure/storage/common/storage-use-azurite).
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lab.clouds.aws import reserved
from lab.clouds.azure_management import AzureManagement
from lab.clouds.stand_in import Request, Response, route

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
ACCOUNT = "devstoreaccount1"
TENANT = "99999999-8888-7777-6666-555555555555"
VERSION = "2021-12-02"


class Tokens(AzureManagement):
    """Managed-identity tokens that Azurite takes."""

    @route("GET", "/msi/token")
    def token(self, request: Request) -> Response:
        response = super().token(request)
        if response.status == 200:
            response.body["access_token"] = web_token(request.query["resource"])
        return response


def web_token(audience: str) -> str:
    now = int(time.time())
    claims = {
        "aud": audience, "iss": f"https://sts.windows.net/{TENANT}/", "iat": now - 60,
        "nbf": now - 60, "exp": now + 3600,
    }
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (*parts, "x")]
    return b".".join(part.rstrip(b"=") for part in encoded).decode()


class Azurite:
    """The emulator in a process; `directory` gets its data, certificate and key."""

    def __init__(self, directory: Path):
        self.certificate = directory / "certificate.pem"
        key = directory / "key.pem"
        _certify(self.certificate, key)
        self._reserved = reserved()
        port = self._reserved.getsockname()[1]
        self.url = f"https://127.0.0.1:{port}"
        self.tokens = Tokens()
        self._process = subprocess.Popen(
            ["node", str(SCRIPT), "--blobHost", "127.0.0.1", "--blobPort", str(port),
             "--location", str(directory / "data"), "--oauth", "basic", "--silent",
             "--cert", str(self.certificate), "--key", str(key), "--disableTelemetry"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        context = ssl.create_default_context(cafile=str(self.certificate))
        self._client = httpx.Client(verify=context, timeout=120)
        self._await()

    @property
    def environment(self) -> dict[str, str]:
        return {
            **self.tokens.environment,
            "CIW_ENDPOINT_AZURE_STORAGE": self.url,
            "REQUESTS_CA_BUNDLE": str(self.certificate),
        }

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(90)
        self._reserved.close()
        self._client.close()
        self.tokens.close()

    def call(self, method: str, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.request(
            method, f"{self.url}/{ACCOUNT}/{path}", content=content,
            headers={"x-ms-version": VERSION, **named,
                     "Authorization": "Bearer " + web_token("https://storage.azure.com")},
        )

    def make_container(self, name: str) -> None:
        _created(self.call("PUT", name + "?restype=container"))

    def append(self, container: str, name: str, content: bytes) -> None:
        """Append Block, of an append blob that is made where it is missing."""
        path = f"{container}/{name}"
        if self.call("HEAD", path).status_code == 404:
            _created(self.call("PUT", path, x_ms_blob_type="AppendBlob"))
        _created(self.call("PUT", path + "?comp=appendblock", content))

    def write_blocks(self, container: str, name: str, blocks: list[bytes], new: int) -> None:
        """Put Block for the blocks from `new` on and the closing one, then Put Block List."""
        path = f"{container}/{name}"
        ids = [base64.b64encode(b"%06d" % number).decode() for number in range(len(blocks))]
        for number in range(new, len(blocks)):
            _created(self.call("PUT", f"{path}?comp=block&blockid={ids[number]}", blocks[number]))
        latest = "".join(f"<Latest>{name}</Latest>" for name in ids)
        document = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{latest}</BlockList>'
        _created(self.call("PUT", path + "?comp=blocklist", document.encode()))

    def delete(self, container: str, name: str) -> None:
        assert self.call("DELETE", f"{container}/{name}").status_code == 202

    def _await(self) -> None:
        deadline = time.monotonic() + 120
        while True:
            try:
                self.call("GET", "?comp=list")
                return
            except httpx.TransportError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.2)


def _created(response: httpx.Response) -> Any:
    assert response.status_code == 201, (response.status_code, response.text)


def _certify(certificate: Path, key: Path) -> None:
    """A certificate of 127.0.0.1 for this run, signed by itself."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(private.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
