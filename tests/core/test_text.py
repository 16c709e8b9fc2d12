"""Sanitising is reversible and the stream is well-formed whatever a log holds."""

from __future__ import annotations

from xml.etree import ElementTree

from ciw import azure_flows
from ciw.declare import Bad, Cursor, Meta, Page
from ciw.emit import STREAM_END, STREAM_START, encode_page
from ciw.text import restore, sanitise
from hypothesis import example, given
from hypothesis import strategies as st

from lab.xmlstream import StreamParser

# Every code point, surrogates too, with those that XML minds drawn often.
CHARACTERS = st.one_of(
    st.characters(),
    st.integers(0xD800, 0xDFFF).map(chr),
    st.sampled_from("\x00\x0b\x1f\t\n\r\x7f\ufffe\uffff\uf8ff&<>\"']"),
)
TEXTS = st.lists(CHARACTERS, max_size=40).map("".join)


@given(TEXTS)
@example("\uf8ff0000")
@example("\uf8ff\x00\uf8ff")
def test_sanitising_can_be_undone(text):
    clean, replaced = sanitise(text)
    assert restore(clean) == text
    assert (clean == text) == (replaced == 0)
    clean.encode("utf-8")


@given(st.binary(max_size=60))
def test_bytes_that_are_not_utf8_come_back(data):
    clean, _ = sanitise(data.decode("utf-8", "surrogateescape"))
    assert restore(clean).encode("utf-8", "surrogateescape") == data


def parsed(data: bytes):
    parser = StreamParser()
    return parser.feed(STREAM_START + data + STREAM_END)


@given(st.lists(TEXTS, max_size=5), TEXTS)
@example(["a]]>b", "\r\n", "]]>\r"], "s3://b/&<")
def test_the_stream_is_well_formed_and_carries_every_text(texts, source):
    page = Page(
        Meta("aws:cloudtrail", source=source, host="h", index="i"),
        [("1688989356", text) for text in texts],
        Cursor(len(texts)),
        bad=[Bad(where=source, reason="x", excerpt="".join(texts))],
    )
    data, sanitised = encode_page(page, "stanza")
    events = parsed(data)
    assert [restore(event.values["data"]) for event in events[:-1]] == texts
    assert sanitised == sum(sanitise(text)[1] for text in texts)
    for event in events[:-1]:
        assert restore(event.values.get("source", "")) == source
        assert event.values["time"] == "1688989356"
        assert event.unbroken
        assert event.done
    assert events[-1].values["sourcetype"] == "ciw:quarantine"


def test_an_event_without_a_time_leaves_it_to_splunkd():
    data, _ = encode_page(Page(Meta("st"), [("", "{}")], Cursor(1)), "stanza")
    assert ElementTree.fromstring(data).find("time") is None


def test_a_page_wrongly_taken_for_clean_is_cleaned():
    """Its source never looked: one such character would end this run, and every one after it."""
    page = Page(Meta("st"), [("1", "good"), ("2", "bad \udcff")], Cursor(2), clean=True)
    data, sanitised = encode_page(page, "azure_network_logs://main")
    assert sanitised == 1
    assert [e.values["data"] for e in StreamParser().feed(STREAM_START + data)] == [
        "good", "bad \uf8ffdcff"
    ]


def test_what_follows_a_flow_tuple_is_plain_or_bad():
    tuples = "1700000000000,10.0.0.1,10.0.0.2,1,2,6,I,B,NX,,,,,"
    record = {
        "time": "2026-01-05T10:00:00Z",
        "flowRecords": {"flows": [{"flowGroups": [{"rule": "r", "flowTuples": [
            tuples + "new", tuples + "\udcff", tuples + "\uffff"
        ]}]}]},
    }
    events, bad, count = azure_flows._events(record, "blob")
    assert (len(events), len(bad), count) == (1, 2, 3)
