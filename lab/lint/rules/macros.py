"""Macros: called without their pipe, with terms behind them, unused, without a description."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.lint.finding import Hit
from lab.lint.rules.base import Found, of_subjects
from lab.lint.subjects import place_of
from lab.spl.commands.registry import GENERATING
from lab.spl.errors import Span, SPLError
from lab.spl.text import SourceText, split_pipes

_CALL = re.compile(r"`\s*([^\s(),\"`]+)[^`]*`")
_GROUPS = re.compile(r"\bBY\s+[\w\s,]+\Z", re.IGNORECASE)
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')


def _texts(context) -> Iterator[tuple[object, str]]:
    for subject in context.subjects:
        if subject.place.kind != "macro":
            yield subject, subject.text
    for stanza in context.app.conf("macros").values():
        yield place_of(context.app, "macro", stanza.name, stanza, "definition"), stanza.get(
            "definition")


def _definition(context, name: str) -> str:
    """What a macro expands to, macros at its very beginning put in."""
    for _ in range(20):
        found = [macro.definition.strip() for (called, _), macro in context.app.macros.items()
                 if called == name]
        if not found:
            return ""
        inner = _CALL.match(found[0])
        if inner is None:
            return found[0]
        name = inner[1]
    return ""


def without_pipe(context) -> Found:
    """Splunk puts `search` before a search that does not begin with a pipe, then expands it."""
    for subject, text in _texts(context):
        # A macro's own definition is put into a search that says whether there is a pipe.
        begin = [] if not hasattr(subject, "text") else [re.match(r"\s*" + _CALL.pattern, text)]
        for call in [*begin, *re.finditer(r"\[\s*" + _CALL.pattern, text)]:
            if call is None:
                continue
            word = re.match(r"\w+", _definition(context, call[1]))
            if word is not None and word[0].lower() in GENERATING - {"search"}:
                yield subject, Hit(f"`{call[1]}` generates rows (it begins with {word[0]}) and has"
                                   " no pipe before it", Span(call.start(), call.end()), call[0])


def terms_behind(context) -> Found:
    for subject, text in _texts(context):
        for call in _CALL.finditer(_STRINGS.sub(lambda m: '"' + "_" * (len(m[0]) - 2) + '"', text)):
            words = re.match(r"[^|\]`]*", text[call.end():])[0].strip()
            before = text[:call.start()].rstrip()
            if not re.match(r"[\w(\"]", words) or before[-1:] not in ("|", "[", ""):
                continue
            definition = _definition(context, call[1])
            try:
                source = SourceText.plain(definition)
                parts = split_pipes(source, 0, len(definition))
            except SPLError:  # said by the rule that everything has to parse
                continue
            last = definition[slice(*parts[-1])].strip()
            grouped = _GROUPS.search(last) and not words.upper().startswith("BY ")
            takes = re.match(r"(search|where)\b", last) or len(parts) == 1
            if grouped or not takes:
                yield subject, Hit(f"{words.split()[0]!r} stands behind `{call[1]}`, whose text"
                                   f" ends in '{last[-40:]}'", Span(call.end(), call.end() + 1
                                                                   + len(words)), words)


def arguments(context) -> Found:
    for stanza in context.app.conf("macros").values():
        place = place_of(context.app, "macro", stanza.name, stanza, "definition")
        names = [name.strip() for name in stanza.get("args").split(",") if name.strip()]
        used = set(re.findall(r"\$([\w-]+)\$", stanza.get("definition")))
        for name in names:
            if name not in used:
                yield place, Hit(f"the argument {name!r} is nowhere in the definition")
        for name in sorted(used - set(names)):
            yield place, Hit(f"${name}$ is not among the macro's arguments")
        if stanza.get("validation") and not stanza.get("errormsg") \
                and not stanza.get("validation").lstrip().startswith(("if(", "case(", "validate(")):
            yield place, Hit("validation without errormsg")


def undescribed(context) -> Found:
    for stanza in context.app.conf("macros").values():
        if not stanza.get("description").strip():
            yield place_of(context.app, "macro", stanza.name, stanza, ""), Hit(
                "the macro has no description")


def unused(context) -> Found:
    """Called nowhere in the app's files; the name in a page or a program counts as a call."""
    folders = ("default", "bin", "web", "docs", "README.md", "appserver/static")
    texts = []
    for folder in folders:
        path = context.app.path / folder
        files = [path] if path.is_file() else path.rglob("*") if path.is_dir() else []
        texts += [file.read_text("utf-8", "replace") for file in files if file.suffix in (
            ".conf", ".xml", ".py", ".ts", ".tsx", ".js", ".md") and file.is_file()]
    whole = "\n".join(re.sub(r"(?m)^\[.*\]$", "", text) for text in texts)
    for stanza in context.app.conf("macros").values():
        name = stanza.name.partition("(")[0]
        if not re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", whole):
            yield place_of(context.app, "macro", stanza.name, stanza, ""), Hit(
                "nothing in the app calls the macro")


def parses(subject, context) -> Iterator[Hit]:
    if subject.error is not None:
        error = subject.error
        yield Hit(f"does not parse: {error.message}" + (f" ({error.hint})" if error.hint else ""),
                  error.span, error.construct)


RULES = {
    "does-not-parse": of_subjects(parses), "macro-without-pipe": without_pipe,
    "macro-terms-behind": terms_behind, "macro-arguments": arguments,
    "macro-undescribed": undescribed, "macro-unused": unused,
}
