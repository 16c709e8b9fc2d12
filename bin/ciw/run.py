"""A run of an input: shard by shard, page by page; counts; retries; a clean end.

Each page goes out as one chunk and is recorded before the next. A shard that fails for a passing
reason is read again from its last commit, a bounded number of times.
"""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Callable

from .balance import Balance
from .checkpoint import Checkpoint
from .declare import Cursor, Meta, Page, Shard, Source
from .errors import CheckpointError, InputError, OutputClosed, Retriable, ShardError, Stopped
from .health import Health
from .retry import delays

ATTEMPTS = 4
FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
# Seconds after which commits are made durable while a long shard is still being read.
_SYNC_INTERVAL = 2.0


class Context:
    """What a source and its transport may use of the core."""

    def __init__(
        self,
        stanza: str,
        arguments: dict[str, Any],
        log: Any,
        splunkd: Any,
        checkpoint: Checkpoint,
        outlet: Any,
        stop: Any,
        index: str = "",
        health: Health | None = None,
    ):
        self.stanza = stanza
        self.arguments = arguments
        self.log = log
        self.splunkd = splunkd
        self.index = index
        self.page_bytes = outlet.page_bytes
        self.health = health or Health(log)
        self.counts = self.health.counts
        self.checkpoint = checkpoint
        self.outlet = outlet
        self.stop = stop
        self.now = time.time

    def stopping(self) -> bool:
        return self.stop.is_set()

    def count(self, name: str, number: float) -> None:
        self.counts[name] = self.counts.get(name, 0) + number

    def sync(self) -> None:
        """Makes durable what has been committed: before anything is acknowledged."""
        self.checkpoint.sync()


