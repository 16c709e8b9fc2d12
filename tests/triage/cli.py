"""Commands of az and gcloud, read as those programs read them and held to their references.

The references are in cli_reference.yaml. `problems` of a filled command is what the program would
refuse before it sends anything, and what it would take from whoever runs it: the subscription, the
project or the zone that is not named. A word in angle brackets stands for a value not known yet.
"""

from __future__ import annotations

import pathlib
import re
import shlex

import yaml

REFERENCE = yaml.safe_load(pathlib.Path(__file__).with_name("cli_reference.yaml").read_text())
KINDS = ("none", "one", "maybe", "several")
UNKNOWN = re.compile(r"<[a-z-]+>")
ARM = r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.[a-z]+(/[^/]+/[^/]+)+"
# How the values of an option have to look, where the reference says it in prose.
FORMS = {
    "--ids": ARM,
    "--resource": ARM,
    "--source": ARM,
    "--identities": rf"\[system\]|{ARM}",
    "--network-security-group": rf"null|{ARM}",
    "--priority": "[0-9]{1,5}",
    "--instance-id": "[0-9]+",
    "--instance-ids": "[0-9]+",
    "--zone": "[a-z]+-[a-z]+[0-9]+-[a-z]",
    "--region": "[a-z]+-[a-z]+[0-9]+",
    "--project": r"([a-z0-9.-]+:)?[a-z][a-z0-9-]*",
    "--tags": "[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
    "--target-tags": "[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
    "--snapshot-names": "[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
    "--network": "projects/[^/]+/global/networks/[^/]+",
    "--member": r"user:[^@]+@[^@]+|principal://.+",
}
# The directory has no subscription, and what asks who is signed in has no place at all.
ANYWHERE = ("az ad ", "az rest", "az account ", "az login", "gcloud auth ", "gcloud projects ")


def path_of(words):
    """The longest beginning of the words that is a command of the reference, or None."""
    for length in range(len(words), 1, -1):
        if " ".join(words[:length]) in REFERENCE:
            return " ".join(words[:length])
    return None


def kind_of(path, option):
    """How many values an option takes, or None where the command has no such option."""
    program = path.split()[0]
    names = [option]
    if program == "gcloud" and option.startswith("--no-"):
        names.append(option.replace("--no-", "--", 1))
    for entry in (REFERENCE[path], REFERENCE[program]):
        for kind in KINDS:
            for name in names:
                if name in entry.get(kind, ()) and (name == option or kind == "none"):
                    return kind
    return None


def parsed(path, words):
    """(words without an option, option -> its values) of what follows the command's name."""
    loose, given, last = [], {}, None
    for word in words:
        if word.startswith("--"):
            last, equals, value = word.partition("=")
            assert last not in given, f"{last} is given twice"
            given[last] = [value] if equals else []
            if path.startswith("gcloud") and (equals or kind_of(path, last) != "one"):
                last = None
        elif last:
            given[last].append(word)
        else:
            loose.append(word)
    return loose, given


def problems(line):
    """What is wrong with a command, in words; empty where nothing is."""
    words = shlex.split(line)
    path = path_of(words)
    if not path:
        return [f"{line}: no such command in the reference"]
    entry = REFERENCE[path]
    loose, given = parsed(path, words[len(path.split()) :])
    found = list(_of_options(path, given))
    wanted = entry.get("positionals", 0)
    if (wanted == "several" and not loose) or (wanted != "several" and len(loose) != wanted):
        found.append(f"{len(loose)} words without an option, not {wanted}: {loose}")
    needs = entry.get("needs", [[]])
    if not any(set(need) <= set(given) for need in needs):
        found.append(f"needs {needs}")
    return [f"{path}: {one}" for one in found + _of_place(path, entry, given)]


def _of_options(path, given):
    allowed = REFERENCE[path].get("values", {}) | REFERENCE[path.split()[0]].get("values", {})
    counts = {"none": (0, 0), "one": (1, 1), "maybe": (0, 1), "several": (1, 99)}
    for option, values in given.items():
        kind = kind_of(path, option)
        if not kind:
            yield f"no option {option}"
            continue
        least, most = counts[kind]
        if not least <= len(values) <= most or not all(values):
            yield f"{option} takes {kind}, not {values}"
        for value in values:
            if UNKNOWN.search(value):
                continue
            if option in allowed and value not in allowed[option]:
                yield f"{option} cannot be {value}"
            if option in FORMS and not re.fullmatch(FORMS[option], value, re.IGNORECASE):
                yield f"{option} has not the form of {value}"


def _of_place(path, entry, given):
    """What would be taken from the configuration of whoever runs the command."""
    if f"{path} ".startswith(ANYWHERE):
        return []
    if path.startswith("az "):
        placed = {"--subscription", "--ids", "--resource"} & set(given)
        return [] if placed else ["names no subscription"]
    missing = [] if "--project" in given else ["names no project"]
    if "--zone" in entry.get("one", ()) and not {"--zone", "--region"} & set(given):
        missing.append("names no zone")
    return missing
