"""From bytes to single events with their offsets, and what was wrong with the rest.

CloudTrail's delivery format `{"Records":[…]}` is taken apart into the records' own text; all
else is broken by LINE_BREAKER. Every piece is a `Piece`: a good one, or a refused one with the
reason, so that good records beside a bad one still arrive.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import regex

DEFAULT_LINE_BREAKER = r"([\r\n]+)"
_CHUNK = 1 << 20
_SPACE = re.compile(r"[ \t\r\n]*")
_decoder = json.JSONDecoder(strict=False)


@dataclass(frozen=True)
class Piece:
    """`offset` counts characters of the decompressed text for records, bytes for lines."""

    text: str
    offset: int
    problem: str = ""


class Source:
    """A file's bytes, decompressed where they are gzip; a torn gzip gives what it still holds."""

    def __init__(self, path: Path):
        self.path = path
        self.problem = ""

    def chunks(self) -> Iterator[bytes]:
        with open(self.path, "rb") as handle:
            if handle.read(2) != b"\x1f\x8b":
                handle.seek(0)
                while chunk := handle.read(_CHUNK):
                    yield chunk
                return
            handle.seek(0)
            yield from self._inflated(handle)

    def _inflated(self, handle: BinaryIO) -> Iterator[bytes]:
        inflate = zlib.decompressobj(wbits=31)
        pending = b""
        while True:
            data = pending or handle.read(_CHUNK)
            if not data:
                break
            try:
                yield inflate.decompress(data)
            except zlib.error as error:
                self.problem = f"broken gzip near byte {handle.tell()}: {error}"
                return
            pending = inflate.unused_data
            if inflate.eof and (pending or (pending := handle.read(_CHUNK))):
                inflate = zlib.decompressobj(wbits=31)
        if not inflate.eof:
            self.problem = f"truncated gzip: it ends at byte {handle.tell()} without its trailer"

    def text(self) -> str:
        return b"".join(self.chunks()).decode("utf-8-sig", "replace")


def _skip(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()


def records_start(text: str) -> int | None:
    """Where the array of `{"Records": [` begins (after the bracket); None where there is none."""
    at = _skip(text, 0)
    if text[at:at + 1] != "{":
        return None
    at = _skip(text, at + 1)
    while text[at:at + 1] == '"':
        try:
            key, at = _decoder.raw_decode(text, at)
            at = _skip(text, at)
            if text[at:at + 1] != ":":
                return None
            at = _skip(text, at + 1)
            if key == "Records" and text[at:at + 1] == "[":
                return at + 1
            _, at = _decoder.raw_decode(text, at)
        except ValueError:
            return None
        at = _skip(text, at)
        if text[at:at + 1] != ",":
            return None
        at = _skip(text, at + 1)
    return None


_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)


def _end_of_broken(text: str, start: int) -> int:
    """The end of a malformed value: its closing bracket, or the next comma or end of the array."""
    if text[start] in "{[":
        depth = 0
        for match in _STRUCTURE.finditer(text, start):
            token = match.group()
            if token in "{[":
                depth += 1
            elif token in "}]":
                depth -= 1
                if depth == 0:
                    return match.end()
        return len(text)
    found = re.compile(r"[,\]]").search(text, start)
    return found.start() if found else len(text)


def split_records(text: str, start: int) -> Iterator[Piece]:
    """The records of a CloudTrail file from `start` (see `records_start`), each as it was."""
    at = start
    while True:
        at = _skip(text, at)
        if at >= len(text):
            yield Piece("", at, "the Records array does not end: the file is cut off")
            return
        if text[at] == "]":
            return
        if text[at] == ",":
            at += 1
            continue
        begin = at
        try:
            value, at = _decoder.raw_decode(text, begin)
            problem = "" if isinstance(value, dict) else "the record is not a JSON object"
        except ValueError as error:
            at = max(_end_of_broken(text, begin), begin + 1)
            problem = f"the record is not JSON: {error}"
        except RecursionError:
            at = max(_end_of_broken(text, begin), begin + 1)
            problem = "the record is nested too deeply"
        yield Piece(text[begin:at], begin, problem)


def break_lines(source: Source, breaker: str) -> Iterator[Piece]:
    """Pieces by LINE_BREAKER: what its first group matches is dropped between two events."""
    if breaker == DEFAULT_LINE_BREAKER:
        yield from _lines(source)
        return
    pattern = regex.compile(breaker)
    if pattern.groups < 1:
        raise ValueError(f"LINE_BREAKER {breaker!r} has no capturing group")
    text = source.text()
    start = 0
    for match in pattern.finditer(text):
        if text[start:match.start(1)]:
            yield Piece(text[start:match.start(1)], start)
        start = match.end(1)
    if text[start:]:
        yield Piece(text[start:], start)


def _lines(source: Source) -> Iterator[Piece]:
    offset, rest = 0, b""
    for chunk in source.chunks():
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            if line.strip():
                yield _line(line, offset)
            offset += len(line) + 1
    if rest.strip():
        yield _line(rest, offset)


def _line(line: bytes, offset: int) -> Piece:
    return Piece(line.rstrip(b"\r").decode("utf-8-sig" if offset == 0 else "utf-8", "replace"),
                 offset)
