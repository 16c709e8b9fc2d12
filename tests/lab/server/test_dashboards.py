"""The app's dashboards against the official schema, and the lint for what it misses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TINY = Path(__file__).parent / "app"


def validate(*folders: Path) -> tuple[int, list[str]]:
    ready = (
        shutil.which("node")
        and (ROOT / "node_modules" / "@splunk").is_dir()
        and Path(os.environ.get("CIW_CHROMIUM", "/usr/bin/chromium")).exists()
    )
    if not ready:
        reason = "needs node, npm ci and Chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(
        ["node", "web/validate.mjs", *map(str, folders)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, done.stdout.splitlines()


def test_dashboards_are_valid():
    code, lines = validate(ROOT, TINY)
    assert code == 0, "\n".join(lines)


def _definition() -> tuple[str, dict]:
    xml = (TINY / "default/data/ui/views/tiny.xml").read_text("utf-8")
    return xml, json.loads(xml.split("<![CDATA[")[1].split("]]>")[0])


def _misspelt(d):
    d["visualizations"]["viz_first"]["options"]["majorValu"] = "x"


def _dangling_source(d):
    d["visualizations"]["viz_rows"]["dataSources"]["primary"] = "ds_row"


def _dangling_extend(d):
    d["dataSources"]["ds_first"]["options"]["extend"] = "ds_nowhere"


def _circle(d):
    d["dataSources"]["ds_first"]["options"]["extend"] = "ds_first"


def _handler(d):
    d["visualizations"]["viz_rows"]["eventHandlers"][0]["type"] = "drilldown.linkToDashbord"


def _target(d):
    d["visualizations"]["viz_rows"]["eventHandlers"][0]["options"]["dashboard"] = "mountd"


def _no_query(d):
    d["dataSources"]["ds_rows"]["options"]["query"] = " "


def _unset_token(d):
    d["dataSources"]["ds_rows"]["options"]["query"] = "| rows host=$hsot|s$"


def _unquoted_token(d):
    d["dataSources"]["ds_rows"]["options"]["query"] = "| rows host=$host$"


def _saved_search(d):
    d["dataSources"]["ds_wrong"] = {"type": "ds.savedSearch", "options": {"ref": "plane"}}


def _condition(d):
    d["visualizations"]["viz_rows"]["containerOptions"] = {
        "visibility": {"showConditions": ["nope"]}
    }


def _unused(d):
    d["dataSources"]["ds_more"] = {"type": "ds.search", "options": {"query": "| makeresults"}}


def _missing_item(d):
    d["layout"]["structure"][0]["item"] = "viz_rowz"


def _wrong_type(d):
    d["visualizations"]["viz_rows"]["title"] = 3


SPOILT = [
    (
        _misspelt,
        "options.majorValu: splunk.singlevalue has no such option; did you mean majorValue",
    ),
    (_dangling_source, "there is no data source ds_row; did you mean ds_rows?"),
    (_dangling_extend, "there is no data source ds_nowhere"),
    (_circle, "the chain leads back to ds_first"),
    (_handler, "no interaction drilldown.linkToDashbord; did you mean drilldown.linkToDashboard?"),
    (_target, "the app has no view mountd; did you mean mounted?"),
    (_no_query, "ds_rows.options.query: ds.search needs a query"),
    (_unset_token, "nothing sets the token $hsot$"),
    (_unquoted_token, "write $host|s$"),
    (_saved_search, "no saved search plane; did you mean plain?"),
    (_condition, "no condition nope"),
    (_unused, "dataSources.ds_more: nothing uses this ds.search"),
    (_missing_item, 'references a visualization "viz_rowz" that does not exist'),
    (_wrong_type, "/visualizations/viz_rows/title: must be string"),
]


@pytest.fixture(scope="module")
def findings(tmp_path_factory) -> dict[str, list[str]]:
    """What one run says of each spoilt dashboard, by the name of what was spoilt."""
    root = tmp_path_factory.mktemp("spoilt")
    for spoil, _ in SPOILT:
        xml, definition = _definition()
        spoil(definition)
        app = shutil.copytree(TINY, root / spoil.__name__)
        head, rest = xml.split("<![CDATA[")
        (app / "default/data/ui/views/tiny.xml").write_text(
            head + "<![CDATA[" + json.dumps(definition) + "]]>" + rest.split("]]>")[1], "utf-8"
        )
    code, lines = validate(*(root / spoil.__name__ for spoil, _ in SPOILT))
    assert code == 1
    return {
        spoil.__name__: [line for line in lines if f"/{spoil.__name__}/" in line]
        for spoil, _ in SPOILT
    }


@pytest.mark.parametrize(("spoil", "words"), SPOILT, ids=[spoil.__name__ for spoil, _ in SPOILT])
def test_a_spoilt_dashboard_is_said(findings, spoil, words):
    assert any(words in line for line in findings[spoil.__name__]), findings[spoil.__name__]
