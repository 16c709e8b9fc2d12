"""transaction."""

from __future__ import annotations

import re

from lab.spl import nodes
from lab.spl.arguments import Arguments, Kind, boolean, integer, refused, text
from lab.spl.commands.base import Invocation, Parser

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(arguments: Arguments, name: str) -> float | None:
    """`30s`, `5m`, `12h`, `1d`, `30` seconds; negative: no limit."""
    token = arguments.peek()
    match = re.fullmatch(r"(-?\d{1,9})([smhd]?)", text(arguments, name))
    if match is None:
        raise arguments.error(f"{name} is a number of s, m, h or d, not {token.value!r}", token)
    count = int(match[1])
    return None if count < 0 else float(count * _SECONDS[match[2]])


def _count(arguments: Arguments, name: str) -> int | None:
    count = integer(-(10 ** 9))(arguments, name)
    if count == 0:
        raise arguments.error(f"{name}=0 leaves no events", arguments.peek(-1),
                              hint="a negative number is no limit")
    return count if count > 0 else None


def _names(arguments: Arguments, name: str) -> tuple[str, ...]:
    """A list in quotes, or one name."""
    token = arguments.peek()
    names = tuple(re.split(r"[\s,]+", text(arguments, name).strip(" ,")))
    if not all(names):
        raise arguments.error(f"{name} names no field", token)
    return names


def _fields(arguments: Arguments, name: str) -> tuple[str, ...]:
    """A list in quotes, or names apart by commas: `fields=host,cookie` (searchbnf.conf)."""
    names = _names(arguments, name)
    while arguments.at(",") and arguments.peek(1).kind == "word" and not arguments.at("=", 2):
        arguments.take()
        names += _names(arguments, name)
    return names


def _list(arguments: Arguments, name: str) -> bool | tuple[str, ...]:
    """mvlist: true, false or fields."""
    token = arguments.peek()
    if token.kind == "word" and token.value.lower() in ("t", "true", "1", "f", "false", "0"):
        return boolean(arguments, name)
    names = _names(arguments, name)
    if token.kind == "word" and arguments.at(","):
        raise arguments.error(f"put the fields of {name} in quotes",
                              hint=f'{name}="a,b"')
    return names


_OPTIONS: dict[str, tuple[str, Kind]] = {
    "fields": ("names", _fields), "maxspan": ("maxspan", _duration),
    "maxpause": ("maxpause", _duration), "maxevents": ("maxevents", _count),
    "connected": ("connected", boolean), "unifyends": ("unify_ends", boolean),
    "keeporphans": ("keep_orphans", boolean), "keepevicted": ("keep_evicted", boolean),
    "maxopentxn": ("max_open", integer(1)), "maxopenevents": ("max_open_events", integer(1)),
    "mvlist": ("mv_list", _list), "mvraw": ("mv_raw", boolean), "delim": ("delimiter", text),
    "nullstr": ("null_string", text),
    "name": ("name", refused("the app has no transactiontypes.conf")),
}


def transaction(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    given: dict[str, object] = {}

    def condition(inner: Arguments, name: str) -> object:
        return _condition(call, inner, name)

    table = {key: kind for key, (_, kind) in _OPTIONS.items()}
    table |= {"startswith": condition, "endswith": condition}
    names: list[str] = []
    while not arguments.done:
        if arguments.accept(","):
            continue
        if arguments.at_option():
            arguments.option(table, given)
        elif arguments.peek().kind == "string":
            names += _names(arguments, "the list of fields")
        else:
            names.append(arguments.field())
    given = {_OPTIONS[key][0] if key in _OPTIONS else key: value for key, value in given.items()}
    if names and "names" in given:
        raise call.error("'transaction' names its fields twice", hint="leave out fields=")
    given.setdefault("names", tuple(names))
    if any("*" in name for name in given["names"]):
        raise call.error("'transaction' takes no wildcard in its fields")
    # searchbnf.conf [unify-ends-opt]: the same value as connected, unless set.
    given.setdefault("unify_ends", given.get("connected", True))
    return nodes.Transaction(span=call.span, **given)


def _condition(
    call: Invocation, arguments: Arguments, name: str
) -> nodes.Expression | nodes.Predicate:
    """`"search terms"`, `(search terms with quotes)` or `eval(expression)`."""
    token = arguments.peek()
    if token.kind == "string":
        arguments.take()
        return _terms(call, arguments, name, token.start + 1, token.end - 1)
    if arguments.at("("):
        end = arguments.closing_parenthesis().start
        return _terms(call, arguments, name, token.end, end)
    if arguments.at_word("eval") and arguments.at("(", 1):
        arguments.take()
        start = arguments.peek().end
        return call.expression(start, arguments.closing_parenthesis().start)
    raise arguments.error(
        f"{name} is a search in quotes or parentheses, or eval(...)",
        hint=f'{name}="login", {name}=(action="log in"), {name}=eval(status=200)',
    )


def _terms(call: Invocation, arguments: Arguments, name: str, start: int, end: int
           ) -> nodes.Predicate:
    if not call.source.text[start:end].strip():
        raise arguments.error(f"{name} is empty")
    predicate, window = call.predicate(start, end)
    if window != nodes.TimeWindow():
        raise call.error(f"{name} takes no time modifiers")
    return predicate


PARSERS: dict[str, Parser] = {"transaction": transaction}
