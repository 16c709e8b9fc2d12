"""A small app and a home, for the tests of the lab's own machinery."""

from pathlib import Path

import pytest

from lab.home import Home

CONFS = {
    "app": "[package]\nid = small_app\n",
    "indexes": "[audit]\n[operations]\n[metrics]\ndatatype = metric\n",
    "props": '[aws:cloudtrail]\nKV_MODE = json\nTIME_PREFIX = "eventTime"\\s*:\\s*"\n'
    "TIME_FORMAT = %Y-%m-%dT%H:%M:%SZ\nMAX_TIMESTAMP_LOOKAHEAD = 25\nTRUNCATE = 2000\n"
    "TZ = UTC\n[app:json]\nKV_MODE = json\nTRUNCATE = 0\n"
    "[app:text]\nSHOULD_LINEMERGE = false\n"
    "[app:merged]\nSHOULD_LINEMERGE = true\n"
    "[app:blocks]\nLINE_BREAKER = (\\n--\\n)\n"
    "[app:odd]\nSEDCMD-x = s/a/b/\n",
}


def make_app(folder: Path, **confs: str) -> Path:
    """Writes an app of those .conf texts (over the small ones) and gives its folder."""
    (folder / "default").mkdir(parents=True, exist_ok=True)
    for name, text in {**CONFS, **confs}.items():
        (folder / "default" / f"{name}.conf").write_text(text, "utf-8")
    return folder


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def app(tmp_path, home):
    return home.app(make_app(tmp_path / "app"))
