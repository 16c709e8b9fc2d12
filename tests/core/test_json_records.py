"""Records are cut out of a document by their exact bytes, however the bytes arrive."""

from __future__ import annotations

import gzip
import json

import pytest
from ciw.errors import CorruptObject
from ciw.gunzip import plain_pieces
from ciw.json_records import records
from hypothesis import given, settings
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
# Objects inside records that look like records, and strings that look like boundaries.
NASTY = st.sampled_from(
    ['},{"eventVersion":"1"', "}]}", "\\", '"', "\u2028", {"eventVersion": "1", "eventTime": "x"}]
)
RECORD = st.fixed_dictionaries(
    {"eventVersion": st.just("1.09"), "eventTime": st.text(max_size=5)},
    optional={"a": JSON, "b": NASTY, "c": st.lists(NASTY, max_size=3)},
)
BLANKS = st.sampled_from(["", " ", "\n", "\r\n\t "])


def is_record(value):
    return "eventVersion" in value and "eventTime" in value


def cut(pieces, skip=0, limit=1 << 20):
    """(original texts, bad records, count)."""
    texts, bad, count = [], [], 0
    for batch in records(pieces, skip, is_record, lambda value: value, limit):
        texts += [text for _, text in batch.records]
        bad += batch.bad
        count = batch.count
    return texts, bad, count


def in_pieces(data: bytes, size: int):
    return [data[start : start + size] for start in range(0, len(data), size)]


@st.composite
def documents(draw):
    """(texts of the records, the document as bytes)."""
    texts = [
        json.dumps(value, ensure_ascii=draw(st.booleans()))
        for value in draw(st.lists(RECORD, max_size=6))
    ]
    around = [draw(BLANKS) for _ in range(4)]
    more = draw(st.sampled_from(["", '"x":{"Records":[1]},']))
    body = (around[0] + "," + around[1]).join(texts)
    text = f'{around[2]}{{{more}"Records":{around[3]}[{around[1]}{body}{around[0]}]}}{around[2]}'
    return texts, text.encode("utf-8")


@given(documents(), st.integers(1, 200))
@settings(max_examples=300, deadline=None)
def test_records_come_out_in_their_original_bytes(document, size):
    texts, data = document
    assert cut(in_pieces(data, size)) == (texts, [], len(texts))


@given(documents(), st.integers(0, 8))
@settings(deadline=None)
def test_reading_goes_on_after_any_number_of_records(document, skip):
    texts, data = document
    assert cut([data], skip)[0] == texts[skip:]


@given(documents(), st.integers(0, 500), st.integers(1, 300))
@settings(max_examples=300, deadline=None)
def test_a_cut_document_gives_every_whole_record_before_the_cut(document, at, size):
    texts, data = document
    at = min(at, len(data.rstrip()) - 1)
    found, bad, count = cut(in_pieces(data[:at], size))
    assert found == texts[: len(found)]
    assert len(bad) == 1
    assert count == len(found) + 1


@given(
    documents(),
    st.integers(0, 6),
    st.sampled_from(
        [
            '{"eventVersion":"1", oops}',
            '{"eventVersion":',
            "null",
            "7",
            '"s"',
            "{]}",
            "tru",
            '{"a":[1,[2,[3',
            '{"a":["b',
            '{"a":{"b":1',
        ]
    ),
    st.integers(1, 300),
)
@settings(max_examples=300, deadline=None)
def test_one_bad_record_costs_one_record(document, at, bad_text, size):
    texts, _ = document
    at = min(at, len(texts))
    mixed = texts[:at] + [bad_text] + texts[at:]
    data = ('{"Records":[' + ",".join(mixed) + "]}").encode()
    found, bad, count = cut(in_pieces(data, size))
    assert found == texts
    assert [each.index for each in bad] == [at]
    assert count == len(texts) + 1
    assert data[bad[0].offset :].decode().startswith(bad_text)


@given(st.binary(max_size=80), st.integers(1, 20))
def test_any_bytes_are_either_records_or_bad(data, size):
    found, bad, count = cut(in_pieces(data, size))
    assert len(found) + len(bad) == count
    assert bad


def test_several_documents_after_one_another():
    one = b'{"Records":[{"eventVersion":"1","eventTime":"a"}]}'
    assert cut([one + b"\n" + one])[2] == 2
    assert cut([b"\xef\xbb\xbf" + one])[1] == []


def test_a_record_beyond_the_limit_is_passed_over_in_bounded_memory():
    big = b'{"eventVersion":"' + b"x" * 400_000 + b'"}'
    good = b'{"eventVersion":"1","eventTime":"a"}'
    data = b'{"Records":[' + b",".join([good, big, good]) + b"]}"
    found, bad, _ = cut(in_pieces(data, 4096), limit=100_000)
    assert len(found) == 2
    assert bad[0].size == len(big)
    assert "larger than 100000" in bad[0].reason


@given(st.binary(max_size=3000), st.integers(1, 500), st.integers(1, 500), st.integers(1, 3))
@settings(deadline=None)
def test_gunzip_gives_the_bytes_in_bounded_pieces(data, chunk, size, members):
    packed = b"".join(gzip.compress(data) for _ in range(members))
    pieces = list(plain_pieces(in_pieces(packed, chunk), size))
    assert b"".join(pieces) == data * members
    assert all(0 < len(piece) <= size for piece in pieces)


@given(st.binary(min_size=1, max_size=3000), st.integers(1, 500))
@settings(deadline=None)
def test_a_cut_gzip_gives_what_it_has_and_then_says_so(data, size):
    packed = gzip.compress(data)
    pieces = []
    with pytest.raises(CorruptObject, match="truncated gzip"):
        for piece in plain_pieces([packed[:-5]], size):
            pieces.append(piece)  # noqa: PERF402 (what came before the error is what is asked)
    assert data.startswith(b"".join(pieces))


def test_a_gzip_bomb_is_taken_in_pieces():
    bomb = gzip.compress(b" " * 50_000_000)
    assert max(len(piece) for piece in plain_pieces([bomb], 65536)) == 65536
