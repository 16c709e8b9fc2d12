from __future__ import annotations

import pytest

from lab.app import App
from tests.detections.bench import Bench


@pytest.fixture(scope="session")
def app(app_root) -> App:
    return App(app_root)


@pytest.fixture
def bench(tmp_path, app_root) -> Bench:
    return Bench(tmp_path, app_root)
