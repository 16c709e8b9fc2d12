"""Nodes of commands over data models."""

from __future__ import annotations

from dataclasses import dataclass

from lab.spl.nodes.commands import Command, Dataset


@dataclass(frozen=True)
class Datamodel(Command):
    """`| datamodel` (Search Reference, datamodel), and `| from datamodel:`.

    With `dataset` its rows; `flat` where the fields have no hierarchy in their names. Without, one
    row for each of `definitions`, the JSON of a data model or dataset, in the field `_raw`.
    `summariesonly` as in Tstats.
    """

    dataset: Dataset | None = None
    definitions: tuple[str, ...] = ()
    flat: bool = False
    summariesonly: bool = False
