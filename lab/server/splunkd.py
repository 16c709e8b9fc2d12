"""splunkd's REST as ASGI: /services and /servicesNS, and the same behind Splunk Web's proxy."""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
from urllib.parse import parse_qsl, unquote, unquote_plus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from lab.server import (
    atom,
    conf_api,
    inputs_api,
    knowledge_api,
    kv_api,
    kv_config_api,
    receivers_api,
    saved_api,
    search_api,
    search_tools_api,
    secrets_api,
    system_api,
    users_api,
)
from lab.server.call import Call, Reply, Route, parse_form
from lab.server.errors import RestError
from lab.server.hec import api as hec_api
from lab.server.hec import tokens_api
from lab.server.hec.tokens import content_bytes
from lab.server.sessions import SYSTEM_USER, Session
from lab.server.state import State

log = logging.getLogger(__name__)
MAX_BODY_BYTES = 50 * 1024 * 1024  # the KV store's limit of a batch
ROUTES: list[Route] = [
    route
    for module in (
        users_api,
        system_api,
        search_api,
        search_tools_api,
        saved_api,
        kv_api,
        kv_config_api,
        secrets_api,
        conf_api,
        knowledge_api,
        inputs_api,
        receivers_api,
        tokens_api,
        hec_api,
    )
    for route in module.ROUTES
]


def split(path: str) -> tuple[str | None, str | None, str]:
    """(owner, app, path below) of a raw path that begins with services or servicesNS."""
    parts = path.strip("/").split("/")
    if parts[0] == "services":
        return None, None, "/".join(parts[1:])
    if parts[0] == "servicesNS" and len(parts) >= 3:
        return unquote(parts[1]), unquote(parts[2]), "/".join(parts[3:])
    raise RestError(404, f"Not Found: /{path}")


def session_of(state: State, header: str) -> Session | None:
    """The session that an Authorization header names: Splunk, Bearer or Basic."""
    kind, _, value = header.partition(" ")
    value = value.strip()
    if kind.lower() in ("splunk", "bearer"):
        return state.sessions.find(value)
    if kind.lower() == "basic":
        try:
            name, _, password = (
                base64.b64decode(value, validate=True).decode("utf-8").partition(":")
            )
        except (binascii.Error, UnicodeDecodeError):
            return None
        user = state.users.check(name, password)
        return state.sessions.open(user) if user else None
    return None


def cookie_names(port: int) -> tuple[str, str]:
    """Splunk Web's cookies: the session, and the token against forged requests."""
    return f"splunkd_{port}", f"splunkweb_csrf_token_{port}"


def web_session(state: State, request: Request) -> Session | None:
    return state.sessions.find(request.cookies.get(cookie_names(state.port)[0], ""))


def check_csrf(state: State, request: Request, session: Session) -> None:
    """Writes through the proxy need the token of the cookie in a header, and an XHR mark."""
    if request.method in ("GET", "HEAD"):
        return
    cookie = request.cookies.get(cookie_names(state.port)[1], "")
    sent = request.headers.get("x-splunk-form-key", "")
    same = hmac.compare_digest(sent.encode(), cookie.encode())
    own = hmac.compare_digest(cookie.encode(), session.csrf.encode())
    if not (same and own):
        raise RestError(403, "Splunk cannot authenticate the request. CSRF validation failed.")
    if request.headers.get("x-requested-with", "") != "XMLHttpRequest":
        raise RestError(403, "the request lacks X-Requested-With: XMLHttpRequest")


