"""What L2 reads of a case: a miner, a stolen snapshot and a machine in Azure; what is missing is
said, and no value of a log becomes SPL."""

from __future__ import annotations

import re

import pytest

from lab.spl.errors import SPLError
from tests.detections import azure_records as azure
from tests.detections.bench import DAY
from tests.detections.records import role
from tests.investigation.conftest import (
    AZURE,
    BARE,
    COPIER,
    GROUP,
    INSTANCE,
    MACHINE,
    MINER,
    MOUNTED,
    NOON,
    OLDER,
    POOL,
    PROFILE,
    SNAPSHOT,
    VOLUME,
)

SEARCHES = ("cost", "cpu", "flows", "gaps", "head", "lineage", "network", "principal", "reach",
            "related", "threats", "timeline")
HOSTILE = '<b>x</b>" | delete | search "`ciw_changes` [x](javascript:1) =1+1'


def told(rows: list[dict], *columns: str) -> list[tuple]:
    return [tuple(row.get(column) for column in columns) for row in rows]


def answers(rows: list[dict]) -> dict[str, str]:
    return {row["asks"]: row["answer"] for row in rows}


def test_each_search_of_a_case_is_here(kept):
    names = {name.removeprefix("ciw_investigate_") for name in kept.app.saved_searches
             if name.startswith("ciw_investigate_")}
    assert names == {*SEARCHES, "cases"}


def test_the_miners_timeline(investigation):
    rows = investigation.rows("timeline", MINER)
    assert told(rows, "kind", "what", "marked") == [
        ("analyst", "acknowledge", ""), ("signal", "mining_egress", ""),
        ("operation", "StopLogging", "logging"), ("operation", "RunInstances", ""),
        ("operation", "AuthorizeSecurityGroupIngress", "network")]
    assert rows[-1]["text"] == "opened 0.0.0.0/0 tcp/22" and rows[-1]["target"] == GROUP
    assert rows[0]["who"] == "ana" and rows[0]["status"] == "in_triage"


def test_others_on_the_cases_resources_and_sign_ins_are_in_the_timeline(investigation):
    newest = investigation.rows("timeline", COPIER)[0]
    assert (newest["what"], newest["who"]) == ("StopInstances", role("responder"))
    [sign_in] = [row for row in investigation.rows("timeline", AZURE) if row["kind"] == "sign-in"]
    assert sign_in["what"] == "sign-in to Azure Portal" and sign_in["who"] == azure.OPERATOR
    assert sign_in["text"] == "MFA: singleFactorAuthentication; device: Linux"


def test_lineage_from_the_volume_to_the_instance_that_mounts_it(investigation):
    steps = told(investigation.rows("lineage", COPIER), "from_id", "to_id", "how", "in_case")
    assert ("vol-0a1b2c3d4e5f60001", SNAPSHOT, "CreateSnapshot", "yes") in steps
    assert (SNAPSHOT, VOLUME, "CreateVolume", "yes") in steps
    assert (VOLUME, MOUNTED, "AttachVolume", "yes") in steps
    [made] = investigation.rows("lineage", AZURE)
    assert (made["from_kind"], made["to_id"]) == ("image", MACHINE)
    assert told(investigation.rows("lineage", MINER), "from_kind", "to_id") == [
        ("image", INSTANCE)]


def test_the_principals_thirty_days(investigation):
    rows = investigation.rows("principal", MINER)
    assert told(rows, "command", "marked", "count") == [
        ("StopLogging", "logging", "1"), ("RunInstances", "", "1"),
        ("AuthorizeSecurityGroupIngress", "network", "1"), ("RunInstances", "", "1")]
    assert rows[-1]["object_id"] == OLDER


def test_related_instances_with_their_case(investigation):
    assert told(investigation.rows("related", MINER), "object_id", "because", "case_id") == [
        (MOUNTED, "same address, same image", COPIER),
        (OLDER, "same address, same image, same principal", None)]


def test_threats_and_whom_the_instance_speaks_to(investigation, changed):
    *found, whole = investigation.rows("threats", MINER)
    assert told(found, "indicator", "label", "seen_as") == [
        ("xmr-eu1.nanopool.org", "mining pool (strong)", "domain")]
    assert "indicator" not in whole and whole["answer"] == "yes"
    changed.bench.list("ciw_threat_intel_effective.csv", [
        [POOL, "ip", "seen in May", "own", "*", f"{POOL}/32", "nothing"]])
    found = changed.rows("threats", MINER)
    assert told(found[:1], "indicator", "label", "source", "seen_as") == [
        (POOL, "seen in May", "own list: own", "destination")]
    assert told(changed.rows("flows", MINER), "dest", "port", "domain", "known_as") == [
        (POOL, "14444", "xmr-eu1.nanopool.org",
         "threat: seen in May, mining pool, port of mining (weak)"),
        ("xmr-eu1.nanopool.org", "53", None, "mining pool")]


def test_reach(investigation):
    rows = {row["asks"]: row for row in investigation.rows("reach", MINER)}
    assert answers(rows.values()) == dict.fromkeys(
        ("identity may", "reachable from", "can reach", "metadata"), "yes")
    assert rows["identity may"]["facts"] == (
        f"identity {PROFILE}; role {role('worker')} by all")
    assert rows["reachable from"]["facts"] == (
        "public address 198.51.100.7; everybody at port 22")
    assert answers(investigation.rows("reach", COPIER)) == {
        "identity may": "no", "reachable from": "no", "can reach": "unknown", "metadata": "no"}


