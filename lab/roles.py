"""Roles: authorize.conf's stanzas over Splunk's own, with what importRoles brings.

From authorize.conf.spec: capabilities and index lists of imported roles are added to a role's own;
srchIndexesDisallowed goes before the other lists; the search filters of selecting roles
(srchFilterSelecting, the default) are joined by OR, those of the others by AND; the quota of
several roles is the largest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lab.builtin import BUILTIN_ROLES, DEFAULT_CAPABILITIES, DEFAULT_JOBS_QUOTA
from lab.conf import Conf, ConfError, Stanza

_LISTS = {
    "srchIndexesAllowed": "indexes",
    "srchIndexesDefault": "indexes_default",
    "srchIndexesDisallowed": "indexes_disallowed",
    "importRoles": "imports",
}
# Settings of a role that are neither lists nor capabilities.
_OTHER = frozenset({"srchFilter", "srchFilterSelecting", "srchJobsQuota"})
_IGNORED_PREFIXES = ("srch", "rtSrch", "cumulative", "fieldFilter", "federated", "delete")


@dataclass(frozen=True)
class Role:
    """Everything already holds what is inherited, but for `imports`. `filters` is one pair
    (words of srchFilter, selecting) for each role that sets one. `jobs_quota` 0 is no limit."""

    name: str
    capabilities: frozenset[str]
    indexes: tuple[str, ...]
    imports: tuple[str, ...] = ()
    indexes_default: tuple[str, ...] = ()
    indexes_disallowed: tuple[str, ...] = ()
    filters: tuple[tuple[str, bool], ...] = ()
    jobs_quota: int = DEFAULT_JOBS_QUOTA

    @property
    def search_filter(self) -> str:
        """The terms that every search of the role gets; "" for none."""
        selecting = [f"({words})" for words, selects in self.filters if selects]
        eliminating = [f"({words})" for words, selects in self.filters if not selects]
        groups = ([f"({' OR '.join(selecting)})"] if selecting else []) + eliminating
        return "" if selecting == ["(*)"] and not eliminating else " ".join(groups)


@dataclass
class _Own:
    """One role as its own stanzas give it."""

    capabilities: set[str] = field(default_factory=set)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    filter: tuple[str, bool] | None = None
    quota: int | None = None


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _read(own: _Own, stanza: Stanza) -> None:
    for key, value in stanza.settings.items():
        word = value.strip().lower()
        if key in _LISTS:
            own.lists[_LISTS[key]] = _split(value)
        elif key in _OTHER or key.startswith(_IGNORED_PREFIXES):
            continue
        elif word == "enabled":
            own.capabilities.add(key)
        elif word == "disabled":
            own.capabilities.discard(key)
    if stanza.get("srchFilter").strip():
        own.filter = stanza.get("srchFilter").strip(), stanza.boolean("srchFilterSelecting", True)
    if "srchJobsQuota" in stanza.settings:
        own.quota = stanza.integer("srchJobsQuota", DEFAULT_JOBS_QUOTA)


def read_roles(conf: Conf) -> dict[str, Role]:
    """By name, Splunk's own first. ConfError where importRoles is unknown or goes in a circle."""
    own: dict[str, _Own] = {}
    for name, given in BUILTIN_ROLES.items():
        own[name] = _Own(set(given["capabilities"]), {
            "indexes": given["indexes"], "indexes_default": given["indexes_default"],
            "imports": given["imports"]}, quota=given["jobs_quota"])
    for stanza in conf.values():
        if stanza.name.startswith("role_"):
            name = stanza.name[len("role_"):]
            _read(own.setdefault(name, _Own(set(DEFAULT_CAPABILITIES))), stanza)
    return {name: _inherited(name, own, ()) for name in own}


def _inherited(name: str, own: dict[str, _Own], above: tuple[str, ...]) -> Role:
    entry = own[name]
    parents = []
    for parent in entry.lists.get("imports", ()):
        if parent not in own:
            raise ConfError(f"authorize.conf: [role_{name}] imports {parent!r}, an unknown role")
        if parent in (*above, name):
            raise ConfError(f"authorize.conf: [role_{name}] imports itself by {parent!r}")
        parents.append(_inherited(parent, own, (*above, name)))
    mine = Role(
        name, frozenset(entry.capabilities), entry.lists.get("indexes", ()),
        entry.lists.get("imports", ()), entry.lists.get("indexes_default", ()),
        entry.lists.get("indexes_disallowed", ()), (entry.filter,) if entry.filter else (),
        DEFAULT_JOBS_QUOTA if entry.quota is None else entry.quota,
    )
    return combined(name, [mine, *parents], mine.imports)


def combined(name: str, roles: Iterable[Role], imports: tuple[str, ...] = ()) -> Role:
    """What somebody with all of these roles has."""
    roles = list(roles)

    def joined(attribute: str) -> tuple:
        return tuple(dict.fromkeys(value for role in roles for value in getattr(role, attribute)))

    quotas = [role.jobs_quota for role in roles] or [DEFAULT_JOBS_QUOTA]
    return Role(
        name, frozenset().union(*(role.capabilities for role in roles)), joined("indexes"),
        imports, joined("indexes_default"), joined("indexes_disallowed"), joined("filters"),
        0 if 0 in quotas else max(quotas),
    )


def of_user(roles: Mapping[str, Role], names: Iterable[str]) -> Role:
    """The rights of a user with these roles; names without a role give nothing."""
    return combined("", [roles[name] for name in names if name in roles])
