"""What of a case can be put under heightened watch, as the cloud's log writes it."""

from __future__ import annotations

from ciw_triage.change import LONGEST_NAME
from ciw_triage.check import UNSEEN
from ciw_triage.machine import WATCH_KINDS
from ciw_triage.parameters import texts

MOST = 20
# Of the case and of the ledger's rows; a watch on an image looks at this column of a signal.
COLUMNS = {"user": "user", "account": "vendor_account", "image": "image_id"}


def watchable(case, rows):
    """{kind: names} of the case and of the ledger's `rows` of its instances, the case's first.

    A name that a watch would refuse (a wildcard, what cannot be seen) is left out, and so is what
    a log writes for nobody.
    """
    found = {}
    for kind in WATCH_KINDS:
        names = [name for row in (case, *rows) for name in texts(row.get(COLUMNS[kind]))]
        found[kind] = [name for name in dict.fromkeys(names) if _may_be_watched(name)][:MOST]
    return found


def _may_be_watched(name):
    seen = len(name) <= LONGEST_NAME and not UNSEEN.search(name)
    return seen and name not in ("unknown", "none") and not set("*;") & set(name)
