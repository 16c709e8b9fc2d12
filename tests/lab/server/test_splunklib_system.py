"""splunk-sdk's confs, inputs, secrets, lookups, indexes, apps, server and messages."""

from __future__ import annotations

import json

import pytest
from splunklib.binding import HTTPError

from tests.lab.server.live import rows

# --- confs -----------------------------------------------------------------------------------


def test_confs_are_read_in_layers_and_written_to_local(live, live_admin):
    confs = live_admin.confs
    assert {"macros", "savedsearches"} <= {conf.name for conf in confs}
    assert "macros" in confs and "nothing" not in confs
    limits = confs["limits"]
    limits["http_input"].submit({"note": "two\nlines", "max_content_length": "99999"})
    assert limits["http_input"]["note"] == "two\nlines"
    made = limits.create("search", max_rows="5")
    made.submit({"max_rows": "6", "other": "x"}).refresh()
    assert (made["max_rows"], made["other"], len(made)) == ("6", "x", 2)
    written = (live.server.state.home.conf_dir / "limits.conf").read_text("utf-8")
    assert "[search]\nmax_rows = 6\nother = x" in written
    limits.delete("search")
    assert "search" not in limits and [s.name for s in limits] == ["http_input"]
    with pytest.raises(HTTPError, match="cannot be deleted"):
        confs["macros"].delete("shown(1)")
    with pytest.raises(HTTPError) as again:
        limits.create("http_input")
    assert again.value.status == 409


def test_new_files_and_properties(live_admin):
    made = live_admin.confs.create("ours")
    made.create("first", colour="red")
    assert live_admin.confs.create("ours")["first"]["colour"] == "red", "303 to what is there"
    assert live_admin.get("properties/ours/first/colour").body.read() == b"red"
    live_admin.post("properties/ours/first", size="3")
    live_admin.post("properties/ours/first/size", value="4")
    assert live_admin.confs["ours"]["first"]["size"] == "4"
    assert live_admin.post("properties/ours", __stanza="second").status == 201
    assert live_admin.post("properties/ours", __stanza="second").status == 303
    for path in ("properties/ours/first/nothing", "properties/ours/third", "properties/theirs"):
        with pytest.raises(HTTPError) as missing:
            live_admin.get(path)
        assert missing.value.status == 404


def test_a_change_that_spoils_the_app_is_undone(live_admin):
    macros = live_admin.confs["macros"]
    with pytest.raises(HTTPError, match="has no definition"):
        macros.create("empty")
    assert "empty" not in macros
    with pytest.raises(HTTPError, match="one line"):
        macros.create("two\nlines", definition="x")
    assert [m.name for m in live_admin.macros] == ["shown(1)"]


def test_who_may_write_confs(live):
    reader = live.service("lt_reader", owner="nobody", app="live_test")
    assert reader.confs["macros"]["shown(1)"]["args"] == "host"
    writer = live.service("lt_writer", owner="nobody", app="live_test")
    writer.confs["macros"].create("theirs", definition="x")
    for service, file, words in ((reader, "macros", "rest_properties_set"),
                                 (writer, "authorize", "edit_roles"),
                                 (writer, "indexes", "indexes_edit"),
                                 (writer, "inputs", "admin_all_objects")):
        with pytest.raises(HTTPError, match=words) as refused:
            service.confs[file].create("stanza", definition="x")
        assert refused.value.status == 403
    with pytest.raises(HTTPError, match="use storage/passwords"):
        writer.get("configs/conf-passwords")


# --- modular inputs --------------------------------------------------------------------------


