"""HTTP for the APIs without a library of their own: bounded waits, one error for each cause.

A 429 or a 5xx is asked again a few times, after what Retry-After says where that is short, then is
Retriable; a 401 is asked once more with a new token, then is AuthError; other refusals are
ShardError. The server's Date header is the only clock that polling trusts.
"""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Callable

from . import VERSION
from .errors import AuthError, InputError, Retriable, ShardError
from .proxy import proxies
from .retry import delays

_ATTEMPTS = 5
_FIRST_DELAY = 1.0
_LONGEST_DELAY = 30.0
# A longer Retry-After is not waited for in the run: the next one comes.
_LONGEST_ASKED = 120.0
_TIMEOUT = (10, 60)
_LARGEST_ANSWER = 64 << 20
_PIECE = 256 * 1024
_PASSING = {408, 425, 429, 500, 502, 503, 504}

Token = Callable[[bool], str]
"""Gives the bearer token; True asks for a new one."""


class Refused(ShardError):
    """An answer that asking again does not change; `status` is HTTP's, where the caller knows
    better what it means."""

    def __init__(self, text: str, status: int):
        super().__init__(text)
        self.status = status


class Http:
    """Requests to one cloud; `token` is asked before each. Close it at the end of the run."""

    def __init__(self, context: Any, token: Token | None = None):
        import requests

        self._context = context
        self._token = token
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "cloud_instance_watch/" + VERSION
        self._session.proxies.update(proxies(context))
        self.server_time = 0.0

    def close(self) -> None:
        self._session.close()

    def json(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        what: str = "",
        patience: float = 0,
    ) -> Any:
        """The decoded answer; `what` names the call and its object in errors.

        With `patience` (seconds) a service that does not begin to answer until then has nothing
        to say: None.
        """
        what = what or f"{method} {url.partition('?')[0]}"
        for last in (False, True):
            try:
                opened = self._open(method, url, params, body, headers, what, patience)
            except _Silence:
                return None
            with opened as response:
                try:
                    content = b"".join(_pieces(response, _LARGEST_ANSWER, what))
                    return document(content) if content else None
                except Retriable:
                    # Cut in the middle of the body.
                    if last:
                        raise
                except ValueError as error:
                    raise Retriable(f"{what}: the answer is not JSON ({error})") from error
        return None

    def content(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        what: str = "",
        largest: int = 0,
    ) -> Iterator[bytes]:
        """The body of a GET, piece by piece; raises Retriable where it is cut short."""
        what = what or f"GET {url.partition('?')[0]}"
        with self._open("GET", url, params, None, headers, what) as response:
            yield from _pieces(response, largest, what)

    def whole(
        self, url: str, params: Mapping[str, Any] | None, headers: Mapping[str, str],
        what: str, largest: int,
    ) -> tuple[Mapping[str, str], bytes]:
        """(headers, body) of a GET; one that is cut short is asked for once more."""
        cut = False
        while True:
            with self._open("GET", url, params, None, headers, what) as response:
                try:
                    return response.headers, b"".join(_pieces(response, largest, what))
                except Retriable:
                    if cut:
                        raise
                    cut = True

    def head(
        self, method: str, url: str, params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None, what: str = "",
    ) -> Mapping[str, str]:
        """The answer's headers alone."""
        with self._open(method, url, params, None, headers, what or f"{method} {url}") as response:
            return dict(response.headers)

    def _open(
        self, method: str, url: str, params: Any, body: Any, headers: Any, what: str,
        patience: float = 0,
    ) -> Any:
        """An answer whose status is 2xx, its body not read yet."""
        waits = delays(_ATTEMPTS, _FIRST_DELAY, _LONGEST_DELAY)
        renewed = False
        while True:
            failure, asked = self._attempt(
                method, url, params, body, headers, what, renewed, patience
            )
            if not isinstance(failure, Exception):
                return failure
            if isinstance(failure, _Expired) and not renewed:
                renewed = True
                continue
            if isinstance(failure, _Expired):
                raise AuthError(str(failure))
            delay = next(waits, None)
            if not isinstance(failure, Retriable) or delay is None or asked > _LONGEST_ASKED:
                raise failure
            self._context.log.debug("http_retry", call=what, reason=failure)
            if isinstance(failure, _Busy):
                self._context.count("throttled_seconds", max(delay, asked))
            if self._context.stop.wait(max(delay, asked)):
                raise failure

    def _attempt(
        self, method: str, url: str, params: Any, body: Any, headers: Any, what: str, renew: bool,
        patience: float,
    ) -> tuple[Any, float]:
        """(the answer or what went wrong, seconds the server asks to wait)."""
        import requests

        sent = dict(headers or {})
        if self._token is not None:
            token = self._token(renew)
            self._context.log.redactor.register(token)
            sent["Authorization"] = "Bearer " + token
        try:
            response = self._session.request(
                method, url, params=params, json=body, headers=sent,
                timeout=(_TIMEOUT[0], patience or _TIMEOUT[1]),
                stream=True, allow_redirects=False,
            )
        except requests.exceptions.SSLError as error:
            return AuthError(f"{what}: the certificate is not trusted: {error}"), 0
        except requests.exceptions.RequestException as error:
            if patience and isinstance(error, requests.exceptions.ReadTimeout):
                return _Silence(what), 0
            return Retriable(f"{what}: {type(error).__name__}: {error}"), 0
        self._note_time(response)
        if 200 <= response.status_code < 300:
            return response, 0
        with response:
            return self._refusal(response, what)

    def _note_time(self, response: Any) -> None:
        try:
            moment = email.utils.parsedate_to_datetime(response.headers.get("Date", ""))
        except (TypeError, ValueError):
            # Without a date the answer tells no time; pollers refuse to guess one.
            return
        self.server_time = max(self.server_time, moment.timestamp())

    def _refusal(self, response: Any, what: str) -> tuple[InputError, float]:
        status = response.status_code
        text = f"{what}: HTTP {status}: {_reason(response)}"
        if status == 401:
            return _Expired(text), 0
        if status in _PASSING:
            asked = _retry_after(response.headers.get("Retry-After", ""))
            if status in (429, 503):
                self._context.count("throttled", 1)
                return _Busy(text), asked
            return Retriable(text), asked
        if status == 403:
            text += " (is the permission granted, and on the right scope?)"
        return Refused(text, status), 0


