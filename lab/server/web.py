"""Splunk Web's pages: login, the app's views, the search page, static files.

Every page is built from templates with escaped values; data reach the page only as JSON over REST
and are shown with textContent. The content security policy lets nothing leave the machine;
`unsafe-eval` is given to dashboards alone, because the official renderer needs it.
"""

from __future__ import annotations

import html
import json
import mimetypes
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from lab.server.atom import VERSION
from lab.server.call import parse_form
from lab.server.errors import RestError
from lab.server.splunkd import cookie_names, web_session
from lab.server.state import State
from lab.server.views import Nav, Page

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
REPOSITORY = Path(__file__).resolve().parents[2]
# Built or installed by npm, outside the package; the pages say so where they are missing.
DASHBOARD_BUNDLE = REPOSITORY / "build" / "web"
REQUIREJS = REPOSITORY / "node_modules" / "requirejs" / "require.js"
UTC = "### SERIALIZED TIMEZONE FORMAT 1.0;C0;Y0 N 55 54 43"


def policy(evaluates: bool = False) -> str:
    """Inline styles for styled components; blobs for workers, a data URL for a map's ground."""
    sources = {
        "default-src": "'none'",
        "script-src": "'self'" + (" 'unsafe-eval'" if evaluates else ""),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self' data:",
        "worker-src": "'self' blob:",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in sources.items())


def page_response(name: str, status: int = 200, evaluates: bool = False, **values: str) -> Response:
    """A template with its values; callers escape what is not markup."""
    body = Template((TEMPLATES / f"{name}.html").read_text("utf-8")).substitute(values)
    return Response(
        body,
        status,
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": policy(evaluates),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
            "X-Frame-Options": "DENY",
        },
    )


def config_script(state: State, locale: str, app: str, user: str) -> Response:
    """Splunk Web's /config?autoload=1: the page's settings, before any bundle loads."""
    settings = {
        "SPLUNKD_PATH": f"/{locale}/splunkd/__raw",
        "LOCALE": locale,
        "MRSPARKLE_PORT_NUMBER": state.port,
        "MRSPARKLE_ROOT_PATH": "",
        "BUILD_NUMBER": "lab",
        "BUILD_PUSH_NUMBER": 0,
        "APP_BUILD": 0,
        "USERNAME": user,
        "VERSION_LABEL": VERSION,
        "SERVER_ZONEINFO": UTC,
        "SERVER_TIMEZONE_OFFSET": 0,
        "APP": app,
        "DISPATCH_TIME_FORMAT": "%s.%Q",
        "UI_INACTIVITY_TIMEOUT": 60,
        "SPLUNK_UI_THEME": "light",
        "JS_LOGGER_MODE": "None",
    }
    text = json.dumps(settings).replace("<", "\\u003c")
    return Response(
        f"window.$C = {text};\n",
        media_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )


# --- login -----------------------------------------------------------------------------------


def login_page(locale: str, back: str, failed: bool = False) -> Response:
    return page_response(
        "login",
        401 if failed else 200,
        locale=html.escape(locale),
        back=html.escape(back),
        message="Login failed: wrong username or password." if failed else "",
    )


def _own_path(back: str) -> str:
    """Where to go after the login: a path of this server, never another's address."""
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"


async def login(state: State, request: Request, locale: str) -> Response:
    back = _own_path(request.query_params.get("return_to", "/"))
    if request.method != "POST":
        return login_page(locale, back)
    try:
        form = dict(parse_form(await request.body(), request.headers.get("content-type", "")))
    except RestError as error:
        return PlainTextResponse(error.text, error.status)
    back = _own_path(form.get("return_to", "/"))
    user = state.users.check(form.get("username", ""), form.get("password", ""))
    if user is None:
        return login_page(locale, back, failed=True)
    session = state.sessions.open(user)
    response = RedirectResponse(back, 303)
    key, csrf = cookie_names(state.port)
    response.set_cookie(key, session.key, httponly=True, samesite="strict", path="/")
    response.set_cookie(csrf, session.csrf, samesite="strict", path="/")
    return response


def logout(state: State, request: Request, locale: str) -> Response:
    key, csrf = cookie_names(state.port)
    state.sessions.close(request.cookies.get(key, ""))
    response = RedirectResponse(f"/{locale}/account/login", 303)
    response.delete_cookie(key, path="/")
    response.delete_cookie(csrf, path="/")
    return response


# --- static files ----------------------------------------------------------------------------


def _file(root: Path, path: str) -> Response:
    target = (root / path).resolve()
    if not target.is_relative_to(root.resolve()) or not target.is_file():
        return PlainTextResponse(f"no such file: {path}", 404)
    media = mimetypes.guess_type(target.name)[0] or "application/octet-stream"
    if media in ("application/javascript", "text/javascript"):
        media = "text/javascript; charset=utf-8"
    return Response(
        target.read_bytes(),
        media_type=media,
        headers={
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        },
    )


