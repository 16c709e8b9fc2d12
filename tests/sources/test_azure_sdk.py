"""Microsoft's own clients against the stand-ins: independent witnesses that these behave."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions
from azure.monitor.querymetrics import MetricsClient

from tests.sources.azure_runs import SUBSCRIPTION, Clock, stand_in

NOW = 1767607200
MACHINE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/example/providers/Microsoft.Compute/"
    "virtualMachines/web"
)
NAMES = ["Percentage CPU", "Network In Total"]


class Credential:
    """Gives tokens of the stand-in for the audience that the client asks for."""

    def __init__(self, cloud):
        self._cloud = cloud

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        audience = scopes[0].removesuffix("/.default").rstrip("/")
        return AccessToken(self._cloud.issue(audience), NOW + 10**9)


@pytest.fixture
def monitor():
    service = {
        "resources": [
            {"id": MACHINE, "type": "microsoft.compute/virtualmachines", "location": "westeurope",
             "subscriptionId": SUBSCRIPTION},
            *({"id": f"{MACHINE}-{number}", "type": "microsoft.compute/virtualmachines",
               "location": "northeurope", "subscriptionId": SUBSCRIPTION} for number in range(4)),
        ],
        "values": [[MACHINE.lower(), "percentage cpu", {str(NOW - 600): 42.5}]],
    }
    with stand_in("azure_metrics", service, Clock(NOW)) as made:
        yield made


def test_resource_graph_pages_for_its_own_client(monitor):
    monitor.page_size = 2
    client = ResourceGraphClient(
        Credential(monitor), base_url=monitor.url, credential_scopes=[monitor.url + "/.default"]
    )
    query = (
        "resources | where type in~ ('microsoft.compute/virtualmachines') | order by id asc"
    )
    found, token = [], None
    while True:
        request = QueryRequest(
            subscriptions=[SUBSCRIPTION], query=query,
            options=QueryRequestOptions(top=1000, skip_token=token),
        )
        answer = client.resources(request, enforce_https=False)
        found += [row["id"] for row in answer.data]
        token = answer.skip_token
        assert (answer.total_records, answer.result_truncated) == (5, "false")
        if token is None:
            break
    assert found == [MACHINE, *(f"{MACHINE}-{number}" for number in range(4))]
    with pytest.raises(HttpResponseError):
        client.resources(
            QueryRequest(subscriptions=[SUBSCRIPTION], query="resources | take 5"),
            enforce_https=False,
        )


def test_metrics_answer_their_own_client(monitor):
    client = MetricsClient(f"{monitor.url}/westeurope", Credential(monitor))

    def ask(**changed):
        asked = {
            "resource_ids": [MACHINE], "metric_namespace": "Microsoft.Compute/virtualMachines",
            "metric_names": NAMES, "aggregations": ["Average", "Total"],
            "timespan": (datetime.fromtimestamp(NOW - 900, timezone.utc),
                         datetime.fromtimestamp(NOW, timezone.utc)),
            **changed,
        }
        return client.query_resources(**asked, enforce_https=False)

    (result,) = ask()
    cpu, network = result.metrics
    values = {int(v.timestamp.timestamp()): v.average for v in cpu.timeseries[0].data}
    assert len(values) == 15 and values[NOW - 600] == 42.5
    assert all(value.total is None for value in network.timeseries[0].data)
    with pytest.raises(HttpResponseError, match="not in the region"):
        ask(resource_ids=[MACHINE + "-1"])
    with pytest.raises(HttpResponseError, match="unknown metrics"):
        ask(metric_names=["Percentage of CPU"])
