"""What people are told: each search over a home, its rows, and that nothing is told twice."""

from __future__ import annotations

import re

import pytest

from lab import conf
from lab.home import Home
from lab.runs import UnknownSavedSearch, saved_search
from tests.detections.bench import DAY, HOUR, Bench
from tests.detections.records import ACCOUNT, epoch

NOON = epoch("2026-03-10T12:00:00")
CASE = "3f2a9c0d1e4b5a67"
HOSTILE = "<script>alert(1)</script>\r\nBcc: all@example.com $result.link$ | delete"
NAMES = ("critical_case", "sla_breach", "escalation", "audit_impaired", "spend")
COLUMNS = ("subject", "what", "where_told", "who_told", "why_told", "deadline", "to_do", "link")


@pytest.fixture
def bench(tmp_path, app_root):
    """A home in which an administrator has switched everything on, and named Splunk's address."""
    local = Home(tmp_path / "home").conf_dir
    (local / "savedsearches.conf").write_text(
        "".join(f"[ciw_notify_{name}]\ndisabled = 0\n\n" for name in NAMES))
    (local / "macros.conf").write_text(
        '[ciw_web_address]\ndefinition = "https://splunk.example.com:8000"\n')
    bench = Bench(tmp_path, app_root)
    bench.now = NOON
    bench.list("ciw_owners_effective.csv",
               [["aws", ACCOUNT, "payments", "payments@example.com", "7", "costs@example.com"]])
    bench.put("ciw_cases", [{
        "_key": CASE, "case_id": CASE, "subject": f"aws|{ACCOUNT}|x", "cloud": "aws",
        "vendor_account": ACCOUNT, "vendor_region": ["eu-west-1"], "user": HOSTILE,
        "object_id": ["i-1", "i-2"], "src": ["203.0.113.95"], "severity": "critical",
        "severity_rank": 4, "verdict": "mining_instance", "signals": ["cpu_spike", "mining_egress"],
        "reason": "It mines.", "opened": NOON - HOUR, "sla_due": NOON + HOUR, "signal_ids": ["s"]}])
    return bench


def state(bench, name, **more):
    bench.put("ciw_case_state", [{"_key": CASE, "case_id": CASE, "state": name, "version": 1,
                                  "updated": bench.now, **more}])


def machine(name, **more):
    return {"_key": name, "cloud": "aws", "vendor_account": ACCOUNT, "object_id": name,
            "created": NOON - 10 * HOUR, "user": HOSTILE, "authorisation": "unapproved",
            "state": "running", "state_time": NOON - 10 * HOUR, "instance_type": "p3.2xlarge",
            **more}


def told(bench, name):
    return bench.run(f"ciw_notify_{name}")


def test_all_are_off_as_shipped(tmp_path, app_root):
    app = Home(tmp_path / "home").app(app_root)
    assert {name for name in app.saved_searches if name.startswith("ciw_notify_")} == {
        f"ciw_notify_{name}" for name in NAMES}
    for name in NAMES:
        with pytest.raises(UnknownSavedSearch, match="is disabled"):
            saved_search(app, f"ciw_notify_{name}")


def test_mails_are_plain_text_one_a_row_and_name_columns_that_rows_have(app_root):
    stanzas = conf.read(app_root / "default" / "savedsearches.conf")
    for name in NAMES:
        settings = stanzas[f"ciw_notify_{name}"].settings
        assert settings["alert.digest_mode"] == "0" and settings["alert.suppress"] == "1"
        assert settings["alert.suppress.fields"] == "notice_key"
        assert settings["action.email.content_type"] == "plain"
        text = " ".join(value for key, value in settings.items() if key.startswith("action."))
        assert set(re.findall(r"\$result\.(\w+)\$", text)) <= {*COLUMNS, "cost_contact"}
        assert not re.findall(r"\$(?!result\.)\w+", text)


def test_a_critical_case_is_told_once(bench):
    [row] = told(bench, "critical_case")
    assert row["subject"] == f"Critical: new instance case {CASE} (aws {ACCOUNT})"
    assert row["what"] == "mining_instance: cpu_spike, mining_egress"
    assert row["where_told"] == f"aws account {ACCOUNT}, eu-west-1 (owner: payments," \
                                " payments@example.com)"
    assert row["why_told"] == "It mines."
    assert row["deadline"] == "2026-03-10 13:00 UTC"
    assert row["link"] == f"https://splunk.example.com:8000/app/cloud_instance_watch/desk?case={CASE}"
    assert told(bench, "critical_case") == []
    bench.now += 30 * DAY
    assert told(bench, "critical_case") == []
    assert [(one["notice"], one["case_id"], one["told"]) for one in bench.documents(
        "ciw_notified")] == [("critical", CASE, NOON)]


