"""Every setting in default/ is one that Splunk's spec files or the app's own spec name."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lab import conf
from tests.contract import repository
from tests.contract.repository import DEFAULT, ROOT, input_arguments, place, read, report

SETTINGS = json.loads((Path(__file__).parent / "splunk_settings.json").read_text("utf-8"))["confs"]

PYTHON = {"python.version": "python3", "python.required": "3.9,3.13"}

# Names that take the place of <capability> and <tag> in the spec: any word would match those.
WORD = r"[A-Za-z_]\w*"


def matches(form: str, text: str) -> bool:
    """Whether `text` is an instance of the spec's `form`, in which <...> stands for any text."""
    parts = re.split(r"(<[^>]*>)", form)
    pattern = "".join(
        part if not part.startswith("<") else WORD if part in ("<capability>", "<tag1>") else ".+"
        for part in (p if p.startswith("<") else re.escape(p) for p in parts)
    )
    return re.fullmatch(pattern, text) is not None


def settings_of(name: str, stanza: str) -> list[str] | None:
    """Settings that Splunk takes in this stanza of <name>.conf; None when it knows no such one."""
    allowed = [keys for form, keys in SETTINGS[name].items() if matches(form, f"[{stanza}]")]
    return [key for keys in allowed for key in keys] if allowed else None


def own_settings(name: str, stanza: str) -> set[str]:
    """Settings that the app itself defines for this stanza, by README/*.conf.spec."""
    if name != "inputs":
        return set()
    return set(input_arguments().get(stanza.partition("://")[0], {}))


@pytest.mark.parametrize("name", repository.conf_names())
def test_every_setting_is_known(name):
    if name not in SETTINGS:
        pytest.fail(
            f"default/{name}.conf: tests/contract/splunk_settings.json has no settings of it"
        )
    try:
        stanzas = read(name)
    except conf.ConfError as error:
        pytest.fail(str(error))
    problems = []
    for stanza in stanzas.values():
        if stanza.name == "default":
            problems.append(f"{place(stanza)}: [default] would reach beyond this app")
            continue
        known = settings_of(name, stanza.name)
        if known is None:
            problems.append(f"{place(stanza)}: Splunk's spec has no stanza like [{stanza.name}]")
            continue
        own = own_settings(name, stanza.name)
        problems += [
            f"{place(stanza, key)}: [{stanza.name}] {key} is in no spec"
            for key in stanza.settings
            if key not in own and not any(matches(form, key) for form in known)
        ]
    report(problems)


def test_every_python_stanza_names_both_interpreters():
    """Python stanzas: schemes of modular inputs and scripts of REST endpoints or lookups."""
    stanzas = [s for s in read("inputs").values() if "://" not in s.name]
    stanzas += [s for s in read("restmap").values() if s.name.startswith("script:")]
    stanzas += [s for s in read("transforms").values() if "external_cmd" in s.settings]
    stanzas += list(read("commands").values()) + list(read("alert_actions").values())
    report(
        [
            f"{place(stanza, key)}: [{stanza.name}] needs {key} = {value}"
            for stanza in stanzas
            for key, value in PYTHON.items()
            if stanza.get(key) != value
        ]
    )


def scheme_arguments(script: Path) -> set[str]:
    """Names of the arguments that an input declares in its scheme."""
    done = subprocess.run(
        [sys.executable, "-B", str(script), "--scheme"],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return {arg.get("name") for arg in ElementTree.fromstring(done.stdout).iter("arg")}


def test_inputs_and_their_spec_name_the_same_arguments():
    """The scheme, README/inputs.conf.spec and default/inputs.conf tell one story."""
    specified = input_arguments()
    inputs = read("inputs")
    problems = []
    for name in sorted({s.partition("://")[0] for s in inputs} | set(specified)):
        script = ROOT / "bin" / f"{name}.py"
        if not script.is_file():
            problems.append(
                f"default/inputs.conf or its spec names {name}, but bin/{name}.py is not there"
            )
            continue
        if name not in inputs:
            problems.append(f"default/inputs.conf: no stanza [{name}]")
        declared = scheme_arguments(script) - {"name"}
        written = set(specified.get(name, {}))
        general = set(settings_of("inputs", name) or ())
        problems += [
            f"README/inputs.conf.spec: [{name}://<name>] lacks {argument}"
            for argument in sorted(declared - written)
        ]
        problems += [
            f"README/inputs.conf.spec:{specified[name][argument]}: the scheme of {name} "
            f"declares no {argument}"
            for argument in sorted(written - declared - general)
        ]
    report(problems)


def test_every_input_script_has_a_stanza():
    """A script in bin/ that answers --scheme is an input; one without a stanza never runs."""
    scripts = [path for path in (ROOT / "bin").glob("*.py") if path.stem != "triage_rest"]
    report(
        [
            f"bin/{path.name}: default/inputs.conf has no stanza [{path.stem}]"
            for path in sorted(scripts)
            if path.stem not in read("inputs")
        ]
    )


def test_metadata_names_what_is_there():
    """metadata/default.meta: every stanza's category is one of the app's, every object exists."""
    path = ROOT / "metadata" / "default.meta"
    problems = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        header = re.fullmatch(r"\[(\w+)/(.+)\]", line.strip())
        if not header:
            continue
        category, name = header[1], header[2].replace("%3D", "=")
        if category == "views":
            there = (DEFAULT / "data" / "ui" / "views" / f"{name}.xml").is_file()
        else:
            there = name in read(category)
        if not there:
            problems.append(f"metadata/default.meta:{number}: {category} has no {name}")
    report(problems)


def test_navigation_opens_views_that_exist():
    nav = ElementTree.parse(DEFAULT / "data" / "ui" / "nav" / "default.xml")
    views = DEFAULT / "data" / "ui" / "views"
    report(
        [
            f"default/data/ui/nav/default.xml: no view {view.get('name')}"
            for view in nav.iter("view")
            if view.get("name") != "search" and not (views / f"{view.get('name')}.xml").is_file()
        ]
    )


def test_a_setting_that_no_spec_names_is_found():
    assert settings_of("props", "aws:cloudtrail") is not None
    assert not any(matches(form, "EXTRACTX") for form in settings_of("props", "aws:cloudtrail"))
    assert any(matches(form, "EXTRACT-a b") for form in settings_of("props", "aws:cloudtrail"))
    assert settings_of("web", "settings") is None


@pytest.mark.parametrize("tool", ["render_inputs.py", "render_scenarios.py"])
def test_what_is_declared_is_written_down(tool):
    """inputs.conf, its spec, the permissions and the table of scenarios are rendered."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / tool), "--check"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr + f"run tools/{tool}"