def test_reach_without_an_inventory_is_unknown(investigation):
    rows = investigation.rows("reach", AZURE)
    assert set(answers(rows).values()) == {"unknown"} and len(rows) == 4
    assert rows[0]["why"] == (
        "No inventory of this instance: the input azure_inventory lists it.")


def test_an_inventory_that_is_old_answers_no_more(changed):
    changed.bench.now = NOON + 30 * DAY
    assert answers(changed.rows("reach", MINER))["identity may"] == "unknown"
    assert answers(changed.rows("reach", MINER))["reachable from"] == "unknown"


def test_measures_by_the_hour(investigation):
    cpu = investigation.rows("cpu", MINER)
    assert len(cpu) == 5 and {row[INSTANCE] for row in cpu} == {"97.5"}
    network = investigation.rows("network", MINER)
    assert told(network[:1], "measured out", "measured in", "to the internet") == [
        ("6", "12", "0.01")]


def test_cost(investigation):
    [row] = investigation.rows("cost", MINER)
    assert row["answer"] == "yes" and row["hours"] == "96.0" and row["currency"] == "USD"
    assert float(row["cost"]) == pytest.approx(96 * float(row["price_per_hour"]), abs=0.01)
    assert row["why"] == "The price is that of us-east-1, the instance runs in eu-west-1."
    [row] = investigation.rows("cost", COPIER)
    assert (row["state"], row["hours"]) == ("stopped", "72.0")


def test_a_type_without_a_price_costs_what_nobody_knows(changed):
    changed.bench.put("ciw_instances", [row | {"instance_type": "x9.unheard"} for row in
                                        changed.bench.documents("ciw_instances")])
    [row] = changed.rows("cost", MINER)
    assert row["answer"] == "unknown" and "cost" not in row
    assert row["why"] == "ciw_instance_types has no price for x9.unheard."


def test_what_is_missing_is_said(investigation):
    assert told(investigation.rows("gaps", MINER), "source") == [("none",)]
    assert told(investigation.rows("gaps", COPIER), "source") == [("flow logs",), ("metrics",)]
    [flows] = investigation.rows("flows", COPIER)
    assert flows["answer"] == "unknown" and "flow logs of network" in flows["why"]
    [threats] = investigation.rows("threats", COPIER)
    assert threats["answer"] == "unknown" and "ciw_threat_intel is empty" in threats["why"]


def test_an_audit_log_that_ends_is_a_gap(changed):
    changed.bench.put("ciw_baseline_status", [
        row | {"last_seen": NOON} for row in changed.bench.documents("ciw_baseline_status")])
    [gap] = [row for row in changed.rows("timeline", MINER) if row["kind"] == "gap"]
    assert gap["text"].startswith("What happened after this is not known: the audit log of aws")
    assert "audit log" in [row["source"] for row in changed.rows("gaps", MINER)]


def test_a_case_of_which_nothing_is_known(investigation):
    for name in ("cpu", "lineage", "network", "principal", "related", "timeline"):
        assert investigation.rows(name, BARE) == []
    for name in ("cost", "flows", "reach", "threats"):
        assert {row["answer"] for row in investigation.rows(name, BARE)} == {"unknown"}


@pytest.mark.parametrize("name", SEARCHES)
def test_no_such_case_finds_nothing(investigation, name):
    rows = investigation.rows(name, "none")
    assert all(row.get("found", row.get("answer")) in ("no", "unknown") for row in rows)


@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.parametrize("value", ["*", 'x" | delete', "", "c 1"])
def test_what_is_no_word_is_refused(investigation, name, value):
    with pytest.raises(SPLError):
        investigation.rows(name, value)


@pytest.mark.parametrize("name", SEARCHES)
def test_hostile_values_of_a_case_change_no_search(changed, name):
    changed.bench.put("ciw_cases", [row | {"user": HOSTILE, "src": ["203.0.113.10", HOSTILE],
                                           "object_id": [INSTANCE, HOSTILE]}
                                    for row in changed.bench.documents("ciw_cases")])
    changed.bench.put("ciw_instances", [
        row | {"groups": [GROUP, HOSTILE], "identity": HOSTILE, "alias": HOSTILE}
        for row in changed.bench.documents("ciw_instances")])
    rows = changed.rows(name, MINER)
    assert name in ("principal",) or rows


def test_the_choices_of_the_dashboard(investigation):
    rows = investigation.bench.run("ciw_investigate_cases")
    assert {row["case_id"] for row in rows} == {MINER, COPIER, AZURE, BARE}
    assert any(row["label"].startswith("critical · role/deploy · 2026-03-10") for row in rows)


def test_enterprise_securitys_collections_count_where_the_macro_is_set_as_documented(
    changed, app_root
):
    bench = changed.bench
    page = (app_root / "docs" / "dashboards.md").read_text("utf-8")
    stanza = re.search(r"```\n(\[ciw_es_threats\]\n.*?)```", page, re.DOTALL).group(1)
    (bench.home.conf_dir / "macros.conf").write_text(stanza, "utf-8")
    (bench.home.conf_dir / "transforms.conf").write_text("[ip_intel]\nfilename = ip_intel.csv\n")
    bench.home.lookups_dir.mkdir(parents=True, exist_ok=True)
    (bench.home.lookups_dir / "ip_intel.csv").write_text(
        f"ip,domain,description,threat_key\n{POOL},,a miner's pool,feed of May\n"
        ",xmr-eu1.nanopool.org,its name,feed of June\n")
    bench.app = bench.home.app(bench.app.path)
    found = told(changed.rows("threats", MINER), "indicator", "label", "source")
    assert (POOL, "a miner's pool", "Enterprise Security: feed of May") in found
    assert ("xmr-eu1.nanopool.org", "its name", "Enterprise Security: feed of June") in found
