"""Pages as splunkd's XML stream: written by hand, escaped, one encoded chunk a page.

`<event unbroken="1"><time/><source/>…<data/><done/></event>` is the form that Splunk's own
library writes; the fields around the data are the same for a whole page, so they are joined once.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import lru_cache

from .declare import Bad, Meta, Page
from .text import escape, sanitise

STREAM_START = b"<stream>\n"
STREAM_END = b"</stream>\n"
QUARANTINE = "ciw:quarantine"
EXCERPT = 4096
_START, _TIME, _TIMED = '<event unbroken="1">', "<time>", "</time>"


@lru_cache(maxsize=256)
def _field(name: str, value: str) -> str:
    return f"<{name}>{escape(sanitise(value)[0])}</{name}>"


def _frame(meta: Meta) -> tuple[str, str]:
    """What comes between <time> and the data, and after the data."""
    fields = []
    for name in ("index", "source", "sourcetype", "host"):
        value = getattr(meta, name)
        if value:
            fields.append(_field(name, value))
    return "".join(fields) + "<data>", "</data><done/></event>\n"


def encode_page(page: Page, stanza: str, quarantine_index: str = "") -> tuple[bytes, int]:
    """(UTF-8 bytes of the page's events and quarantine events, characters sanitised)."""
    before, after = _frame(page.meta)
    start, opening, closing = _START + _TIME, _TIMED + before + "<![CDATA[", "]]>" + after
    sanitised, clean = page.sanitised, page.clean
    parts: list[str] = []
    for moment, text in page.events:
        if not clean:
            text, replaced = sanitise(text)
            sanitised += replaced
        # CDATA spares escaping each text; it ends at "]]>", and a parser drops carriage returns.
        # One character is looked for many times faster than three.
        if not moment or "\r" in text or (">" in text and "]]>" in text):
            timed = _TIME + moment + _TIMED if moment else ""
            parts += (_START, timed, before, escape(text), after)
        else:
            parts += (start, moment, opening, text, closing)
    for bad in page.bad:
        parts.append(_quarantine_event(bad, stanza, quarantine_index or page.meta.index))
    try:
        return "".join(parts).encode("utf-8"), sanitised
    except UnicodeEncodeError:
        if not page.clean:
            raise
        # Its source took it for clean: one character must not end every run.
        return encode_page(replace(page, clean=False), stanza, quarantine_index)


def quarantine_record(bad: Bad, stanza: str) -> tuple[str, str]:
    """(time, text) of a quarantine event: JSON in ASCII, so that any excerpt survives as it was."""
    now = time.time()
    record = {
        "time": round(now, 3),
        "input": stanza,
        "where": bad.where,
        "reason": bad.reason,
        "offset": bad.offset,
        "size": bad.size,
        "sha256": bad.sha256,
        "excerpt": bad.excerpt[:EXCERPT],
    }
    record.update(bad.detail)
    return f"{now:.3f}", json.dumps(record, ensure_ascii=True)


def _quarantine_event(bad: Bad, stanza: str, index: str) -> str:
    moment, text = quarantine_record(bad, stanza)
    before, after = _frame(Meta(sourcetype=QUARANTINE, source=bad.where, index=index))
    return f'<event unbroken="1"><time>{moment}</time>' + before + escape(text) + after