def static(state: State, path: str) -> Response:
    """static/app/<app>/… is the app's appserver/static; static/lab/… the lab's own pages.

    Splunk Web also has static/@<build>:<push>/app/…, which is the same.
    """
    parts = path.split("/")
    if parts[0].startswith("@"):
        parts = parts[1:]
    if parts[:2] == ["app", state.app.name]:
        return _file(state.app.path / "appserver" / "static", "/".join(parts[2:]))
    if parts == ["lab", "require.js"]:
        return _file(REQUIREJS.parent, REQUIREJS.name)
    if parts[:2] == ["lab", "dashboard"]:
        return _file(DASHBOARD_BUNDLE, "/".join(parts[2:]))
    if parts[0] == "lab":
        return _file(STATIC, "/".join(parts[1:]))
    return PlainTextResponse(f"no such file: {path}", 404)


# --- the app's pages -------------------------------------------------------------------------


def _nav_bar(state: State, locale: str, current: str, user: str) -> str:
    links = []
    nav = Nav.of(state.app)
    for name in nav.views:
        view = state.app.views.get(name)
        label = Page.of(view).label if view else name.capitalize()
        here = ' aria-current="page"' if name == current else ""
        links.append(
            f'<a href="/{quote(locale)}/app/{quote(state.app.name)}/{quote(name)}"{here}>'
            f"{html.escape(label)}</a>"
        )
    ui = state.app.conf("app").get("ui")
    title = ui.get("label") if ui else state.app.name
    return (
        f"<strong>{html.escape(title or state.app.name)}</strong>{''.join(links)}"
        f'<span class="who">{html.escape(user)} '
        f'<a href="/{quote(locale)}/account/logout">Log out</a></span>'
    )


def _frame(
    state: State, locale: str, name: str, user: str, title: str, theme: str
) -> dict[str, str]:
    return {
        "locale": html.escape(locale),
        "app": html.escape(state.app.name),
        "title": html.escape(title),
        "theme": "dark" if theme == "dark" else "light",
        "nav": _nav_bar(state, locale, name, user),
    }


def _simple_xml(state: State, locale: str, page: Page, user: str) -> Response:
    base = f"/{locale}/static/app/{state.app.name}"
    rows = []
    for row in page.rows:
        cells = "".join(
            '<div class="dashboard-cell"><div class="dashboard-panel"><div class="panel-body html">'
            + (
                markup
                if markup is not None
                else "<p>This panel is one that only Splunk Web renders.</p>"
            )
            + "</div></div></div>"
            for markup in row
        )
        rows.append(f'<div class="dashboard-row">{cells}</div>')
    header = (
        ""
        if page.hide_title
        else (
            f"<header><h1>{html.escape(page.label)}</h1><p>{html.escape(page.description)}</p></header>"
        )
    )
    return page_response(
        "simple_xml",
        **_frame(state, locale, page.name, user, page.label, page.theme),
        header=header,
        rows="".join(rows),
        stylesheets="".join(
            f'<link rel="stylesheet" href="{html.escape(f"{base}/{sheet}")}">'
            for sheet in page.stylesheets
        ),
        scripts=html.escape(json.dumps([f"{base}/{script}" for script in page.scripts])),
    )


def _studio(state: State, locale: str, page: Page, user: str, theme: str) -> Response:
    if not (DASHBOARD_BUNDLE / "dashboard.js").is_file():
        return page_response(
            "message",
            503,
            title="No dashboard renderer",
            text="build/web/dashboard.js is missing. Run: npm ci && npm run build:dashboard",
        )
    settings = {
        "name": page.name,
        "label": page.label,
        "theme": theme,
        "app": state.app.name,
        "definition": page.definition,
    }
    return page_response(
        "dashboard",
        evaluates=True,
        **_frame(state, locale, page.name, user, page.label, theme),
        settings=json.dumps(settings).replace("<", "\\u003c"),
    )


def app_page(state: State, request: Request, locale: str, app: str, name: str) -> Response:
    session = web_session(state, request)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if session is None:
        return RedirectResponse(
            f"/{quote(locale)}/account/login?return_to={quote(here, safe='')}", 303
        )
    user = session.user.name
    if app not in (state.app.name, "search"):
        return page_response(
            "message", 404, title="No such app", text=f"The lab has no app {html.escape(app)}."
        )
    if not name:
        start = f"/{quote(locale)}/app/{quote(state.app.name)}/{quote(Nav.of(state.app).default)}"
        return RedirectResponse(start, 303)
    if name == "search":
        return page_response("search", **_frame(state, locale, name, user, "Search", "light"))
    view: Any = state.app.views.get(name)
    if view is None or not state.access.of("views", name).permits(session, "read"):
        return page_response(
            "message",
            404,
            title="No such view",
            text=f"The app has no view {html.escape(name)} that you may see.",
        )
    page = Page.of(view)
    if page.is_studio:
        theme = request.query_params.get("theme") or page.theme
        return _studio(state, locale, page, user, "dark" if theme == "dark" else "light")
    return _simple_xml(state, locale, page, user)
