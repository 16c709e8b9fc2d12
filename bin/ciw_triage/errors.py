"""Errors that a caller of the endpoint sees, each with its HTTP status and a message to act on."""

from __future__ import annotations


class TriageError(Exception):
    """`status` is the HTTP status, `extra` is merged into the JSON reply."""

    status = 500

    def __init__(self, message, field=None, **extra):
        super().__init__(message)
        self.field = field
        self.extra = extra

    def reply(self):
        body = {"messages": [{"type": "ERROR", "text": str(self)}]}
        if self.field:
            body["field"] = self.field
        body.update(self.extra)
        return body


class BadRequest(TriageError):
    status = 400


class Forbidden(TriageError):
    status = 403


class NotFound(TriageError):
    status = 404


class MethodNotAllowed(TriageError):
    status = 405


class Conflict(TriageError):
    """The case moved on, or is in a state the verb does not start from."""

    status = 409


class Unavailable(TriageError):
    """splunkd or the KV store did not answer as it should."""

    status = 503
