"""Announcement, chunk, record: in that order, in this process and in one of its own."""

from __future__ import annotations

import os

import pytest
from ciw.emit import STREAM_END
from ciw.errors import CheckpointError
from ciw.journal import Journal, encode
from ciw.outlet import DirectOutlet, ForkedOutlet

ANNOUNCEMENT, RECORD = encode({"k": "a", "l": "x", "i": [0, 1]}), encode({"k": "a", "d": 1})
CHUNK = b"<event>x</event>\n"


@pytest.fixture(params=[DirectOutlet, ForkedOutlet])
def outlet_class(request):
    return request.param


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError as error:
            assert error.errno == 9, "only a test that closed it itself"


def test_everything_arrives_in_order(outlet_class, tmp_path, pipe):
    journal = Journal(str(tmp_path / "journal"))
    outlet = outlet_class(pipe[1], journal)
    sizes = [1, 5000, 200_000, 300_000]
    for number, size in enumerate(sizes):
        outlet.send(bytes([number]) * size, ANNOUNCEMENT, RECORD)
        outlet.sync()
        received = b""
        while len(received) < size:
            received += os.read(pipe[0], 1 << 20)
        assert received == bytes([number]) * size
    outlet.send(b"", b"", RECORD)
    outlet.close()
    assert len(journal.read()) == 2 * len(sizes) + 1
    journal.close()


def test_a_chunk_that_was_not_sent_is_not_recorded(outlet_class, tmp_path, pipe):
    os.close(pipe[0])
    journal = Journal(str(tmp_path / "journal"))
    outlet = outlet_class(pipe[1], journal)
    with pytest.raises(BrokenPipeError):
        for _ in range(20):
            outlet.send(CHUNK, ANNOUNCEMENT, RECORD)
            outlet.sync()
    assert {"k": "a", "d": 1} not in journal.read()
    journal.close()


def test_a_chunk_that_cannot_be_announced_is_not_sent(outlet_class, pipe):
    """A full disk: nothing goes out that could not be recorded."""
    journal = Journal("/dev/full")
    outlet = outlet_class(pipe[1], journal)
    with pytest.raises(CheckpointError, match="No space left on device"):
        for _ in range(20):
            outlet.send(CHUNK, ANNOUNCEMENT, RECORD)
            outlet.sync()
    journal.close()
    os.write(pipe[1], b"end")
    assert os.read(pipe[0], 100) in (b"end", STREAM_END), "no chunk is in the pipe"


def test_the_record_comes_after_the_chunk(tmp_path, pipe, monkeypatch):
    """Were it the other way round, a kill in between would lose the chunk."""

    def cut_off(*_):
        raise BrokenPipeError

    monkeypatch.setattr("ciw.pipe.Pipe.write", cut_off)
    journal = Journal(str(tmp_path / "journal"))
    with pytest.raises(BrokenPipeError):
        DirectOutlet(pipe[1], journal).send(CHUNK, ANNOUNCEMENT, RECORD)
    assert journal.read() == [{"k": "a", "l": "x", "i": [0, 1]}]
    journal.close()
