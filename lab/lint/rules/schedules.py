"""Scheduled searches: windows that lose events, times at which everything runs, noisy alerts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.cron import CronError
from lab.cron import parse as read_cron
from lab.lint.finding import Hit
from lab.lint.rules.base import of_subjects
from lab.spl import nodes
from lab.spl.errors import Span, SPLError
from lab.spl.timemodifier import resolve

LATE = 15 * 60
"""Seconds an event may come late: CloudTrail delivers "within an average of about 5 minutes of an
API call", and a batch input adds its own interval (CloudTrail User Guide, How CloudTrail works)."""
# A Saturday noon: far from changes of the clock and from the ends of months.
NOW = 1_718_452_800.0
DAY = 86_400


def _scheduled(subject) -> bool:
    return (subject.place.kind == "saved search" and subject.stanza is not None
            and subject.stanza.boolean("enableSched", False)
            and not subject.stanza.boolean("disabled", False))


def _period(text: str) -> float | None:
    """The longest time between two runs in seconds; None for what is no schedule."""
    try:
        times = list(read_cron(text).times(NOW, NOW + 8 * DAY))
    except CronError:
        return None
    if len(times) < 2:
        return None
    return max(later - earlier for earlier, later in zip(times, times[1:]))


def _offset(text: str | None, default: float | None) -> float | None:
    """A window's bound as seconds from now; `default` where it says nothing."""
    if text is None or not text.strip():
        return default
    if text.strip() in ("0", "now"):
        return 0.0 if text.strip() == "now" else -NOW
    try:
        return resolve(text, NOW) - NOW
    except SPLError:
        return default


def _windows(subject):
    """(event time, index time), each (earliest, latest) in seconds from now or None."""
    get = subject.stanza.settings.get
    event = (_offset(get("dispatch.earliest_time"), -NOW), _offset(get("dispatch.latest_time"), 0.0))
    index = (_offset(get("dispatch.index_earliest"), None),
             _offset(get("dispatch.index_latest"), 0.0))
    for step in subject.steps:
        window = getattr(step.node, "window", None)
        if isinstance(window, nodes.TimeWindow):
            event = (_offset(window.earliest, event[0]), _offset(window.latest, event[1]))
            index = (_offset(window.index_earliest, index[0]),
                     _offset(window.index_latest, index[1]))
    return event, index if index[0] is not None else None


def _reads_events(subject) -> bool:
    return any(isinstance(step.node, nodes.Tstats)
               or isinstance(step.node, nodes.Search) and step.node.generating
               for step in subject.steps)


def late_events(subject, context) -> Iterator[Hit]:
    if not _scheduled(subject) or not _reads_events(subject):
        return
    period = _period(subject.stanza.get("cron_schedule"))
    event, index = _windows(subject)
    if period is None or index is not None:
        return
    slack = -event[0] - period
    if slack < LATE:
        yield Hit(f"an event that arrives more than {max(slack, 0) / 60:.0f} minutes after its"
                  " time is never seen")


def window_gap(subject, context) -> Iterator[Hit]:
    if not _scheduled(subject) or not _reads_events(subject):
        return
    period = _period(subject.stanza.get("cron_schedule"))
    if period is None:
        return
    for name, window in zip(("event-time", "index-time"), _windows(subject)):
        if window is not None and window[1] - window[0] < period:
            yield Hit(f"the {name} window is {(window[1] - window[0]) / 60:.0f} minutes long, the"
                      f" runs are up to {period / 60:.0f} minutes apart")


def index_window_late(subject, context) -> Iterator[Hit]:
    """An index-time window inside an event-time window that is too short for late events."""
    if not _scheduled(subject) or not _reads_events(subject):
        return
    event, index = _windows(subject)
    if index is not None and index[0] - event[0] < DAY:
        yield Hit("the event-time window reaches less than a day beyond the index-time window")


def real_time(subject, context) -> Iterator[Hit]:
    for match in re.finditer(r"\b(?:earliest|latest)\s*=\s*\"?rt[^\s|]*", subject.text):
        yield Hit(f"the window {match[0]} is real-time", Span(match.start() + subject.lead,
                                                              match.end() + subject.lead))
    if subject.stanza is None or subject.place.kind != "saved search":
        return
    for key in ("dispatch.earliest_time", "dispatch.latest_time"):
        if subject.stanza.get(key).startswith("rt"):
            yield Hit(f"{key} = {subject.stanza.get(key)} is real-time")


def on_the_hour(subject, context) -> Iterator[Hit]:
    if not _scheduled(subject):
        return
    stanza = subject.stanza
    try:
        minutes = read_cron(stanza.get("cron_schedule")).minutes
    except CronError:
        return
    window = stanza.get("schedule_window") not in ("", "0")
    if 0 in minutes and not window and stanza.get("allow_skew") in ("", "0"):
        yield Hit(f"the schedule {stanza.get('cron_schedule')} has the minute 0, without"
                  " allow_skew or schedule_window")


def not_a_schedule(subject, context) -> Iterator[Hit]:
    if _scheduled(subject):
        try:
            read_cron(subject.stanza.get("cron_schedule"))
        except CronError as error:
            yield Hit(f"cron_schedule: {error}")


def no_window(subject, context) -> Iterator[Hit]:
    if subject.place.kind == "saved search" and subject.stanza is not None:
        for key in ("dispatch.earliest_time", "dispatch.latest_time"):
            if not subject.stanza.get(key):
                yield Hit(f"{key} is not set")


def unsuppressed(subject, context) -> Iterator[Hit]:
    if not _scheduled(subject):
        return
    stanza = subject.stanza
    actions = [name.strip() for name in stanza.get("actions").split(",") if name.strip()]
    actions += [key.split(".")[1] for key in stanza.settings if key.startswith("action.")
                and key.count(".") == 1 and stanza.boolean(key, False)]
    if actions and not stanza.boolean("alert.suppress", False):
        yield Hit(f"the action {actions[0]} fires at every run; alert.suppress is not set")


RULES = {
    "window-late-events": of_subjects(late_events), "window-gap": of_subjects(window_gap),
    "window-index-time": of_subjects(index_window_late),
    "real-time-window": of_subjects(real_time), "schedule-on-the-hour": of_subjects(on_the_hour),
    "schedule-invalid": of_subjects(not_a_schedule), "window-missing": of_subjects(no_window),
    "alert-unsuppressed": of_subjects(unsuppressed),
}
