"""What props.conf and transforms.conf do to an event while it is indexed.

Two kinds of setting are carried out; others that would change what is indexed are refused:

- `TRANSFORMS-<class>`: a transform with REGEX, FORMAT and `WRITE_META = true` makes indexed
  fields, `name::value` for each pair of its FORMAT; with REPEAT_MATCH for every match.
- `METRIC-SCHEMA-TRANSFORMS = metric-schema:<name>`: the indexed fields of an event become the
  measures and dimensions of a metric data point.

Source: props.conf.spec and transforms.conf.spec.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import regex

from lab.app import App
from lab.conf import Stanza
from lab.engine.values import to_number
from lab.ingest.metrics import MEASURE, Fields, MetricError

DEFAULT_LOOKAHEAD = 4096
_REFUSED = ("SEDCMD-", "INDEXED_EXTRACTIONS", "INGEST_EVAL", "BREAK_ONLY_BEFORE",
            "MUST_BREAK_AFTER", "RULESET-", "METRICS_PROTOCOL", "STATSD-DIM-TRANSFORMS")
_TRANSFORM = frozenset(("REGEX", "FORMAT", "WRITE_META", "REPEAT_MATCH", "LOOKAHEAD",
                        "SOURCE_KEY", "MATCH_LIMIT", "DEPTH_LIMIT", "disabled"))
_PAIR = re.compile(r'([^\s:]+(?:\$\d+)?)::("(?:[^"\\]|\\.)*"|\S+)')
_GROUP = re.compile(r"\$(\d+)")
_ALL, _EXCEPT = "_ALLNUMS_", "_NUMS_EXCEPT_"


class IndexTimeError(ValueError):
    """A setting that the lab cannot carry out; the text names stanza and setting."""


@dataclass(frozen=True)
class Transform:
    """`pairs` are (name, value) of FORMAT, with `$n` for groups."""

    expression: regex.Pattern[str]
    pairs: tuple[tuple[str, str], ...]
    repeat: bool
    lookahead: int

    @classmethod
    def of(cls, app: App, name: str) -> Transform:
        stanza = app.transforms.get(name)
        if stanza is None:
            raise IndexTimeError(f"transforms.conf has no stanza [{name}]")
        for key, value in stanza.settings.items():
            if key not in _TRANSFORM or key == "SOURCE_KEY" and value.strip() != "_raw":
                raise IndexTimeError(f"{stanza.where(key)}: [{name}] {key} = {value}: the lab does"
                                     " not carry out this index-time setting")
        if not stanza.boolean("WRITE_META", False):
            raise IndexTimeError(f"{stanza.where()}: [{name}] makes no indexed field without"
                                 " WRITE_META = true")
        try:
            expression = regex.compile(stanza.get("REGEX") or "(.*)")
        except regex.error as error:
            raise IndexTimeError(f"{stanza.where('REGEX')}: [{name}] {error}") from error
        form = stanza.get("FORMAT") or f"{name}::$1"
        pairs = tuple((match[1], match[2].strip('"')) for match in _PAIR.finditer(form))
        if not pairs or _PAIR.sub("", form).strip():
            raise IndexTimeError(f"{stanza.where('FORMAT')}: [{name}] FORMAT {form!r} is not"
                                 " name::value pairs")
        numbers = [int(digits) for digits in _GROUP.findall(form)]
        if max(numbers, default=0) > expression.groups:
            raise IndexTimeError(f"{stanza.where('FORMAT')}: [{name}] FORMAT names more groups"
                                 " than REGEX has")
        return cls(expression, pairs, stanza.boolean("REPEAT_MATCH", False),
                   stanza.integer("LOOKAHEAD", DEFAULT_LOOKAHEAD))

    def apply(self, raw: str, into: dict[str, list[str]]) -> None:
        for match in self.expression.finditer(raw[:self.lookahead]):
            for name, value in self.pairs:
                filled = _fill(value, match)
                if filled:
                    into.setdefault(_fill(name, match), []).append(filled)
            if not self.repeat:
                return


def _fill(form: str, match: regex.Match[str]) -> str:
    return _GROUP.sub(lambda group: match[int(group[1])] or "", form)


@dataclass(frozen=True)
class _Measures:
    """Which fields are measures, and which of the others stay as dimensions."""

    everything: bool
    names: tuple[str, ...]
    denied: tuple[str, ...]
    allowed: tuple[str, ...]

    @classmethod
    def of(cls, stanza: Stanza, suffix: str) -> _Measures:
        words = stanza.get("METRIC-SCHEMA-MEASURES" + suffix).strip()
        everything = words == _ALL or words.startswith(_EXCEPT + " ")
        if words.startswith(_EXCEPT):
            if not everything:
                raise IndexTimeError(f"{stanza.where('METRIC-SCHEMA-MEASURES' + suffix)}: a space"
                                     f" stands behind {_EXCEPT}")
            words = words[len(_EXCEPT):]
        return cls(everything, () if words == _ALL else _listed(words),
                   _listed(stanza.get("METRIC-SCHEMA-BLACKLIST-DIMS" + suffix)),
                   _listed(stanza.get("METRIC-SCHEMA-WHITELIST-DIMS" + suffix)))

    def is_measure(self, name: str, value: str | list[str]) -> bool:
        if isinstance(value, list) or to_number(value) is None:
            return False
        return _matches(name, self.names) != self.everything

    def is_dimension(self, name: str) -> bool:
        """A name on both lists is left out."""
        return not _matches(name, self.denied) \
            and (not self.allowed or _matches(name, self.allowed))


def _listed(words: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in words.split(",") if part.strip())


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name)
               for pattern in patterns)


@dataclass(frozen=True)
class MetricSchema:
    """`prefixed` holds for events whose indexed field metric_name is the key."""

    name: str
    plain: _Measures | None
    prefixed: Mapping[str, _Measures]

    @classmethod
    def of(cls, app: App, name: str) -> MetricSchema:
        stanza = app.transforms.get(name)
        if stanza is None or not name.startswith("metric-schema:"):
            raise IndexTimeError(f"METRIC-SCHEMA-TRANSFORMS = {name}: transforms.conf has no such"
                                 " stanza [metric-schema:<name>]")
        head = "METRIC-SCHEMA-MEASURES"
        prefixes = [key[len(head) + 1:] for key in stanza.settings if key.startswith(head + "-")]
        return cls(name, _Measures.of(stanza, "") if head in stanza.settings else None,
                   {prefix: _Measures.of(stanza, "-" + prefix) for prefix in prefixes})

    def data_point(self, fields: Mapping[str, str | list[str]]) -> Fields:
        """Measures `metric_name:<name>` and dimensions. Raises MetricError."""
        rest = dict(fields)
        prefix = rest.get("metric_name")
        rules, before = self.plain, ""
        if isinstance(prefix, str) and prefix in self.prefixed:
            rules, before = self.prefixed[prefix], prefix + "."
            del rest["metric_name"]
        if rules is None:
            raise MetricError(f"[{self.name}] has no METRIC-SCHEMA-MEASURES for this event")
        made: Fields = {}
        for name, value in rest.items():
            if rules.is_measure(name, value):
                made[MEASURE + before + name] = value
            elif rules.is_dimension(name):
                made[name] = value
        if not any(name.startswith(MEASURE) for name in made):
            raise MetricError(f"no indexed field is a numeric measure of [{self.name}]")
        return made


@dataclass(frozen=True)
class IndexTime:
    transforms: tuple[Transform, ...]
    schema: MetricSchema | None

    @classmethod
    def of(cls, app: App, settings: Mapping[str, str]) -> IndexTime:
        """From the merged props of one kind of event. Raises IndexTimeError."""
        for key in settings:
            if key.startswith(_REFUSED) and settings[key].strip():
                raise IndexTimeError(f"{key}: the lab does not carry out this index-time setting")
        names = [name for key in sorted(settings) if key.startswith("TRANSFORMS-")
                 for name in _listed(settings[key])]
        schema = settings.get("METRIC-SCHEMA-TRANSFORMS", "").strip()
        return cls(tuple(Transform.of(app, name) for name in names),
                   MetricSchema.of(app, schema) if schema else None)

    def fields(self, raw: str) -> Fields:
        """The indexed fields that the transforms find; several values in order."""
        found: dict[str, list[str]] = {}
        for transform in self.transforms:
            transform.apply(raw, found)
        return {name: values[0] if len(values) == 1 else values
                for name, values in found.items()}

