"""Runs of the inputs that ask Azure's APIs against a stand-in that holds a document's data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from lab.clouds.azure_monitor import AzureMonitor
from lab.clouds.azure_resource_graph import AzureResourceGraph
from lab.clouds.azure_tokens import AzureTokens
from lab.clouds.microsoft_graph import MicrosoftGraph
from tests.sources.runner import Outcome, configuration, run

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
STAND_INS = {
    "azure_identity": MicrosoftGraph,
    "azure_metrics": AzureMonitor,
    "azure_inventory": AzureResourceGraph,
}


class Clock:
    """The service's time, moved by hand."""

    def __init__(self, now: float):
        self.now = now

    def __call__(self) -> float:
        return self.now


def stand_in(name: str, service: dict[str, Any], clock: Clock) -> AzureTokens:
    """The stand-in of an input, with what the document says is in the service."""
    made = STAND_INS[name](clock)
    if isinstance(made, MicrosoftGraph):
        for kind, records in service.items():
            setattr(made, kind, list(records))
        return made
    made.add_subscription(SUBSCRIPTION)
    for table in ("resources", "computeresources", "authorizationresources"):
        made.rows[table] += service.get(table, ())
    made.settings[SUBSCRIPTION] = service.get("settings", [])
    for resource, metric, values in service.get("values", ()):
        made.values[resource, metric] = {int(at): value for at, value in values.items()}
    return made


def run_input(
    name: str, cloud: AzureTokens, directory: Path, stanza: dict[str, str],
    python: str = sys.executable,
) -> Outcome:
    """A run on the checkpoint in `directory`."""
    parameters = {"checkpoint": "file", "log_level": "DEBUG", "index": "main", **stanza}
    document = configuration(directory, parameters, scheme=name)
    return run(document, cloud.environment, python=python)
