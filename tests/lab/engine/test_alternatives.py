"""Alternatives of the search command: however many they are, each event is looked at once."""

from __future__ import annotations

import random

import pytest

from lab.engine.predicates import PredicateCompiler
from lab.engine.session import Session
from lab.spl.parse import parse

RECORDS = (
    {"t": 1, "n": 1, "actor": "Ann", "src": "192.0.2.7", "tags": ["Red", "blue"]},
    {"t": 2, "n": 2, "actor": "bob", "src": "192.0.2.0/24", "tags": "green"},
    {"t": 3, "n": 20, "actor": "Ann-Marie", "src": "203.0.113.9", "tags": ["green", "10"]},
    {"t": 4, "n": 4, "src": "ann@example.com", "note": "ANN|bob (disk.deleted)"},
    {"t": 5, "n": 5, "actor": "", "note": "the a.b and a+b of x--y", "tags": []},
    {"t": 6, "n": 6, "actor": "BOB", "note": "annual disks deleted"},
)
TERMS = (
    "actor=ann", "actor=BOB", "actor=CASE(bob)", "actor=CASE(Ann)", "actor=ann*", "actor!=bob",
    "actor=\"\"", "NOT actor=ann", "n=1", "n=20", "n>4", "n=01", "src=192.0.2.0/24",
    "src=203.0.113.9", "src=ann@example.com", "tags=red", "tags=10", "tags=GREEN", "tags=b*",
    "tags!=green", "tags=CASE(red)", "nothing=x", "_time=1699999997", "CASE(ann)", "ann", "y",
    "disk*", "x*", "\"disk.deleted\"", "\"a+b\"", "TERM(a.b)", "TERM(y)", "\"ann*bob\"",
    "actor IN (ann, bob, x*)", "tags IN (red, green)", "(actor=bob n=2)", "(actor=ann OR n=6)",
)


def numbers(bench, terms: str) -> set[str]:
    return {row["n"] for row in bench.rows(f"search index=audit {terms} | table n")}


@pytest.fixture
def audit(bench):
    bench.add(*RECORDS)
    return bench


def test_alternatives_find_what_each_of_them_finds(audit):
    alone = {term: numbers(audit, term) for term in TERMS}
    assert sum(map(bool, alone.values())) > 28
    everything = numbers(audit, "")
    chance = random.Random(5)
    for chosen in (*zip(TERMS, TERMS[1:]), *zip(TERMS, TERMS[2:]),
                   *(chance.sample(TERMS, size) for size in (3, 5, 9, 17, len(TERMS)))):
        found = set().union(*(alone[term] for term in chosen))
        either = " OR ".join(chosen)
        assert numbers(audit, f"({either})") == found, either
        assert numbers(audit, f"NOT ({either})") == everything - found, either


def test_a_long_list_is_one_test_a_field_and_one_pattern(audit):
    words = " OR ".join(f"word{number}" for number in range(60))
    values = " OR ".join(f"{name}=value{number}" for number in range(60)
                         for name in ("actor", "tags"))
    node = parse(f"search index=audit {words} OR {values}", audit.context().app).commands[0]
    session = Session(audit.context())
    try:
        names = {name: [row] for name, row in {"actor": "ann", "tags": ["x", "y"],
                                               "_raw": "text"}.items()}
        frame = session.from_rows(list(names), [{name: row[0] for name, row in names.items()}])
        sql = PredicateCompiler(session, frame).compile(node.predicate)
    finally:
        session.close()
    assert (sql.count("lower("), sql.count(" IN ("), sql.count("regexp_matches(")) == (2, 2, 1)


def test_spath_of_a_missing_document_or_path_is_missing(audit):
    rows = audit.rows(
        "search index=audit | sort n | eval doc=if(n=2 OR n=5, null(), \"{\\\"a\\\": \".n.\"}\"),"
        " path=if(n=1 OR n=5, null(), \"a\"), found=spath(doc, path), fixed=spath(doc, \"a\")"
        " | table n found fixed")
    assert [(row.get("found"), row.get("fixed")) for row in rows] == [
        (None, "1"), (None, None), ("4", "4"), (None, None), ("6", "6"), ("20", "20")]
