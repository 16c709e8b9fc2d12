"""Data models as Splunk stores them: `data/models/<Name>.json`, and datamodels.conf beside them.

A model has objects (Splunk Web calls them datasets). A root object's parent is BaseEvent or
BaseSearch; every other object's parent is an object of the same model. An object has what its
ancestors have: constraints, fields, calculations, in this order from the root down. An object's
`lineage` is the path from its root, `All_Changes.Account_Management`; a field carries the lineage
of the object that brings it, but those of BaseEvent (`_time`, `host`, `source`, `sourcetype`).
BaseTransaction is refused, and so is any key or kind that the lab does not know the meaning of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lab.conf import Conf, ConfError

BASE_FIELDS = ("_time", "host", "source", "sourcetype")
"""The fields of BaseEvent, which carry no lineage."""

ROOTS = ("BaseEvent", "BaseSearch")
FIELD_TYPES = ("string", "number", "boolean", "ipv4", "timestamp", "objectCount", "childCount")
_DERIVED_TYPES = ("objectCount", "childCount")
_MODEL_KEYS = {"modelName", "displayName", "description", "objects", "objectNameList",
               "objectSummary", "editable"}
_OBJECT_KEYS = {
    "objectName", "displayName", "parentName", "comment", "fields", "calculations", "constraints",
    "baseSearch", "lineage", "editable", "children", "previewSearch", "objectSearch",
    "objectSearchNoFields", "autoextractSearch", "tsidxNamespace",
}
_FIELD_KEYS = {"fieldName", "displayName", "type", "required", "multivalue", "hidden", "editable",
               "comment", "fieldSearch", "owner", "constraints", "lookupOutputFieldName"}
_CALCULATION_KEYS = {"calculationID", "calculationType", "outputFields", "editable", "comment",
                     "owner", "expression", "inputField", "lookupName", "lookupField",
                     "lookupInputs"}


@dataclass(frozen=True)
class ModelField:
    """`column` is the lookup's or GeoIP's own name of an output field."""

    name: str
    type: str = "string"
    required: bool = False
    multivalue: bool = False
    hidden: bool = False
    comment: str = ""
    column: str = ""


@dataclass(frozen=True)
class Calculation:
    """`kind` is Eval, Rex, Lookup or GeoIP; `inputs` are (field of the lookup, field of the event).

    Rex and GeoIP have one input, whose first part is empty.
    """

    kind: str
    outputs: tuple[ModelField, ...]
    expression: str = ""
    lookup: str = ""
    inputs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ModelObject:
    """One object with what it adds to its parent. `where` names file and object, for errors.

    `base_search` is that of a child of BaseSearch; `document` the object as stored.
    """

    name: str
    parent: str
    lineage: str
    constraints: tuple[str, ...]
    fields: tuple[ModelField, ...]
    calculations: tuple[Calculation, ...]
    base_search: str
    document: str
    where: str

    @cached_property
    def own(self) -> dict[str, ModelField]:
        """Its own fields and the outputs of its calculations, by name."""
        made = (field for calculation in self.calculations for field in calculation.outputs)
        return {field.name: field for field in (*self.fields, *made)}


@dataclass(frozen=True)
class DataModel:
    """`objects` in the order of the file; `document` is the file's JSON.

    `accelerated` and `summarised_from` (acceleration.earliest_time) come from datamodels.conf, as
    does `strict_fields`.
    """

    name: str
    objects: tuple[ModelObject, ...]
    document: str
    accelerated: bool = False
    summarised_from: str | None = None
    backfilled_from: str | None = None
    strict_fields: bool = True

    @cached_property
    def by_name(self) -> dict[str, ModelObject]:
        return {item.name: item for item in self.objects}

    @property
    def roots(self) -> tuple[ModelObject, ...]:
        return tuple(item for item in self.objects if item.parent in ROOTS)

    def line(self, item: ModelObject) -> tuple[ModelObject, ...]:
        """The object's ancestors from the root down, and the object."""
        return tuple(self.by_name[name] for name in item.lineage.split("."))

    def children(self, item: ModelObject) -> tuple[ModelObject, ...]:
        return tuple(other for other in self.objects if other.parent == item.name)


