"""Checks of regular expressions and sed expressions when a search is parsed."""

from __future__ import annotations

import re

import regex

from lab.spl.errors import Span, SPLError

MAXIMUM_PATTERN = 20_000


def check_pattern(pattern: str, span: Span) -> regex.Pattern:
    """The compiled pattern (Splunk's are PCRE; `(?<name>` is read as such). SPLError if broken."""
    if len(pattern) > MAXIMUM_PATTERN:
        raise SPLError(
            f"the regular expression is longer than {MAXIMUM_PATTERN} characters", span,
            construct="regular expression",
        )
    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise SPLError(
            f"the regular expression is broken: {error}", span, construct="regular expression",
            hint="a character that stands for itself, such as ( [ { . * +, has a backslash before it",
        ) from error


def check_sed(text: str, span: Span) -> None:
    """`s/pattern/replacement/flags` or `y/from/to/`."""
    if len(text) < 2 or text[0] not in "sy" or text[1].isalnum() or text[1].isspace():
        raise SPLError(
            f"{text!r} is not a sed expression", span, construct="sed",
            hint="write s/pattern/replacement/g or y/abc/xyz/",
        )
    parts = re.split(rf"(?<!\\){re.escape(text[1])}", text[2:])
    if len(parts) != 3:
        raise SPLError(
            f"the sed expression {text!r} needs three {text[1]!r}", span, construct="sed",
            hint="write s/pattern/replacement/g or y/abc/xyz/",
        )
    if text[0] == "y":
        if len(parts[0]) != len(parts[1]) or parts[2]:
            raise SPLError(
                "the two sides of y/// differ in length", span, construct="sed"
            )
        return
    if not re.fullmatch(r"g?|\d+", parts[2]):
        raise SPLError(
            f"{parts[2]!r} is no flag of a sed substitution", span, construct="sed",
            hint="g, or the number of the match to be replaced",
        )
    check_pattern(parts[0], span)
