"""Who may do what: sessions, index lists, search filters, capabilities, access lists, dispatchAs."""

from __future__ import annotations

import json

import pytest
from splunklib import client
from splunklib.binding import AuthenticationError, HTTPError

from tests.lab.server.live import rows

ALL = "search index=* OR index=_* | stats count by index"


def counts(found: list[dict]) -> dict[str, str]:
    return {row["index"]: row["count"] for row in found}


# --- sessions --------------------------------------------------------------------------------


def test_login_logout_and_autologin(live):
    service = live.service("lt_reader", autologin=True)
    assert service.get("authentication/current-context").status == 200
    key = service.token.removeprefix("Splunk ")
    live.server.state.sessions.close(key)
    assert service.get("authentication/current-context").status == 200, "it logs in again"
    service.logout()
    service.autologin = False
    with pytest.raises(AuthenticationError):
        service.get("authentication/current-context")


def test_a_session_can_be_ended_and_used_elsewhere(live):
    service = live.service("lt_reader")
    other = client.connect(**live.address, token=service.token)
    assert json.load(other.get("authentication/current-context", output_mode="json").body)[
        "entry"][0]["content"]["username"] == "lt_reader"
    bearer = client.connect(**live.address, splunkToken=service.token.removeprefix("Splunk "))
    assert bearer.get("authentication/current-context").status == 200
    key = service.token.removeprefix("Splunk ")
    service.delete(f"authentication/httpauth-tokens/{key}")
    with pytest.raises(AuthenticationError):
        other.get("authentication/current-context")


def test_basic_and_wrong_credentials(live):
    basic = client.connect(**live.address, basic=True, username="lt_reader",
                           password=live.server.users["lt_reader"])
    assert basic.get("server/info").status == 200
    with pytest.raises(AuthenticationError):
        client.connect(**live.address, username="lt_reader", password="no")
    with pytest.raises(AuthenticationError):
        client.connect(**live.address, cookie="splunkd_8089=x").get("server/info")


def test_namespaces_that_do_not_exist(live_admin):
    for owner, app, words in (("nobody", "other", "Application does not exist"),
                              ("stranger", "live_test", "User does not exist")):
        with pytest.raises(HTTPError, match=words) as missing:
            live_admin.get("saved/searches", owner=owner, app=app)
        assert missing.value.status == 404


# --- indexes ---------------------------------------------------------------------------------


def test_a_star_leaves_out_what_the_role_does_not_list(live, live_admin):
    assert counts(rows(live_admin, ALL)) == {"web": "10", "secret": "3"}
    reader = live.service("lt_reader")
    assert counts(rows(reader, ALL)) == {"web": "10"}
    assert counts(rows(live.service("lt_writer"), ALL)) == {"web": "10", "secret": "3"}
    assert counts(rows(live.service("lt_fenced"), ALL)) == {"web": "10"}


@pytest.mark.parametrize(
    "search",
    [
        "search index=secret",
        "search index=secret OR host=vault",
        "search index IN (secret)",
        "search index=s*",
        "| tstats count where index=secret by host",
        "search index=web [search index=secret | head 1 | eval n=1 | fields n]",
        "| makeresults | append [search index=secret] | where index=\"secret\"",
        "| makeresults | eval k=1 | join k [search index=secret | eval k=1 | fields k index]",
    ],
)
def test_no_way_round_the_index_list(live, search):
    assert rows(live.service("lt_reader"), search) == []


