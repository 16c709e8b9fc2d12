"""The XML stream that a modular input writes, read as it comes, as strictly as splunkd needs it.

`<stream><event [stanza=""] [unbroken="1"]><time/><data/><source/><sourcetype/><index/><host/>
[<done/>]</event>…</stream>`. An unbroken event without <done/> is a part: its data are joined to
the next one's. Source: "Modular inputs" in Splunk's developer guide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

_FIELDS = ("time", "data", "source", "sourcetype", "index", "host")


class StreamError(Exception):
    """The stream is not well-formed or not of that shape; the text places it."""


@dataclass
class StreamEvent:
    """`values` has what the event sets of time, data, source, sourcetype, index and host."""

    stanza: str = ""
    values: dict[str, str] = field(default_factory=dict)
    unbroken: bool = False
    done: bool = False


class StreamParser:
    """Feed it bytes; it gives the events that are complete."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._path: list[str] = []
        self._event: StreamEvent | None = None
        self._characters: list[str] = []
        self._part: StreamEvent | None = None
        self._ready: list[StreamEvent] = []
        self.ended = False
        self.started = False

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Raises StreamError; `recovered` then gives what was complete before the place."""
        try:
            self._parser.Parse(data, False)
        except expat.ExpatError as error:
            raise StreamError(
                f"not well-formed XML at line {error.lineno}, column {error.offset}:"
                f" {expat.errors.messages[error.code]}") from error
        return self.recovered()

    def recovered(self) -> list[StreamEvent]:
        ready, self._ready = self._ready, []
        return ready

    @property
    def inside_event(self) -> bool:
        """Whether the end of the stream here would cut an event off."""
        return self._event is not None or self._part is not None

    def _doctype(self, *_: object) -> None:
        raise StreamError("a DTD has no place in the stream")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        depth = len(self._path)
        line = self._parser.CurrentLineNumber
        if depth == 0 and name != "stream":
            raise StreamError(f"the root is <{name}>, not <stream> (line {line})")
        if depth == 1:
            if name != "event":
                raise StreamError(f"<{name}> in <stream>, where only <event> may be (line {line})")
            self._event = StreamEvent(attributes.get("stanza", ""),
                                      unbroken=attributes.get("unbroken") == "1")
        if depth == 2 and name not in (*_FIELDS, "done"):
            raise StreamError(f"<{name}> in <event> is none of its elements (line {line})")
        if depth > 2:
            raise StreamError(f"<{name}> inside <{self._path[-1]}> (line {line})")
        self.started = True
        self._path.append(name)
        self._characters = []

    def _text(self, text: str) -> None:
        if len(self._path) == 3:
            self._characters.append(text)
        elif text.strip():
            raise StreamError("text between elements: the input printed something that is not"
                              f" XML (line {self._parser.CurrentLineNumber}): {text[:60]!r}")

    def _end(self, name: str) -> None:
        depth = len(self._path)
        self._path.pop()
        if depth == 3:
            if name == "done":
                self._event.done = True
            else:
                self._event.values[name] = "".join(self._characters)
        elif depth == 2:
            self._complete(self._event)
            self._event = None
        elif depth == 1:
            self.ended = True

    def _complete(self, event: StreamEvent) -> None:
        if self._part is not None:
            head = self._part.values.get("data", "")
            event.values = {**self._part.values, **event.values,
                            "data": head + event.values.get("data", "")}
            self._part = None
        if event.unbroken and not event.done:
            self._part = event
        else:
            self._ready.append(event)
