"""The app's views and navigation, read from their XML."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from lab.conf import ConfError


@dataclass(frozen=True)
class Page:
    """`definition` for Dashboard Studio; for Simple XML `panels`: rows of inner HTML, or None
    where a panel holds something that only Splunk Web renders."""

    name: str
    label: str
    root: str
    version: str
    theme: str
    description: str = ""
    definition: dict[str, Any] | None = None
    scripts: tuple[str, ...] = ()
    stylesheets: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    hide_title: bool = False

    @property
    def is_studio(self) -> bool:
        return self.definition is not None

    @classmethod
    def of(cls, view: Any) -> Page:
        try:
            root = ElementTree.fromstring(view.xml.encode("utf-8"))
        except ElementTree.ParseError as error:
            raise ConfError(f"{view.path}: not well-formed XML: {error}") from error
        common = {
            "name": view.name,
            "label": (root.findtext("label") or view.name).strip(),
            "root": root.tag,
            "version": root.get("version", ""),
            "theme": root.get("theme", "light"),
            "description": (root.findtext("description") or "").strip(),
        }
        if root.get("version") == "2":
            try:
                definition = json.loads(root.findtext("definition") or "")
            except ValueError as error:
                raise ConfError(f"{view.path}: <definition> is not JSON: {error}") from error
            return cls(**common, definition=definition)
        if root.get("version") != "1.1":
            raise ConfError(f'{view.path}: version must be "1.1" or "2"')
        return cls(
            **common,
            scripts=_list(root.get("script")),
            stylesheets=_list(root.get("stylesheet")),
            rows=tuple(
                tuple(_panel(panel) for panel in row.findall("panel"))
                for row in root.findall("row")
            ),
            hide_title=root.get("hideTitle", "").lower() in ("true", "1"),
        )


def _list(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _panel(panel: ElementTree.Element) -> str | None:
    """The inner markup of a panel's <html>; it comes from the app's own file, so it is trusted."""
    html = panel.find("html")
    if html is None:
        return None
    parts = [ElementTree.tostring(child, encoding="unicode", method="html") for child in html]
    return (html.text or "") + "".join(parts)


@dataclass(frozen=True)
class Nav:
    """(view name, is default) in order; collections are flattened."""

    views: tuple[str, ...]
    default: str

    @classmethod
    def of(cls, app: Any) -> Nav:
        path = app.path / "default" / "data" / "ui" / "nav" / "default.xml"
        if not path.is_file():
            names = tuple(app.views)
            return cls(names, names[0] if names else "search")
        try:
            root = ElementTree.fromstring(path.read_bytes())
        except ElementTree.ParseError as error:
            raise ConfError(f"{path}: not well-formed XML: {error}") from error
        entries = [
            (item.get("name", ""), item.get("default") == "true") for item in root.iter("view")
        ]
        names = tuple(name for name, _ in entries if name)
        default = next(
            (name for name, chosen in entries if chosen), names[0] if names else "search"
        )
        return cls(names, default)
