"""Lookup tables as inputlookup and outputlookup see them."""

import pytest

from lab.home import Home
from lab.lookups import UnknownLookup, read, write_outputlookup
from lab.spl.errors import SPLError
from lab.spl.nodes import Outputlookup


@pytest.fixture
def place(tmp_path):
    app = tmp_path / "app"
    (app / "default").mkdir(parents=True)
    (app / "lookups").mkdir()
    (app / "lookups" / "nets.csv").write_text("src,label\n192.0.2.0/24,office\n,unnamed\n")
    (app / "default" / "collections.conf").write_text("[c]\nfield.n = number\n")
    (app / "default" / "transforms.conf").write_text(
        "[nets]\nfilename = nets.csv\n"
        "[kv]\nexternal_type = kvstore\ncollection = c\nfields_list = _key, name, n, ids\n"
    )
    home = Home(tmp_path / "home")
    return home, home.app(app)


def output(place, table, rows, fields=None, **options):
    home, app = place
    fields = fields or sorted({name for row in rows for name in row})
    return write_outputlookup(home, app, Outputlookup(table, **options), fields, rows)


def test_an_empty_cell_is_null(place):
    assert read(*place, "nets").rows == [
        {"src": "192.0.2.0/24", "label": "office"},
        {"label": "unnamed"},
    ]
    assert read(*place, "nets.csv").fields == ["src", "label"]


def test_the_homes_csv_goes_before_the_apps(place):
    home, app = place
    (home.lookups_dir / "nets.csv").write_text("src,label\n198.51.100.0/24,lab\n")
    assert read(home, app, "nets").rows[0]["label"] == "lab"


def test_unknown_tables_are_named(place):
    with pytest.raises(UnknownLookup, match="'nowhere'"):
        read(*place, "nowhere")
    with pytest.raises(UnknownLookup, match="lookups/gone.csv"):
        read(*place, "gone.csv")


def test_a_csv_is_replaced_and_the_apps_file_stays(place):
    output(place, "nets", [{"src": "a", "label": "b"}])
    assert read(*place, "nets").rows == [{"src": "a", "label": "b"}]
    assert "office" in (place[1].path / "lookups" / "nets.csv").read_text()


def test_appending_keeps_the_header(place):
    output(place, "nets", [{"src": "a", "extra": "no"}], append=True)
    table = read(*place, "nets")
    assert table.fields == ["src", "label"]
    assert len(table.rows) == 3 and table.rows[2] == {"src": "a"}


@pytest.mark.parametrize(
    "options, rows",
    [
        ({}, None),
        ({"create_empty": True}, 0),
        ({"override_if_empty": False}, 2),
        ({"append": True}, 2),
    ],
)
def test_an_empty_result(place, options, rows):
    output(place, "nets", [], fields=["src"], **options)
    if rows is None:
        with pytest.raises(UnknownLookup):
            read(*place, "nets")
        output(place, "nets", [{"src": "back"}])
        assert read(*place, "nets").rows == [{"src": "back"}]
    else:
        assert len(read(*place, "nets").rows) == rows


def test_multivalues_survive_a_csv(place):
    row = {"a": ["x;y", "$z", "line\nfeed"], "b": "one"}
    output(place, "m.csv", [row, {"a": "single"}], output_format="splunk_mv_csv")
    assert read(*place, "m.csv").rows == [row, {"a": "single"}]


def test_multivalues_become_one_value_in_a_csv_by_default(place):
    output(place, "m.csv", [{"a": ["x", "y"]}])
    assert read(*place, "m.csv").rows == [{"a": "x y"}]


def test_a_collection_with_key_field(place):
    output(
        place,
        "kv",
        [{"name": "x", "n": "1.50", "ids": ["i-1", "i-2"], "other": "dropped"}],
        key_field="name",
        append=True,
    )
    assert place[0].kv.collection("c").get("x") == {
        "_key": "x",
        "_user": "nobody",
        "name": "x",
        "n": 1.5,
        "ids": ["i-1", "i-2"],
    }
    output(place, "kv", [{"name": "x", "n": "2"}], key_field="name", append=True)
    assert read(*place, "kv").rows == [{"_key": "x", "name": "x", "n": "2"}]
    output(
        place,
        "kv",
        [{"name": "x", "n": "3"}, {"name": "y"}],
        key_field="name",
        append=True,
        allow_updates=False,
    )
    assert [row["_key"] for row in read(*place, "kv").rows] == ["x", "y"]
    assert read(*place, "kv").rows[0]["n"] == "2"


def test_a_collection_is_replaced_or_emptied_by_default(place):
    output(place, "kv", [{"name": "x"}, {"name": "y"}])
    output(place, "kv", [{"name": "z"}])
    assert [row["name"] for row in read(*place, "kv").rows] == ["z"]
    output(place, "kv", [], fields=["name"])
    assert read(*place, "kv").rows == []


def test_key_field_on_a_csv_is_refused(place):
    with pytest.raises(SPLError, match="key_field"):
        output(place, "nets", [{"src": "a"}], key_field="src", append=True)
