"""The cases by input, one scratch directory and one KV-backed splunkd for each test."""

from __future__ import annotations

import importlib
from pathlib import Path

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


class Input:
    """Runs a case's input, on one checkpoint directory, as splunkd does."""

    def __init__(self, case, directory: Path):
        self.case = case
        self.directory = directory
        self.outcomes: list = []

    def document(self, **more: str) -> bytes:
        parameters = {
            "checkpoint": "file", "index": "cloud_audit", "log_level": "DEBUG",
            **self.case.stanza, **more,
        }
        return configuration(self.directory, parameters, scheme=self.case.scheme)

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
def an_input(case, tmp_path):
    directory = tmp_path / "checkpoints"
    directory.mkdir()
    return Input(case, directory)
