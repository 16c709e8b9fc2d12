"""Fixtures that every room's tests may use.

real_data       directory of the real cloud logs (CIW_REAL_DATA, or shared/data beside the repository)
app_root        the repository root, which is the app
lab_home        path of a fresh, not yet created home for the lab
demo            the demo, small, built once a run: `.home` (copy it before writing), `.output`
run_lab         runs the command line `lab --home <lab_home> ...` and returns the finished process
python39, python313, app_python
                interpreters that Splunk ships; app_python runs the test once with each
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from hypothesis import settings

# The hooks of the table input × fault, which xdist's controller needs too.
from tests.promises.table import pytest_runtest_logreport, pytest_terminal_summary  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent

# httpx's own five seconds are less than a busy machine may take for a search.
for _call in (httpx.Client.__init__, httpx.request, httpx.get, httpx.post, httpx.put, httpx.delete):
    _call.__kwdefaults__["timeout"] = httpx.Timeout(120)

# The same examples each time, however slow the machine is; the soak looks for new ones.
settings.register_profile("suite", deadline=None, derandomize="CIW_SOAK" not in os.environ)
settings.load_profile("suite")


# The modules that take longest, the longest first: with them at the end one worker of xdist would
# wait for the other. `make test` gives modules to workers in this order, the others behind.
LONGEST = (
    "tests/ui/test_incident.py", "tests/promises/test_faults.py",
    "tests/lab/differential/test_pipelines.py", "tests/ui/test_real.py",
    "tests/detections/test_real_data.py", "tests/ui/test_case.py",
    "tests/detections/test_invariance.py", "tests/detections/test_evaluation.py",
    "tests/detections/test_samples.py", "tests/promises/test_secrets_and_leases.py",
    "tests/package/test_appinspect.py", "tests/ui/test_desk.py",
    "tests/lab/platform/test_demo.py", "tests/detections/test_order.py",
    "tests/promises/test_crashes.py", "tests/detections/test_azure_split_records.py",
    "tests/lab/differential/test_app_searches.py", "tests/detections/test_baseline_poisoning.py",
    "tests/detections/test_left_out.py", "tests/sources/test_both_outputs.py",
)


def pytest_collection_modifyitems(items) -> None:
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))


@pytest.fixture(scope="session")
def app_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Directory with cloudtrail-invictus/ and its siblings, read-only."""
    named = os.environ.get("CIW_REAL_DATA")
    path = Path(named) if named else ROOT.parent / "shared" / "data"
    if not path.is_dir():
        if named:
            pytest.fail(f"CIW_REAL_DATA names {path}, which is no directory")
        pytest.skip("the real cloud logs are not beside the repository; set CIW_REAL_DATA")
    return path


@pytest.fixture(scope="session")
def demo(tmp_path_factory, app_root) -> SimpleNamespace:
    """A day of past, an hour through the real inputs; the first worker that asks builds it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    home, output = shared / "demo", shared / "demo.txt"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not output.is_file():
            done = subprocess.run(
                [sys.executable, "-m", "lab.demo", "--home", str(home), "--check",
                 "--past-days", "1", "--hours", "1", "--minutes", "10"],
                capture_output=True, text=True, timeout=1200, cwd=app_root, check=False,
                env={key: value for key, value in os.environ.items() if key[:4] != "AWS_"},
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            output.write_text(done.stdout)
    return SimpleNamespace(home=home, output=output.read_text())


@pytest.fixture
def lab_home(tmp_path: Path) -> Path:
    return tmp_path / "lab"


@pytest.fixture
def run_lab(lab_home: Path, app_root: Path):
    def run(*arguments: str, check: bool = True, timeout: float = 120):
        command = [sys.executable, "-m", "lab.cli", "--home", str(lab_home), *arguments]
        done = subprocess.run(
            command, cwd=app_root, capture_output=True, text=True, timeout=timeout, check=False
        )
        if check and done.returncode != 0:
            pytest.fail(f"lab {' '.join(arguments)} exited {done.returncode}:\n{done.stderr}")
        return done

    return run


def find_interpreter(version: str) -> str:
    """Path of the interpreter named by CIW_PYTHON39 or CIW_PYTHON313, else found on the machine.

    Both versions are Splunk's own, so a CI run without one of them has not tested the app: it
    fails. Elsewhere the test is skipped.
    """
    variable = "CIW_PYTHON" + version.replace(".", "")
    named = os.environ.get(variable)
    if named:
        return named
    found = subprocess.run(
        [str(ROOT / "tools" / "find-python"), version], capture_output=True, text=True, check=False
    )
    if found.returncode == 0:
        return found.stdout.strip()
    reason = f"Python {version} is not installed here; install it or set {variable}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def python39() -> str:
    return find_interpreter("3.9")


@pytest.fixture(scope="session")
def python313() -> str:
    return find_interpreter("3.13")


@pytest.fixture(scope="session", params=["3.9", "3.13"])
def app_python(request) -> str:
    return find_interpreter(request.param)


@pytest.fixture(scope="session")
def aws_server():
    """The AWS stand-in: one server for all tests."""
    from lab.clouds.aws import shared_server

    return shared_server()


@pytest.fixture
def aws(aws_server):
    """The AWS stand-in, emptied."""
    aws_server.reset()
    return aws_server
