"""Nodes of commands that turn values into other values: convert, replace, fieldformat."""

from __future__ import annotations

from dataclasses import dataclass

from lab.spl.nodes.commands import Command
from lab.spl.nodes.language import Expression


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


@dataclass(frozen=True)
class Replace(Command):
    """Whole values of `names` that are `old` become `new`, for each pair (Search Reference,
    replace). `*` in `old` stands for any text, and for what it stood for in `new`, which has as
    many of them or none. Text is compared by case. Of pairs without wildcards the later one goes
    before the earlier; a value that several pairs match, one of them with wildcards, is an error.
    """

    pairs: tuple[tuple[str, str], ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Fieldformat(Command):
    """How a field is shown; its value stays as it is, also for the commands behind and in exports
    (Search Reference, fieldformat). The rows of the lab are what an export holds.
    """

    name: str
    expression: Expression


@dataclass(frozen=True)
class Extract(Command):
    """Pairs of fields and values out of `_raw` (Search Reference, extract).

    With delimiters, each character of `pair_delimiters` parts the pairs and each of
    `key_delimiters` key and value; a pair with one of these in its value gives nothing. Without,
    `extractors` are stanzas of transforms.conf; without these too, KV_MODE=auto. A field that a row
    has already stays. `multiple`: a key that comes again adds a value, else the first counts.
    `clean_keys` makes characters of keys that are no letter, digit or _ an underscore. More than
    `limit` pairs or `maximum` characters are an error: Splunk reads no further.
    """

    pair_delimiters: str | None = None
    key_delimiters: str | None = None
    extractors: tuple[str, ...] = ()
    multiple: bool = False
    clean_keys: bool = True
    limit: int = 50
    maximum: int = 10240
