"""The KV store: queries, keys, types, and what two writers see."""

import threading

import pytest

from lab.app import Collection
from lab.kvstore import BadQuery, DuplicateKey, InvalidDocument, KVStore, NoSuchKey


@pytest.fixture
def kv(tmp_path):
    store = KVStore(tmp_path / "kv.sqlite")
    store.define(
        {
            "strict": Collection("strict", {"n": "number"}, enforce_types=True),
            "loose": Collection("loose", {"n": "number", "ok": "bool"}),
        }
    )
    return store


@pytest.fixture
def people(kv):
    collection = kv.collection("people")
    collection.upsert_many(
        [
            {"_key": "a", "role": "admin", "n": 3, "tags": ["x", "y"]},
            {"_key": "b", "role": "user", "n": 10},
            {"_key": "c", "role": "user", "n": "10", "deep": {"er": 1}},
        ]
    )
    return collection


def keys(documents):
    return [document["_key"] for document in documents]


@pytest.mark.parametrize(
    "query, expected",
    [
        (None, ["a", "b", "c"]),
        ({}, ["a", "b", "c"]),
        ({"role": "user"}, ["b", "c"]),
        ({"tags": "y"}, ["a"]),
        ({"n": {"$gt": 3}}, ["b"]),
        ({"n": {"$gte": 3, "$lte": 9}}, ["a"]),
        ({"n": 10}, ["b"]),
        ({"n": {"$ne": 10}}, ["a", "c"]),
        ({"missing": None}, ["a", "b", "c"]),
        ({"tags": None}, ["b", "c"]),
        ({"deep.er": 1}, ["c"]),
        ({"$or": [{"_key": "c"}, {"_key": "a"}]}, ["c", "a"]),
        ({"$and": [{"role": "user"}, {"n": {"$lt": 11}}]}, ["b"]),
        ({"$not": {"role": "user"}}, ["a"]),
        ({"role": {"$not": {"$regex": "^US", "$options": "i"}}}, ["a"]),
    ],
)
def test_queries(people, query, expected):
    assert keys(people.find(query)) == expected


@pytest.mark.parametrize(
    "query", [{"n": {"$in": [1]}}, {"$nor": []}, {"$and": {}}, [], {"role": {"$regex": "("}}]
)
def test_what_the_documentation_does_not_list_is_refused(people, query):
    with pytest.raises(BadQuery):
        people.find(query)


def test_sort_page_and_project(people):
    assert keys(people.find(sort="n:-1")) == ["c", "b", "a"]  # strings after numbers
    assert keys(people.find(sort="role,n:-1", skip=1, limit=1)) == ["c"]
    assert people.find({"_key": "a"}, fields="role") == [{"role": "admin", "_key": "a"}]
    assert people.find({"_key": "a"}, fields="role,_key:0") == [{"role": "admin"}]
    assert "n" not in people.find({"_key": "a"}, fields="n:0")[0]
    with pytest.raises(BadQuery):
        people.find(fields="role,n:0")


def test_insert_claims_a_key_once(kv):
    collection = kv.collection("claims")
    outcomes = []

    def claim():
        try:
            outcomes.append(collection.insert({"_key": "case:1"}))
        except DuplicateKey:
            outcomes.append("refused")

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["case:1"] + ["refused"] * 7


def test_replace_is_whole_and_needs_the_key(people):
    people.replace("a", {"role": "none"})
    assert people.get("a") == {"role": "none", "_key": "a", "_user": "nobody"}
    with pytest.raises(NoSuchKey):
        people.replace("zz", {})


def test_another_process_is_seen_at_once(kv, people):
    other = KVStore(kv.path).collection("people")
    assert len(people.find()) == 3
    other.insert({"role": "late"})
    assert len(people.find()) == 4
    assert other.delete({"role": "user"}) == 2
    assert [d["role"] for d in people.find()] == ["admin", "late"]


def test_types_are_kept_dropped_or_refused(kv):
    loose = kv.collection("loose")
    loose.insert({"_key": "1", "n": "7", "ok": "true"})
    loose.insert({"_key": "2", "n": "seven"})
    assert loose.get("1")["n"] == 7 and loose.get("1")["ok"] is True
    assert "n" not in loose.get("2")
    with pytest.raises(InvalidDocument, match="field 'n'"):
        kv.collection("strict").insert({"n": "seven"})


def test_a_failed_batch_leaves_nothing(kv):
    strict = kv.collection("strict")
    with pytest.raises(InvalidDocument):
        strict.upsert_many([{"n": 1}, {"n": "x"}])
    assert strict.find() == []


def test_replace_all(people):
    people.replace_all([{"_key": "z"}])
    assert keys(people.find()) == ["z"]