@pytest.mark.parametrize(
    ("search", "all_of_it", "own"),
    [
        ("| metadata type=hosts index=* | table host", {"web-01", "web-02", "vault"},
         {"web-01", "web-02"}),
        ("| eventcount summarize=false index=* | table index",
         {"web", "secret", "main", "summary"}, {"web"}),
        ("| mstats count(cpu) as n where index=* by index | table index", {"m_cpu", "closed_m"},
         {"m_cpu"}),
        ("| mcatalog values(index) as index where index=* | mvexpand index", {"m_cpu", "closed_m"},
         {"m_cpu"}),
        (("| multisearch [search index=secret | eval a=1] [search index=web | eval a=2]"
         " | stats count by index | table index"), {"web", "secret"}, {"web"}),
        ("| union [search index=secret] [search index=web] | stats count by index | table index",
         {"web", "secret"}, {"web"}),
        ("| savedsearch counted | table index", {"web", "secret"}, {"web"}),
    ],
)
def test_every_generating_command_keeps_to_the_list(live, live_admin, search, all_of_it, own):
    role = live_admin.roles["lt_reader"]
    if "get_metadata" not in role["capabilities"]:
        role.grant("get_metadata", "list_metrics_catalog")

    def seen(service):
        return {value for row in rows(service, search, earliest_time="0")
                for value in row.values()}

    assert seen(live.service("lt_reader")) == own
    assert seen(live_admin) == all_of_it


def test_whether_a_closed_index_exists_is_not_told(live):
    service = live.service("lt_reader")
    for index in ("secret", "no_such_index"):
        stream = service.jobs.oneshot(f"search index={index}", output_mode="json")
        assert json.load(stream)["messages"] == []


def test_the_default_index_is_the_roles(live, live_admin):
    assert rows(live.service("lt_reader"), "search n=* | stats count") == [{"count": "10"}]
    assert rows(live_admin, "search n=* | stats count") == [{"count": "0"}]
    assert rows(live.service("lt_reader"), "| tstats count") == [{"count": "10"}]


def test_the_search_filter_is_part_of_every_search(live):
    service = live.service("lt_filtered")
    assert rows(service, "search index=web | stats count by host") == [
        {"host": "web-01", "count": "5"}]
    assert rows(service, "| tstats count where index=web by host") == [
        {"host": "web-01", "count": "5"}]
    assert rows(service, "search index=web host=web-02") == []
    assert rows(service, "search index=web | eval host=\"x\" | search host=x | stats count") == [
        {"count": "5"}]


def test_chain_searches_have_their_callers_rights(live):
    """A saved search runs with its owner's rights; what is asked of its rows does not."""
    service = live.service("lt_reader", owner="nobody", app="live_test")
    job = service.saved_searches["counted"].dispatch(**{"dispatch.now": "1700000100"})
    while not job.is_done():
        pass
    found = json.load(job.results(
        output_mode="json", search="| append [search index=secret | stats count by host]"))
    assert [row.get("host") for row in found["results"]] == [None, None]


# --- saved searches --------------------------------------------------------------------------


def test_dispatch_as_owner_and_as_user(live):
    service = live.service("lt_reader", owner="nobody", app="live_test")

    def dispatched(name):
        job = service.saved_searches[name].dispatch()
        while not job.is_done():
            pass
        return counts(json.load(job.results(output_mode="json"))["results"])

    assert dispatched("counted") == {"web": "10", "secret": "3"}
    assert dispatched("counted for me") == {"web": "10"}


def test_scheduling_needs_its_capability(live, live_admin):
    power = live.service("lt_writer", owner="nobody", app="live_test")
    made = power.saved_searches.create("by power", "search index=web", is_scheduled=1,
                                       cron_schedule="*/5 * * * *")
    assert made["is_scheduled"] == "1"
    live_admin.saved_searches["noted"].acl_update(
        owner="nobody", sharing="app", **{"perms.read": "*", "perms.write": "lt_fenced"})
    plain = live.service("lt_fenced", owner="nobody", app="live_test")
    plain.saved_searches["noted"].update(description="mine now")
    with pytest.raises(HTTPError, match="schedule_search"):
        plain.saved_searches["noted"].update(is_scheduled=1, cron_schedule="0 * * * *")
    with pytest.raises(HTTPError, match="permission denied"):
        plain.saved_searches.create("by plain", "search index=web")


