"""Search jobs: run in a small thread pool, kept for their ttl, with splunkd's states.

QUEUED → RUNNING (PAUSED) → DONE, or FAILED with the message. A user's jobs beyond srchJobsQuota
wait. A search that cannot be parsed is
refused when it is created, as by splunkd; one that fails later is a FAILED job, never an exception
of the server. An error of the lab itself is FAILED too and says so, and its traceback goes to the
log.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from lab.engine.authority import Authority, Interruption, SearchStopped
from lab.server.access import AccessLists
from lab.server.errors import RestError
from lab.server.sessions import Session

log = logging.getLogger(__name__)
WORKERS = 3
TTL_SECONDS = 600
# Oldest finished jobs go first once there are more.
JOBS_KEPT = 500
STOPPED = "the server was stopped"
FINALIZED = (
    "the search was finalized before it had ended: the lab keeps no partial results, so there are"
    " none"
)


@dataclass
class Request:
    """A search as asked for; times are modifiers as written, "" where absent.

    `now` is the moment that relative times count from, `sid` the id asked for; `max_seconds` 0
    sets no limit.
    """

    search: str
    earliest: str = ""
    latest: str = ""
    index_earliest: str = ""
    index_latest: str = ""
    label: str = ""
    saved: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    now: str = ""
    sid: str = ""
    max_seconds: int = 0
    ttl: int = TTL_SECONDS


@dataclass(frozen=True)
class Nothing:
    """The result of a job that has none to show."""

    fields: tuple[str, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    is_events: bool = False
    messages: tuple[str, ...] = ()
    scanned: int = 0


@dataclass
class Job:
    sid: str
    owner: str
    app: str
    request: Request
    context: Any
    published: float
    interruption: Interruption
    quota: int = 0
    launched: bool = False
    ttl: int = TTL_SECONDS
    priority: int = 5
    touched: float = field(default_factory=time.monotonic)
    state: str = "QUEUED"
    result: Any = None
    messages: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    finalized: bool = False
    saved: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def is_failed(self) -> bool:
        return self.state == "FAILED"

    @property
    def is_paused(self) -> bool:
        return self.interruption.is_paused and not self.done.is_set()

    @property
    def shown_state(self) -> str:
        return "PAUSED" if self.is_paused and self.state == "RUNNING" else self.state

    def raise_if_failed(self) -> None:
        if self.is_failed:
            raise RestError(400, self.messages[-1]["text"], "FATAL")

    def touch(self) -> None:
        self.touched = max(self.touched, time.monotonic())

    def finalize(self) -> None:
        """Stops it; it is done then, without results."""
        if not self.done.is_set():
            self.finalized = True
            self.interruption.stop()


class Jobs:
    """`engine` has context, check, search, post_process, resolve and describe
    (lab.server.engine); `app_of` gives the app as it is now."""

    def __init__(self, engine: Any, home: Any, access: AccessLists, clock: Callable[[], float]):
        self.engine = engine
        self.app_of: Callable[[], Any] = lambda: None
        self._home, self._access, self._clock = home, access, clock
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._cancelled: deque[tuple[str, str]] = deque(maxlen=JOBS_KEPT)
        self._waiting: list[Job] = []
        self._stopping = False
        self._numbers = itertools.count(1)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="search")

    def moment(self, modifier: str, now: float, name: str) -> float | None:
        """A window's bound as epoch seconds; None where it leaves the side open."""
        modifier = modifier.strip()
        if modifier in ("", "0"):
            return None
        try:
            return self.engine.resolve(modifier, now)
        except Exception as error:
            text = self.engine.describe(error, modifier)
            if text is None and not isinstance(error, ValueError):
                raise
            raise RestError(400, f"Invalid {name}: {text or error}", "FATAL") from error

    def context_for(self, session: Session, request: Request, interruption: Any = None) -> Any:
        """What a search of this session is run with: its window and its user's rights."""
        clock = self._clock()
        now = self.moment(request.now, clock, "now") or clock
        rights = session.user.rights

        def permits(verb: str, kind: str, name: str) -> bool:
            return self._access.permits(session, verb, kind, name)

        return self.engine.context(
            home=self._home,
            app=self.app_of(),
            now=now,
            earliest=self.moment(request.earliest, now, "earliest_time"),
            latest=self.moment(request.latest, now, "latest_time"),
            index_earliest=self.moment(request.index_earliest, now, "index_earliest"),
            index_latest=self.moment(request.index_latest, now, "index_latest"),
            user=session.user.name,
            indexes_allowed=None if session.system else rights.indexes,
            indexes_disallowed=() if session.system else rights.indexes_disallowed,
            indexes_default=rights.indexes_default,
            search_filter="" if session.system else rights.search_filter,
            authority=Authority(session.may, permits),
            interruption=interruption,
        )

    def start(
        self, session: Session, app: str, request: Request, run_as: Session | None = None
    ) -> Job:
        """`run_as` is whose rights the search has, where those are not the caller's own."""
        interruption = Interruption()
        context = self.context_for(run_as or session, request, interruption)
        try:
            self.engine.check(request.search, context)
        except Exception as error:
            text = self.engine.describe(error, request.search)
            if text is None:
                raise
            raise RestError(400, text, "FATAL") from error
        published = self._clock()
        sid = request.sid or f"{published:.0f}.{next(self._numbers)}"
        job = Job(
            sid, session.user.name, app, request, context, published, interruption,
            0 if session.system else session.user.rights.jobs_quota, ttl=request.ttl,
        )
        with self._lock:
            self._forget_old()
            if sid in self._jobs:
                raise RestError(409, f"A search job with the id {sid} exists already.", "FATAL")
            self._jobs[sid] = job
            self._waiting.append(job)
        self._launch()
        if request.max_seconds:
            timer = threading.Timer(request.max_seconds, job.finalize)
            timer.daemon = True
            timer.start()
        return job

    def _launch(self) -> None:
        """Hands the waiting jobs to the pool, but for those over their user's srchJobsQuota."""
        with self._lock:
            running: dict[str, int] = {}
            for job in self._jobs.values():
                if job.launched and not job.done.is_set():
                    running[job.owner] = running.get(job.owner, 0) + 1
            free = []
            for job in list(self._waiting):
                count = running.get(job.owner, 0)
                if job.quota and count >= job.quota and not job.interruption.stopped:
                    continue
                running[job.owner] = count + 1
                job.launched = True
                self._waiting.remove(job)
                free.append(job)
        for job in free:
            future = self._pool.submit(self._run, job)
            future.add_done_callback(partial(self._settle, job))

    def _run(self, job: Job) -> None:
        started = time.monotonic()
        try:
            job.state = "RUNNING"
            job.interruption.check()
            job.result = self.engine.search(job.request.search, job.context)
            job.messages += [{"type": "INFO", "text": text} for text in job.result.messages]
            job.state = "DONE"
        except SearchStopped:
            if job.finalized:
                job.result = Nothing()
                job.messages.append({"type": "WARN", "text": FINALIZED})
                job.state = "DONE"
            else:
                job.messages.append({"type": "FATAL", "text": "the search was cancelled"})
                job.state = "FAILED"
        except Exception as error:
            text = self.engine.describe(error, job.request.search)
            if text is None:
                log.exception("search %s failed in the lab itself", job.sid)
                text = f"the lab failed: {type(error).__name__}: {error}"
            job.messages.append({"type": "FATAL", "text": text})
            job.state = "FAILED"
        finally:
            job.seconds = time.monotonic() - started

    def _settle(self, job: Job, finished: Future) -> None:
        if finished.cancelled() and not job.done.is_set():
            job.messages.append({"type": "FATAL", "text": STOPPED})
            job.state = "FAILED"
        job.touch()
        job.done.set()
        if not self._stopping:
            self._launch()

    def _forget_old(self) -> None:
        now = time.monotonic()
        finished = [job for job in self._jobs.values() if job.done.is_set() and not job.saved]
        old = [job for job in finished if now - job.touched > job.ttl]
        spare = len(finished) - len(old) - JOBS_KEPT
        if spare > 0:
            kept = [job for job in finished if now - job.touched <= job.ttl]
            old += sorted(kept, key=lambda job: job.touched)[:spare]
        for job in old:
            del self._jobs[job.sid]

    def find(self, sid: str, session: Session) -> Job:
        """404 for an unknown sid and for a job of somebody else."""
        with self._lock:
            job = self._jobs.get(sid)
        if job is None or not (session.is_admin or job.owner == session.user.name):
            raise RestError(404, "Unknown sid.", "FATAL")
        return job

    def list(self, session: Session) -> list[Job]:
        """Newest first."""
        with self._lock:
            jobs = list(self._jobs.values())
        return [job for job in reversed(jobs) if session.is_admin or job.owner == session.user.name]

    def cancel(self, job: Job) -> None:
        """Stops the search, if it still runs, and forgets the job."""
        if not job.done.is_set():
            job.interruption.stop()
        with self._lock:
            self._jobs.pop(job.sid, None)
            self._cancelled.append((job.sid, job.owner))
        self._launch()

    def was_cancelled(self, sid: str, session: Session) -> bool:
        """Dashboards cancel a job once by the search and once as the page is left."""
        with self._lock:
            return (sid, session.user.name) in self._cancelled

    def stop(self) -> None:
        with self._lock:
            self._stopping = True
            running = [job for job in self._jobs.values() if not job.done.is_set()]
            waiting, self._waiting = self._waiting, []
        for job in running:
            job.interruption.stop()
        for job in waiting:
            job.messages.append({"type": "FATAL", "text": STOPPED})
            job.state = "FAILED"
            job.done.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
