"""Which props.conf stanzas hold for an event: sourcetype, host:: and source:: with patterns.

From props.conf.spec: `source::` beats `host::`, which beats the source type; among several
patterns of one kind `priority` decides (0 for a pattern, 100 for a literal name), then ASCII
order, the first winning. In a pattern `...` is any text, `*` any text without a slash.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lab.conf import Conf

_TOKENS = re.compile(r"\.\.\.|\*|\\\\|\.|[|()]|[^.*\\|()]+|\\.")


@lru_cache(maxsize=512)
def pattern(text: str, ignore_case: bool) -> re.Pattern[str]:
    """The regular expression of a source:: or host:: pattern; it must match the whole name."""
    parts = []
    for token in _TOKENS.findall(text):
        if token == "...":
            parts.append(".*?")
        elif token == "*":
            parts.append(r"[^/\\]*?")
        elif token in ("|", "(", ")") or token.startswith("\\"):
            parts.append(token)
        else:
            parts.append(re.escape(token))
    return re.compile("(?:" + "".join(parts) + r")\Z", re.IGNORECASE if ignore_case else 0)


def _is_literal(text: str) -> bool:
    return not any(mark in text for mark in ("...", "*", "|"))


class Props:
    """The stanzas of props.conf, matched and merged per (sourcetype, source, host)."""

    def __init__(self, conf: Conf):
        self.conf = conf
        self._cache: dict[tuple[str, str, str], list[tuple[str, str]]] = {}

    @property
    def sourcetypes(self) -> list[str]:
        return [
            name for name in self.conf if not name.startswith(("source::", "host::", "delayedrule"))
        ]

    def _matching(self, kind: str, value: str, ignore_case: bool) -> list[str]:
        """Names of the stanzas of a kind that match, the winner first."""
        found = []
        for name, stanza in self.conf.items():
            if not name.startswith(kind):
                continue
            text = name[len(kind):]
            if pattern(text, ignore_case).match(value):
                priority = stanza.integer("priority", 100 if _is_literal(text) else 0)
                found.append((-priority, name))
        return [name for _, name in sorted(found)]

    def merged(self, sourcetype: str, source: str = "", host: str = "") -> list[tuple[str, str]]:
        """Every setting that holds for the event, in ASCII order of its key."""
        key = (sourcetype, source, host)
        if key not in self._cache:
            names = [sourcetype] if sourcetype in self.conf else []
            names += reversed(self._matching("host::", host, ignore_case=True))
            names += reversed(self._matching("source::", source, ignore_case=False))
            settings: dict[str, str] = {}
            for name in names:
                settings.update(self.conf[name].settings)
            self._cache[key] = sorted(settings.items())
        return self._cache[key]
