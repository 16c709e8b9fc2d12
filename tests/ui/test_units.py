"""The desk's own logic: the card's escalation rule, times, the address of the page."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.ui.conftest import lacking
from tests.ui.seeds import QUESTIONS

HERE = Path(__file__).parent


@pytest.fixture
def call(app_root):
    if not (app_root / "node_modules" / "esbuild").is_dir():
        lacking("node_modules is missing; run npm ci")

    def run(module: str, *calls):
        settings = json.dumps({"module": f"web/desk/{module}", "calls": calls})
        done = subprocess.run(
            ["node", str(HERE / "units.mjs"), settings],
            cwd=app_root, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    return run


def test_the_escalation_rule(call):
    quiet = dict.fromkeys(QUESTIONS, "no")
    table = [
        (quiet, "not_required"),
        ({**quiet, "known_user": "yes"}, "escalate"),
        ({**quiet, "listed_in_change": "yes", "known_user": "unknown"}, "escalate"),
        ({**quiet, "recognised_source": "yes"}, "escalate"),
        ({**quiet, "data_volume": "yes"}, "escalate"),
        ({**quiet, "suspicious_changes": "yes"}, "escalate"),
        ({**quiet, "business_hours": "yes"}, "escalate"),
        ({**quiet, "other_activity": "yes", "recent_activity": "pending"}, "escalate"),
        ({**quiet, "data_volume": "unknown"}, "undecided"),
        ({**quiet, "data_volume": "unknown", "known_user": "pending"}, "pending"),
        (dict.fromkeys(QUESTIONS, "unknown"), "undecided"),
        (dict.fromkeys(QUESTIONS, "pending"), "pending"),
    ]
    found = call("escalation.ts", *[["judge", concerns] for concerns, _ in table])
    assert [rule["verdict"] for rule in found] == [verdict for _, verdict in table]
    assert sorted({q for rule in found for c in rule["conditions"] for q in c["questions"]}) == (
        sorted(QUESTIONS)
    )


def test_an_analysts_answer_goes_before_the_machines(call):
    machine = {"answer": "no", "concern": "true"}
    reassured = {"answer": "no", "concern": "false"}
    table = [
        (("known_user", machine, None), "yes"),
        (("known_user", machine, {"answer": "yes"}), "no"),
        (("known_user", machine, {"answer": "unknown"}), "unknown"),
        (("known_user", reassured, {"answer": "no"}), "no"),
        (("suspicious_changes", None, {"answer": "yes"}), "yes"),
        (("suspicious_changes", None, {"answer": "no"}), "no"),
        (("data_volume", {"answer": "unknown", "concern": "unknown"}, None), "unknown"),
        (("data_volume", {"answer": "unknown", "concern": "unknown"}, {"answer": "yes"}), "yes"),
        (("data_volume", None, None), "pending"),
        # A search that warned may have missed something: its no is none until somebody confirms it.
        (("data_volume", {**reassured, "warnings": ["x"]}, None), "unknown"),
        (("data_volume", {**reassured, "warnings": ["x"]}, {"answer": "no"}), "no"),
        (("known_user", {**machine, "warnings": ["x"]}, None), "yes"),
        (("data_volume", {**reassured, "warnings": []}, None), "no"),
    ]
    found = call("escalation.ts", *[["concernOf", *arguments] for arguments, _ in table])
    assert found == [concern for _, concern in table]


def test_of_a_jobs_messages_the_desk_tells_those_that_warn(call):
    messages = [{"type": "INFO", "text": "fine"}, {"type": "WARN", "text": "a peer is gone"},
                {"type": "ERROR", "text": "no lookup"}, {"type": "WARN", "text": "a peer is gone"},
                {"type": "WARN"}, "odd", None]
    table = [(messages, ["a peer is gone", "no lookup"]), ([], []), (None, []), ({"a": 1}, [])]
    assert call("api.ts", *[["warningsOf", given] for given, _ in table]) == (
        [told for _, told in table])


def test_spans_and_deadlines(call):
    lengths = [0, 40, 60, 725, 3600, 8100, 86400, 100000, 1000000, -5]
    expected = ["0s", "40s", "1m", "12m", "1h", "2h 15m", "1d", "1d 3h", "11d", "0s"]
    assert call("time.ts", *[["span", length] for length in lengths]) == expected
    now = 1_700_000_000
    due = [now + 7200, now + 60, now - 90, "", "not a number", 0]
    found = call("time.ts", *[["deadline", at, now] for at in due])
    assert [entry["urgency"] for entry in found] == [
        "fine", "soon", "overdue", "none", "none", "none",
    ]  # fmt: skip
    assert call("time.ts", ["moment", now]) == ["2023-11-14 22:13:20 UTC"]


def test_the_address_keeps_filters_and_what_is_not_the_desks(call):
    address = "?theme=light&severity=high&case=0123456789abcdef&offset=50"
    (route,) = call("route.ts", ["parse", address])
    assert route == {
        "caseId": "0123456789abcdef",
        "page": "",
        "tab": "l1",
        "filters": {"severity": "high", "offset": "50"},
    }
    assert call("route.ts", ["format", route, "?theme=light&text=old"]) == [
        "?theme=light&severity=high&offset=50&case=0123456789abcdef"
    ]
    pages = call("route.ts", ["parse", "?page=lists&list=ciw_owners"], ["parse", "?page=../x"])
    assert [found["page"] for found in pages] == ["lists", ""]
    assert call("route.ts", ["format", pages[0], "?page=baselines&state=open"]) == [
        "?page=lists&list=ciw_owners"
    ]


def test_the_address_names_the_tab_of_a_case(call):
    address = "?case=0123456789abcdef&tab=contain"
    route, odd = call("route.ts", ["parse", address], ["parse", "?case=0&tab=<script>"])
    assert (route["tab"], odd["tab"]) == ("contain", "l1")
    queue = {**route, "caseId": ""}
    assert call("route.ts", ["format", route, ""], ["format", queue, address + "&theme=light"]) == [
        address,
        "?theme=light",
    ]


def test_a_principal_is_named_by_what_tells_it_apart(call):
    names = [
        "arn:aws:iam::111122223333:user/ops/jane",
        "arn:aws-cn:sts::111122223333:assumed-role/deploy/session",
        "etl@prod-data.iam.gserviceaccount.com",
        "arn:aws:iam",
        "",
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops",
        "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/nsg/a/securityrules/any",
        "/subscriptions/1/resourcegroups/rg",
        "/subscriptions/1",
    ]
    assert call("model.ts", *[["shortName", name] for name in names]) == [
        "user/ops/jane", "assumed-role/deploy/session", names[2], "arn:aws:iam", "",
        "role/AWSReservedSSO_Ops", "nsg/a/securityrules/any", "resourcegroups/rg", names[-1],
    ]  # fmt: skip


def test_a_reason_begins_with_what_it_is_about(call):
    reasons = [
        "Audit logging was impaired: arn:aws:iam::1:role/a stopped: x.",
        "qa-runner made 1 t3.large at 02:14 and ended it. Again.",
        "nothing to split",
    ]
    found = call("model.ts", *[["headline", reason] for reason in reasons])
    assert [(part["about"], part["detail"]) for part in found] == [
        ("Audit logging was impaired", "arn:aws:iam::1:role/a stopped: x."),
        ("qa-runner made 1 t3.large at 02:14 and ended it", "Again."),
        ("nothing to split", ""),
    ]
    long = "rule on /subscriptions/1/resourcegroups/rg/providers/microsoft.network/nsg/a, new"
    assert call("model.ts", ["shortNames", reasons[0]], ["shortNames", long]) == [
        "Audit logging was impaired: role/a stopped: x.", "rule on nsg/a, new",
    ]  # fmt: skip


def test_the_queue_goes_on_where_a_case_was_left(call):
    before, after = ["a", "b", "c"], ["d", "a", "c"]
    found = call(
        "queue/place.ts",
        ["neighbours", "b"], ["arrive", before], ["neighbours", "b"], ["neighbours", "c"],
        ["visit", "b"], ["goBackByKey"], ["arrive", after], ["arrive", after],
        ["visit", "a"], ["arrive", after], ["visit", "e"], ["arrive", after],
    )  # fmt: skip
    assert found == [
        {"at": 0, "of": 0}, None, {"previous": "a", "next": "c", "at": 2, "of": 3},
        {"previous": "b", "at": 3, "of": 3},
        None, None, {"caseId": "c", "focus": True}, None,
        None, {"caseId": "a", "focus": False}, None, None,
    ]  # fmt: skip


def test_what_an_exception_silences_is_told(call):
    def case(user, **more):
        return {"cloud": ["aws"], "vendor_account": ["111122223333"], "user": [user],
                "object_id": ["i-1"], "signals": ["cpu_spike", "mining_egress"], **more}  # fmt: skip

    end = 1_700_000_000
    known, nobody = case("arn:aws:iam::111122223333:role/build"), case("unknown")
    many = [case(f"user-{number}") for number in range(5)]
    # The endpoint takes the first principal, and the resources where that one is not known.
    mixed = {**nobody, "user": ["unknown", "role/build"]}
    one, bare, several, same, first = call(
        "case/exception.ts",
        *[["silenced", cases, end]
          for cases in ([known], [nobody], [nobody, *many], [known] * 2, [mixed])],
    )  # fmt: skip
    assert one.startswith(
        "Until the end of 2023-11-14 (UTC) nothing is raised by: cpu spike, mining egress; for"
        " role/build in AWS 111122223333. Everything else about them"
    )
    assert "; for i-1 in AWS" in bare and first == bare
    assert "each of these 6 cases raise nothing" in several
    assert "case is about: i-1, user-0, user-1 and 3 more. Everything" in several
    assert "case is about: role/build. Everything" in same
    for text in (one, bare, several, same):
        assert text.endswith("within five minutes; until then the same may open one more case.")


def test_what_is_offered_to_be_watched(call):
    item = {"user": ["unknown", "role/build"], "vendor_account": ["111122223333"]}
    offered = {"user": ["role/build", "ann"], "account": ["1"], "image": ["ami-1", "ami-2"]}
    many = {"image": [f"ami-{number}" for number in range(20)]}
    found = call(
        "case/watchable.ts",
        *[["candidates", item, given, kind]
          for given in (offered, None) for kind in ("user", "account", "image")],
        ["candidates", item, many, "image"],
    )  # fmt: skip
    names = [*offered.values(), ["role/build"], ["111122223333"], []]
    assert found[:6] == [{"names": of, "more": 0} for of in names]
    assert found[6] == {"names": many["image"][:8], "more": 12}
    known, unknown = call("case/watchable.ts", ["none", "image", offered], ["none", "image", None])
    assert "The ledger knows no image" in known and "are not known yet" in unknown


def test_every_panel_that_the_cards_table_names_is_on_the_page_of_a_case(app_root):
    documented = (app_root / "docs" / "triage.md").read_text("utf-8")
    panels = re.findall(r"^\|.*\| (?:L2|Contain), panel \*\*([^*]+)\*\*", documented, re.MULTILINE)
    source = "".join(path.read_text("utf-8") for path in (app_root / "web/desk/case").glob("*.tsx"))
    assert len(panels) == 7
    assert [panel for panel in panels if f'title="{panel}"' not in source] == []


def test_a_lineage_is_drawn_from_the_origin_to_the_right(call):
    def edge(origin, target, how="CreateVolume"):
        return {"from_id": origin, "to_id": target, "to_kind": "volume", "how": how}

    rows = [edge("snap", "vol"), edge("vol", "i", "AttachVolume"), edge("ami", "i", "RunInstances")]
    drawn, circle, none = call(
        "case/lineage.ts", ["draw", rows], ["draw", [edge("a", "b"), edge("b", "a")]], ["draw", []]
    )
    place = {node["id"]: node["x"] for node in drawn["nodes"]}
    assert place["snap"] < place["vol"] == place["ami"] < place["i"]
    assert len(drawn["edges"]) == 3 and len(circle["nodes"]) == 2
    assert (none["nodes"], none["height"]) == ([], 0)
