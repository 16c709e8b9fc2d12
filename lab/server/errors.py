"""The one exception that a REST handler raises, and how splunkd words it."""

from __future__ import annotations


class RestError(Exception):
    """An HTTP `status` with splunkd's message list of one; `kind` is ERROR, WARN, FATAL."""

    def __init__(self, status: int, text: str, kind: str = "ERROR"):
        super().__init__(text)
        self.status = status
        self.text = text
        self.kind = kind

    @property
    def messages(self) -> list[dict[str, str]]:
        return [{"type": self.kind, "text": self.text}]
