"""The built package, unpacked once."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def package_file() -> Path:
    """dist/cloud_instance_watch-<version>.tar.gz, as `make package` left it."""
    found = sorted((ROOT / "dist").glob("*.tar.gz"))
    if len(found) != 1:
        reason = f"dist/ holds {len(found)} packages, expected 1: run `make package` first"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found[0]


@pytest.fixture(scope="session")
def package(package_file: Path, tmp_path_factory) -> Path:
    """The app's directory from the unpacked package, far from the repository."""
    place = tmp_path_factory.mktemp("package")
    with tarfile.open(package_file) as archive:
        archive.extractall(place, filter="data")
    return place / "cloud_instance_watch"


@pytest.fixture(scope="session")
def tools():
    """The module tools/package.py."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import package as module
    finally:
        sys.path.remove(str(ROOT / "tools"))
    return module


@pytest.fixture
def run_in_package(package: Path, app_python: str):
    """Run a program of the package as splunkd would: that interpreter, none of this environment."""

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
        # -B only: splunkd sets no -I either, and the script's own directory must be importable.
        return subprocess.run(
            [app_python, "-B", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=package.parent,
            timeout=120,
            check=False,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        )

    return run
