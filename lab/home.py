"""One lab home: the folder that holds everything the lab writes.

    indexes/<index>/   events (the engine's store)      kvstore.sqlite   KV collections
    lookups/           CSVs over the app's own          local/           .conf over the app's
    checkpoints/       of modular inputs                quarantine/      input that was refused
    metadata/          local.meta over the app's own
    passwords.json     the lab's users and stored secrets (readable by the owner only)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lab.app import App
from lab.kvstore import KVStore

if TYPE_CHECKING:
    from lab.engine.store import EventStore


class Home:
    def __init__(self, path: Path | str):
        self.path = Path(path)

    @cached_property
    def store(self) -> EventStore:
        from lab.engine.store import EventStore

        return EventStore(self.path / "indexes")

    @cached_property
    def kv(self) -> KVStore:
        return KVStore(self.path / "kvstore.sqlite")

    @property
    def lookups_dir(self) -> Path:
        return self._folder("lookups")

    @property
    def conf_dir(self) -> Path:
        return self._folder("local")

    @property
    def checkpoints_dir(self) -> Path:
        return self._folder("checkpoints")

    @property
    def quarantine_dir(self) -> Path:
        return self._folder("quarantine")

    @property
    def metadata(self) -> Path:
        """Access lists that were changed over REST, over the app's own."""
        return self.path / "metadata" / "local.meta"

    @property
    def passwords(self) -> Path:
        """The file of the lab's passwords; whoever writes it keeps it unreadable to others."""
        self.path.mkdir(parents=True, exist_ok=True)
        return self.path / "passwords.json"

    def app(self, path: Path | str, others: Sequence[Path | str] = ()) -> App:
        """The app at `path` with this home's local/ over it and `others` installed beside it; its
        collections get their types.
        """
        app = App(path, self.conf_dir, others)
        self.kv.define(app.collections)
        return app

    def _folder(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder
