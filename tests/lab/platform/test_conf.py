"""The .conf reader and the App made of it."""

from pathlib import Path

import pytest

from lab.app import App
from lab.conf import ConfError, layered, read


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_continued_lines_keep_their_line_feed_and_comments_go(tmp_path):
    conf = read(
        write(tmp_path / "a.conf", "# top\n[one]\nsearch = index=x \\\n| stats count\n#no = 1\n")
    )
    assert conf["one"].settings == {"search": "index=x \n| stats count"}


@pytest.mark.parametrize(
    "text, says",
    [
        ("[a]\nx = 1\nx = 2\n", "a.conf:3: [a] sets x a second time"),
        ("[a]\nx = 1\n[a]\ny = 2\n", "a.conf:3: stanza [a] stands here a second time"),
        ("[a]\nnonsense\n", "a.conf:2: neither a stanza"),
        ("[a\n", "a.conf:1: the stanza header"),
        ("[a]\nx = 1 \\ \ny = 2\n", "a.conf:2: blanks after the backslash"),
        ("[a]\nx = 1 \\\n", "the file ends inside a continued line"),
    ],
)
def test_malformed_files_are_named_with_their_line(tmp_path, text, says):
    with pytest.raises(ConfError) as caught:
        read(write(tmp_path / "a.conf", text))
    assert says in str(caught.value)


def test_the_upper_layer_wins_setting_by_setting(tmp_path):
    low = write(tmp_path / "default" / "a.conf", "[s]\nx = 1\ny = 1\n")
    high = write(tmp_path / "local" / "a.conf", "[s]\ny = 2\n[default]\nz = 3\n")
    conf = layered([low, high])
    assert conf["s"].settings == {"x": "1", "y": "2", "z": "3"}
    assert conf["s"].where("y").endswith("local/a.conf:2")


@pytest.fixture
def app(tmp_path):
    confs = {
        "app": "[package]\nid = demo_app\n",
        "props": "[aws:cloudtrail]\nKV_MODE = json\nTRUNCATE = 1\n"
        "[source::.../x/*.json]\nTRUNCATE = 2\n[host::web*]\nTRUNCATE = 3\nTZ = UTC\n",
        "macros": "[two(2)]\nargs = a, b\ndefinition = $a$ $b$\n[plain]\ndefinition = index=x\n",
        "savedsearches": "[later]\nsearch = a\n[first]\nsearch = b\nenableSched = 1\n"
        "cron_schedule = */5 * * * *\ndispatch.index_earliest = -5m\n",
        "transforms": "[kv]\nexternal_type = kvstore\ncollection = c\nfields_list = _key, a, b\n"
        "[wild]\nfilename = w.csv\nmatch_type = WILDCARD(user), CIDR(src)\n"
        "case_sensitive_match = false\nmax_matches = 5\n",
        "collections": "[c]\nfield.a = number\nenforceTypes = true\n",
        "eventtypes": "[change]\nsearch = index=x\n",
        "tags": "[eventtype=change]\nchange = enabled\ninstance = enabled\nold = disabled\n",
        "indexes": "[ops]\n[m]\ndatatype = metric\n",
        "authorize": "[role_low]\nsee = enabled\n[role_high]\nimportRoles = low;user\ndo = enabled\n",
    }
    for name, text in confs.items():
        write(tmp_path / "app" / "default" / f"{name}.conf", text)
    return App(tmp_path / "app")


def test_source_beats_host_beats_sourcetype(app):
    found = dict(app.props("aws:cloudtrail", "/in/x/a.json", "web1"))
    assert found == {"KV_MODE": "json", "TRUNCATE": "2", "TZ": "UTC"}
    assert dict(app.props("aws:cloudtrail", "/in/x/y/a.json", "db"))["TRUNCATE"] == "1"


def test_objects_of_the_app(app):
    assert app.name == "demo_app"
    assert app.macro("two", 2).arguments == ("a", "b")
    assert app.macro("two", 1) is None
    assert list(app.saved_searches) == ["later", "first"]
    assert app.saved_searches["first"].index_earliest == "-5m"
    assert app.saved_search("nowhere") is None
    assert app.lookups["kv"].fields_list == ("_key", "a", "b")
    assert app.lookups["wild"].match_type == {"user": "wildcard", "src": "cidr"}
    assert app.lookups["wild"].max_matches == 5
    assert app.eventtypes["change"].tags == ("change", "instance")
    assert app.indexes["m"].datatype == "metric"
    assert app.indexes["ops"].datatype == "event"
    assert {"see", "do", "search"} <= app.roles["high"].capabilities


def test_a_lookup_on_an_unknown_collection_is_named(app):
    write(
        app.path / "default" / "transforms.conf",
        "[kv]\nexternal_type = kvstore\ncollection = nope\nfields_list = a\n",
    )
    with pytest.raises(ConfError, match=r"transforms.conf:3: lookup \[kv\] names the collection"):
        _ = App(app.path).lookups
