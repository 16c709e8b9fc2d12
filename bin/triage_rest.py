"""The REST endpoint of the triage desk: splunkd's persistent script `triage_rest.TriageHandler`.

Declared in default/restmap.conf. Everything it does is in `ciw_triage`; this file only puts the
app's vendored libraries on the path and translates splunkd's JSON to a call and back.
"""

from __future__ import annotations

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in (HERE, os.path.join(os.path.dirname(HERE), "lib")):
    if folder not in sys.path:
        sys.path.insert(0, folder)

from ciw_triage.routes import respond
from splunk.persistconn.application import PersistentServerConnectionApplication


class TriageHandler(PersistentServerConnectionApplication):
    """One instance may serve many requests and users: it keeps nothing between them."""

    def __init__(self, command_line=None, command_arg=None):
        super().__init__()

    def handle(self, in_string):
        return respond(in_string)
