"""The way through a proxy: its address in the stanza, its credentials in storage/passwords."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from .declare import Argument
from .errors import AuthError

REALM = "ciw_proxy"

ARGUMENTS = (
    Argument(
        "proxy",
        "Proxy",
        "Address of an HTTP proxy, http://HOST:PORT, without credentials. Empty: the environment's "
        "HTTPS_PROXY, if there is one",
        pattern=r"https?://[\w.-]+(:\d{1,5})?",
        shape="http://HOST:PORT",
    ),
    Argument(
        "proxy_credential",
        "Proxy credential",
        "Name of the entry of realm ciw_proxy in storage/passwords whose password is USER:PASSWORD",
        pattern=r"[\w.@ -]{1,128}",
    ),
)


def proxies(context: Any) -> dict[str, str]:
    """What `requests` and botocore take as proxies; {} leaves the environment's. Raises AuthError."""
    url = context.arguments.get("proxy", "")
    if not url:
        return {}
    name = context.arguments.get("proxy_credential", "")
    if name:
        secret = context.splunkd.secret(REALM, name)
        context.log.redactor.register(secret)
        user, colon, password = secret.partition(":")
        if not colon or not user:
            raise AuthError(
                f"credential {name!r} of realm {REALM} in storage/passwords is not USER:PASSWORD"
            )
        context.log.redactor.register(password)
        parts = urlsplit(url)
        host = f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc}"
        url = urlunsplit((parts.scheme, host, "", "", ""))
    return {"http": url, "https": url}
