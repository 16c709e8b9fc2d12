"""What all handlers share: the lab's home, the app, users, sessions, jobs, the handler hosts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lab.server.access import AccessLists
from lab.server.custom_rest import Host
from lab.server.hec.acks import Acknowledgements
from lab.server.jobs import Jobs
from lab.server.sessions import Sessions, Users


def check(app: Any) -> None:
    """Reads everything of the app that can be wrong; ConfError names file and line."""
    for part in ("saved_searches", "macros", "lookups", "collections", "eventtypes", "indexes",
                 "roles", "inputs"):
        getattr(app, part)


@dataclass
class State:
    """`port` is set once the listening socket is bound; `clock` is the lab's now. `suppressed`
    says until when (monotonic seconds) a saved search's alerts are held back."""

    home: Any
    app: Any
    users: Users
    sessions: Sessions
    jobs: Jobs
    access: AccessLists
    host: Host
    clock: Callable[[], float] = time.time
    port: int = 0
    hec_token: str = ""
    acks: Acknowledgements = field(default_factory=Acknowledgements)
    bulletins: dict[str, dict[str, Any]] = field(default_factory=dict)
    suppressed: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.time)

    def reload(self) -> None:
        """Reads the app anew, as a change below HOME/local wants it. ConfError leaves the old one
        in force."""
        app = self.home.app(self.app.path)
        check(app)
        self.app = app
        self.users.set_roles(app.roles)
        self.access.reload()

    @property
    def rest_uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"
