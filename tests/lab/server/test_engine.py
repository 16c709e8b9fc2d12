"""The server with the lab's own engine behind it: windows, chains, errors, who may write."""

from __future__ import annotations

import json

import httpx
import pytest

from lab.engine.store import Event
from lab.home import Home
from lab.server import start

NOW = 1_700_000_100.0
JOBS = "/services/search/v2/jobs"


@pytest.fixture(scope="module")
def served(tmp_path_factory, app_root):
    home = Home(tmp_path_factory.mktemp("lab"))
    app = home.app(app_root)
    home.store.append(
        "main",
        [
            Event(
                NOW - 100 + n,
                NOW - 100 + n,
                json.dumps({"user": f"u{n % 2}", "n": n}),
                "_json",
                "file",
                "host-1",
                {},
            )
            for n in range(10)
        ],
    )
    with start(home, app, clock=lambda: NOW) as server:
        yield server


@pytest.fixture(scope="module")
def client_as(served):
    def login(name: str) -> httpx.Client:
        key = httpx.post(
            served.url + "/services/auth/login",
            data={"username": name, "password": served.users[name], "output_mode": "json"},
        ).json()
        return httpx.Client(
            base_url=served.url,
            timeout=120,
            headers={"Authorization": "Splunk " + key["sessionKey"]},
        )

    return login


def oneshot(client: httpx.Client, search: str, **more) -> httpx.Response:
    return client.post(
        JOBS, data={"search": search, "exec_mode": "oneshot", "output_mode": "json", **more}
    )


def test_events_of_a_window(client_as):
    with client_as("admin") as client:
        rows = oneshot(
            client, "search index=main n=*", earliest_time="-95s", latest_time="now"
        ).json()["results"]
    assert [row["n"] for row in rows] == ["9", "8", "7", "6", "5"]
    assert rows[0]["_time"] == "2023-11-14T22:13:29.000+00:00"


@pytest.mark.parametrize(
    "chain", ["stats count by user", "| stats count by user", "search user=* | stats count by user"]
)
def test_chain_searches_with_and_without_a_pipe(client_as, chain):
    with client_as("admin") as client:
        sid = client.post(
            JOBS,
            data={
                "search": "search index=main user=*",
                "output_mode": "json",
                "exec_mode": "blocking",
            },
        ).json()["sid"]
        page = client.post(
            f"{JOBS}/{sid}/results_preview", data={"search": chain, "output_mode": "json"}
        ).json()
    assert page["results"] == [{"user": "u0", "count": "5"}, {"user": "u1", "count": "5"}]


def test_an_error_names_construct_and_place(client_as):
    with client_as("admin") as client:
        told = oneshot(client, "search index=main | boom x").json()["messages"][0]["text"]
    assert "unknown command 'boom'" in told and "character 21" in told


def test_only_admins_searches_write(client_as, served):
    write = (
        '| makeresults | eval _key="k1", signal_id="k1"'
        " | outputlookup append=true key_field=_key ciw_signals"
    )
    signals = served.state.home.kv.collection("ciw_signals")
    with client_as("ciw_l1") as client:
        refused = oneshot(client, write)
    assert refused.status_code == 400
    assert "outputlookup" in refused.json()["messages"][0]["text"]
    assert signals.find() == []
    with client_as("admin") as client:
        assert oneshot(client, write).status_code == 200
    assert [row["_key"] for row in signals.find()] == ["k1"]
