"""auth/login, tokens, who am I, users, roles and capabilities.

The lab has one user a role, and its roles are authorize.conf's: users are not made over REST.
"""

from __future__ import annotations

from typing import Any

from lab.server import atom, objects
from lab.server.call import Call, Reply, Route, json_reply
from lab.server.errors import RestError
from lab.server.objects import Kind

ROLES_KIND = Kind("authorization/roles", "authorize", "authorize", "edit_roles")
_LISTS = {"imported_roles": "importRoles", "srchIndexesAllowed": "srchIndexesAllowed",
          "srchIndexesDefault": "srchIndexesDefault",
          "srchIndexesDisallowed": "srchIndexesDisallowed"}
_VALUES = ("srchFilter", "srchJobsQuota")


def login(call: Call) -> Reply:
    """The cookie that `cookie=1` asks for is not given: the key goes into Authorization."""
    user = call.state.users.check(call.get("username"), call.get("password"))
    if user is None:
        raise RestError(401, "Login failed", "WARN")
    session = call.state.sessions.open(user)
    if atom.output_mode(call).startswith("json"):
        return json_reply({"sessionKey": session.key, "message": "", "code": ""})
    return atom.xml_reply(
        f"<response><sessionKey>{session.key}</sessionKey>"
        '<messages><msg code=""></msg></messages></response>'
    )


def end_session(call: Call, key: str) -> Reply:
    """Logs a session out: one's own, or anybody's for those who may edit users."""
    session = call.state.sessions.find(key)
    if session is None or session.system:
        raise RestError(404, f"Could not find object id={key}")
    if session.user.name != call.user.user.name and not call.user.may("edit_user"):
        raise RestError(403, "only an administrator ends somebody else's session")
    call.state.sessions.close(key)
    return Reply(b"")


def _user_entry(call: Call, name: str, path: str) -> atom.Entry:
    user = call.state.users.get(name) or call.user.user
    return atom.Entry(
        user.name,
        f"/services/{path}/{user.name}",
        {
            "username": user.name,
            "realname": user.name,
            "email": "",
            "tz": "UTC",
            "roles": list(user.roles),
            "capabilities": sorted(user.capabilities),
            "defaultApp": call.state.app.name,
            "defaultAppIsUserOverride": False,
            "type": "Splunk",
            "locked-out": False,
            "restart_background_jobs": True,
        },
        atom.acl(),
        author="system",
    )


def context(call: Call) -> Reply:
    entry = _user_entry(call, call.user.user.name, "authentication/current-context")
    entry.name = "context"
    return atom.feed(call, "current-context", [entry], paged=False)


def _visible(call: Call) -> list[str]:
    """All for those who may list users, else only the caller."""
    everybody = call.user.may("edit_user") or call.user.may("list_all_users")
    return call.state.users.names() if everybody else [call.user.user.name]


def users(call: Call) -> Reply:
    entries = [_user_entry(call, name, "authentication/users") for name in _visible(call)]
    return atom.feed(call, "users", entries)


def user(call: Call, name: str) -> Reply:
    if name not in _visible(call):
        raise RestError(404, f"Could not find object id={name}")
    return atom.feed(call, "users", [_user_entry(call, name, "authentication/users")], paged=False)


def no_users(call: Call, name: str = "") -> Reply:
    raise RestError(
        400, "the lab has one user for each role of the app: make a role, then log in as it"
    )


def capabilities(call: Call) -> Reply:
    """Every capability there is, as splunkd: one's own are in current-context."""
    known = frozenset().union(*(role.capabilities for role in call.state.app.roles.values()))
    href = "/services/authorization/capabilities"
    entry = atom.Entry("capabilities", href, {"capabilities": sorted(known)}, atom.acl())
    return atom.feed(call, "capabilities", [entry], paged=False)


# --- roles -----------------------------------------------------------------------------------


