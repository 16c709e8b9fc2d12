"""The cases by input, one scratch directory and one KV-backed splunkd for each test."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from lab.home import Home
from lab.server import start as start_server
from tests.promises.chosen import applying, meets
from tests.promises.table import NAMES, case_class, note
from tests.sources.runner import ROOT, configuration, environment, outcome, run

# Seconds after which a hurried run that does not end is killed.
ENDLESS = 120
HURRIED = Path(__file__).parent / "hurried.py"


def pytest_configure(config):
    config.addinivalue_line("markers", "faults(*names): the faults that a test is about")


def faults_of(definition, params=()) -> tuple[str, ...]:
    """The names of a test's faults: its parameter or its marker's."""
    if "faults" in params:
        return tuple(params["faults"])
    return definition.get_closest_marker("faults").args


def pytest_generate_tests(metafunc):
    """A test runs with the inputs that any of its faults applies to; tests/promises/chosen.py says
    with which of them outside a soak."""
    if "case" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("faults")
    names = [name for name in NAMES if marker is None or meets(name, marker.args)]
    metafunc.parametrize("case", names, indirect=True)


def pytest_collection_modifyitems(config, items):
    """The same for a test that is parametrised by its faults."""
    kept, left = [], []
    for item in items:
        params = item.callspec.params if hasattr(item, "callspec") else {}
        apart = "case" in params and "faults" in params
        (kept if not apart or meets(params["case"], params["faults"]) else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


@pytest.fixture
def case(request, tmp_path):
    names = faults_of(request.node, request.node.callspec.params)
    note(request.node, request.param, applying(names, request.param))
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
    """Puts secrets into storage/passwords, in place of what is there."""
    headers = {"Authorization": "Splunk " + session}
    base = splunkd.url + "/servicesNS/nobody/cloud_instance_watch/storage/passwords"
    for (realm, name), password in secrets.items():
        httpx.delete(f"{base}/{realm}:{name}:", headers=headers)
        data = {"realm": realm, "name": name, "password": password}
        reply = httpx.post(base, headers=headers, data=data)
        assert reply.status_code == 201, reply.text


def checkpoints(splunkd, session, *more: str) -> bytes:
    """All that the KV store holds of what inputs have read; of further collections too."""
    base = splunkd.url + "/servicesNS/nobody/cloud_instance_watch/storage/collections/data/"
    headers = {"Authorization": "Splunk " + session}
    names = ("ciw_input_checkpoints", *more)
    return b"".join(httpx.get(base + name, headers=headers).content for name in names)


class Input:
    """Runs a case's input, on one checkpoint directory, as splunkd does.

    `where` says where splunkd is, for a case that has a stored secret. A hurried run does not wait
    long for anything.
    """

    def __init__(self, case, directory: Path, where: dict[str, str]):
        self.case = case
        self.directory = directory
        self.where = where
        self.environment = case.environment
        self.outcomes: list = []
        self.peak = 0.0
        self._counted: list[Counter] = []

    def document(self, **more: str) -> bytes:
        parameters = {
            "checkpoint": "file", "index": "cloud_audit", "log_level": "DEBUG",
            **self.case.stanza, **more,
        }
        return configuration(
            self.directory, parameters, scheme=self.case.scheme, **self.where
        )

    def run(self, **more: str):
        outcome = run(self.document(**more), self.environment)
        self.outcomes.append(outcome)
        return outcome

    def start(self, **more: str):
        """The process of a hurried run."""
        process = subprocess.Popen(
            [sys.executable, str(HURRIED), str(ROOT / "bin" / f"{self.case.scheme}.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(self.environment),
        )
        process.stdin.write(self.document(**more))
        process.stdin.close()
        process.stdin = None
        return process

    def hurry(self, slowly: bool = False, **more: str):
        """A hurried run; `slowly`: splunkd takes a little from time to time. Notes the peak."""
        process = self.start(**more)
        log: list[bytes] = []
        end = threading.Timer(ENDLESS, process.kill)
        end.start()
        reader = threading.Thread(target=lambda: log.append(process.stderr.read()))
        reader.start()
        received = bytearray()
        while piece := process.stdout.read1(512 if slowly else 1 << 20):
            received += piece
            self.peak = max(self.peak, _peak(process.pid))
            if slowly:
                time.sleep(0.01)
        self.peak = max(self.peak, _peak(process.pid))
        process.wait()
        end.cancel()
        reader.join()
        return self.take(process.returncode, bytes(received), b"".join(log))

    def take(self, status, stream: bytes, log: bytes):
        self.outcomes.append(outcome(status, stream, log))
        return self.outcomes[-1]

    def received(self):
        """How often each identity came, in all runs so far."""
        while len(self._counted) < len(self.outcomes):
            self._counted.append(self.case.identities(self.outcomes[len(self._counted)]))
        return sum(self._counted, Counter())

    @property
    def log(self) -> str:
        return "\n".join(outcome.log for outcome in self.outcomes)[-20_000:]


def _peak(pid: int) -> float:
    """The most that a process has held so far, in MB; 0 where it has ended."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


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
