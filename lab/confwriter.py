"""Changes a .conf file in place, stanza by stanza, as splunkd writes local/: whole and atomically.

Comments are not kept: these files are written by calls, not by people.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path

from lab.conf import ConfError, read

_lock = threading.RLock()
_KEY = re.compile(r"[^\s=\[\]#\\][^=\n\r\[\]\\]*")


def _line(key: str, value: str) -> str:
    """Line feeds become continuation lines."""
    lines = value.split("\n")
    for line in lines:
        if line.endswith("\\"):
            raise ConfError(f"{key}: a line of the value ends with a backslash, which a .conf file"
                            " takes for a continuation")
    return f"{key} = " + "\\\n".join(lines)


def _write(path: Path, stanzas: Mapping[str, Mapping[str, str]]) -> None:
    parts = [
        "\n".join([f"[{name}]", *(_line(key, value) for key, value in settings.items())])
        for name, settings in stanzas.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text("\n\n".join(parts) + "\n" if parts else "", encoding="utf-8")
    os.replace(temporary, path)


def stanzas_of(path: Path) -> dict[str, dict[str, str]]:
    """What the file holds; nothing where there is no file."""
    if not path.is_file():
        return {}
    return {name: dict(stanza.settings) for name, stanza in read(path).items()}


def change_stanza(path: Path, name: str, settings: Mapping[str, str]) -> None:
    """Sets these settings of the stanza, which is made where it is not there."""
    if not name or "\n" in name or "\r" in name or name.strip() != name:
        raise ConfError(f"a stanza's name is one line without blanks around it, not {name!r}")
    for key, value in settings.items():
        if not _KEY.fullmatch(key) or key.strip() != key:
            raise ConfError(f"{key!r} is no name of a setting")
        if "\r" in value or "\0" in value:
            raise ConfError(f"{key}: a value holds no carriage returns and no NUL")
    with _lock:
        stanzas = stanzas_of(path)
        stanzas.setdefault(name, {}).update(
            {key: value.strip() for key, value in settings.items()})
        _write(path, stanzas)


def remove_stanza(path: Path, name: str) -> bool:
    """Whether the file had the stanza."""
    with _lock:
        stanzas = stanzas_of(path)
        if name not in stanzas:
            return False
        del stanzas[name]
        _write(path, stanzas)
        return True
