"""The ASGI application: which path goes where."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from lab.conf import ConfError
from lab.server import web
from lab.server.access import AccessLists
from lab.server.custom_rest import Host
from lab.server.engine import LabEngine
from lab.server.hec.tokens import own_token
from lab.server.jobs import Jobs
from lab.server.sessions import Sessions, Users
from lab.server.splunkd import respond, web_session
from lab.server.state import State

log = logging.getLogger(__name__)
METHODS = ["GET", "POST", "DELETE", "PUT"]


def make_state(home: Any, app: Any, engine: Any, clock) -> State:
    users = Users(app.roles, Path(home.passwords))
    access = AccessLists(app.path, home.metadata)
    state = State(
        home=home,
        app=app,
        users=users,
        sessions=Sessions(users),
        jobs=Jobs(engine or LabEngine(), home, access, clock),
        access=access,
        host=Host(app.path, app.conf("restmap"), app.conf("web")),
        clock=clock,
        hec_token=own_token(Path(home.passwords)),
    )
    state.jobs.app_of = lambda: state.app
    return state


def _raw_path(request: Request) -> str:
    """The path as sent, still percent-encoded: a key may hold %2F."""
    raw = request.scope.get("raw_path") or request.url.path.encode("utf-8")
    return raw.partition(b"?")[0].decode("ascii", "replace").lstrip("/")


def make_application(state: State) -> Starlette:
    async def splunkd(request: Request) -> Response:
        return await respond(state, request, _raw_path(request), through_web=False)

    async def proxy(request: Request) -> Response:
        below = _raw_path(request).split("/splunkd/__raw/", 1)[1]
        return await respond(state, request, below, through_web=True)

    async def login(request: Request) -> Response:
        return await web.login(state, request, request.path_params["locale"])

    async def logout(request: Request) -> Response:
        return web.logout(state, request, request.path_params["locale"])

    async def config(request: Request) -> Response:
        session = web_session(state, request)
        user = session.user.name if session else ""
        return web.config_script(state, request.path_params["locale"], state.app.name, user)

    async def static(request: Request) -> Response:
        return await run_in_threadpool(web.static, state, request.path_params["path"])

    async def page(request: Request) -> Response:
        parts = request.path_params
        try:
            return await run_in_threadpool(
                web.app_page, state, request, parts["locale"], parts["app"], parts.get("view", "")
            )
        except ConfError as error:
            log.error("%s", error)
            return PlainTextResponse(str(error), 500)

    async def without_locale(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/en-US/app/{request.path_params['path']}{query}", 303)

    async def home(request: Request) -> Response:
        return RedirectResponse(f"/en-US/app/{state.app.name}", 303)

    return Starlette(
        routes=[
            Route("/services/{path:path}", splunkd, methods=METHODS),
            Route("/servicesNS/{path:path}", splunkd, methods=METHODS),
            Route("/{locale}/splunkd/__raw/{path:path}", proxy, methods=METHODS),
            Route("/{locale}/account/login", login, methods=["GET", "POST"]),
            Route("/{locale}/account/logout", logout),
            Route("/{locale}/config", config),
            Route("/{locale}/static/{path:path}", static),
            Route("/static/{path:path}", static),
            Route("/app/{path:path}", without_locale),
            Route("/{locale}/app/{app}", page),
            Route("/{locale}/app/{app}/", page),
            Route("/{locale}/app/{app}/{view}", page),
            Route("/", home),
            Route("/{locale}", home),
            Route("/{locale}/", home),
        ]
    )