def read_models(folders: Iterable[Path], settings: Conf) -> dict[str, DataModel]:
    """The models of several folders, a later one's file instead of an earlier one's of that name.

    Raises ConfError with file and object, also where datamodels.conf has a stanza without model.
    """
    paths: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.json")):
            paths[path.stem] = path
    for stanza in settings.values():
        if stanza.name not in paths:
            raise ConfError(
                f"{stanza.where()}: [{stanza.name}]: there is no data/models/{stanza.name}.json"
            )
    return {name: _model(path, settings) for name, path in sorted(paths.items())}


def _model(path: Path, settings: Conf) -> DataModel:
    try:
        text = path.read_text("utf-8")
        document = json.loads(text)
    except (OSError, ValueError) as error:
        raise ConfError(f"{path}: not a data model: {error}") from error
    where = str(path)
    _known(document, _MODEL_KEYS, where)
    name = _text(document, "modelName", where)
    if name != path.stem:
        raise ConfError(f"{path}: modelName is {name!r}; it has to be the file's name")
    entries = document.get("objects")
    if not isinstance(entries, list) or not entries:
        raise ConfError(f"{path}: the model has no objects")
    parents: dict[str, str] = {}
    for entry in entries:
        child = _text(entry, "objectName", where)
        if child in parents or child in ROOTS or "." in child:
            raise ConfError(f"{path}: object {child!r}: the name is taken, or has a dot")
        parents[child] = _text(entry, "parentName", f"{path}: object {child!r}")
    objects = tuple(_object(path, entry, parents) for entry in entries)
    model = DataModel(name, objects, json.dumps(document), **_settings(name, settings))
    for item in objects:
        _check_fields(model, item)
    return model


def _settings(name: str, settings: Conf) -> dict[str, Any]:
    if name not in settings:
        return {}
    stanza = settings[name]
    return {
        "accelerated": stanza.boolean("acceleration", False),
        "summarised_from": stanza.get("acceleration.earliest_time") or None,
        "backfilled_from": stanza.get("acceleration.backfill_time") or None,
        "strict_fields": stanza.boolean("strict_fields", True),
    }


def _lineage(path: Path, name: str, parents: Mapping[str, str]) -> str:
    line = [name]
    while parents[line[0]] not in ROOTS:
        parent = parents[line[0]]
        if parent in ("BaseTransaction", "BaseInterface", "BaseImplements"):
            raise ConfError(f"{path}: object {line[0]!r}: the lab has no objects of {parent};"
                            " it has those of BaseEvent and BaseSearch")
        if parent not in parents:
            raise ConfError(f"{path}: object {line[0]!r}: parentName {parent!r} is no object of the"
                            " model, nor BaseEvent or BaseSearch")
        if parent in line:
            raise ConfError(f"{path}: object {name!r} descends from itself")
        line.insert(0, parent)
    return ".".join(line)


def _object(path: Path, entry: dict[str, Any], parents: Mapping[str, str]) -> ModelObject:
    name = entry["objectName"]
    where = f"{path}: object {name!r}"
    _known(entry, _OBJECT_KEYS, where)
    parent = parents[name]
    lineage = _lineage(path, name, parents)
    constraints = tuple(
        _text(constraint, "search", where) for constraint in _items(entry, "constraints", where)
        if constraint.get("owner", lineage) in (lineage, name))
    base = entry.get("baseSearch", "")
    if (parent == "BaseSearch") != bool(base):
        raise ConfError(f"{where}: baseSearch belongs to the children of BaseSearch, and only there")
    if parent == "BaseSearch" and constraints:
        raise ConfError(f"{where}: a child of BaseSearch takes no constraints")
    own = _own(_items(entry, "fields", where), lineage, name, where)
    calculations = [
        _calculation(one, f"{where}: calculation {number}")
        for number, one in enumerate(_items(entry, "calculations", where), 1)
        if one.get("owner", lineage) in (lineage, name)]
    return ModelObject(
        name, parent, lineage, constraints, own,
        tuple(one for one in calculations if one is not None), base, json.dumps(entry), where)


