"""Write what the inputs declare where Splunk and admins read it.

    python tools/render_inputs.py           write README/inputs.conf.spec, default/inputs.conf and
                                            docs/permissions.md
    python tools/render_inputs.py --check   tell which of them differs, and fail

Every bin/<input>.py says once what its arguments, defaults and permissions are.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bin"))

from ciw.declare import Argument, Permission, Source
from ciw.main import common_arguments

PYTHON = ("python.version = python3", "python.required = 3.9,3.13", "start_by_shell = false")
TYPES = {"integer": "<integer>", "boolean": "<boolean>", "list": "<list>", "text": "<string>"}


def sources() -> list[Source]:
    """The declarations of all inputs, by name."""
    found = []
    for provider in ("aws", "azure", "gcp"):
        for path in sorted((ROOT / "bin").glob(provider + "_*.py")):
            spec = importlib.util.spec_from_file_location(path.stem, path)
            module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            found.append(module.SOURCE)
    return found


def specification(inputs: list[Source]) -> str:
    lines = [
        "# The arguments of the app's modular inputs. The standard settings of an input (interval,",
        "# index, host, disabled) are Splunk's own. An input runs until there is nothing left to",
        "# read, ends, and is started again by splunkd after `interval` seconds.",
        "# Made by tools/render_inputs.py from the declarations in bin/.",
    ]
    for source in inputs:
        lines += ["", f"[{source.name}://<name>]", *_bullet(source.description)]
        for argument in (*source.arguments, *common_arguments(source)):
            lines += ["", *_argument(argument)]
    return "\n".join(lines) + "\n"


def _argument(argument: Argument) -> list[str]:
    kind = " | ".join(argument.choices) if argument.choices else TYPES[argument.kind]
    lines = [f"{argument.name} = {kind}", *_bullet(argument.help)]
    if argument.minimum is not None:
        lines += _bullet(f"From {argument.minimum} to {argument.maximum}")
    if argument.required:
        return [*lines, "* Required."]
    return [*lines, f"* Default: {argument.default or 'empty'}"]


def _bullet(text: str) -> list[str]:
    text = text if text.endswith(".") else text + "."
    return textwrap.wrap(
        text, 98, initial_indent="* ", subsequent_indent="  ", break_on_hyphens=False
    )


def defaults(inputs: list[Source]) -> str:
    lines = [
        "# Defaults of the app's modular inputs. No input is shipped: each is made by an admin.",
        "# What every argument means is in README/inputs.conf.spec; both are made by",
        "# tools/render_inputs.py from the declarations in bin/.",
    ]
    for source in inputs:
        lines += ["", f"[{source.name}]", *PYTHON]
        lines += [f"interval = {source.interval}", f"index = {source.index}"]
        if len(source.sourcetypes) == 1:
            lines.append(f"sourcetype = {source.sourcetypes[0]}")
        lines += [
            f"{argument.name} = {argument.default}"
            for argument in (*source.arguments, *common_arguments(source))
            if argument.default
        ]
    return "\n".join(lines) + "\n"


def permissions(inputs: list[Source]) -> str:
    lines = [
        "# What each input may do in the cloud",
        "",
        "Made by `tools/render_inputs.py` from the declarations in `bin/`; the tests compare them",
        "with what the inputs really call. Grant nothing else. `*` in a policy stands for what the",
        "table names: put your own resources there where the cloud allows it.",
    ]
    for source in inputs:
        lines += ["", f"## {source.name}", "", source.description, ""]
        lines += ["| action | on | why |", "|---|---|---|"]
        lines += [f"| `{p.action}` | {p.resource} | {p.why} |" for p in source.permissions]
        for title, document in _policies(source):
            text = document if isinstance(document, str) else json.dumps(document, indent=2)
            lines += ["", f"{title}:", "", "```", text, "```"]
    return "\n".join(lines) + "\n"


def _policies(source: Source) -> list[tuple[str, Any]]:
    provider = source.name.partition("_")[0]
    return {"aws": _aws, "azure": _azure, "gcp": _google}[provider](source, source.permissions)


def _aws(source: Source, granted: tuple[Permission, ...]) -> list[tuple[str, Any]]:
    statement = {
        "Sid": source.name.title().replace("_", ""),
        "Effect": "Allow",
        "Action": sorted({permission.action for permission in granted}),
        "Resource": "*",
    }
    return [("IAM policy", {"Version": "2012-10-17", "Statement": [statement]})]


def _azure(source: Source, granted: tuple[Permission, ...]) -> list[tuple[str, Any]]:
    def of(kind: str) -> list[str]:
        return sorted({permission.action for permission in granted if permission.kind == kind})

    documents: list[tuple[str, Any]] = []
    if of("action") or of("data"):
        role = {
            "Name": "Cloud Instance Watch " + source.name,
            "IsCustom": True,
            "Description": source.description,
            "Actions": of("action"),
            "NotActions": [],
            "DataActions": of("data"),
            "NotDataActions": [],
            "AssignableScopes": ["/subscriptions/00000000-0000-0000-0000-000000000000"],
        }
        documents.append(("Azure custom role", role))
    if of("graph"):
        text = "\n".join(of("graph"))
        documents.append(("Application permissions of Microsoft Graph, with admin consent", text))
    return documents


def _google(source: Source, granted: tuple[Permission, ...]) -> list[tuple[str, Any]]:
    lines = [
        "title: Cloud Instance Watch " + source.name,
        "description: " + source.description,
        "stage: GA",
        "includedPermissions:",
        *sorted({f"- {permission.action}" for permission in granted}),
    ]
    return [("Google Cloud custom role", "\n".join(lines))]


def rendered() -> dict[str, str]:
    """The files by their path in the repository."""
    inputs = sources()
    return {
        "README/inputs.conf.spec": specification(inputs),
        "default/inputs.conf": defaults(inputs),
        "docs/permissions.md": permissions(inputs),
    }


def main() -> int:
    differing = []
    for name, text in rendered().items():
        path = ROOT / name
        if not path.is_file() or path.read_text("utf-8") != text:
            differing.append(name)
            if "--check" not in sys.argv[1:]:
                path.write_text(text, "utf-8")
    for name in differing:
        print(name, "differs from the declarations" if "--check" in sys.argv[1:] else "written")
    return 1 if differing and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
