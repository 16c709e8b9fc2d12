"""The core's small parts: arguments, log lines, times, the pipe, notifications."""

from __future__ import annotations

import io
import json
import logging
import os

import pytest
from ciw import moments
from ciw.declare import Argument
from ciw.errors import InvalidArgument
from ciw.log import LibraryMessages, Log
from ciw.moments import iso_seconds
from ciw.pipe import Pipe
from ciw.retry import delays
from ciw.s3_notification import NotNotification, objects_of
from ciw.scheme import parse_run
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2023-07-10T11:42:36Z", "1688989356"),
        ("2023-07-10T11:42:36.25Z", "1688989356.25"),
        ("2023-07-10T13:42:36+02:00", "1688989356"),
        ("2023-07-10T11:42:36", "1688989356"),
        ("2023-13-40T11:42:36Z", ""),
        ("yesterday", ""),
        (None, ""),
        (17, ""),
        (["2023"], ""),
        ("２０２３-07-10T11:42:36Z", ""),
        ("2023-07-10T11:42:36.٣Z", ""),
    ],
)
def test_times(text, seconds):
    assert iso_seconds(text) == iso_seconds(text) == seconds


@given(st.text(), st.text(min_size=4))
def test_a_message_is_one_line_without_secrets(text, secret):
    stream = io.StringIO()
    log = Log(stream)
    log.redactor.register("the-secret-key")
    log.info("e", text=text, error=f"{secret} the-secret-key", number=1.5, flag=True)
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert len(written.splitlines()) == 1
    assert written.startswith("INFO event=e text=")
    assert "the-secret-key" not in written


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefghijklmnopqrst",
        "Authorization: Splunk abcdefghijklmnopqrst",
        "Authorization: AWS4-HMAC-SHA256 Credential=x, Signature=abcdefghijklmnopqrst",
        "GET /?X-Amz-Security-Token=abcdefghijklmnopqrst&x=1",
    ],
)
def test_what_carries_a_credential_is_cut(text):
    stream = io.StringIO()
    Log(stream).info("e", error=text)
    assert "abcdefghijklmnopqrst" not in stream.getvalue()


def test_what_libraries_log_goes_the_same_way():
    """botocore logs a failed renewal with its traceback, past the redaction, on lines of its own."""
    stream = io.StringIO()
    log = Log(stream)
    log.redactor.register("the-secret-key")
    library = logging.getLogger("botocore.of.the.test")
    handler = LibraryMessages(log)
    library.addHandler(handler)
    library.propagate = False
    try:
        raise ValueError("with the-secret-key")
    except ValueError:
        library.warning("renewal of %s failed", "x", exc_info=True)
    written = stream.getvalue()
    assert written.startswith("WARN event=library logger=botocore.of.the.test")
    assert written.count("\n") == 1
    assert "ValueError" in written
    assert "the-secret-key" not in written


def test_times_are_kept_only_while_they_are_short():
    """Records of one's own making must not fill the memory."""
    iso_seconds("9" * 1000)
    assert all(len(value) < 100 for value in moments._known)


def test_a_level_below_the_threshold_is_not_written():
    stream = io.StringIO()
    log = Log(stream, level="WARN", input="x")
    log.info("quiet")
    log.warning("loud", where="s3://b/a b")
    assert stream.getvalue() == 'WARN event=loud input=x where="s3://b/a b"\n'


def test_delays_grow_and_end():
    upper = list(delays(6, 1.0, 5.0, pick=lambda low, high: high))
    assert upper == [1.0, 2.0, 4.0, 5.0, 5.0]


@pytest.mark.parametrize(
    ("argument", "value", "expected"),
    [
        (Argument("a", "", "", kind="list", pattern="[a-z]+"), "x, y ,", ("x", "y")),
        (Argument("a", "", "", kind="integer", default="3"), "", 3),
        (Argument("a", "", "", kind="boolean"), "True", True),
        (Argument("a", "", ""), "  ", ""),
        (Argument("a", "", "", kind="list"), "", ()),
    ],
)
def test_arguments_are_read_by_their_kind(argument, value, expected):
    assert argument.read(value) == expected


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        (Argument("a", "", "", kind="integer", minimum=2, maximum=5), "6"),
        (Argument("a", "", "", kind="integer"), "1e3"),
        (Argument("a", "", "", kind="boolean"), "maybe"),
        (Argument("a", "", "", kind="list", pattern="[a-z]+"), "x,9"),
        (Argument("a", "", "", required=True), ""),
    ],
)
def test_a_wrong_argument_is_named(argument, value):
    with pytest.raises(InvalidArgument, match="argument a"):
        argument.read(value)


def test_a_pipe_without_room_is_not_written_to():
    read_end, write_end = os.pipe()
    stopping = []
    pipe = Pipe(write_end, lambda: bool(stopping))
    assert pipe.capacity >= 65536
    chunk = b"x" * (pipe.capacity // 2)
    assert pipe.wait_for_room(len(chunk))
    pipe.write(chunk)
    stopping.append(True)
    assert not pipe.wait_for_room(pipe.capacity), "asked to stop instead of blocking midway"
    assert pipe.wait_for_room(1000)
    os.read(read_end, pipe.capacity)
    assert pipe.wait_for_room(pipe.capacity), "an empty pipe takes anything"
    os.close(read_end)
    with pytest.raises(BrokenPipeError):
        pipe.wait_for_room(1)
    os.close(write_end)


def test_keys_are_decoded_as_s3_encodes_them():
    body = {
        "Records": [
            {
                "eventName": "ObjectCreated:Put",
                "s3": {
                    "bucket": {"name": "b"},
                    "object": {"key": "a+b%2Bc%20d/%C3%BC", "eTag": "e", "size": 3},
                },
            },
            {"eventName": "ObjectRemoved:Delete", "s3": {}},
        ]
    }
    (found,) = objects_of(json.dumps(body))
    assert found.uri == "s3://b/a b+c d/ü"


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["Records", "s3", "detail", "source", "Type", "Message", "bucket"]),
                x,
            )
        ),
    )
)
def test_any_message_is_read_or_refused(value):
    try:
        found = objects_of(json.dumps(value))
    except NotNotification:
        return
    assert isinstance(found, list)


def test_a_configuration_with_a_dtd_is_refused():
    with pytest.raises(InvalidArgument, match="DTD"):
        parse_run(b'<!DOCTYPE x [<!ENTITY a "b">]><input/>')
