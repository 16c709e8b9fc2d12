"""Nodes of commands that group events: transaction."""

from __future__ import annotations

from dataclasses import dataclass

from lab.spl.nodes.commands import Command
from lab.spl.nodes.language import Expression, Predicate


@dataclass(frozen=True)
class Transaction(Command):
    """Events that belong together become one (Search Reference, transaction; searchbnf.conf
    [transaction-command] and below; transactiontypes.conf.spec).

    The rows come newest first (the pages demand it; others are refused). Each joins an open
    transaction it agrees with, or opens one:

    - by `names`: no field of them that both have may differ ("inconsistent"), and they have at
      least one in common. Fields of every member count, so the relation is transitive: host=a,
      then host=a cookie=b, then cookie=b are one transaction. An event with fields of `names` of
      which the transaction has none is neither: with `connected` it opens a transaction of its
      own, else it is added. An event without any of `names` is an orphan. Without `names` all
      events agree.
    - `maxspan`: newest less oldest member is less than so many seconds; `maxpause`: no two
      neighbours are more than so many seconds apart; `maxevents`: so many members. None: no limit.
      What would break one of them closes the transaction and opens another.
    - `endswith` opens a transaction, for the events come newest first, and ends the open one that
      its event agrees with; `startswith` closes the one that its event joins (or opens).
    - `unify_ends`: the events of startswith and endswith too have to share a field of `names`;
      without it they join unless a field differs.

    An event that agrees with several open transactions is an error: the pages do not say which one
    it joins. An event that satisfies both startswith and endswith is a transaction of its own.

    Complete is a transaction that has the start and the end that are asked for. `closed_txn` is 1
    where it is complete and was closed by startswith, maxspan, maxpause or maxevents, else 0. Left
    out, unless `keep_evicted`, are those that are not complete; only where none of startswith,
    maxspan, maxpause and another maxevents than 1000 is given, all are kept (Search Reference,
    transaction, keepevicted). `keep_orphans` keeps the events that belong to none, with
    `_txn_orphan` 1. More open transactions than `max_open`, or events in them than
    `max_open_events` (limits.conf [transactions]), is an error: Splunk would evict some.

    The result: `_time` of the oldest member, `_raw` the members' texts, oldest first, joined by
    new lines (`mv_raw`: a multivalue), `duration` in seconds, `eventcount`, and every other field:
    its distinct values in lexicographical order, or, with `mv_list` True or naming it, all values
    in the order of the members, oldest first, with `null_string` for a member without it.
    `delimiter` is that of the single-value version of those fields (as mvcombine's). The results
    are in descending order of `_time`. Internal fields but `_time` and `_raw` are dropped; fields
    named duration, eventcount or closed_txn in the events, and several values of a field of
    `names`, are errors.
    """

    names: tuple[str, ...] = ()
    maxspan: float | None = None
    maxpause: float | None = None
    maxevents: int | None = 1000
    startswith: Expression | Predicate | None = None
    endswith: Expression | Predicate | None = None
    connected: bool = True
    unify_ends: bool = True
    keep_orphans: bool = False
    keep_evicted: bool = False
    max_open: int = 5000
    max_open_events: int = 100000
    mv_list: bool | tuple[str, ...] = False
    mv_raw: bool = False
    delimiter: str = " "
    null_string: str = "NULL"
