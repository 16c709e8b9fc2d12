"""tools/verify_splunk.py, with the lab's own server in the place of a Splunk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.conformance import load
from lab.server import start
from tests.lab.conformance.conftest import HERE, NOW
from tools import verify_splunk

CASES = load(HERE / "cases")


@pytest.fixture(scope="module")
def peer(home, app):
    with start(home, app, clock=lambda: NOW) as server:
        yield server


@pytest.fixture(scope="module")
def service(peer):
    return verify_splunk.connect(peer.url, peer.system_token, insecure=True)


def named(name: str):
    return next(case for case in CASES if case.name == name)


def test_cases_that_the_lab_runs_do_not_differ(service):
    cases = [case for case in CASES if not case.refusal][::25]
    report = verify_splunk.verify(service, cases)
    assert report.differing == [] and report.open == []
    assert report.same == sum(1 for case in cases if not case.elsewhere) > 10


def test_a_refusal_is_what_an_error_is_documented_to_be(service):
    failing = named("sum refuses a quoted string")
    assert verify_splunk.verify(service, [failing]).same == 1
    working = replace(named("sum of literals"), expect=None, fails=True)
    [(_, seen)] = verify_splunk.verify(service, [working]).differing
    assert "calls it an error" in seen


def test_a_difference_is_shown_with_what_was_expected(service, capsys):
    wrong = replace(named("sum of literals"), expect=({"result": "7"},))
    report = verify_splunk.verify(service, [wrong])
    verify_splunk.show(report)
    shown = capsys.readouterr().out
    assert "DIFFERS: eval_math: sum of literals" in shown and "['7']" in shown and "['6']" in shown


def test_what_the_documentation_leaves_open_is_reported_and_no_difference(service):
    report = verify_splunk.verify(service, [named("mode of a tie")])
    assert report.differing == [] and len(report.open) == 1


def test_a_documented_result_that_the_peer_refuses_differs(service):
    unknown = replace(named("sum of literals"), searches=("| makeresults | eval result=sums(1)",))
    [(_, seen)] = verify_splunk.verify(service, [unknown]).differing
    assert seen.startswith("refused: ") and "sums" in seen


def test_cases_that_need_the_tests_own_things_are_not_run(service):
    cases = [case for case in CASES if case.elsewhere]
    report = verify_splunk.verify(service, cases)
    assert sum(report.skipped.values()) == len(cases) > 50 and report.same == 0


def test_times_need_utc(service, monkeypatch):
    monkeypatch.setattr(verify_splunk, "ask", lambda service, spl: ([{"zone": "+0200"}], ""))
    report = verify_splunk.verify(service, [named("strftime hour and minute")])
    assert report.skipped == {verify_splunk.NOT_UTC: 1}


def test_without_address_or_connection_it_exits_2(monkeypatch, capsys):
    monkeypatch.delenv("SPLUNK_URL", raising=False)
    assert verify_splunk.main() == 2
    monkeypatch.setenv("SPLUNK_URL", "splunk.example")
    monkeypatch.setenv("SPLUNK_TOKEN", "x")
    assert verify_splunk.main() == 2
    assert "https://splunk.example:8089" in capsys.readouterr().err