def _role_entry(call: Call, name: str) -> atom.Entry:
    roles = call.state.app.roles
    role = roles[name]
    imported = [roles[parent] for parent in role.imports]
    above: frozenset[str] = frozenset().union(*(parent.capabilities for parent in imported))

    def inherited(attribute: str) -> list[Any]:
        return list(dict.fromkeys(v for parent in imported for v in getattr(parent, attribute)))

    content = {
        "capabilities": sorted(role.capabilities - above),
        "imported_capabilities": sorted(above),
        "imported_roles": list(role.imports),
        "srchFilter": role.search_filter,
        "srchIndexesAllowed": [i for i in role.indexes if i not in inherited("indexes")],
        "imported_srchIndexesAllowed": inherited("indexes"),
        "srchIndexesDefault": list(role.indexes_default),
        "imported_srchIndexesDefault": inherited("indexes_default"),
        "srchIndexesDisallowed": list(role.indexes_disallowed),
        "srchJobsQuota": role.jobs_quota,
        "defaultApp": call.state.app.name,
    }
    return objects.entry(call, ROLES_KIND, name, content)


def roles(call: Call) -> Reply:
    return atom.feed(call, "roles", [_role_entry(call, name) for name in call.state.app.roles])


def role(call: Call, name: str) -> Reply:
    if name not in call.state.app.roles:
        raise RestError(404, f"Could not find object id={name}")
    return atom.feed(call, "roles", [_role_entry(call, name)], paged=False)


def _role_settings(call: Call, name: str) -> dict[str, str]:
    """The stanza's settings for the arguments of a call; `capabilities` replaces the role's own."""
    settings = {}
    for argument, setting in _LISTS.items():
        values = [value for value in call.all(argument) if value]
        if values:
            settings[setting] = ";".join(values)
    for argument in _VALUES:
        if call.all(argument):
            settings[argument] = call.get(argument)
    wanted = {value for value in call.all("capabilities") if value}
    if call.all("capabilities"):
        known = frozenset().union(*(r.capabilities for r in call.state.app.roles.values()))
        unknown = sorted(wanted - known)
        if unknown:
            raise RestError(400, f"there is no capability {', '.join(unknown)}")
        found = call.state.app.roles.get(name)
        settings |= {held: "disabled" for held in (found.capabilities if found else ())
                     if held not in wanted}
        settings |= {capability: "enabled" for capability in wanted}
    return settings


def create_role(call: Call) -> Reply:
    name = call.require("name").lower()
    known = name in call.state.app.roles
    settings = _role_settings(call, name)
    objects.demand_write(call, ROLES_KIND, f"role_{name}")
    if known:
        raise RestError(409, f"Role {name!r} exists already")
    objects.change(call, ROLES_KIND, f"role_{name}", settings)
    return atom.feed(call, "roles", [_role_entry(call, name)], 201, paged=False)


def change_role(call: Call, name: str) -> Reply:
    if name not in call.state.app.roles:
        raise RestError(404, f"Could not find object id={name}")
    objects.demand_write(call, ROLES_KIND, f"role_{name}")
    objects.change(call, ROLES_KIND, f"role_{name}", _role_settings(call, name))
    return role(call, name)


def delete_role(call: Call, name: str) -> Reply:
    if name not in call.state.app.roles:
        raise RestError(404, f"Could not find object id={name}")
    objects.remove(call, ROLES_KIND, f"role_{name}")
    return roles(call)


_USER, _ROLE = r"authentication/users/(?P<name>[^/]+)", r"authorization/roles/(?P<name>[^/]+)"
ROUTES = [
    Route("POST", "auth/login", login, anonymous=True),
    Route("DELETE", "authentication/httpauth-tokens/(?P<key>[^/]+)", end_session),
    Route("GET", "authentication/current-context(?:/context)?", context),
    Route("GET", "authentication/users", users),
    Route("POST", "authentication/users", no_users, "edit_user"),
    Route("GET", _USER, user),
    Route("POST", _USER, no_users, "edit_user"),
    Route("DELETE", _USER, no_users, "edit_user"),
    Route("GET", "authorization/capabilities", capabilities),
    Route("GET", "authorization/roles", roles),
    Route("POST", "authorization/roles", create_role, "edit_roles"),
    Route("GET", _ROLE, role),
    Route("POST", _ROLE, change_role, "edit_roles"),
    Route("DELETE", _ROLE, delete_role, "edit_roles"),
]
