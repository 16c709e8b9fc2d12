"""splunkd's two envelopes for lists of entities: the Atom feed and its JSON twin."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lab.server.call import Call, Reply
from lab.server.errors import RestError
from lab.server.selection import selected

VERSION = "9.4.0"
BUILD = "lab"
# What XML 1.0 cannot carry, even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: str) -> str:
    """Escaped for XML; characters XML cannot hold become U+FFFD."""
    return escape(_NOT_XML.sub("\ufffd", value))


def iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+00:00"


@dataclass
class Entry:
    """One entity. `href` is its path with namespace; `acl` as `acl()` makes it."""

    name: str
    href: str
    content: dict[str, Any]
    acl: dict[str, Any]
    updated: float = 0.0
    author: str = "nobody"
    links: dict[str, str] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    fields: dict[str, list[str]] | None = None
    published: float | None = None

    def all_links(self) -> dict[str, str]:
        """`actions` are links below the entity's own path."""
        own = {"list": self.href, "edit": self.href, "remove": self.href}
        below = {
            action: own.get(action, f"{self.href}/{action}")
            for action in ("list", *self.actions)
        }
        return {"alternate": self.href, **below, **self.links}


def acl(
    app: str = "system",
    owner: str = "nobody",
    read: Iterable[str] = ("*",),
    write: Iterable[str] = ("admin",),
    can_write: bool = False,
    sharing: str = "app",
) -> dict[str, Any]:
    """The eai:acl block of an entity."""
    return {
        "app": app,
        "owner": owner,
        "sharing": sharing,
        "modifiable": can_write,
        "can_write": can_write,
        "removable": can_write,
        "can_list": True,
        "can_change_perms": can_write,
        "can_share_app": can_write,
        "can_share_global": can_write,
        "can_share_user": False,
        "perms": {"read": sorted(read), "write": sorted(write)},
    }


class Messages(list):
    """A job's messages: in JSON a list of type and text, in XML lists of texts by type."""

    def by_type(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for message in self:
            found.setdefault(message["type"].lower(), []).append(message["text"])
        return found


def _value(value: Any) -> str:
    if isinstance(value, Messages):
        value = value.by_type()
    if isinstance(value, dict):
        keys = "".join(
            f"<s:key name={quoteattr(_NOT_XML.sub('', str(k)))}>{_value(v)}</s:key>"
            for k, v in value.items()
        )
        return f"<s:dict>{keys}</s:dict>"
    if isinstance(value, (list, tuple)):
        return "<s:list>" + "".join(f"<s:item>{_value(v)}</s:item>" for v in value) + "</s:list>"
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return text(str(value))


def _entry_xml(entry: Entry, namespaces: str = "") -> str:
    links = "".join(
        f"<link href={quoteattr(href)} rel={quoteattr(rel)}/>"
        for rel, href in entry.all_links().items()
    )
    content = {**entry.content, "eai:acl": entry.acl}
    if entry.fields is not None:
        content["eai:attributes"] = entry.fields
    published = f"<published>{iso(entry.published)}</published>" if entry.published else ""
    return (
        f"<entry{namespaces}><title>{text(entry.name)}</title><id>{text(entry.href)}</id>"
        f"<updated>{iso(entry.updated)}</updated>{links}{published}"
        f"<author><name>{text(entry.author)}</name></author>"
        f'<content type="text/xml">{_value(content)}</content></entry>'
    )


_NAMESPACES = (
    ' xmlns="http://www.w3.org/2005/Atom" xmlns:s="http://dev.splunk.com/ns/rest"'
    ' xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
)
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def xml_reply(body: str, status: int = 200) -> Reply:
    return Reply((_XML + body).encode("utf-8"), "text/xml; charset=UTF-8", status)


def output_mode(call: Call, default: str = "xml") -> str:
    return call.get("output_mode", default) or default


def entry_json(entry: Entry) -> dict[str, Any]:
    out = {
        "name": entry.name,
        "id": entry.href,
        "updated": iso(entry.updated),
        "links": entry.all_links(),
        "author": entry.author,
        "acl": entry.acl,
        "content": {**entry.content, "eai:acl": None},
    }
    if entry.fields is not None:
        out["fields"] = {name: [] for name in ("required", "optional", "wildcard")}
    if entry.published:
        out["published"] = iso(entry.published)
    return out


def feed(
    call: Call, title: str, entries: list[Entry], status: int = 200, paged: bool = True
) -> Reply:
    """A list of entities, by search and sort keys, cut by count (-1 or 0: all) and offset."""
    if paged:
        entries = selected(call, entries)
    total = len(entries)
    count, offset = call.integer("count", 30), call.integer("offset", 0)
    if paged:
        entries = entries[offset : offset + count] if count > 0 else entries[offset:]
    mode = output_mode(call)
    now = call.state.clock()
    if mode == "json":
        return Reply(
            json.dumps(
                {
                    "links": {},
                    "origin": f"/services/{call.path}",
                    "updated": iso(now),
                    "generator": {"build": BUILD, "version": VERSION},
                    "entry": [entry_json(entry) for entry in entries],
                    "paging": {"total": total, "perPage": count, "offset": offset},
                    "messages": [],
                },
                ensure_ascii=False,
            ).encode("utf-8", "surrogatepass"),
            "application/json",
            status,
        )
    if mode not in ("xml", "atom"):
        raise RestError(400, f"output_mode={mode} is not known here; use xml or json")
    return xml_reply(
        f"<feed{_NAMESPACES}><title>{text(title)}</title><id>/services/{text(call.path)}</id>"
        f"<updated>{iso(now)}</updated>"
        f'<generator build="{BUILD}" version="{VERSION}"/><author><name>Splunk</name></author>'
        f"<opensearch:totalResults>{total}</opensearch:totalResults>"
        f"<opensearch:itemsPerPage>{count}</opensearch:itemsPerPage>"
        f"<opensearch:startIndex>{offset}</opensearch:startIndex><s:messages/>"
        + "".join(_entry_xml(entry) for entry in entries)
        + "</feed>",
        status,
    )


def bare_entry(call: Call, entry: Entry, status: int = 200) -> Reply:
    """One entity without a feed around it: what the jobs endpoint gives in XML."""
    if output_mode(call) == "json":
        return feed(call, entry.name, [entry], status, paged=False)
    return xml_reply(_entry_xml(entry, _NAMESPACES), status)


def messages(call: Call | None, error: RestError) -> Reply:
    """An error: JSON where asked for, else XML."""
    if call is not None and output_mode(call).startswith("json"):
        return Reply(
            json.dumps({"messages": error.messages}, ensure_ascii=False).encode(
                "utf-8", "surrogatepass"
            ),
            "application/json",
            error.status,
        )
    return xml_reply(
        f'<response><messages><msg type="{error.kind}">{text(error.text)}</msg></messages>'
        "</response>",
        error.status,
    )
