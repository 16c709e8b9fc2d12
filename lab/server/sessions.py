"""Users, roles and sessions: who may log in, with which capabilities, until when.

One user per role of the app, named like it, and `admin`. Passwords are random and kept in
HOME/passwords.json (key `users`) with the owner's rights only; the environment variable LAB_PASSWORD sets one
password for all of them, for tests. A session lasts an hour from its last use, as splunkd's
default sessionTimeout.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lab.roles import Role, of_user

SYSTEM_USER = "splunk-system-user"
SESSION_SECONDS = 3600
# splunkd's own roles: they are inherited from, nobody logs in as one, except admin.
_ROLES_WITHOUT_USER = {
    "admin",
    "power",
    "user",
    "can_delete",
    "splunk-system-role",
    "splunk_system_role",
    "sc_admin",
}


# Held by whoever reads passwords.json in order to write it.
passwords_lock = threading.RLock()


def write_private(file: Path, value: dict) -> None:
    """Writes JSON atomically, readable by the owner only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(file.name + ".tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(value, out, indent=1, sort_keys=True)
    os.replace(temporary, file)


@dataclass
class User:
    """`rights` is what the roles give together; a change of the roles changes it in place."""

    name: str
    roles: tuple[str, ...]
    rights: Role

    @property
    def capabilities(self) -> frozenset[str]:
        return self.rights.capabilities


@dataclass
class Session:
    key: str
    user: User
    csrf: str
    used: float
    system: bool = False

    def may(self, capability: str) -> bool:
        return self.system or capability in self.user.capabilities

    @property
    def is_admin(self) -> bool:
        """admin_all_objects passes every object's access list."""
        return self.may("admin_all_objects")


class Users:
    """`passwords` is kept up to date in place."""

    def __init__(self, roles: Mapping[str, Role], file: Path):
        """`roles` maps a name to the role, inheritance already done."""
        self._users: dict[str, User] = {}
        self._file = file
        self.passwords: dict[str, str] = {}
        self.set_roles(roles)

    def set_roles(self, roles: Mapping[str, Role]) -> None:
        """Takes roles that were read anew: a new one gets its user, and the user of one that is
        gone has no rights left and logs in no more."""
        admin = roles.get("admin") or Role("admin", frozenset(), ("*", "_*"))
        everything = frozenset().union(*(role.capabilities for role in roles.values()))
        given = {"admin": ("admin",)} | {
            name: (name,) for name in roles if name not in _ROLES_WITHOUT_USER
        }
        for name, own in given.items():
            user = self._users.setdefault(name, User(name, own, admin))
            user.rights = of_user(roles, own)
        self._users["admin"].rights = replace(
            admin, capabilities=everything | {"admin_all_objects"})
        for name in [name for name in self._users if name not in given]:
            self._users.pop(name).rights = of_user(roles, ())
            self.passwords.pop(name, None)
        self.passwords.update(self._load(self._file))

    def _load(self, file: Path) -> dict[str, str]:
        fixed = os.environ.get("LAB_PASSWORD")
        if fixed:
            return dict.fromkeys(self._users, fixed)
        with passwords_lock:
            stored = json.loads(file.read_text("utf-8")) if file.is_file() else {}
            kept = stored.setdefault("users", {})
            missing = [name for name in self._users if name not in kept]
            if missing:
                kept.update({name: secrets.token_urlsafe(12) for name in missing})
                write_private(file, stored)
        return {name: kept[name] for name in self._users}

    def names(self) -> list[str]:
        return list(self._users)

    def __contains__(self, name: str) -> bool:
        return name in self._users

    def get(self, name: str) -> User | None:
        return self._users.get(name)

    def check(self, name: str, password: str) -> User | None:
        expected = self.passwords.get(name)
        given = password.encode("utf-8", "surrogatepass")
        right = hmac.compare_digest((expected or secrets.token_hex(8)).encode(), given)
        return self._users[name] if expected is not None and right else None


class Sessions:
    def __init__(self, users: Users, clock: Callable[[], float] = time.time):
        self._users = users
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self.system = Session(
            secrets.token_urlsafe(32),
            User(SYSTEM_USER, ("splunk-system-role",), users.get("admin").rights),
            secrets.token_hex(16),
            clock(),
            system=True,
        )

    def open(self, user: User) -> Session:
        session = Session(secrets.token_urlsafe(32), user, secrets.token_hex(16), self._clock())
        with self._lock:
            self._sessions[session.key] = session
        return session

    def acting_as(self, user: User) -> Session:
        """A session that only stands for the user's rights; no key opens it."""
        return Session("", user, "", self._clock())

    def find(self, key: str) -> Session | None:
        """A live session by its key; its hour starts again."""
        if not key:
            return None
        if hmac.compare_digest(key.encode(), self.system.key.encode()):
            return self.system
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                return None
            now = self._clock()
            if now - session.used > SESSION_SECONDS:
                del self._sessions[key]
                return None
            session.used = now
            return session

    def close(self, key: str) -> bool:
        with self._lock:
            return self._sessions.pop(key, None) is not None
