"""A small app made of pieces of .conf files, and what one rule finds in it."""

from __future__ import annotations

from pathlib import Path

from lab.app import App
from lab.lint.check import findings
from lab.lint.finding import Finding

BASE = {
    "default/app.conf": "[package]\nid = small\n",
    "default/collections.conf": "[people]\n",
    "default/transforms.conf": (
        "[people]\nexternal_type = kvstore\ncollection = people\nfields_list = _key, user, team\n\n"
        "[places]\nfilename = places.csv\nmatch_type = CIDR(net)\n\n"
        "[names]\nfilename = names.csv\nmax_matches = 1\n"),
    "default/macros.conf": (
        "[terms]\ndescription = d\ndefinition = index=a x=1\n\n"
        "[rows]\ndescription = d\ndefinition = tstats count WHERE index=a BY host\n"),
    "default/savedsearches.conf": (
        "[uses]\nsearch = | `rows`\ndispatch.earliest_time = -1h\ndispatch.latest_time = now\n\n"
        "[uses_too]\nsearch = `terms` | head 1\ndispatch.earliest_time = -1h\n"
        "dispatch.latest_time = now\n"),
    "lookups/places.csv": "net,city\n10.0.0.0/8,Ulm\n",
    "lookups/names.csv": "user,name\na,Ada\n",
}
SAVED = "[example]\nsearch = {search}\ndispatch.earliest_time = -1h\ndispatch.latest_time = now\n"
STUDIO = """<dashboard version="2"><label>x</label><definition><![CDATA[{}]]></definition></dashboard>
"""


def small_app(folder: Path, example: dict[str, str] | str) -> App:
    """`example` is a search (of the saved search `example`), or texts by file; `view` is the JSON of
    a Dashboard Studio definition, `simple` Simple XML."""
    files = dict(BASE)
    if isinstance(example, str):
        example = {"search": example}
    for name, text in example.items():
        if name == "search":
            files["default/savedsearches.conf"] += "\n" + SAVED.format(
                search=text.strip().replace("\n", "\\\n"))
        elif name == "view":
            files["default/data/ui/views/page.xml"] = STUDIO.format(text)
        elif name == "simple":
            files["default/data/ui/views/page.xml"] = text
        elif name == "meta":
            files["metadata/default.meta"] = text
        else:
            path = f"default/{name}.conf"
            files[path] = files.get(path, "") + "\n" + text
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return App(folder)


def found(folder: Path, example: dict[str, str] | str, rule: str) -> list[Finding]:
    return [one for one in findings(small_app(folder, example)) if one.rule.id == rule]
