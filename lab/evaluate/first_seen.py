"""A plain first-seen-user rule over the operation log, to be compared with.

The idea is that of "Cloud Compute Instance Created By Previously Unseen User" of Splunk's security
content (research.splunk.com): who created no instance in the known past, and creates one now. It
knows the same past and the same principals as the app's searches, and nothing else.
"""

from __future__ import annotations

from lab.app import App
from lab.engine.run import Context, search
from lab.home import Home

RULE = """| `ciw_operation_log` status=success `ciw_creation` BY operation_id version
| `ciw_latest`
| eval cloud=mvindex(cloud, 0), vendor_account=mvindex(vendor_account, 0), user=mvindex(user, 0)
| stats min(_time) AS first BY cloud vendor_account user
| where first>={start}
| table vendor_account user first"""


def first_seen(home: Home, app: App, start: float, end: float) -> list[tuple[float, str, str]]:
    """(time, account, principal) of each first creation from `start` on, as known at `end`."""
    rows = search(RULE.format(start=f"{start:.0f}"), Context(
        home=home, app=app, now=end)).rows
    return sorted((float(row["first"]), row["vendor_account"], row["user"]) for row in rows)
