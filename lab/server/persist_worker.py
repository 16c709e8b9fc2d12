"""The process that hosts one persistent REST handler, as splunkd's persistconn does.

Started with: app folder, script file name, handler (`module.Class`). Speaks JSON lines: a request
object on stdin, an answer on stdout. What the handler prints goes to stderr, so it cannot garble
the stream. `splunk.persistconn.application` exists only inside Splunk; a stand-in with the same
base class is put in its place. Needs nothing of the lab, so it also runs on Splunk's Pythons.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import types

log = logging.getLogger(__name__)


def _stand_in():
    class PersistentServerConnectionApplication:
        """The base class's shape: `handle` for one call, `handleStream` and `done` unused."""

        def __init__(self, command_line=None, command_arg=None):
            super().__init__()

        def handle(self, in_string):
            raise NotImplementedError("handle")

        def handleStream(self, handle, in_string):
            raise NotImplementedError("PersistentServerConnectionApplication.handleStream")

        def done(self):
            """Called before the process ends."""

    package, sub, module = (
        types.ModuleType(name)
        for name in ("splunk", "splunk.persistconn", "splunk.persistconn.application")
    )
    package.__path__ = []
    sub.__path__ = []
    module.PersistentServerConnectionApplication = PersistentServerConnectionApplication
    package.persistconn, sub.application = sub, module
    for entry in (package, sub, module):
        sys.modules[entry.__name__] = entry


def main():
    app, script, handler_name = sys.argv[1:4]
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    sys.path[0] = os.path.join(app, "bin")
    _stand_in()
    module_name, _, class_name = handler_name.rpartition(".")
    handler = getattr(importlib.import_module(module_name), class_name)(script, "")
    for line in sys.stdin:
        try:
            answer = handler.handle(json.dumps(json.loads(line)).encode("utf-8"))
            if isinstance(answer, bytes):
                answer = answer.decode("utf-8")
            if isinstance(answer, str):
                answer = json.loads(answer)
            reply = {"answer": answer}
        except Exception as error:
            log.exception("%s failed", handler_name)
            reply = {"failure": f"{type(error).__name__}: {error}"}
        out.write(json.dumps(reply) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
