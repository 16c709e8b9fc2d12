"""Search jobs: run in a small thread pool, kept for their ttl, with splunkd's states.

QUEUED → RUNNING → DONE, or FAILED with the message. A job's search that is wrong is a FAILED job,
never an exception of the server; an error of the lab itself is FAILED too and says so, and its
traceback goes to the log.
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
from typing import Any

from lab.server.errors import RestError
from lab.server.sessions import Session

log = logging.getLogger(__name__)
WORKERS = 3
TTL_SECONDS = 600
# Oldest finished jobs go first once there are more.
JOBS_KEPT = 500


@dataclass
class Request:
    """A search as asked for; times are modifiers as written, "" where absent."""

    search: str
    earliest: str = ""
    latest: str = ""
    index_earliest: str = ""
    index_latest: str = ""
    label: str = ""
    saved: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    sid: str
    owner: str
    app: str
    request: Request
    context: Any
    published: float
    ttl: int = TTL_SECONDS
    touched: float = field(default_factory=time.monotonic)
    state: str = "QUEUED"
    result: Any = None
    messages: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    cancelled: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def is_failed(self) -> bool:
        return self.state == "FAILED"

    def raise_if_failed(self) -> None:
        if self.is_failed:
            raise RestError(400, self.messages[0]["text"], "FATAL")


class Jobs:
    """`engine` has context, search, post_process, resolve and describe (lab.server.engine)."""

    def __init__(self, engine: Any, home: Any, app: Any, clock: Callable[[], float]):
        self.engine = engine
        self._home, self._app, self._clock = home, app, clock
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._cancelled: deque[tuple[str, str]] = deque(maxlen=JOBS_KEPT)
        self._numbers = itertools.count(1)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="search")

    def _moment(self, modifier: str, now: float, name: str) -> float | None:
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

    def start(self, session: Session, app: str, request: Request) -> Job:
        now = self._clock()
        context = self.engine.context(
            home=self._home,
            app=self._app,
            now=now,
            earliest=self._moment(request.earliest, now, "earliest_time"),
            latest=self._moment(request.latest, now, "latest_time"),
            index_earliest=self._moment(request.index_earliest, now, "index_earliest"),
            index_latest=self._moment(request.index_latest, now, "index_latest"),
            user=session.user.name,
            write=session.is_admin,
        )
        sid = f"{now:.0f}.{next(self._numbers)}"
        job = Job(sid, session.user.name, app, request, context, now)
        with self._lock:
            self._forget_old()
            self._jobs[sid] = job
        future = self._pool.submit(self._run, job)
        future.add_done_callback(lambda finished: self._settle(job, finished))
        return job

    def _run(self, job: Job) -> None:
        if job.cancelled:
            return
        job.state = "RUNNING"
        started = time.monotonic()
        try:
            job.result = self.engine.search(job.request.search, job.context)
            job.messages += [{"type": "INFO", "text": text} for text in job.result.messages]
            job.state = "DONE"
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
            job.messages.append({"type": "FATAL", "text": "the server was stopped"})
            job.state = "FAILED"
        job.touched = time.monotonic()
        job.done.set()

    def _forget_old(self) -> None:
        now = time.monotonic()
        finished = [job for job in self._jobs.values() if job.done.is_set()]
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
        job.cancelled = True
        with self._lock:
            self._jobs.pop(job.sid, None)
            self._cancelled.append((job.sid, job.owner))

    def was_cancelled(self, sid: str, session: Session) -> bool:
        """Dashboards cancel a job once by the search and once as the page is left."""
        with self._lock:
            return (sid, session.user.name) in self._cancelled

    def stop(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
