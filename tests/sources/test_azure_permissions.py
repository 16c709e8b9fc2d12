"""What the inputs declare to be permitted in Azure is what they ask for, no more and no less."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import pytest

from tests.sources.azure_runs import Clock, run_input, stand_in

GOLDEN = Path(__file__).parent / "golden"
PAIRS = {
    "azure_identity": "tenant", "azure_inventory": "subscription", "azure_metrics": "machines",
}
# Paths of calls, and the permission that each needs ("Permissions" of each page of the reference).
NEEDS = {
    r"/(v1\.0|beta)/auditLogs/\w+": {"auditlog.read.all"},
    r"/(v1\.0|beta)/(users|servicePrincipals)": {"directory.read.all"},
    r"/.*/metrics:getBatch": {"microsoft.insights/metrics/read"},
    r"/.*/Microsoft\.Insights/diagnosticSettings": {"microsoft.insights/diagnosticsettings/read"},
}


def needed(request) -> set[str]:
    """Resource Graph shows what the caller may read of each type that a query names."""
    if request.path.endswith("/Microsoft.ResourceGraph/resources"):
        types = re.findall(r"'([^']+)'", request.document["query"])
        return {kind + "/read" for kind in types}
    for path, permissions in NEEDS.items():
        if re.fullmatch(path, request.path):
            return permissions
    raise AssertionError(f"no permission is known for {request.path}")


@pytest.mark.parametrize("name", PAIRS)
def test_the_declared_permissions_are_those_that_are_used(name, tmp_path):
    document = json.loads((GOLDEN / name / f"{PAIRS[name]}.json").read_text("utf-8"))
    with stand_in(name, document["service"], Clock(document["now"])) as cloud:
        run_input(name, cloud, tmp_path, document["stanza"])
        requests = [c.request for c in cloud.calls if c.request.path != "/msi/token"]
    used = set().union(*(needed(request) for request in requests))
    declared = importlib.import_module(name).SOURCE.permissions
    assert used == {permission.action.lower() for permission in declared}
