"""The language of the search command, also of `tstats where` and `inputlookup where`.

NOT binds tightest, then OR, then AND, which is implied between terms (Search Manual, "Boolean
expressions with logical operators"). The operators are upper case; in lower case they are words
to be found.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from lab.spl import nodes
from lab.spl.errors import SPLError
from lab.spl.text import SourceText, blank, closing_bracket, unbalanced_quote, unquote
from lab.spl.timemodifier import check
from lab.spl.usage import usage

MAXIMUM_NESTING = 100

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_WORD = re.compile(r'(?:\\.|!(?!=)|[^\s"\[\]=<>()!\\])+|\\', re.DOTALL)
_OPERATOR = re.compile(r"==|!=|<=|>=|[=<>]")
_MAJOR = re.compile(r"[\[\]<>(){}|!;,'\"\s&?+]")
"""Major breakers of segmenters.conf, but the asterisk, which is a wildcard here."""
_LIST_WORD = re.compile(r'(?:\\.|[^\s"\[\](),\\])+', re.DOTALL)
_INDEXED = re.compile(r"([A-Za-z_][\w.\-]*)::(.+)", re.DOTALL)

_WINDOW = {
    "earliest": "earliest", "latest": "latest", "_index_earliest": "index_earliest",
    "_index_latest": "index_latest", "timeformat": "timeformat",
}
_REFUSED_MODIFIERS = {
    "savedsearch": "a saved search as a term", "starttime": "the old time modifier starttime",
    "endtime": "the old time modifier endtime", "daysago": "the old time modifier daysago",
    "hoursago": "the old time modifier hoursago", "minutesago": "the old modifier minutesago",
    "savedsplunk": "a saved search as a term", "hosttag": "hosttag (write tag::host=...)",
    "eventtypetag": "eventtypetag (write tag=...)",
    **{name: f"the old time modifier {name}" for name in (
        "starttimeu", "endtimeu", "startdaysago", "startminutesago", "starthoursago",
        "startmonthsago", "enddaysago", "endminutesago", "endhoursago", "endmonthsago",
        "searchtimespanhours", "searchtimespanminutes", "searchtimespandays",
        "searchtimespanmonths", "monthsago")},
}
"""What searchbnf.conf's [search-modifier] and [time-modifier] know beyond the lab."""


@dataclass(frozen=True)
class _TimeMark(nodes.Predicate):
    """A time modifier where it stands; lifted into the TimeWindow when the parse is done."""

    name: str
    value: str


def _unescaped(text: str) -> str:
    r"""`\"`, `\|` and `\\` are a quote, a pipe and a backslash; other sequences stay as they are
    (Search Reference, search: Backslash escape sequences)."""
    return re.sub(r'\\(["|\\])', r"\1", text)


Subsearch = Callable[[int, int], nodes.Pipeline]
"""Parses the text between the brackets of a subsearch."""


def parse_predicate(
    source: SourceText, start: int, end: int, subsearch: Subsearch
) -> tuple[nodes.Predicate, nodes.TimeWindow]:
    """The predicate that fills [start, end), and the time window it names."""
    parser = _Parser(source, start, end, subsearch)
    parser.skip()
    if parser.position >= end:
        return nodes.MatchAll(span=source.span(start, end)), nodes.TimeWindow()
    predicate = parser.conjunction()
    if parser.position < end:
        raise parser.error("')' closes no '('", 1)
    return _lift(predicate)


def _lift(predicate: nodes.Predicate) -> tuple[nodes.Predicate, nodes.TimeWindow]:
    """Take the time modifiers out of the outermost AND."""
    window = nodes.TimeWindow()
    parts: list[nodes.Predicate] = []
    waiting = [predicate]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, nodes.And):
            waiting[:0] = part.parts
        elif isinstance(part, _TimeMark):
            key = _WINDOW[part.name]
            if getattr(window, key) not in (None, part.value):
                raise SPLError(
                    f"{part.name} is given twice with different values", part.span,
                    construct=part.name,
                )
            window = replace(window, **{key: part.value})
        else:
            _no_marks(part)
            parts.append(part)
    if window.timeformat is None:
        for key, value in (("earliest", window.earliest), ("latest", window.latest),
                           ("_index_earliest", window.index_earliest),
                           ("_index_latest", window.index_latest)):
            if value is not None:
                check(value, _span_of_mark(predicate, key))
    if not parts:
        return nodes.MatchAll(span=predicate.span), window
    if len(parts) == 1:
        return parts[0], window
    return nodes.And(tuple(parts), span=predicate.span), window


def _span_of_mark(predicate: nodes.Predicate, name: str):
    waiting = [predicate]
    while waiting:
        part = waiting.pop()
        if isinstance(part, _TimeMark) and part.name == name:
            return part.span
        if isinstance(part, nodes.And):
            waiting.extend(part.parts)
    return predicate.span


