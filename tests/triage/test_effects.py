"""What changes of a case do beside it: steps, watches, exceptions; and that no crash loses them."""

from __future__ import annotations

import json

import pytest

from tests.triage.splunkd import NOW, case

ID = f"{1:016x}"
WATCH = {"watch_kind": "user", "watch_value": "principal-1", "days": "7", "reason": "key was seen"}
SILENCE = {"disposition": "benign", "reason": "planned  load\ntest", "exception_days": "30"}
LATER = "2023-12-14"


def read(splunkd, case_id=ID):
    return splunkd.ask("vera", "GET", "case", [("case_id", case_id)])[1]


def rows(splunkd, name):
    return {
        key: {n: v for n, v in row.items() if n != "_key" and v}
        for key, row in splunkd.documents(name).items()
    }


def test_a_step_is_ticked_and_taken_back(splunkd):
    splunkd.change("lena", ID, 0, "acknowledge")
    status, reply = splunkd.change("tina", ID, 1, "step", step="stop_instance", done="yes", note="x")
    assert status == 200
    assert reply["steps"] == {
        "stop_instance": {"done": "yes", "who": "tina", "time": NOW, "note": "x"}
    }
    splunkd.change("tina", ID, 2, "step", step="stop_instance", done="no")
    assert read(splunkd)["steps"]["stop_instance"]["done"] == "no"
    status, reply = splunkd.change("tina", ID, 3, "step", step="no_such", done="yes")
    assert (status, reply["field"]) == (400, "step")


def test_a_watch_is_a_row_until_it_is_ended(splunkd):
    status, reply = splunkd.change("tina", ID, 0, "watch", **WATCH)
    key = f"{ID}:1"
    assert status == 200
    assert rows(splunkd, "ciw_monitoring") == {
        key: {"cloud": "aws", "user": "principal-1", "reason": "key was seen", "owner": "tina",
              "expires": "2023-11-21"}
    }  # fmt: skip
    assert reply["watches"] == [
        {"key": key, "kind": "user", "value": "principal-1", "reason": "key was seen",
         "owner": "tina", "expires": "2023-11-21", "active": True}
    ]  # fmt: skip
    assert reply["state"]["reason"] == ""
    status, reply = splunkd.change("tina", ID, 1, "unwatch", watch=key, reason="done")
    assert (status, reply["watches"][0]["active"]) == (200, False)
    assert rows(splunkd, "ciw_monitoring") == {}
    assert splunkd.change("tina", ID, 2, "unwatch", watch=key, reason="again")[0] == 409
    status, reply = splunkd.change("tina", ID, 2, "unwatch", watch=f"{ID}:9", reason="again")
    assert (status, reply["field"]) == (400, "watch")
    splunkd.now += 8 * 86400
    assert read(splunkd)["watches"][0]["active"] is False


@pytest.mark.parametrize(
    ("kind", "value", "column"),
    [
        ("account", "111122223333", "vendor_account"),
        ("image", "ami-0a1b2c3d4e5f60001", "image_id"),
        ("user", "arn:aws:iam::111122223333:role/a", "user"),
    ],
)
def test_what_can_be_watched(splunkd, kind, value, column):
    splunkd.change("tina", ID, 0, "watch", **WATCH | {"watch_kind": kind, "watch_value": value})
    [row] = splunkd.documents("ciw_monitoring").values()
    assert row[column] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("watch_kind", "region"), ("watch_value", ""), ("watch_value", "*"),
        ("watch_value", "a*"), ("watch_value", "x\u202ey"), ("watch_value", "x" * 1001),
        ("watch_value", "two\nlines"), ("days", "0"), ("days", "91"), ("days", "7d"),
        ("days", "-1"), ("days", "\u0667"), ("days", ""), ("reason", ""), ("days", "1" * 5000),
        ("days", "00010100"),
    ],
)  # fmt: skip
def test_a_bad_watch_is_refused_and_named(splunkd, field, value):
    status, reply = splunkd.change("tina", ID, 0, "watch", **WATCH | {field: value})
    assert (status, reply["field"]) == (400, field)
    assert not splunkd.documents("ciw_case_history")


def test_closing_with_an_exception_makes_a_row_a_signal(splunkd):
    splunkd.add("ciw_cases", case(1, signals=["cpu_spike", "denied_instance_creation"]))
    status, reply = splunkd.change("lena", ID, 0, "close", **SILENCE)
    assert status == 200
    assert reply["exceptions"] == [
        {"key": f"{ID}:1:{signal}", "signal": signal, "expires": LATER, "active": True}
        for signal in ("cpu_spike", "denied_instance_creation")
    ]
    assert rows(splunkd, "ciw_exceptions")[f"{ID}:1:cpu_spike"] == {
        "signal": "cpu_spike", "cloud": "aws", "vendor_account": "111122223333",
        "user": "principal-1", "reason": "planned load test", "owner": "lena", "expires": LATER,
    }  # fmt: skip
    assert json.loads(reply["history"][0]["detail"])["exception_days"] == "30"


def test_an_exception_of_a_case_without_principal_names_the_resources(splunkd):
    splunkd.add("ciw_cases", case(1, user="unknown", object_id=["i-1", "i-2"]))
    splunkd.change("lena", ID, 0, "close", **SILENCE)
    [row] = rows(splunkd, "ciw_exceptions").values()
    assert (row["object_id"], row.get("user")) == ("i-1;i-2", None)


