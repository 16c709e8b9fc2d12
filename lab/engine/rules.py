"""Search-time knowledge of one kind of event: props.conf and transforms.conf as typed rules.

Order (props.conf.spec): EXTRACT, REPORT, KV_MODE, FIELDALIAS, EVAL, LOOKUP; classes in ASCII
order. Settings that would change the fields in a way the lab does not do are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from lab.engine import patterns
from lab.engine.functions.multivalue import field_names
from lab.spl import nodes
from lab.spl.errors import SPLError
from lab.spl.parse import parse_eval, parse_template

# Events that `collect` wrote have their fields indexed; nothing is read from their text.
_DEFAULT_KV_MODE = {"stash_hec": "none"}
_KV_MODES = ("none", "auto", "json")
SPATH_MARK = "\x01"
"""Before a path: the pseudo field that stands for spath(_raw, path) in calculated fields."""


@dataclass(frozen=True)
class Extract:
    """A regular expression with named groups over `source`."""

    pattern: str
    source: str = "_raw"


@dataclass(frozen=True)
class Report:
    """A transform: either `pattern` with `form`, or delimiters with names."""

    name: str
    source: str = "_raw"
    pattern: str = ""
    form: tuple[tuple[str, str], ...] = ()
    multiple: bool = False
    delimiters: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alias:
    source: str
    target: str
    new_only: bool


@dataclass(frozen=True)
class Rules:
    kv_mode: str = "auto"
    extracts: tuple[Extract, ...] = ()
    reports: tuple[Report, ...] = ()
    aliases: tuple[Alias, ...] = ()
    evals: tuple[tuple[str, nodes.Expression], ...] = ()
    lookups: tuple[nodes.Lookup, ...] = ()
    signature: str = field(default="", compare=False)

    def raw_fields(self, names: set[str], outputs_of: OutputsOf) -> Needs:
        """What has to be extracted, calculated and looked up for these fields to be known."""
        needed = set(names)
        lookups = []
        for lookup in reversed(self.lookups):
            outputs = outputs_of(lookup)
            if needed & set(outputs):
                lookups.append(lookup)
                needed |= {mapping.event_field for mapping in lookup.inputs} | set(outputs)
        evals = [(name, expression) for name, expression in self.evals if name in needed]
        for _, expression in evals:
            needed |= field_names(expression)
        aliases = [alias for alias in self.aliases if alias.target in needed]
        needed |= {alias.source for alias in aliases}
        return Needs(needed, tuple(aliases), tuple(evals), tuple(reversed(lookups)))


@dataclass(frozen=True)
class Needs:
    names: set[str]
    aliases: tuple[Alias, ...]
    evals: tuple[tuple[str, nodes.Expression], ...]
    lookups: tuple[nodes.Lookup, ...]


OutputsOf = object


def rules_for(app, sourcetype: str, source: str, host: str) -> Rules:
    settings = tuple(app.props(sourcetype, source, host))
    return _rules(app, sourcetype if sourcetype in _DEFAULT_KV_MODE else "", settings)


@lru_cache(maxsize=512)
def _rules(app, sourcetype: str, settings: tuple[tuple[str, str], ...]) -> Rules:
    kv_mode = _DEFAULT_KV_MODE.get(sourcetype, "auto")
    extracts, reports, aliases, evals, lookups = [], [], [], [], []
    texts = []
    for key, value in settings:
        word, _, name = key.partition("-")
        if key == "KV_MODE":
            kv_mode = value.strip().lower()
            if kv_mode not in _KV_MODES:
                raise SPLError(f"props.conf: KV_MODE = {value} is not supported; the lab knows"
                               f" {', '.join(_KV_MODES)}", construct="KV_MODE")
        elif word == "EXTRACT" and name:
            extracts.append(_extract(key, value))
        elif word == "REPORT" and name:
            reports += [report_of(app, f"props.conf: {key}", part.strip())
                        for part in value.split(",")]
        elif word == "FIELDALIAS" and name:
            aliases += _aliases(key, value)
        elif word == "EVAL" and name:
            evals.append((name, _eval(app, key, value)))
        elif word == "LOOKUP" and name:
            lookups.append(_lookup(app, key, value))
        elif key in ("FIELD_HEADER_REGEX", "INDEXED_EXTRACTIONS", "AUTO_KV_JSON"):
            raise SPLError(f"props.conf: {key} is not supported by the lab", construct=key)
        if word in ("EXTRACT", "REPORT", "KV_MODE"):
            texts.append(f"{key}={value}")
    texts += [repr(report) for report in reports]
    return Rules(kv_mode, tuple(extracts), tuple(reports), tuple(aliases), tuple(evals),
                 tuple(lookups), "\n".join([kv_mode, *texts]))


def _located(key: str, error: SPLError) -> SPLError:
    return SPLError(f"props.conf: {key}: {error.message}", construct=key, hint=error.hint)


_METADATA = frozenset(("source", "host", "sourcetype", "index"))


def _extract(key: str, value: str) -> Extract:
    match = re.fullmatch(r"(?s)(?P<pattern>.*\))\s+in\s+(?P<source>\w+)\s*|(?P<alone>.*)",
                         value.strip())
    pattern = match["pattern"] or match["alone"]
    if match["source"] in _METADATA:
        raise SPLError(f"props.conf: {key}: the lab extracts from _raw and from extracted or"
                       f" indexed fields, not from {match['source']!r}", construct=key,
                       hint="EVAL- with replace() or an if(match()) reads it")
    _check(key, pattern)
    return Extract(pattern, match["source"] or "_raw")


def _check(key: str, pattern: str) -> None:
    try:
        patterns.compiled(pattern)
    except ValueError as error:
        raise SPLError(f"props.conf: {key}: {error}", construct=key) from error


_REPORT_KEYS = {"REGEX", "FORMAT", "MV_ADD", "SOURCE_KEY", "DELIMS", "FIELDS", "CLEAN_KEYS",
                "KEEP_EMPTY_VALS", "CAN_OPTIMIZE"}


def report_of(app, key: str, name: str) -> Report:
    """The transform `name`; SPLError, which names `key`, where there is none."""
    stanza = app.transforms.get(name)
    if stanza is None:
        raise SPLError(f"{key} names the transform {name!r}, which transforms.conf"
                       " does not have", construct=key)
    for setting in stanza.settings:
        if setting not in _REPORT_KEYS:
            raise SPLError(f"{stanza.where(setting)}: [{name}] {setting} is not supported at"
                           " search time by the lab", construct=setting)
    source = stanza.get("SOURCE_KEY") or "_raw"
    if "DELIMS" in stanza.settings:
        marks = tuple(mark.encode().decode("unicode_escape")
                      for mark in re.findall(r'"((?:[^"\\]|\\.)*)"', stanza.get("DELIMS")))
        names = tuple(part.strip().strip('"') for part in stanza.get("FIELDS").split(",")
                      if part.strip())
        return Report(name, source, delimiters=marks, names=names)
    pattern = stanza.get("REGEX")
    _check(f"[{name}] REGEX", pattern)
    form = tuple((left.strip('"'), right.strip('"')) for left, right in
                 re.findall(r'("[^"]*"|[^\s:]+)::("[^"]*"|\S+)', stanza.get("FORMAT")))
    return Report(name, source, pattern, form, stanza.boolean("MV_ADD", False))


def _aliases(key: str, value: str) -> list[Alias]:
    words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', value)]
    found = []
    for at in range(0, len(words), 3):
        group = words[at:at + 3]
        if len(group) != 3 or group[1].upper() not in ("AS", "ASNEW"):
            raise SPLError(f"props.conf: {key} = {value}: expected `field AS alias …`",
                           construct=key)
        found.append(Alias(group[0], group[2], group[1].upper() == "ASNEW"))
    return found


def _eval(app, key: str, value: str) -> nodes.Expression:
    try:
        return _mark(parse_eval(value, app))
    except SPLError as error:
        raise _located(key, error) from error


def _lookup(app, key: str, value: str) -> nodes.Lookup:
    try:
        return parse_template("lookup " + value, app).commands[0]
    except SPLError as error:
        raise _located(key, error) from error


def _mark(node: nodes.Expression) -> nodes.Expression:
    """spath(_raw, "path") becomes a field that extraction fills, read once and kept."""
    if isinstance(node, nodes.Call):
        if node.name == "spath" and isinstance(node.arguments[0], nodes.FieldRef) \
                and node.arguments[0].name == "_raw" \
                and isinstance(node.arguments[1], nodes.Literal):
            return nodes.FieldRef(SPATH_MARK + str(node.arguments[1].value), span=node.span)
        return nodes.Call(node.name, tuple(_mark(part) for part in node.arguments),
                          span=node.span)
    if isinstance(node, nodes.Unary):
        return nodes.Unary(node.operator, _mark(node.operand), span=node.span)
    if isinstance(node, nodes.Binary):
        return nodes.Binary(node.operator, _mark(node.left), _mark(node.right), span=node.span)
    if isinstance(node, nodes.InList):
        return nodes.InList(_mark(node.operand), tuple(_mark(item) for item in node.items),
                            span=node.span)
    return node