def _no_marks(predicate: nodes.Predicate) -> None:
    waiting = [predicate]
    while waiting:
        part = waiting.pop()
        if isinstance(part, _TimeMark):
            raise SPLError(
                f"{part.name} inside OR or NOT is not supported by the lab", part.span,
                construct=part.name, hint="put time modifiers beside the other terms, outside OR",
            )
        if isinstance(part, (nodes.And, nodes.Or)):
            waiting.extend(part.parts)
        elif isinstance(part, nodes.Not):
            waiting.append(part.part)


class _Parser:
    def __init__(self, source: SourceText, start: int, end: int, subsearch: Subsearch):
        self.source, self.text = source, source.text
        self.position, self.end = start, end
        self._subsearch = subsearch
        self._depth = 0

    def skip(self) -> None:
        self.position = blank(self.text, self.position, self.end)

    def error(self, message: str, length: int, hint: str = "") -> SPLError:
        stop = min(self.end, self.position + length)
        return SPLError(
            message, self.source.span(self.position, stop),
            construct=self.text[self.position:stop] or "search",
            hint=hint or usage("search"),
        )

    def _word_here(self) -> str:
        match = _WORD.match(self.text, self.position, self.end)
        return match[0] if match else ""

    def _keyword(self, word: str) -> bool:
        if self._word_here() != word:
            return False
        after = blank(self.text, self.position + len(word), self.end)
        return _OPERATOR.match(self.text, after, self.end) is None

    def conjunction(self) -> nodes.Predicate:
        """Terms joined by AND, said or implied, up to the end or a closing parenthesis."""
        self._depth += 1
        if self._depth > MAXIMUM_NESTING:
            raise self.error(f"the search is nested deeper than {MAXIMUM_NESTING} levels", 1)
        start = self.position
        parts = [self._disjunction()]
        while True:
            self.skip()
            if self.position >= self.end or self.text[self.position] == ")":
                break
            if self._keyword("AND"):
                self.position += 3
                self.skip()
            parts.append(self._disjunction())
        self._depth -= 1
        if len(parts) == 1:
            return parts[0]
        return nodes.And(tuple(parts), span=self.source.span(start, self.position))

    def _disjunction(self) -> nodes.Predicate:
        start = self.position
        parts = [self._negation()]
        self.skip()
        stop = self.position
        while self._keyword("OR"):
            self.position += 2
            self.skip()
            parts.append(self._negation())
            stop = self.position
            self.skip()
        if len(parts) == 1:
            return parts[0]
        return nodes.Or(tuple(parts), span=self.source.span(start, stop))

    def _negation(self) -> nodes.Predicate:
        start, negations = self.position, 0
        while self._keyword("NOT"):
            negations += 1
            self.position += 3
            self.skip()
        part = self._primary()
        for _ in range(negations % 2 or 2 * (negations > 0)):
            part = nodes.Not(part, span=self.source.span(start, self.position))
        return part

    def _primary(self) -> nodes.Predicate:
        if self.position >= self.end:
            raise self.error("a term is missing at the end of the search", 1)
        start, character = self.position, self.text[self.position]
        if character == "(":
            return self._parenthesis()
        if character == ")":
            raise self.error("a term is missing before ')'", 1)
        if character == "[":
            close = closing_bracket(self.source, start, self.end)
            self.position = close + 1
            pipeline = self._subsearch(start + 1, close)
            return nodes.SubsearchTerms(pipeline, span=self.source.span(start, close + 1))
        if character == '"':
            match = _STRING.match(self.text, start, self.end)
            if match is None:
                raise unbalanced_quote(self.source, start)
            self.position = match.end()
            value = _unescaped(match[0][1:-1])
            operator = self._operator()
            if operator:
                return self._comparison(start, value, operator)
            if self._before_list():
                return nodes.InValues(value, self._values(),
                                      span=self.source.span(start, self.position))
            return nodes.RawTerm(value, phrase=True, span=self.source.span(start, self.position))
        word = self._word_here()
        if not word:
            found = _OPERATOR.match(self.text, start, self.end)
            raise self.error(
                f"unexpected {self.text[start:found.end() if found else start + 1]!r} in a search",
                len(found[0]) if found else 1,
                hint="a comparison is field, operator, value; put other characters in quotes",
            )
        if word in ("AND", "OR", "NOT") and self._keyword(word):
            raise self.error(f"a term is missing before {word}", len(word))
        self.position += len(word)
        return self._from_word(start, word)

    def _parenthesis(self) -> nodes.Predicate:
        opening = self.position
        self.position += 1
        self.skip()
        if self.position < self.end and self.text[self.position] == ")":
            self.position += 1
            return nodes.MatchAll(span=self.source.span(opening, self.position))
        inner = self.conjunction()
        if self.position >= self.end:
            self.position = opening
            raise self.error("'(' is never closed", 1)
        self.position += 1
        return inner

    def _from_word(self, start: int, word: str) -> nodes.Predicate:
        if word in ("TERM", "CASE") and self.text[self.position:self.position + 1] == "(":
            value = self._directive(word)
            return nodes.RawTerm(
                value, exact=word == "TERM", case=word == "CASE",
                span=self.source.span(start, self.position),
            )
        operator = self._operator()
        if operator:
            if word.startswith("'"):
                self.position = start
                raise self.error(
                    "single quotes do not quote a field name in the search language", len(word),
                    hint="write the name as it is, or in double quotes",
                )
            return self._comparison(start, word, operator)
        if self._before_list():
            if word == "NOT":
                self.position = start
                raise self.error("NOT IN has no field before it", len(word))
            return nodes.InValues(word, self._values(),
                                  span=self.source.span(start, self.position))
        span = self.source.span(start, self.position)
        indexed = _INDEXED.fullmatch(word)
        if indexed is not None:
            return nodes.Compare(indexed[1], "=", indexed[2], indexed=True, span=span)
        if word == "*":
            return nodes.MatchAll(span=span)
        return nodes.RawTerm(_unescaped(word), span=span)

    def _before_list(self) -> bool:
        """Move behind IN, if it and a list come next."""
        word = _WORD.match(self.text, blank(self.text, self.position, self.end), self.end)
        if word is None or word[0] != "IN":
            return False
        opening = blank(self.text, word.end(), self.end)
        if opening >= self.end or self.text[opening] != "(":
            return False
        self.position = opening
        return True

    def _operator(self) -> str:
        """Move behind an operator, if one comes next."""
        match = _OPERATOR.match(self.text, blank(self.text, self.position, self.end), self.end)
        if match is None:
            return ""
        self.position = match.end()
        return "=" if match[0] == "==" else match[0]

    def _directive(self, directive: str) -> str:
        """The text between the parentheses of TERM(...) or CASE(...)."""
        opening = self.position
        close = self.text.find(")", opening, self.end)
        if close < 0:
            raise self.error("'(' is never closed", 1)
        value = self.text[opening + 1 : close].strip()
        if not value:
            raise self.error("TERM and CASE need a term between their parentheses", 2)
        value = unquote(value) if _STRING.fullmatch(value) else value
        if directive == "TERM" and _MAJOR.search(value):
            raise self.error(
                f"TERM({value}) holds a major breaker, so no term of the index is like it",
                close + 1 - opening, hint="TERM() takes text without blanks, quotes, commas,"
                " brackets and their like; search for a phrase in double quotes",
            )
        self.position = close + 1
        return value

    def _comparison(self, start: int, name: str, operator: str) -> nodes.Predicate:
        self.skip()
        case = term = False
        begin = self.position
        character = self.text[begin] if begin < self.end else ""
        if character == '"':
            match = _STRING.match(self.text, begin, self.end)
            if match is None:
                raise unbalanced_quote(self.source, begin)
            self.position = match.end()
            value = _unescaped(match[0][1:-1])
        elif character == "[":
            raise self.error("a subsearch as a value is not supported by the lab yet", 1)
        else:
            word = self._word_here()
            if not word:
                raise self.error(
                    f"a value is missing after {name}{operator}", 1,
                    hint='an empty value is written ""',
                )
            self.position += len(word)
            value = word
            if word in ("TERM", "CASE") and self.text[self.position:self.position + 1] == "(":
                term, case = word == "TERM", word == "CASE"
                value = self._directive(word)
            elif self._operator_glued():
                raise self.error(
                    f"{name}{operator}{word} is followed by another operator", 1,
                    hint="put a value that holds =, < or > in double quotes",
                )
            value = _unescaped(value)
        span = self.source.span(start, self.position)
        if name in _WINDOW:
            if operator != "=":
                raise SPLError(f"{name} takes '=' only", span, construct=name)
            return _TimeMark(name, value, span=span)
        if name in _REFUSED_MODIFIERS:
            raise SPLError(
                f"{_REFUSED_MODIFIERS[name]} is not supported by the lab", span, construct=name
            )
        return nodes.Compare(name, operator, value, case=case, term=term, span=span)

    def _operator_glued(self) -> bool:
        return _OPERATOR.match(self.text, self.position, self.end) is not None

    def _values(self) -> tuple[str, ...]:
        """The list of IN, from its opening to behind its closing parenthesis."""
        opening = self.position
        self.position += 1
        values: list[str] = []
        wanted = True
        while True:
            self.skip()
            if self.position >= self.end:
                self.position = opening
                raise self.error("'(' is never closed", 1)
            character = self.text[self.position]
            if character == ")":
                if not values:
                    raise self.error("the list of IN is empty", 1)
                self.position += 1
                return tuple(values)
            if character == ",":
                if wanted:
                    raise self.error("a value is missing before ','", 1)
                wanted = True
                self.position += 1
                continue
            match = (_STRING if character == '"' else _LIST_WORD).match(
                self.text, self.position, self.end
            )
            if match is None:
                raise self.error(f"unexpected {character!r} in the list of IN", 1)
            values.append(_unescaped(match[0][1:-1] if character == '"' else match[0]))
            self.position = match.end()
            wanted = False
