"""Cases like this one: what they have in common, and how they ended."""

from __future__ import annotations

from tests.triage.splunkd import NOW, case

ID = f"{1:016x}"


def read(splunkd):
    status, reply = splunkd.ask("vera", "GET", "similar", [("case_id", ID)])
    assert status == 200
    return reply


def closed(number, disposition):
    return {"_key": f"{number:016x}", "case_id": f"{number:016x}", "state": "closed", "version": 1,
            "disposition": disposition, "reason": f"because {number}", "closed_time": NOW - 60,
            "owner": "lena"}  # fmt: skip


def test_the_nearest_come_first_and_say_why(splunkd):
    splunkd.add(
        "ciw_cases",
        case(1, user="ann", object_id=["i-1"], src=["203.0.113.1", "autoscaling.amazonaws.com"],
             signals=["cpu_spike", "mining_egress"]),
        case(2, user="ann", object_id="i-9", src="198.51.100.1", signals=["cpu_spike"]),
        case(3, user="bob", object_id=["i-1", "i-2"], src="203.0.113.1", signals="x"),
        case(4, user="bob", object_id="i-3", src="autoscaling.amazonaws.com", signals=["y"]),
        case(5, user="eve", object_id="i-4", src="", signals=["mining_egress", "cpu_spike"]),
        case(6, user="ann", cloud="gcp", object_id="i-5", signals=["z"]),
        case(7, user="ann", object_id="i-1", signals=["q"], opened=NOW),
    )  # fmt: skip
    splunkd.add("ciw_case_state", closed(2, "benign"), closed(3, "true_positive"), closed(5, ""))
    reply = read(splunkd)
    assert [(found["case_id"][-1], found["because"]) for found in reply["cases"]] == [
        ("7", ["same principal", "same instance"]),
        ("2", ["same principal"]),
        ("3", ["same instance", "same address"]),
        ("5", ["same signals"]),
    ]
    assert reply["outcomes"] == {
        "true_positive": 1, "benign": 1, "false_positive": 0, "undetermined": 1, "open": 1,
    }  # fmt: skip
    assert reply["read"] == 7
    assert (reply["cases"][1]["disposition"], reply["cases"][1]["close_reason"]) == (
        "benign", "because 2",
    )  # fmt: skip
    assert reply["cases"][0]["closed_time"] == 0


def test_unknown_is_nobody_in_common(splunkd):
    for number in (1, 2):
        splunkd.add("ciw_cases", case(number, user="unknown", signals=[], object_id=""))
    assert read(splunkd)["cases"] == []


def test_at_most_twenty_are_shown_and_all_are_counted(splunkd):
    splunkd.add("ciw_cases", *(case(number, user="ann") for number in range(1, 40)))
    reply = read(splunkd)
    assert (len(reply["cases"]), reply["outcomes"]["open"]) == (20, 38)
    assert splunkd.ask("vera", "GET", "similar", [("case_id", f"{99:016x}")])[0] == 404