def _own(entries: list[dict[str, Any]], lineage: str, name: str, where: str
         ) -> tuple[ModelField, ...]:
    """The object's own fields; those it inherits may be listed too, with their owner."""
    found = []
    for entry in entries:
        field = _field(entry, where)
        if entry.get("owner", lineage) not in (lineage, name) or field.type in _DERIVED_TYPES \
                or field.name in BASE_FIELDS and not field.required:
            continue
        found.append(field)
    return tuple(found)


def _field(entry: dict[str, Any], where: str) -> ModelField:
    name = _text(entry, "fieldName", where)
    where = f"{where}: field {name!r}"
    _known(entry, _FIELD_KEYS, where)
    if any(char in name for char in "{}\"'* \t\n"):
        raise ConfError(f"{where}: a name has no blanks, quotes, braces or asterisks")
    kind = entry.get("type", "string")
    if kind not in FIELD_TYPES:
        raise ConfError(f"{where}: the type {kind!r} is none of {', '.join(FIELD_TYPES)}")
    return ModelField(
        name, kind, _flag(entry, "required", where), _flag(entry, "multivalue", where),
        _flag(entry, "hidden", where), str(entry.get("comment", "")),
        str(entry.get("lookupOutputFieldName", "")))


def _calculation(entry: dict[str, Any], where: str) -> Calculation | None:
    """None for `is_<child>` and `is_not_<child>`, which follow from the children."""
    _known(entry, _CALCULATION_KEYS, where)
    kind = _text(entry, "calculationType", where)
    outputs = tuple(_field(one, where) for one in _items(entry, "outputFields", where))
    if not outputs:
        raise ConfError(f"{where}: outputFields is empty")
    if kind == "Eval":
        if len(outputs) != 1:
            raise ConfError(f"{where}: an Eval has one output field")
        if outputs[0].type == "childCount":
            return None
        return Calculation(kind, outputs, _text(entry, "expression", where))
    if kind == "Lookup":
        pairs = [(_text(one, "lookupField", where), _text(one, "inputField", where))
                 for one in _items(entry, "lookupInputs", where)]
        if not pairs:
            pairs = [(_text(entry, "lookupField", where), _text(entry, "inputField", where))]
        return Calculation(kind, outputs, lookup=_text(entry, "lookupName", where),
                           inputs=tuple(pairs))
    if kind in ("Rex", "GeoIP"):
        return Calculation(
            kind, outputs, _text(entry, "expression", where) if kind == "Rex" else "",
            inputs=(("", _text(entry, "inputField", where)),))
    raise ConfError(f"{where}: calculationType {kind!r} is none of Eval, Rex, Lookup, GeoIP")


def _check_fields(model: DataModel, item: ModelObject) -> None:
    """A field has one place in a lineage."""
    seen: dict[str, str] = {}
    for ancestor in model.line(item):
        made = [field.name for one in ancestor.calculations for field in one.outputs]
        for name in (*(field.name for field in ancestor.fields), *made):
            if name in seen:
                raise ConfError(f"{item.where}: field {name!r} of {ancestor.name} is one of"
                                f" {seen[name]} already")
            seen[name] = ancestor.name


def _known(entry: Any, keys: set[str], where: str) -> None:
    if not isinstance(entry, dict):
        raise ConfError(f"{where}: expected a JSON object")
    for key in entry:
        if key not in keys:
            raise ConfError(f"{where}: the lab does not know the key {key!r}; it knows "
                            + ", ".join(sorted(keys)))


def _items(entry: dict[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    found = entry.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ConfError(f"{where}: {key} is a list of objects")
    return found


def _text(entry: Any, key: str, where: str) -> str:
    value = entry.get(key) if isinstance(entry, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise ConfError(f"{where}: {key} is missing or no text")
    return value


def _flag(entry: dict[str, Any], key: str, where: str) -> bool:
    value = entry.get(key, False)
    if not isinstance(value, bool):
        raise ConfError(f"{where}: {key} is true or false")
    return value
