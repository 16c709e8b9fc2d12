"""Trust in splunkd's own certificates, of its management port and of the HTTP Event Collector."""

from __future__ import annotations

import os
import ssl


def authority() -> str:
    """The certificate authority that signs splunkd's certificate in a standard installation."""
    path = os.path.join(os.environ.get("SPLUNK_HOME", ""), "etc", "auth", "cacert.pem")
    return path if os.path.isfile(path) else ""


def context_for(host: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority() or None)
    # The authority that Splunk generates lacks extensions which Python 3.13 asks for by default.
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    if host in ("127.0.0.1", "localhost", "::1"):
        # The default certificate names SplunkServerDefaultCert, not the loopback address.
        context.check_hostname = False
    return context
