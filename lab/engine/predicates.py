"""The search command's predicates as SQL conditions that are never NULL.

Values compare without regard to case and with `*` wildcards; a subnet in CIDR notation matches
the addresses in it (and its own text). `field!=value` needs the field,
`NOT field=value` does not. Of a multivalue any value may match, also for `!=`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lab.engine.addresses import contains, network
from lab.engine.columns import literal
from lab.engine.frame import Column, Frame
from lab.engine.patterns import like_pattern
from lab.engine.session import Session
from lab.engine.values import format_number, to_number
from lab.spl import nodes
from lab.spl.errors import SPLError

# Segmentation (segmenters.conf): terms end at major breakers; minor breakers split them further.
MAJOR = r"\[\]<>(){}|!;,'\"*\n\r\s\t&?+"
MINOR = r"/:=@.\-$#%\\_"
_SEQUENCES = ("%2526", "%2520", "%21", "%26", "%3B", "%7C", "%20", "%2B", "%3D", "%5D", "%5B",
              "%3A", "%0A", "%2C", "%28", "%29", "--")
"""Major breakers of several characters."""
TERMS_AT_ONCE = 200
"""So many in one pattern, so that what RE2 makes of it stays small."""

_EITHER = f"[{MAJOR}{MINOR}]"
_CIDR = re.compile(r"[0-9A-Fa-f.:]+/\d{1,3}")


@dataclass
class PredicateCompiler:
    session: Session
    frame: Frame

    def compile(self, node: nodes.Predicate) -> str:
        if isinstance(node, nodes.MatchAll):
            return "TRUE"
        if isinstance(node, nodes.And):
            return "(" + " AND ".join(self.compile(part) for part in node.parts) + ")"
        if isinstance(node, nodes.Or):
            return self._either(node.parts)
        if isinstance(node, nodes.Not):
            return f"(NOT {self.compile(node.part)})"
        if isinstance(node, nodes.Compare):
            return self.compare(node)
        if isinstance(node, nodes.InValues):
            return self._either([nodes.Compare(node.field_name, "=", value, span=node.span)
                                 for value in node.values])
        if isinstance(node, nodes.RawTerm):
            return self.raw(node)
        raise SPLError(f"the engine does not know {type(node).__name__} here", node.span)

    def _either(self, parts: Sequence[nodes.Predicate]) -> str:
        """Many values of one field are one IN and many words of the text one pattern: a list that
        a subsearch gave is then looked at once for each event, not once for each of its values."""
        tests: list[str] = []
        values: dict[tuple[Column, str], list[str]] = {}
        words: dict[tuple[str, str], list[str]] = {}
        for part in parts:
            if isinstance(part, nodes.Compare) and (column := self._texts(part)) is not None:
                form, value = _side(part)
                values.setdefault((column, form), []).append(value)
            elif isinstance(part, nodes.RawTerm) and len(found := term_patterns(part)) == 1:
                before, term, behind = found[0]
                words.setdefault((before, behind), []).append(term)
            else:
                tests.append(self.compile(part))
        tests += [self._among(*subject, found) for subject, found in values.items()]
        for (before, behind), terms in words.items():
            for at in range(0, len(terms), TERMS_AT_ONCE):
                term = "|".join(terms[at:at + TERMS_AT_ONCE])
                tests.append(self._in_text([f"{before}(?:{term}){behind}"]))
        return "(" + " OR ".join(tests) + ")"

    def _texts(self, node: nodes.Compare) -> Column | None:
        """The column, where the test is whether its text, or one of its texts, is that value."""
        column = self.frame.columns.get(node.field_name)
        if column is None or column.kind == "num" or _is_knowledge(node.field_name) \
                or node.operator != "=" or "*" in node.value or _is_subnet(node.value):
            return None
        return column

    def _among(self, column: Column, form: str, values: Sequence[str]) -> str:
        listed = ", ".join(map(literal, values))
        if column.kind == "str":
            return f"coalesce({form.format(column.sql)} IN ({listed}), FALSE)"
        variable = self.session.new("v")
        return (f"coalesce(spl_any(list_transform({column.sql}, lambda {variable}:"
                f" {form.format(variable)} IN ({listed}))), FALSE)")

    def compare(self, node: nodes.Compare) -> str:
        name = node.field_name
        if _is_knowledge(name):
            return self._knowledge(node)
        column = self.frame.columns.get(name)
        if column is None:
            return "FALSE"
        if node.operator in ("=", "!=") and node.value == "*":
            return f"({column.sql} IS {'NOT ' if node.operator == '=' else ''}NULL)" \
                if node.operator == "=" else "FALSE"
        if column.kind == "mv":
            variable = self.session.new("v")
            test = self._one(node, variable)
            return f"coalesce(spl_any(list_transform({column.sql}, lambda {variable}: {test}))," \
                   " FALSE)"
        if column.kind == "num":
            return f"coalesce({self._number(node, column)}, FALSE)"
        return f"coalesce({self._one(node, column.sql)}, FALSE)"

    def _number(self, node: nodes.Compare, column: Column) -> str:
        """`=` and `!=` compare texts: a number is only ever equal as it is printed."""
        value = to_number(node.value)
        equality = node.operator in ("=", "!=")
        if value is None or equality and format_number(value) != node.value:
            return self._one(node, f"spl_text({column.sql})")
        operator = "<>" if node.operator == "!=" else node.operator
        return f"{column.sql} {operator} CAST({value!r} AS DOUBLE)"

    def _one(self, node: nodes.Compare, sql: str) -> str:
        value, operator = node.value, node.operator
        if operator in ("=", "!="):
            if "*" in value:
                word = "LIKE" if node.case else "ILIKE"
                test = f"{sql} {word} {literal(like_pattern(value))} ESCAPE '!'"
            elif _is_subnet(value):
                name = self.session.function("py_in_network", _in_network,
                                             ["VARCHAR", "VARCHAR"], "BOOLEAN")
                test = f"{name}({literal(value)}, {sql})"
            else:
                form, side = _side(node)
                test = f"{form.format(sql)} = {literal(side)}"
            return f"({test})" if operator == "=" else f"(NOT ({test}))"
        number = to_number(value)
        words = f"lower({sql}) {operator} {literal(value.lower())}"
        if number is None:
            return f"({words})"
        return f"coalesce(spl_num({sql}) {operator} CAST({number!r} AS DOUBLE), {words})"

    def _knowledge(self, node: nodes.Compare) -> str:
        """`eventtype=` and `tag=` by the searches and fields they stand for."""
        from lab.engine.eventtypes import event_type_predicate, tag_predicate

        app = self.session.context.app
        if node.operator not in ("=", "!="):
            raise SPLError(f"{node.field_name} takes = or !=", node.span, node.field_name)
        if node.field_name in self.frame.columns:
            column = self.frame.columns[node.field_name]
            plain = PredicateCompiler(self.session, Frame(self.frame.relation, {"x": column}))
            return plain.compare(nodes.Compare("x", node.operator, node.value, span=node.span))
        predicate = event_type_predicate(app, node.value) if node.field_name == "eventtype" \
            else tag_predicate(app, node.field_name.partition("::")[2], node.value)
        sql = self.compile(predicate)
        return sql if node.operator == "=" else f"(NOT {sql})"

    def raw(self, node: nodes.RawTerm) -> str:
        return self._in_text(["".join(parts) for parts in term_patterns(node)])

    def _in_text(self, patterns: Sequence[str]) -> str:
        column = self.frame.columns.get("_raw")
        if column is None:
            return "FALSE"
        source = column.sql if column.kind == "str" else f"{column.sql}[1]"
        tests = [f"coalesce(regexp_matches({source}, {literal(pattern)}), FALSE)"
                 for pattern in patterns]
        return tests[0] if len(tests) == 1 else f"({' AND '.join(tests)})"


def _is_knowledge(name: str) -> bool:
    return name in ("tag", "eventtype") or name.startswith("tag::")


def _is_subnet(value: str) -> bool:
    return _CIDR.fullmatch(value) is not None and network(value) is not None


def _side(node: nodes.Compare) -> tuple[str, str]:
    """What stands for the field's text, as a form, and for the value, so that both are equal where
    the test is true."""
    value = node.value
    if node.case or value.lower() == value.upper():
        return "{}", value
    return "lower({})", value.lower()


def _in_network(cidr: str | None, value: str | None) -> bool | None:
    if cidr is None or value is None:
        return None
    return value == cidr or contains(cidr, value)


def term_patterns(node: nodes.RawTerm) -> list[tuple[str, str, str]]:
    """RE2 patterns all of which the event's text has to match: what stands before the term, the
    term, and what stands behind it.

    A word, phrase or TERM() lies between breakers of the text. A wildcard in a phrase stands for
    any text, but what it is written on to is one term of the index, which no major breaker cuts.
    """
    words = [word for word in re.split(f"[{MAJOR}]", node.text.replace("*", "\x00"))
             if word.strip("\x00")]
    if len(words) < 2 or "*" not in node.text.strip("*"):
        return [_pattern(node.text, node, f"[^{MAJOR}]*")]
    terms = [word.replace("\x00", "*") for word in words if "\x00" in word]
    return [_pattern(node.text, node, ".*"),
            *(_pattern(term, node, f"[^{MAJOR}]*") for term in terms)]


def _pattern(term: str, node: nodes.RawTerm, gap: str) -> tuple[str, str, str]:
    parts = [re.sub(r"(\W)", r"\\\1", part, flags=re.ASCII) if part.isascii() else re.escape(part)
             for part in term.split("*")]
    flags = "" if node.case else "(?i)"
    breaker = f"(?-i:[{MAJOR}{'' if node.exact else MINOR}]|{'|'.join(_SEQUENCES)})"
    begin, end = (
        "" if one == "*" or not node.exact and re.match(_EITHER, one) else f"(?:{edge}|{breaker})"
        for one, edge in ((term[:1], "^"), (term[-1:], "$")))
    return f"(?s){flags}{begin}", gap.join(parts), end
