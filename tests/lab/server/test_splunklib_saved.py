"""splunk-sdk's saved searches: CRUD, schedule, suppression, history, access lists; macros."""

from __future__ import annotations

import json

import pytest
from splunklib.binding import HTTPError

from tests.lab.server.live import NOW, rows


def test_create_read_update_delete(live_admin):
    saved = live_admin.saved_searches
    made = saved.create("of mine/two", "search index=web | head $n$",
                        **{"dispatch.earliest_time": "-1h", "description": "first\nsecond"})
    assert made.name == "of mine/two" and made["is_scheduled"] == "0"
    assert made["description"] == "first\nsecond" and made["alert.severity"] == "3"
    made.update(**{"dispatch.earliest_time": "0"}).refresh()
    assert made["search"] == "search index=web | head $n$"
    assert made["dispatch.earliest_time"] == "0"
    job = made.dispatch(**{"args.n": "4"})
    while not job.is_done():
        pass
    assert job["resultCount"] == "4" and job.sid in [past.sid for past in made.history()]
    with pytest.raises(HTTPError) as again:
        saved.create("of mine/two", "search x")
    assert again.value.status == 409
    saved.delete("of mine/two")
    assert "of mine/two" not in saved
    with pytest.raises(HTTPError, match="Could not find object"):
        made.refresh()


def test_what_the_app_ships_can_be_changed_but_not_removed(live, live_admin):
    noted = live_admin.saved_searches["noted"]
    noted.update(search="| makeresults | eval changed=1").refresh()
    assert noted["search"].endswith("changed=1") and noted.access["removable"] == "1"
    live_admin.saved_searches.delete("noted")
    noted = live_admin.saved_searches["noted"]
    assert "outputlookup" in noted["search"], "what the app ships is there again"
    with pytest.raises(HTTPError, match="cannot be deleted in config=savedsearches"):
        live_admin.saved_searches.delete("noted")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"cron_schedule": "every hour"}, "Invalid cron_schedule"),
        ({"is_scheduled": 1}, "no cron_schedule"),
        ({"is_scheduled": "perhaps"}, "not a boolean"),
        ({"colour": "red"}, "is not supported by this handler"),
        ({"dispatchAs": "root"}, "owner or user"),
        ({"description": "ends with a backslash\\"}, "backslash"),
    ],
)
def test_settings_that_are_refused_leave_nothing_behind(live_admin, settings, words):
    with pytest.raises(HTTPError, match=words) as refused:
        live_admin.saved_searches.create("wrong", "search index=web", **settings)
    assert refused.value.status == 400
    assert "wrong" not in live_admin.saved_searches


def test_private_objects_are_refused_with_the_reason(live):
    service = live.service("admin", owner="admin", app="live_test")
    with pytest.raises(HTTPError, match="keeps no private objects"):
        service.saved_searches.create("mine", "search index=web")


def test_schedule(live_admin):
    counted = live_admin.saved_searches["counted"]
    assert counted["next_scheduled_time"] == "2023-11-14 23:00:00 UTC"
    times = [t.timestamp() for t in counted.scheduled_times("now", "+3h")]
    assert times == [NOW + 2700, NOW + 6300, NOW + 9900]
    counted.disable().refresh()
    assert counted["disabled"] == "1" and counted["next_scheduled_time"] is None
    with pytest.raises(HTTPError, match="is disabled"):
        counted.dispatch()
    assert counted.enable().refresh()["disabled"] == "0"
    listed = live_admin.get("saved/searches", earliest_time="now", latest_time="+1h",
                            output_mode="json", search="name=counted")
    (entry,) = json.load(listed.body)["entry"]
    assert entry["content"]["scheduled_times"] == [int(NOW) + 2700]


def test_suppression_and_acknowledgement(live_admin):
    counted = live_admin.saved_searches["counted"]
    assert counted.suppressed == 0
    counted.suppress(120)
    assert 118 <= counted.suppressed <= 120
    counted.acknowledge()
    assert counted.suppressed == 0
    counted.suppress(60)
    counted.unsuppress()
    assert counted.suppressed == 0
    assert len(counted.fired_alerts) == 0 and counted.alert_count == 0


def test_access_lists_are_changed_over_rest(live, live_admin):
    name = "counted for me"
    reader = live.service("lt_reader", owner="nobody", app="live_test")
    assert reader.saved_searches[name].access["can_write"] == "0"
    live_admin.saved_searches[name].acl_update(
        owner="nobody", sharing="global", **{"perms.read": "lt_writer", "perms.write": ""})
    block = live_admin.saved_searches[name].access
    assert block["perms"] == {"read": ["lt_writer"], "write": []}
    assert block["sharing"] == "global"
    assert name not in reader.saved_searches
    assert name in live.service("lt_writer", owner="nobody", app="live_test").saved_searches
    for wrong in ({"owner": "stranger", "sharing": "app"}, {"owner": "nobody", "sharing": "user"},
                  {"owner": "nobody", "sharing": "app", "perms.read": "no_role"}):
        with pytest.raises(HTTPError) as refused:
            live_admin.saved_searches[name].acl_update(**wrong)
        assert refused.value.status == 400
    with pytest.raises(HTTPError, match="permission denied"):
        reader.saved_searches["counted"].acl_update(owner="lt_reader", sharing="app")


def test_lists_are_filtered_sorted_and_paged(live_admin):
    saved = live_admin.saved_searches
    assert [s.name for s in saved.list(search="name=counted*", sort_dir="desc")] == [
        "counted for me", "counted"]
    assert [s.name for s in saved.list(search="outputlookup")] == ["noted"]
    assert [s.name for s in saved.list(search='is_scheduled=1 "stats count"')] == ["counted"]
    assert [s.name for s in saved.list(search="name!=counted*")] == ["noted"]
    assert next(s.name for s in saved.list(sort_key="search", sort_dir="desc")) == "noted"
    assert [s.name for s in saved.list(count=1, offset=1, sort_key="name")] == ["counted for me"]
    assert [s.name for s in saved.iter(pagesize=1)] == ["counted", "counted for me", "noted"]
    with pytest.raises(HTTPError, match="sort_mode=wild"):
        saved.list(sort_mode="wild")


def test_macros(live_admin):
    assert live_admin.macros["shown(1)"].definition == "host=$host$"
    made = live_admin.macros.create("fast", "index=web host=web-02")
    assert rows(live_admin, "search `fast` | stats count") == [{"count": "5"}]
    made.update(definition="index=web n=1")
    assert rows(live_admin, "search `fast` | stats count") == [{"count": "1"}]
    with pytest.raises(HTTPError, match="takes 2 arguments, but args names 1"):
        live_admin.macros.create("bad(2)", "x", args="a")
    live_admin.macros.delete("fast")
    with pytest.raises(HTTPError, match="fast"):
        rows(live_admin, "search `fast`")