class Run:
    """Drives one source; `wait(seconds)` sleeps between attempts and ends early on a stop."""

    def __init__(
        self, source: Source, context: Context, wait: Callable[[float], Any] | None = None
    ):
        self._source = source
        self._context = context
        self._wait = wait or context.stop.wait
        self._synced = time.monotonic()

    def execute(self) -> None:
        """Works until there is nothing left or a stop is asked for. Raises InputError."""
        context = self._context
        for doubt in context.checkpoint.in_doubt:
            context.log.warning(
                "chunk_in_doubt",
                object=doubt.label,
                after=doubt.start,
                up_to=doubt.end,
                meaning="the last run ended between sending these events and recording it; if "
                "they had been sent they come a second time",
            )
        context.outlet.send(context.outlet.opening)
        try:
            self._work_through(self._source.shards(context))
            context.sync()
        except BrokenPipeError:
            # Nobody reads any more.
            self._report("failed", "splunkd closed the input's standard output")
            raise
        except CheckpointError as error:
            self._report("failed", error)
            # An outlet that could not record has ended the stream itself, and is gone.
            with contextlib.suppress(InputError, BrokenPipeError):
                context.outlet.send(context.outlet.ending)
            raise
        except Exception as error:
            # What went out before is good: a collector's acknowledgements are still waited for.
            with contextlib.suppress(InputError, BrokenPipeError):
                context.sync()
            self._report("stopped" if isinstance(error, Stopped) else "failed", error)
            # The stream stays well-formed whatever happens.
            context.outlet.send(context.outlet.ending)
            raise
        else:
            self._report("stopped" if context.stopping() else "")
            context.outlet.send(context.outlet.ending)

    def _work_through(self, shards: Any) -> None:
        try:
            for shard in shards:
                self._work(shard)
        finally:
            shards.close()

    def _report(self, result: str, reason: object = "") -> None:
        context = self._context
        for name, number in context.outlet.counts.items():
            context.count(name, number)
        context.health.end(result, reason)

    def _work(self, shard: Shard) -> None:
        context = self._context
        if context.stopping():
            shard.outcome = "stopped"
            return
        context.count("shards", 1)
        if shard.filtered:
            with self._balanced(shard):
                context.count("read", shard.filtered)
                context.count("filtered", shard.filtered)
            shard.outcome = "done"
            return
        waits = delays(ATTEMPTS, FIRST_DELAY, LONGEST_DELAY)
        while True:
            try:
                with self._balanced(shard):
                    self._read(shard)
                return
            except Stopped:
                shard.outcome = "stopped"
                return
            except ShardError as error:
                self._fail(shard, error)
                return
            except Retriable as error:
                delay = next(waits, None)
                if delay is None:
                    self._fail(shard, error)
                    return
                context.log.warning("retry", object=shard.label, seconds=delay, reason=error)
                self._wait(delay)
                if context.stopping():
                    shard.outcome = "stopped"
                    return

    @contextlib.contextmanager
    def _balanced(self, shard: Shard) -> Iterator[None]:
        """Says so where records were read and did not come out, or came out of nowhere."""
        balance, whole = Balance(self._context.counts), False
        try:
            yield
            whole = True
        finally:
            difference = balance.settle(whole)
            if difference:
                self._context.log.error(
                    "counts_differ",
                    object=shard.label,
                    missing=difference,
                    meaning="records read that were neither sent nor quarantined nor filtered "
                    "(negative: more came out than was read)",
                )

    def _fail(self, shard: Shard, error: Exception) -> None:
        shard.outcome = "failed"
        shard.reason = str(error)
        shard.passing = isinstance(error, Retriable)
        self._context.count("failed", 1)
        self._context.health.failure(f"{shard.label}: {error}")
        self._context.log.warning("shard_failed", object=shard.label, reason=error)

    def _read(self, shard: Shard) -> None:
        context = self._context
        if shard.failure:
            raise ShardError(shard.failure)
        cursor = context.checkpoint.get(shard.key)
        if cursor is not None and cursor.done:
            context.count("read", 1)
            context.count("filtered", 1)
            context.count("duplicates", 1)
            shard.outcome = "already_done"
            return
        if shard.bad is not None:
            context.count("read", 1)
            page = Page(Meta(""), [], Cursor(1, done=True), bad=[shard.bad])
            self._send(shard, 0, page)
            shard.outcome = "done"
            return
        self._read_pages(shard, cursor)
        self._sync_when_due(shard_ended=True)
        shard.outcome = "done"

    def _read_pages(self, shard: Shard, cursor: Cursor | None) -> None:
        """Sends each page when the next one is known, so that the last one ends the shard."""
        position = cursor.position if cursor is not None else 0
        held: Page | None = None
        pages = self._source.pages(self._context, shard, cursor)
        try:
            while True:
                try:
                    page = self._next(pages, shard)
                except (Retriable, ShardError):
                    # What was read before the failure is good.
                    if held is not None:
                        self._send(shard, position, held)
                    raise
                if page is None:
                    break
                if held is not None:
                    position = self._send(shard, position, held)
                held = page
        finally:
            pages.close()
        if held is None:
            if not shard.endless:
                self._context.checkpoint.commit(shard.key, Cursor(position, done=True))
            return
        if not shard.endless:
            held.cursor = replace(held.cursor, done=True)
        self._send(shard, position, held)

    def _next(self, pages: Any, shard: Shard) -> Page | None:
        """The next page, None at the end. Whatever a source stumbles over is the shard's failure:
        it would end every run, and the shards beside it would never be read."""
        try:
            return next(pages, None)
        except (InputError, OutputClosed):
            raise
        except Exception as error:
            self._context.log.error(
                "unexpected_error", object=shard.label, traceback=traceback.format_exc()
            )
            raise ShardError(f"unexpected {type(error).__name__}: {error}") from error

    def _send(self, shard: Shard, position: float, page: Page) -> float:
        """Sends a page as one chunk and commits it; returns the new position.

        Raises Stopped, ShardError when the shard is not held any more, BrokenPipeError.
        """
        context = self._context
        if shard.is_lost():
            raise ShardError("the hold on it was lost before it was read to its end")
        data, sanitised = context.outlet.encode(
            page, context.stanza, context.arguments.get("quarantine_index") or context.index
        )
        context.checkpoint.send(shard.key, shard.label, position, page.cursor, data)
        context.count("emitted", len(page.events))
        context.health.saw(shard.partition, shard.server_time, page.events)
        context.count("quarantined", len(page.bad))
        context.count("filtered", page.filtered)
        context.count("sanitised", sanitised)
        context.count("bytes", len(data))
        for bad in page.bad:
            context.log.error("quarantined", object=bad.where, reason=bad.reason)
        self._sync_when_due()
        if context.stopping() and not page.cursor.done:
            raise Stopped("asked to stop")
        return page.cursor.position

    def _sync_when_due(self, shard_ended: bool = False) -> None:
        now = time.monotonic()
        if now - self._synced > _SYNC_INTERVAL or (shard_ended and self._context.checkpoint.shared):
            self._context.sync()
            self._synced = now