def test_inputs_are_checked_as_the_scheme_and_the_script_say(live_admin):
    inputs = live_admin.inputs
    assert set(inputs.kinds) == {"http", "poller"}
    arguments = live_admin.modular_input_kinds["poller"].arguments
    assert arguments["address"]["required_on_create"] == "true"
    assert arguments["depth"]["data_type"] == "number"
    made = inputs.create("one", "poller", address="https://example.com/a")
    assert made["interval"] == "60" and made["disabled"] == "0", "the scheme's defaults"
    assert inputs["one", "poller"].refresh()["address"] == "https://example.com/a"
    assert "one" in inputs and ("two", "poller") not in inputs
    for settings, words in (({}, "needs address"),
                            ({"address": "http://example.com"}, "must begin with https"),
                            ({"address": "https://x", "colour": "red"}, "sets colour")):
        with pytest.raises(HTTPError, match=words) as refused:
            inputs.create("two", "poller", **settings)
        assert refused.value.status == 400
    with pytest.raises(HTTPError, match="must begin with https"):
        made.update(address="ftp://example.com")
    made.update(depth="3").disable().refresh()
    assert (made["depth"], made["disabled"]) == ("3", "1")
    made.enable()
    assert [i.name for i in inputs.list("poller")] == ["one"]
    inputs.delete("one", "poller")
    assert inputs.list("poller") == []
    with pytest.raises(HTTPError, match="no input of the kind"):
        live_admin.get("data/inputs/monitor")


# --- secrets ---------------------------------------------------------------------------------


def test_secrets_with_and_without_a_realm(live, live_admin):
    store = live_admin.storage_passwords
    plain, in_realm = store.create("p1", "user"), store.create("p:2", "a:b", "re:alm")
    assert (plain.name, plain.realm, plain.clear_password) == (":user:", None, "p1")
    assert (in_realm.name, in_realm.username) == (r"re\:alm:a\:b:", "a:b")
    assert sorted(s.name for s in store) == [":user:", r"re\:alm:a\:b:"]
    in_realm.update(password="p3").refresh()
    assert in_realm.clear_password == "p3"
    with pytest.raises(HTTPError) as again:
        store.create("x", "user")
    assert again.value.status == 409
    for name in ("lt_reader", "lt_writer"):
        with pytest.raises(HTTPError, match="list_storage_passwords") as refused:
            list(live.service(name, owner="nobody", app="live_test").storage_passwords)
        assert refused.value.status == 403
    assert "p1" not in live_admin.get("configs/conf-macros").body.read().decode()
    store.delete("user")
    store.delete("a:b", "re:alm")
    assert list(store) == []


# --- lookups and indexes ---------------------------------------------------------------------


def test_lookup_files_and_definitions(live_admin):
    rows(live_admin, "| makeresults | eval a=1 | fields - _time | outputlookup made.csv")
    listed = json.load(live_admin.get("data/lookup-table-files", output_mode="json").body)
    assert [e["name"] for e in listed["entry"]] == ["made.csv", "owners.csv"]
    live_admin.delete("data/lookup-table-files/made.csv")
    with pytest.raises(HTTPError, match="file of the app"):
        live_admin.delete("data/lookup-table-files/owners.csv")
    with pytest.raises(HTTPError, match="lookup_tmp"):
        live_admin.post("data/lookup-table-files", name="x.csv", **{"eai:data": "x/y.csv"})
    live_admin.post("data/transforms/lookups", name="again", filename="owners.csv")
    assert rows(live_admin, "search index=web n=1 | lookup again host | table owner") == [
        {"owner": "grace"}]
    types = {e["name"]: e["content"]["type"] for e in json.load(live_admin.get(
        "data/transforms/lookups", output_mode="json").body)["entry"]}
    assert types == {"again": "file", "closed": "kvstore", "notes": "kvstore", "owners": "file"}
    with pytest.raises(HTTPError, match="collections.conf does not have"):
        live_admin.post("data/transforms/lookups", name="bad", external_type="kvstore",
                        collection="nothing", fields_list="a")
    live_admin.delete("data/transforms/lookups/again")


