"""A dataset of a data model as the search that gives its rows.

The steps and their order are those of the search that Splunk itself makes of an object
(`previewSearch` and `objectSearch` of data/models/<name> in splunkd's REST): the root's
constraint and required fields, then for each object from the root down its own constraint and
required fields and its calculations in order, then the lineage in front of the fields' names,
then the fields.

Fields: those of BaseEvent without lineage; every other with that of the object that brings it;
and for each child C of the object `is_C` and `is_not_C`, 1 or 0, by the child's constraint. tstats
finds the fields of the object's descendants too, under their own lineage: an event that is not in
the descendant has none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from lab.spl.errors import Span, SPLError
from lab.spl.macros import Knowledge, expand

if TYPE_CHECKING:
    from lab.datamodels import Calculation, DataModel, ModelField, ModelObject

BASE_FIELDS = ("_time", "host", "source", "sourcetype")
METADATA = (*BASE_FIELDS, "index", "_indextime")
"""Fields that every event has, and tstats knows without any lineage."""


def model_named(knowledge: Knowledge, name: str, span: Span) -> DataModel:
    found = knowledge.datamodel(name)
    if found is None:
        known = knowledge.datamodel_names()
        near = get_close_matches(name, known, 1)
        raise SPLError(
            f"unknown data model {name!r}", span, construct=name,
            hint=f"did you mean {near[0]}?" if near else
            "the app has " + (", ".join(known) or "no data models"))
    return found


def object_named(model: DataModel, name: str, span: Span) -> ModelObject:
    if name not in model.by_name:
        near = get_close_matches(name, list(model.by_name), 1)
        raise SPLError(
            f"the data model {model.name!r} has no dataset {name!r}", span, construct=name,
            hint=f"did you mean {near[0]}?" if near else "it has " + ", ".join(model.by_name))
    return model.by_name[name]


@dataclass(frozen=True)
class DatasetSearch:
    """Names of the fields of one object, and the text of its search."""

    model: DataModel
    item: ModelObject
    knowledge: Knowledge

    @cached_property
    def fields(self) -> dict[str, str]:
        """The name in full → the name in the events, in the order of the definitions."""
        found = {name: name for name in BASE_FIELDS}
        for ancestor in self.model.line(self.item):
            for name in ancestor.own:
                if name not in BASE_FIELDS:
                    found[f"{ancestor.lineage}.{name}"] = name
        for child in self.model.children(self.item):
            for name in (f"is_{child.name}", f"is_not_{child.name}"):
                found[f"{self.item.lineage}.{name}"] = name
        return found

    @cached_property
    def below(self) -> dict[str, tuple[ModelObject, str]]:
        """Fields of the descendants: the name in full → the descendant, the name in the events."""
        return {
            f"{item.lineage}.{name}": (item, name)
            for item in self.model.objects if item.lineage.startswith(f"{self.item.lineage}.")
            for name in item.own if name not in BASE_FIELDS}

    def check(self, name: str, span: Span) -> None:
        """SPLError, with what it may be called, for a field that tstats does not find here."""
        if name.startswith("PREFIX("):
            raise SPLError("PREFIX() reads segments of indexed events, a data model has fields",
                           span, construct=name)
        if name not in METADATA and name not in self.fields and name not in self.below:
            raise self._unknown(name, span)

    def _unknown(self, name: str, span: Span) -> SPLError:
        told = f"{self.model.name}.{self.item.lineage}"
        same = [full for full, local in self.fields.items() if local == name.rpartition(".")[2]]
        if same:
            hint = f"write {same[0]}"
        else:
            near = get_close_matches(name, list(self.fields), 1)
            hint = f"did you mean {near[0]}?" if near else "it has " + ", ".join(self.fields)
        return SPLError(f"the dataset {told} has no field {name!r}", span, construct=name, hint=hint)

    def text(self, names: Sequence[str] | None, flat: bool = False, strict: bool = True) -> str:
        """The search for the fields named in full (None: all of them).

        `flat` leaves the lineages out; without `strict` every field of the events stays.
        """
        wanted = dict(self.fields) if names is None else \
            {name: self.fields.get(name, name) for name in names}
        line = self.model.line(self.item)
        under = [name for name in wanted if name in self.below]
        inside = self._inside(under)
        chosen = self._needed(set(wanted.values()), line, inside)
        parts = []
        for ancestor in line:
            parts += self._filter(ancestor, ancestor is line[0])
            for calculation in ancestor.calculations:
                if calculation in chosen:
                    parts.append(_calculation(calculation))
                    parts += _required(calculation.outputs)
        parts += self._children(set(wanted.values()))
        for descendant in inside:
            parts += self._within(descendant, chosen)
        for name in under:
            parts.append(_only_within(name, *self.below[name]))
        renamed = [] if flat else [(local, full) for full, local in wanted.items() if full != local]
        if renamed:
            parts.append("rename " + ", ".join(f"{_quoted(local)} AS {_quoted(full)}"
                                               for local, full in renamed))
        if strict:
            shown = [local if flat else full for full, local in wanted.items()]
            parts.append("fields " + (", ".join(map(_quoted, shown)) or "_time"))
        return " | ".join(parts)

    def _filter(self, item: ModelObject, first: bool) -> list[str]:
        """Constraints and required extracted fields of one object."""
        terms = [f"({text.strip()})" for text in item.constraints if text.strip()]
        terms += [f"{field.name}=*" for field in item.fields if field.required]
        if item.base_search:
            base = item.base_search.strip()
            found = [base if base.startswith(("|", "search ")) else f"search {base}"]
            return [*found, *([f"search {' '.join(terms)}"] if terms else [])]
        if first:
            return [f"search {' '.join(terms) or '*'}"]
        return [f"search {' '.join(terms)}"] if terms else []

    def _children(self, wanted: set[str]) -> list[str]:
        parts = []
        for child in self.model.children(self.item):
            for name, form in ((f"is_{child.name}", "{}"), (f"is_not_{child.name}", "NOT ({})")):
                if name not in wanted:
                    continue
                if any(field.required for field in child.own.values()):
                    raise SPLError(
                        f"{name}: whether the required fields of {child.name!r} count is not"
                        " documented", construct=name)
                words = " ".join(f"({text.strip()})" for text in child.constraints) or "*"
                words = form.format(expand(words, self.knowledge).text)
                if "[" in words:
                    raise SPLError(f"{name}: the lab does not evaluate a subsearch in the"
                                   f" constraint of {child.name!r} for it", construct=name)
                parts.append(f"eval {name}=if(searchmatch({_quoted(words)}), 1, 0)")
        return parts

    def _inside(self, names: Sequence[str]) -> list[ModelObject]:
        """The descendants whose fields are named, and those between, from the object down."""
        found = {item.name for name in names for item in self.model.line(self.below[name][0])}
        found -= {item.name for item in self.model.line(self.item)}
        inside = sorted((self.model.by_name[name] for name in found),
                        key=lambda item: item.lineage.count("."))
        made = [field.name for item in inside for one in item.calculations for field in one.outputs]
        again = next((name for name in made if made.count(name) > 1), None)
        if again is not None:
            raise SPLError(f"the field {again!r} is calculated in several of the datasets "
                           + ", ".join(item.name for item in inside) + ": the lab does not tell"
                           " them apart in one search", construct=again,
                           hint="one search for each dataset, with nodename=")
        return inside

    def _within(self, item: ModelObject, chosen: Sequence[Calculation]) -> list[str]:
        """`is_<name>`, and the chosen calculations of a descendant for the events in it."""
        if item.base_search or any(field.required for field in item.own.values()) \
                or any(one.kind != "Eval" for one in item.calculations):
            raise SPLError(f"fields of {item.name!r} in a search of {self.item.name!r}: the lab"
                           " takes datasets with constraints and eval expressions for it",
                           construct=item.name, hint=f"nodename={item.lineage}")
        words = " ".join(f"({text.strip()})" for text in item.constraints) or "*"
        words = expand(words, self.knowledge).text
        if "[" in words:
            raise SPLError(f"the lab does not evaluate a subsearch in the constraint of"
                           f" {item.name!r} beside its parent's events", construct=item.name,
                           hint=f"nodename={item.lineage}")
        test = f"searchmatch({_quoted(words)})"
        if item.parent != self.item.name:
            test = f"is_{item.parent}=1 AND {test}"
        parts = [f"eval is_{item.name}=if({test}, 1, 0)"]
        for one in item.calculations:
            if one not in chosen:
                continue
            name = one.outputs[0].name
            parts.append(f"eval {_quoted(name)}=if(is_{item.name}=1, {one.expression}, '{name}')")
        return parts

    def _needed(self, wanted: set[str], line: Sequence[ModelObject],
                inside: Sequence[ModelObject]) -> list[Calculation]:
        """The calculations whose outputs can matter, for what is asked, filtered or calculated.

        A name counts as read wherever it stands in the text that could read it.
        """
        read = " ".join([
            *wanted, *(text for item in (*line, *inside) for text in item.constraints),
            *(text for child in self.model.children(self.item) for text in child.constraints)])
        chosen: list[Calculation] = []
        everything = [one for item in (*line, *inside) for one in item.calculations]
        for calculation in reversed(everything):
            if any(field.required or field.name in read for field in calculation.outputs):
                chosen.append(calculation)
                read += " " + " ".join(
                    [calculation.expression, *(pair[1] for pair in calculation.inputs)])
        return chosen


def _only_within(full: str, item: ModelObject, name: str) -> str:
    return f"eval {_quoted(full)}=if(is_{item.name}=1, '{name}', null())"


def _required(fields: Iterable[ModelField]) -> list[str]:
    terms = [f"{field.name}=*" for field in fields if field.required]
    return [f"search {' '.join(terms)}"] if terms else []


def _calculation(calculation: Calculation) -> str:
    outputs = calculation.outputs
    if calculation.kind == "Eval":
        return f"eval {_quoted(outputs[0].name)}={calculation.expression}"
    if calculation.kind == "Rex":
        return f"rex field={_quoted(calculation.inputs[0][1])} " \
               f"{_quoted(calculation.expression)} max_match=1"
    if calculation.kind == "Lookup":
        given = ", ".join(f"{_quoted(column)} AS {_quoted(name)}"
                          for column, name in calculation.inputs)
        made = ", ".join(f"{_quoted(field.column or field.name)} AS {_quoted(field.name)}"
                         for field in outputs)
        return f"lookup {calculation.lookup} {given} OUTPUT {made}"
    name = calculation.inputs[0][1]
    moved = ", ".join(f'"geoip:{field.column or field.name}" AS {_quoted(field.name)}'
                      for field in outputs)
    return f'iplocation prefix="geoip:" {_quoted(name)} | rename {moved}'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
