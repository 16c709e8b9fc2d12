"""The faults that every input is put under, and the reason where one does not apply.

A fault is planned in a case's stand-in or put into its cloud; what it may cost is the test's to say
(tests/promises/test_faults.py). `without` names a kind of input (queue, poll, blob, snapshot), a
way (answers of an API, objects in storage, messages) and why the fault means nothing there; a case
adds its own reasons.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.clouds.stand_in import Request, Response
from tests.promises.cases._base import WRONG_ENCODING, raw

OFTEN = 10**6
_CONTINUED = re.compile(r"pageToken|skip[tT]oken|NextToken|\bmarker\b")
_STARTS = (
    (rb"page-\d+", b"page-0"),
    (rb"(skip[tT]oken=)\d+", rb"\g<1>0"),
    (rb'("nextPageToken": "(?:0-)?)\d+', rb"\g<1>0"),
    (rb"(<NextMarker>)[^<]+", rb"\g<1>" + base64.urlsafe_b64encode(b"!")),
)
CONTROL = "\x00\x07\x1b\x7f ]]> & < \u2028 \ufffe \ud800 "
_BOMB = 80 << 20
_LARGE = 11 << 20


@dataclass(frozen=True)
class Fault:
    """`plan(case)` plans it, or puts what it is about into the cloud and gives the identities."""

    name: str
    plan: Callable[[Any], Any] = lambda case: None
    without: Mapping[str, str] = field(default_factory=dict)

    def why_not(self, case: Any) -> str:
        """Why it does not apply to a case (or its class); empty where it does."""
        return case.without.get(self.name) or self.without.get(case.kind) or \
            self.without.get(case.way) or ""


def continued(request: Request) -> bool:
    """Whether the request asks for a page behind the first."""
    return bool(_CONTINUED.search(json.dumps(request.query) + request.body.decode("latin-1")))


def planned(kind: str, **more: Any) -> Callable[[Any], None]:
    """A fault of the calls that fetch events."""
    return lambda case: case.stand_in.fault(kind, path=case.faulty_path, **more)


def answered(change: Callable[[Response], Response]) -> Callable[[Any], None]:
    """The next answer that holds anything is changed."""

    def plan(case: Any) -> None:
        case.stand_in.fault(
            "changed", path=case.faulty_path, change=lambda request, response: change(response)
        )

    return plan


def _with(response: Response, content: bytes, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(content, response.status, {**response.headers, **named})


def _truncated(response: Response) -> Response:
    return _with(response, gzip.compress(response.content)[:-12], Content_Encoding="gzip")


def _bomb(response: Response) -> Response:
    content = gzip.compress(b'{"value": "' + b" " * _BOMB + b'"}')
    return _with(response, content, Content_Encoding="gzip")


def _utf16(response: Response) -> Response:
    return _with(response, response.content.decode("latin-1").encode("utf-16"))


def _expire(case: Any) -> None:
    """The credentials end behind the first page: the tokens are forgotten, the call refused."""
    case.stand_in.fault(
        "status", path=case.faulty_path, status=401, code="ExpiredToken", skip=1,
        then=getattr(case.stand_in, "tokens", {}).clear,
    )


def _empty_page(case: Any) -> None:
    """The first list that goes on begins with an empty page whose token leads to its start."""
    fault = case.stand_in.fault("changed", path=case.faulty_path, times=OFTEN)

    def change(request: Request, response: Response) -> Response:
        content = _start(response.content)
        if continued(request) or content == response.content:
            return response
        fault.times = 0
        return _with(response, _emptied(content))

    fault.change = change


def _start(content: bytes) -> bytes:
    """The answer with the token of the list's start in place of the next page's."""
    for pattern, start in _STARTS:
        content = re.sub(pattern, start, content)
    document = _document(content)
    if isinstance(document, dict) and "$skipToken" in document:
        _, query = json.loads(base64.urlsafe_b64decode(document["$skipToken"]))
        token = base64.urlsafe_b64encode(json.dumps([0, query]).encode()).decode()
        content = json.dumps({**document, "$skipToken": token}).encode()
    return content


def _emptied(content: bytes) -> bytes:
    document = _document(content)
    if isinstance(document, dict):
        return json.dumps(
            {name: [] if isinstance(value, list) else value for name, value in document.items()}
        ).encode()
    return re.sub(rb"<(\w+Set|Blobs)>.*</\1>", rb"<\1></\1>", content, flags=re.DOTALL)


def _document(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _loop(case: Any) -> None:
    """Whatever token is asked for, the page before comes again, with that token."""
    last: list[Response] = []

    def change(request: Request, response: Response) -> Response:
        if continued(request) and last:
            return last[0]
        last[:] = [response]
        return response

    case.stand_in.fault("changed", path=case.faulty_path, times=OFTEN, change=change)


def _reordered(case: Any) -> None:
    """What has been delivered comes again, the last one first; of lists each page."""
    if case.kind == "queue":
        case.redeliver()
        return
    case.stand_in.fault(
        "changed", path=case.faulty_path, times=OFTEN,
        change=lambda request, response: _with(response, _reversed(response.content)),
    )


def _reversed(content: bytes) -> bytes:
    document = _document(content)
    if not isinstance(document, dict):
        return content
    turned = {
        name: value[::-1] if isinstance(value, list) else value for name, value in document.items()
    }
    return json.dumps(turned).encode()


def _expired_hold(case: Any) -> None:
    """The hold on what was received ends while it is being fetched."""

    def change(request: Request, response: Response) -> Response:
        case.pass_time(700)
        return response

    case.stand_in.fault("changed", path=case.receiving_path, change=change)


def _wrong_encoding(case: Any) -> list[str]:
    case.stand_in.fault(
        "changed", path=case.faulty_path, times=OFTEN,
        change=lambda request, response: _with(response, raw(response.content)),
    )
    return case.put_text("a name in another encoding: " + WRONG_ENCODING)


def _bombed(case: Any) -> list[str]:
    if case.way == "objects":
        return case.put_text(" " * _BOMB)
    answered(_bomb)(case)
    return []


def _malformed(case: Any) -> list[str]:
    case.put_bad()
    return []


def _stored(make: Callable[[bytes], bytes], change: Callable[[Response], Response]) -> Callable:
    """What is stored is made so; where nothing is stored, the next answer."""

    def plan(case: Any) -> list[str]:
        if case.way != "answers":
            return case.put_stored(make)
        answered(change)(case)
        return []

    return plan


def _cut_short(case: Any) -> list[str]:
    if case.way == "objects":
        return case.put_stored(lambda content: gzip.compress(content, mtime=0)[:-20])
    answered(_truncated)(case)
    return []


_MOMENT = {"headers": {"Retry-After": "0"}}
# Those that pass: all of it comes, each once.
PASSING = (
    Fault("429 with Retry-After", planned("status", status=429, times=2, **_MOMENT)),
    Fault("429 without", planned("status", status=429)),
    Fault("429, Retry-After: soonish",
          planned("status", status=429, headers={"Retry-After": "soonish"})),
    Fault("429, Retry-After: a day",
          planned("status", status=429, headers={"Retry-After": "86400"})),
    Fault("500", planned("status", status=500, times=2)),
    Fault("503", planned("status", status=503, **_MOMENT)),
    Fault("no answer in time", planned("silent", seconds=4)),
    Fault("reset", planned("reset", times=2)),
    Fault("reset mid-body", planned("cut")),
    Fault("end mid-body", planned("short")),
    Fault("slow body", planned("slow", times=3)),
    Fault("no JSON", planned("garbage")),
    Fault("credentials expire mid-page", _expire),
)
# What is bad among what is good: it costs itself.
CONTENT = (
    Fault("malformed record", _malformed),
    Fault("control characters", lambda case: case.put_text(CONTROL)),
    Fault("record of 11 MB", lambda case: case.put_text("x" * _LARGE)),
    Fault("wrong encoding", _wrong_encoding),
    Fault("byte order mark", _stored(
        lambda content: b"\xef\xbb\xbf" + content,
        lambda response: _with(response, b"\xef\xbb\xbf" + response.content))),
    Fault("UTF-16", _stored(lambda content: content.decode().encode("utf-16"), _utf16)),
    Fault("truncated gzip", _cut_short),
    Fault("gzip bomb", _bombed, {"messages": "a message is not compressed, and 10 MB at most"}),
)
_HELD = {
    kind: "nothing is held: it has a cursor" for kind in ("poll", "blob", "snapshot")
}
_TOKENS = {"queue": "a queue has no page tokens"}
_REFUSED = Fault("page token refused", lambda case: [
    case.stand_in.fault("status", path=case.faulty_path, status=status, where=continued)
    for status in (400, 410)
], _TOKENS)
_EMPTY = Fault("empty page with a next token", _empty_page, _TOKENS)
_LOOP = Fault("page token loop", _loop, _TOKENS)
_HOLD = Fault("hold expires mid-page", _expired_hold, _HELD)
_OTHERS = (
    _REFUSED, _EMPTY, _LOOP, _HOLD,
    Fault("redelivered in another order", _reordered, {
        "blob": "a blob has one order, and each byte has its place in it",
        "snapshot": "a list of what exists has no order, and each snapshot lists all of it again"}),
    Fault("poison message", without={
        kind: "there are no messages: see malformed record" for kind in
        ("poll", "blob", "snapshot")}),
    Fault("late events", without={
        "queue": "what comes is read as it comes, whatever its time",
        "snapshot": "what comes into being later is in the next snapshot"}),
    Fault("clock an hour ahead"),
    Fault("clock an hour behind"),
    Fault("slow reader"),
    Fault("refused for good"),
    Fault("an outage of the whole run"),
    Fault("KV store down at the start"),
    Fault("KV store down midway"),
    Fault("KV store slow"),
    Fault("two instances at once"),
    Fault("stale writer", without={"queue": "queues have no lease: each process has its messages"}),
    Fault("canary in every credential"),
    Fault("reader goes away"),
    Fault("kill -9"),
    Fault("disk full"),
    Fault("damaged checkpoint"),
)
ALL = {fault.name: fault for fault in (*PASSING, *CONTENT, *_OTHERS)}
