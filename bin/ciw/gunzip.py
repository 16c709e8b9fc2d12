"""Decompression in pieces: memory stays bounded whatever the object holds."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from .errors import CorruptObject

_MAGIC = b"\x1f\x8b"


def plain_pieces(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Decompressed pieces of at most `size` bytes of a gzip object (any number of members).

    An object that is not gzip comes as it is. Raises CorruptObject, after the last good piece,
    where the gzip data end early or are damaged.
    """
    chunks = iter(chunks)
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= 2:
            break
    if head[:2] != _MAGIC:
        yield from _cut(head, size)
        for chunk in chunks:
            yield from _cut(chunk, size)
        return
    yield from _gunzip(head, chunks, size)


def _cut(chunk: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(chunk), size):
        yield chunk[start : start + size]


def _gunzip(data: bytes, chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    offset = 0
    decoder = zlib.decompressobj(wbits=31)
    while True:
        if decoder.eof:
            # Another member may follow; zero bytes between are padding.
            data = data.lstrip(b"\0")
            if data:
                decoder = zlib.decompressobj(wbits=31)
        if not decoder.eof:
            try:
                piece = decoder.decompress(data, size)
            except zlib.error as error:
                raise CorruptObject(f"damaged gzip: {error}", offset)
            if piece:
                offset += len(piece)
                yield piece
            data = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
            # A full piece may leave output inside the decoder although its input is used up.
            if data or len(piece) == size:
                continue
        data = next(chunks, b"")
        if not data:
            break
    if not decoder.eof:
        raise CorruptObject("truncated gzip", offset)