# --- commands --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "search", "words"),
    [
        ("lt_reader", "| makeresults | outputlookup notes", "lacks the capability output_file"),
        ("lt_bare", "| makeresults | collect index=web", "lacks the capability run_collect"),
        ("lt_bare", "| inputlookup notes", "lacks the capability input_file"),
        ("lt_bare", "| metadata type=hosts", "lacks the capability get_metadata"),
        ("lt_fenced", "| makeresults | outputlookup notes", "may not write"),
        ("lt_fenced", "| inputlookup closed", "may not read collections/closed"),
        ("lt_writer", "| makeresults | eval n=1 | lookup closed n", "may not read"),
        ("lt_writer", "| makeresults | outputlookup closed", "may not write"),
    ],
)
def test_commands_ask_for_capabilities_and_access(live, user, search, words):
    with pytest.raises(HTTPError, match=words):
        live.service(user).jobs.oneshot(search)


def test_commands_that_a_role_may_use(live, live_admin):
    writer = live.service("lt_writer")
    rows(writer, "| makeresults | eval n=1, _key=\"k\" | outputlookup append=true notes")
    assert rows(writer, "| inputlookup notes | table n") == [{"n": "1"}]
    rows(writer, "| makeresults | eval a=1 | collect index=web source=made")
    assert len(rows(live_admin, "search index=web source=made earliest=0")) == 1
    assert rows(live.service("lt_reader"), "| inputlookup owners.csv | stats count") == [
        {"count": "2"}]


def test_roles_are_made_and_removed(live, live_admin):
    role = live_admin.roles.create("lt_mute", imported_roles="lt_reader")
    assert "run_collect" in role["imported_capabilities"]
    with pytest.raises(HTTPError, match="importRoles|circle|itself|unknown role"):
        live_admin.confs["authorize"]["role_lt_mute"].submit({"importRoles": "lt_nobody"})
    mute = live.service("lt_mute")
    with pytest.raises(HTTPError, match="lacks the capability|web"):
        mute.jobs.oneshot("| makeresults | outputlookup notes")
    live_admin.roles.delete("lt_mute")
    assert "lt_mute" not in live_admin.roles
    with pytest.raises(HTTPError, match="requires capability"):
        mute.jobs.oneshot("| makeresults")
    with pytest.raises(KeyError):
        live.service("lt_mute")


# --- roles and users -------------------------------------------------------------------------


def test_roles_and_users(live, live_admin):
    role = live_admin.roles["lt_filtered"]
    assert role["imported_roles"] == ["lt_reader"] and role["srchFilter"] == "((host=web-01))"
    assert role["imported_srchIndexesAllowed"] == ["web", "m_*"]
    assert {"user", "power", "admin", "can_delete"} <= {r.name for r in live_admin.roles}
    assert live_admin.users["lt_reader"].role_entities[0].name == "lt_reader"
    with pytest.raises(HTTPError, match="one user for each role"):
        live_admin.users.create("eve", "secret", roles="user")
    reader = live.service("lt_reader")
    assert [user.name for user in reader.users] == ["lt_reader"]
    with pytest.raises(HTTPError, match="edit_roles"):
        reader.roles.create("mine", imported_roles="admin")


def test_grant_and_revoke_hold_at_once(live, live_admin):
    reader, role = live.service("lt_reader"), live_admin.roles["lt_reader"]
    with pytest.raises(HTTPError, match="list_settings"):
        reader.get("server/settings")
    role.grant("list_settings")
    assert reader.get("server/settings").status == 200
    live_admin.roles["lt_reader"].revoke("list_settings")
    with pytest.raises(HTTPError, match="list_settings"):
        reader.get("server/settings")


def test_built_in_roles_have_what_splunk_gives_them(live_admin):
    user = set(live_admin.roles["user"]["capabilities"])
    power = set(live_admin.roles["power"]["capabilities"])
    assert {"search", "run_collect", "output_file", "input_file", "get_metadata"} <= user
    assert {"schedule_search", "rtsearch"} <= power and not {"schedule_search", "rtsearch"} & user
    admin = set(live_admin.roles["admin"]["capabilities"])
    assert {"list_storage_passwords", "edit_roles", "admin_all_objects"} <= admin
    assert not admin & (user | power)
