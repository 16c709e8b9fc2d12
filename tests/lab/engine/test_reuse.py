"""What one search leaves for the next in a process is never its rows, functions or knowledge."""

from __future__ import annotations

import pytest

from lab.app import App
from lab.engine import database
from lab.engine.session import Session
from lab.spl import remembered
from lab.spl.errors import SPLError
from lab.spl.parse import parse


@pytest.fixture
def alone(monkeypatch):
    """No database is ready: the searches of a test take turns in one."""
    monkeypatch.setattr(database, "_free", [])


def made(bench, spl: str) -> list:
    return [row.get("x") for row in bench.rows(f"| makeresults | {spl}")]


def test_functions_made_for_one_search_are_not_those_of_the_next(alone, bench):
    assert made(bench, 'eval x="a,b;c" | makemv delim="," x') == [["a", "b;c"]]
    assert made(bench, 'eval x="a,b;c" | makemv delim=";" x') == [["a,b", "c"]]
    assert made(bench, 'eval x="abab" | rex field=x mode=sed "s/a/1/g"') == ["1b1b"]
    assert made(bench, 'eval x="abab" | rex field=x mode=sed "s/b/2/g"') == ["a2a2"]
    assert len(database._free) == 1


def test_a_search_that_fails_leaves_nothing_behind(alone, bench):
    with pytest.raises(SPLError):
        bench.rows('| makeresults | eval x=split("a b", " ") | eval y=x+1 | where y>0')
    assert made(bench, 'eval x="left"') == ["left"]
    [kept] = database._free
    session = Session(bench.context())
    assert session.database is kept
    assert session.fetch("SELECT count(*) FROM duckdb_tables()") == [(0,)]
    assert session.fetch("SELECT count(*) FROM duckdb_views() WHERE NOT internal") == [(0,)]
    session.close()


def test_many_rows_get_all_cores_for_that_search_alone(alone, bench):
    used = []
    narrow = database.Database.narrow

    def seen(self):
        used.append(self._is_wide)
        narrow(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database.Database, "narrow", seen)
        bench.rows(f"| makeresults count={database.MANY_ROWS} | stats count")
        bench.rows("| makeresults count=10 | stats count")
    assert used == [True, False]
    session = Session(bench.context())
    assert session.fetch("SELECT current_setting('threads')") == [(1,)]
    session.close()


def test_searches_within_one_another_have_databases_of_their_own(alone, bench):
    first, second = Session(bench.context()), Session(bench.context())
    first.execute("CREATE TEMP TABLE m1 AS SELECT 1 AS a")
    second.execute("CREATE TEMP TABLE m1 AS SELECT 2 AS a")
    assert first.database is not second.database
    assert first.fetch("SELECT a FROM m1") == [(1,)]
    first.close()
    second.close()


def test_no_more_databases_are_kept_than_were_meant(alone, bench):
    sessions = [Session(bench.context()) for _ in range(database.KEPT + 2)]
    for session in sessions:
        session.close()
    assert len(database._free) == database.KEPT


def edit(bench, conf: str, text: str) -> None:
    (bench.app.path / "default" / f"{conf}.conf").write_text(text)
    bench.app = App(bench.app.path)


def test_an_edited_macro_is_the_one_that_the_next_search_sees(bench):
    edit(bench, "macros", "[inner]\ndefinition = \"one\"\n[outer]\ndefinition = `inner`\n")
    assert made(bench, "eval x=`outer`") == ["one"]
    assert made(bench, "eval x=`outer`") == ["one"]
    edit(bench, "macros", "[inner]\ndefinition = \"two\"\n[outer]\ndefinition = `inner`\n")
    assert made(bench, "eval x=`outer`") == ["two"]
    edit(bench, "macros", "")
    with pytest.raises(SPLError, match="unknown macro `outer`"):
        made(bench, "eval x=`outer`")


def test_an_edited_saved_search_is_the_one_that_the_next_search_sees(bench):
    for value in ("one", "two"):
        edit(bench, "savedsearches", f"[made]\nsearch = | makeresults | eval x=\"{value}\"\n")
        assert [row["x"] for row in bench.rows("| savedsearch made")] == [value]


def test_an_edited_lookup_is_the_one_that_the_next_search_sees(bench):
    spl = 'eval command="Run" | lookup kinds command OUTPUT kind AS x'
    assert made(bench, spl) == ["create"]
    file = bench.app.path / "lookups" / "kinds.csv"
    file.write_text("command,kind\nRun,changed\n")
    assert made(bench, spl) == ["changed"]
    edit(bench, "transforms", "[kinds]\nfilename = other.csv\n")
    (bench.app.path / "lookups" / "other.csv").write_text("command,kind\nRun,another\n")
    edit(bench, "props", "")
    assert made(bench, spl) == ["another"]


def test_a_written_row_of_a_collection_is_seen_by_the_next_search(bench):
    spl = 'eval id="a" | lookup store id OUTPUT n AS x'
    bench.home.kv.collection("store").upsert_many([{"_key": "k", "id": "a", "n": 1}])
    assert made(bench, spl) == ["1"]
    assert made(bench, spl) == ["1"]
    bench.home.kv.collection("store").upsert_many([{"_key": "k", "id": "a", "n": 2}])
    assert made(bench, spl) == ["2"]
    edit(bench, "transforms", "[store]\nexternal_type = kvstore\ncollection = store\n"
         "fields_list = _key, id, names, n\n")
    edit(bench, "props", "")
    assert bench.search("| inputlookup store").fields == ["_key", "id", "names", "n"]
    bench.home.kv.collection("store").delete()
    assert made(bench, spl) == [None]


def test_no_more_parsed_searches_are_kept_than_were_meant(bench):
    for number in range(remembered.KEPT + 5):
        parse(f"| makeresults | eval x={number}", bench.app)
    assert len(remembered._kept) == remembered.KEPT
