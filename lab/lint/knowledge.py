"""What the rules ask of the app: tables and their columns, fields that every row of a source has."""

from __future__ import annotations

import csv
from functools import cached_property
from pathlib import Path

import yaml

from lab.app import App
from lab.engine.rules import Rules, rules_for
from lab.engine.scope import sourcetypes_of
from lab.lint.certainty import implied_by_search, never_null
from lab.spl import nodes
from lab.spl.errors import SPLError

FOLDER = Path(__file__).parent


class Knowledge:
    def __init__(self, app: App):
        self.app = app

    @cached_property
    def _vocabulary(self) -> dict[str, dict[str, list[str]]]:
        return yaml.safe_load((FOLDER / "vocabulary.yaml").read_text("utf-8"))

    @cached_property
    def vendors(self) -> dict[str, dict[str, list[str]]]:
        return yaml.safe_load((FOLDER / "vendor_fields.yaml").read_text("utf-8"))

    # --- tables ------------------------------------------------------------------------------

    def columns(self, table: str) -> tuple[str, ...] | None:
        """The columns of a lookup; None where neither a definition nor a shipped file tells."""
        known = self.app.lookups.get(table)
        if known is not None and known.collection is not None:
            return known.fields_list
        path = self.app.path / "lookups" / (table if known is None else known.filename or "")
        if not path.is_file():
            return None
        with path.open(encoding="utf-8-sig", newline="") as file:
            return tuple(next(csv.reader(file), ()))

    def exists(self, table: str) -> bool:
        return table in self.app.lookups or table.endswith((".csv", ".csv.gz"))

    def is_collection(self, table: str) -> bool:
        known = self.app.lookups.get(table)
        return known is not None and known.collection is not None

    def takes_several(self, table: str) -> bool:
        """Whether a row can match several rows of the table: patterns, and no max_matches = 1."""
        known = self.app.lookups.get(table)
        return known is not None and known.max_matches > 1 and bool(known.match_type)

    def required_in(self, table: str) -> frozenset[str]:
        return frozenset(self._vocabulary["lookups"].get(table, ()))

    # --- events ------------------------------------------------------------------------------

    def _rules(self, predicate: nodes.Predicate) -> list[Rules]:
        found = []
        names = sourcetypes_of(predicate) or ()
        if any("*" in name for name in names):
            return []
        for name in names:
            try:
                found.append(rules_for(self.app, name, "", ""))
            except SPLError:  # said by the rule that props have to parse
                return []
        return found

    def calculated(self, predicate: nodes.Predicate) -> frozenset[str]:
        return frozenset(name for rules in self._rules(predicate) for name, _ in rules.evals)

    def required_of(self, predicate: nodes.Predicate) -> frozenset[str]:
        """Fields of every event that such a search finds: by contract, or calculated for all."""
        indexes = equals(predicate, "index")
        sets = [frozenset(self._vocabulary["indexes"].get(name, ())) for name in indexes]
        found = frozenset.intersection(*sets) if sets else frozenset()
        certain = [frozenset(
            name for name, expression in rules.evals
            if never_null(expression, lambda field: field in implied_by_search(predicate)))
            for rules in self._rules(predicate)]
        return found | (frozenset.intersection(*certain) if certain else frozenset())


def equals(node: nodes.Predicate, name: str) -> set[str]:
    """Values that a search allows a field, wherever they stand in it."""
    if isinstance(node, nodes.Compare) and node.field_name == name and node.operator == "=":
        return {node.value}
    if isinstance(node, nodes.InValues) and node.field_name == name:
        return set(node.values)
    if isinstance(node, (nodes.And, nodes.Or)):
        return set().union(*(equals(part, name) for part in node.parts))
    return set()
