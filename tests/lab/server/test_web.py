"""Splunk Web's side: login, forged requests, the proxy, pages and their policy."""

from __future__ import annotations

import html
import json
import re

import httpx
import pytest

PROXY = "/en-US/splunkd/__raw"
KV = PROXY + "/servicesNS/nobody/server_test/storage/collections/data/open"


def test_pages_want_a_login_and_come_back(server):
    reply = httpx.get(server.url + "/en-US/app/server_test/tiny?form.host=x%26y")
    assert reply.status_code == 303
    login = httpx.URL(reply.headers["location"])
    assert login.params["return_to"] == "/en-US/app/server_test/tiny?form.host=x%26y"
    page = httpx.get(server.url + str(login))
    assert 'value="/en-US/app/server_test/tiny?form.host=x%26y"' in page.text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_login_never_leads_elsewhere(server, back):
    reply = httpx.post(
        server.url + "/en-US/account/login",
        data={"username": "admin", "password": server.users["admin"], "return_to": back},
    )
    assert (reply.status_code, reply.headers["location"]) == (303, "/")


def test_wrong_password(server):
    reply = httpx.post(
        server.url + "/en-US/account/login",
        data={"username": "admin", "password": "no", "return_to": '/"><script>'},
    )
    assert reply.status_code == 401 and "Login failed" in reply.text
    assert "set-cookie" not in reply.headers and "<script>" not in reply.text


def test_session_cookie_is_out_of_scripts_reach(server):
    reply = httpx.post(
        server.url + "/en-US/account/login",
        data={"username": "admin", "password": server.users["admin"]},
    )
    key, csrf = reply.headers.get_list("set-cookie")
    assert key.startswith(f"splunkd_{server.port}=") and "HttpOnly" in key
    assert csrf.startswith(f"splunkweb_csrf_token_{server.port}=") and "HttpOnly" not in csrf
    assert "SameSite=strict" in key


def test_writes_through_the_proxy_need_the_csrf_token(web_of):
    with web_of("st_writer") as client:
        right = dict(client.headers)
        assert client.post(KV, json={"a": 1}).status_code == 201
        for name, value in (
            ("X-Splunk-Form-Key", ""),
            ("X-Splunk-Form-Key", "0" * 32),
            ("X-Requested-With", ""),
        ):
            client.headers.update(right)
            client.headers[name] = value
            reply = client.post(KV, json={"a": 1})
            assert reply.status_code == 403, name
            assert client.get(KV).status_code == 200


def test_proxy_takes_no_splunkd_key_and_splunkd_no_cookie(server, web_of, client_of):
    with client_of("admin") as splunkd:
        assert splunkd.get(PROXY + "/services/server/info").status_code == 401
    with web_of("admin") as web:
        assert web.get("/services/server/info").status_code == 401


def test_only_what_webconf_exposes_passes_the_proxy(web_of):
    with web_of("st_writer") as client:
        assert client.get(PROXY + "/services/st_echo").status_code == 200
        assert client.post(PROXY + "/services/st_echo").status_code == 404
        assert client.post(PROXY + "/services/st_echo/a/b").status_code == 200
        assert client.get(PROXY + "/services/st_inside").status_code == 404
        assert client.get("/services/st_inside").status_code == 401


def test_logout_ends_the_session(web_of):
    with web_of("st_reader") as client:
        assert client.get(PROXY + "/services/server/info").status_code == 200
        kept = dict(client.cookies)
        client.get("/en-US/account/logout")
        client.cookies.update(kept)
        assert client.get(PROXY + "/services/server/info").status_code == 401


def test_simple_xml_page_mounts_its_script_through_requirejs(web_of):
    with web_of("st_reader") as client:
        page = client.get("/en-US/app/server_test/mounted")
        assert page.status_code == 200
        assert '<div id="mount">waiting</div>' in page.text
        assert "<h1>Mounted &amp; escaped</h1>" in page.text
        listed = re.search(r'data-scripts="([^"]*)"', page.text)[1]
        (script,) = json.loads(html.unescape(listed))
        assert "mounted" in client.get(script).text
        for source in re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css))"', page.text):
            assert client.get(source).status_code == 200, source
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe-eval" not in policy


def test_navigation_names_the_views(web_of):
    with web_of("st_reader") as client:
        page = client.get("/en-US/app/server_test/search")
        assert re.findall(r'<a href="(/en-US/app/[^"]+)"', page.text) == [
            "/en-US/app/server_test/tiny",
            "/en-US/app/server_test/mounted",
            "/en-US/app/server_test/search",
        ]
        assert client.get("/", follow_redirects=False).headers["location"].endswith("/server_test")
        assert client.get("/en-US/app/server_test").headers["location"].endswith("/tiny")


@pytest.mark.parametrize(
    "path",
    [
        "/en-US/static/app/server_test/../../default/app.conf",
        "/en-US/static/app/server_test/%2e%2e/%2e%2e/default/app.conf",
        "/en-US/static/app/server_test/..%2f..%2fdefault%2fapp.conf",
        "/en-US/static/lab/../application.py",
        "/en-US/static/lab/%2e%2e/application.py",
        "/en-US/static/app/other/mount.js",
        "/en-US/app/server_test/nothing",
    ],
)
def test_nothing_outside_the_static_folders(server, web_of, path):
    with web_of("admin") as client:
        assert client.get(path).status_code == 404


def test_config_script_is_no_way_for_markup(web_of):
    with web_of("admin") as client:
        text = client.get("/en-US/config?autoload=1").text
    settings = json.loads(text.removeprefix("window.$C = ").rstrip(";\n"))
    assert settings["SPLUNKD_PATH"] == PROXY and settings["USERNAME"] == "admin"
    assert settings["SERVER_ZONEINFO"].startswith("### SERIALIZED TIMEZONE FORMAT 1.0;")
