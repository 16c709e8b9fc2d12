"""Running a modular input as splunkd does, with small scripts in the place of an input."""

import textwrap

import pyarrow.parquet as pq
import pytest

from lab import conf
from lab.modular_input import InputError, read_stanzas, run_stanza
from lab.xmlstream import StreamError, StreamParser

SCHEME = """
import sys
SCHEME = '''<scheme><title>Toy</title><use_external_validation>true</use_external_validation>
<use_single_instance>false</use_single_instance><streaming_mode>xml</streaming_mode><endpoint><args>
<arg name="colour"><required_on_create>true</required_on_create></arg>
<arg name="size"><required_on_create>false</required_on_create></arg></args></endpoint></scheme>'''
if sys.argv[1:] == ["--scheme"]:
    print(SCHEME); sys.exit(0)
document = sys.stdin.read()
if sys.argv[1:] == ["--validate-arguments"]:
    if ">mud<" in document:
        print("<error><message>colour: mud is none</message></error>"); sys.exit(1)
    sys.exit(0)
"""


@pytest.fixture
def toy(home, app, tmp_path):
    """`toy(body, settings)` runs a script with that body and gives its report."""

    def run(body, settings="colour = red", **options):
        script = app.path / "bin" / "toy.py"
        script.parent.mkdir(exist_ok=True)
        script.write_text(SCHEME + textwrap.dedent(body))
        file = tmp_path / "toy.conf"
        file.write_text(f"[toy://one]\nindex = audit\n{settings}\n")
        (stanza,) = read_stanzas(app, file)
        return run_stanza(home, app, stanza, "http://127.0.0.1:1", "key", **options)

    return run


def rows(home, index):
    found = []
    for segment in home.store.segments(index):
        found += pq.read_table(segment.path).to_pylist()
    return found


def test_events_carry_their_own_or_the_stanzas_place(home, toy):
    report = toy("""
        print('<stream><event><data>a &amp; b</data></event>'
              '<event unbroken="1"><time>1688990400.5</time><index>operations</index>'
              '<source>s</source><sourcetype>app:json</sourcetype><host>h</host>'
              '<data>{}</data><done/></event></stream>')
        """)
    assert report.succeeded and report.indexed == {"audit": 1, "operations": 1}
    (own,) = rows(home, "operations")
    assert (own["_time"], own["source"], own["sourcetype"], own["host"], own["_raw"]) == (
        1688990400.5,
        "s",
        "app:json",
        "h",
        "{}",
    )
    (other,) = rows(home, "audit")
    assert (other["_raw"], other["source"], other["sourcetype"]) == ("a & b", "toy://one", "toy")


def test_the_configuration_is_what_splunkd_sends(home, toy):
    toy(
        """
        from xml.sax.saxutils import escape
        print('<stream><event><data>%s</data></event></stream>' % escape(document))
        """,
        'colour = <red> & "blue"\npython.version = python3',
    )
    text = rows(home, "audit")[0]["_raw"]
    assert '<stanza name="toy://one" app="">' in text and "<session_key>key</session_key>" in text
    assert '<param name="colour">&lt;red&gt; &amp; "blue"</param>' in text
    assert "python.version" not in text


def test_a_killed_input_loses_only_the_event_it_was_writing(home, toy):
    report = toy("""
        import os, signal
        sys.stdout.write('<stream>' + '<event><data>x</data></event>' * 500 + '<event><data>half')
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)
        """)
    assert (report.events, report.discarded, report.exit_code) == (500, 1, -9)
    assert not report.succeeded


def test_a_malformed_stream_ends_the_run_and_is_logged(home, toy):
    report = toy("""
        print('<stream><event><data>good</data></event>'
              '<event><data>\\x00</data></event><event><data>never</data></event></stream>')
        """)
    assert report.events == 1 and "not well-formed" in report.problem
    assert any("Invalid XML" in row["_raw"] for row in rows(home, "_internal"))


def test_parts_are_joined_until_done(home, toy):
    toy("""
        print('<stream><event unbroken="1"><data>one </data></event>'
              '<event unbroken="1"><data>two</data><done/></event></stream>')
        """)
    assert rows(home, "audit")[0]["_raw"] == "one two"


def test_standard_error_is_the_log(home, toy):
    report = toy("""
        sys.stderr.write("INFO fetched=3\\nsomething odd\\n")
        print("<stream></stream>")
        """)
    assert report.levels == {"INFO": 1, "ERROR": 1}
    assert [row["sourcetype"] for row in rows(home, "_internal")] == ["splunkd", "splunkd"]


def test_an_unknown_index_is_said(home, toy):
    report = toy("print('<stream><event><index>nope</index><data>x</data></event></stream>')")
    assert report.dropped == {"nope": 1} and "1 for nope" in report.sentence()
    assert not report.succeeded


@pytest.mark.parametrize(
    "settings, says",
    [
        ("colour = mud", "refused by toy.py: colour: mud is none"),
        ("size = 1", "needs colour"),
        (
            "colour = red\nshape = round",
            "sets shape, which is not an argument of toy: colour, size",
        ),
    ],
)
def test_a_stanza_that_does_not_fit(toy, settings, says):
    with pytest.raises(InputError, match=says):
        toy("print('<stream></stream>')", settings)


def test_index_time_can_follow_the_event(home, toy):
    toy(
        "print('<stream><event><time>1000</time><data>x</data></event></stream>')",
        index_time=lambda moment: moment + 60,
    )
    assert rows(home, "audit")[0]["_indextime"] == 1060


@pytest.mark.parametrize(
    "document",
    [
        b"hello <stream/>",
        b"<other/>",
        b"<stream>text</stream>",
        b"<stream><odd/></stream>",
        b"<stream><event><odd/></event></stream>",
        b"<!DOCTYPE x><stream/>",
        b"<stream><event><data>\xff</data></event></stream>",
    ],
)
def test_streams_that_splunkd_would_not_read(document):
    with pytest.raises(StreamError):
        StreamParser().feed(document)


def test_stanza_files_are_checked(app, tmp_path):
    file = tmp_path / "x.conf"
    file.write_text("[toy]\na = b\n")
    with pytest.raises(InputError, match=r"x.conf:1: \[toy\] is not"):
        read_stanzas(app, file)
    file.write_text("[toy://x]\ndisabled = 1\n")
    with pytest.raises(InputError, match="no enabled stanza"):
        read_stanzas(app, file)
    assert isinstance(conf.read(file)["toy://x"], conf.Stanza)
