"""Where the clouds' APIs are: a table by provider, national cloud and service, no free addresses.

Azure's are of "Azure Government and China endpoints" (azure/azure-government/compare-azure-
government-global-azure, learn.microsoft.com), Google's of each API's discovery document. AWS's
partitions are botocore's own data. A stand-in on this machine takes a service's place through the
environment, `CIW_ENDPOINT_<PROVIDER>_<SERVICE>`, as AWS_ENDPOINT_URL does in AWS's SDK; only an
address of the loopback interface is accepted there.
"""

from __future__ import annotations

import csv
import os
from functools import lru_cache
from urllib.parse import urlsplit

from .errors import InvalidArgument

_TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "endpoints.csv")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str, str], str]:
    with open(_TABLE, newline="", encoding="ascii") as file:
        return {
            (row["provider"], row["cloud"], row["service"]): row["url"]
            for row in csv.DictReader(file)
        }


def clouds(provider: str) -> tuple[str, ...]:
    """The national clouds of a provider, in the table's order."""
    return tuple(dict.fromkeys(cloud for owner, cloud, _ in _table() if owner == provider))


def endpoint(provider: str, cloud: str, service: str, **parts: str) -> str:
    """The service's address without a slash at its end; `parts` fill {region} or {account}.

    A stand-in's address gets the parts as a path: /{account}. Raises InvalidArgument.
    """
    name = f"CIW_ENDPOINT_{provider}_{service}".upper()
    override = os.environ.get(name, "")
    if override:
        if urlsplit(override).hostname not in _LOOPBACK:
            raise InvalidArgument(
                f"the environment variable {name} may name this machine only, not {override!r}"
            )
        return "/".join([override.rstrip("/"), *parts.values()])
    url = _table().get((provider, cloud, service))
    if url is None:
        raise InvalidArgument(f"{provider} has no {service} in the cloud {cloud!r}")
    return url.format(**parts)
