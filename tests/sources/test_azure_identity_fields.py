"""What Entra ID's source types give at search time, in the lab."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from lab.engine.run import Context, search
from lab.home import Home
from lab.ingest.pipeline import Request, ingest

STREAM = Path(__file__).parent / "golden" / "azure_identity" / "tenant.xml"


@pytest.fixture
def rows(tmp_path, app_root):
    home = Home(tmp_path / "home")
    app = home.app(app_root)

    def of(sourcetype: str) -> list[dict]:
        stream = ElementTree.fromstring(STREAM.read_bytes())
        texts = [e.findtext("data") for e in stream if e.findtext("sourcetype") == sourcetype]
        path = tmp_path / "events.json"
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        ingest(home, app, [path], Request(index="cloud_identity", sourcetype=sourcetype))
        spl = f"search index=cloud_identity sourcetype={sourcetype} | sort 0 _time"
        return search(spl, Context(home=home, app=app, now=4e9)).rows

    return of


def test_audits(rows):
    (row,) = rows("azure:aad:audit")
    assert row["cloud"] == "azure"
    assert row["_time"] == "2026-01-05T09:20:02.722+00:00"


def test_sign_ins(rows):
    found = [(row["user"], row.get("src"), row["action"], row["result"])
             for row in rows("azure:aad:signin")]
    assert [(user, action, result) for user, _, action, result in found] == [
        ("operator@example.com", "failure", "50126"),
        ("operator@example.com", "success", "0"),
        ("batch", "success", "0"),
        ("example-machine", "success", "0"),
    ]
    assert found[0][1] == "2001:db8::10"


def test_snapshots_have_the_time_of_the_snapshot(rows):
    (user,) = rows("azure:aad:user")
    assert (user["_time"], user["snapshot_id"]) == (
        "2026-01-05T10:00:00.000+00:00", "2026-01-05T10:00:00Z"
    )
    assert user["createdDateTime"] == "2025-12-29T08:00:00Z"
    (principal,) = rows("azure:aad:serviceprincipal")
    assert principal["servicePrincipalType"] == "ManagedIdentity"
    (end,) = rows("ciw:snapshot")
    assert (end["complete"], end["counts.user"]) == ("true", "1")