async def _body(request: Request, limit: int) -> bytes:
    """The body; one byte more than `limit` at most."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        parts.append(part)
        if size > limit:
            break
    return b"".join(parts)[: limit + 1]


def _check_namespace(call: Call) -> None:
    """404 for an app or an owner in the path that is not there."""
    if call.app not in (None, "-", "system", "search", "launcher", call.state.app.name):
        raise RestError(404, f"Application does not exist: {call.app}")
    if call.owner not in (None, "-", "nobody") and call.owner not in call.state.users \
            and call.owner != SYSTEM_USER:
        raise RestError(404, f"User does not exist: {call.owner}")


def _name(call: Call, part: str | None) -> str | None:
    """A name in a path. A plus is a space there too: splunk-sdk sends names that way; and a slash
    may be encoded twice, as in the links of entries. Keys of documents are taken as they are."""
    if part is None:
        return None
    name = unquote_plus(part)
    return name if call.path.startswith("storage/collections/data") else name.replace("%2F", "/")


def _answer(call: Call, through_web: bool) -> Reply:
    """Finds the route and runs it; the caller's rights are checked before the handler runs."""
    _check_namespace(call)
    methods = set()
    for route in ROUTES:
        parts = route.match(call.path)
        if parts is None:
            continue
        methods.add(route.method)
        if route.method != call.method:
            continue
        if not route.anonymous and call.session is None:
            raise RestError(401, "call not properly authenticated", "WARN")
        if route.capability and not call.user.may(route.capability):
            raise RestError(
                403,
                f"You (user={call.user.user.name}) do not have permission to"
                f" perform this operation (requires capability:"
                f" {route.capability}).",
            )
        return route.handler(call, **{k: _name(call, v) for k, v in parts.items()})
    if methods:
        raise RestError(
            405, f"Method Not Allowed: {call.method} {call.path}; use {', '.join(sorted(methods))}"
        )
    found = call.state.host.find(call.path)
    if found is None or (through_web and not call.state.host.expose.allows(call.method, call.path)):
        raise RestError(
            404,
            f"Not Found: the lab has no endpoint {call.path}"
            + (" exposed to Splunk Web" if found else ""),
        )
    endpoint, path_info = found
    if call.session is None and endpoint.stanza.boolean("requireAuthentication", True):
        raise RestError(401, "call not properly authenticated", "WARN")
    return call.state.host.answer(endpoint, path_info, call)


async def respond(state: State, request: Request, raw_path: str, through_web: bool) -> Response:
    """One request to splunkd; `raw_path` is still percent-encoded."""
    call = None
    try:
        owner, app, path = split(raw_path)
        if through_web:
            session = web_session(state, request)
            if session is not None:
                check_csrf(state, request, session)
        else:
            session = session_of(state, request.headers.get("authorization", ""))
        call = Call(
            state=state,
            method=request.method,
            path=path.strip("/"),
            query=parse_qsl(request.url.query, keep_blank_values=True),
            form=[],
            body=b"",
            headers={k.lower(): v for k, v in request.headers.items()},
            session=session,
            owner=owner,
            app=app,
            remote=request.client.host if request.client else "",
        )
        if call.path.startswith(("collector", "receivers/")):
            # These take text, not forms; the collector says in its own words what is too long.
            call.body = await _body(request, content_bytes(state.app))
        else:
            call.body = await _body(request, MAX_BODY_BYTES)
            if len(call.body) > MAX_BODY_BYTES:
                raise RestError(413, f"the body is over {MAX_BODY_BYTES} bytes")
            call.form = parse_form(call.body, request.headers.get("content-type", ""))
        reply = await run_in_threadpool(_answer, call, through_web)
    except RestError as error:
        reply = atom.messages(call, error)
        if call is not None and _speaks_json(call):
            reply = atom.messages(_as_json(call), error)
    except Exception as error:
        log.exception("%s %s", request.method, raw_path)
        reply = atom.messages(
            call, RestError(500, f"the lab failed: {type(error).__name__}: {error}", "FATAL")
        )
    return Response(
        reply.body,
        reply.status,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **reply.headers},
        media_type=reply.media_type,
    )


def _speaks_json(call: Call) -> bool:
    """KV data and custom endpoints answer in JSON whatever output_mode says."""
    return call.path.startswith("storage/collections/data") or call.state.host.find(call.path)


def _as_json(call: Call) -> Call:
    call.query = (
        [*call.query, ("output_mode", "json")] if not call.get("output_mode") else call.query
    )
    return call
