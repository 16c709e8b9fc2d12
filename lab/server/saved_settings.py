"""What savedsearches.conf may hold and how REST names it (REST API Reference Manual, saved/searches;
savedsearches.conf.spec)."""

from __future__ import annotations

from typing import Any

from lab import cron
from lab.conf import FALSE_WORDS, TRUE_WORDS
from lab.server.errors import RestError

# REST's name of a setting, where it is another than the file's.
CONF_NAMES = {"is_scheduled": "enableSched", "alert_type": "counttype",
              "alert_comparator": "relation", "alert_threshold": "quantity",
              "alert_condition": "alert_condition"}
REST_NAMES = {conf: rest for rest, conf in CONF_NAMES.items()}
BOOLEANS = ("disabled", "is_scheduled", "is_visible", "realtime_schedule", "run_on_startup",
            "auto_summarize", "alert.digest_mode", "alert.suppress", "alert.track")
# What an entry shows where the stanza says nothing (savedsearches.conf.spec).
DEFAULTS: dict[str, Any] = {
    "actions": "", "alert.digest_mode": True, "alert.expires": "24h", "alert.severity": 3,
    "alert.suppress": False, "alert.suppress.period": "", "alert.track": False,
    "alert_comparator": "", "alert_condition": "", "alert_threshold": "", "alert_type": "always",
    "auto_summarize": False, "cron_schedule": "", "description": "", "disabled": False,
    "dispatch.buckets": 0, "dispatch.earliest_time": "", "dispatch.latest_time": "",
    "dispatch.lookups": True, "dispatch.max_count": 500000, "dispatch.max_time": 0,
    "dispatch.ttl": "2p", "dispatchAs": "owner", "is_scheduled": False, "is_visible": True,
    "max_concurrent": 1, "next_scheduled_time": "", "realtime_schedule": True,
    "request.ui_dispatch_app": "", "request.ui_dispatch_view": "", "run_on_startup": False,
    "schedule_priority": "default", "schedule_window": "0",
}
_NAMES = frozenset({
    *DEFAULTS, "search", "quantity", "relation", "counttype", "enableSched", "displayview", "vsid",
    "allow_skew", "schedule_window", "workload_pool", "restart_on_searchpeer_add", "durable.lag_time",
    "durable.track_time_type", "durable.backfill_type", "durable.max_backfill_intervals",
    "defer_scheduled_searchable_idxc", "skip_scheduled_realtime_idxc", "max_concurrent",
})
_PREFIXES = ("action.", "alert.", "auto_summarize.", "dispatch.", "display.", "embed.", "request.",
             "schedule_", "args.")
_READ_ONLY = ("next_scheduled_time", "qualifiedSearch", "triggered_alert_count", "actions.")


def _boolean(name: str, text: str) -> str:
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return "1"
    if word in FALSE_WORDS:
        return "0"
    raise RestError(400, f"Invalid value for {name}: {text!r} is not a boolean")


def checked(given: dict[str, str]) -> dict[str, str]:
    """The settings as the file has them. RestError 400 for an argument splunkd does not take."""
    settings = {}
    for name, value in given.items():
        if name in _READ_ONLY or not (name in _NAMES or name.startswith(_PREFIXES)):
            raise RestError(400, f'Argument "{name}" is not supported by this handler.')
        if name in BOOLEANS or name == "enableSched":
            value = _boolean(name, value)
        settings[CONF_NAMES.get(name, name)] = value
    if "search" in settings and not settings["search"].strip():
        raise RestError(400, "Cannot save a search without a search string.")
    if settings.get("dispatchAs", "owner") not in ("owner", "user"):
        raise RestError(400, "dispatchAs is owner or user")
    schedule = settings.get("cron_schedule", "").strip()
    if schedule:
        try:
            cron.parse(schedule)
        except cron.CronError as error:
            raise RestError(400, f'Invalid cron_schedule="{schedule}": {error}') from None
    return settings


def shown(settings: dict[str, str]) -> dict[str, Any]:
    """A stanza's settings, and the defaults of those it leaves out, as an entry has them."""
    content: dict[str, Any] = dict(DEFAULTS)
    for conf, value in settings.items():
        name = REST_NAMES.get(conf, conf)
        content[name] = value.strip().lower() in TRUE_WORDS if name in BOOLEANS else value
    return content
