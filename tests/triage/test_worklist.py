"""The queue: filters, counts, order, paging."""

import json

import pytest

from tests.triage.splunkd import NOW, case


@pytest.fixture
def queue(splunkd):
    splunkd.collections["ciw_cases"].clear()
    splunkd.add(
        "ciw_cases",
        case(1, severity="low", severity_rank=1, sla_due=NOW + 10),
        case(2, severity="critical", severity_rank=4, cloud="gcp"),
        case(3, severity="high", severity_rank=3, sla_due=NOW - 5),
        case(4, severity="high", severity_rank=3, sla_due=NOW + 5, updated=NOW, object_id=["i-0abc"]),
    )
    splunkd.change("lena", f"{3:016x}", 0, "acknowledge")
    splunkd.change("lena", f"{1:016x}", 0, "close", disposition="benign", reason="planned")

    def ask(**query):
        status, reply = splunkd.ask("lena", "GET", "queue", query.items())
        assert status == 200, reply
        return [int(row["case"]["case_id"], 16) for row in reply["cases"]], reply

    return ask


def test_a_case_of_unexpected_types_does_not_take_the_queue_with_it(queue, splunkd):
    splunkd.add("ciw_cases", case(5, severity=["low"], cloud=["aws", "gcp"], severity_rank="?"))
    splunkd.add(
        "ciw_cases", {"_key": f"{6:016x}", "severity": {"odd": 1}, "sla_due": [], "user": 7}
    )
    ids, reply = queue()
    assert ids == [2, 3, 4, 5, 6]
    assert reply["severities"]["low"] == 1
    assert queue(cloud="gcp")[0] == [2, 5]
    assert queue(text="7")[0] == [6]


def test_open_cases_by_severity_then_deadline(queue):
    ids, reply = queue()
    assert ids == [2, 3, 4]
    assert reply["severities"] == {"critical": 1, "high": 2, "medium": 0, "low": 0}
    assert reply["states"]["closed"] == 1
    assert (reply["total"], reply["all_cases"]) == (3, 4)
    assert json.dumps(reply["quick"]) == '{"mine": 1, "nobody": 2, "soon": 2}'
    assert queue(owner="-me-", due="soon", severity="critical")[1]["quick"] == {
        "mine": 0, "nobody": 1, "soon": 0
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "closed"}, [1]),
        ({"state": "all"}, [2, 3, 4, 1]),
        ({"state": "new"}, [2, 4]),
        ({"severity": "high"}, [3, 4]),
        ({"severity": "high,critical"}, [2, 3, 4]),
        ({"cloud": "gcp"}, [2]),
        ({"owner": "-me-"}, [3]),
        ({"due": "soon"}, [3, 4]),
        ({"due": "soon", "owner": "-nobody-", "state": "all"}, [4]),
        ({"owner": "-nobody-"}, [2, 4]),
        ({"owner": "lena", "state": "all"}, [3, 1]),
        ({"text": "PRINCIPAL-2"}, [2]),
        ({"text": "principal i-0abc"}, [4]),
        ({"text": "nothing like it"}, []),
        ({"sort": "sla"}, [3, 4, 2]),
        ({"sort": "oldest"}, [4, 3, 2]),
        ({"sort": "newest"}, [2, 3, 4]),
        ({"sort": "updated"}, [4, 2, 3]),
        ({"count": "1", "offset": "1"}, [3]),
    ],
)
def test_filters_sorts_and_pages(queue, query, expected):
    assert queue(**query)[0] == expected


def test_counts_ignore_their_own_filter(queue):
    _, reply = queue(severity="critical")
    assert reply["severities"]["high"] == 2
    assert reply["total"] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "gone"), ("severity", "$ne"), ("cloud", "oracle"), ("owner", "a b"),
        ("due", "later"), ("sort", "random"), ("count", "-1"), ("count", "500"), ("offset", "x"), ("nonsense", "1"),
        ("text", "bell\x07"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_refused(splunkd, name, value):
    status, reply = splunkd.ask("lena", "GET", "queue", [(name, value)])
    assert status == 400
    assert name in reply["messages"][0]["text"]
