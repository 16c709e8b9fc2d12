"""props.conf: what reads a later step's output, and what a vendor add-on overwrites."""

from __future__ import annotations

import configparser
import re

from lab.engine.functions.multivalue import field_names
from lab.engine.rules import SPATH_MARK, Rules, rules_for
from lab.lint.finding import Hit
from lab.lint.flow import group_names
from lab.lint.rules.base import Found
from lab.lint.subjects import place_of
from lab.spl.errors import SPLError

OWN_CLASS = re.compile(r"(?:LOOKUP|FIELDALIAS|EXTRACT|REPORT)-(.+)")


def _stanzas(context):
    """(stanza, its rules by themselves); those of source:: and host:: count like a source type."""
    for stanza in context.app.conf("props").values():
        name = stanza.name
        try:
            yield stanza, rules_for(context.app, name, name.removeprefix("source::"),
                                    name.removeprefix("host::"))
        except SPLError:
            continue


def does_not_parse(context) -> Found:
    for stanza in context.app.conf("props").values():
        try:
            rules_for(context.app, stanza.name, "", "")
        except SPLError as error:
            yield place_of(context.app, "props", stanza.name, stanza, error.construct), Hit(
                error.message)


def _lookup_outputs(rules: Rules, context) -> set[str]:
    found = set()
    for lookup in rules.lookups:
        outputs = [one.event_field for one in lookup.outputs]
        found |= set(outputs or context.knowledge.columns(lookup.table) or ())
        found -= {one.event_field for one in lookup.inputs}
    return found


def _eval_reads(expression) -> set[str]:
    return {name for name in field_names(expression) if not name.startswith(SPATH_MARK)}


def eval_reads_lookup(context) -> Found:
    for stanza, rules in _stanzas(context):
        late = _lookup_outputs(rules, context)
        for name, expression in rules.evals:
            for field in sorted(_eval_reads(expression) & late):
                yield place_of(context.app, "props", stanza.name, stanza, f"EVAL-{name}"), Hit(
                    f"EVAL-{name} reads {field}, which a LOOKUP- gives later")


def eval_reads_eval(context) -> Found:
    for stanza, rules in _stanzas(context):
        made = {name for name, _ in rules.evals}
        for name, expression in rules.evals:
            for field in sorted((_eval_reads(expression) & made) - {name}):
                yield place_of(context.app, "props", stanza.name, stanza, f"EVAL-{name}"), Hit(
                    f"EVAL-{name} reads {field}, which another EVAL- sets")


def reads_later(context) -> Found:
    """EXTRACT and REPORT before FIELDALIAS before EVAL before LOOKUP; LOOKUPs in ASCII order."""
    for stanza, rules in _stanzas(context):
        evals = {name for name, _ in rules.evals}
        aliases = {alias.target for alias in rules.aliases}
        late = evals | _lookup_outputs(rules, context)
        place = place_of(context.app, "props", stanza.name, stanza, "")
        for alias in rules.aliases:
            if alias.source in late:
                yield place, Hit(f"FIELDALIAS {alias.source} AS {alias.target}: {alias.source} is"
                                 " set later, by EVAL- or LOOKUP-")
        for one in (*rules.extracts, *rules.reports):
            if one.source in late | aliases:
                yield place, Hit(f"an extraction reads {one.source}, which is set later")
        for number, lookup in enumerate(rules.lookups):
            later = {one.event_field for other in rules.lookups[number + 1:]
                     for one in other.outputs}
            for one in lookup.inputs:
                if one.event_field in later:
                    yield place, Hit(f"the lookup {lookup.table} reads {one.event_field}, which a"
                                     " LOOKUP- behind it in ASCII order gives")


def _exported(context) -> bool:
    """Whether default.meta gives the app's props to every other app."""
    path = context.app.path / "metadata" / "default.meta"
    if not path.is_file():
        return False
    meta = configparser.RawConfigParser(strict=False, allow_no_value=True, delimiters=("=",))
    # configparser has no section without a name, which [] is.
    meta.read_string(path.read_text("utf-8").replace("[]", "[everything]", 1))
    for section in ("props", "everything"):
        if meta.has_option(section, "export"):
            return meta.get(section, "export").strip() == "system"
    return False


def vendor(context) -> Found:
    exported = _exported(context)
    for stanza, rules in _stanzas(context):
        theirs = context.knowledge.vendors.get(stanza.name)
        if theirs is None:
            continue
        add_on = theirs["add_on"]
        early = {alias.target for alias in rules.aliases} | {
            name for one in rules.extracts for name in group_names(one.pattern)}
        ours = early | {name for name, _ in rules.evals}
        place = place_of(context.app, "props", stanza.name, stanza, "")
        for name in sorted(ours & set(theirs["lookups"])):
            yield place, Hit(f"{name} is set before lookups, and a LOOKUP- of the {add_on} sets it"
                             " again")
        for name in sorted(early & set(theirs["evals"])):
            yield place, Hit(f"{name} is extracted, and an EVAL- of the {add_on} sets it again")
        for key in stanza.settings:
            match = OWN_CLASS.fullmatch(key)
            if match and match[1] in theirs["classes"]:
                yield place, Hit(f"{key} has the name of a class of the {add_on}")
        for name, _ in rules.evals if exported else ():
            if name in theirs["evals"]:
                yield place, Hit(f"EVAL-{name} is exported, and so is that of the {add_on}")


RULES = {
    "props-do-not-parse": does_not_parse, "props-eval-reads-lookup": eval_reads_lookup,
    "props-eval-reads-eval": eval_reads_eval, "props-reads-later-step": reads_later,
    "props-vendor-overwrites": vendor,
}
