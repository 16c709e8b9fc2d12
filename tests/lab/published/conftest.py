"""One small app in the manner of the vendors' add-ons, one home, and the events of `events.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.app import App
from lab.engine.run import Context
from lab.home import Home
from lab.mmdb import write
from tests.lab.published.events import store

NOW = 1_700_000_000.0
"""Tuesday, 14 November 2023, 22:13:20 UTC."""
PLACES = {
    "192.0.2.0/24": {"city": {"names": {"en": "Cork"}},
                     "country": {"iso_code": "IE", "names": {"en": "Ireland"}}},
    "203.0.113.0/24": {"city": {"names": {"en": "Osaka"}},
                       "country": {"iso_code": "JP", "names": {"en": "Japan"}}},
}


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    home = Home(tmp_path_factory.mktemp("published") / "home")
    store(home)
    write(home.path / "iplocation.mmdb", PLACES, "Test-City")
    return Context(home, App(Path(__file__).parent / "app"), NOW)
