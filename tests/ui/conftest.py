"""A lab server with seeded cases, and a runner for the browser scripts beside this file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.ui import case_seeds, seeds

HERE = Path(__file__).parent
PASSWORD = "for-tests-only"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
COLLECTIONS = ("ciw_cases", "ciw_case_state", "ciw_case_history", "ciw_signals")


def lacking(reason: str) -> None:
    """What a bare machine may lack, CI's may not: a skip there would show nothing."""
    pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


def _browser() -> str:
    named = os.environ.get("CIW_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), "")
    if not named:
        lacking("no Chromium found; install it or set CIW_CHROMIUM")
    return named


@pytest.fixture(scope="session")
def browser(app_root) -> str:
    """Chromium, with the desk's bundle built from the present source."""
    found = _browser()
    if not (app_root / "node_modules" / "playwright-core").is_dir():
        lacking("node_modules is missing; run npm ci")
    subprocess.run(["node", "web/build-desk.mjs"], cwd=app_root, check=True, capture_output=True)
    return found


@pytest.fixture(scope="session")
def renderer(app_root) -> None:
    """The lab's dashboard renderer is built."""
    if not (app_root / "build" / "web" / "dashboard.js").is_file():
        lacking("build/web/dashboard.js is missing; run npm run build:dashboard")


@pytest.fixture
def desk(tmp_path, app_root, monkeypatch):
    """A running server: `.url`, `.kv`, `.now`, `.id(principal, account)`."""
    monkeypatch.setenv("LAB_PASSWORD", PASSWORD)
    import lab.server
    from lab.home import Home

    home = Home(tmp_path / "home")
    searches = "".join(
        f"[ciw_question_{name}]\nsearch = | question {name} $args.case_id$\n\n"
        for name in seeds.QUESTIONS
    )
    searches += "".join(
        f"[ciw_investigate_{name}]\nsearch = | investigate {name} $args.case_id$\n\n"
        for name in case_seeds.INVESTIGATIONS
    )
    (home.conf_dir / "savedsearches.conf").write_text(searches)
    collections = "".join(f"[{name}]\nreplicate = false\n\n" for name in COLLECTIONS)
    (home.conf_dir / "collections.conf").write_text(collections)
    app = home.app(app_root)
    now = time.time()
    documents, signals = seeds.cases(now)
    home.kv.collection("ciw_cases").upsert_many(documents)
    home.kv.collection("ciw_signals").upsert_many(signals)
    with lab.server.start(home, app, engine=seeds.Engine()) as server:
        yield SimpleNamespace(
            url=server.url, kv=home.kv, now=now, id=lambda *of: seeds.identifier(" ".join(of))
        )


@pytest.fixture
def drive(browser, desk, app_root, tmp_path):
    """Runs tests/ui/<script>.mjs and gives the JSON object it prints.

    CIW_SCREENSHOTS names the folder where mustshow.mjs keeps pictures; without it they are
    thrown away.
    """

    def run(script: str, **config) -> dict:
        pictures = os.environ.get("CIW_SCREENSHOTS") or str(tmp_path)
        settings = {
            "url": desk.url, "password": PASSWORD, "browser": browser, "pictures": pictures,
            **config,
        }  # fmt: skip
        done = subprocess.run(
            ["node", str(HERE / f"{script}.mjs"), json.dumps(settings)],
            cwd=app_root, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        if done.returncode:
            pytest.fail(f"{script}.mjs exited {done.returncode}\n{done.stdout}\n{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])

    return run