@pytest.mark.parametrize(
    "values",
    [
        {"user": "unknown"}, {"user": "*"}, {"user": "admin*"}, {"user": "x\u202ey"},
        {"user": "x" * 2000}, {"user": "unknown", "object_id": ["i-1", "*"]},
        {"user": "", "object_id": "i;*"}, {"user": "", "object_id": [f"i-{n}" for n in range(99)]},
        {"cloud": "nowhere"}, {"signals": ["no_such_signal"]},
    ],
)  # fmt: skip
def test_an_exception_never_silences_more_than_the_case(splunkd, values):
    """A name from a log that is a wildcard would exempt everything."""
    splunkd.add("ciw_cases", case(1, **values))
    status, reply = splunkd.change("lena", ID, 0, "close", **SILENCE)
    assert (status, reply["field"]) == (400, "exception_days")
    assert not splunkd.documents("ciw_case_history")


@pytest.mark.parametrize("disposition", ["true_positive", "undetermined"])
def test_only_what_is_benign_gets_an_exception(splunkd, disposition):
    status, reply = splunkd.change("lena", ID, 0, "close", **SILENCE | {"disposition": disposition})
    assert (status, reply["field"]) == (400, "exception_days")


def test_an_exception_takes_a_capability_of_its_own(splunkd):
    splunkd.users["lena"][1].discard("ciw_exception_add")
    status, reply = splunkd.change("lena", ID, 0, "close", **SILENCE)
    assert (status, reply["capability"]) == (403, "ciw_exception_add")
    assert splunkd.change("lena", ID, 0, "close", disposition="benign", reason="x")[0] == 200


SCRIPT = [
    ("watch", WATCH),
    ("unwatch", {"watch": f"{ID}:1", "reason": "over"}),
    ("watch", WATCH | {"watch_kind": "account", "watch_value": "111122223333"}),
    ("close", SILENCE),
]


def carried_out(splunkd):
    """Each change of SCRIPT, again from what the case is now where the process died."""
    for verb, values in SCRIPT:
        splunkd.users["tina"] = ("ciw_l2", splunkd.users["tina"][1])
        version = read(splunkd)["state"]["version"]
        if version > SCRIPT.index((verb, values)):
            continue
        splunkd.change("tina", ID, version, verb, **values)


def settled(splunkd):
    lists = {name: rows(splunkd, name) for name in ("ciw_monitoring", "ciw_exceptions")}
    return lists, dict(splunkd.documents("ciw_case_state")[ID])


def test_a_process_that_dies_at_any_write_leaves_nothing_undone(splunkd):
    carried_out(splunkd)
    expected = settled(splunkd)
    assert [len(found) for found in expected[0].values()] == [1, 1]
    for fatal in range(60):
        for name in ("ciw_case_history", "ciw_case_state", "ciw_list_history", "ciw_monitoring",
                     "ciw_exceptions"):  # fmt: skip
            splunkd.documents(name).clear()
        splunkd.writes_left = fatal
        for verb, values in SCRIPT:
            status, _ = splunkd.change("tina", ID, SCRIPT.index((verb, values)), verb, **values)
            if status == 500:
                break
        survived = splunkd.writes_left > 0
        splunkd.writes_left = None
        read(splunkd)
        carried_out(splunkd)
        assert settled(splunkd) == expected, fatal
        if survived:
            break
    else:
        pytest.fail("the script writes more than 60 times")
    assert fatal > 15


@pytest.mark.parametrize("state_is_lost", [False, True])
def test_a_row_that_somebody_removed_is_not_brought_back(splunkd, state_is_lost):
    """Neither by reading nor by a process that slept between its claim and the row."""
    from ciw_triage.keep import Keep

    from tests.triage.splunkd import SYSTEM, Store

    splunkd.change("tina", ID, 0, "watch", **WATCH)
    key = f"{ID}:1"
    row = rows(splunkd, "ciw_monitoring")[key]
    keep = Keep(Store(splunkd, "tina"), Store(splunkd, SYSTEM))
    keep.change("ciw_monitoring", key, 2, "remove", row, None, "ada", "not needed", NOW)
    if state_is_lost:
        splunkd.documents("ciw_case_state").clear()
    assert read(splunkd)["watches"][0]["active"] is False
    keep.ensure("ciw_monitoring", key, row, "tina", "late", NOW)
    assert rows(splunkd, "ciw_monitoring") == {}
    assert splunkd.documents("ciw_case_state")[ID]["version"] == 1


def test_a_sleeper_follows_the_newer_change(splunkd, monkeypatch):
    """It read the history of the row, slept while the row was removed, and writes the old row."""
    from ciw_triage.keep import Keep

    from tests.triage.splunkd import SYSTEM, Store

    keep = Keep(Store(splunkd, "tina"), Store(splunkd, SYSTEM))
    put = Store.put

    def slow(self, collection, document):
        if collection == "ciw_monitoring":
            monkeypatch.setattr(Store, "put", put)
            keep.change("ciw_monitoring", "k", 2, "remove", {"user": "a"}, None, "ada", "", NOW)
        put(self, collection, document)

    monkeypatch.setattr(Store, "put", slow)
    keep.change("ciw_monitoring", "k", 1, "add", None, {"user": "a"}, "tina", "", NOW)
    assert rows(splunkd, "ciw_monitoring") == {}
    assert {r["done"] for r in splunkd.documents("ciw_list_history").values()} == {"yes"}


def test_an_effect_that_has_expired_is_not_made_late(splunkd):
    splunkd.writes_left = 1
    assert splunkd.change("tina", ID, 0, "watch", **WATCH)[0] == 500
    splunkd.writes_left = None
    splunkd.now += 30 * 86400
    assert read(splunkd)["watches"][0]["active"] is False
    assert rows(splunkd, "ciw_monitoring") == {}
