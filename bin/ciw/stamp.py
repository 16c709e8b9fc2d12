"""What recorded a stanza's progress: in which format, and in which store of checkpoints.

`stamp-<name>` beside the stanza's journal says so from the first run on. What another store or a
later version has recorded is refused: read as if nothing had been recorded, it would come twice.
"""

from __future__ import annotations

import json
import os

from .errors import CheckpointError

FORMAT = 1


def check(directory: str, name: str, store: str) -> None:
    """Puts the stamp down, or compares it: `store` is kvstore or file. Raises CheckpointError."""
    path = os.path.join(directory, "stamp-" + name)
    ways_out = (
        f"move {os.path.join(directory, '*-' + name)} away to start without what was recorded "
        "(it may then be read twice)"
    )
    found = _read(path, ways_out)
    if found is None:
        # Earlier versions put no stamp down; their format is the first.
        files = os.path.isdir(os.path.join(directory, "cursors-" + name))
        found = {"format": FORMAT, "checkpoint": "file" if files else store}
        _write(path, found)
    if found["format"] > FORMAT:
        raise CheckpointError(
            f"the checkpoint was recorded in format {found['format']} by a later version of the "
            f"app, and this one reads up to format {FORMAT}: install that version again, or "
            + ways_out
        )
    if found["checkpoint"] != store:
        raise CheckpointError(
            f"this stanza's progress was recorded with checkpoint = {found['checkpoint']}, and "
            f"checkpoint = {store} does not know it: set it back, or " + ways_out
        )


def _read(path: str, ways_out: str) -> dict | None:
    try:
        with open(path, encoding="ascii") as file:
            found = json.load(file)
        return {"format": int(found["format"]), "checkpoint": str(found["checkpoint"])}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"the checkpoint's stamp {path} cannot be read ({error}): {ways_out}"
        ) from error


def _write(path: str, document: dict) -> None:
    try:
        with open(path + ".new", "w", encoding="ascii") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(path + ".new", path)
    except OSError as error:
        raise CheckpointError(
            f"the checkpoint's stamp {path} cannot be written: {error.strerror}"
        ) from error
