"""The figures of an evaluation as text."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence

from lab.evaluate.month import Month, by_severity
from lab.evaluate.outcome import Outcome, rank

CLOUDS = ("aws", "azure", "gcp")


def everything(outcomes: Sequence[Outcome], month: Month | None) -> Iterator[str]:
    """All tables; what is not as its label says comes last, by name."""
    attacks = [one for one in outcomes if not one.benign]
    twins = [one for one in outcomes if one.twin_of]
    yield from _titled("Stories", _stories(one for one in outcomes if not one.twin_of))
    yield from _titled("Benign twins", _twins(twins))
    yield from _titled("Recall of signals by cloud (raised / expected)", _recall(attacks))
    yield from _titled("Minutes from the first event", _times(attacks))
    if month is not None:
        yield from _titled(f"The benign month ({month.days} days)", _month(month))
    yield from _titled("Beside a plain first-seen-user rule", _compared(attacks, twins, month))
    found = list(faults(outcomes, month))
    yield from _titled("Not as it should be", found or ["nothing"])


def faults(outcomes: Iterable[Outcome], month: Month | None) -> Iterator[str]:
    for one in outcomes:
        for text in one.faults:
            yield f"{one.name}: {text}"
    for text in month.faults if month else ():
        yield f"benign_month: {text}"


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield title
    yield "-" * len(title)
    yield from lines


def _stories(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for one in outcomes:
        found = len(one.expected) - len(one.missing)
        line = (f"{'ok ' if not one.faults else 'NOT'} {one.name:<30} {found}/{len(one.expected)}"
                f" signals  {one.severity:<9} (label {one.at_least} to {one.at_most})")
        yield line + (f"  missing: {', '.join(one.missing)}" if one.missing else "")


def _twins(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for one in outcomes:
        yield (f"{'ok ' if not one.faults else 'NOT'} {one.name:<30} {one.severity:<9}"
               f" {', '.join(one.raised) or 'nothing raised'}")


def _recall(attacks: Sequence[Outcome]) -> Iterator[str]:
    yield f"{'signal':<42}" + "".join(f"{cloud:>9}" for cloud in CLOUDS)
    for signal in sorted({name for one in attacks for name in one.expected}):
        yield f"{signal:<42}" + "".join(
            f"{_share(attacks, cloud, signal):>9}" for cloud in CLOUDS)
    yield f"{'attack stories of the severity told':<42}" + "".join(
        f"{_severe(attacks, cloud):>9}" for cloud in CLOUDS)


def _share(attacks: Sequence[Outcome], cloud: str, signal: str) -> str:
    about = [one for one in attacks if cloud in one.clouds and signal in one.expected]
    raised = sum(signal in one.raised for one in about)
    return f"{raised}/{len(about)}" if about else "-"


def _severe(attacks: Sequence[Outcome], cloud: str) -> str:
    about = [one for one in attacks if cloud in one.clouds]
    return f"{sum(rank(one.severity) >= rank(one.at_least) for one in about)}/{len(about)}"


def _times(attacks: Sequence[Outcome]) -> Iterator[str]:
    for title, found in (
            ("to the first case", [one.to_case for one in attacks]),
            ("to the label's severity", [one.to_severity for one in attacks])):
        times = sorted(one for one in found if one is not None)
        if times:
            worst = times[min(len(times) - 1, int(len(times) * 0.95))]
            yield (f"{title:<24} median {statistics.median(times):>6.1f}   95th percentile"
                   f" {worst:>6.1f}   ({len(times)} of {len(found)} attacks)")


def _month(month: Month) -> Iterator[str]:
    yield (f"instances created: {month.creations}, {month.creations / month.days:.1f} a day")
    for severity, count in by_severity(month.cases):
        yield f"{severity:<14} {count:>5} cases  {count / month.days:>6.2f} a day"
    yield (f"medium and above: {len(month.loud) / month.days:.2f} a day,"
           f" {month.loud_per_hundred:.2f} a day for each 100 creations a day")
    for one in month.loud:
        yield f"  {one['severity']:<8} {one['verdict']:<24} {one['user']}: {one['signals']}"


def _compared(attacks: Sequence[Outcome], twins: Sequence[Outcome],
              month: Month | None) -> Iterator[str]:
    total = max(1, len(attacks))
    yield f"{'':<44}{'this app':>12}{'first seen':>12}"
    yield (f"{'attack stories told (medium or more; alert)':<44}"
           f"{sum(rank(one.severity) >= rank('medium') for one in attacks):>9}/{total:<3}"
           f"{sum(one.first_seen for one in attacks):>8}/{total:<3}")
    for cloud in CLOUDS:
        about = [one for one in attacks if cloud in one.clouds]
        yield (f"  {cloud:<42}"
               f"{sum(rank(one.severity) >= rank('medium') for one in about):>9}/{len(about):<3}"
               f"{sum(one.first_seen for one in about):>8}/{len(about):<3}")
    yield (f"{'benign twins told (medium or more; alert)':<44}"
           f"{sum(rank(one.severity) >= rank('medium') for one in twins):>9}/{len(twins):<3}"
           f"{sum(one.first_seen for one in twins):>8}/{len(twins):<3}")
    if month is not None:
        yield (f"{'a day in the benign month':<44}{len(month.loud) / month.days:>12.2f}"
               f"{month.first_seen / month.days:>12.2f}")
