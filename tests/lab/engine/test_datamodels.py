"""Data models: their files, what is refused in them, and searches over them.

What the documentation says of their commands is in tests/lab/conformance/cases/datamodels.yaml;
the models there are those used here.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lab.app import CIM, App
from lab.conf import ConfError
from lab.engine.run import Context, search
from lab.engine.store import Event
from lab.home import Home
from lab.spl import nodes
from lab.spl.errors import SPLError
from lab.spl.parse import parse
from tests.lab.conformance.conftest import HERE, NOW, store

MODEL = {"modelName": "M", "objects": [
    {"objectName": "Root", "parentName": "BaseEvent", "constraints": [{"search": "index=i"}],
     "fields": [{"fieldName": "a"}], "calculations": []},
    {"objectName": "Child", "parentName": "Root", "constraints": [{"search": "a=1"}]}]}


@pytest.fixture(scope="module")
def context(tmp_path_factory) -> Context:
    home = Home(tmp_path_factory.mktemp("models") / "home")
    store(home)
    return Context(home, App(HERE / "app"), NOW)


def app_with(folder: Path, document: dict | str, local: bool = False, **confs: str) -> App:
    default = folder / "app" / "default"
    models = (folder / "local" if local else default) / "data" / "models"
    models.mkdir(parents=True)
    default.mkdir(parents=True, exist_ok=True)
    text = document if isinstance(document, str) else json.dumps(document)
    (models / "M.json").write_text(text)
    for name, content in confs.items():
        (default / f"{name}.conf").write_text(content)
    return App(folder / "app", folder / "local")


def changed(number: int = 0, **entries) -> dict:
    document = json.loads(json.dumps(MODEL))
    document["objects"][number] |= entries
    return document


# --- files -------------------------------------------------------------------------------------


def test_an_object_has_its_lineage_and_what_it_adds(tmp_path):
    model = app_with(tmp_path, MODEL).datamodels["M"]
    root, child = model.objects
    assert (child.lineage, child.constraints, list(root.own)) == ("Root.Child", ("a=1",), ["a"])
    assert model.line(child) == (root, child) and model.children(root) == (child,)
    assert not model.accelerated and model.strict_fields


def test_what_is_inherited_may_be_listed_with_its_owner(tmp_path):
    document = changed(
        1, constraints=[{"search": "index=i", "owner": "Root"},
                        {"search": "a=1", "owner": "Root.Child"}],
        fields=[{"fieldName": "a", "owner": "Root"}, {"fieldName": "_time", "owner": "BaseEvent"},
                {"fieldName": "b", "owner": "Root.Child"},
                {"fieldName": "Child", "type": "objectCount", "owner": "Root.Child"}])
    child = app_with(tmp_path, document).datamodels["M"].by_name["Child"]
    assert (child.constraints, list(child.own)) == (("a=1",), ["b"])


def test_local_goes_before_default(tmp_path):
    app_with(tmp_path, MODEL)
    app = app_with(tmp_path, changed(0, comment="mine"), local=True)
    assert '"comment": "mine"' in app.datamodels["M"].objects[0].document


def test_datamodels_conf_accelerates(tmp_path):
    app = app_with(tmp_path, MODEL, datamodels="[M]\nacceleration = true\nstrict_fields = false\n"
                   "acceleration.earliest_time = -7d\n")
    model = app.datamodels["M"]
    assert (model.accelerated, model.summarised_from, model.strict_fields) == (True, "-7d", False)


@pytest.mark.parametrize(("document", "words"), [
    ("{", "not a data model"),
    ({**MODEL, "modelName": "N"}, "has to be the file's name"),
    ({**MODEL, "extra": 1}, "does not know the key 'extra'"),
    ({**MODEL, "objects": []}, "no objects"),
    (changed(1, parentName="Nobody"), "object 'Child'.*'Nobody'"),
    (changed(0, parentName="BaseTransaction"), "no objects of BaseTransaction"),
    (changed(0, parentName="Child"), "descends from itself"),
    (changed(1, objectName="Root"), "object 'Root': the name is taken"),
    (changed(0, baseSearch="index=i"), "baseSearch belongs to"),
    (changed(0, parentName="BaseSearch"), "baseSearch belongs to"),
    (changed(0, parentName="BaseSearch", baseSearch="index=i"), "takes no constraints"),
    (changed(0, constraints=[{}]), "object 'Root': search is missing"),
    (changed(0, fields=[{"fieldName": "a b"}]), "field 'a b'"),
    (changed(0, fields=[{"fieldName": "a", "type": "date"}]), "type 'date'"),
    (changed(0, fields=[{"fieldName": "a", "required": "yes"}]), "required is true or false"),
    (changed(1, fields=[{"fieldName": "a"}]), "object 'Child': field 'a'.*is one of Root"),
    (changed(0, calculations=[{"calculationType": "Sum", "outputFields": [{"fieldName": "s"}]}]),
     "calculation 1: calculationType 'Sum'"),
    (changed(0, calculations=[{"calculationType": "Eval", "outputFields": [{"fieldName": "s"}]}]),
     "expression is missing"),
    (changed(0, calculations=[{"calculationType": "Eval", "expression": "1"}]),
     "outputFields is empty"),
])
def test_a_malformed_model_names_file_and_object(tmp_path, document, words):
    with pytest.raises(ConfError, match=rf"M\.json.*{words}"):
        _ = app_with(tmp_path, document).datamodels


def test_settings_of_no_model_are_an_error(tmp_path):
    with pytest.raises(ConfError, match=r"datamodels\.conf:1.*there is no data/models/N\.json"):
        _ = app_with(tmp_path, MODEL, datamodels="[N]\nacceleration = true\n").datamodels


def test_a_search_in_a_model_that_is_wrong_is_told_with_model_and_dataset(tmp_path):
    app = app_with(tmp_path, changed(0, constraints=[{"search": "index=i `nothing`"}]))
    with pytest.raises(SPLError, match="data model M, dataset Root: .*nothing"):
        parse("| tstats count from datamodel=M", app)


# --- what a search reads ------------------------------------------------------------------------


def evals(pipeline: nodes.Pipeline) -> list[str]:
    return [name for command in pipeline.commands if isinstance(command, nodes.Eval)
            for name, _ in command.assignments]


def test_only_calculations_that_matter_are_carried_out(context):
    def of(text: str) -> list[str]:
        return evals(parse(text, context.app).commands[0].dataset.pipeline)

    assert of("| tstats count from datamodel=Change by All_Changes.object") == []
    assert of("| tstats count from datamodel=Change by All_Changes.verb_length") == ["verb_length"]
    assert of("| tstats count from datamodel=Change where nodename=All_Changes.Account_Management"
              " by All_Changes.Account_Management.privileged") == ["user", "privileged"]


def test_the_time_range_of_where_is_that_of_the_datasets_search(context):
    command = parse("| tstats count from datamodel=Change where earliest=-1h _index_latest=-5m",
                    context.app).commands[0]
    window = command.dataset.pipeline.commands[0].window
    assert (window.earliest, window.index_latest) == ("-1h", "-5m") and window == command.window


def children(*constraints: str) -> dict:
    return {"modelName": "M", "objects": [
        {"objectName": "Root", "parentName": "BaseEvent", "fields": [{"fieldName": "user"}],
         "constraints": [{"search": "index=changes"}]},
        *({"objectName": f"C{number}", "parentName": "Root", "constraints": [{"search": search}]}
          for number, search in enumerate(constraints))]}


KNOWLEDGE = {
    "props": "[change]\nKV_MODE = auto\n[logon]\nKV_MODE = auto\n",
    "eventtypes": "[acc]\nsearch = sourcetype=change object_category=account\n"
                  "[acc_any]\nsearch = object_category=*\n",
    "tags": "[eventtype=acc]\naccount = enabled\n[host=hub]\nproduction = enabled\n"
            "[user=ann]\nperson = enabled\n",
    "indexes": "[changes]\n", "macros": "[who]\ndefinition = user=bob\n",
}


@pytest.mark.parametrize(("constraint", "count"), [
    ("eventtype=acc", 2), ("eventtype=acc*", 5), ("tag=account", 2), ("tag::eventtype=account", 2),
    ("tag::host=production", 11), ("tag=person", 3), ("NOT tag=account sourcetype=change", 3),
    ("`who`", 2), ("bob", 2), ("[| makeresults | eval user=\"bob\" | table user]", 2),
    ("(user=ann OR user=bob) action=created", 2),
])
def test_a_constraint_is_any_search_term(tmp_path, context, constraint, count):
    app = app_with(tmp_path, children(constraint), **KNOWLEDGE)
    rows = search("| tstats count from datamodel=M where nodename=Root.C0",
                  replace(context, app=app)).rows
    assert rows == [{"count": str(count)}]
    if "[" in constraint:
        with pytest.raises(SPLError, match="subsearch in the constraint of 'C0'"):
            parse("| datamodel M Root search", app)
        return
    rows = search("| datamodel M Root search | stats sum(Root.is_C0) as yes sum(Root.is_not_C0) as"
                  " no", replace(context, app=app)).rows
    assert rows == [{"yes": str(count), "no": str(11 - count)}]


@pytest.mark.parametrize(("base", "total"), [
    ("| tstats count as n where index=changes by sourcetype", "11"),
    ("index=changes | stats count as n by user", "9"),
    ("search index=web | eval n=2", "8"),
    ("| makeresults | eval n=5", "5"),
])
def test_a_root_search_is_any_search(tmp_path, context, base, total):
    document = {"modelName": "M", "objects": [
        {"objectName": "S", "parentName": "BaseSearch", "baseSearch": base,
         "fields": [{"fieldName": "n"}]}]}
    here = replace(context, app=app_with(tmp_path, document, **KNOWLEDGE))
    assert search("| tstats sum(S.n) as t from datamodel=M", here).rows == [{"t": total}]
    assert search("| from datamodel:M.S | stats sum(n) as t", here).rows == [{"t": total}]


def test_a_geoip_calculation_is_iplocation(tmp_path, context):
    calculation = {"calculationType": "GeoIP", "inputField": "user", "outputFields": [
        {"fieldName": "town", "lookupOutputFieldName": "City"}]}
    document = children()
    document["objects"][0]["calculations"] = [calculation]
    app = app_with(tmp_path, document, **KNOWLEDGE)
    commands = parse("| datamodel M Root flat", app).commands[0].dataset.pipeline.commands
    assert [command.prefix for command in commands if isinstance(command, nodes.Iplocation)] == [
        "geoip:"]
    assert ("geoip:City", "town") in [pair for command in commands
                                      if isinstance(command, nodes.Rename)
                                      for pair in command.pairs]


# --- windows ------------------------------------------------------------------------------------


@pytest.fixture
def late(tmp_path, context) -> Context:
    """Two changes of the same hour, one indexed a day later."""
    home = Home(tmp_path / "home")
    home.store.append("changes", [
        Event(NOW - 90_000, NOW - 90_000 + delay, f"action=created user={user}", "change", "s",
              "h", {})
        for user, delay in (("early", 0), ("late", 86_400))])
    return replace(context, home=home)


@pytest.mark.parametrize(("where", "users"), [
    ("", ["early", "late"]),
    ("where _index_earliest=-2h", ["late"]),
    ("where _index_earliest=-2h earliest=-2h", []),
    ("where _index_latest=-2h", ["early"]),
    ("where earliest=-2d@d _index_earliest=-1h@h", ["late"]),
    ("where earliest=-1d", []),
])
def test_both_times_have_to_lie_in_their_window(late, where, users):
    """Search Reference, time modifiers: an event-time window also holds beside index times."""
    for command in ("from datamodel=Change {} by All_Changes.user | fields All_Changes.user",):
        rows = search(f"| tstats count {command.format(where)}", late).rows
        assert [row["All_Changes.user"] for row in rows] == users
    plain = where.replace("where ", "")
    rows = search(f"search index=changes {plain} | sort user | table user", late).rows
    assert [row["user"] for row in rows] == users


def test_the_windows_of_the_dispatch_hold_and_the_searchs_own_go_before_them(late):
    count = "| tstats count from datamodel=Change"
    dispatched = replace(late, index_earliest=NOW - 7200)
    assert search(count, dispatched).rows == [{"count": "1"}]
    assert search(f"{count} where _index_earliest=-7d", dispatched).rows == [{"count": "2"}]
    assert search(count, replace(late, earliest=NOW - 3600)).rows == [{"count": "0"}]
    assert search(f"{count} where earliest=-7d", replace(late, earliest=NOW - 3600)).rows == [
        {"count": "2"}]
    assert search("| datamodel Change All_Changes search | stats count", dispatched).rows == [
        {"count": "1"}]
    assert search("| from datamodel:Change.All_Changes | stats count",
                  replace(late, latest=NOW - 100_000)).rows == [{"count": "0"}]


def test_a_subsearch_has_the_window_of_the_dispatch_not_of_the_search_around_it(late):
    """Search Manual, time ranges and subsearches: modifiers in a search hold for that search."""
    inner = "[| tstats count from datamodel=Change {} by All_Changes.user | fields All_Changes.user]"
    outer = "| tstats count from datamodel=Change where earliest=-7d {} by All_Changes.user"
    narrow = replace(late, earliest=NOW - 3600)
    assert search(outer.format(inner.format("")), narrow).rows == []
    assert len(search(outer.format(inner.format("where earliest=-7d")), narrow).rows) == 2


def test_what_is_not_indexed_yet_is_not_seen(late):
    hidden = replace(late, visible_before=NOW - 86_400)
    assert search("| tstats count from datamodel=Change", hidden).rows == [{"count": "1"}]


def test_a_saved_search_keeps_its_time_range_over_all_time_only(context):
    assert search("| savedsearch lasthour", context).rows == [{"count": "2"}]
    assert search("| from savedsearch:lasthour", context).rows == [{"count": "2"}]
    wider = replace(context, earliest=NOW - 7200)
    assert search("| savedsearch lasthour", wider).rows == [{"count": "3"}]


# --- summaries ----------------------------------------------------------------------------------


def test_an_unaccelerated_model_gives_nothing_and_says_why(context):
    found = search("| tstats summariesonly=t count from datamodel=Change", context)
    assert found.rows == [{"count": "0"}]
    assert any("not accelerated" in message for message in found.messages)


def test_a_backfilled_summary_is_refused(tmp_path, context):
    app = app_with(tmp_path, MODEL, datamodels="[M]\nacceleration = true\n"
                   "acceleration.backfill_time = -1d\n")
    with pytest.raises(SPLError, match="backfill_time"):
        parse("| tstats summariesonly=t count from datamodel=M", app)
    parse("| tstats summariesonly=f count from datamodel=M", app)


def test_a_role_s_filter_over_an_accelerated_model_is_refused(context):
    filtered = replace(context, search_filter="user=ann")
    rows = search("| tstats count from datamodel=Change", filtered).rows
    assert rows == [{"count": "1"}]
    with pytest.raises(SPLError, match="srchFilter"):
        search("| tstats count from datamodel=Authentication", filtered)


# --- prestats -----------------------------------------------------------------------------------

USERS = "| tstats prestats=t count from datamodel=Change by All_Changes.user"


def test_prestats_of_two_models_are_told_apart_by_their_fields(context):
    both = (f"{USERS} | tstats prestats=t append=t dc(Authentication.src)"
            " from datamodel=Authentication by Authentication.user")
    with pytest.raises(SPLError, match=r"did not compute count"):
        search(f"{both} | stats count by All_Changes.user", context)
    rows = search(f"{both} | stats dc(Authentication.src) as n by Authentication.user", context).rows
    assert rows == [{"Authentication.user": "ann", "n": "1"},
                    {"Authentication.user": "bob", "n": "1"}]


@pytest.mark.parametrize(("spl", "words"), [
    (USERS, "comes stats, chart or timechart"),
    (f"{USERS} | stats count by All_Changes.action", "not grouped by 'All_Changes.action'"),
    (f"{USERS} | eventstats count", "comes stats, chart or timechart"),
    (f"{USERS} | stats count(eval(x=1))", "no expressions"),
    ("| tstats prestats=t min(_time) from datamodel=Change by _time span=1h | stats min(_time)",
     "events' own times"),
    ("| makeresults | tstats prestats=t append=t count from datamodel=Change", "goes behind"),
])
def test_what_prestats_cannot_give_is_refused(context, spl, words):
    with pytest.raises(SPLError, match=words):
        search(spl, context)


# --- errors have a place ------------------------------------------------------------------------


@pytest.mark.parametrize(("spl", "place"), [
    ("| tstats count from datamodel=Chang", "Chang"),
    ('| tstats count from datamodel="Change"."Nothing"', '"Change"."Nothing"'),
    ("| tstats count from datamodel=Change by user", "user"),
    ("| tstats dc(All_Changes.usr) from datamodel=Change", "dc(All_Changes.usr)"),
    ("| tstats count from datamodel=Change where x=1", "x=1"),
    ("| tstats count from datamodel=Change where nodename=X.Y", "nodename=X.Y"),
    ("| datamodel Change Nothing", "Nothing"),
    ("| datamodel Change All_Changes find", "find"),
    ("| from dataset:x", "dataset:x"),
    ("| from datamodel:Change.Nothing", "datamodel:Change.Nothing"),
])
def test_an_error_marks_what_is_wrong(context, spl, place):
    with pytest.raises(SPLError) as caught:
        parse(spl, context.app)
    assert spl[caught.value.span.start:caught.value.span.end] == place


# --- the stand-ins of CIM's models ----------------------------------------------------------------


def test_the_lab_has_cim_s_models_of_cloud_data_and_an_app_s_own_goes_before(tmp_path, context):
    (tmp_path / "app" / "default").mkdir(parents=True)
    names = App(tmp_path / "app").datamodel_names()
    assert names == ["Authentication", "Change", "Network_Resolution", "Network_Traffic", "Web"]
    assert "user_group" in context.app.datamodels["Change"].by_name["All_Changes"].own
    assert "user_group" not in App(tmp_path / "app").datamodels["Change"].by_name["All_Changes"].own


@pytest.mark.parametrize("path", sorted(CIM.glob("*.json")), ids=lambda path: path.stem)
def test_every_field_of_a_stand_in_can_be_grouped_by(path, tmp_path, context):
    (tmp_path / "default").mkdir()
    (tmp_path / "default" / "macros.conf").write_text(
        f"[cim_{path.stem}_indexes]\ndefinition = index=changes\n")
    app = App(tmp_path)
    for item in app.datamodels[path.stem].objects:
        fields = [name for one in app.datamodels[path.stem].line(item)
                  for name in (f"{one.lineage}.{field}" for field in one.own)]
        root = item.lineage.partition(".")[0]
        found = search(f"| tstats count from datamodel={path.stem}.{root} where"
                       f" nodename={item.lineage} by {' '.join(fields)}",
                       replace(context, app=app))
        assert found.rows == []


def test_the_macros_of_cim_give_its_models_their_indexes(tmp_path, context):
    (tmp_path / "default").mkdir()
    for name, text in {
            "macros": "[cim_Change_indexes]\ndefinition = index=changes\n",
            "eventtypes": "[all]\nsearch = index=changes sourcetype=change\n",
            "tags": "[eventtype=all]\nchange = enabled\n"}.items():
        (tmp_path / "default" / f"{name}.conf").write_text(text)
    rows = search("| tstats count from datamodel=Change by All_Changes.action",
                  replace(context, app=App(tmp_path))).rows
    assert {row["All_Changes.action"]: row["count"] for row in rows} == {
        "created": "2", "deleted": "1", "unknown": "1"}
