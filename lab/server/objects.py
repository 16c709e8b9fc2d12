"""Objects that are stanzas of the app's .conf files: their entries, and changes below HOME/local.

A change is kept only if the app can be read with it; otherwise the file is put back and the call
answers 400 with what is wrong. The lab shares everything in its one app and keeps no private
objects: whoever names another owner than nobody in the path of a create call is told so.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lab.conf import ConfError
from lab.confwriter import change_stanza, remove_stanza, stanzas_of
from lab.server import atom
from lab.server.call import Call, Reply, Route
from lab.server.errors import RestError

_lock = threading.RLock()
# Arguments of every POST that are no settings.
NO_SETTINGS = frozenset({"output_mode", "name", "count", "offset", "__stanza", "__conf"})


@dataclass(frozen=True)
class Kind:
    """`path` is below /services, `conf` the file, `meta` the kind in default.meta; `needs` is the
    capability that a change asks for beside the access list."""

    path: str
    conf: str
    meta: str
    needs: str = ""


def quoted(name: str) -> str:
    """A name in a link: a slash is encoded twice, as splunkd does, since clients decode once."""
    return quote(name, safe="").replace("%2F", "%252F")


def settings_of(call: Call) -> dict[str, str]:
    """The arguments that are settings; of a repeated one the values joined by commas."""
    found: dict[str, list[str]] = {}
    for key, value in call.pairs:
        if key not in NO_SETTINGS:
            found.setdefault(key, []).append(value)
    return {key: ",".join(values) for key, values in found.items()}


def local_file(call: Call, conf: str) -> Path:
    return call.state.home.conf_dir / f"{conf}.conf"


def acl_of(call: Call, kind: Kind, name: str) -> dict[str, Any]:
    access = call.state.access.of(kind.meta, name)
    can_write = access.permits(call.user, "write")
    block = atom.acl(
        call.state.app.name, access.owner, access.read, access.write, can_write, access.sharing
    )
    block["removable"] = can_write and name in stanzas_of(local_file(call, kind.conf))
    return block


def entry(
    call: Call, kind: Kind, name: str, content: dict[str, Any], actions: tuple[str, ...] = ()
) -> atom.Entry:
    block = acl_of(call, kind, name)
    changes = ("edit", "remove") if block["removable"] else ("edit",)
    return atom.Entry(
        name,
        f"/servicesNS/{quote(block['owner'])}/{quote(call.state.app.name)}/{kind.path}"
        f"/{quoted(name)}",
        {**content, "eai:appName": call.state.app.name, "eai:userName": call.user.user.name},
        block,
        author=block["owner"],
        actions=(*(changes if block["can_write"] else ()), *actions),
    )


def readable(call: Call, kind: Kind, name: str) -> bool:
    return call.state.access.permits(call.user, "read", kind.meta, name)


def demand_read(call: Call, kind: Kind, name: str, known: bool) -> None:
    """404 for what is not there and, as splunkd, for what the caller may not know of."""
    if not known or not readable(call, kind, name):
        raise RestError(404, f"Could not find object id={name}")


def demand_write(call: Call, kind: Kind, name: str) -> None:
    if kind.needs and not call.user.may(kind.needs):
        raise RestError(
            403,
            f"You (user={call.user.user.name}) do not have permission to perform this operation"
            f" (requires capability: {kind.needs}).",
        )
    call.state.access.demand(call.user, "write", kind.meta, name)


def demand_shared(call: Call) -> None:
    """Refuses to make an object for one owner, or for no certain app."""
    if call.owner not in (None, "nobody") or call.app == "-":
        raise RestError(
            400,
            "the lab keeps no private objects: create it in the namespace owner=nobody,"
            f" app={call.state.app.name}",
        )


def change(call: Call, kind: Kind, name: str, settings: Mapping[str, str]) -> None:
    """Writes settings of a stanza, with the caller's rights checked by the caller of this."""
    _changed(call, kind, lambda file: change_stanza(file, name, settings))


def create(call: Call, kind: Kind, name: str, settings: Mapping[str, str], known: bool) -> None:
    demand_shared(call)
    demand_write(call, kind, name)
    if known:
        raise RestError(409, f"Unable to create '{name}': an object of this name exists")
    change(call, kind, name, settings)


def remove(call: Call, kind: Kind, name: str) -> None:
    """Removes what was made below HOME/local; what the app ships cannot be removed."""
    demand_write(call, kind, name)
    if name not in stanzas_of(local_file(call, kind.conf)):
        raise RestError(400, f"Object id={name} cannot be deleted in config={kind.conf}.")
    _changed(call, kind, lambda file: remove_stanza(file, name))
    call.state.access.forget(kind.meta, name)


def _changed(call: Call, kind: Kind, action: Any) -> None:
    file = local_file(call, kind.conf)
    with _lock:
        before = file.read_bytes() if file.is_file() else None
        try:
            action(file)
            call.state.reload()
        except ConfError as error:
            if before is None:
                file.unlink(missing_ok=True)
            else:
                file.write_bytes(before)
            raise RestError(400, str(error)) from None


def switch_routes(kind: Kind, known: Any, show: Any) -> list[Route]:
    """enable, disable, acl and _reload of one object. `known(call, name)` says whether there is
    one, `show(call, name)` answers with it."""
    one = kind.path.replace(".", r"\.") + r"/(?P<name>[^/]+)"

    def checked(call: Call, name: str) -> None:
        demand_read(call, kind, name, known(call, name))

    def switch(call: Call, name: str, verb: str) -> Reply:
        checked(call, name)
        demand_write(call, kind, name)
        change(call, kind, name, {"disabled": "1" if verb == "disable" else "0"})
        return show(call, name)

    def reload(call: Call, name: str) -> Reply:
        checked(call, name)
        return show(call, name)

    def look_acl(call: Call, name: str) -> Reply:
        checked(call, name)
        shown = entry(call, kind, name, {})
        return atom.feed(call, kind.path, [shown], paged=False)

    def set_acl(call: Call, name: str) -> Reply:
        checked(call, name)
        demand_write(call, kind, name)
        change_acl(call, kind, name)
        return look_acl(call, name)

    return [
        Route("POST", one + "/(?P<verb>enable|disable)", switch),
        Route("POST", one + "/_reload", reload),
        Route("GET", one + "/acl", look_acl),
        Route("POST", one + "/acl", set_acl),
    ]


def change_acl(call: Call, kind: Kind, name: str) -> None:
    """owner and sharing are required; perms.read and perms.write replace the lists they name."""
    owner, sharing = call.require("owner"), call.require("sharing")
    if sharing not in ("app", "global"):
        raise RestError(400, f"sharing={sharing}: the lab shares in its app (app) or with all"
                        " (global)")
    if owner != "nobody" and owner not in call.state.users:
        raise RestError(400, f"owner={owner} is no user")
    now = call.state.access.of(kind.meta, name)
    given = {key: value for key, value in call.pairs}
    lists = {}
    for verb, present in (("read", now.read), ("write", now.write)):
        text = given.get(f"perms.{verb}")
        lists[verb] = present if text is None else {
            role.strip() for role in text.split(",") if role.strip()
        }
        unknown = sorted(set(lists[verb]) - {"*", "sc_admin"} - set(call.state.app.roles))
        if text is not None and unknown:
            raise RestError(400, f"perms.{verb}: there is no role {', '.join(unknown)}")
    export = "system" if sharing == "global" else "none"
    call.state.access.set(kind.meta, name, lists["read"], lists["write"], owner, export)
