"""Nodes of commands that turn values into other values: convert."""

from __future__ import annotations

from dataclasses import dataclass

from lab.spl.nodes.commands import Command


@dataclass(frozen=True)
class Conversion:
    """`function(field_name) AS alias`; both names may hold wildcards, as many in each.

    `alias` None changes the field itself; otherwise the original field stays as it is.
    """

    function: str
    field_name: str
    alias: str | None = None


@dataclass(frozen=True)
class Convert(Command):
    """Conversions in order (Search Reference, convert). `function` is one of

    - auto: numbers stay; a field with a value that begins with no number is left untouched as a
      whole; for other values ("00:10:15", "5m", "1,000") the page does not say which conversion
      is the best one, so they are an error;
    - num: like auto, but a value that begins with no number is removed;
    - none: fields that match it are left out of the conversions whose names hold wildcards;
    - ctime, mktime: epoch seconds to text and back, by `timeformat`;
    - dur2sec: `[D+]HH:MM:SS` to seconds; mstime: `[MM:]SS.SSS` to seconds;
    - memk: a number followed by k, m or g (any case; k where it has none) to kilobytes;
    - rmcomma: removes all commas; rmunit: keeps the number at the begin, drops the text behind it.

    A value that does not have the form its function asks for is an error, for the page does not
    say what becomes of it. A name with wildcards stands for the fields of the rows it matches (`*` alone skips internal
    ones); a field that a row lacks stays missing. Each value of a multivalue is converted.
    """

    conversions: tuple[Conversion, ...]
    timeformat: str = "%m/%d/%Y %H:%M:%S"
