"""Members that run one stanza against a model service, with the real core between.

`ciw.main` puts a run together as it does for splunkd; only what leads out of the process is the
model's: the disk under the journal and the files, splunkd, the ways out, the clocks, the cloud.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch
from xml.etree import ElementTree

from ciw import (
    blob_ahead,
    checkpoint,
    checkpoint_file,
    emit,
    heartbeat,
    journal,
    main,
    outlet,
    polling,
    pubsub,
    run,
    s3_queue,
    s3_reader,
    sqs,
)
from ciw.errors import InputError
from ciw.health import Health
from ciw.lease import Held, Lease
from ciw.log import Log
from ciw.scheme import Configuration

from tests.core.simulation import durable
from tests.core.simulation.blob_cloud import BlobCloud
from tests.core.simulation.cloud import Cloud
from tests.core.simulation.disk import Disk, Pick
from tests.core.simulation.kv import KV
from tests.core.simulation.outlets import Collector, Hec, Pipe
from tests.core.simulation.poll_cloud import PollCloud
from tests.core.simulation.pubsub_cloud import PubsubCloud
from tests.core.simulation.queue_cloud import QueueCloud
from tests.core.simulation.snapshot_cloud import SnapshotCloud
from tests.core.simulation.world import (
    Broken,
    Crash,
    FakeTime,
    Point,
    Process,
    Stop,
    World,
)

CLOUDS: dict[str, Callable[..., Cloud]] = {
    cloud.kind: cloud for cloud in (QueueCloud, PollCloud, BlobCloud, SnapshotCloud, PubsubCloud)
}
_TIMED = (main, checkpoint, run, polling, emit, sqs, heartbeat, pubsub)
_NUMBER = re.compile(r" (\w+)=(-?\d+)(?= |$)")
_MEMBERS = ("here", "there")


class Installation:
    """One stanza on two members; `store` is file (then of one member) or kvstore."""

    def __init__(self, kind: str, store: str, output: str, directory: Path):
        self.world = World()
        self.store = store
        self.output = output
        self.kv = KV(self.world)
        self.cloud = CLOUDS[kind](self.world, self._durable)
        self.world.identity = self.cloud.identity
        self.disks = {}
        for member in _MEMBERS if store == "kvstore" else _MEMBERS[:1]:
            place = directory / member
            place.mkdir()
            self.disks[member] = Disk(self.world, str(place))
        self.last: dict[str, durable.Documents] = {}
        self.runs: list[str] = []

    # What a checkpoint says.

    def _durable(self) -> durable.Documents:
        """What a power loss of the running member would leave of the checkpoint."""
        if self.store == "kvstore":
            return durable.of_kv(self.kv)
        return durable.of_files(self.disks[_MEMBERS[0]].files(durable=True))

    def documents(self, member: str) -> durable.Documents:
        """What the next run of this member goes on from."""
        files = self.disks[member].files(durable=False)
        if self.store == "kvstore":
            return durable.of_kv_and_journal(self.kv, files)
        return durable.of_files(files)

    def uncovered(self, member: str) -> set[str]:
        """What has arrived and the next run of this member does not know of."""
        return set(self.world.received) - self.cloud.covered(self.documents(member), member)

    # Runs.

    def run(
        self, member: str, at: Point = ("", 0),
        action: Callable[[Process, str], None] | None = None,
    ) -> str:
        """One run, to which `action` happens at the point `at`; how it ended."""
        world = self.world
        before = self.uncovered(member)
        world.excuse(before)
        is_quiet = action is None and not any(world.faults.values())
        process = Process(member, Stop(world), world.monotonic_now, at, action)
        outer, world.process = world.process, process
        log = io.StringIO()
        try:
            with self._patched(process):
                ending = self._collect(process, Log(log, stanza=self.cloud.stanza))
        finally:
            world.process = outer
            self.disks[member].end()
            process.log = log.getvalue().splitlines()
        if process.collector is not None:
            process.collector.end()
        self.runs.append(f"{member}: {ending} at {process.killed_at or 'its end'}")
        self._check(process, ending, before)
        late = self.cloud.at_once() - set(world.received)
        if is_quiet and ending == "done" and late:
            raise Broken(f"I1: left behind by a run without faults: {sorted(late)[:5]}")
        return ending

    def _collect(self, process: Process, log: Log) -> str:
        parameters = {"index": "main"}
        configuration = Configuration(
            "https://splunkd", "", self.disks[process.member].directory, self.cloud.stanza,
            parameters,
        )
        arguments = {
            "checkpoint": self.store, "checkpoint_days": 1, "output": self.output,
            "quarantine_index": "", **self.cloud.arguments,
        }
        health = Health(log)
        try:
            main._collect(
                self.cloud.source, configuration, arguments, log, process.stop, health
            )
        except Crash:
            return "killed"
        except (Held, InputError) as error:
            log.info("ended", kind=type(error).__name__, reason=error)
            return type(error).__name__
        finally:
            process.dead = True
        return "done"

    @contextmanager
    def _patched(self, process: Process) -> Iterator[None]:
        world = self.world
        disk = self.disks[process.member]
        clock = FakeTime(world)
        model_pipe = type("ModelPipe", (Pipe,), {"world": world})
        with ExitStack() as stack:
            for module in _TIMED:
                stack.enter_context(patch.object(module, "time", clock))
            for target, name, value in (
                # So that the file store's files are written too.
                (checkpoint, "_JOURNAL_LIMIT", 800),
                (journal, "os", disk),
                (checkpoint_file, "os", disk),
                (outlet, "Pipe", model_pipe),
                (main, "_outlet", partial(self._outlet, process)),
                (main, "_splunkd", lambda configuration: self.kv),
                (main, "Lease", partial(_lease, world)),
                (s3_queue, "Aws", lambda context, region: self.cloud),
                (pubsub, "Google", lambda context: self.cloud),
                (pubsub.socket, "gethostname", lambda: process.member),
                (blob_ahead, "ThreadPoolExecutor", _AtOnce),
            ):
                stack.enter_context(patch.object(target, name, value))
            for module in (s3_queue, s3_reader, sqs):
                stack.enter_context(patch.object(module, "translate", lambda error, what: error))
            yield

    def _outlet(self, process: Process, configuration: Any, arguments: Any, splunkd: Any,
                journal: Any, log: Log, stop: Any) -> Any:
        if self.output == "xml":
            return outlet.DirectOutlet(0, journal, stop.is_set)
        made = Hec("https://collector", "token", journal, stop, clock=self.world.monotonic)
        made.collector = process.collector = Collector(self.world)
        return made

    # What has to hold after every run.

    def _check(self, process: Process, ending: str, before: set[str]) -> None:
        after = self.uncovered(process.member)
        if self.output == "xml":
            excused = before | (process.chunk if ending == "killed" else set())
            unrecorded = sorted((after - excused) & set(process.sent))
            if unrecorded:
                raise Broken(f"I3: sent and not recorded after {ending}: {unrecorded}")
            self._check_stream(process, ending)
        for member in self.disks:
            self._check_positions(member)
        self._check_log(process, ending)
        self.check()

    def check(self) -> None:
        """What holds at any time: nothing counts as sent that has not arrived."""
        for member in self.disks:
            lost = self.cloud.covered(self.documents(member), member) - set(self.world.received)
            if lost:
                raise Broken(f"I2: recorded and not sent: {sorted(lost)[:5]}")
        self.cloud.check()

    def _check_positions(self, member: str) -> None:
        documents = self.documents(member)
        for key, document in self.last.get(member, {}).items():
            if key in documents and durable.order(documents[key]) < durable.order(document):
                raise Broken(f"I5: {document} became {documents[key]}")
        self.last[member] = documents

    def _check_stream(self, process: Process, ending: str) -> None:
        stream = b"".join(process.stream)
        if ending == "killed":
            stream += b"" if stream.endswith(b"</stream>\n") else b"</stream>"
            stream = stream if stream != b"</stream>" else b""
        if stream:
            try:
                ElementTree.fromstring(stream)
            except ElementTree.ParseError as error:
                raise Broken(f"I11: the stream is not well-formed: {error}") from error

    def _check_log(self, process: Process, ending: str) -> None:
        text = "\n".join(process.log)
        for wrong in ("event=counts_differ", "event=unexpected_error"):
            if wrong in text:
                raise Broken(f"I12: {text}")
        ends = [line for line in process.log if "event=run_end" in line]
        if not ends or ending == "killed":
            return
        counts = {name: int(number) for name, number in _NUMBER.findall(ends[-1])}
        told = counts["emitted"] + counts["quarantined"]
        if counts["fetched"] != told + counts["filtered"]:
            raise Broken(f"I12: {ends[-1]}")
        if self.output == "xml" and told != sum(process.sent.values()):
            raise Broken(f"I12: {sum(process.sent.values())} events came: {ends[-1]}")

    # What else happens to members.

    def lose_power(self, member: str, pick: Pick) -> None:
        self.disks[member].power_loss(pick)
        self.last.pop(member, None)

    def finish(self) -> None:
        """Everything works again: all that ever was there must have come."""
        self.world.faults.clear()
        for _ in range(3):
            self.cloud.settle()
            for member in self.disks:
                ending = self.run(member)
                if ending != "done":
                    raise Broken(f"a run without any fault ended with {ending}")
        missing = self.cloud.expected() - set(self.world.received)
        if missing:
            raise Broken(f"I1: never sent: {sorted(missing)[:5]}")
        self.cloud.check_end()


def _lease(world: World, splunkd: Any, stanza: str, wait: Any) -> Lease:
    return Lease(splunkd, stanza, wait, world.monotonic)


class _AtOnce:
    """A pool of threads without threads: what runs side by side would not run the same twice."""

    def __init__(self, *_: Any, **__: Any):
        """No threads are made."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return _Done(function, arguments)

    def shutdown(self, **_: Any) -> None:
        """There is nothing to wait for."""


class _Done:
    def __init__(self, function: Callable[..., Any], arguments: Any):
        self._result: Any = None
        self._error: InputError | None = None
        try:
            self._result = function(*arguments)
        except InputError as error:
            self._error = error

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._result

    def cancel(self) -> None:
        """It is over."""
