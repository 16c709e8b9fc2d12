"""The ways an input can fail, by what the core does about each."""

from __future__ import annotations


class InputError(Exception):
    """Base of every failure the core knows how to treat; the text goes to the log as it is."""


class InvalidArgument(InputError):
    """A setting of the stanza is wrong: the run does not start."""


class AuthError(InputError):
    """Credentials are missing, expired or refused: the run ends at once, without retrying."""


class CheckpointError(InputError):
    """The checkpoint cannot be read or written: the run ends before anything else is sent."""


class Retriable(InputError):
    """A passing failure: the core reads the shard again from its last committed position."""


class ShardError(InputError):
    """This shard cannot be read now or ever; the others can."""


class CorruptObject(InputError):
    """The object's bytes end or break at `offset` (decompressed bytes); what came before is good."""

    def __init__(self, reason: str, offset: int):
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class OutputClosed(BrokenPipeError):
    """splunkd does not read the input's output any more, or the outlet is dead: the run ends. Not
    an InputError, and not the BrokenPipeError of a service that closes a connection."""


class Stopped(InputError):
    """The input was asked to stop (SIGTERM) while it waited."""