def test_hostile_values_stay_one_line_of_text(bench):
    [row] = told(bench, "critical_case")
    assert row["who_told"] == ("<script>alert(1)</script> Bcc: all@example.com ?result.link? | delete"
                               " from 203.0.113.95 on i-1, i-2")
    assert not any(re.search(r"[\x00-\x1f$]", row[name]) for name in COLUMNS)
    bench.put("ciw_cases", [{**bench.documents("ciw_cases")[0], "_key": "b" * 16,
                             "case_id": "b" * 16, "user": "x" * 10_000}])
    [row] = told(bench, "critical_case")
    assert len(row["who_told"]) < 600


def test_what_is_closed_or_less_than_critical_is_not_told(bench):
    state(bench, "closed", closed_time=NOON)
    assert told(bench, "critical_case") == []
    bench.put("ciw_case_state", [{"_key": CASE, "case_id": CASE, "state": "new"}])
    bench.put("ciw_cases", [{**bench.documents("ciw_cases")[0], "severity": "high"}])
    assert told(bench, "critical_case") == []


def test_an_exercise_is_called_one(bench):
    bench.put("ciw_cases", [{**bench.documents("ciw_cases")[0], "drill": "true"}])
    [row] = told(bench, "critical_case")
    assert row["subject"].startswith("Exercise: Critical")


def test_a_missed_deadline_is_told_once_and_again_when_the_deadline_moved(bench):
    assert told(bench, "sla_breach") == []
    state(bench, "in_triage", owner="analyst")
    bench.now = NOON + 2 * HOUR
    [row] = told(bench, "sla_breach")
    assert row["what"].endswith("60 minutes past its deadline. State: in_triage; taken by analyst")
    assert told(bench, "sla_breach") == []
    bench.put("ciw_cases", [{**bench.documents("ciw_cases")[0], "sla_due": NOON + 1.5 * HOUR}])
    assert len(told(bench, "sla_breach")) == 1
    state(bench, "escalated")
    bench.put("ciw_cases", [{**bench.documents("ciw_cases")[0], "sla_due": NOON}])
    assert told(bench, "sla_breach") == []


def test_an_escalation_is_told_once_each_while_it_waits(bench):
    def escalate(version):
        bench.put("ciw_case_history", [{
            "_key": f"{CASE}:{version}", "case_id": CASE, "version": version, "time": bench.now,
            "who": "analyst", "verb": "escalate", "from_state": "in_triage",
            "to_state": "escalated", "reason": "It mines.\nReally."}])

    escalate(2)
    state(bench, "escalated")
    [row] = told(bench, "escalation")
    assert row["what"] == "analyst escalated it at 2026-03-10 12:00 UTC: It mines. Really."
    assert told(bench, "escalation") == []
    escalate(7)
    assert len(told(bench, "escalation")) == 1
    escalate(9)
    state(bench, "contained")
    assert told(bench, "escalation") == []


def test_impaired_logging_is_told_with_its_case(bench):
    bench.put("ciw_signals", [{
        "_key": "s", "signal_id": "s", "signal": "audit_logging_impaired", "time": NOON - HOUR,
        "cloud": "aws", "vendor_account": ACCOUNT, "vendor_region": ["eu-west-1"], "user": "x",
        "reason": "StopLogging main"}])
    [row] = told(bench, "audit_impaired")
    assert (row["case_id"], row["why_told"]) == (CASE, "StopLogging main")
    assert row["what"].startswith("Since 2026-03-10 11:00 UTC the app may be blind")
    assert told(bench, "audit_impaired") == []
    bench.now += 3 * DAY
    bench.put("ciw_notified", [{"_key": "other"}])
    assert told(bench, "audit_impaired") == []


def test_spend_goes_to_the_cost_contact_once_a_day(bench):
    """p3.2xlarge is 3.06 USD an hour; a type without a price is unknown, and counted."""
    bench.put("ciw_instances", [machine("i-1"), machine("i-2", instance_type="unheard.of")])
    [row] = told(bench, "spend")
    assert row["cost_contact"] == "costs@example.com"
    assert row["what"] == ("2 instance(s) that nobody approved: 30.60 USD since yesterday 00:00 UTC,"
                           " 3.06 USD an hour now, list prices as of 2026-01-19; of 1 the price is"
                           " unknown")
    assert "i-1 (p3.2xlarge, by <script>" in row["who_told"]
    bench.now += HOUR
    assert told(bench, "spend") == []
    bench.now += DAY
    assert len(told(bench, "spend")) == 1


@pytest.mark.parametrize("contact", ["", "finance team", "a@example.com, b@example.com"])
def test_spend_without_a_contact_that_is_an_address_is_kept_for_later(bench, contact):
    bench.list("ciw_owners_effective.csv", [["aws", ACCOUNT, "payments", "", "", contact]])
    bench.put("ciw_instances", [machine("i-1")])
    assert told(bench, "spend") == [] and not bench.documents("ciw_notified")


def test_little_spend_is_not_told_but_an_unknown_one_is(bench):
    bench.put("ciw_instances", [machine("i-1", instance_type="t3.nano")])
    assert told(bench, "spend") == []
    bench.put("ciw_instances", [machine("i-1", instance_type="unheard.of")])
    [row] = told(bench, "spend")
    assert "what they cost is unknown; of 1 the price is unknown" in row["what"]
