"""When what happens in a cloud arrives in an index.

Rounded to the windows in which a provider delivers, then as late as provider and input make it:
CloudTrail's files every five minutes ("CloudTrail log file examples": an average of about five
minutes after the call), Azure's activity log "from 3 to 20 minutes" (Azure Monitor, "Log data
ingestion time"), flow logs in S3 within five minutes after each five ("Publish flow logs to Amazon
S3"). The inputs poll every minute or every five, as inputs.conf has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lab.app import App
from lab.engine.store import Event
from lab.home import Home
from lab.ingest.pipeline import Dater, metric_event
from lab.scenarios.events import Emitted


@dataclass(frozen=True)
class Delay:
    """Seconds: what happened within a `window` arrives together, `after` its end."""

    window: int
    after: int


DELAYS = {
    "aws:cloudtrail": Delay(300, 60),
    "mscs:azure:audit": Delay(300, 300),
    "azure:aad:audit": Delay(300, 300),
    "azure:aad:signin": Delay(300, 300),
    "google:gcp:pubsub:audit:admin_activity": Delay(60, 30),
    "aws:cloudwatchlogs:vpcflow": Delay(300, 300),
    "aws:route53:resolver": Delay(300, 300),
    "mscs:vnet:flow": Delay(300, 300),
    "google:gcp:compute:vpc_flows": Delay(60, 60),
    "google:gcp:pubsub:platform": Delay(60, 60),
    "ciw:metrics": Delay(300, 300),
    "ciw:azure:inventory": Delay(300, 0),
    "ciw:snapshot": Delay(300, 0),
}
LONGEST = max(delay.window + delay.after for delay in DELAYS.values())


def arrives(one: Emitted) -> float:
    delay = DELAYS[one.sourcetype]
    return (one.time // delay.window + 1) * delay.window + delay.after


def put(home: Home, app: App, found: Iterable[Emitted], late: bool) -> int:
    """Indexes what is emitted; with `late` as it arrives, else as it happened."""
    daters: dict[tuple[str, str], Dater] = {}
    batches: dict[str, list[Event]] = {}
    for one in found:
        at = arrives(one) if late else one.time
        moment, text, fields = one.time, one.text, {}
        if app.indexes[one.index].datatype == "metric":
            key = (one.sourcetype, one.source)
            if key not in daters:
                daters[key] = Dater(app, one.sourcetype, one.source, "lab")
            moment, fields = metric_event(one.text, daters[key])
            text = ""
        batches.setdefault(one.index, []).append(
            Event(moment, at, text, one.sourcetype, one.source, "lab", fields))
    return sum(home.store.append(index, sorted(events, key=lambda event: event.indextime))
               for index, events in batches.items())
