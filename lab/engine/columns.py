"""Names of columns for names of fields.

DuckDB's column names ignore case, SPL's field names do not, and a field name may hold any
character. `encode` is injective even when case is ignored: what is not a lower-case letter, a
digit or `_` becomes `$` and its code point in hexadecimal, ended by `$`.
"""

from __future__ import annotations

from functools import lru_cache

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


@lru_cache(maxsize=65536)
def encode(name: str) -> str:
    return "".join(char if char in _PLAIN else f"${ord(char):x}$" for char in name)


def quoted(identifier: str) -> str:
    """An SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal. DuckDB has no backslash escapes; NUL goes through chr(0)."""
    if "\x00" in text:
        parts = ["'" + part.replace("'", "''") + "'" for part in text.split("\x00")]
        return "(" + " || chr(0) || ".join(parts) + ")"
    return "'" + text.replace("'", "''") + "'"
