"""Flow records and DNS queries as the inputs emit them, for tests of what is made of them.

They are the golden emissions of tests/sources: what each input makes of the providers' own files.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from lab.ingest.pipeline import Request, ingest

GOLDEN = Path(__file__).parents[1] / "sources" / "golden"
EMISSIONS = ("aws_network_logs/vpc_default", "aws_network_logs/vpc_version_5",
             "aws_network_logs/resolver", "azure_network_logs/vnet_version_4",
             "azure_network_logs/vnet_ipv6", "azure_network_logs/nsg_version_2",
             "gcp_network_logs/pubsub")
_EVENT = re.compile(
    r"<sourcetype>(.*?)</sourcetype><data>(?:<!\[CDATA\[(.*?)\]\]>|(.*?))</data>", re.DOTALL)


def emitted(name: str) -> dict[str, list[str]]:
    """Source type → events of one golden emission."""
    found: dict[str, list[str]] = {}
    for sourcetype, raw, escaped in _EVENT.findall((GOLDEN / f"{name}.xml").read_text("utf-8")):
        if sourcetype != "ciw:quarantine":
            found.setdefault(sourcetype, []).append(raw or html.unescape(escaped))
    return found


def take_events(bench, sourcetype: str, events: list[str], index: str = "cloud_network",
                index_time: float | None = None) -> None:
    """Indexes events of one source type; each arrives when it happened, or at `index_time`."""
    path = bench.root / f"{sourcetype.replace(':', '_')}-{len(list(bench.root.iterdir()))}.txt"
    path.write_text("".join(event + "\n" for event in events), "utf-8")
    ingest(bench.home, bench.app, [path],
           Request(index=index, sourcetype=sourcetype, index_time=index_time))


def take_emissions(bench, index_time: float | None = None) -> None:
    """Indexes all golden network emissions."""
    for name in EMISSIONS:
        for sourcetype, events in emitted(name).items():
            take_events(bench, sourcetype, events, index_time=index_time)
