"""Stories with a benign twin: the same records, but for one fact."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from lab.scenarios.model import Record, Row, Scenario

Story = Callable[..., Iterable[Record]]
"""story(seed, start, twin): the records of the attack, or (`twin` True) of its twin."""


def pair(story: Story, *, id: str, title: str, techniques: tuple[str, ...],
         signals: tuple[str, ...], at_least: str, twin: str, twin_title: str, differs: str,
         differs_in: tuple[str, ...], twin_signals: tuple[str, ...] = (), seconds: int = 6 * 3600,
         lists: tuple[tuple[str, Row], ...] = (),
         twin_lists: tuple[tuple[str, Row], ...] = (),
         held_out: bool = False) -> tuple[Scenario, Scenario]:
    """The attack and its twin. `twin_signals` may be raised for the twin, by a case that stays
    low; `lists` hold for both, `twin_lists` for the twin alone."""
    attack = Scenario(
        id=id, title=title, techniques=techniques, signals=signals, seconds=seconds,
        build=lambda seed, start: story(seed, start, False), at_least=at_least, lists=lists,
        held_out=held_out)
    benign = Scenario(
        id=twin, title=twin_title, techniques=(), signals=twin_signals, seconds=seconds,
        build=lambda seed, start: _unlabelled(story(seed, start, True)), at_most="low",
        twin_of=id, differs=differs, differs_in=differs_in, lists=(*lists, *twin_lists),
        held_out=held_out)
    return attack, benign


def _unlabelled(records: Iterable[Record]) -> Iterable[Record]:
    for record in records:
        yield replace(record, step="")


def ticket(cloud: str, account: str, reference: str, summary: str) -> tuple[str, Row]:
    """A change request for whatever carries its reference in that account. Labels of Google Cloud
    hold no capitals; the reference itself has them."""
    return "ciw_change_requests", {
        "change_ref": reference.upper(), "cloud": cloud, "vendor_account": account, "vendor_region": "*",
        "user": "*", "project": "*", "instance_types": "*", "max_count": "50",
        "valid_from": "{start}", "valid_to": "{end}", "summary": summary, "owner": "platform"}


def creator(cloud: str, account: str, user: str, reason: str) -> tuple[str, Row]:
    """A row of the approved creators."""
    return "ciw_approved_creators", {
        "cloud": cloud, "vendor_account": account, "user": user, "regions": "*",
        "instance_types": "*", "networks": "*", "reason": reason, "owner": "platform"}


def exception(signal: str, cloud: str, account: str, user: str, reason: str) -> tuple[str, Row]:
    return "ciw_exceptions", {
        "signal": signal, "cloud": cloud, "vendor_account": account, "user": user,
        "object_id": "*", "reason": reason, "owner": "platform", "expires": "{end}"}
