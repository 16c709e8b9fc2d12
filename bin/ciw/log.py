"""One line a message, `LEVEL key=value …`, to standard error and to the app's own log file.

splunkd copies a modular input's standard error into splunkd.log and takes the level from the
line's first word; ciw.log_file tells how the file becomes source type ciw:log. Values with blanks are quoted; line ends are escaped, so that a message can
never be read as two. Secrets are registered when they are read and never leave here.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from typing import TextIO
from urllib.parse import quote

from .log_file import LogFile

LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")
REDACTED = "<redacted>"
_PLAIN = re.compile(r"[A-Za-z0-9_.:/@*+,{}<>\[\]~%;#$!?&()|^-]+\Z")
_CARRIERS = re.compile(
    r"(Authorization:\s*)[^\"'\r\n]+"
    r"|(X-Amz-(?:Signature|Credential|Security-Token)=|Splunk\s+(?=[^\s]{16}))[^&\s\"']+",
    re.IGNORECASE,
)


class Redactor:
    """Replaces registered secrets, in the spellings they appear in."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def register(self, secret: str) -> None:
        if len(secret) >= 4:
            spellings = (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])
            self._secrets.update(spellings)

    def clean(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, REDACTED)
        return _CARRIERS.sub(lambda match: (match.group(1) or match.group(2)) + REDACTED, text)


class Log:
    """Writes messages at or above `level`; `fixed` fields are part of each."""

    def __init__(
        self,
        stream: TextIO | None = None,
        level: str = "INFO",
        file: LogFile | None = None,
        **fixed: object,
    ):
        self.redactor = Redactor()
        self.level = level
        self._stream = stream
        self._file = file
        self._fixed = fixed
        self._lock = threading.Lock()

    def bind(self, **fixed: object) -> None:
        self._fixed.update(fixed)

    def debug(self, event: str, **fields: object) -> None:
        self._write("DEBUG", event, fields)

    def info(self, event: str, **fields: object) -> None:
        self._write("INFO", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        self._write("WARN", event, fields)

    def error(self, event: str, **fields: object) -> None:
        self._write("ERROR", event, fields)

    def fatal(self, event: str, **fields: object) -> None:
        self._write("FATAL", event, fields)

    def report(self, event: str, **fields: object) -> None:
        """What coverage reads: INFO, and written whatever the level."""
        self._write("INFO", event, fields, always=True)

    def _write(self, level: str, event: str, fields: dict, always: bool = False) -> None:
        if not always and LEVELS.index(level) < LEVELS.index(self.level):
            return
        pairs = [("event", event)]
        pairs.extend(self._fixed.items())
        pairs.extend(fields.items())
        line = level + " " + " ".join(key + "=" + _value(value) for key, value in pairs)
        line = self.redactor.clean(line)
        stream = self._stream or sys.stderr
        with self._lock:
            stream.write(line + "\n")
            if self._file is not None:
                self._file.write(line)
                if self._file.failure:
                    stream.write(f"WARN event=log_file_failed reason={_value(self._file.failure)}\n")
                    self._file = None
            stream.flush()


class LibraryMessages(logging.Handler):
    """Brings what libraries log (a failed renewal of credentials, say) the same way out."""

    def __init__(self, log: Log):
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict = {"logger": record.name, "message": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            fields["error"] = f"{type(error).__name__}: {error}"
        self._log.warning("library", **fields)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.3f}"
    text = str(value)
    if _PLAIN.match(text):
        return text
    return json.dumps(text)
