"""Pages as the HTTP Event Collector takes them: the same events as on the XML stream.

What a page leaves to the stanza, splunkd fills in on the stream; the collector knows the stanza
not, so it is written out here. Data points go in the collector's own metric form, which needs no
index-time settings on its side ("Get metrics in from other sources", Splunk's Metrics manual). An
event that the collector would refuse for its size, and its whole chunk with it, is quarantined.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .declare import Bad, Meta, Page
from .emit import EXCERPT, QUARANTINE, quarantine_record
from .text import sanitise

METRICS = "ciw:metrics"
_MEASURE = "cloud.instance."
# Those of default/transforms.conf, [metric-schema:ciw_metrics].
_DIMENSIONS = ("cloud", "vendor_account", "vendor_region", "object_id", "instance_type")
# inputs.conf.spec, [http] maxEventSize.
LARGEST_EVENT = 5 << 20
NO_DEFAULTS = Meta("")


class HecEncoder:
    """`defaults` are the stanza's source, host and index; `largest` is in bytes of an event."""

    def __init__(self, defaults: Meta = NO_DEFAULTS, largest: int = LARGEST_EVENT):
        self._defaults = defaults
        self._largest = largest

    def encode(self, page: Page, stanza: str, quarantine_index: str = "") -> tuple[bytes, int]:
        """(the events as the collector takes them, characters sanitised).

        Events that are too large leave the page's `events` for its `bad`.
        """
        sanitised = page.sanitised
        texts = []
        for moment, text in page.events:
            text, replaced = (text, 0) if page.clean else sanitise(text)
            sanitised += replaced
            texts.append((moment, text))
        fits = [self._fits(text) for _, text in texts]
        if not all(fits):
            page.bad = page.bad + [
                self._too_large(page.meta, text)
                for (_, text), good in zip(texts, fits) if not good
            ]
            page.events = [event for event, good in zip(page.events, fits) if good]
            texts = [event for event, good in zip(texts, fits) if good]
        shared = self._shared(page.meta)
        make = _point if page.meta.sourcetype == METRICS else _event
        # What is quarantined goes first: where its index is refused, nothing else was taken.
        lines = [
            self._quarantined(bad, stanza, quarantine_index or page.meta.index)
            for bad in page.bad
        ]
        lines += [_line({**shared, **make(moment, text)}) for moment, text in texts]
        return "".join(lines).encode("utf-8", "surrogatepass"), sanitised

    def _shared(self, meta: Meta) -> dict[str, str]:
        defaults = self._defaults
        given = {
            "source": meta.source or defaults.source,
            "sourcetype": meta.sourcetype or defaults.sourcetype,
            "host": meta.host or defaults.host,
            "index": meta.index or defaults.index,
        }
        return {key: value for key, value in given.items() if value}

    def _fits(self, text: str) -> bool:
        size = len(text)
        return size * 4 <= self._largest or (
            size <= self._largest and len(text.encode("utf-8", "surrogatepass")) <= self._largest
        )

    def _too_large(self, meta: Meta, text: str) -> Bad:
        data = text.encode("utf-8", "surrogatepass")
        return Bad(
            where=meta.source or meta.sourcetype,
            reason=f"the event is larger than the HTTP Event Collector takes ({self._largest} "
            "bytes, argument hec_max_event_mb)",
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            excerpt=text[:EXCERPT],
        )

    def _quarantined(self, bad: Bad, stanza: str, index: str) -> str:
        moment, text = quarantine_record(bad, stanza)
        shared = self._shared(Meta(QUARANTINE, source=bad.where, index=index))
        return json.dumps({**shared, "time": moment, "event": text})


def _line(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _event(moment: str, text: str) -> dict[str, Any]:
    return {"time": moment, "event": text} if moment else {"event": text}


def _point(moment: str, text: str) -> dict[str, Any]:
    """A line of the metric inputs as a data point."""
    values = json.loads(text)
    fields = {name: values[name] for name in _DIMENSIONS if values.get(name)}
    for name, value in values.items():
        if name.startswith(_MEASURE):
            fields["metric_name:" + name] = value
    return {"time": moment or values.get("time", ""), "event": "metric", "fields": fields}