def document(content: bytes) -> Any:
    """The decoded JSON of a service. Raises ValueError.

    What one record should not hold (control characters, bytes that are no UTF-8) costs that record
    its characters, and not the page: such bytes are the surrogates of `surrogateescape`.
    """
    encoding = json.detect_encoding(content)
    escape = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    try:
        text = content.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        text = content.decode(encoding, escape)
    return json.loads(text, strict=False)


class _Expired(InputError):
    """The token was not accepted."""


class _Busy(Retriable):
    """The service asks to be called less often (429, 503)."""


class _Silence(InputError):
    """No answer began within the caller's patience."""


def _reason(response: Any) -> str:
    """What the service says, in one line: Azure and Google both answer {"error": {…}}, Azure's
    storage names its code in a header."""
    if response.headers.get("x-ms-error-code"):
        return f"{response.headers['x-ms-error-code']}: {response.reason}"
    try:
        content = b"".join(_pieces(response, 1 << 16, "the error's text"))
        error = json.loads(content).get("error", {})
        if isinstance(error, dict):
            code = error.get("code") or error.get("status") or ""
            return f"{code}: {error.get('message', '')}"[:500]
        return str(error)[:500]
    except (InputError, ValueError, AttributeError):
        return response.reason or ""


def _retry_after(value: str) -> float:
    """Seconds; 0 where the header is missing or makes no sense (RFC 9110, 10.2.3)."""
    if value.isdigit() and len(value) < 10:
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return 0.0
    return max(0.0, moment.timestamp() - time.time())


def _pieces(response: Any, largest: int, what: str) -> Iterator[bytes]:
    import requests
    import urllib3

    size, expected = 0, response.headers.get("Content-Length", "")
    encoded = response.headers.get("Content-Encoding", "") not in ("", "identity")
    try:
        for piece in response.iter_content(_PIECE):
            size += len(piece)
            if largest and size > largest:
                raise ShardError(f"{what}: the answer is larger than {largest} bytes")
            yield piece
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        raise Retriable(f"{what}: {type(error).__name__}: {error}") from error
    if expected.isdigit() and not encoded and size < int(expected):
        raise Retriable(f"{what}: the connection ended after {size} of {expected} bytes")


def paged(fetch: Callable[[Any], Any], what: str, token: Any = None) -> Iterator[Any]:
    """The answers of `fetch(token)` -> (answer, next token or None), from `token` on.

    A token that comes back a second time would be an endless loop: Retriable.
    """
    known = set()
    while True:
        answer, token = fetch(token)
        yield answer
        if not token:
            return
        if token in known:
            raise Retriable(f"{what}: the service gave the same page a second time")
        known.add(token)