def test_indexes(live, live_admin):
    web = live_admin.indexes["web"]
    assert (web["totalEventCount"], web["datatype"]) == ("10", "event")
    assert web["minTime"] == "2023-11-14T22:13:20.000+00:00"
    made = live_admin.indexes.create("made", frozenTimePeriodInSecs=86400)
    assert made["frozenTimePeriodInSecs"] == "86400"
    rows(live_admin, "| makeresults | eval a=1 | collect index=made")
    assert rows(live_admin, "search index=made earliest=0 | stats count") == [{"count": "1"}]
    made.update(frozenTimePeriodInSecs=3600)
    with pytest.raises(HTTPError, match="holds events"):
        live_admin.indexes.delete("made")
    live_admin.indexes.create("numbers", datatype="metric")
    assert "numbers" not in [i.name for i in live_admin.indexes]
    assert [i.name for i in live_admin.indexes.list(datatype="metric")] == [
        "closed_m", "m_cpu", "numbers"]
    live_admin.indexes.delete("numbers")
    assert live_admin.indexes.get_default() == "main"
    for wrong in (lambda: live_admin.indexes.create("Bad Name"),
                  lambda: live_admin.indexes.create("web"),
                  lambda: live_admin.indexes.create("x", colour="red")):
        with pytest.raises(HTTPError) as refused:
            wrong()
        assert refused.value.status in (400, 409)
    with pytest.raises(HTTPError, match="indexes_edit"):
        live.service("lt_writer").indexes.create("theirs")


def test_events_are_submitted_to_an_index(live, live_admin):
    live_admin.indexes["web"].submit("said by hand", host="pen", sourcetype="note")
    live_admin.indexes["web"].submit("a=1&b=%2F", host="pen", sourcetype="note")
    found = rows(live_admin, "search index=web host=pen | table _raw sourcetype source")
    assert sorted(row["_raw"] for row in found) == ["a=1&b=%2F", "said by hand"]
    assert {(row["sourcetype"], row["source"]) for row in found} == {("note", "www")}
    with pytest.raises(HTTPError, match="does not exist"):
        live_admin.post("/services/receivers/simple", body="x", index="nowhere")
    with pytest.raises(HTTPError, match="takes no streams"):
        live_admin.post("/services/receivers/stream", body="x", index="web")
    with pytest.raises(HTTPError, match="edit_tcp"):
        live.service("lt_writer").indexes["web"].submit("x")


# --- the server ------------------------------------------------------------------------------


def test_server_apps_and_messages(live_admin):
    assert live_admin.info["product_type"] == "cloud_instance_watch_lab"
    assert live_admin.settings["serverName"] == "lab"
    with pytest.raises(HTTPError, match="settings are fixed"):
        live_admin.settings.update(serverName="x")
    assert [app.name for app in live_admin.apps] == ["live_test"]
    for call in (lambda: live_admin.apps.create("x"), lambda: live_admin.apps["live_test"].delete(),
                 lambda: live_admin.post("server/control/restart")):
        with pytest.raises(HTTPError) as refused:
            call()
        assert refused.value.status == 400
    live_admin.messages.create("hello", value="world")
    assert live_admin.messages["hello"].value == "world"
    live_admin.messages.delete("hello")
    assert len(live_admin.messages) == 0
    assert list(live_admin.loggers) == [] and list(live_admin.event_types) == []
    assert not live_admin.restart_required


@pytest.mark.parametrize("mode", ["xml", "json"])
def test_every_list_answers_in_both_forms(live_admin, mode):
    for path in ("apps/local", "authentication/users", "authorization/roles", "data/indexes",
                 "authorization/capabilities", "configs/conf-macros", "properties", "messages",
                 "data/inputs", "data/inputs/http", "data/inputs/poller", "data/modular-inputs",
                 "data/lookup-table-files", "data/transforms/lookups", "saved/searches",
                 "saved/eventtypes", "search/jobs", "search/commands", "server/info",
                 "server/settings", "storage/collections/config", "storage/passwords",
                 "datamodel/model", "admin/macros", "alerts/fired_alerts", "data/ui/views"):
        reply = live_admin.get(path, output_mode=mode)
        text = reply.body.read().decode()
        if mode == "json":
            document = json.loads(text)
            assert {"entry", "paging", "messages", "links"} <= document.keys(), path
            assert all({"acl", "content", "name", "links"} <= e.keys() for e in document["entry"])
        else:
            assert text.startswith('<?xml version="1.0"') and "<feed" in text, path
