"""The cases by input, one scratch directory and one KV-backed splunkd for each test."""

from __future__ import annotations

import importlib
from pathlib import Path

import httpx
import pytest

from lab.home import Home
from lab.server import start as start_server
from tests.sources.runner import ROOT, configuration, run

NAMES = sorted(path.stem for path in (Path(__file__).parent / "cases").glob("[a-z]*.py"))


def case_class(name: str):
    return importlib.import_module(f"tests.promises.cases.{name}").Case


@pytest.fixture(params=NAMES)
def case(request, tmp_path):
    scratch = tmp_path / "cloud"
    scratch.mkdir()
    made = case_class(request.param)(scratch)
    yield made
    made.close()


@pytest.fixture(scope="session")
def splunkd(tmp_path_factory):
    """A real splunkd stand-in for secrets, checkpoints and leases; its admin's session key."""
    home = Home(tmp_path_factory.mktemp("home"))
    with start_server(home, home.app(ROOT)) as server:
        yield server


@pytest.fixture
def session(splunkd):
    """The session key of splunkd's admin."""
    reply = httpx.post(
        splunkd.url + "/services/auth/login",
        data={"username": "admin", "password": splunkd.users["admin"], "output_mode": "json"},
    )
    return reply.json()["sessionKey"]


def store(splunkd, session, secrets):
    """Puts secrets into storage/passwords."""
    for (realm, name), password in secrets.items():
        reply = httpx.post(
            splunkd.url + "/servicesNS/nobody/cloud_instance_watch/storage/passwords",
            headers={"Authorization": "Splunk " + session},
            data={"realm": realm, "name": name, "password": password},
        )
        assert reply.status_code in (201, 409), reply.text


class Input:
    """Runs a case's input, on one checkpoint directory, as splunkd does.

    `where` says where splunkd is, for a case that has a stored secret.
    """

    def __init__(self, case, directory: Path, where: dict[str, str]):
        self.case = case
        self.directory = directory
        self.where = where
        self.outcomes: list = []

    def document(self, **more: str) -> bytes:
        parameters = {
            "checkpoint": "file", "index": "cloud_audit", "log_level": "DEBUG",
            **self.case.stanza, **more,
        }
        return configuration(
            self.directory, parameters, scheme=self.case.scheme, **self.where
        )

    def run(self, **more: str):
        outcome = run(self.document(**more), self.case.environment)
        self.outcomes.append(outcome)
        return outcome

    def received(self):
        total = self.case.identities(self.outcomes[0])
        for outcome in self.outcomes[1:]:
            total += self.case.identities(outcome)
        return total


@pytest.fixture
def an_input(case, tmp_path, request):
    directory = tmp_path / "checkpoints"
    directory.mkdir()
    where = {}
    if case.secrets:
        server, key = (request.getfixturevalue(name) for name in ("splunkd", "session"))
        store(server, key, case.secrets)
        where = {"server_uri": server.url, "session_key": key}
    return Input(case, directory, where)
