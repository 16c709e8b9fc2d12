"""The lists behind the endpoint: rows held to their columns, changes recorded, conflicts, imports."""

from __future__ import annotations

import csv

import pytest
from ciw_triage import check
from ciw_triage.lists import LISTS

from tests.triage.splunkd import APP, NOW, Store

CREATOR = {"cloud": "aws", "user": "*role/deploy", "reason": "pipeline", "owner": "platform"}
TODAY = "2023-11-14"


def change(splunkd, action="add", user="tina", **more):
    body = {"name": "ciw_approved_creators", "action": action, "reason": "asked for"} | more
    return splunkd.ask(user, "POST", "list", body=body)


def read(splunkd, name="ciw_approved_creators", **query):
    return splunkd.ask("vera", "GET", "list", [("name", name), *query.items()])


def kept(splunkd, name="ciw_approved_creators"):
    return list(splunkd.documents(name).values())


def test_columns_are_those_of_the_files():
    for name, listing in LISTS.items():
        with (APP / "lookups" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert [column.name for column in listing.columns] == next(csv.reader(file)), name


def test_the_lists_tell_columns_counts_and_who_may(splunkd):
    splunkd.add(
        "ciw_exceptions",
        {"_key": "1", "expires": TODAY}, {"_key": "2", "expires": "2023-11-13"},
        {"_key": "3", "expires": "2024-11-13"}, {"_key": "4"},
    )  # fmt: skip
    splunkd.file_rows["ciw_exceptions"] = [{"expires": "2023-11-20"}]
    status, reply = splunkd.ask("vera", "GET", "lists")
    assert (status, [one["name"] for one in reply["lists"]]) == (200, list(LISTS))
    [found] = [one for one in reply["lists"] if one["name"] == "ciw_exceptions"]
    assert (found["rows"], found["expiring"], found["expired"]) == (5, 2, 1)
    assert (found["may_edit"], "ciw_list_edit" in found["why"]) == (False, True)
    assert found["columns"][1] == {
        "name": "cloud", "meaning": "aws, azure or gcp; empty for all", "needed": False,
        "kind": "choice", "choices": ["aws", "azure", "gcp"],
    }  # fmt: skip


def test_rows_of_app_and_file_stand_together(splunkd):
    splunkd.add("ciw_approved_creators", CREATOR | {"_key": "1", "expires": TODAY})
    splunkd.file_rows["ciw_approved_creators"] = [{"user": "*role/file", "cloud": "gcp"}]
    reply = read(splunkd)[1]
    assert [(r["key"], r["origin"], r["expires_state"]) for r in reply["rows"]] == [
        ("1", "app", "expiring"), ("file:1", "file", ""),
    ]  # fmt: skip
    assert read(splunkd, text="role FILE")[1]["total"] == 1
    assert read(splunkd, offset="1", count="1")[1]["rows"][0]["origin"] == "file"
    status, reply = change(splunkd, "remove", key="file:1", was={})
    assert (status, reply["field"]) == (400, "key")
    assert "lookups/ciw_approved_creators.csv" in reply["messages"][0]["text"]


def test_a_file_that_cannot_be_read_is_told(splunkd, monkeypatch):
    from ciw_triage.errors import Unavailable

    from tests.triage.splunkd import Store

    def broken(self, names):
        raise Unavailable("no search today")

    splunkd.add("ciw_approved_creators", CREATOR | {"_key": "1"})
    monkeypatch.setattr(Store, "file_rows", broken)
    assert read(splunkd)[1]["total"] == 1
    assert "no search today" in read(splunkd)[1]["problem"]
    assert "no search today" in splunkd.ask("vera", "GET", "lists")[1]["problem"]


def test_a_row_is_added_changed_and_removed_with_its_history(splunkd):
    row = {"cloud": " AWS ", "user": "a", "regions": "eu-west-1; ;eu-north-1", "reason": "r",
           "owner": "o", "networks": "192.0.2.0/24"}  # fmt: skip
    status, reply = change(splunkd, row=row)
    assert status == 200
    [added] = reply["rows"]
    assert (added["cloud"], added["regions"]) == ("aws", "eu-west-1;eu-north-1")
    was = {name: added[name] for name in row}
    status, reply = change(splunkd, "change", key=added["key"], was=was, row=was | {"user": "b"})
    assert (status, kept(splunkd)[0]["user"]) == (200, "b")
    status, reply = change(splunkd, "change", key=added["key"], was=was, row=was)
    assert (status, reply["field"], reply["row"]["user"]) == (409, "was", "b")
    assert change(splunkd, "remove", key=added["key"], was=was | {"user": "b"})[0] == 200
    assert kept(splunkd) == []
    assert change(splunkd, "remove", key=added["key"], was=was)[0] == 404
    history = read(splunkd)[1]["history"]
    assert sorted(entry["action"] for entry in history) == ["add", "change", "remove"]
    [changed] = [entry for entry in history if entry["action"] == "change"]
    assert (changed["who"], changed["reason"], changed["key"]) == ("tina", "asked for", added["key"])
    assert (changed["before"]["user"], changed["after"]["user"]) == ("a", "b")


def test_the_same_row_is_not_added_twice(splunkd):
    change(splunkd, row=CREATOR)
    assert change(splunkd, row=CREATOR | {"regions": "*"})[0] == 409
    assert len(kept(splunkd)) == 1


def test_two_at_once_one_wins(splunkd):
    [row] = change(splunkd, row=CREATOR)[1]["rows"]
    outcome = []

    def other():
        outcome.append(change(splunkd, "remove", user="ada", key=row["key"], was=row)[0])

    splunkd.before_insert = other
    status, _ = change(splunkd, "change", key=row["key"], was=row, row=CREATOR | {"user": "x"})
    assert (outcome, status, kept(splunkd)) == ([200], 409, [])


@pytest.mark.parametrize("verb", ["change", "remove"])
def test_who_changes_a_row_after_it_was_read_wins(splunkd, monkeypatch, verb):
    """Between the look at the row and the claim: a claim after that one would write an old row."""
    [row] = change(splunkd, row=CREATOR)[1]["rows"]
    get, outcome = Store.get, []

    def slow(self, collection, key):
        document = get(self, collection, key)
        if collection == "ciw_approved_creators":
            monkeypatch.setattr(Store, "get", get)
            later = CREATOR | {"user": "later"}
            outcome.append(change(splunkd, "change", user="ada", key=key, was=row, row=later)[0])
        return document

    monkeypatch.setattr(Store, "get", slow)
    given = {"row": CREATOR | {"user": "x"}} if verb == "change" else {}
    status, _ = change(splunkd, verb, key=row["key"], was=row, **given)
    assert (outcome, status, [one["user"] for one in kept(splunkd)]) == ([200], 409, ["later"])


def test_a_row_with_space_at_its_edge_can_be_removed(splunkd):
    splunkd.add("ciw_approved_creators", CREATOR | {"_key": "1", "owner": " platform "})
    [row] = read(splunkd)[1]["rows"]
    assert change(splunkd, "remove", key="1", was=row)[0] == 200


def test_an_import_that_slept_brings_nothing_back(splunkd, monkeypatch):
    """It had claimed its rows; a reader made them, and somebody removed one."""
    put_many = Store.put_many

    def slow(self, collection, documents):
        if collection == "ciw_approved_creators":
            monkeypatch.setattr(Store, "put_many", put_many)
            [row] = [one for one in read(splunkd)[1]["rows"] if one["user"] == "b"]
            assert change(splunkd, "remove", user="ada", key=row["key"], was=row)[0] == 200
        put_many(self, collection, documents)

    monkeypatch.setattr(Store, "put_many", slow)
    assert change(splunkd, "import", rows=[CREATOR, CREATOR | {"user": "b"}])[0] == 200
    assert [one["user"] for one in kept(splunkd)] == [CREATOR["user"]]
    assert {r["done"] for r in splunkd.documents("ciw_list_history").values()} == {"yes"}


def test_a_process_that_dies_leaves_no_half_change(splunkd):
    for fatal in range(4):
        splunkd.documents("ciw_list_history").clear()
        splunkd.documents("ciw_approved_creators").clear()
        splunkd.writes_left = fatal
        change(splunkd, row=CREATOR)
        splunkd.writes_left = None
        assert read(splunkd)[1]["total"] == (1 if fatal else 0)
        assert len(read(splunkd)[1]["history"]) == (1 if fatal else 0)


def test_an_import_is_all_or_nothing_and_names_each_problem(splunkd):
    rows = [CREATOR, CREATOR | {"cloud": "amazon"}, CREATOR | {"networks": "10.0.0.0/33", "extra": "x"}]
    status, reply = change(splunkd, "import", rows=rows)
    assert status == 400
    assert [(p["row"], p["field"]) for p in reply["problems"]] == [
        (2, "cloud"), (3, "extra"), (3, "networks"),
    ]  # fmt: skip
    assert "2 of 3 rows" in reply["messages"][0]["text"]
    assert not kept(splunkd) and not splunkd.documents("ciw_list_history")


def test_an_import_skips_what_is_there(splunkd):
    change(splunkd, row=CREATOR)
    rows = [CREATOR | {"user": "b"}, CREATOR, CREATOR | {"user": "b"}]
    status, reply = change(splunkd, "import", rows=rows)
    assert (status, reply["skipped"], len(reply["rows"])) == (200, [2, 3], 1)
    assert len(kept(splunkd)) == 2
    assert {r["done"] for r in splunkd.documents("ciw_list_history").values()} == {"yes"}


def test_an_import_that_died_is_finished_at_the_next_reading(splunkd):
    splunkd.writes_left = 1
    assert change(splunkd, "import", rows=[CREATOR, CREATOR | {"user": "b"}])[0] == 500
    splunkd.writes_left = None
    assert read(splunkd)[1]["total"] == 2


@pytest.mark.parametrize("rows", [None, [], "x", [CREATOR] * 1001, [None], ["x"]])
def test_an_import_takes_a_list_of_rows(splunkd, rows):
    assert change(splunkd, "import", rows=rows)[0] == 400


BAD = [
    ("ciw_approved_creators", {"cloud": "amazon"}, "cloud"),
    ("ciw_approved_creators", {"user": "*", "cloud": ""}, "cloud"),
    ("ciw_approved_creators", {"user": "a;b"}, "user"),
    ("ciw_approved_creators", {"networks": "192.0.2.300"}, "networks"),
    ("ciw_approved_creators", {"networks": "192.0.2.1;fe80::1%eth0"}, "networks"),
    ("ciw_approved_creators", {"expires": "31.12.2026"}, "expires"),
    ("ciw_approved_creators", {"expires": "2023-11-13"}, "expires"),
    ("ciw_approved_creators", {"expires": "2024-02-30"}, "expires"),
    ("ciw_approved_creators", {"expires": "9999-12-31"}, "expires"),
    ("ciw_approved_creators", {"owner": ""}, "owner"),
    ("ciw_approved_creators", {"reason": "*"}, "reason"),
    ("ciw_approved_creators", {"reason": "x" * 1001}, "reason"),
    ("ciw_approved_creators", {"reason": "two\nlines"}, "reason"),
    ("ciw_approved_creators", {"reason": "turned\u202e"}, "reason"),
    ("ciw_approved_creators", {"reason": 7}, "reason"),
    ("ciw_approved_creators", {"no such": "x"}, "no?such"),
    ("ciw_exceptions", {"signal": "cpu_spikes"}, "signal"),
    ("ciw_exceptions", {"expires": ""}, "expires"),
    ("ciw_known_networks", {"src": "*"}, "src"),
    ("ciw_business_hours", {"timezone": "Europe/Berln"}, "timezone"),
    ("ciw_business_hours", {"timezone": "+25:00"}, "timezone"),
    ("ciw_business_hours", {"days": "Mon-Fri"}, "days"),
    ("ciw_business_hours", {"days": "5-1"}, "days"),
    ("ciw_business_hours", {"start": "8:00"}, "start"),
    ("ciw_business_hours", {"end": "07:00"}, "end"),
    ("ciw_business_hours", {"holidays": "2026-12-25;Easter"}, "holidays"),
    ("ciw_change_requests", {"valid_to": ""}, "valid_to"),
    ("ciw_change_requests", {"valid_to": "2026-02-01"}, "valid_to"),
    ("ciw_change_requests", {"max_count": "four"}, "max_count"),
    ("ciw_change_requests", {"max_count": "\u0664"}, "max_count"),
    ("ciw_threat_intel", {"indicator": "pool"}, "indicator"),
    ("ciw_threat_intel", {"type": "address"}, "type"),
    ("ciw_threat_intel", {"type": "cidr"}, "indicator"),
    ("ciw_mining_pools", {"tier": "huge"}, "tier"),
    ("ciw_mining_pools", {"type": "port"}, "indicator"),
]
GOOD = {
    "ciw_approved_creators": CREATOR,
    "ciw_exceptions": CREATOR | {"signal": "cpu_*", "expires": "2026-12-31"},
    "ciw_known_networks": {"src": "192.0.2.0/24;2001:db8::/32", "owner": "it"},
    "ciw_business_hours": {"timezone": "Europe/Berlin", "start": "08:00", "end": "18:00"},
    "ciw_change_requests": {"change_ref": "CHG1", "owner": "o", "valid_from": "2026-03-01",
                            "valid_to": "2026-03-01"},
    "ciw_threat_intel": {"indicator": "a.example", "type": "domain", "label": "x", "source": "y"},
    "ciw_mining_pools": {"indicator": "a.example", "type": "domain", "tier": "weak", "source": "y"},
}  # fmt: skip


@pytest.mark.parametrize(("name", "values", "field"), BAD)
def test_a_bad_cell_is_refused_and_named(name, values, field):
    assert check.row(LISTS[name], GOOD[name], NOW)[1] == []
    problems = check.row(LISTS[name], GOOD[name] | values, NOW)[1]
    assert [one[0] for one in problems] == [field]
    assert problems[0][1][-1] == "."


@pytest.mark.parametrize(
    ("field", "bad"),
    [("name", "ciw_cases"), ("name", None), ("name", ["ciw_owners"]), ("name", {}), ("action", "drop"), ("reason", ""), ("reason", None),
     ("key", "../x"), ("key", None), ("was", None)],
)  # fmt: skip
def test_a_bad_request_is_refused_and_named(splunkd, field, bad):
    body = {"name": "ciw_owners", "action": "change", "reason": "r", "key": "k", "was": {}, "row": {}}
    status, reply = splunkd.ask("ada", "POST", "list", body=body | {field: bad})
    assert (status, reply["field"]) == (400, field)


def test_who_may_not_edit_is_told(splunkd):
    for user in ("vera", "lena"):
        status, reply = change(splunkd, user=user, row=CREATOR)
        assert (status, reply["capability"]) == (403, "ciw_list_edit")
    assert not splunkd.documents("ciw_list_history")
