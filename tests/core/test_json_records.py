"""Records are cut out of a document by their exact bytes, however the bytes arrive."""

from __future__ import annotations

import gzip
import json
import re

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
        texts += batch.texts
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


# What a scanner may take for a record's end or start, in strings and as structure, at any depth.
TRAPS = st.sampled_from(
    [
        '"},{"', '\\"},{\\"a\\":1', "\\\\", '\\\\"', "]},{", "\ud83d\ude00", "\ud800", "\udfff",
        "\u00e9", "\u2028", "\x7f", "x" * 700, 10**30, -0.0, 1e-300, [], {}, [{}, {}, {}],
        [[{"a": [{"b": {}}, {"c": "},{"}]}, {"d": "]"}]], {"": {"}": "{"}}, [[[["},{"]]]],
    ]
)
NESTED = st.recursive(
    TRAPS | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=4) | st.just("},{"), inner, max_size=4),
    max_leaves=12,
)
ANY_RECORD = st.dictionaries(st.text(max_size=4) | st.just("eventTime"), NESTED, max_size=5)


def extents(text: str) -> list[tuple[dict, str]]:
    """(value, original text) of each record by the standard library alone, one at a time."""
    decoder, found = json.JSONDecoder(), []
    place = text.index("[") + 1
    while True:
        place = len(text) - len(text[place:].lstrip(" \t\r\n,"))
        if text[place] == "]":
            return found
        value, end = decoder.raw_decode(text, place)
        found.append((value, text[place:end]))
        place = end


@st.composite
def arbitrary_documents(draw):
    """A document of any records, packed or spread over lines, with escapes or without."""
    text = json.dumps(
        {"Records": draw(st.lists(ANY_RECORD, max_size=7))},
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, None, 0, 2, "\t"])),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,", ":")])),
    )
    # Half of a surrogate pair can only be written as an escape.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found.group()):04x}", text)


@given(arbitrary_documents(), st.integers(1, 3000))
@settings(max_examples=200, deadline=None)
def test_records_are_what_the_standard_library_finds(text, size):
    data = text.encode("utf-8")
    found = []
    for batch in records(in_pieces(data, size), 0, is_record, lambda value: value):
        found += zip(batch.values, batch.texts)
        assert not batch.bad
        assert not batch.lenient
        behind = data[: batch.end].decode("utf-8")
        assert behind.endswith("}") or behind == text
    assert found == extents(text)


@given(arbitrary_documents(), st.integers(0, 2000), st.integers(1, 600))
@settings(max_examples=200, deadline=None)
def test_a_document_that_grows_gives_what_is_whole_so_far(text, at, size):
    data = text.encode("utf-8")
    whole, place = [], 0
    for _, kept in extents(text):
        place = text.index(kept, place) + len(kept)
        # A record is known to be whole by what follows it.
        if len(text[:place].encode("utf-8")) < len(data[:at].rstrip(b" \t\r\n")):
            whole.append(kept)
    found = []
    for batch in records(in_pieces(data[:at], size), 0, is_record, len, growing=True):
        found += batch.texts
        assert not batch.bad
    assert found == whole


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


@given(arbitrary_documents(), st.integers(1, 2000), st.integers(1, 600))
@settings(max_examples=100, deadline=None)
def test_what_came_before_a_failure_is_good(text, at, size):
    data = text.encode("utf-8")[:at]

    def failing():
        yield from in_pieces(data, size)
        raise ConnectionError

    found = []
    batches = records(failing(), 0, is_record, len)
    with pytest.raises(ConnectionError):
        for batch in batches:
            found += batch.texts
    grown = records(in_pieces(data, size), 0, is_record, len, growing=True)
    assert found == [kept for batch in grown for kept in batch.texts]


def test_several_documents_after_one_another():
    one = b'{"Records":[{"eventVersion":"1","eventTime":"a"}]}'
    assert cut([one + b"\n" + one])[2] == 2
    assert cut([b"\xef\xbb\xbf" + one])[1] == []


def test_the_limit_is_kept_to_the_character():
    """The window grows by doubling, but not past the limit."""
    data = b'{"Records":[{"a":"' + b"x" * 150_000 + b'"},{"eventVersion":"1","eventTime":"a"}]}'
    found, bad, _ = cut(in_pieces(data, 4096), limit=100_000)
    assert len(found) == 1
    assert len(bad) == 1


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
