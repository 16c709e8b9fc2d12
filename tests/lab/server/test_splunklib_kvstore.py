"""splunk-sdk's KV store: documents, queries, batches, configuration, access lists."""

from __future__ import annotations

import json

import pytest
from splunklib.binding import HTTPError

from tests.lab.server.live import rows


@pytest.fixture
def notes(live_admin):
    data = live_admin.kvstore["notes"].data
    data.delete()
    return data


def keys(found):
    return [document["_key"] for document in found]


def test_documents(notes):
    key = notes.insert(json.dumps({"n": "7", "text": "x"}))["_key"]
    assert notes.query_by_id(key) == {"n": 7, "text": "x", "_key": key, "_user": "nobody"}
    assert notes.update(key, json.dumps({"n": 8}))["_key"] == key
    assert "text" not in notes.query_by_id(key), "a write replaces the document"
    notes.delete_by_id(key)
    for call in (lambda: notes.query_by_id(key), lambda: notes.update(key, "{}"),
                 lambda: notes.delete_by_id(key)):
        with pytest.raises(HTTPError) as missing:
            call()
        assert missing.value.status == 404


def test_queries_sort_fields_limit_and_skip(notes):
    notes.batch_save(*({"_key": f"k{n}", "n": n, "text": "even" if n % 2 == 0 else "odd"}
                       for n in range(6)))
    ask = lambda query, **more: keys(notes.query(query=json.dumps(query), **more))
    assert ask({"n": {"$gte": 4}}) == ["k4", "k5"]
    assert ask({"$and": [{"text": "even"}, {"n": {"$ne": 0}}]}) == ["k2", "k4"]
    assert ask({"$or": [{"n": 1}, {"text": {"$regex": "^EV", "$options": "i"}}]},
               sort="text,n:-1") == ["k4", "k2", "k0", "k1"]
    assert keys(notes.query(sort="n:-1", limit=2, skip=1)) == ["k4", "k3"]
    assert notes.query(query='{"n": 3}', fields="text,_key:0") == [{"text": "odd"}]
    assert notes.query(query='{"n": 3}', fields="text:0")[0].keys() == {"n", "_key", "_user"}
    for wrong in ('{"n": {"$in": [1]}}', '{"n"', "[1]"):
        with pytest.raises(HTTPError) as refused:
            notes.query(query=wrong)
        assert refused.value.status == 400
    notes.delete(query=json.dumps({"text": "odd"}))
    assert keys(notes.query()) == ["k0", "k2", "k4"]


def test_batches(notes):
    assert notes.batch_save({"_key": "a", "n": 1}, {"_key": "b", "n": 2}) == ["a", "b"]
    assert notes.batch_save({"_key": "b", "n": 3}) == ["b"]
    found = notes.batch_find({"query": {"n": 3}}, {"sort": "n:-1", "limit": 1}, {"query": {"n": 9}})
    assert [keys(part) for part in found] == [["b"], ["b"], []]
    with pytest.raises(HTTPError, match="max_documents_per_batch_save"):
        notes.batch_save(*({"n": 1} for _ in range(1001)))


def test_collections_are_made_changed_and_removed(live_admin):
    kv = live_admin.kvstore
    kv.create("made", accelerated_fields={"by_n": {"n": 1}}, fields={"n": "number"})
    made = kv["made"]
    assert made["field.n"] == "number" and made["accelerated_fields.by_n"] == {"n": 1}
    made.data.insert(json.dumps({"_key": "a", "n": "1.5"}))
    assert made.data.query_by_id("a")["n"] == 1.5, "the type holds at once"
    made.update_field("m", "bool")
    made.update_accelerated_field("by_n", {"n": -1})
    assert kv["made"]["field.m"] == "bool"
    assert kv["made"]["accelerated_fields.by_n"] == {"n": -1}
    for wrong in (lambda: kv.create("made"), lambda: kv.create("x y"),
                  lambda: made.update_field("m", "colour"),
                  lambda: made.update_accelerated_field("by_n", {"n": 2}),
                  lambda: made.post(colour="red")):
        with pytest.raises(HTTPError) as refused:
            wrong()
        assert refused.value.status in (400, 409)
    kv.delete("made")
    assert "made" not in kv
    kv.create("made")
    assert kv["made"].data.query() == [], "the documents went with the collection"
    kv.delete("made")


def test_write_rights_are_the_collections_own(live, live_admin):
    writer = live.service("lt_writer", owner="nobody", app="live_test")
    fenced = live.service("lt_fenced", owner="nobody", app="live_test")
    writer.kvstore["notes"].data.insert(json.dumps({"_key": "w"}))
    assert "w" in keys(fenced.kvstore["notes"].data.query())
    for refused in (lambda: fenced.kvstore["notes"].data.insert("{}"),
                    lambda: fenced.kvstore["notes"].data.batch_save({}),
                    lambda: fenced.kvstore["notes"].data.delete(),
                    lambda: fenced.kvstore.create("theirs"),
                    lambda: writer.kvstore["closed"].data.query()):
        with pytest.raises(HTTPError) as denied:
            refused()
        assert denied.value.status == 403
    assert [c.name for c in fenced.kvstore] == ["notes"]
    live_admin.kvstore["notes"].acl_update(owner="nobody", sharing="app",
                                           **{"perms.read": "*", "perms.write": "lt_fenced"})
    fenced.kvstore["notes"].data.insert(json.dumps({"_key": "f"}))
    with pytest.raises(HTTPError):
        writer.kvstore["notes"].data.insert("{}")


def test_a_search_sees_what_the_client_wrote(live_admin, notes):
    notes.batch_save({"_key": "a", "n": 1, "text": "one"})
    assert rows(live_admin, "| inputlookup notes | table n text") == [{"n": "1", "text": "one"}]
