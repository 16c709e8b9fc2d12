"""What the logs and the directory of a tenant have in common: Graph's stand-in, a client secret."""

from __future__ import annotations

from pathlib import Path

from lab.clouds.entra_authority import EntraAuthority
from lab.clouds.microsoft_graph import MicrosoftGraph
from tests.promises.cases._azure import AzureCase

TENANT = "33333333-2222-3333-4444-555555555555"
CLIENT = "44444444-2222-3333-4444-555555555555"
SECRET = "client-secret~0000001"


class EntraCase(AzureCase):
    """A subclass says in `collect` what is read."""

    scheme = "azure_identity"

    def __init__(self, directory: Path):
        AzureCase.__init__(self)
        self.stand_in = MicrosoftGraph(self.clock)
        self.stand_in.page_size = 5
        self._authority = EntraAuthority(
            directory, self.stand_in, TENANT, CLIENT, secret=SECRET
        )

    @property
    def environment(self):
        return {**self.stand_in.environment, **self._authority.environment}

    @property
    def stanza(self):
        return {
            "collect": self.collect,
            "authentication": "client_secret",
            "tenant_id": TENANT,
            "client_id": CLIENT,
            "credential": "graph",
        }

    @property
    def secrets(self):
        return {("ciw_azure", "graph"): SECRET}

    def close(self) -> None:
        self._authority.close()
        super().close()
